"""From an identity to an account: one that is bound to it, or one that waits for its address."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.journal.record import record
from desk.staff.accounts import account_of, bind_subject, find_account
from desk.staff.entry import doer_of
from desk.staff.invitations import accept, invitation_to
from desk.staff.models import Staff
from desk.staff.oidc.claims import Identity
from desk.staff.oidc.errors import OidcFailure


async def person_of(session: AsyncSession, identity: Identity, now: datetime) -> Staff:
    """The person, their row locked. Nobody is made an account who was not invited.

    The address serves once, to bind the account; from then on only the subject counts: an address may be
    given to somebody else. Raises OidcFailure.
    """
    known = await session.scalar(select(Staff).where(Staff.oidc_subject == identity.subject))
    if known is not None:
        staff = await account_of(session, known.commune, known.id, lock=True)
        if not staff.active:
            raise OidcFailure("unknown")
        return staff
    if identity.email is None:
        raise OidcFailure("unknown")
    staff = await _waiting_for(session, identity.email, now)
    if not staff.active:  # closed at this very moment
        raise OidcFailure("unknown")
    if staff.oidc_subject is None:
        bind_subject(staff, identity.subject)
        record(session, doer_of(staff), "login.linked", now, staff.email)
    elif staff.oidc_subject != identity.subject:
        raise OidcFailure("bound")
    return staff


async def _waiting_for(session: AsyncSession, email: str, now: datetime) -> Staff:
    """The open account with this address, or the one that its invitation makes."""
    found = await find_account(session, email)
    if found is not None:
        return await account_of(session, found.commune, found.id, lock=True)
    invitation = await invitation_to(session, email, now)
    if invitation is None:
        raise OidcFailure("unknown")
    staff = await accept(session, invitation, "", now)
    record(session, doer_of(staff), "people.joined", now, staff.email)
    return staff
