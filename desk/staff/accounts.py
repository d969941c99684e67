"""The staff tables' only writer: accounts, sessions, refused log-ins."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import BadRequest, Conflict, TooMany
from desk.ids import hash_token, new_token
from desk.staff.models import LoginFailure, Staff, StaffSession
from desk.staff.passwords import MIN_LENGTH, hash_password

FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_PER_ACCOUNT = 5
FAILURES_PER_ADDRESS = 20


@dataclass(frozen=True)
class NewStaff:
    """An account to create."""

    commune: str
    email: str
    first_name: str
    job: str
    password: str
    role: str = "manager"
    services: tuple[str, ...] = ()


def normal_email(email: str) -> str:
    return email.strip().lower()


async def add_staff(session: AsyncSession, new: NewStaff, now: datetime) -> Staff:
    """Create an account. Raises Conflict for a known e-mail, BadRequest for a short password."""
    if len(new.password) < MIN_LENGTH:
        raise BadRequest("password_too_short", minimum=MIN_LENGTH)
    email = normal_email(new.email)
    if "@" not in email:
        raise BadRequest("bad_email")
    if await session.scalar(select(Staff.id).where(Staff.email == email)) is not None:
        raise Conflict("known_email", email=email)
    staff = Staff(
        commune=new.commune, email=email, first_name=new.first_name.strip(), job=new.job.strip(),
        role=new.role, services=list(new.services), password_hash=hash_password(new.password), active=True,
        created_at=now,
    )  # fmt: skip
    session.add(staff)
    await session.flush()
    return staff


async def has_staff(session: AsyncSession, commune: str) -> bool:
    """Whether anyone can log in for a commune."""
    return await session.scalar(select(Staff.id).where(Staff.commune == commune).limit(1)) is not None


async def count_attempt(session: AsyncSession, email: str, address: str, now: datetime) -> list[int]:
    """Count a log-in before its password is looked at, so that guesses sent together all count.

    Attempts too old to matter are dropped on the way. Returns what ``forget_attempt`` takes.
    """
    await session.execute(delete(LoginFailure).where(LoginFailure.at <= now - FAILURE_WINDOW))
    rows = [LoginFailure(key=key, at=now) for key, _ in _limits(email, address)]
    session.add_all(rows)
    await session.flush()
    return [row.id for row in rows]


async def forget_attempt(session: AsyncSession, ids: list[int]) -> None:
    """A good password, or one that was not even looked at, is no failure."""
    await session.execute(delete(LoginFailure).where(LoginFailure.id.in_(ids)))


async def check_throttle(session: AsyncSession, email: str, address: str, now: datetime) -> None:
    """Raises TooMany past the limit of failures for this account or from this address.

    The attempt being made is counted already, and committed: of many at once, only so many pass.
    """
    for key, limit in _limits(email, address):
        query = select(func.count(), func.min(LoginFailure.at)).where(
            LoginFailure.key == key, LoginFailure.at > now - FAILURE_WINDOW
        )
        count, first = (await session.execute(query)).tuples().one()
        if count > limit:
            raise TooMany("login_throttled", retry_after=_seconds_left(first, now))


def _limits(email: str, address: str) -> tuple[tuple[str, int], ...]:
    return (
        (hash_token(f"email:{normal_email(email)}"), FAILURES_PER_ACCOUNT),
        (hash_token(f"address:{address}"), FAILURES_PER_ADDRESS),
    )


def _seconds_left(first: datetime | None, now: datetime) -> int:
    return max(1, round(((first or now) + FAILURE_WINDOW - now).total_seconds()))


async def find_account(session: AsyncSession, email: str) -> Staff | None:
    """The active account with this e-mail; its password is still to be checked."""
    found: Staff | None = await session.scalar(
        select(Staff).where(Staff.email == normal_email(email), Staff.active)
    )
    return found


async def open_session(session: AsyncSession, staff: Staff, hours: int, now: datetime) -> str:
    """A new session; its token is what the cookie holds and is stored nowhere."""
    token = new_token()
    await session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
    session.add(
        StaffSession(id=hash_token(token), staff_id=staff.id, csrf=new_token(), created_at=now,
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


async def close_session(session: AsyncSession, token: str) -> None:
    """Log out."""
    await session.execute(delete(StaffSession).where(StaffSession.id == hash_token(token)))
