"""What a ticket's page shows, gathered in one reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import Context
from desk.conversations.errors import MAX_TEXT
from desk.conversations.models import Conversation, Message
from desk.dialogue.by_mail import mail_address
from desk.ids import new_id
from desk.staff.guard import Visit
from desk.staff.names import first_names
from desk.staff.pages import moment, time_left, topic_scope
from desk.staff.reach import Outlet, outlet_of
from desk.staff.ticket.history import history_line, linked_references
from desk.staff.ticket.thread import Thread, Window, thread_of
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.reachability import reachability
from desk.tickets.sorting import merged_tickets
from desk.tickets.states import is_open

REPORT_PARTS = ("what", "where", "since")


@dataclass(frozen=True)
class Folded:
    """The conversation of a ticket that was merged into this one from elsewhere."""

    reference: str
    thread: Thread


async def gather(
    context: Context, visit: Visit, reference: str, window: Window | None = None
) -> dict[str, Any]:
    """The values of templates/ticket/ticket.html, those of its forms and panels left out.

    Raises NotFound for a ticket out of reach.
    """
    now = context.clock.now()
    async with context.database.read() as session:
        ticket, conversation = await ticket_for_staff(session, visit.reach, reference)
        events = await _events(session, ticket)
        people = await first_names(session, visit.commune.id)
        merged = await merged_tickets(session, ticket)
        here = [ticket.id, *(one.id for one in merged if one.conversation_id == conversation.id)]
        thread = await thread_of(session, conversation, reference, here, window or Window())
        state = await reachability(session, visit.commune, conversation.id, now)
        folded = [
            Folded(one.reference, await _thread_elsewhere(session, one))
            for one in merged if one.conversation_id != conversation.id
        ]  # fmt: skip
        kept = await session.get(Ticket, ticket.merged_into) if ticket.merged_into else None
        words = await _words(session, events)
    outlet = outlet_of(visit.commune, state) if state else None
    mail_to = mail_address(ticket) if outlet and context.settings.smtp_host else None
    soon = timedelta(hours=visit.commune.settings.soon_hours)
    level, left = time_left(ticket.due_at, now, soon)
    return {
        "ticket": ticket, "conversation": conversation, "thread": thread, "folded": folded,
        "open": is_open(ticket.state), "kept_in": kept.reference if kept else None,
        "linked": linked_references(events), "words": words, "level": level, "left": left,
        "due": moment(visit.commune, ticket.due_at), "opened": moment(visit.commune, ticket.opened_at),
        "paused": moment(visit.commune, ticket.paused_at) if ticket.paused_at else "",
        "moment": lambda value: moment(visit.commune, value), "subject": topic_scope(ticket.topic),
        "service": visit.commune.department_name(ticket.service), "people": people,
        "history": [(moment(visit.commune, event.at), history_line(event, people)) for event in events],
        "mine": conversation.owner == "staff" and conversation.owner_staff_id == visit.staff.id,
        "holder": people.get(conversation.owner_staff_id or 0), "limit": MAX_TEXT, "once": new_id(),
        "details": _details(ticket), "outlet": outlet, "mail_to": mail_to,
        "stamp": _stamp(outlet, mail_to, thread),
    }  # fmt: skip


def _stamp(outlet: Outlet | None, mail_to: str | None, thread: Thread) -> str:
    """What the buttons under the reply were made from, to notice that they would be others by now."""
    if outlet is None:
        return ""
    facts = (outlet.held, mail_to is not None, thread.undelivered)
    return outlet.way + "".join(str(int(fact)) for fact in facts)


def _details(ticket: Ticket) -> list[tuple[str, object]]:
    """What a report says, in the order it was asked for; PostgreSQL keeps none."""
    names = [name for name in REPORT_PARTS if name in ticket.details]
    names += sorted(ticket.details.keys() - set(REPORT_PARTS))
    return [(name, ticket.details[name]) for name in names]


async def _events(session: AsyncSession, ticket: Ticket) -> Sequence[TicketEvent]:
    rows = await session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
    )
    return rows.all()


async def _thread_elsewhere(session: AsyncSession, ticket: Ticket) -> Thread:
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    return await thread_of(session, conversation, ticket.reference, [ticket.id], Window())


async def _words(session: AsyncSession, events: Sequence[TicketEvent]) -> Sequence[str]:
    """What the citizen added about the resolution."""
    numbers = [event.data["message"] for event in events if event.kind == "comment"]
    if not numbers:
        return ()
    rows = await session.scalars(select(Message.text).where(Message.id.in_(numbers)).order_by(Message.id))
    return rows.all()
