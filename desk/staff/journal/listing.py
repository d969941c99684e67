"""Reading the journal: newest first, by pages, through its indexes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.db.engine import Database
from desk.ids import normal_reference
from desk.journal.models import JournalEntry
from desk.staff.accounts import normal_email

PAGE = 50
CHUNK = 1000
MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class Sieve:
    """What is looked for; an empty field asks for nothing. Days are the commune's, both included."""

    who: str = ""
    action: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None

    def conditions(self, commune: Commune) -> list[ColumnElement[bool]]:
        """What a line must meet."""
        entry = JournalEntry
        found = [entry.commune == commune.id]
        found += [entry.who == normal_email(self.who)] if self.who else []
        found += [entry.action == self.action] if self.action else []
        found += [entry.subject == as_subject(self.subject)] if self.subject else []
        found += [entry.at >= _midnight(commune, self.first)] if self.first else []
        found += [entry.at < _midnight(commune, self.last + timedelta(days=1))] if self.last else []
        found += [entry.id < self.before] if self.before is not None else []
        return found


def as_subject(typed: str) -> str:
    """A reference in its stored form however it is typed; anything else as it is."""
    return normal_reference(typed) if typed.upper().replace(" ", "").startswith("BEF") else typed.strip()


async def entries(
    session: AsyncSession, commune: Commune, sieve: Sieve, limit: int
) -> Sequence[JournalEntry]:
    """The newest lines that ``sieve`` lets through, at most ``limit``."""
    rows = await session.scalars(
        select(JournalEntry).where(*sieve.conditions(commune)).order_by(JournalEntry.id.desc()).limit(limit)
    )
    return rows.all()


async def every_entry(database: Database, commune: Commune, sieve: Sieve) -> AsyncIterator[JournalEntry]:
    """All of them, a thousand in memory at a time, and no transaction held open meanwhile."""
    while True:
        async with database.read() as session:
            found = await entries(session, commune, sieve, CHUNK)
        for entry in found:
            yield entry
        if len(found) < CHUNK:
            return
        sieve = replace(sieve, before=found[-1].id)


def _midnight(commune: Commune, day: date) -> datetime:
    return datetime.combine(day, time.min, commune.settings.zone)
