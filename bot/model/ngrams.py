"""N-grams of normalised messages, and what each weighs."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Dict, Iterable, List, Tuple

import numpy as np

SIZES = (2, 5)


def word_ngrams(words: List[str]) -> List[str]:
    """Each word, each pair of words that follow one another."""
    return [*words, *map(" ".join, pairwise(words))]


def char_ngrams(word: str) -> List[str]:
    """Of 2 to 5 characters, a blank on both sides of the word: ``eau`` starts with `` e``."""
    around = f" {word} "
    least, most = SIZES
    return [
        around[at : at + size]
        for size in range(least, min(most, len(around)) + 1)
        for at in range(len(around) - size + 1)
    ]


@dataclass
class Block:
    """TF-IDF of one kind of n-grams: ``1 + ln(count)`` times how rare it is, rows of length 1."""

    columns: Dict[str, int]
    rarity: np.ndarray

    @classmethod
    def fit(cls, messages: Iterable[List[str]], least: int = 1) -> "Block":
        """Keep the n-grams of at least ``least`` messages; smoothed inverse document frequency."""
        seen: "Counter[str]" = Counter()
        total = 0
        for ngrams in messages:
            seen.update(set(ngrams))
            total += 1
        kept = sorted(ngram for ngram, count in seen.items() if count >= least)
        counts = np.array([seen[ngram] for ngram in kept], dtype=np.float64)
        rarity = np.log((1 + total) / (1 + counts)) + 1
        return cls({ngram: at for at, ngram in enumerate(kept)}, rarity.astype(np.float32))

    def find(self, ngrams: Iterable[str]) -> List[int]:
        """The columns of those that are known, in their order, repeated as they are."""
        return [at for at in map(self.columns.get, ngrams) if at is not None]

    def weigh(self, found: List[int]) -> Tuple[np.ndarray, np.ndarray]:
        """Columns, each once, and their weights; ``found``: what :meth:`find` gave for one message."""
        counts: Dict[int, int] = {}
        for column in found:
            counts[column] = counts.get(column, 0) + 1
        columns = np.fromiter(counts, dtype=np.int32, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        weights = (1 + np.log(times)) * self.rarity[columns]
        length = np.sqrt(weights @ weights)
        return columns, weights / length if length else weights
