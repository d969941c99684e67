"""One-time links, valid for seven days: to join, or to choose a new password. Their table's only writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Conflict
from desk.ids import hash_token, new_token
from desk.staff.accounts import (
    NewStaff,
    account_of,
    add_staff,
    check_unknown,
    normal_email,
    set_password,
)
from desk.staff.models import Invitation, Staff
from desk.staff.sessions import close_sessions

LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Profile:
    """What a person is and does, as an admin wrote it."""

    first_name: str
    job: str
    role: str
    services: tuple[str, ...] = ()


async def invite(
    session: AsyncSession, commune: str, email: str, profile: Profile, by: int | None, now: datetime
) -> str:
    """The token of a link to join; an earlier one for the same address stops working.

    Raises Conflict when the address has an account, or was invited by another town.
    """
    email = normal_email(email)
    await check_unknown(session, email)
    elsewhere = select(Invitation.id).where(_waiting(now), Invitation.email == email,
                                            Invitation.commune != commune)  # fmt: skip
    if await session.scalar(elsewhere.limit(1)) is not None:
        raise Conflict("known_email", email=email)
    return await _store(session, commune, email, profile, None, by, now)


async def link_for(session: AsyncSession, staff: Staff, by: int | None, now: datetime) -> str:
    """The token of a link to choose a new password; the old one works until then."""
    profile = Profile(staff.first_name, staff.job, staff.role, tuple(staff.services))
    return await _store(session, staff.commune, staff.email, profile, staff.id, by, now)


async def find_invitation(
    session: AsyncSession, token: str, now: datetime, *, lock: bool = False
) -> Invitation | None:
    """What the link ``token`` stands for, None once it was used, replaced or is too old."""
    query = select(Invitation).where(_waiting(now), Invitation.token_hash == hash_token(token))
    found: Invitation | None = await session.scalar(query)
    if found is None or not lock:
        return found
    if found.staff_id is not None:  # the account before its links, like whoever closes it
        await account_of(session, found.commune, found.staff_id, lock=True)
    query = query.with_for_update().execution_options(populate_existing=True)
    locked: Invitation | None = await session.scalar(query)
    return locked


async def invitation_to(session: AsyncSession, email: str, now: datetime) -> Invitation | None:
    """The invitation to join that waits for this address, locked."""
    found: Invitation | None = await session.scalar(
        select(Invitation)
        .where(_waiting(now), Invitation.email == normal_email(email), Invitation.staff_id.is_(None))
        .order_by(Invitation.id.desc())
        .limit(1)
        .with_for_update()
    )
    return found


async def waiting_invitations(session: AsyncSession, commune: str, now: datetime) -> Sequence[Invitation]:
    """Who was invited and has not come yet, the latest first."""
    rows = await session.scalars(
        select(Invitation)
        .where(_waiting(now), Invitation.commune == commune, Invitation.staff_id.is_(None))
        .order_by(Invitation.id.desc())
    )
    return rows.all()


async def accept(session: AsyncSession, invitation: Invitation, password_hash: str, now: datetime) -> Staff:
    """Join, or have a new password, and then the sessions opened with the old one end.

    Raises Conflict when the address got an account meanwhile.
    """
    invitation.used_at = now
    if invitation.staff_id is None:
        new = NewStaff(
            invitation.commune, invitation.email, invitation.first_name, invitation.job, password_hash,
            invitation.role, tuple(invitation.services),
        )  # fmt: skip
        return await add_staff(session, new, now)
    staff = await account_of(session, invitation.commune, invitation.staff_id, lock=True)
    set_password(staff, password_hash)
    await close_sessions(session, staff.id)
    return staff


async def withdraw(session: AsyncSession, commune: str, email: str, now: datetime) -> None:
    """The links that wait for this address stop working."""
    await session.execute(
        update(Invitation)
        .where(_waiting(now), Invitation.commune == commune, Invitation.email == email)
        .values(expires_at=now)
    )


def _waiting(now: datetime) -> ColumnElement[bool]:
    return and_(Invitation.used_at.is_(None), Invitation.expires_at > now)


async def _store(
    session: AsyncSession, commune: str, email: str, profile: Profile, staff_id: int | None,
    by: int | None, now: datetime,
) -> str:  # fmt: skip
    await withdraw(session, commune, email, now)
    token = new_token()
    session.add(
        Invitation(commune=commune, token_hash=hash_token(token), staff_id=staff_id, email=email,
                   first_name=profile.first_name, job=profile.job, role=profile.role,
                   services=list(profile.services), invited_by=by, created_at=now, expires_at=now + LASTS)
    )  # fmt: skip
    return token
