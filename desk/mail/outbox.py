"""E-mails to send, written in the transaction of what they tell; desk/mail/postman.py sends them."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.db.upsert import upsert
from desk.mail.models import Mail

LONGEST_SUBJECT = 200
LONGEST_ADDRESS = 254
FAILURES_SHOWN = 50
_PART = r"[^\s@<>(),;:\"\\\[\]\x00-\x1f\x7f-\x9f]"
_ADDRESS = re.compile(rf"{_PART}{{1,64}}@{_PART}+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NOT_IN_A_BODY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def is_address(address: str) -> bool:
    """Whether an e-mail may be sent there: one plain address, no name, nothing that ends a header."""
    return len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address) is not None


async def order(
    session: AsyncSession, commune: str, address: str, subject: str, body: str, now: datetime,
    once: str | None = None, reply_to: str | None = None,
) -> bool:  # fmt: skip
    """Have an e-mail sent once the caller's transaction is committed; False when ``once`` was used before.

    ``reply_to`` is where a human reads the answer; without one the e-mail says that it is automatic.

    An address that cannot be one is kept as a failure for staff to see: it must not undo the caller's work.
    """
    address = _CONTROLS.sub(" ", address).strip()
    good = is_address(address)
    stored = await session.execute(
        upsert(session, Mail)
        .values(commune=commune, address=address[:LONGEST_ADDRESS], subject=one_line(subject),
                body=_NOT_IN_A_BODY.sub("", body), once=once, reply_to=_answered_at(reply_to),
                state="queued" if good else "failed",
                attempts=0, next_attempt_at=now, error=None if good else "bad_address", created_at=now)
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(Mail.id)
    )  # fmt: skip
    return stored.scalar_one_or_none() is not None


def _answered_at(address: str | None) -> str | None:
    """The address, None for one that cannot be one: an e-mail without it is better than none."""
    return address if address and is_address(address) else None


def one_line(subject: str) -> str:
    """A subject that cannot start another header."""
    return _CONTROLS.sub(" ", subject).strip()[:LONGEST_SUBJECT]


async def failed_mails(session: AsyncSession, commune: str) -> Sequence[Mail]:
    """The latest e-mails of a commune that were given up, newest first."""
    rows = await session.scalars(
        select(Mail).where(Mail.commune == commune, Mail.state == "failed")
        .order_by(Mail.id.desc()).limit(FAILURES_SHOWN)
    )  # fmt: skip
    return rows.all()


async def count_mails(session: AsyncSession) -> dict[str, int]:
    """How many there are in each state."""
    rows = await session.execute(select(Mail.state, func.count()).group_by(Mail.state))
    return dict(rows.tuples().all())
