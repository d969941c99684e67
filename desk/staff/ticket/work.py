"""A member of staff's work on one ticket: found within reach and locked, then told to whoever watches."""

from sanic import HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.models import Conversation
from desk.dialogue.staffing import Staffing
from desk.staff.guard import Visit
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket


async def working(
    session: AsyncSession, request: Request, visit: Visit, reference: str
) -> tuple[Staffing, Ticket, Conversation]:
    """The ticket and its conversation, locked. Raises NotFound for one out of reach."""
    ticket, conversation = await ticket_for_staff(session, visit.reach, reference, lock=True)
    now = context_of(request).clock.now()
    return Staffing(session, visit.commune, ticket, conversation, visit.staff, now), ticket, conversation


def done(request: Request, ticket: Ticket, anchor: str = "fin") -> HTTPResponse:
    """Tell the other pages, and go back to the ticket's."""
    context_of(request).hub.replies_stored(ticket.conversation_id, ticket.commune)
    return redirect(f"/staff/tickets/{ticket.reference}#{anchor}", status=303)
