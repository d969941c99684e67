"""The only writer of what left for a platform, part by part (Sending)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import Sending
from desk.db.upsert import upsert


async def sendings_of(session: AsyncSession, message_id: int) -> dict[int, Sending]:
    """What is known of each part of a message."""
    rows = await session.scalars(select(Sending).where(Sending.message_id == message_id))
    return {row.part: row for row in rows}


async def about_to_leave(
    session: AsyncSession, message_id: int, part: int, now: datetime, patience: timedelta = timedelta(0)
) -> bool:
    """Written before a part leaves; False for one that has left, or may have less than ``patience`` ago."""
    statement = upsert(session, Sending).values(message_id=message_id, part=part, state="tried", tried_at=now)
    free = (Sending.state == "tried") & (Sending.tried_at <= now - patience)
    done = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["message_id", "part"], set_={"tried_at": now}, where=free
        ).returning(Sending.part)
    )
    return done.first() is not None


async def has_left(
    session: AsyncSession, message_id: int, part: int, external_id: str, now: datetime
) -> bool:
    """The platform has it, as its reply or its echo says; False for a part that we never sent."""
    done = await session.execute(
        update(Sending)
        .where(Sending.message_id == message_id, Sending.part == part)
        .values(state="sent", external_id=external_id, sent_at=now)
        .returning(Sending.part)
    )
    return done.first() is not None


async def did_not_leave(session: AsyncSession, message_id: int, part: int) -> None:
    """The platform refused it: it may be tried again at once. One whose echo came meanwhile has left."""
    await session.execute(
        delete(Sending).where(
            Sending.message_id == message_id, Sending.part == part, Sending.state == "tried"
        )
    )


async def have_arrived(session: AsyncSession, external_ids: Iterable[str], at: datetime) -> None:
    """These parts are on the citizen's telephone."""
    await session.execute(
        update(Sending).where(Sending.external_id.in_(list(external_ids))).values(delivered_at=at)
    )


async def message_of(session: AsyncSession, external_id: str) -> int | None:
    """The message that a part under the platform's identifier belongs to."""
    found: int | None = await session.scalar(
        select(Sending.message_id).where(Sending.external_id == external_id)
    )
    return found
