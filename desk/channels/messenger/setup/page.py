"""One Page set up: what is missing is put there, what a human must do is said. Twice changes nothing."""

from collections.abc import Awaitable, Mapping

from desk.channels.messenger.config import Page
from desk.channels.messenger.graph import GraphError, NoAnswer, NotReached
from desk.channels.messenger.setup.fields import COUNT, missing_fields, subscriptions
from desk.channels.messenger.setup.inspect import subscribed_fields, who_and_features
from desk.channels.messenger.setup.profile_step import profile_step
from desk.channels.messenger.setup.refusals import BAD_PARAMETER, UNREACHABLE, error_code, refused
from desk.channels.messenger.setup.report import Line, State, line
from desk.channels.messenger.setup.terms import Terms
from desk.communes.registry import Commune


async def set_up(
    terms: Terms, page: Page, commune: Commune, titles: Mapping[str, str], *, dry_run: bool
) -> list[Line]:
    """Everything that is said of the Page. One thing refused does not keep the next from being done.

    ``titles``: those of the commune's topics that have a published answer.
    """
    lines, token = await terms.token(page)
    if token is None:
        return lines
    try:
        routing, ours = await _routing(terms, token, page.id)
        if not ours:
            return [*lines, *routing]
        lines += await _or_refusal(_fields(terms, token, page.id, dry_run=dry_run), "fields")
        profile = profile_step(terms.graph, token, commune, titles, dry_run=dry_run)
        lines += await _or_refusal(profile, "profile")
    except (NotReached, NoAnswer):
        return [*lines, UNREACHABLE]
    return [*lines, *routing, line(State.NOTE, "human_agent" if page.human_agent else "no_human_agent")]


async def _or_refusal(step: Awaitable[list[Line]], about: str) -> list[Line]:
    try:
        return await step
    except GraphError as error:
        return [refused(error, about)]


async def _routing(terms: Terms, token: str, page: str) -> tuple[list[Line], bool]:
    """What can be read of Conversation Routing, and whether the token is this Page's."""
    try:
        owner, features = await who_and_features(terms.graph, token)
    except GraphError as error:
        return [line(State.NOTE, "routing_unread", code=error_code(error))], True
    if owner not in ("", page):
        return [line(State.TODO, "token_of_another_page", other=owner)], False
    return [line(State.NOTE, "routing", features=", ".join(features) or ("nothing",))], True


async def _fields(terms: Terms, token: str, page: str, *, dry_run: bool) -> list[Line]:
    """Subscribe to what is missing, then look whether Meta did it."""
    subscribed = await subscribed_fields(terms.graph, token, page, terms.app_id)
    missing = missing_fields(subscribed)
    if not missing:
        return [line(State.OK, "fields", count=COUNT)]
    if dry_run:
        return [line(State.TODO, "fields_missing", fields=", ".join(missing))]
    await _subscribe(terms, token, page, subscriptions(subscribed))
    left = missing_fields(await subscribed_fields(terms.graph, token, page, terms.app_id))
    if left:
        return [line(State.TODO, "fields_refused", fields=", ".join(left))]
    return [line(State.DONE, "fields_subscribed", count=COUNT)]


async def _subscribe(terms: Terms, token: str, page: str, lists: list[list[str]]) -> None:
    """The first list that Meta takes. Raises GraphError when it takes none."""
    for fields in lists:
        try:
            await terms.graph.post(token, f"{page}/subscribed_apps", subscribed_fields=",".join(fields))
        except GraphError as error:
            if error.code != BAD_PARAMETER or fields is lists[-1]:
                raise
        else:
            return
