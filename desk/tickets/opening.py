"""Opening tickets: a new one, the open one joined, or one just resolved taken up again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.ids import new_reference
from desk.tickets.contact import Contact
from desk.tickets.deadline import Promise, due_at
from desk.tickets.history import changed, note, set_state
from desk.tickets.lifecycle import reopen, resume
from desk.tickets.models import ORDINARY, URGENT, Consultation, Ticket

REFERENCE_TRIES = 5
MAY_COME_BACK = frozenset({"asked", "complaint", "not_understood", "unavailable"})
"""The reasons for which somebody may be writing about what was resolved; a report is a matter of its own."""

Opened = Literal["new", "joined", "reopened"]

# Built once: it runs for every message.
_WAITING = select(Ticket).where(Ticket.conversation_id == bindparam("whose"), Ticket.shelf == "waiting")


@dataclass(frozen=True)
class Request:
    """Why a human is needed, and what is known."""

    reason: str
    topic: str | None = None
    service: str | None = None
    urgent: bool = False
    details: dict[str, Any] = field(default_factory=dict)


async def open_ticket_of(session: AsyncSession, conversation_id: str) -> Ticket | None:
    """The open ticket that the conversation's next words belong to, None when there is none."""
    found: Ticket | None = await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.joins, Ticket.shelf != "done")
    )
    return found


async def resume_waiting(
    session: AsyncSession, conversation_id: str, promise: Promise, now: datetime
) -> None:
    """The citizen wrote: the clocks that stood still for them go on, of tickets set apart as well.

    One with a proposal that nobody has read yet is to be read again.
    """
    for ticket in (await session.scalars(_WAITING, {"whose": conversation_id})).all():
        resume(session, ticket, promise, now)
        proposed = select(Consultation.id).where(
            Consultation.ticket_id == ticket.id, Consultation.state == "proposed"
        )
        if await session.scalar(proposed.limit(1)) is not None:
            set_state(ticket, "proposed")


async def open_or_join(
    session: AsyncSession, conversation: Conversation, request: Request, promise: Promise, now: datetime
) -> tuple[Ticket, Opened]:
    """The ticket of the request: the open one, one resolved lately on the same subject, or a new one."""
    ticket = await open_ticket_of(session, conversation.id)
    if ticket is not None:
        resume(session, ticket, promise, now)
        _add(session, ticket, request, now)
        return ticket, "joined"
    ticket = await _resolved_lately(session, conversation, request, promise, now)
    if ticket is not None:
        await reopen_ticket(session, ticket, promise, now, reason=request.reason)
        _add(session, ticket, request, now)
        return ticket, "reopened"
    return await new_ticket(session, conversation, request, promise, now), "new"


async def reopen_ticket(
    session: AsyncSession, ticket: Ticket, promise: Promise, now: datetime, *, reason: str,
    staff_id: int | None = None,
) -> None:  # fmt: skip
    """Take it up again, beside the one that was opened since, if any. Raises Conflict when it is closed."""
    ticket.joins = await open_ticket_of(session, ticket.conversation_id) is None
    reopen(session, ticket, promise, now, reason=reason, staff_id=staff_id)


async def new_ticket(
    session: AsyncSession, conversation: Conversation, request: Request, promise: Promise, now: datetime,
    *, joins: bool = True, **why: Any,
) -> Ticket:  # fmt: skip
    """A ticket of its own. ``why`` goes into the first line of its history."""
    ticket = Ticket(
        commune=conversation.commune, conversation_id=conversation.id, channel=conversation.channel,
        reference=await _free_reference(session), state="new", shelf="todo", joins=joins,
        rank=URGENT if request.urgent else ORDINARY, topic=request.topic, service=request.service,
        reason=request.reason, details=dict(request.details), opened_at=now,
        due_at=due_at(promise, now), version=1,
    )  # fmt: skip
    session.add(ticket)
    await session.flush()
    note(session, ticket, "opened", now, reason=request.reason, topic=request.topic, **why)
    return ticket


def attach_contact(session: AsyncSession, ticket: Ticket, contact: Contact, now: datetime) -> bool:
    """Keep the newest address and number written; whether anything changed."""
    email, phone = contact.email or ticket.contact_email, contact.phone or ticket.contact_phone
    if (email, phone) == (ticket.contact_email, ticket.contact_phone):
        return False
    ticket.contact_email, ticket.contact_phone = email, phone
    changed(session, ticket, "contact", now)
    return True


def _add(session: AsyncSession, ticket: Ticket, request: Request, now: datetime) -> None:
    ticket.rank = URGENT if request.urgent else ticket.rank
    ticket.topic = ticket.topic or request.topic
    ticket.service = ticket.service or request.service
    ticket.details = {**request.details, **ticket.details}
    changed(session, ticket, "joined", now, reason=request.reason, topic=request.topic,
            details=request.details)  # fmt: skip


async def _resolved_lately(
    session: AsyncSession, conversation: Conversation, request: Request, promise: Promise, now: datetime
) -> Ticket | None:
    """The last ticket of the conversation, if this may be about it again: same subject, or none named."""
    if request.urgent or request.reason not in MAY_COME_BACK:
        return None
    since = now - timedelta(days=promise.settings.reopen_days)
    found: Ticket | None = await session.scalar(
        select(Ticket)
        .where(Ticket.conversation_id == conversation.id, Ticket.state == "resolved", Ticket.joins,
               Ticket.resolved_at >= since)
        .order_by(Ticket.resolved_at.desc(), Ticket.id.desc())
        .limit(1)
    )  # fmt: skip
    if found is None or (request.topic and found.topic and request.topic != found.topic):
        return None
    return found


async def _free_reference(session: AsyncSession) -> str:
    for _ in range(REFERENCE_TRIES):
        reference = new_reference()
        if await session.scalar(select(Ticket.id).where(Ticket.reference == reference)) is None:
            return reference
    raise RuntimeError("no free reference was drawn")
