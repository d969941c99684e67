"""A ticket's history: every change of a ticket goes through here, and is written down."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.states import shelf_of


def changed(
    session: AsyncSession, ticket: Ticket, kind: str, now: datetime, staff_id: int | None = None, **data: Any
) -> None:
    """The ticket is one version further because of ``kind``, done by ``staff_id`` (None: the desk itself)."""
    ticket.version += 1
    note(session, ticket, kind, now, staff_id, **data)


def note(
    session: AsyncSession, ticket: Ticket, kind: str, now: datetime, staff_id: int | None = None, **data: Any
) -> None:
    """Add a line to the history; whoever is writing a reply need not read the page again for it."""
    session.add(
        TicketEvent(commune=ticket.commune, ticket_id=ticket.id, at=now, kind=kind, staff_id=staff_id,
                    version=ticket.version, data=data)
    )  # fmt: skip


def set_state(ticket: Ticket, state: str) -> None:
    """Move the ticket, and with it its place in the queue."""
    ticket.state, ticket.shelf = state, shelf_of(state)
