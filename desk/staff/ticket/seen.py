"""The journal's line for whoever opens a ticket."""

from datetime import timedelta

from sqlalchemy import select

from desk.app_context import Context
from desk.journal.models import JournalEntry
from desk.journal.record import record
from desk.staff.guard import Visit
from desk.staff.models import Staff

AGAIN = timedelta(minutes=10)
SEEN = "ticket.seen"


async def note_seen(context: Context, visit: Visit, reference: str) -> None:
    """Write that the person opened the ticket, at most once in ten minutes."""
    now = context.clock.now()
    lately = select(JournalEntry.id).where(
        JournalEntry.commune == visit.commune.id, JournalEntry.subject == reference,
        JournalEntry.staff_id == visit.staff.id, JournalEntry.action == SEEN, JournalEntry.at > now - AGAIN,
    )  # fmt: skip
    async with context.database.read() as session:
        if await session.scalar(lately.limit(1)) is not None:
            return
    async with context.database.write() as session:
        # Two pages opened at once by one person: the second waits here, then finds the first's line.
        myself = select(Staff.id).where(Staff.id == visit.staff.id)
        await session.execute(myself.with_for_update(key_share=True))
        if await session.scalar(lately.limit(1)) is None:
            record(session, visit.doer, SEEN, now, reference)
