"""Short messages that only make sense after another: "et pour un mineur ?", "c'est combien ?"."""

from functools import lru_cache
from typing import FrozenSet

from bot.text.lexicon import load_lexicon

LONGEST = 9
"""Words; a longer message says enough by itself."""


@lru_cache(maxsize=1)
def _words() -> FrozenSet[str]:
    lexicon = load_lexicon("followup")
    return frozenset(str(word) for group in lexicon.values() for word in group)


def is_followup(normal: str) -> bool:
    """Whether every word is of the kind that points back: small words, a public, an aspect, a day."""
    words = normal.split()
    return 0 < len(words) <= LONGEST and all(word in _words() or word.isdigit() for word in words)
