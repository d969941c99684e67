"""What a ticket's page shows, gathered in one reading."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import Context
from desk.conversations.errors import MAX_TEXT
from desk.conversations.models import Conversation, Delivery
from desk.conversations.view import messages_after
from desk.ids import new_id
from desk.staff.guard import Visit
from desk.staff.models import Staff
from desk.staff.pages import moment, time_left, topic_scope
from desk.staff.ticket.history import history_line
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket, TicketEvent

THREAD = 2000
REPORT_PARTS = ("what", "where", "since")


async def gather(context: Context, visit: Visit, reference: str) -> dict[str, Any]:
    """The values of templates/ticket/ticket.html. Raises NotFound for a ticket out of reach."""
    async with context.database.read() as session:
        ticket, conversation = await ticket_for_staff(session, visit.reach, reference)
        messages = await messages_after(
            session, conversation.id, max(0, conversation.last_seq - THREAD), THREAD
        )
        failed = await _failed(session, conversation)
        events = await session.scalars(
            select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
        )
        people = await _people(session, visit)
        history = list(events)
    level, left = time_left(ticket.due_at, context.clock.now())
    return {
        "ticket": ticket, "conversation": conversation, "messages": messages, "failed": failed,
        "level": level, "left": left, "due": moment(visit.commune, ticket.due_at),
        "opened": moment(visit.commune, ticket.opened_at),
        "moment": lambda value: moment(visit.commune, value), "subject": topic_scope(ticket.topic),
        "service": visit.commune.department_name(ticket.service), "people": people,
        "history": [(moment(visit.commune, event.at), history_line(event, people)) for event in history],
        "mine": conversation.owner == "staff" and conversation.owner_staff_id == visit.staff.id,
        "holder": people.get(conversation.owner_staff_id or 0), "limit": MAX_TEXT, "once": new_id(),
        "details": _details(ticket),
    }  # fmt: skip


def _details(ticket: Ticket) -> list[tuple[str, object]]:
    """What a report says, in the order it was asked for; PostgreSQL keeps none."""
    names = [name for name in REPORT_PARTS if name in ticket.details]
    names += sorted(ticket.details.keys() - set(REPORT_PARTS))
    return [(name, ticket.details[name]) for name in names]


async def _failed(session: AsyncSession, conversation: Conversation) -> dict[int, str]:
    """The messages of this conversation that could not be delivered, with why."""
    rows = await session.execute(
        select(Delivery.message_id, Delivery.error).where(
            Delivery.conversation_id == conversation.id, Delivery.state == "failed"
        )
    )
    return {message_id: error or "" for message_id, error in rows.tuples()}


async def _people(session: AsyncSession, visit: Visit) -> dict[int, str]:
    rows = await session.execute(select(Staff.id, Staff.first_name).where(Staff.commune == visit.commune.id))
    return {staff_id: name for staff_id, name in rows.tuples()}
