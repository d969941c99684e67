"""The only writer of what a platform sent and nobody here understands (OddEvent)."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import OddEvent
from desk.db.upsert import upsert

KEPT_FOR = timedelta(days=30)
LONGEST_BODY = 64 * 1024
TOO_DEEP = "…"


async def keep_odd(session: AsyncSession, channel: str, page: str | None, found: Any, now: datetime) -> bool:
    """Keep it as it came, for somebody to look at; False when it was already kept.

    It may hold a citizen's words: it is forgotten after 30 days.
    """
    body = _written(found)[:LONGEST_BODY]
    key = hashlib.sha256(f"{channel}\n{page}\n{body}".encode()).hexdigest()
    kept = await session.execute(
        upsert(session, OddEvent)
        .values(channel=channel, page=page, key=key, body=body, at=now)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OddEvent.id)
    )
    return kept.first() is not None


async def forget_odd_events(session: AsyncSession, now: datetime) -> int:
    """Drop those that were kept long enough; how many."""
    old = delete(OddEvent).where(OddEvent.at <= now - KEPT_FOR).returning(OddEvent.id)
    return len((await session.execute(old)).all())


def _written(found: Any) -> str:
    """JSON in plain ASCII: no character of it is one that a database refuses."""
    try:
        return json.dumps(found)
    except RecursionError:
        return TOO_DEEP
