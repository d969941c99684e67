"""Notes that colleagues leave on a ticket: the note table's only writer. Citizens never see them."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.tickets.history import changed
from desk.tickets.models import Note, Ticket

TWICE = timedelta(minutes=10)
"""The same words by the same person within this time are a double click."""


async def add_note(session: AsyncSession, ticket: Ticket, staff_id: int, text: str, now: datetime) -> bool:
    """Write it, once; whether it is new. Whoever is writing a reply meanwhile is told: it may matter."""
    last = await session.scalar(
        select(Note).where(Note.ticket_id == ticket.id).order_by(Note.id.desc()).limit(1)
    )
    if last is not None and (last.staff_id, last.text) == (staff_id, text) and now - last.at <= TWICE:
        return False
    session.add(Note(commune=ticket.commune, ticket_id=ticket.id, staff_id=staff_id, text=text, at=now))
    changed(session, ticket, "note", now, staff_id)
    return True


async def notes_between(
    session: AsyncSession, ticket_id: int, start: datetime | None, end: datetime | None
) -> list[Note]:
    """Those written from ``start`` on and before ``end``, in order; None is no limit."""
    query = select(Note).where(Note.ticket_id == ticket_id).order_by(Note.id)
    if start is not None:
        query = query.where(Note.at >= start)
    if end is not None:
        query = query.where(Note.at < end)
    return list(await session.scalars(query))
