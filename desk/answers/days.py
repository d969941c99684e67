"""Which date a citizen means by a day: aujourd'hui, demain, samedi, le 14 juillet."""

import re
import unicodedata
from datetime import date, timedelta

from desk.texts import Texts

_DAY_MONTH = re.compile(r"\b(\d{1,2})(?: ?er)? ([a-z]+)")


def asked_date(texts: Texts, said: str, today: date) -> date | None:
    """The coming date meant by ``said``, None when it names no day."""
    words = _plain(said)
    for key, offset in (("after_tomorrow", 2), ("tomorrow", 1), ("today", 0)):
        if any(f" {_plain(name)} " in f" {words} " for name in texts.words(key)):
            return today + timedelta(days=offset)
    months = [_plain(month) for month in texts.words("months")]
    match = _DAY_MONTH.search(words)
    if match and match[2] in months:
        return _coming(today, months.index(match[2]) + 1, int(match[1]))
    for index, weekday in enumerate(texts.words("weekdays")):
        if re.search(rf"\b{weekday}\b", words):
            return today + timedelta(days=(index - today.weekday()) % 7)
    return None


def _coming(today: date, month: int, day: int) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate >= today:
            return candidate
    return None


def _plain(text: str) -> str:
    """Lower case letters and figures without accents, one space between words, as the assistant's are."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()
