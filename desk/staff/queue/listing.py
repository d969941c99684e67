"""Reading the queue: one page of a view, how many tickets each view holds, what a line needs besides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import ChannelThread
from desk.conversations.models import Conversation, Message
from desk.staff.names import first_names
from desk.staff.queue.order import Position, comes_after, is_backwards, position_of, sorted_by
from desk.staff.queue.streams import Stream
from desk.staff.queue.undelivered import undelivered
from desk.staff.queue.views import Order
from desk.tickets.models import Ticket

PAGE = 50
MOST = 1000
"""Nobody needs a bigger count; past it the database stops counting."""
WORDS = 160


@dataclass(frozen=True)
class Row:
    """One line of the queue. ``words`` is the start of the citizen's last message, said at ``said_at``.

    ``thread``: what their platform says of them. ``undelivered``: the last word of staff did not arrive.
    """

    ticket: Ticket
    words: str
    said_at: datetime | None
    holder: str | None
    thread: ChannelThread | None = None
    undelivered: bool = False


async def tickets_after(
    session: AsyncSession, streams: Sequence[Stream], order: Order, after: Position | None
) -> list[Ticket]:
    """Up to 51 tickets, the 51st telling that there are more."""
    found: list[Ticket] = []
    for stream in streams:
        found += await session.scalars(page_query(stream, order, after))
    found.sort(key=lambda ticket: position_of(order, ticket), reverse=is_backwards(order))
    return found[: PAGE + 1]


def page_query(stream: Stream, order: Order, after: Position | None) -> Select[tuple[Ticket]]:
    """The first tickets of a stream past a position."""
    query = select(Ticket).where(*stream)
    if order == "done":
        query = query.where(Ticket.resolved_at.is_not(None))
    if after is not None:
        query = query.where(comes_after(order, after))
    return query.order_by(*sorted_by(order)).limit(PAGE + 1)


async def counts_of(session: AsyncSession, views: Sequence[tuple[Order, Sequence[Stream]]]) -> list[int]:
    """How many tickets each view holds, as far as MOST, in one statement."""
    row = (await session.execute(counts_query(views))).one()
    return [min(number, MOST) for number in row]


def counts_query(views: Sequence[tuple[Order, Sequence[Stream]]]) -> Select[tuple[int, ...]]:
    """One column a view."""
    return select(*(_count(order, streams).label(f"view{n}") for n, (order, streams) in enumerate(views)))


def _count(order: Order, streams: Sequence[Stream]) -> ColumnElement[int]:
    """The sum of its streams. Ordered, so that PostgreSQL walks the index instead of the whole table."""
    indexed = sorted_by("queue" if order == "done" else order)
    counts: list[ColumnElement[int]] = []
    for stream in streams:
        some = select(literal(1)).select_from(Ticket).where(*stream).order_by(*indexed).limit(MOST)
        counts.append(select(func.count()).select_from(some.subquery()).scalar_subquery())
    return reduce(add, counts) if counts else literal(0)


async def rows_of(session: AsyncSession, tickets: Sequence[Ticket]) -> list[Row]:
    """The tickets, all of one commune, with the citizen's last words and who holds them."""
    said = await _last_said(session, {ticket.conversation_id for ticket in tickets})
    names = await first_names(session, tickets[0].commune) if tickets else {}
    lost = await undelivered(session, tickets)
    rows = []
    for ticket in tickets:
        words, said_at, thread = said.get(ticket.conversation_id, ("", None, None))
        holder = names.get(ticket.staff_id or 0)
        rows.append(Row(ticket, words, said_at, holder, thread, ticket.conversation_id in lost))
    return rows


async def _last_said(
    session: AsyncSession, conversations: set[str]
) -> dict[str, tuple[str, datetime | None, ChannelThread | None]]:
    """The citizen's last words of each conversation; only its last messages are looked at.

    With the row of its platform, found by its key alone.
    """
    last = (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, Message.author == "citizen")
        .order_by(Message.seq.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Message.conversation_id, func.substr(Message.text, 1, WORDS + 1), Message.created_at,
               ChannelThread)
        .select_from(Conversation)
        .join(Message, Message.id == last)
        .outerjoin(ChannelThread, ChannelThread.conversation_id == Conversation.id)
        .where(Conversation.id.in_(conversations))
    )  # fmt: skip
    return {conversation: (_cut(text), at, thread) for conversation, text, at, thread in rows.tuples()}


def _cut(text: str) -> str:
    return text if len(text) <= WORDS else f"{text[:WORDS]}…"
