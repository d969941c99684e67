"""What is there at Meta for one Page, read and never changed.

Every function raises GraphError, NotReached, NoAnswer.
"""

from collections.abc import Mapping
from typing import Any

from desk.channels.messenger.graph import Graph
from desk.channels.messenger.setup.profile import PARTS
from desk.channels.messenger.setup.tokens import TokenFacts, read_token


async def token_facts(graph: Graph, token: str) -> TokenFacts:
    """What Meta says of a token, asked in the application's own name."""
    return read_token(await graph.get(None, "debug_token", input_token=token))


async def subscribed_fields(graph: Graph, token: str, page: str, app_id: str) -> list[str]:
    """The kinds of events that the Page sends to our application."""
    found = await graph.get(token, f"{page}/subscribed_apps")
    ours = [one for one in _objects(found.get("data")) if str(one.get("id", app_id)) == app_id]
    return [str(name) for one in ours for name in one.get("subscribed_fields") or ()]


async def found_profile(graph: Graph, token: str) -> Mapping[str, Any]:
    """The parts of the Page's profile that are set."""
    found = await graph.get(token, "me/messenger_profile", fields=",".join(PARTS))
    return next(iter(_objects(found.get("data"))), {})


async def who_and_features(graph: Graph, token: str) -> tuple[str, list[str]]:
    """The Page that the token belongs to, empty when Meta does not say, and the features turned on there."""
    found = await graph.get(token, "me", fields="id,messaging_feature_status")
    features = found.get("messaging_feature_status")
    turned_on = [name for name, on in features.items() if on] if isinstance(features, dict) else []
    return str(found.get("id", "")), turned_on


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
