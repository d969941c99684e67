"""Log-ins that are open: their table's only writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.ids import hash_token, new_token
from desk.staff.models import Staff, StaffSession


@dataclass(frozen=True)
class Device:
    """Where a log-in comes from, for its owner to recognise it."""

    browser: str = ""
    address: str = ""


async def open_session(
    session: AsyncSession, staff: Staff, hours: int, now: datetime, device: Device | None = None
) -> str:
    """A new session; its token is what the cookie holds and is stored nowhere."""
    token, device = new_token(), device or Device()
    await session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
    session.add(
        StaffSession(id=hash_token(token), staff_id=staff.id, csrf=new_token(), created_at=now,
                     browser=device.browser[:120], address=device.address[:64],
                     expires_at=now + timedelta(hours=hours))
    )  # fmt: skip
    return token


async def find_session(session: AsyncSession, token: str, now: datetime) -> tuple[Staff, StaffSession] | None:
    """Who holds the cookie ``token``, while the session lasts and the account is active."""
    rows = await session.execute(
        select(Staff, StaffSession).join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(StaffSession.id == hash_token(token), StaffSession.expires_at > now, Staff.active)
    )  # fmt: skip
    found = rows.tuples().one_or_none()
    return (found[0], found[1]) if found else None


async def sessions_of(session: AsyncSession, staff_id: int, now: datetime) -> Sequence[StaffSession]:
    """The sessions that a person has open, the newest first."""
    rows = await session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.expires_at > now)
        .order_by(StaffSession.created_at.desc(), StaffSession.id)
    )
    return rows.all()


async def close_session(session: AsyncSession, staff_id: int, session_id: str) -> None:
    """End one session of this person, and of nobody else."""
    await session.execute(
        delete(StaffSession).where(StaffSession.id == session_id, StaffSession.staff_id == staff_id)
    )


async def close_sessions(session: AsyncSession, staff_id: int, but: str = "") -> None:
    """End every session of this person, perhaps all ``but`` the one in hand."""
    await session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.id != but)
    )
