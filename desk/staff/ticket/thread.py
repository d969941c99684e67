"""The conversation of a ticket, what was understood of it, and the notes colleagues left, in order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Delivery, Message
from desk.staff.ticket.understanding import say_understood, topic_names
from desk.tickets.models import Note
from desk.tickets.notes import notes_between

THREAD = 200
LONGEST = 2000
"""What a page left open may grow to; the newest are kept."""


@dataclass(frozen=True)
class Window:
    """Which messages to show: those before number ``before``, all from ``since`` on, or the last ones."""

    before: int | None = None
    since: int | None = None


@dataclass(frozen=True)
class Line:
    """A message with what the assistant made of it and whether it could not be delivered, or a note."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    understood: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Thread:
    """``first`` is the number of the first message shown; ``earlier``, ``later``: there are others.

    ``before``: the number that the last one shown stands before, None for the end of the conversation.
    """

    lines: Sequence[Line]
    first: int
    earlier: bool
    before: int | None = None

    @property
    def later(self) -> bool:
        return self.before is not None


async def thread_of(
    session: AsyncSession, conversation: Conversation, notes_of: Collection[int], window: Window
) -> Thread:
    """The messages of the window, and between them the notes on the tickets ``notes_of``."""
    messages = await _messages(session, conversation, window)
    first = messages[0].seq if messages else 1
    earlier = bool(messages) and await _exists_before(session, conversation, first)
    end = await _time_of(session, conversation, window.before)
    start = messages[0].created_at if earlier else None
    notes = [
        note for number in notes_of for note in await notes_between(session, number, start, end)
    ]  # a ticket's notes are few
    names = await topic_names(session, conversation.commune, messages)
    failed = await _failed(session, conversation)
    lines = [
        Line(one.created_at, message=one, understood=say_understood(one, names), failed=one.id in failed)
        for one in messages
    ]
    return Thread(_between(lines, notes), first, earlier, window.before)


def _between(lines: Sequence[Line], notes: Sequence[Note]) -> list[Line]:
    """The notes put at their time; messages keep their order, whatever the clocks of two desks say."""
    waiting = sorted(notes, key=lambda note: (note.at, note.id), reverse=True)
    placed: list[Line] = []
    for line in lines:
        while waiting and waiting[-1].at < line.at:
            note = waiting.pop()
            placed.append(Line(note.at, note=note))
        placed.append(line)
    return placed + [Line(note.at, note=note) for note in reversed(waiting)]


async def _messages(session: AsyncSession, conversation: Conversation, window: Window) -> list[Message]:
    query = select(Message).where(Message.conversation_id == conversation.id)
    if window.before is not None:
        query = query.where(Message.seq < window.before)
    if window.since is not None:
        query = query.where(Message.seq >= window.since)
    size = THREAD if window.since is None else LONGEST
    newest = await session.scalars(query.order_by(Message.seq.desc()).limit(size))
    return list(newest)[::-1]


async def _exists_before(session: AsyncSession, conversation: Conversation, seq: int) -> bool:
    query = select(Message.id).where(Message.conversation_id == conversation.id, Message.seq < seq).limit(1)
    return await session.scalar(query) is not None


async def _time_of(session: AsyncSession, conversation: Conversation, seq: int | None) -> datetime | None:
    if seq is None:
        return None
    query = select(Message.created_at).where(Message.conversation_id == conversation.id, Message.seq == seq)
    found: datetime | None = await session.scalar(query)
    return found


async def _failed(session: AsyncSession, conversation: Conversation) -> set[int]:
    """The messages of this conversation that could not be delivered."""
    rows = await session.scalars(
        select(Delivery.message_id).where(
            Delivery.conversation_id == conversation.id, Delivery.state == "failed"
        )
    )
    return set(rows)
