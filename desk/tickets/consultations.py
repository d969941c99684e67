"""Questions about a ticket to somebody who knows, and the answers they propose: this table's only writer.

Whoever calls has locked the ticket (desk/tickets/access.py), so that of two people at once the second
sees what the first did.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Conflict, NotFound
from desk.ids import hash_token
from desk.tickets import lifecycle
from desk.tickets.asked import as_asked
from desk.tickets.deadline import Promise, later
from desk.tickets.history import changed, note, set_state
from desk.tickets.models import Consultation, Ticket

OPEN = ("asked", "proposed", "returned")
AWAITED = ("asked", "returned")
"""The states in which somebody else has to write."""

LINK_DAYS = 14


async def prepare(
    session: AsyncSession, ticket: Ticket, promise: Promise, question: str, proposal: str, now: datetime
) -> Consultation:
    """The assistant's answer, to be read over before it is sent. Raises Conflict on a resolved ticket."""
    lifecycle.propose(session, ticket, promise, now, None)
    consultation = Consultation(
        commune=ticket.commune, ticket_id=ticket.id, kind="assistant", question=question, asked_at=now
    )
    session.add(consultation)
    _write(consultation, proposal, None, now)
    await session.flush()
    return consultation


async def ask_department(
    session: AsyncSession, ticket: Ticket, promise: Promise, service: str, staff_id: int | None,
    question: str, by: int, now: datetime,
) -> Consultation | None:  # fmt: skip
    """Ask a department, or one person of it, whose turn it is until ``reassign_at``.

    None when the same question is open already: a double click. Raises Conflict on a resolved ticket.
    """
    lifecycle.must_be_open(ticket)
    same = (Consultation.service == service, Consultation.staff_id == staff_id)
    if await _asked_already(session, ticket, question, *same):
        return None
    consultation = Consultation(
        commune=ticket.commune, ticket_id=ticket.id, kind="department", service=service, staff_id=staff_id,
        question=question, state="asked", asked_by=by, asked_at=now, reassign_at=_patience(promise, now),
    )  # fmt: skip
    session.add(consultation)
    await _note_asked(session, ticket)
    _begin(ticket)
    kind, whom = ("asked", {}) if staff_id is None else ("asked_person", {"to": staff_id})
    changed(session, ticket, kind, now, by, department=_department(promise, service), **whom)
    await session.flush()
    return consultation


async def ask_outside(
    session: AsyncSession, ticket: Ticket, email: str, question: str, token: str, by: int, now: datetime
) -> Consultation | None:
    """Ask somebody outside, who answers through the one-time link that ``token`` opens.

    None when this very link was made already: a double click. Raises Conflict on a resolved ticket.
    """
    lifecycle.must_be_open(ticket)
    if await consultation_behind(session, token) is not None:
        return None
    consultation = Consultation(
        commune=ticket.commune, ticket_id=ticket.id, kind="outside", email=email,
        token_hash=hash_token(token), expires_at=now + timedelta(days=LINK_DAYS), question=question,
        state="asked", asked_by=by, asked_at=now,
    )  # fmt: skip
    session.add(consultation)
    _begin(ticket)
    changed(session, ticket, "asked_outside", now, by, email=email)
    await session.flush()
    return consultation


async def propose(
    session: AsyncSession, ticket: Ticket, promise: Promise, consultation: Consultation, text: str,
    staff_id: int, seen: int, now: datetime,
) -> bool:  # fmt: skip
    """What the department would answer; it may write again until the proposal is used.

    ``seen`` is the consultation's version on the writer's page. False when this very text is there
    already. Raises Conflict when the question is settled, or was written on since.
    """
    same = (consultation.state, consultation.proposed_by, consultation.proposal)
    if same == ("proposed", staff_id, text):
        return False
    must_be_pending(consultation, ticket)
    _check_version(consultation, seen)
    _write(consultation, text, staff_id, now)
    await _note_asked(session, ticket)
    lifecycle.propose(session, ticket, promise, now, staff_id, consultation=consultation.id)
    return True


def propose_from_outside(
    session: AsyncSession, ticket: Ticket, promise: Promise, consultation: Consultation, text: str,
    now: datetime,
) -> None:  # fmt: skip
    """The answer of somebody outside, written once. Raises Conflict unless it is still awaited."""
    must_be_pending(consultation, ticket)
    if consultation.state != "asked" or link_is_over(consultation, now):
        raise Conflict("proposal_settled")
    _write(consultation, text, None, now)
    lifecycle.propose(session, ticket, promise, now, None, kind="proposed_outside", email=consultation.email)


async def accept(
    session: AsyncSession, ticket: Ticket, consultation: Consultation, seen: int, by: int, now: datetime
) -> None:
    """The proposal is going to be sent by ``by``. Raises Conflict when it was used, or changed since."""
    must_be_pending(consultation, ticket)
    _check_version(consultation, seen)
    if consultation.state != "proposed":
        raise Conflict("proposal_changed")
    kind, writer = _writer(consultation)
    await _settle(session, ticket, consultation, "accepted", now)
    await _unpropose(session, ticket, f"approved{kind}", now, by, writer)


async def send_back(
    session: AsyncSession, ticket: Ticket, promise: Promise, consultation: Consultation, why: str,
    seen: int, by: int, now: datetime,
) -> bool:  # fmt: skip
    """Ask the department to write again, and ``why``; False when it was asked already.

    Raises Conflict as ``accept`` does.
    """
    if consultation.state == "returned" and consultation.note == why:
        return False
    must_be_pending(consultation, ticket)
    _check_version(consultation, seen)
    if consultation.kind != "department" or consultation.state != "proposed":
        raise Conflict("proposal_changed")
    _, writer = _writer(consultation)
    consultation.state, consultation.note = "returned", why
    consultation.reassign_at = _patience(promise, now)
    consultation.version += 1
    await _note_asked(session, ticket)
    await _unpropose(session, ticket, "returned", now, by, writer)
    return True


async def cancel(
    session: AsyncSession, ticket: Ticket, consultation: Consultation, by: int | None, now: datetime
) -> bool:
    """The question is no longer asked; False when it was settled already."""
    if consultation.state not in OPEN:
        return False
    was_proposed = consultation.state == "proposed"
    await _settle(session, ticket, consultation, "cancelled", now)
    if was_proposed:
        await _unpropose(session, ticket, "unasked", now, by, {})
    else:
        changed(session, ticket, "unasked", now, by)
    return True


async def cancel_open(session: AsyncSession, ticket: Ticket, by: int | None, now: datetime) -> int:
    """Nobody is asked about this ticket any more; how many were."""
    pending = await _pending(session, ticket)
    for consultation in pending:
        await cancel(session, ticket, consultation, by, now)
    return len(pending)


def widen(
    session: AsyncSession, ticket: Ticket, promise: Promise, consultation: Consultation, now: datetime
) -> None:
    """The person asked keeps silent: the whole department is asked."""
    note(session, ticket, "widened", now, to=consultation.staff_id,
         department=_department(promise, consultation.service))  # fmt: skip
    consultation.staff_id = None
    consultation.reassign_at = _patience(promise, now)


def give_up_waiting(
    session: AsyncSession, ticket: Ticket, promise: Promise, consultation: Consultation, now: datetime
) -> None:
    """The whole department keeps silent: the managers are told, once; it may still answer."""
    note(session, ticket, "silent", now, department=_department(promise, consultation.service))
    consultation.reassign_at = None


async def consultation_behind(session: AsyncSession, token: str) -> Consultation | None:
    """The question that a one-time link leads to; whether it may still be answered is another matter."""
    query = select(Consultation).where(Consultation.token_hash == hash_token(token))
    found: Consultation | None = await session.scalar(query)
    return found


async def consultations_of(session: AsyncSession, ticket: Ticket) -> list[Consultation]:
    """All about this ticket, the oldest first."""
    query = select(Consultation).where(Consultation.ticket_id == ticket.id)
    return list(await session.scalars(query.order_by(Consultation.id)))


async def consultation_of(session: AsyncSession, ticket: Ticket, consultation_id: int) -> Consultation:
    """A consultation about this ticket. Raises NotFound for any other."""
    for consultation in await consultations_of(session, ticket):
        if consultation.id == consultation_id:
            return consultation
    raise NotFound()


async def _pending(session: AsyncSession, ticket: Ticket) -> list[Consultation]:
    """Those not settled yet, the oldest first."""
    return [one for one in await consultations_of(session, ticket) if one.state in OPEN]


def must_be_pending(consultation: Consultation, ticket: Ticket) -> None:
    """Raises Conflict when the ticket is resolved or nothing is asked any more."""
    lifecycle.must_be_open(ticket)
    if consultation.state not in OPEN:
        raise Conflict("proposal_settled")


def link_is_over(consultation: Consultation, now: datetime) -> bool:
    """Whether the one-time link has expired."""
    return consultation.expires_at is not None and now >= consultation.expires_at


def _check_version(consultation: Consultation, seen: int) -> None:
    if consultation.version != seen:
        raise Conflict("proposal_changed")


def _write(consultation: Consultation, text: str, staff_id: int | None, now: datetime) -> None:
    consultation.state, consultation.proposal = "proposed", text
    consultation.proposed_by, consultation.proposed_at = staff_id, now
    consultation.reassign_at = None
    consultation.version = (consultation.version or 0) + 1


async def _settle(
    session: AsyncSession, ticket: Ticket, consultation: Consultation, state: str, now: datetime
) -> None:
    consultation.state, consultation.settled_at, consultation.reassign_at = state, now, None
    consultation.version += 1
    await _note_asked(session, ticket)


async def _note_asked(session: AsyncSession, ticket: Ticket) -> None:
    """On the ticket, for the lists: who is asked, and who of them has to write."""
    pending = await _pending(session, ticket)
    ticket.asked = as_asked(one.service for one in pending if one.service)
    ticket.awaited = as_asked(one.service for one in pending if one.service and one.state in AWAITED)


async def _unpropose(
    session: AsyncSession, ticket: Ticket, kind: str, now: datetime, by: int | None, data: dict[str, Any]
) -> None:
    """One proposal less to read; the ticket still has one when another waits."""
    lifecycle.unpropose(session, ticket, kind, now, by, **data)
    others = await _pending(session, ticket)
    if ticket.state == "in_progress" and any(other.state == "proposed" for other in others):
        set_state(ticket, "proposed")


async def _asked_already(session: AsyncSession, ticket: Ticket, question: str, *same: Any) -> bool:
    query = select(Consultation.id).where(
        Consultation.ticket_id == ticket.id, Consultation.state.in_(OPEN), Consultation.question == question,
        *same,
    )  # fmt: skip
    return await session.scalar(query.limit(1)) is not None


def _writer(consultation: Consultation) -> tuple[str, dict[str, Any]]:
    """Who wrote the proposal: the ending of the history's kinds, and what its line names."""
    if consultation.proposed_by is not None:
        return "", {"to": consultation.proposed_by}
    if consultation.email is not None:
        return "_outside", {"email": consultation.email}
    return "_assistant", {}


def _begin(ticket: Ticket) -> None:
    if ticket.state == "new":
        set_state(ticket, "in_progress")


def _patience(promise: Promise, now: datetime) -> datetime:
    """When a silence is long, nights and week-ends counted as the town counts them."""
    return later(promise, now, timedelta(hours=promise.settings.reassign_hours))


def _department(promise: Promise, service: str | None) -> str:
    known = promise.settings.departments.get(service or "")
    return known.name if known else promise.settings.name
