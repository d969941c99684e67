"""The e-mails' states: which one is due, and what became of it."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.mail.models import Mail


async def due_since(session: AsyncSession) -> datetime | None:
    """Since when (or from when on) the first e-mail of all may be sent, None when there is none."""
    found: datetime | None = await session.scalar(
        select(func.min(Mail.next_attempt_at)).where(Mail.state == "queued")
    )
    return found


async def claim(session: AsyncSession, now: datetime, lease: timedelta) -> Mail | None:
    """The e-mail that has been due longest; nobody else is given it before ``lease`` has passed."""
    due = select(Mail).where(Mail.state == "queued", Mail.next_attempt_at <= now)
    due = due.order_by(Mail.next_attempt_at, Mail.id).limit(1).with_for_update(skip_locked=True)
    mail: Mail | None = await session.scalar(due)
    if mail is not None:
        mail.next_attempt_at = now + lease
    return mail


async def drop(session: AsyncSession, limit: datetime) -> None:
    """What nobody could send since ``limit`` is of no use any more."""
    await session.execute(
        update(Mail).where(Mail.state == "queued", Mail.next_attempt_at <= limit).values(state="off")
    )


async def mark_sent(session: AsyncSession, mail_id: int, now: datetime) -> None:
    """The server has taken it."""
    await _mark(session, mail_id, state="sent", sent_at=now, error=None)


async def mark_retry(session: AsyncSession, mail_id: int, why: str, at: datetime) -> None:
    """It is to be tried again at ``at``."""
    await _mark(session, mail_id, next_attempt_at=at, error=why)


async def mark_failed(session: AsyncSession, mail_id: int, why: str) -> None:
    """It will not be tried again; staff see ``why``."""
    await _mark(session, mail_id, state="failed", error=why)


async def _mark(session: AsyncSession, mail_id: int, **values: object) -> None:
    # One taken by another desk meanwhile is not put back in the queue: it has told the same news.
    mine = update(Mail).where(Mail.id == mail_id, Mail.state == "queued")
    await session.execute(mine.values(attempts=Mail.attempts + 1, **values))
