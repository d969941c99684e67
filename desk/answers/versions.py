"""Every version of an answer, only ever added. The answer_version table's only writer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.content import typed_of
from desk.answers.models import Answer, AnswerVersion

NEWEST = 2**31 - 1
"""No version has a higher number: the column's own limit."""


def add_version(
    session: AsyncSession, row: Answer, at: datetime, staff_id: int | None = None, comment: str = ""
) -> None:
    """Keep the row as it is now, under its version; ``staff_id`` None: it came from the files."""
    session.add(
        AnswerVersion(commune=row.commune, topic=row.topic, version=row.version, published=row.published,
                      content=typed_of(row), staff_id=staff_id, comment=comment, at=at)
    )  # fmt: skip


async def keep_current(session: AsyncSession, row: Answer) -> None:
    """Before the row changes: keep its version, if it dates from before versions were kept."""
    if row.version and await find_version(session, row.commune, row.topic, row.version) is None:
        add_version(session, row, row.updated_at)


async def find_version(session: AsyncSession, commune: str, topic: str, version: int) -> AnswerVersion | None:
    """One version of a topic's answer."""
    found: AnswerVersion | None = await session.scalar(
        select(AnswerVersion).where(
            AnswerVersion.commune == commune, AnswerVersion.topic == topic, AnswerVersion.version == version
        )
    )
    return found


async def versions_of(
    session: AsyncSession, commune: str, topic: str, limit: int, before: int = NEWEST
) -> Sequence[AnswerVersion]:
    """The versions below ``before``, newest first, at most ``limit``."""
    rows = await session.scalars(
        select(AnswerVersion)
        .where(AnswerVersion.commune == commune, AnswerVersion.topic == topic,
               AnswerVersion.version < before)
        .order_by(AnswerVersion.version.desc())
        .limit(limit)
    )  # fmt: skip
    return rows.all()
