"""The ticket tables' only writer: each verb changes a ticket and adds to its history."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.errors import Conflict
from desk.ids import new_reference
from desk.tickets.contact import Contact
from desk.tickets.deadline import due_at
from desk.tickets.models import Ticket, TicketEvent

REFERENCE_TRIES = 5


@dataclass(frozen=True)
class Request:
    """Why a human is needed, and what is known."""

    reason: str
    topic: str | None = None
    service: str | None = None
    urgent: bool = False
    details: dict[str, Any] = field(default_factory=dict)


async def open_ticket_of(session: AsyncSession, conversation_id: str) -> Ticket | None:
    """The conversation's ticket that is not resolved, None when there is none."""
    found: Ticket | None = await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.state != "resolved")
    )
    return found


async def open_or_join(
    session: AsyncSession, conversation: Conversation, request: Request, reply_hours: int, now: datetime
) -> tuple[Ticket, bool]:
    """The conversation's open ticket, with the request added, or a new one; whether it is new."""
    ticket = await open_ticket_of(session, conversation.id)
    if ticket is not None:
        _join(ticket, request)
        _note(session, ticket, "joined", now, reason=request.reason, topic=request.topic,
              details=request.details)  # fmt: skip
        return ticket, False
    ticket = Ticket(
        commune=conversation.commune, conversation_id=conversation.id,
        reference=await _free_reference(session), state="new", topic=request.topic,
        service=request.service, reason=request.reason, urgent=request.urgent,
        details=dict(request.details), opened_at=now, due_at=due_at(now, reply_hours), version=1,
    )  # fmt: skip
    session.add(ticket)
    await session.flush()
    _note(session, ticket, "opened", now, reason=request.reason, topic=request.topic)
    return ticket, True


def _join(ticket: Ticket, request: Request) -> None:
    ticket.urgent = ticket.urgent or request.urgent
    ticket.topic = ticket.topic or request.topic
    ticket.service = ticket.service or request.service
    ticket.details = {**request.details, **ticket.details}
    ticket.version += 1


async def _free_reference(session: AsyncSession) -> str:
    for _ in range(REFERENCE_TRIES):
        reference = new_reference()
        if await session.scalar(select(Ticket.id).where(Ticket.reference == reference)) is None:
            return reference
    raise RuntimeError("no free reference was drawn")


def attach_contact(session: AsyncSession, ticket: Ticket, contact: Contact, now: datetime) -> bool:
    """Keep the newest address and number written; whether anything changed."""
    email, phone = contact.email or ticket.contact_email, contact.phone or ticket.contact_phone
    if (email, phone) == (ticket.contact_email, ticket.contact_phone):
        return False
    ticket.contact_email, ticket.contact_phone = email, phone
    ticket.version += 1
    _note(session, ticket, "contact", now)
    return True


def take(session: AsyncSession, ticket: Ticket, staff_id: int, now: datetime) -> None:
    """A member of staff is now on it. Raises Conflict when it is resolved."""
    _must_be_open(ticket)
    ticket.state, ticket.staff_id = "in_progress", staff_id
    ticket.version += 1
    _note(session, ticket, "taken", now, staff_id)


def reply_noted(session: AsyncSession, ticket: Ticket, staff_id: int, now: datetime) -> None:
    """Write in the history that staff answered the citizen."""
    if ticket.state == "new":
        ticket.state = "in_progress"
    ticket.staff_id = ticket.staff_id or staff_id
    ticket.version += 1
    _note(session, ticket, "replied", now, staff_id)


def release(session: AsyncSession, ticket: Ticket, staff_id: int | None, now: datetime) -> None:
    """Nobody holds it any more (``staff_id`` None: released after a quiet time); it stays open."""
    ticket.staff_id = None
    ticket.version += 1
    _note(session, ticket, "released", now, staff_id)


def resolve(session: AsyncSession, ticket: Ticket, staff_id: int, now: datetime) -> None:
    """Done. Raises Conflict when it already was."""
    _must_be_open(ticket)
    ticket.state, ticket.resolved_at = "resolved", now
    ticket.version += 1
    _note(session, ticket, "resolved", now, staff_id)


def check_version(ticket: Ticket, seen: int) -> None:
    """Raises Conflict when the ticket changed since the page the person looks at was made."""
    if ticket.version != seen:
        raise Conflict(version=ticket.version)


def _must_be_open(ticket: Ticket) -> None:
    if ticket.state == "resolved":
        raise Conflict("ticket_resolved", reference=ticket.reference)


def _note(
    session: AsyncSession, ticket: Ticket, kind: str, now: datetime, staff_id: int | None = None, **data: Any
) -> None:
    session.add(
        TicketEvent(
            commune=ticket.commune, ticket_id=ticket.id, at=now, kind=kind, staff_id=staff_id, data=data
        )
    )
