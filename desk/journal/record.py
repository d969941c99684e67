"""The journal's only writer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.journal.models import JournalEntry


@dataclass(frozen=True)
class Doer:
    """Who did it; ``staff_id`` None for the desk itself or somebody outside."""

    commune: str
    who: str
    staff_id: int | None = None


def record(
    session: AsyncSession, doer: Doer, action: str, now: datetime, subject: str = "", **data: Any
) -> None:
    """Add a line, in the transaction of what it tells. ``action`` is a key of texts ``journal.…``."""
    session.add(
        JournalEntry(commune=doer.commune, at=now, staff_id=doer.staff_id, who=doer.who[:254], action=action,
                     subject=subject[:254], data=data)
    )  # fmt: skip
