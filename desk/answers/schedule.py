"""When a place is open: a pure function of its settings and the public holidays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk.communes.calendar import french_holidays
from desk.communes.config import WEEKDAYS, Place, Span

LOOK_AHEAD_DAYS = 60


@dataclass(frozen=True)
class Day:
    """One day at a place: open in ``spans``, or closed, perhaps for a known reason."""

    date: date
    spans: tuple[Span, ...]
    holiday: str = ""
    closure: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.spans)


def day_at(place: Place, day: date) -> Day:
    """The hours of ``place`` on ``day``: a closure wins over a holiday, which wins over the week."""
    for closure in place.closures:
        if closure.first <= day <= closure.last:
            return Day(day, tuple(closure.hours), closure=closure.reason)
    holiday = french_holidays(day.year).get(day, "")
    if holiday and not place.open_on_holidays:
        return Day(day, (), holiday=holiday)
    return Day(day, tuple(place.hours.get(WEEKDAYS[day.weekday()], [])))


def open_span(place: Place, now: datetime) -> Span | None:
    """The span in which ``place`` is open at ``now`` (local time), None when it is closed."""
    for span in day_at(place, now.date()).spans:
        if span.start <= now.time() < span.end:
            return span
    return None


def next_open_day(place: Place, after: date) -> Day | None:
    """The first day after ``after`` on which ``place`` opens, None within two months."""
    for offset in range(1, LOOK_AHEAD_DAYS + 1):
        day = day_at(place, after + timedelta(days=offset))
        if day.is_open:
            return day
    return None
