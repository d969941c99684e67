"""Moments and hours in French, from the words of the texts."""

from datetime import date, datetime, time

from desk.texts.catalogue import Texts

NBSP = "\u00a0"


def say_time(moment: time) -> str:
    """``8 h``, ``8 h 30``, with no-break spaces."""
    minutes = f"{NBSP}{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour}{NBSP}h{minutes}"


def say_date(texts: Texts, day: date) -> str:
    """``mardi 24 novembre``; the first of a month is ``1er``."""
    return texts("date", **_names(texts, day))


def say_moment(texts: Texts, moment: datetime) -> str:
    """``mardi 24 novembre à 17 h 30``, of a moment already in local time."""
    return texts("date_time", **_names(texts, moment), time=say_time(moment.time()))


def _names(texts: Texts, day: date) -> dict[str, str]:
    return {
        "weekday": texts.words("weekdays")[day.weekday()],
        "day": texts("first_of_month") if day.day == 1 else str(day.day),
        "month": texts.words("months")[day.month - 1],
    }


def say_duration(texts: Texts, hours: int) -> str:
    """``72 heures``."""
    return texts("duration_hours", hours=hours)
