"""The tickets that somebody has to be told about, found through the queue's indexes and locked."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.tickets.models import URGENT, Ticket, TicketEvent

BATCH = 100
ALERTED = "alerted"


def untold(commune: Commune, now: datetime) -> dict[str, ColumnElement[bool]]:
    """The condition of each kind of news, by the history's word for it.

    Tickets whose clock stands still are on another shelf.
    """
    todo = and_(Ticket.commune == commune.id, Ticket.shelf == "todo")
    told = exists().where(TicketEvent.ticket_id == Ticket.id, TicketEvent.kind == ALERTED)
    soon = now + timedelta(hours=commune.settings.soon_hours)
    return {
        ALERTED: and_(todo, Ticket.rank == URGENT, ~told),
        "escalated": and_(todo, Ticket.due_at < now, Ticket.escalated_at.is_(None)),
        "reminded": and_(todo, Ticket.due_at <= soon, Ticket.reminded_at.is_(None)),
    }


async def anything(session: AsyncSession, commune: Commune, now: datetime) -> bool:
    """Whether there is any news, without locking anything."""
    for condition in untold(commune, now).values():
        if await session.scalar(select(Ticket.id).where(condition).limit(1)) is not None:
            return True
    return False


async def take_news(session: AsyncSession, commune: Commune, now: datetime) -> dict[str, list[Ticket]]:
    """At most a batch of each kind; a ticket that is being changed right now waits for the next round."""
    return {
        kind: list(await session.scalars(_batch(condition)))
        for kind, condition in untold(commune, now).items()
    }


def _batch(condition: ColumnElement[bool]) -> Select[tuple[Ticket]]:
    query = select(Ticket).where(condition).order_by(Ticket.due_at, Ticket.id).limit(BATCH)
    return query.with_for_update(skip_locked=True)
