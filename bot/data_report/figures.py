"""What a set of labelled messages looks like: counts, vocabulary, near-duplicates, close topics."""

from dataclasses import dataclass, field
from typing import Dict, List, Tuple

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.text.normalise import normalise

CONTENT = 4
"""Letters; shorter words are mostly articles, pronouns and prepositions."""

NEAR = 0.8
"""Cosine of character n-grams from which two messages are near-duplicates."""


ALIKE = 0.6
"""Least ratio of the numbers of n-grams of two near-duplicates."""

BLOCK = 500
"""Messages compared at once."""


@dataclass
class Row:
    """One intent: ``near`` pairs of its own messages, ``neighbours`` (another intent, cosine), best first."""

    intent: str
    count: int
    words: int
    near: List[Tuple[str, str]] = field(default_factory=list)
    neighbours: List[Tuple[str, float]] = field(default_factory=list)
    clashes: List[Tuple[str, str, str]] = field(default_factory=list)
    """(message, other intent, its near-duplicate there)."""


def measure(training: Dict[str, List[str]], neighbours: int = 3) -> List[Row]:
    """A row per intent, in the order of ``training``."""
    intents = [intent for intent, said in training.items() for _ in said]
    texts = [text for said in training.values() for text in said]
    normal = [normalise(text) for text in texts]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True).fit_transform(normal)
    names = list(training)
    label = np.array([names.index(intent) for intent in intents])
    centres = np.vstack([np.asarray(vectors[label == index].mean(axis=0)) for index in range(len(names))])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    closeness = centres @ centres.T
    rows = []
    for index, intent in enumerate(names):
        words = {word for place in np.nonzero(label == index)[0] for word in normal[place].split()}
        order = [other for other in np.argsort(-closeness[index]) if other != index][:neighbours]
        rows.append(
            Row(
                intent,
                len(training[intent]),
                sum(len(word) >= CONTENT for word in words),
                neighbours=[(names[other], round(float(closeness[index, other]), 2)) for other in order],
            )
        )
    _find_pairs(rows, vectors, label, texts)
    return rows


def _find_pairs(
    rows: List[Row], vectors: scipy.sparse.csr_matrix, label: np.ndarray, texts: List[str]
) -> None:
    """Fill ``near`` and ``clashes``; only messages of about the same length can be near-duplicates."""
    size = np.diff(vectors.indptr)
    order = np.argsort(size, kind="stable")
    vectors, size = vectors[order], size[order]
    for start in range(0, len(texts), BLOCK):
        longest = size[min(start + BLOCK, len(texts)) - 1] / ALIKE
        end = int(np.searchsorted(size, longest, side="right"))
        close = (vectors[start : start + BLOCK] @ vectors[start:end].T).tocoo()
        found = (close.data >= NEAR) & (close.row < close.col)
        for first, second in zip(order[start + close.row[found]], order[start + close.col[found]]):
            _add_pair(rows, label, texts, *sorted((int(first), int(second))))


def _add_pair(rows: List[Row], label: np.ndarray, texts: List[str], first: int, second: int) -> None:
    row = rows[label[first]]
    if label[first] == label[second]:
        row.near.append((texts[first], texts[second]))
    else:
        row.clashes.append((texts[first], rows[label[second]].intent, texts[second]))
