"""The queue: open tickets of a commune, urgent first, then by due time, page by page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Message
from desk.staff.models import Staff
from desk.tickets.models import ORDINARY, URGENT, Ticket

PAGE = 50


@dataclass(frozen=True)
class Row:
    """One line of the queue. ``words`` is the citizen's last message, cut short."""

    ticket: Ticket
    words: str
    holder: str | None


@dataclass(frozen=True)
class Cursor:
    """Where the next page starts: after this ticket."""

    urgent: bool
    due_at: datetime
    id: int


async def open_tickets(session: AsyncSession, commune: str, after: Cursor | None = None) -> list[Ticket]:
    """Up to 51 tickets, the 51st telling that there are more."""
    query = select(Ticket).where(Ticket.commune == commune, Ticket.shelf == "todo")
    if after is not None:
        later = or_(Ticket.due_at > after.due_at, and_(Ticket.due_at == after.due_at, Ticket.id > after.id))
        same = and_(Ticket.rank == (URGENT if after.urgent else ORDINARY), later)
        query = query.where(or_(same, Ticket.rank == ORDINARY) if after.urgent else same)
    query = query.order_by(Ticket.rank, Ticket.due_at, Ticket.id).limit(PAGE + 1)
    return list(await session.scalars(query))


async def resolved_tickets(session: AsyncSession, commune: str) -> list[Ticket]:
    """The latest resolved tickets, newest first."""
    query = select(Ticket).where(Ticket.commune == commune, Ticket.shelf == "done")
    return list(
        await session.scalars(query.order_by(Ticket.resolved_at.desc(), Ticket.id.desc()).limit(PAGE))
    )


async def rows_of(session: AsyncSession, tickets: list[Ticket]) -> list[Row]:
    """The tickets with the citizen's last words and who holds them."""
    words = await _last_words(session, [ticket.conversation_id for ticket in tickets])
    names = await _names(session, {ticket.staff_id for ticket in tickets if ticket.staff_id})
    return [
        Row(ticket, words.get(ticket.conversation_id, ""), names.get(ticket.staff_id or 0))
        for ticket in tickets
    ]


async def count_open(session: AsyncSession, commune: str) -> int:
    """How many tickets wait."""
    query = select(func.count()).select_from(Ticket)
    found = await session.scalar(query.where(Ticket.commune == commune, Ticket.shelf == "todo"))
    return found or 0


async def _last_words(session: AsyncSession, conversations: list[str]) -> dict[str, str]:
    last = (
        select(func.max(Message.id))
        .where(Message.conversation_id.in_(conversations), Message.author == "citizen")
        .group_by(Message.conversation_id)
    )
    rows = await session.execute(
        select(Message.conversation_id, func.substr(Message.text, 1, 160)).where(Message.id.in_(last))
    )
    return {conversation: text for conversation, text in rows.tuples()}


async def _names(session: AsyncSession, ids: set[int]) -> dict[int, str]:
    rows = await session.execute(select(Staff.id, Staff.first_name).where(Staff.id.in_(ids)))
    return {staff_id: name for staff_id, name in rows.tuples()}
