"""What changed on a ticket since a reply was begun, so that nobody answers blindly.

The reply's form says which version of the ticket and which message its writer had on screen. A reply is
refused when there is more: a change of the ticket (those that a writer need not read do not raise its
version, see desk/tickets/history.py) or a word of anybody. The refused page shows all of it, and only then
carries the new numbers.

The live page follows the same rule (static/composer.js). While the reply is empty, the numbers follow what
the page shows: whatever is written next is written after it. Once there is text, having been shown is not
having been read: the news stands above the reply, and the numbers move when the writer says so or is refused
once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sanic import Request
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message
from desk.errors import Conflict
from desk.staff.guard import form_value
from desk.tickets.models import Ticket, TicketEvent

SPOKEN = ("citizen", "assistant", "staff")
MOST = 50
LARGEST = 2**31 - 1
"""Versions and message numbers are 32-bit columns."""


@dataclass(frozen=True)
class Seen:
    """What the writer had on screen; None where the form did not say."""

    version: int | None = None
    read: int | None = None


@dataclass(frozen=True)
class News:
    """What came since: changes of the ticket, messages; the oldest first, at most 50 of each."""

    events: Sequence[TicketEvent] = ()
    messages: Sequence[Message] = ()

    def __bool__(self) -> bool:
        return bool(self.events or self.messages)


def seen_in(request: Request) -> Seen:
    """The numbers that a form or an address carries."""
    return Seen(_number(request, "version"), _number(request, "read"))


async def news_since(session: AsyncSession, ticket: Ticket, conversation: Conversation, seen: Seen) -> News:
    """What the writer has not read yet, nothing of what is not known to have been read."""
    events = await session.scalars(
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.version > _known(seen.version))
        .order_by(TicketEvent.id)
        .limit(MOST)
    )
    messages = await session.scalars(
        select(Message).where(_spoken_since(conversation, seen)).order_by(Message.seq).limit(MOST)
    )
    return News(events.all(), messages.all())


async def check_read(session: AsyncSession, conversation: Conversation, seen: Seen) -> None:
    """Raises Conflict when somebody spoke since; the conversation must be locked."""
    unread = select(Message.id).where(_spoken_since(conversation, seen)).limit(1)
    if await session.scalar(unread) is not None:
        raise Conflict()


def _spoken_since(conversation: Conversation, seen: Seen) -> ColumnElement[bool]:
    return and_(
        Message.conversation_id == conversation.id,
        Message.seq > _known(seen.read),
        Message.author.in_(SPOKEN),
    )


def _known(number: int | None) -> int:
    return LARGEST if number is None else number


def _number(request: Request, name: str) -> int | None:
    given = form_value(request, name) or str(request.args.get(name, ""))
    return min(int(given), LARGEST) if given.isascii() and given.isdigit() and len(given) < 20 else None
