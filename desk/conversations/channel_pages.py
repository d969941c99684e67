"""The only writer of what keeps a page from sending (ChannelPage)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import ChannelPage
from desk.db.upsert import upsert

PROBE_EVERY = timedelta(minutes=15)
"""A stopped page is tried with one message every so often: what a human mended goes on by itself."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=30)


async def page_state(session: AsyncSession, channel: str, page: str) -> ChannelPage | None:
    """The row, None for a page that never had trouble."""
    query = select(ChannelPage).where(ChannelPage.channel == channel, ChannelPage.page == page)
    found: ChannelPage | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def troubled_pages(session: AsyncSession, commune: str | None = None) -> Sequence[ChannelPage]:
    """The pages that a human must look after: stopped, warned, or under a sanction."""
    query = select(ChannelPage).where(
        ChannelPage.stopped.is_not(None) | ChannelPage.warned.is_not(None) | ChannelPage.policy.is_not(None)
    )
    if commune is not None:
        query = query.where(ChannelPage.commune == commune)
    return (await session.scalars(query.order_by(ChannelPage.page))).all()


async def stop_page(
    session: AsyncSession, channel: str, page: str, commune: str, code: str, now: datetime
) -> bool:
    """Nothing leaves until a probe succeeds; whether that is news (somebody must be told)."""
    before = await page_state(session, channel, page)
    is_news = before is None or before.stopped != code
    since = now if before is None or before.stopped is None else before.stopped_at
    await _put(session, channel, page, commune, stopped=code, stopped_at=since,
               paused_until=now + PROBE_EVERY)  # fmt: skip
    return is_news


async def slow_page(session: AsyncSession, channel: str, page: str, commune: str, now: datetime) -> datetime:
    """It sends too much: until when nothing leaves, twice as long each time in a row.

    What was on its way together and is refused together counts once.
    """
    before = await page_state(session, channel, page)
    if before is not None and before.paused_until is not None and before.paused_until > now:
        return before.paused_until
    strikes = before.strikes if before else 0
    until = now + min(FIRST_PAUSE * (1 << min(strikes, 10)), LONGEST_PAUSE)
    await _put(session, channel, page, commune, strikes=strikes + 1, paused_until=until)
    return until


async def warn_page(
    session: AsyncSession, channel: str, page: str, commune: str, code: str, now: datetime
) -> bool:
    """Something a human should know, while messages still leave; whether it is news."""
    before = await page_state(session, channel, page)
    if before is not None and before.warned == code:
        return False
    await _put(session, channel, page, commune, warned=code, warned_at=now)
    return True


async def is_probe(session: AsyncSession, channel: str, page: str, now: datetime) -> bool:
    """Whether the message at hand is the one that tries a stopped page; the others wait for the next time."""
    stopped = update(ChannelPage).where(
        ChannelPage.channel == channel, ChannelPage.page == page, ChannelPage.stopped.is_not(None),
        ChannelPage.paused_until <= now,
    )  # fmt: skip
    done = await session.execute(stopped.values(paused_until=now + PROBE_EVERY).returning(ChannelPage.page))
    return done.first() is not None


async def sanction_page(
    session: AsyncSession, channel: str, page: str, commune: str, policy: str | None, now: datetime
) -> None:
    """The platform has punished the page (``policy`` says how), or lifted it (None)."""
    await _put(session, channel, page, commune, policy=policy and policy[:200], policy_at=now)


async def page_works(session: AsyncSession, channel: str, page: str) -> bool:
    """A message has left: nothing holds the page back any more; whether it was stopped."""
    before = await page_state(session, channel, page)
    if before is None or not (before.stopped or before.strikes or before.paused_until):
        return False
    was_stopped = before.stopped is not None
    before.stopped = before.stopped_at = before.paused_until = None
    before.strikes = 0
    return was_stopped


async def try_again(session: AsyncSession, channel: str, page: str, now: datetime) -> None:
    """Somebody says that it is mended: the next message leaves at once, and the warnings are read."""
    before = await page_state(session, channel, page)
    if before is not None:
        before.paused_until = now
        before.warned = before.warned_at = before.policy = before.policy_at = None


async def _put(session: AsyncSession, channel: str, page: str, commune: str, **values: Any) -> None:
    await session.execute(
        upsert(session, ChannelPage)
        .values(channel=channel, page=page, commune=commune, **values)
        .on_conflict_do_update(index_elements=["channel", "page"], set_=values)
    )
