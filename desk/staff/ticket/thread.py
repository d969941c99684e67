"""The conversation of a ticket, what was understood of it, and the notes colleagues left, in order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import MessageVersion
from desk.conversations.models import Conversation, Message
from desk.staff.ticket.fates import Fate, fates_of
from desk.staff.ticket.files import ShownFile, shown_files
from desk.staff.ticket.understanding import say_understood, topic_names
from desk.staff.ticket.versions import versions_of
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
    """A note, or a message with what the assistant made of it.

    ``fate``: what became of one that the town wrote; ``versions``: what it said before it was changed.
    """

    at: datetime
    message: Message | None = None
    note: Note | None = None
    understood: str = ""
    fate: Fate | None = None
    files: Sequence[ShownFile] = ()
    versions: Sequence[MessageVersion] = ()


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

    @property
    def undelivered(self) -> bool:
        """Whether the last word of staff that is shown did not arrive."""
        of_staff = [line for line in self.lines if line.message and line.message.author == "staff"]
        fate = of_staff[-1].fate if of_staff else None
        return fate is not None and fate.alarm


async def thread_of(
    session: AsyncSession, conversation: Conversation, reference: str, notes_of: Collection[int],
    window: Window,
) -> Thread:  # fmt: skip
    """The messages of the window, and between them the notes on the tickets ``notes_of``.

    ``reference`` is the ticket from whose page the files are opened.
    """
    messages = await _messages(session, conversation, window)
    first = messages[0].seq if messages else 1
    earlier = bool(messages) and await _exists_before(session, conversation, first)
    end = await _time_of(session, conversation, window.before)
    start = messages[0].created_at if earlier else None
    notes = [
        note for number in notes_of for note in await notes_between(session, number, start, end)
    ]  # a ticket's notes are few
    names = await topic_names(session, conversation.commune, messages)
    fates = await fates_of(session, conversation, messages)
    versions = await versions_of(session, conversation, messages)
    lines = [
        Line(one.created_at, message=one, understood=say_understood(one, names), fate=fates.get(one.id),
             files=shown_files(one, reference), versions=versions.get(one.id, ()))
        for one in messages
    ]  # fmt: skip
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
