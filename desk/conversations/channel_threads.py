"""The only writer of what a platform knows of a conversation (ChannelThread)."""

from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import ChannelThread
from desk.db.base import table_of
from desk.db.upsert import upsert

IDLE = timedelta(hours=24)
"""An application that was idle for so long no longer holds a thread (Conversation Routing)."""

_THREADS = table_of(ChannelThread)


async def note_thread(
    session: AsyncSession, conversation_id: str, commune: str, page: str, person: str
) -> None:
    """Make the row of a conversation that a platform has just told of; nothing when there is one."""
    await session.execute(
        upsert(session, ChannelThread)
        .values(conversation_id=conversation_id, commune=commune, page=page, person=person)
        .on_conflict_do_nothing(index_elements=["conversation_id"])
    )


async def thread_state(session: AsyncSession, conversation_id: str) -> ChannelThread | None:
    """The row as it is now, None on channels that are ours."""
    query = select(ChannelThread).where(ChannelThread.conversation_id == conversation_id)
    found: ChannelThread | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def opened(session: AsyncSession, conversation_id: str, at: datetime) -> None:
    """The citizen did something at ``at`` that lets the town write; they can be reached again."""
    latest = func.coalesce(_THREADS.c.opened_at, at)
    greater = func.max if session.get_bind().dialect.name == "sqlite" else func.greatest
    await _set(session, conversation_id, opened_at=greater(latest, at), unreachable=None)


async def disclosed(session: AsyncSession, conversation_id: str, at: datetime | None) -> None:
    """They were told at ``at`` that a machine answers; None: they must be told again."""
    await _set(session, conversation_id, disclosed_at=at)


async def lost(session: AsyncSession, conversation_id: str, why: str) -> None:
    """Nothing reaches this person until they write again."""
    await _set(session, conversation_id, unreachable=why)


async def held(session: AsyncSession, conversation_id: str, by: str, at: datetime) -> None:
    """Another application answers in this thread."""
    await _set(session, conversation_id, held_by=by, held_until=at + IDLE)


async def unheld(session: AsyncSession, conversation_id: str, since: datetime | None = None) -> bool:
    """The thread is ours again; whether it was not.

    ``since``: what says so happened then. A thread that was taken later stays with who took it.
    """
    mine = update(ChannelThread).where(
        ChannelThread.conversation_id == conversation_id, ChannelThread.held_by.is_not(None)
    )
    if since is not None:
        mine = mine.where(ChannelThread.held_until <= since + IDLE)
    done = await session.execute(mine.values(held_by=None, held_until=None).returning(ChannelThread.page))
    return done.first() is not None


async def received(
    session: AsyncSession, conversation_id: str, *, delivered: datetime | None = None,
    read: datetime | None = None,
) -> None:  # fmt: skip
    """All that left before ``delivered`` has arrived; before ``read``, was read. Never goes back.

    One statement: to change a row twice, PostgreSQL would wait for the conversation, whose worker may be
    waiting for the row.
    """
    news = {_THREADS.c.delivered_at: delivered, _THREADS.c.read_at: read}
    later = {
        column: case((column.is_(None) | (column < at), at), else_=column)
        for column, at in news.items()
        if at
    }
    if later:
        await session.execute(
            update(_THREADS).where(_THREADS.c.conversation_id == conversation_id).values(later)
        )


async def _set(session: AsyncSession, conversation_id: str, **values: object) -> None:
    thread = update(_THREADS).where(_THREADS.c.conversation_id == conversation_id)
    await session.execute(thread.values(**values))
