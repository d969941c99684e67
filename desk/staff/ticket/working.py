"""What every change of a ticket by staff begins and ends with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sanic import HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.models import Conversation
from desk.dialogue.staffing import Staffing
from desk.journal.record import record
from desk.staff.guard import Visit
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket


@dataclass(frozen=True)
class Work:
    """A ticket and its conversation, locked in a transaction, and the person at work on them."""

    session: AsyncSession
    visit: Visit
    ticket: Ticket
    conversation: Conversation
    now: datetime

    @property
    def staffing(self) -> Staffing:
        """What the person may do."""
        return Staffing(
            self.session, self.visit.commune, self.ticket, self.conversation, self.visit.staff, self.now
        )

    def journal(self, action: str, **data: object) -> None:
        """Write down what was done, in the same transaction."""
        record(self.session, self.visit.doer, action, self.now, self.ticket.reference, **data)


@asynccontextmanager
async def working_on(request: Request, visit: Visit, reference: str) -> AsyncIterator[Work]:
    """A transaction on a ticket, committed when the block ends well. Raises NotFound out of reach."""
    context = context_of(request)
    async with context.database.write() as session:
        ticket, conversation = await ticket_for_staff(session, visit.reach, reference, lock=True)
        yield Work(session, visit, ticket, conversation, context.clock.now())


def back_to(request: Request, ticket: Ticket, place: str = "fin") -> HTTPResponse:
    """Once it is committed: tell whoever watches, and show the page again."""
    context_of(request).hub.replies_stored(ticket.conversation_id, ticket.commune)
    return redirect(f"/staff/tickets/{ticket.reference}#{place}", status=303)
