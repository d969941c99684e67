"""Staff accounts: who may log in, and as what. Their table's only writer, with second_factor.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.errors import Conflict, NotFound
from desk.ids import hash_token
from desk.staff.models import Staff
from desk.texts.dates import say_date


@dataclass(frozen=True)
class NewStaff:
    """An account to create; an empty ``password_hash`` opens nothing."""

    commune: str
    email: str
    first_name: str
    job: str
    password_hash: str = ""
    role: str = "manager"
    services: tuple[str, ...] = ()


def normal_email(email: str) -> str:
    """An address as it is stored and compared."""
    return email.strip().lower()


async def add_staff(session: AsyncSession, new: NewStaff, now: datetime) -> Staff:
    """Create an account. Raises Conflict for a known e-mail, even one that is being added elsewhere."""
    email = normal_email(new.email)
    await check_unknown(session, email)
    staff = Staff(
        commune=new.commune, email=email, first_name=new.first_name.strip(), job=new.job.strip(),
        role=new.role, services=list(new.services), password_hash=new.password_hash, active=True,
        created_at=now,
    )  # fmt: skip
    try:
        async with session.begin_nested():
            session.add(staff)
    except IntegrityError as error:
        raise Conflict("known_email", email=email) from error
    return staff


async def check_unknown(session: AsyncSession, email: str) -> None:
    """Raises Conflict when somebody has this e-mail already, here or in another town."""
    if await session.scalar(select(Staff.id).where(Staff.email == normal_email(email))) is not None:
        raise Conflict("known_email", email=normal_email(email))


async def has_staff(session: AsyncSession, commune: str) -> bool:
    """Whether anyone can log in for a commune."""
    return await session.scalar(select(Staff.id).where(Staff.commune == commune).limit(1)) is not None


async def find_account(session: AsyncSession, email: str) -> Staff | None:
    """The active account with this e-mail; its password is still to be checked."""
    found: Staff | None = await session.scalar(
        select(Staff).where(Staff.email == normal_email(email), Staff.active)
    )
    return found


async def staff_of(session: AsyncSession, commune: str) -> Sequence[Staff]:
    """Everybody of a commune, those who may log in first."""
    rows = await session.scalars(
        select(Staff)
        .where(Staff.commune == commune)
        .order_by(Staff.active.desc(), Staff.first_name, Staff.id)
    )
    return rows.all()


async def account_of(session: AsyncSession, commune: str, staff_id: int, *, lock: bool = False) -> Staff:
    """One account of this commune. Raises NotFound for any other.

    With ``lock``, its row is locked and read anew: whoever changes it waits for its turn.
    """
    query = select(Staff).where(Staff.commune == commune, Staff.id == staff_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Staff | None = await session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def mark_of(staff: Staff) -> str:
    """What a form was filled over: it differs once somebody else has changed the account."""
    seen = (staff.first_name, staff.job, staff.role, sorted(staff.services), staff.active)
    return hash_token(repr(seen))[:16]


async def change_account(
    session: AsyncSession, staff: Staff, *, first_name: str, job: str, role: str, services: Sequence[str]
) -> None:
    """Change what a person is and does. Raises Conflict when it would leave the town without an admin."""
    if role != "admin":
        await _keep_an_admin(session, staff)
    staff.first_name, staff.job = first_name, job
    staff.role, staff.services = role, list(services)


async def close_account(session: AsyncSession, staff: Staff) -> None:
    """Nobody logs in with it any more. Raises Conflict for the last admin."""
    await _keep_an_admin(session, staff)
    staff.active = False


def reopen_account(staff: Staff) -> None:
    """The person may log in again, with the password and the rights they had."""
    staff.active = True


def set_password(staff: Staff, password_hash: str) -> None:
    """From now on, this password and no other."""
    staff.password_hash = password_hash


def set_away(staff: Staff, until: date | None) -> None:
    """Away up to that day, itself included; None: back."""
    staff.away_until = until


def bind_subject(staff: Staff, subject: str) -> None:
    """The identity provider's name for this person, known from now on."""
    staff.oidc_subject = subject


def is_away(staff: Staff, today: date) -> bool:
    """Whether the person said they are not there; the last day counts."""
    return staff.away_until is not None and staff.away_until >= today


def absence(commune: Commune, staff: Staff, now: datetime) -> str:
    """The last day of the person's absence in words, empty when they are there."""
    until = staff.away_until
    away = until is not None and is_away(staff, commune.local(now).date())
    return say_date(commune.texts, until) if away and until else ""


async def _keep_an_admin(session: AsyncSession, staff: Staff) -> None:
    """Raises Conflict when ``staff`` is the last active admin. Two who leave at once wait for each other."""
    if staff.role != "admin" or not staff.active:
        return
    admins = await session.scalars(
        select(Staff.id)
        .where(Staff.commune == staff.commune, Staff.role == "admin", Staff.active)
        .order_by(Staff.id)
        .with_for_update()
    )
    if admins.all() == [staff.id]:
        raise Conflict("last_admin")
