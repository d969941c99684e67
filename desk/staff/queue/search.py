"""The search box: references, whole or begun, and the words of conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Message
from desk.conversations.search import newest_hits, words_of
from desk.ids import REFERENCE_ALPHABET, REFERENCE_LENGTH, normal_reference
from desk.staff.queue.excerpt import Piece, excerpt
from desk.tickets.access import Reach
from desk.tickets.models import Ticket

MOST = 200
SHORTEST = 4
"""Characters of a reference that are worth looking up."""


@dataclass(frozen=True)
class Found:
    """A ticket, and the message that was found, none when it was found by its reference."""

    ticket: Ticket
    words: Sequence[Piece] = ()
    said_at: datetime | None = None


async def find(session: AsyncSession, reach: Reach, typed: str) -> list[Found]:
    """At most 200 tickets within reach: by reference, then by words, the newest first."""
    by_id = {found.ticket.id: found for found in await _by_reference(session, reach, typed)}
    for found in await _by_words(session, reach, typed):
        by_id.setdefault(found.ticket.id, found)
    return list(by_id.values())[:MOST]


def reference_range(typed: str) -> tuple[str, str] | None:
    """The lowest and highest references that begin as typed, None when it cannot be one."""
    chars = normal_reference(typed).removeprefix("BEF").replace("-", "")
    if not SHORTEST <= len(chars) <= REFERENCE_LENGTH or set(chars) - set(REFERENCE_ALPHABET):
        return None
    low, high = (
        chars.ljust(REFERENCE_LENGTH, char) for char in (REFERENCE_ALPHABET[0], REFERENCE_ALPHABET[-1])
    )
    return normal_reference(low), normal_reference(high)


async def _by_reference(session: AsyncSession, reach: Reach, typed: str) -> list[Found]:
    bounds = reference_range(typed)
    if bounds is None:
        return []
    query = select(Ticket).where(reach.covers(), Ticket.reference.between(*bounds))
    return [Found(ticket) for ticket in await session.scalars(query.order_by(Ticket.id.desc()).limit(MOST))]


async def _by_words(session: AsyncSession, reach: Reach, typed: str) -> list[Found]:
    within = exists().where(Ticket.conversation_id == Message.conversation_id, reach.covers())
    hits = await newest_hits(session, reach.commune, typed, within, MOST)
    query = select(Ticket).where(
        reach.covers(), Ticket.conversation_id.in_([hit.conversation_id for hit in hits])
    )
    tickets: dict[str, list[Ticket]] = {}
    for ticket in await session.scalars(query.order_by(Ticket.id.desc())):
        tickets.setdefault(ticket.conversation_id, []).append(ticket)
    words = words_of(typed)
    return [
        Found(ticket, excerpt(hit.text, words), hit.at)
        for hit in hits
        for ticket in tickets.get(hit.conversation_id, [])
    ]
