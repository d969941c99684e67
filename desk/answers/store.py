"""How answers are found, and seeded from the commune's files (desk/answers/drafts.py has staff's changes)."""

from collections.abc import Iterable

from pydantic import ValidationError
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.models import Answer
from desk.answers.seed import SeedAnswer
from desk.answers.versions import add_version, keep_current
from desk.clock import Clock

_PUBLISHED = select(Answer).where(
    Answer.commune == bindparam("commune"), Answer.topic == bindparam("topic"), Answer.published
)


async def find_answer(session: AsyncSession, commune: str, topic: str) -> Answer | None:
    """The published answer of a topic, None when the town has none."""
    found: Answer | None = await session.scalar(_PUBLISHED, {"commune": commune, "topic": topic})
    return found


async def answer_of(session: AsyncSession, commune: str, topic: str) -> Answer | None:
    """The row of a topic, whether it is published or not."""
    found: Answer | None = await session.scalar(
        select(Answer).where(Answer.commune == commune, Answer.topic == topic)
    )
    return found


async def titles_of(session: AsyncSession, commune: str, topics: Iterable[str]) -> dict[str, str]:
    """The short titles of the given topics that have a published answer."""
    rows = await session.execute(
        select(Answer.topic, Answer.title)
        .where(Answer.commune == commune, Answer.topic.in_(list(topics)), Answer.published)
    )  # fmt: skip
    return {topic: title for topic, title in rows.tuples()}


async def seed_answers(
    session: AsyncSession, commune: str, seeds: Iterable[SeedAnswer], clock: Clock
) -> dict[str, int]:
    """Create missing answers and refresh those staff never changed, each a version; counts of each."""
    rows = await session.scalars(select(Answer).where(Answer.commune == commune))
    known = {row.topic: row for row in rows}
    counts = {"created": 0, "refreshed": 0, "kept": 0}
    for seed in seeds:
        row = known.get(seed.topic)
        if row is None:
            row = Answer(commune=commune, seed_hash=seed.fingerprint(), updated_at=clock.now(), version=1,
                         published=True, **seed.columns())  # fmt: skip
            session.add(row)
            add_version(session, row, clock.now())
            counts["created"] += 1
        elif row.seed_hash == seed.fingerprint() or not _as_seeded(row):
            counts["kept"] += 1
        else:
            await keep_current(session, row)
            for name, value in seed.columns().items():
                setattr(row, name, value)
            row.seed_hash, row.updated_at, row.version = seed.fingerprint(), clock.now(), row.version + 1
            add_version(session, row, clock.now())
            counts["refreshed"] += 1
    return counts


def _as_seeded(row: Answer) -> bool:
    """Whether the row still is what its file made it: nobody changed or withdrew it since."""
    if row.seed_hash is None or not row.published:
        return False
    try:
        now = SeedAnswer.model_validate({name: getattr(row, name) for name in SeedAnswer.model_fields})
    except ValidationError:
        return False
    return now.fingerprint() == row.seed_hash
