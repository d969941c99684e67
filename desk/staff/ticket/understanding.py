"""What the assistant made of a message, and why it called humans, in a short sentence."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.store import titles_of
from desk.conversations.models import Message
from desk.staff.labels import label
from desk.staff.pages import topic_scope

NAMED = ("topic", "more")
LISTED = ("topics", "candidates")


async def topic_names(session: AsyncSession, commune: str, messages: Iterable[Message]) -> dict[str, str]:
    """What to call the topics thought of: the answer's title, else the catalogue's words."""
    topics = {topic for message in messages for act in _acts(message) for topic in _topics(act)}
    titles = await titles_of(session, commune, topics) if topics else {}
    return {topic: titles.get(topic) or topic_scope(topic) or topic for topic in topics}


def say_understood(message: Message, names: Mapping[str, str]) -> str:
    """« Compris : « Piscine » à 93 %. Transmis : … »; empty for what the assistant was not asked about."""
    if message.understood is None:
        return ""
    said = [_say(act, names, clicked=bool(message.payload)) for act in _acts(message)]
    if message.understood.get("down"):
        said.append(label("understood", "down"))
    told = {act.get("reason") for act in _acts(message)} | {"unavailable", "detresse"}
    reasons = dict.fromkeys(message.understood.get("handed", ()))
    said += [label("understood", "handed", why=_reason(reason)) for reason in reasons if reason not in told]
    return " ".join(said)


def _say(act: Mapping[str, Any], names: Mapping[str, str], *, clicked: bool) -> str:
    kind = "chosen" if clicked and act.get("act") == "answer" else str(act.get("act"))
    which = next((str(act[name]) for name in ("reason", "kind") if act.get(name)), "")
    values = {
        "topic": names.get(act.get("topic", ""), ""), "more": names.get(act.get("more", ""), ""),
        "percent": round(100 * act.get("confidence", 1)), "topics": _quoted(act.get("topics", ()), names),
    }  # fmt: skip
    details = "".join(
        label("understood", extra, **{**values, "names": _quoted(act.get(extra, ()), names)})
        for extra in ("more", "candidates") if act.get(extra)
    )  # fmt: skip
    about = label("understood", "about", **values) if kind == "handoff" and act.get("topic") else ""
    return label("understood", f"{kind}_{which}" if which else kind, **values) + about + details + "."


def _quoted(topics: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(label("understood", "quoted", topic=names.get(topic, topic)) for topic in topics)


def _reason(reason: str) -> str:
    said = label("reason", reason)
    return said[:1].lower() + said[1:]


def _acts(message: Message) -> list[dict[str, Any]]:
    return [act for act in (message.understood or {}).get("acts", []) if isinstance(act, dict)]


def _topics(act: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(act[name]) for name in NAMED if act.get(name))
    yield from (str(topic) for name in LISTED for topic in act.get(name) or ())
