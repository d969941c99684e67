"""Putting tickets in order: the right topic and department, two made one, one made two."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.errors import Conflict
from desk.tickets.consultations import cancel_open
from desk.tickets.deadline import Promise
from desk.tickets.history import changed
from desk.tickets.lifecycle import close, due_if_resumed, must_be_open
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.notes import add_note
from desk.tickets.opening import Request, new_ticket, open_ticket_of
from desk.tickets.states import is_open

CANDIDATES = 10

type Filing = tuple[str | None, str | None]
"""A topic and a department."""


def file_under(
    session: AsyncSession, ticket: Ticket, filing: Filing, seen: Filing, staff_id: int, now: datetime
) -> bool:
    """Correct the topic and the department together; whether anything changed.

    ``seen`` is what the page showed. Raises Conflict when a colleague filed it elsewhere since.
    """
    here = (ticket.topic, ticket.service)
    if filing == here:
        return False
    if seen != here:
        raise Conflict("sorted_meanwhile")
    ticket.topic, ticket.service = filing
    changed(session, ticket, "sorted", now, staff_id, topic=ticket.topic, service=ticket.service,
            before=list(here))  # fmt: skip
    return True


async def same_person(session: AsyncSession, ticket: Ticket) -> Sequence[Ticket]:
    """Other tickets of whoever opened this one, newest first: of the same conversation, or open elsewhere
    with the same e-mail or telephone. A channel's identity has one conversation.
    """
    others = select(Ticket).where(Ticket.id != ticket.id).order_by(Ticket.id.desc()).limit(CANDIDATES)
    here = others.where(Ticket.conversation_id == ticket.conversation_id, Ticket.state != "closed")
    found = {one.id: one for one in await session.scalars(here)}
    if ticket.contact_email or ticket.contact_phone:  # done ones are left out: no index knows addresses
        waiting = others.where(Ticket.commune == ticket.commune, Ticket.shelf.in_(("todo", "waiting")))
        found |= {one.id: one for one in await session.scalars(waiting.where(_same_contact(ticket)))}
    return sorted(found.values(), key=lambda one: one.id, reverse=True)


def is_same_person(one: Ticket, other: Ticket) -> bool:
    """Whether both come from one conversation, or give one e-mail or telephone."""
    return (
        one.conversation_id == other.conversation_id
        or bool(one.contact_email and _folded(one) == _folded(other))
        or bool(one.contact_phone and one.contact_phone == other.contact_phone)
    )


async def merge(
    session: AsyncSession, kept: Ticket, other: Ticket, promise: Promise, staff_id: int, now: datetime,
    *, sure: bool = False,
) -> bool:  # fmt: skip
    """Close ``other`` for good and take over what it knows; False when that was done before.

    Both are locked. The promise kept is the earlier one. ``sure``: the manager vouches that they are one
    person's. Raises Conflict when it is the ticket itself, one is over for good, or the persons differ.
    """
    if other.merged_into == kept.id:
        return False
    must_be_open(kept)
    if other.id == kept.id:
        raise Conflict("merge_itself")
    if other.state == "closed":
        raise Conflict("merge_closed", reference=other.reference)
    if not (sure or is_same_person(kept, other)):
        raise Conflict("merge_stranger", reference=other.reference)
    await cancel_open(session, other, staff_id, now)
    _take_over(kept, other, promise, now)
    close(session, other, now, staff_id, kind="merged", other=kept.reference)
    await session.flush()  # before the kept one may become the one that the conversation's words join
    if kept.conversation_id == other.conversation_id:
        kept.joins = kept.joins or other.joins
    for one in (other, *await merged_tickets(session, other)):
        one.merged_into = kept.id
        changed(session, kept, "gathered", now, staff_id, other=one.reference)
    return True


async def split(
    session: AsyncSession, ticket: Ticket, conversation: Conversation, filing: Filing, about: str,
    once: str, promise: Promise, staff_id: int, now: datetime,
) -> tuple[Ticket, bool]:  # fmt: skip
    """A ticket beside this one, for the other thing that was asked, and whether it is new.

    ``about`` becomes its first note; ``once`` tells a second sending of the same form. It joins the
    conversation's next words only when no other open ticket does.
    """
    known = await _split_before(session, ticket, once)
    if known is not None:
        return known, False
    joins = await open_ticket_of(session, conversation.id) is None
    request = Request("split", filing[0], filing[1], ticket.urgent)
    beside = await new_ticket(session, conversation, request, promise, now, joins=joins,
                              staff_id=staff_id, other=ticket.reference)  # fmt: skip
    beside.contact_email, beside.contact_phone = ticket.contact_email, ticket.contact_phone
    await add_note(session, beside, staff_id, about, now)
    changed(session, ticket, "split", now, staff_id, other=beside.reference, once=once)
    return beside, True


async def merged_tickets(session: AsyncSession, ticket: Ticket) -> Sequence[Ticket]:
    """Those that were merged into it, the oldest first."""
    references = [line.data["other"] for line in await _lines(session, ticket, "gathered")]
    if not references:
        return ()
    rows = await session.scalars(select(Ticket).where(Ticket.reference.in_(references)).order_by(Ticket.id))
    return rows.all()


def _take_over(kept: Ticket, other: Ticket, promise: Promise, now: datetime) -> None:
    """What ``other`` knows and was promised, where ``kept`` has nothing better."""
    if is_open(other.state):
        kept.due_at = min(due_if_resumed(kept, promise, now), due_if_resumed(other, promise, now))
        kept.paused_at = kept.paused_at and now
        kept.rank = min(kept.rank, other.rank)
    kept.topic, kept.service = kept.topic or other.topic, kept.service or other.service
    kept.contact_email = kept.contact_email or other.contact_email
    kept.contact_phone = kept.contact_phone or other.contact_phone
    kept.details = {**other.details, **kept.details}


def _same_contact(ticket: Ticket) -> ColumnElement[bool]:
    """The condition on a ticket with one of this one's addresses."""
    same: list[ColumnElement[bool]] = []
    if ticket.contact_email:
        same.append(func.lower(Ticket.contact_email) == _folded(ticket))
    if ticket.contact_phone:
        same.append(Ticket.contact_phone == ticket.contact_phone)
    return or_(*same)


def _folded(ticket: Ticket) -> str:
    return (ticket.contact_email or "").lower()


async def _split_before(session: AsyncSession, ticket: Ticket, once: str) -> Ticket | None:
    lines = await _lines(session, ticket, "split")
    reference = next((line.data["other"] for line in lines if once and line.data.get("once") == once), None)
    found: Ticket | None = await session.scalar(select(Ticket).where(Ticket.reference == reference))
    return found


async def _lines(session: AsyncSession, ticket: Ticket, kind: str) -> Sequence[TicketEvent]:
    rows = await session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind == kind)
    )
    return rows.all()
