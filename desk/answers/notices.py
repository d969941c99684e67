"""The town's notices: written, changed, stopped, and where each was shown. Their tables' only writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.models import NoticeShown, TownNotice
from desk.db.base import table_of
from desk.db.engine import alone
from desk.errors import BadRequest, Conflict, NotFound

LOCK_KEY = 0x4245464E  # "BEFN": notices are created one after the other
MAX_TITLE = 120
MAX_BODY = 1500
"""Characters; with its title a notice fits in one message of any channel."""

MAX_LENGTH = timedelta(days=366)
MAX_ID = 2**63 - 1

_NOTICES, _SHOWN = table_of(TownNotice), table_of(NoticeShown)
_notice, _shown = _NOTICES.c, _SHOWN.c

# Built once: the first one runs for every message of every citizen, and nearly always finds nothing.
_CURRENT = (
    select(_notice.id, _notice.version, _notice.title, _notice.body, _notice.topics,
           _shown.at.is_not(None).label("shown"))
    .select_from(_NOTICES.outerjoin(_SHOWN, and_(
        _shown.notice_id == _notice.id, _shown.conversation_id == bindparam("whose"))))
    .where(_notice.commune == bindparam("commune"), _notice.ends_at > bindparam("now"),
           _notice.starts_at <= bindparam("now"))
    .order_by(_notice.starts_at, _notice.id)
)  # fmt: skip
_MARK = (  # the row is held, so that whoever changes the text afterwards finds the mark and removes it
    insert(_SHOWN)
    .from_select(
        ["notice_id", "conversation_id", "at"],
        select(_notice.id, bindparam("whose", type_=_shown.conversation_id.type),
               bindparam("now", type_=_shown.at.type))
        .where(_notice.id == bindparam("number"), _notice.version == bindparam("version"))
        .with_for_update(read=True),
    )
    .returning(_shown.notice_id)
)  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What a notice says, about which topics, and from when to when (UTC): the end is already over."""

    title: str
    body: str
    topics: list[str]
    starts_at: datetime
    ends_at: datetime

    def check(self, now: datetime) -> None:
        """Raises BadRequest naming the first wrong field."""
        if not self.title or len(self.title) > MAX_TITLE:
            raise BadRequest("notice_title", field="title", limit=MAX_TITLE)
        if not self.body or len(self.body) > MAX_BODY:
            raise BadRequest("notice_body", field="body", limit=MAX_BODY)
        if self.ends_at <= self.starts_at:
            raise BadRequest("notice_order", field="ends_at")
        if self.ends_at <= now:
            raise BadRequest("notice_past", field="ends_at")
        if self.ends_at - self.starts_at > MAX_LENGTH:
            raise BadRequest("notice_too_long", field="ends_at")


def content_of(notice: TownNotice) -> Content:
    """What a stored notice says."""
    return Content(notice.title, notice.body, list(notice.topics), notice.starts_at, notice.ends_at)


@dataclass(frozen=True)
class Current:
    """A notice of this moment, and whether a conversation has seen it."""

    id: int
    version: int
    title: str
    body: str
    topics: list[str]
    shown: bool


async def current_notices(
    session: AsyncSession, commune: str, conversation_id: str, now: datetime
) -> list[Current]:
    """The notices of this moment, those that began first coming first."""
    known = {"commune": commune, "whose": conversation_id, "now": now}
    return [Current(*row) for row in await session.execute(_CURRENT, known)]


async def mark_shown(session: AsyncSession, notice: Current, conversation_id: str, now: datetime) -> bool:
    """Remember that a conversation has this version; False when the text has just changed."""
    known = {"number": notice.id, "version": notice.version, "whose": conversation_id, "now": now}
    return await session.scalar(_MARK, known) is not None


async def find_notice(session: AsyncSession, commune: str, number: int, *, lock: bool = False) -> TownNotice:
    """A notice of the commune. Raises NotFound."""
    query = select(TownNotice).where(TownNotice.commune == commune, TownNotice.id == number)
    found: TownNotice | None = None
    if 0 < number <= MAX_ID:
        found = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound()
    return found


async def create(
    session: AsyncSession, commune: str, content: Content, staff_id: int, now: datetime
) -> tuple[TownNotice, bool]:
    """The notice, and whether it is new: a double click finds the one it made."""
    await alone(session, LOCK_KEY)
    twins = await session.scalars(
        select(TownNotice).where(
            TownNotice.commune == commune, TownNotice.ends_at == content.ends_at,
            TownNotice.starts_at == content.starts_at, TownNotice.title == content.title,
        )
    )  # fmt: skip
    for twin in twins:
        if content_of(twin) == content:
            return twin, False
    notice = TownNotice(commune=commune, title=content.title, body=content.body, topics=content.topics,
                        starts_at=content.starts_at, ends_at=content.ends_at, staff_id=staff_id,
                        created_at=now)  # fmt: skip
    session.add(notice)
    await session.flush()
    return notice, True


async def change(
    session: AsyncSession, notice: TownNotice, content: Content, *, seen: int, now: datetime
) -> bool:
    """Whether anything changed. Another text is shown again to those who read the one before.

    ``notice`` is locked, ``seen`` the version on the page. Raises Conflict when it is over, or changed since.
    """
    if content_of(notice) == content:
        return False
    if notice.ends_at <= now:
        raise Conflict("notice_over")
    if notice.version != seen:
        raise Conflict("notice_changed")
    same_text = (notice.title, notice.body) == (content.title, content.body)
    notice.title, notice.body, notice.topics = content.title, content.body, content.topics
    notice.starts_at, notice.ends_at = content.starts_at, content.ends_at
    notice.version += 1
    await session.flush()
    if not same_text:
        await session.execute(delete(NoticeShown).where(NoticeShown.notice_id == notice.id))
    return True


def stop(notice: TownNotice, now: datetime) -> bool:
    """End it now; one that has not begun never will. Whether it was not over. ``notice`` is locked."""
    if notice.ends_at <= now:
        return False
    notice.starts_at, notice.ends_at = min(notice.starts_at, now), now
    notice.version += 1
    return True


async def notices_not_over(session: AsyncSession, commune: str, now: datetime) -> Sequence[TownNotice]:
    """Those of now and those to come, by their beginning."""
    rows = await session.scalars(
        select(TownNotice)
        .where(TownNotice.commune == commune, TownNotice.ends_at > now)
        .order_by(TownNotice.starts_at, TownNotice.id)
    )
    return rows.all()


async def notices_over(
    session: AsyncSession, commune: str, now: datetime, limit: int, after: tuple[datetime, int] | None = None
) -> Sequence[TownNotice]:
    """Those that are over, the last first; those ``after`` an end and a number in that order."""
    query = select(TownNotice).where(TownNotice.commune == commune, TownNotice.ends_at <= now)
    if after is not None:
        ended, number = after
        query = query.where(TownNotice.ends_at <= ended)
        query = query.where(or_(TownNotice.ends_at < ended, TownNotice.id < number))
    rows = await session.scalars(query.order_by(TownNotice.ends_at.desc(), TownNotice.id.desc()).limit(limit))
    return rows.all()
