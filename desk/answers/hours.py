"""Opening hours put into words."""

from datetime import date, datetime, timedelta

from desk.answers.schedule import Day, day_at, next_open_day, open_span
from desk.communes.config import WEEKDAYS, Place, Span
from desk.texts import Texts
from desk.texts.dates import say_date, say_time


def say_hours(texts: Texts, place: Place, now: datetime, asked: tuple[date, ...] = ()) -> str:
    """Today and tomorrow at ``place``, or the days asked for. ``now`` is local."""
    if asked:
        return say_days(texts, place, now, asked)
    today = day_at(place, now.date())
    tomorrow = day_at(place, now.date() + timedelta(days=1))
    parts = [_say(texts, "today", today), _say(texts, "tomorrow", tomorrow)]
    said = " ".join([*_say_now(texts, place, now), *parts])
    if today.is_open or tomorrow.is_open:
        return said
    return _with_next(texts, place, tomorrow, said)


def say_days(
    texts: Texts, place: Place, now: datetime, asked: tuple[date, ...], *, named: bool = False
) -> str:
    """A sentence on each of the days asked for, with the name of the place when ``named``.

    Then whether it is open at this moment when today is one of them, and the next opening when it is
    closed on all of them.
    """
    days = [day_at(place, day) for day in asked]
    said = [_say_day(texts, day, f", {place.name}" if named else "") for day in days]
    if now.date() in asked:
        said.extend(_say_now(texts, place, now))
    if any(day.is_open for day in days):
        return " ".join(said)
    return _with_next(texts, place, days[-1], " ".join(said))


def say_week(texts: Texts, place: Place) -> str:
    """The usual week as a Markdown list, one day a line."""
    lines = []
    for name, french in zip(WEEKDAYS, texts.words("weekdays"), strict=True):
        spans = place.hours.get(name, [])
        said = _say_spans(texts, tuple(spans)) if spans else texts("hours.closed_day")
        lines.append(f"- {french}\u00a0: {said}")
    return "\n".join(lines)


def _with_next(texts: Texts, place: Place, day: Day, said: str) -> str:
    following = None if day.is_open else next_open_day(place, day.date)
    if following is None:
        return said
    spans = _say_spans(texts, following.spans)
    return f"{said} {texts('hours.next', day=say_date(texts, following.date), spans=spans)}"


def _say_now(texts: Texts, place: Place, now: datetime) -> list[str]:
    span = open_span(place, now)
    if span:
        return [texts("hours.open_now", end=say_time(span.end))]
    return [texts("hours.now_closed")] if day_at(place, now.date()).is_open else []


def _say_day(texts: Texts, day: Day, where: str) -> str:
    return _say(texts, "day", day, name=f"{say_date(texts, day.date).capitalize()}{where}")


def _say(texts: Texts, when: str, day: Day, **values: str) -> str:
    why = texts("hours.holiday", name=day.holiday) if day.holiday else day.closure
    reason = texts("hours.reason", reason=why) if why else ""
    if day.is_open:
        return texts(f"hours.{when}_open", spans=_say_spans(texts, day.spans), reason=reason, **values)
    return texts(f"hours.{when}_closed", reason=reason, **values)


def _say_spans(texts: Texts, spans: tuple[Span, ...]) -> str:
    said = [texts("hours.span", start=say_time(s.start), end=say_time(s.end)) for s in spans]
    return texts("hours.and").join(said)
