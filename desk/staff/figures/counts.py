"""What is counted over a period: numbers and durations, without a name, a word or a reference.

Every query stays within the period's rows (desk/staff/figures/sql.py) or an index on the commune.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from desk.communes.registry import Commune
from desk.conversations.models import Message
from desk.staff.figures.sql import SecondsBetween, UtcHour, first_since
from desk.tickets.models import Ticket, TicketEvent

JUDGED = ("satisfied", "unsatisfied")
ANSWERED, HANDED_OVER = "answered", "handoff"


@dataclass(frozen=True)
class Period:
    """From ``since`` to ``until``, for one commune; the first rows of the tables that may lie in it."""

    commune: Commune
    since: datetime
    until: datetime
    first_message: int
    first_ticket: int

    def messages(self) -> tuple[ColumnElement[bool], ...]:
        """The messages of the period."""
        return (Message.id >= self.first_message, Message.commune == self.commune.id,
                Message.created_at >= self.since, Message.created_at <= self.until)  # fmt: skip

    def opened(self) -> tuple[ColumnElement[bool], ...]:
        """The tickets opened in the period."""
        return (Ticket.id >= self.first_ticket, Ticket.commune == self.commune.id,
                Ticket.opened_at >= self.since, Ticket.opened_at <= self.until)  # fmt: skip

    def resolved(self) -> tuple[ColumnElement[bool], ...]:
        """The tickets resolved in the period, whenever they were opened; not those merged into another."""
        return (Ticket.commune == self.commune.id, Ticket.resolved_at >= self.since,
                Ticket.resolved_at <= self.until, Ticket.merged_into.is_(None))  # fmt: skip


@dataclass(frozen=True)
class Delay:
    """How long it took: half of them at most ``median`` seconds, nine in ten at most ``ninth``."""

    count: int = 0
    median: float | None = None
    ninth: float | None = None


@dataclass(frozen=True)
class Share:
    """``part`` out of ``whole``."""

    part: int = 0
    whole: int = 0


@dataclass(frozen=True)
class Figures:
    """A period in numbers."""

    conversations: int = 0
    messages: int = 0
    answered: Share = Share()
    handed_over: Share = Share()
    opened: int = 0
    resolved: int = 0
    in_time: Share = Share()
    satisfied: Share = Share()
    useful: Share = Share()
    open_now: int = 0
    late_now: int = 0
    to_reply: Delay = Delay()
    to_resolve: Delay = Delay()
    departments: list[tuple[str, int, Share]] = field(default_factory=list)
    topics: list[tuple[str, int, int]] = field(default_factory=list)
    channels: list[tuple[str, int, int]] = field(default_factory=list)
    hours: list[int] = field(default_factory=list)


async def period_of(session: AsyncSession, commune: Commune, since: datetime, until: datetime) -> Period:
    """The period, its first rows found."""
    first_message = await first_since(session, Message.id, Message.created_at, since)
    first_ticket = await first_since(session, Ticket.id, Ticket.opened_at, since)
    return Period(commune, since, until, first_message, first_ticket)


async def figures_of(session: AsyncSession, period: Period) -> Figures:
    """Everything the page shows."""
    channels = await _channels(session, period)
    outcomes = await _outcomes(session, period)
    replied = sum(outcomes.values())
    opened = await _one(session, select(func.count()).select_from(Ticket).where(*period.opened()))
    resolved, satisfied = await _resolved(session, period)
    departments = await _departments(session, period)
    open_now, late_now = await _waiting(session, period)
    return Figures(
        conversations=await _conversations(session, period),
        messages=sum(messages for _, messages, _ in channels),
        answered=Share(outcomes[ANSWERED], replied), handed_over=Share(outcomes[HANDED_OVER], replied),
        opened=opened, resolved=resolved, satisfied=satisfied,
        in_time=Share(sum(share.part for *_, share in departments),
                      sum(share.whole for *_, share in departments)),
        useful=await _useful(session, period), open_now=open_now, late_now=late_now,
        to_reply=await _delay(session, Ticket.replied_at, (*period.opened(), Ticket.merged_into.is_(None))),
        to_resolve=await _delay(session, Ticket.resolved_at, period.resolved()),
        departments=departments, topics=await _topics(session, period), channels=channels,
        hours=await _hours(session, period),
    )  # fmt: skip


async def _one(session: AsyncSession, query: object) -> int:
    return int(await session.scalar(query) or 0)  # type: ignore[call-overload]


async def _conversations(session: AsyncSession, period: Period) -> int:
    """Those in which a citizen wrote."""
    count = func.count(func.distinct(Message.conversation_id))
    return await _one(session, select(count).where(*period.messages(), Message.author == "citizen"))


async def _outcomes(session: AsyncSession, period: Period) -> Counter[str]:
    """What the citizens' messages got from the assistant, each counted once: handed over before answered."""
    told = case((Message.outcome == HANDED_OVER, 2), (Message.outcome == ANSWERED, 1), else_=0)
    best = (
        select(func.max(told).label("told"))
        .where(*period.messages(), Message.author == "assistant", Message.in_reply_to.is_not(None))
        .group_by(Message.in_reply_to)
        .subquery()
    )
    rows = await session.execute(select(best.c.told, func.count()).group_by(best.c.told))
    names = {2: HANDED_OVER, 1: ANSWERED, 0: "other"}
    return Counter({names[told]: count for told, count in rows.tuples()})


async def _channels(session: AsyncSession, period: Period) -> list[tuple[str, int, int]]:
    """Channel, messages, conversations."""
    conversations = func.count(func.distinct(Message.conversation_id))
    rows = await session.execute(
        select(Message.channel, func.count(), conversations)
        .where(*period.messages(), Message.author == "citizen")
        .group_by(Message.channel)
        .order_by(func.count().desc(), Message.channel)
    )
    return list(rows.tuples())


async def _resolved(session: AsyncSession, period: Period) -> tuple[int, Share]:
    """How many, and how many citizens were satisfied of those who said; who says it twice counts once."""
    count = await _one(session, select(func.count()).select_from(Ticket).where(*period.resolved()))
    last = (
        select(func.max(TicketEvent.id))
        .where(TicketEvent.commune == period.commune.id, TicketEvent.at >= period.since,
               TicketEvent.at <= period.until, TicketEvent.kind.in_(JUDGED))
        .group_by(TicketEvent.ticket_id)
    )  # fmt: skip
    rows = await session.execute(
        select(TicketEvent.kind, func.count()).where(TicketEvent.id.in_(last)).group_by(TicketEvent.kind)
    )
    told = dict(rows.tuples().all())
    return count, Share(told.get("satisfied", 0), sum(told.values()))


async def _useful(session: AsyncSession, period: Period) -> Share:
    """The answers that their citizen found useful, of those they judged."""
    useful = func.sum(case((Message.useful.is_(True), 1), else_=0))
    judged = select(useful, func.count()).where(*period.messages(), Message.useful.is_not(None))
    part, whole = (await session.execute(judged)).one()
    return Share(int(part or 0), whole)


async def _waiting(session: AsyncSession, period: Period) -> tuple[int, int]:
    """The tickets that are open at the end of the period, and those of them whose time has passed."""
    late = case((and_(Ticket.shelf == "todo", Ticket.due_at < period.until), 1), else_=0)
    rows = select(func.count(), func.sum(late)).where(
        Ticket.commune == period.commune.id, Ticket.shelf.in_(("todo", "waiting"))
    )
    count, overdue = (await session.execute(rows)).one()
    return count, int(overdue or 0)


async def _departments(session: AsyncSession, period: Period) -> list[tuple[str, int, Share]]:
    """Department, tickets opened, those answered in time out of those whose time is known.

    A ticket counts once it was answered (a reply, or resolved without one) or its promised time has passed.
    """
    answered = func.coalesce(Ticket.replied_at, Ticket.resolved_at)
    stands_still = Ticket.paused_at.is_not(None)
    known = or_(answered.is_not(None), and_(Ticket.due_at < period.until, ~stands_still))
    in_time = case((answered <= Ticket.due_at, 1), else_=0)
    service = func.coalesce(Ticket.service, "")
    rows = await session.execute(
        select(service, func.count(), func.sum(in_time), func.sum(case((known, 1), else_=0)))
        .where(*period.opened(), Ticket.merged_into.is_(None))
        .group_by(service)
        .order_by(func.count().desc(), service)
    )
    return [(name, count, Share(int(part or 0), int(whole or 0)))
            for name, count, part, whole in rows.tuples()]  # fmt: skip


async def _topics(session: AsyncSession, period: Period) -> list[tuple[str, int, int]]:
    """The twenty topics most asked about: topic, answers given by the assistant, tickets opened."""
    answers = await session.execute(
        select(Message.topic, func.count())
        .where(*period.messages(), Message.author == "assistant", Message.outcome == ANSWERED,
               Message.topic.is_not(None))
        .group_by(Message.topic)
    )  # fmt: skip
    tickets = await session.execute(
        select(Ticket.topic, func.count())
        .where(*period.opened(), Ticket.topic.is_not(None))
        .group_by(Ticket.topic)
    )
    given = {topic: count for topic, count in answers.tuples() if topic}
    opened = {topic: count for topic, count in tickets.tuples() if topic}
    found = [(topic, given.get(topic, 0), opened.get(topic, 0)) for topic in given.keys() | opened.keys()]
    return sorted(found, key=lambda row: (-row[1] - row[2], row[0]))[:TOPICS]


TOPICS = 20


async def _hours(session: AsyncSession, period: Period) -> list[int]:
    """Citizens' messages by hour of the commune's day, from 0 to 23. At most 24 rows a day are read."""
    hour = UtcHour(Message.created_at)
    rows = await session.execute(
        select(hour, func.count()).where(*period.messages(), Message.author == "citizen").group_by(hour)
    )
    by_hour = Counter[int]()
    for written, count in rows.tuples():
        moment = datetime.strptime(written, "%Y-%m-%d %H").replace(tzinfo=UTC)
        by_hour[period.commune.local(moment).hour] += count
    return [by_hour[hour] for hour in range(24)]


async def _delay(
    session: AsyncSession, end: InstrumentedAttribute[datetime | None], where: Sequence[ColumnElement[bool]]
) -> Delay:
    """From the opening to ``end``, in calendar time, by nearest rank."""
    where = (*where, end.is_not(None))
    count = await _one(session, select(func.count()).select_from(Ticket).where(*where))
    if count == 0:
        return Delay()
    seconds = SecondsBetween(Ticket.opened_at, end)
    ordered = select(seconds).where(*where).order_by(seconds)
    median = await session.scalar(ordered.offset((count + 1) // 2 - 1).limit(1))
    ninth = await session.scalar(ordered.offset((count * 9 + 9) // 10 - 1).limit(1))
    return Delay(count, float(median or 0), float(ninth or 0))
