"""Small facts in a message that change its answer: for whom, why, which waste, which day, where."""

import re
from functools import lru_cache
from typing import Any, Dict, Iterable, List, Match, Optional, Pattern, Tuple

from bot.text.lexicon import load_lexicon

CHOSEN = ("public", "motif", "waste")
"""Details with a value of their own: two different ones in a message leave it open."""

NONE = "aucun"
"""The value of words that only look like one."""

SHORT = 25
"""Words; a longer message is a story, of which not every detail is about the request."""

NEAR = 8
"""Words between a detail and what tells that the request is about it."""

FAR = 100
"""Characters that hold so many words."""

COMING_OF_AGE = 18
OLDEST = 120

TAKEN = " | "
"""Stands where words were already read, so that those around it do not join."""

Patterns = List[Tuple[str, Pattern[str]]]


def find_details(normal: str, text: str = "") -> Dict[str, str]:
    """E.g. ``{"public": "mineur", "day": "samedi"}`` of a normalised message.

    ``text`` is the message as written: slashed dates (24/12) and the names of streets are read in it.
    """
    found = {name: _choose(name, normal) for name in CHOSEN}
    found["public"] = _public_by_age(normal) or found["public"]
    found["aspect"] = next((value for value, one in _patterns("aspect") if one.search(normal)), None)
    found["day"] = _find_day(normal, text)
    found["place"] = _find_place(normal, text)
    return {name: value for name, value in found.items() if value}


def _choose(name: str, normal: str) -> Optional[str]:
    """The value of ``name`` that the message leaves no doubt about."""
    if not _any_of(name).search(normal):
        return None
    values, rest = set(), normal
    loose = _patterns("loose") if name == "public" and len(normal.split()) <= SHORT else []
    for value, pattern in [*_patterns(name), *loose]:
        if any(value == NONE or _is_meant(name, rest, match) for match in pattern.finditer(rest)):
            rest = pattern.sub(TAKEN, rest)
            values.add(value)
    values.discard(NONE)
    yields: Dict[str, List[str]] = load_lexicon("details")["yields"]
    left = [value for value in values if not values.intersection(yields.get(value, []))]
    return left[0] if len(left) == 1 else None


def _is_meant(name: str, normal: str, match: Match[str]) -> bool:
    """Whether a waste is one to be rid of: in a long message it may be any object of the story."""
    return name != "waste" or len(normal.split()) <= SHORT or _is_near(normal, match, "waste_cue")


def _is_near(normal: str, match: Match[str], cue: str) -> bool:
    """Whether a word of ``cue`` stands near what was found."""
    start, end = match.span()
    near = normal[max(0, start - FAR) : start].split()[-NEAR:] + normal[end : end + FAR].split()[:NEAR]
    return bool(_one(cue).search(" ".join(near)))


def _public_by_age(normal: str) -> Optional[str]:
    """Minor or of age by the ages said; None when none is, or when they differ."""
    said = [int(_first_group(match)) for one in _ages() for match in one.finditer(normal)]
    publics = {"majeur" if age >= COMING_OF_AGE else "mineur" for age in said if age <= OLDEST}
    return publics.pop() if len(publics) == 1 else None


def _find_day(normal: str, text: str) -> Optional[str]:
    slashed = _slashed().search(text)
    if slashed:
        return slashed[1]
    rest = normal
    for value, pattern in _patterns("day"):
        if value == NONE:
            rest = pattern.sub(TAKEN, rest)
    for pattern in _each("day", "jour"):
        for match in pattern.finditer(rest):
            if _is_asked_about(rest, match):
                return _first_group(match)
    return None


def _is_asked_about(normal: str, day: Match[str]) -> bool:
    """Whether a day is what the message asks about, not just when something happened."""
    return len(normal.split()) <= NEAR or _is_near(normal, day, "day_cue")


def _find_place(normal: str, text: str) -> Optional[str]:
    street = _street().search(text or normal)
    if street:
        return street[0].strip(" ,.")
    for pattern in _places():
        match = pattern.search(normal)
        if match:
            return _first_group(match)
    return None


def _first_group(match: Match[str]) -> str:
    """What the pattern keeps of its match: its group, or all of it."""
    return next((group for group in match.groups() if group), match[0])


@lru_cache(maxsize=None)
def _patterns(name: str) -> Patterns:
    return [(value, _compile(patterns)) for value, patterns in _lexicon(name).items()]


@lru_cache(maxsize=None)
def _any_of(name: str) -> Pattern[str]:
    """All that may give ``name`` a value: most messages have none of it, which one search tells."""
    lists = [*_lexicon(name).values(), *(_lexicon("loose").values() if name == "public" else ())]
    return _compile(pattern for patterns in lists for pattern in patterns)


@lru_cache(maxsize=None)
def _each(name: str, value: str) -> List[Pattern[str]]:
    return [_compile([pattern]) for pattern in _lexicon(name)[value]]


@lru_cache(maxsize=1)
def _ages() -> List[Pattern[str]]:
    return [_compile([pattern]) for pattern in _lexicon("age")]


@lru_cache(maxsize=1)
def _places() -> List[Pattern[str]]:
    return [_compile([pattern]) for pattern in _lexicon("place")]


@lru_cache(maxsize=None)
def _one(name: str) -> Pattern[str]:
    return _compile([_lexicon(name)])


@lru_cache(maxsize=1)
def _slashed() -> Pattern[str]:
    return re.compile(_lexicon("slashed"), re.IGNORECASE)


@lru_cache(maxsize=1)
def _street() -> Pattern[str]:
    return re.compile(load_lexicon("reports")["where"], re.IGNORECASE)


def _lexicon(name: str) -> Any:
    return load_lexicon("details")[name]


def _compile(patterns: Iterable[str]) -> Pattern[str]:
    written = "|".join(patterns)
    for name, words in _lexicon("names").items():
        written = written.replace(name, f"(?:{words})")
    return re.compile(rf"\b(?:{written})(?!\w)")
