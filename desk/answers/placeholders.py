"""The placeholders of an answer: hours and contacts stay in one place, the commune's settings."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from desk.answers.hours import say_hours, say_week
from desk.communes.config import CommuneSettings, Place
from desk.texts import Texts
from desk.texts.dates import say_duration

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)(?::(\w+))?\s*\}\}")


@dataclass(frozen=True)
class Moment:
    """When an answer is read (local time), and the day the citizen asked for, if any."""

    now: datetime
    asked: date | None = None


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
