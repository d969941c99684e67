"""The placeholders of an answer: hours and contacts stay in one place, the commune's settings."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from desk.answers.hours import say_hours, say_week
from desk.communes.config import CommuneSettings, Place
from desk.texts import Texts
from desk.texts.dates import say_duration

HOURS = ("horaires", "semaine")
"""The placeholders that tell opening hours: of today and tomorrow, of the week."""

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)(?::(\w+))?\s*\}\}")

HOURS_FIRST = re.compile(rf"\s*\{{\{{\s*(?:{'|'.join(HOURS)}):")
"""The beginning of an answer about one place: its hours."""


@dataclass(frozen=True)
class Moment:
    """When an answer is read (local time), and the days the citizen asked for, if any."""

    now: datetime
    asked: tuple[date, ...] = ()


def fill(body: str, commune: CommuneSettings, texts: Texts, moment: Moment) -> str:
    """``body`` with each placeholder replaced; an unknown one vanishes rather than shows."""

    def replace(match: re.Match[str]) -> str:
        name, argument = match[1], match[2]
        if name == "delai":
            return say_duration(texts, commune.reply_hours)
        place = commune.places.get(argument or "")
        writer = _WRITERS.get(name)
        return writer(place, texts, moment) if place and writer else ""

    return PLACEHOLDER.sub(replace, body).strip()


def place_with_hours(body: str, commune: CommuneSettings) -> str | None:
    """The first place whose hours ``body`` tells, by its id in the commune's settings."""
    told = (match[2] for match in PLACEHOLDER.finditer(body) if match[1] in HOURS)
    return next((place for place in told if place in commune.places), None)


def without_hours(body: str, place: str) -> str:
    """``body`` without today's and tomorrow's hours of ``place``, which were said before it."""

    def drop(match: re.Match[str]) -> str:
        return "" if (match[1], match[2]) == (HOURS[0], place) else match[0]

    kept = PLACEHOLDER.sub(drop, body)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" +$", "", kept, flags=re.MULTILINE)).strip()


def unknown_placeholders(body: str, commune: CommuneSettings) -> list[str]:
    """The placeholders of ``body`` that this commune cannot fill."""
    wrong = []
    for match in PLACEHOLDER.finditer(body):
        known = match[1] == "delai" or (match[1] in _WRITERS and match[2] in commune.places)
        if not known:
            wrong.append(match[0])
    return wrong


def _phone(place: Place, _texts: Texts, _moment: Moment) -> str:
    shown = place.phone.replace(" ", "\u00a0")
    return f"[{shown}](tel:{place.phone.replace(' ', '')})" if place.phone else ""


def _email(place: Place, _texts: Texts, _moment: Moment) -> str:
    return f"[{place.email}](mailto:{place.email})" if place.email else ""


_WRITERS: dict[str, Callable[[Place, Texts, Moment], str]] = {
    "horaires": lambda place, texts, moment: say_hours(texts, place, moment.now, moment.asked),
    "semaine": lambda place, texts, _moment: say_week(texts, place),
    "adresse": lambda place, _texts, _moment: place.address,
    "telephone": _phone,
    "courriel": _email,
}
