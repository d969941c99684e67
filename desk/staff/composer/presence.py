"""Who has a ticket's page open, and who is writing there; the presence table's only writer.

A page says so every twenty seconds. Nobody is believed to be there after 45 seconds without news, so a
browser that crashed is forgotten by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.db.upsert import upsert
from desk.staff.models import Presence, Staff

GONE_AFTER = timedelta(seconds=45)


@dataclass(frozen=True)
class Colleague:
    """Somebody else on the same ticket; ``seconds`` are left before they are taken for gone."""

    first_name: str
    writing: bool
    seconds: int


async def arrive(session: AsyncSession, ticket_id: int, staff_id: int, writing: bool, now: datetime) -> bool:
    """The page is open; whether that is news to the others."""
    before = await session.get(Presence, (ticket_id, staff_id))
    said = {"writing": writing, "seen_at": now}
    await session.execute(
        upsert(session, Presence)
        .values(ticket_id=ticket_id, staff_id=staff_id, **said)
        .on_conflict_do_update(index_elements=["ticket_id", "staff_id"], set_=said)
    )
    await _forget_elsewhere(session, ticket_id, staff_id, now)
    return before is None or before.seen_at <= now - GONE_AFTER or before.writing != writing


async def leave(session: AsyncSession, ticket_id: int, staff_id: int) -> bool:
    """The page was closed; whether it was known to be open."""
    gone = delete(Presence).where(Presence.ticket_id == ticket_id, Presence.staff_id == staff_id)
    return await session.scalar(gone.returning(Presence.staff_id)) is not None


async def others_on(session: AsyncSession, ticket_id: int, staff_id: int, now: datetime) -> list[Colleague]:
    """The others who are there, by first name."""
    rows = await session.execute(
        select(Staff.first_name, Presence.writing, Presence.seen_at)
        .join(Staff, Staff.id == Presence.staff_id)
        .where(Presence.ticket_id == ticket_id, Presence.staff_id != staff_id,
               Presence.seen_at > now - GONE_AFTER)
        .order_by(Staff.first_name, Staff.id)
    )  # fmt: skip
    return [
        Colleague(name, writing, max(1, int((seen_at + GONE_AFTER - now).total_seconds())))
        for name, writing, seen_at in rows.tuples()
    ]


async def _forget_elsewhere(session: AsyncSession, ticket_id: int, staff_id: int, now: datetime) -> None:
    """Pages that closed without a goodbye. Rows that another page is writing are left for the next time."""
    old = select(Presence.ticket_id).where(
        Presence.staff_id == staff_id, Presence.ticket_id != ticket_id, Presence.seen_at <= now - GONE_AFTER
    )
    await session.execute(
        delete(Presence).where(
            Presence.staff_id == staff_id, Presence.ticket_id.in_(old.with_for_update(skip_locked=True))
        ).execution_options(synchronize_session=False)
    )  # fmt: skip
