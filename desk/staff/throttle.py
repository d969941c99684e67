"""Refused attempts at a password or a code, counted by account and by address; their table's only writer."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.db.engine import Database
from desk.errors import TooMany
from desk.ids import hash_token
from desk.staff.models import LoginFailure

FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_PER_ACCOUNT = 5
FAILURES_PER_ADDRESS = 20


def password_of(email: str) -> str:
    """What is guessed when somebody types a password."""
    return f"email:{email}"


def code_of(staff_id: int) -> str:
    """What is guessed when somebody types a code of the second factor."""
    return f"code:{staff_id}"


async def begin_attempt(database: Database, guessed: str, address: str, now: datetime) -> list[int]:
    """Count an attempt before it is looked at. Raises TooMany past the limit, and then it counts no more.

    It is committed at once: of many guesses sent together, only so many are looked at. Returns what
    ``forget_attempt`` takes.
    """
    async with database.write() as session:
        attempt = await _count(session, guessed, address, now)
    try:
        async with database.read() as session:
            await _check(session, guessed, address, now)
    except TooMany:
        async with database.write() as session:
            await forget_attempt(session, attempt)
        raise
    return attempt


async def forget_attempt(session: AsyncSession, attempt: list[int]) -> None:
    """A good password or code is no failure."""
    await session.execute(delete(LoginFailure).where(LoginFailure.id.in_(attempt)))


async def _count(session: AsyncSession, guessed: str, address: str, now: datetime) -> list[int]:
    await session.execute(delete(LoginFailure).where(LoginFailure.at <= now - FAILURE_WINDOW))
    rows = [LoginFailure(key=key, at=now) for key, _ in _limits(guessed, address)]
    session.add_all(rows)
    await session.flush()
    return [row.id for row in rows]


async def _check(session: AsyncSession, guessed: str, address: str, now: datetime) -> None:
    for key, limit in _limits(guessed, address):
        query = select(func.count(), func.min(LoginFailure.at)).where(
            LoginFailure.key == key, LoginFailure.at > now - FAILURE_WINDOW
        )
        count, first = (await session.execute(query)).tuples().one()
        if count > limit:
            raise TooMany("login_throttled", retry_after=_seconds_left(first, now))


def _limits(guessed: str, address: str) -> tuple[tuple[str, int], ...]:
    return (
        (hash_token(guessed), FAILURES_PER_ACCOUNT),
        (hash_token(f"address:{address}"), FAILURES_PER_ADDRESS),
    )


def _seconds_left(first: datetime | None, now: datetime) -> int:
    return max(1, round(((first or now) + FAILURE_WINDOW - now).total_seconds()))
