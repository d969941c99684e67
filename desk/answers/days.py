"""Which dates a citizen means by a day: aujourd'hui, samedi, ce week-end, le 14 juillet, à Noël."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from desk.answers.words import plain
from desk.communes.calendar import french_holidays
from desk.texts import Texts

NAMES = Path(__file__).with_name("days.yml")
SATURDAY = 5
MOST = 3
"""Days told at once: a long week-end; more is read in the usual week."""

YEARS_AHEAD = 8
"""Far enough for the next 29 February."""

_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\d/])")


def asked_date(texts: Texts, said: str, today: date) -> date | None:
    """The coming date meant by ``said``, the first of several; None when it names no day."""
    return next(iter(asked_dates(texts, said, today)), None)


def asked_dates(texts: Texts, said: str, today: date) -> tuple[date, ...]:
    """The coming dates meant by ``said``, in order, at most three; empty when it names no day.

    A day is never past: « samedi » is today on a Saturday, « le 14 juillet » is next year's in August.
    """
    if not said:
        return ()
    words = plain(said)
    finders: tuple[Callable[[], list[date]], ...] = (
        lambda: _relative(texts, words, today),
        lambda: _named(words, today),
        lambda: _in_words(texts, words, today),
        lambda: _slashed(said, today),
        lambda: _weekend(words, today),
        lambda: _next_holiday(words, today),
        lambda: _weekdays(texts, words, today),
    )
    for find in finders:
        found = find()
        if found:
            return tuple(sorted(set(found)))[:MOST]
    return ()


def _relative(texts: Texts, words: str, today: date) -> list[date]:
    for key, offset in (("after_tomorrow", 2), ("tomorrow", 1), ("today", 0)):
        if _says(words, [*texts.words(key), *_lists().get(key, [])]):
            return [today + timedelta(days=offset)]
    return []


def _named(words: str, today: date) -> list[date]:
    said = [(len(name), entry) for name, entry in _names() if _says(words, [name])]
    if not said:
        return []
    entry = max(said, key=lambda pair: pair[0])[1]
    for year in (today.year, today.year + 1):
        coming = [day for day in _dates_of(entry, year) if day >= today]
        if coming:
            return coming
    return []


@cache
def _lists() -> dict[str, Any]:
    return dict(yaml.safe_load(NAMES.read_text(encoding="utf-8")))


@cache
def _names() -> list[tuple[str, dict[str, Any]]]:
    return [(plain(word), entry) for entry in _lists()["named"] for word in entry["words"]]


def _dates_of(entry: dict[str, Any], year: int) -> list[date]:
    fixed = [date.fromisoformat(f"{year}-{month_day}") for month_day in entry.get("date", [])]
    return fixed + [easter(year) + timedelta(days=offset) for offset in entry.get("easter", [])]


def easter(year: int) -> date:
    """Easter Sunday: the eve of the only holiday that is a Monday between 23 March and 26 April."""
    spring = (date(year, 3, 23), date(year, 4, 26))
    monday = next(d for d in french_holidays(year) if d.weekday() == 0 and spring[0] <= d <= spring[1])
    return monday - timedelta(days=1)


def _in_words(texts: Texts, words: str, today: date) -> list[date]:
    """« 14 juillet », « 24 et 31 décembre », « 3 août 2027 »; « le 24 » when no month is said."""
    months = [plain(month) for month in texts.words("months")]
    pattern = rf"((?:\d{{1,2}}(?: er)?(?: (?:et|ou))?(?: le)? )+)({'|'.join(months)})(?: (\d{{4}}))?\b"
    match = re.search(pattern, re.sub(rf"\b{_lists()['first']}\b", "1", words))
    if match:
        month, year = months.index(match[2]) + 1, int(match[3]) if match[3] else None
        return list(_known(_coming(today, int(day), month, year) for day in re.findall(r"\d+", match[1])))
    alone = re.fullmatch(r"le (\d{1,2})", words)
    return list(_known([_coming_in_month(today, int(alone[1]))])) if alone else []


def _slashed(said: str, today: date) -> list[date]:
    found = _SLASHED.finditer(said)
    return list(_known(_coming(today, int(m[1]), int(m[2]), _year(m[3])) for m in found))


def _year(written: str | None) -> int | None:
    if not written:
        return None
    return int(written) if len(written) == 4 else 2000 + int(written)


def _coming(today: date, day: int, month: int, year: int | None) -> date | None:
    for candidate_year in [year] if year else range(today.year, today.year + YEARS_AHEAD + 1):
        try:
            candidate = date(candidate_year, month, day)
        except ValueError:
            continue
        if candidate >= today:
            return candidate
    return None


def _coming_in_month(today: date, day: int) -> date | None:
    """The next day of that number, this month or a later one."""
    for ahead in range(62):
        candidate = today + timedelta(days=ahead)
        if candidate.day == day:
            return candidate
    return None


def _weekend(words: str, today: date) -> list[date]:
    if not _says(words, _lists()["weekend"]):
        return []
    saturday = today + timedelta(days=(SATURDAY - today.weekday()) % 7)
    if today.weekday() <= SATURDAY:
        skipped = 7 if today.weekday() == SATURDAY and _says_next(words) else 0
        first = saturday + timedelta(days=skipped)
        return [first, first + timedelta(days=1)]
    return [saturday, saturday + timedelta(days=1)] if _says_next(words) else [today]


def _next_holiday(words: str, today: date) -> list[date]:
    if not _says(words, _lists()["holiday"]):
        return []
    coming = [d for year in (today.year, today.year + 1) for d in french_holidays(year) if d >= today]
    return [min(coming)]


def _weekdays(texts: Texts, words: str, today: date) -> list[date]:
    found = []
    for index, weekday in enumerate(texts.words("weekdays")):
        if re.search(rf"\b{weekday}s?\b", words):
            days = (index - today.weekday()) % 7
            if _says(words, _lists()["next_week"]):
                days = 7 - today.weekday() + index
            elif days == 0 and _says_next(words):
                days = 7
            found.append(today + timedelta(days=days))
    return found


def _says_next(words: str) -> bool:
    return _says(words, _lists()["next"])


def _says(words: str, names: list[str]) -> bool:
    return any(f" {plain(name)} " in f" {words} " for name in names)


def _known(dates: Iterable[date | None]) -> Iterator[date]:
    return (day for day in dates if day is not None)
