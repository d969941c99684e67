"""Replies kept ready for the whole town hall; the canned_reply table's only writer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.errors import MAX_TEXT
from desk.errors import BadRequest, Conflict, NotFound
from desk.journal.models import JournalEntry
from desk.staff.canned.placeholders import unknown_in
from desk.staff.models import CannedReply

LONGEST_TITLE = 80
MOST_ID = 2**31


@dataclass(frozen=True)
class Wording:
    """A title to choose it by, and the words with their braces."""

    title: str
    body: str

    def check(self) -> None:
        """Raises BadRequest when it is empty, too long, or has braces that nothing can fill."""
        if not self.title or not self.body:
            raise BadRequest("canned_empty")
        if len(self.title) > LONGEST_TITLE or len(self.body) > MAX_TEXT:
            raise BadRequest("canned_long", title=LONGEST_TITLE, body=MAX_TEXT)
        unknown = unknown_in(self.body)
        if unknown:
            raise BadRequest("canned_braces", braces=unknown[0])


async def canned_replies(session: AsyncSession, commune: str) -> Sequence[CannedReply]:
    """All of the town's, by title."""
    query = select(CannedReply).where(CannedReply.commune == commune)
    found = (await session.scalars(query)).all()
    return sorted(found, key=lambda one: one.title.casefold())


async def canned_reply(
    session: AsyncSession, commune: str, number: int, *, lock: bool = False
) -> CannedReply:
    """One of the town's. Raises NotFound for any other."""
    query = select(CannedReply).where(CannedReply.commune == commune, CannedReply.id == min(number, MOST_ID))
    found: CannedReply | None = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound()
    return found


async def add_canned(
    session: AsyncSession, commune: str, wording: Wording, staff_id: int | None, now: datetime
) -> CannedReply:
    """A new one. Raises BadRequest, or Conflict when the title is taken."""
    wording.check()
    added = CannedReply(commune=commune, title=wording.title, body=wording.body, updated_by=staff_id,
                        updated_at=now)  # fmt: skip
    session.add(added)
    await _title_is_free(session)
    return added


async def change_canned(
    session: AsyncSession, reply: CannedReply, wording: Wording, seen: str, staff_id: int, now: datetime
) -> None:
    """Other words for a locked row. Raises Conflict when it is no longer as ``seen``, then BadRequest."""
    check_seen(reply, seen)
    wording.check()
    reply.title, reply.body, reply.updated_by, reply.updated_at = wording.title, wording.body, staff_id, now
    await _title_is_free(session)


async def remove_canned(session: AsyncSession, reply: CannedReply, seen: str) -> None:
    """Take a locked row away. Raises Conflict when it is no longer as ``seen``."""
    check_seen(reply, seen)
    await session.delete(reply)


def check_seen(reply: CannedReply, seen: str) -> None:
    """Raises Conflict when a colleague changed it since the page that shows ``seen`` was made."""
    if seen != reply.updated_at.isoformat():
        raise Conflict("canned_changed")


async def seed_canned(
    session: AsyncSession, commune: str, wordings: Iterable[Wording], now: datetime
) -> None:
    """The town's first ones, unless it has some or its staff has already decided otherwise."""
    decided = select(JournalEntry.id).where(
        JournalEntry.commune == commune, JournalEntry.action.startswith("canned.", autoescape=True)
    )
    if await canned_replies(session, commune) or await session.scalar(decided.limit(1)) is not None:
        return
    for wording in wordings:
        await add_canned(session, commune, wording, None, now)


async def _title_is_free(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict("canned_title") from error
