"""An answer made of a ticket: what staff replied becomes the text, or the text of a new case."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.catalogue import Topic
from desk.answers.content import Typed
from desk.answers.details import PLACE, known_details
from desk.answers.districts import district_of
from desk.answers.seed import MAX_BUTTON_TITLE
from desk.communes.config import CommuneSettings
from desk.conversations.models import Message
from desk.tickets.access import Reach, ticket_for_staff
from desk.tickets.models import Ticket

WHERE = "where"
"""What a report calls the place."""

HEARD = 20
"""How many messages back the citizen's case is looked for."""


@dataclass(frozen=True)
class Origin:
    """The ticket an answer is made of: the last reply, and the case that the citizen was in."""

    reference: str
    reply: str
    when: dict[str, str]


async def origin_of(session: AsyncSession, reach: Reach, reference: str, commune: CommuneSettings) -> Origin:
    """What a ticket within reach brings. Raises NotFound for any other."""
    ticket, conversation = await ticket_for_staff(session, reach, reference)
    said = select(Message.text).where(Message.conversation_id == conversation.id, Message.author == "staff")
    own = said.where(Message.ticket == reference)
    reply = await session.scalar(own.order_by(Message.seq.desc()).limit(1))
    details = {**await _understood(session, ticket), **ticket.details}
    return Origin(reference, reply or "", _case(details, commune))


async def _understood(session: AsyncSession, ticket: Ticket) -> dict[str, Any]:
    """The details that the assistant found in the last messages about the ticket's topic."""
    rows = await session.scalars(
        select(Message.understood)
        .where(Message.conversation_id == ticket.conversation_id, Message.author == "citizen")
        .order_by(Message.seq.desc())
        .limit(HEARD)
    )
    acts = [act for heard in reversed(rows.all()) for act in (heard or {}).get("acts", [])]
    found: dict[str, Any] = {}
    for act in acts:
        if act.get("topic") == ticket.topic and isinstance(act.get("details"), dict):
            found.update(act["details"])
    return found


def _case(details: dict[str, Any], commune: CommuneSettings) -> dict[str, str]:
    """What a variant may ask for, of what is known of the citizen."""
    said = str(details.get(PLACE) or details.get(WHERE) or "")
    known = {**details, PLACE: district_of(commune, said) if said else None}
    return {name: known[name] for name, values in known_details(commune).items() if known.get(name) in values}


def blank(topic: Topic, name: str, website: str, today: date) -> Typed:
    """A topic's first answer: a title from the catalogue, the town itself as its source, checked today."""
    return {
        "title": _short_title(topic.scope), "body": "", "variants": [], "buttons": [],
        "sources": [{"label": name, "url": website}] if website.startswith("https://") else [],
        "checked_on": today.isoformat(), "review_on": None,
    }  # fmt: skip


def with_reply(typed: Typed, origin: Origin, today: date, *, as_variant: bool) -> Typed:
    """``typed`` with the ticket's reply as its text, or as the text of a new case that comes first."""
    if as_variant:
        variants = [{"when": dict(sorted(origin.when.items())), "body": origin.reply}, *typed["variants"]]
        return {**typed, "variants": variants, "checked_on": today.isoformat()}
    return {**typed, "body": origin.reply, "checked_on": today.isoformat()}


def _short_title(scope: str) -> str:
    """The first words of a topic's scope that fit on a button."""
    first = scope.replace("'", "’")
    for mark in (" :", ",", ";", ".", "("):
        first = first.partition(mark)[0]
    words = first.split()
    while words and len(" ".join(words)) > MAX_BUTTON_TITLE:
        words.pop()
    return " ".join(words)
