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

_CUT = re.compile(
    r"(?P<end>(?<=[?!.;\n])\s+)|,?\s+(?:et (?:aussi|sinon|puis|au passage|autre chose|en plus|je voudrais|"
    r"j.aimerais|est.ce|comment|o[uù]|quand|quels?|quelles?|combien|pour)|"
    r"ainsi que|sinon|par ailleurs|et aussi|aussi|puis|en plus)\s+"
    r"|\s+(?:et|\+)\s+|\s*/\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cut:
    """Two halves; ``both_ask``: each is a request by itself, not a story before its question."""

    halves: Tuple[str, str]
    both_ask: bool


def split_requests(text: str) -> List[Cut]:
    """Ways to cut ``text`` in two at a sentence end or a link word; first those where both halves ask."""
    cuts = []
    for match in _CUT.finditer(text):
        first, second = text[: match.start()].strip(), text[match.end() :].strip()
        if min(len(first), len(second)) >= SHORTEST:
            linked = match["end"] is None  # "... et le passeport" goes on with the verb of the first half
            cuts.append(Cut((first, second), asks(first) and (linked or asks(second))))
    return sorted(cuts, key=lambda cut: not cut.both_ask)[:MOST]


def asks(part: str) -> bool:
    """Whether part of a message, as written, asks for something."""
    normal = normalise(part)
    return "?" in part or len(normal.split()) <= KEYWORDS or bool(_requests().search(normal))


@lru_cache(maxsize=1)
def _requests() -> Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(load_lexicon("requests")["asks"]) + r")\b")
