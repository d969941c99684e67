"""Two requests in one message: where to cut it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import List, Pattern, Tuple

from bot.text.lexicon import load_lexicon
from bot.text.normalise import normalise

SHORTEST = 12
"""Characters; a shorter half cannot be a request by itself."""

KEYWORDS = 5
"""Words; a half this short needs no verb to be a request ("horaires piscine")."""

MOST = 4
"""Cuts tried."""


@dataclass(frozen=True)
class Cut:
    """Two halves; ``both_ask``: each is a request by itself, not a story before its question."""

    halves: Tuple[str, str]
    both_ask: bool


def split_requests(text: str) -> List[Cut]:
    """Ways to cut ``text`` in two at a sentence end, a link word or a comma, first where both halves ask.

    A link word says nothing of the topic it leads to ("autre sujet :"): it is left out.
    """
    cuts = []
    for match in _cut().finditer(text):
        first, rest = text[: match.start()].strip(), text[match.end() :].strip()
        link = _linked().match(rest)
        second = rest[link.end() :] if link else rest
        if min(len(first), len(second)) < SHORTEST:
            continue
        plain = match["end"] is not None or match["comma"] is not None
        # after a link, the verb of the first half may go on: "refaire ma carte et le passeport"
        both_ask = asks(first) and (not plain or link is not None or asks(second))
        if both_ask or match["comma"] is None:
            cuts.append(Cut((first, second), both_ask))
    return sorted(cuts, key=lambda cut: not cut.both_ask)[:MOST]


def asks(part: str) -> bool:
    """Whether part of a message, as written, asks for something."""
    normal = normalise(part)
    return "?" in part or len(normal.split()) <= KEYWORDS or bool(_requests().search(normal))


@lru_cache(maxsize=1)
def _cut() -> Pattern[str]:
    """A sentence end, a link word, "and", a slash or a comma."""
    links, also = _words("links"), _words("and")
    return re.compile(
        rf"(?P<end>(?<=[?!.;:\n])\s+)|,?\s+(?:(?:{also})\s+)?(?:{links})[\s,:]+"
        rf"|,?\s+(?:{also}|\+)\s+|\s*/\s*|(?P<comma>,\s+)",
        re.IGNORECASE,
    )


@lru_cache(maxsize=1)
def _linked() -> Pattern[str]:
    """A link word at the start of what follows a cut."""
    links, also, but = _words("links"), _words("and"), _words("but")
    return re.compile(rf"(?:(?:{but})\s+)?(?:{links})\b[\s,:]*|(?:{also})\s+", re.IGNORECASE)


@lru_cache(maxsize=1)
def _requests() -> Pattern[str]:
    return re.compile(rf"\b(?:{_words('asks')})\b")


def _words(name: str) -> str:
    return "|".join(load_lexicon("requests")[name])
