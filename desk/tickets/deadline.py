"""When a ticket is due: a pure function of its opening, the town's promise and the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from desk.communes.calendar import french_holidays
from desk.communes.config import WEEKDAYS, Closure, CommuneSettings, Span

ONE_DAY = timedelta(days=1)
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Promise:
    """What the town promises: a number of hours, all of them or only the worked ones of ``settings``."""

    settings: CommuneSettings

    @property
    def length(self) -> timedelta:
        return timedelta(hours=self.settings.reply_hours)

    @property
    def counts_all(self) -> bool:
        """Whether nights, week-ends and holidays count like the rest."""
        return self.settings.reply_clock == "calendar"


def due_at(promise: Promise, opened_at: datetime) -> datetime:
    """The promised moment, in real hours whatever the clocks do at a change of time."""
    return later(promise, opened_at, promise.length)


def later(promise: Promise, start: datetime, left: timedelta) -> datetime:
    """The moment when ``left`` of the promise's own time has passed since ``start``."""
    if promise.counts_all or left <= NOTHING:
        return start + left
    for begins, ends in _worked_after(promise, start):
        worked = ends - begins
        if worked >= left:
            return begins + left
        left -= worked
    raise AssertionError("the days never end")


def between(promise: Promise, start: datetime, end: datetime) -> timedelta:
    """How much of the promise's own time passes from ``start`` to ``end``, none when it is before."""
    if end <= start:
        return NOTHING
    if promise.counts_all:
        return end - start
    total = NOTHING
    for begins, ends in _worked_after(promise, start):
        if begins >= end:
            return total
        total += min(ends, end) - begins
    raise AssertionError("the days never end")


def resumed(promise: Promise, due: datetime, paused_at: datetime, now: datetime) -> datetime:
    """The new due time of a ticket whose clock stood still since ``paused_at``; a broken promise stays so."""
    if paused_at >= due:
        return due
    return later(promise, now, between(promise, paused_at, due))


def is_late(due: datetime, now: datetime) -> bool:
    """Whether the promise is broken."""
    return now > due


def _worked_after(promise: Promise, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans that are worked from ``start`` on, in UTC, the first one cut; no moment twice.

    Of an hour that the clocks show twice, the first one is meant; one that they skip is an hour later.
    """
    settings = promise.settings
    day = start.astimezone(settings.zone).date()
    while True:
        for span in _spans_on(settings, day):
            begins = max(start, _moment(settings, day, span.start))
            ends = _moment(settings, day, span.end)
            if ends > begins:
                yield begins, ends
                start = ends
        day += ONE_DAY


def _spans_on(settings: CommuneSettings, day: date) -> list[Span]:
    off = _day_off(settings, day)
    if off is not None:
        return off.hours
    if day in french_holidays(day.year):
        return []
    return settings.working_hours.get(WEEKDAYS[day.weekday()], [])


def _day_off(settings: CommuneSettings, day: date) -> Closure | None:
    return next((off for off in settings.days_off if off.first <= day <= off.last), None)


def _moment(settings: CommuneSettings, day: date, at: time) -> datetime:
    return datetime.combine(day, at, settings.zone).astimezone(UTC)
