"""Mending misspelt words against the words citizens use, with symspellpy."""

from collections import Counter
from typing import Dict, Iterable, List, Set

from symspellpy import SymSpell, Verbosity

SHORTEST = 5
"""Shorter words have too many neighbours to be mended safely."""

LONG = 8
"""From this length on, two mistakes are forgiven instead of one."""

KNOWN_FROM = 2
"""A word seen this many times in the training messages is taken to be right."""


def count_words(texts: Iterable[str]) -> Dict[str, int]:
    """How often each word of normalised ``texts`` occurs, those seen too rarely left out."""
    counts = Counter(word for text in texts for word in text.split())
    return {word: count for word, count in counts.items() if count >= KNOWN_FROM and word.isalpha()}


class Speller:
    """Replaces a word nobody knows by its nearest known neighbour, and leaves all others alone."""

    def __init__(self, counts: Dict[str, int], french: Set[str]) -> None:
        self._known = set(counts) | french
        self._index = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in counts.items():
            if len(word) >= SHORTEST - 1:
                self._index.create_dictionary_entry(word, count)
        self._memory: Dict[str, str] = {}

    def knows(self, word: str) -> bool:
        """Whether French or citizens write ``word`` (lower case, no accents)."""
        return word in self._known

    def mend(self, text: str) -> str:
        """``text``, its unknown words mended."""
        return " ".join(self._mend_words(text.split()))

    def _mend_words(self, words: List[str]) -> List[str]:
        return [
            word if len(word) < SHORTEST or word in self._known else self._nearest(word) for word in words
        ]

    def _nearest(self, word: str) -> str:
        if word not in self._memory:
            if len(self._memory) > 20_000:
                self._memory.clear()
            distance = 2 if len(word) >= LONG else 1
            found = self._index.lookup(word, Verbosity.TOP, max_edit_distance=distance)
            self._memory[word] = found[0].term if found else word
        return self._memory[word]
