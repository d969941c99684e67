"""What happens to a ticket from the first look to the last word; each verb adds to its history."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Conflict
from desk.tickets.asked import ask_nobody
from desk.tickets.deadline import Promise, due_at, resumed
from desk.tickets.history import changed, set_state
from desk.tickets.models import ORDINARY, URGENT, Ticket
from desk.tickets.states import is_open, may_become


def take(session: AsyncSession, ticket: Ticket, staff_id: int, now: datetime) -> None:
    """A member of staff is now on it. Raises Conflict when it is resolved."""
    must_be_open(ticket)
    _begin(ticket)
    ticket.staff_id = staff_id
    changed(session, ticket, "taken", now, staff_id)


def assign(session: AsyncSession, ticket: Ticket, to: int | None, by: int | None, now: datetime) -> None:
    """Somebody (nobody when ``to`` is None) is in charge of it from now on."""
    must_be_open(ticket)
    ticket.staff_id = to
    changed(session, ticket, "assigned", now, by, to=to)


def reply_noted(session: AsyncSession, ticket: Ticket, staff_id: int, now: datetime) -> None:
    """Write in the history that staff answered the citizen."""
    _begin(ticket)
    ticket.staff_id = ticket.staff_id or staff_id
    ticket.replied_at = ticket.replied_at or now
    changed(session, ticket, "replied", now, staff_id)


def answered_elsewhere(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """Somebody answered the citizen in the platform's own inbox; who, nobody here knows."""
    _begin(ticket)
    ticket.replied_at = ticket.replied_at or now
    changed(session, ticket, "replied_elsewhere", now)


def release(session: AsyncSession, ticket: Ticket, staff_id: int | None, now: datetime) -> None:
    """Nobody holds it any more (``staff_id`` None: released after a quiet time); it stays open."""
    ticket.staff_id = None
    changed(session, ticket, "released", now, staff_id)


def wait_for_citizen(session: AsyncSession, ticket: Ticket, staff_id: int, now: datetime) -> bool:
    """The clock stands still until the citizen writes; False when it did. Raises Conflict when resolved."""
    must_be_open(ticket)
    if ticket.state == "waiting":
        return False
    set_state(ticket, "waiting")
    ticket.paused_at = now
    changed(session, ticket, "waiting", now, staff_id)
    return True


def resume(
    session: AsyncSession, ticket: Ticket, promise: Promise, now: datetime, staff_id: int | None = None
) -> bool:
    """The clock goes on, with what was left of the promise; whether it stood still."""
    if ticket.state != "waiting":
        return False
    set_state(ticket, "in_progress")
    _run_again(ticket, promise, now)
    changed(session, ticket, "resumed", now, staff_id, due=ticket.due_at.isoformat())
    return True


def propose(session: AsyncSession, ticket: Ticket, promise: Promise, now: datetime, staff_id: int | None,
            *, kind: str = "proposed", **data: object) -> None:  # fmt: skip
    """An answer is written and waits to be read over. Raises Conflict when the ticket is resolved."""
    must_be_open(ticket)
    _run_again(ticket, promise, now)
    set_state(ticket, "proposed")
    changed(session, ticket, kind, now, staff_id, **data)


def unpropose(session: AsyncSession, ticket: Ticket, kind: str, now: datetime, staff_id: int | None,
              **data: object) -> None:  # fmt: skip
    """The proposed answer was used, sent back or dropped (``kind``)."""
    if ticket.state == "proposed":
        set_state(ticket, "in_progress")
    changed(session, ticket, kind, now, staff_id, **data)


def resolve(session: AsyncSession, ticket: Ticket, staff_id: int, now: datetime) -> None:
    """Done, until the citizen says otherwise: they are asked. Raises Conflict when it already was."""
    must_be_open(ticket)
    set_state(ticket, "resolved")
    ticket.satisfied = None
    ticket.resolved_at, ticket.paused_at = now, None
    ask_nobody(ticket)
    changed(session, ticket, "resolved", now, staff_id)


def reopen(session: AsyncSession, ticket: Ticket, promise: Promise, now: datetime, *,
           reason: str, staff_id: int | None = None) -> None:  # fmt: skip
    """It was not over: a new promise begins. Raises Conflict when it is closed for good."""
    if not may_become(ticket.state, "in_progress") or is_open(ticket.state):
        raise Conflict("ticket_closed", reference=ticket.reference)
    set_state(ticket, "in_progress")
    ticket.resolved_at = ticket.reminded_at = ticket.escalated_at = None
    ticket.due_at = due_at(promise, now)
    changed(session, ticket, "reopened", now, staff_id, reason=reason)


def close(session: AsyncSession, ticket: Ticket, now: datetime, staff_id: int | None = None,
          *, kind: str = "closed", **why: object) -> None:  # fmt: skip
    """Over for good: merged into another one (``kind`` merged), or resolved long enough ago."""
    ticket.resolved_at = ticket.resolved_at or now
    ticket.paused_at = None
    ask_nobody(ticket)
    set_state(ticket, "closed")
    changed(session, ticket, kind, now, staff_id, **why)


def set_urgent(session: AsyncSession, ticket: Ticket, urgent: bool, staff_id: int, now: datetime) -> bool:
    """Before all others in the queue, or no longer; whether that is new. Raises Conflict when resolved."""
    must_be_open(ticket)
    if ticket.urgent == urgent:
        return False
    ticket.rank = URGENT if urgent else ORDINARY
    changed(session, ticket, "urgent" if urgent else "ordinary", now, staff_id)
    return True


def judged(session: AsyncSession, ticket: Ticket, satisfied: bool, now: datetime) -> None:
    """The citizen said whether it is resolved."""
    ticket.satisfied = satisfied
    changed(session, ticket, "satisfied" if satisfied else "unsatisfied", now)


def commented(session: AsyncSession, ticket: Ticket, message_id: int, now: datetime) -> None:
    """The citizen added a word about it; the words themselves stay in the message."""
    changed(session, ticket, "comment", now, message=message_id)


def due_if_resumed(ticket: Ticket, promise: Promise, now: datetime) -> datetime:
    """When it is due; while its clock stands still, when it would be if it went on ``now``."""
    if ticket.paused_at is None:
        return ticket.due_at
    return resumed(promise, ticket.due_at, ticket.paused_at, now)


def check_version(ticket: Ticket, seen: int) -> None:
    """Raises Conflict when the ticket changed since the page the person looks at was made."""
    if ticket.version != seen:
        raise Conflict(version=ticket.version)


def must_be_open(ticket: Ticket) -> None:
    """Raises Conflict when there is nothing left to do on it."""
    if not is_open(ticket.state):
        raise Conflict("ticket_resolved", reference=ticket.reference)


def _begin(ticket: Ticket) -> None:
    if ticket.state == "new":
        set_state(ticket, "in_progress")


def _run_again(ticket: Ticket, promise: Promise, now: datetime) -> None:
    ticket.due_at = due_if_resumed(ticket, promise, now)
    ticket.paused_at = None
