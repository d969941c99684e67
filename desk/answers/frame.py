"""The frame the town sets: who may send the answer on a topic. The frame table's only writer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.models import Frame
from desk.db.base import table_of
from desk.db.engine import alone
from desk.errors import BadRequest, Conflict

Policy = Literal["auto", "relecture", "humain"]
"""The assistant answers; it prepares and a human sends; a human answers."""

POLICIES: tuple[Policy, ...] = get_args(Policy)
LOCK_KEY = 0x42454652  # "BEFR": decisions are written one after the other
MAX_NAME = 120
OLDEST = date(2000, 1, 1)

_frame = table_of(Frame).c
_LATEST = (  # one step in the index (commune, topic, id)
    select(_frame.policy)
    .where(_frame.commune == bindparam("commune"), _frame.topic == bindparam("topic"))
    .order_by(_frame.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Decision:
    """What was decided, by whom (a name), on which day."""

    policy: str
    decided_by: str
    decided_on: date

    def check(self, today: date) -> None:
        """Raises BadRequest: no such policy, nobody named, a day that has not come."""
        if self.policy not in POLICIES:
            raise BadRequest("frame_policy", field="policy")
        if not self.decided_by or len(self.decided_by) > MAX_NAME:
            raise BadRequest("frame_name", field="decided_by", limit=MAX_NAME)
        if not OLDEST <= self.decided_on <= today:
            raise BadRequest("frame_date", field="decided_on")

    def is_what(self, row: Frame | None) -> bool:
        """Whether ``row`` already says it."""
        return row is not None and self == Decision(row.policy, row.decided_by, row.decided_on)


async def policy_of(session: AsyncSession, commune: str, topic: str) -> str:
    """The latest decision on a topic; ``auto`` when nothing was decided."""
    found: str | None = await session.scalar(_LATEST, {"commune": commune, "topic": topic})
    return found or "auto"


async def decisions_in_force(session: AsyncSession, commune: str) -> dict[str, Frame]:
    """The latest decision on each topic that has one."""
    latest = select(func.max(Frame.id)).where(Frame.commune == commune).group_by(Frame.topic)
    rows = await session.scalars(select(Frame).where(Frame.id.in_(latest)))
    return {row.topic: row for row in rows}


async def decisions_on(session: AsyncSession, commune: str, topic: str) -> Sequence[Frame]:
    """Every decision on a topic, the one in force first."""
    rows = await session.scalars(
        select(Frame).where(Frame.commune == commune, Frame.topic == topic).order_by(Frame.id.desc())
    )
    return rows.all()


async def decide(
    session: AsyncSession, commune: str, topics: Iterable[str], decision: Decision, *,
    seen: int, staff_id: int, now: datetime,
) -> list[Frame]:  # fmt: skip
    """Write a decision down for each topic on which it is news; what was written.

    ``seen`` is the latest decision's number on the page where it was taken. Raises Conflict when one of
    the topics was decided upon since.
    """
    await alone(session, LOCK_KEY)
    known = await decisions_in_force(session, commune)
    news = [topic for topic in topics if not decision.is_what(known.get(topic))]
    if any(topic in known and known[topic].id > seen for topic in news):
        raise Conflict("frame_changed")
    rows = [
        Frame(commune=commune, topic=topic, policy=decision.policy, decided_by=decision.decided_by,
              decided_on=decision.decided_on, staff_id=staff_id, at=now)
        for topic in news
    ]  # fmt: skip
    session.add_all(rows)
    return rows
