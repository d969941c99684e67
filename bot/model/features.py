"""From normalised text to numbers: word and character n-grams, and where the words lie."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import scipy.sparse

from bot.model.ngrams import Block, char_ngrams, word_ngrams

CHAR_WEIGHT = np.float32(1.4)
CHAR_MIN_MESSAGES = 2
VECTOR_WEIGHT = np.float32(0.5)

REMEMBERED = 40_000
"""Words whose n-grams and vector are kept at hand; citizens use the same ones again and again."""

Row = Tuple[np.ndarray, np.ndarray]
Vector = Optional[Tuple[np.ndarray, np.float32]]
"""A word's vector and its rarity."""


@dataclass
class Features:
    """TF-IDF of word 1-2-grams, of character 2-5-grams within words, and the mean word vector.

    The mean is of fr_core_news_md vectors, each weighted by how rare its word is in training.
    """

    words: Block
    chars: Block
    _memory: Dict[str, Tuple[List[int], Vector]] = field(default_factory=dict, repr=False)

    @classmethod
    def fit(cls, texts: List[str]) -> "Features":
        """``texts`` are normalised."""
        split = [text.split() for text in texts]
        chars = ([ngram for word in words for ngram in char_ngrams(word)] for words in split)
        return cls(Block.fit(map(word_ngrams, split)), Block.fit(chars, CHAR_MIN_MESSAGES))

    def __getstate__(self) -> Dict[str, Any]:
        return {**vars(self), "_memory": {}}

    def transform(self, texts: List[str], vocab: Any) -> scipy.sparse.csr_matrix:
        """One row a text, float32; ``vocab`` is the spaCy model's."""
        rows = [self._row(text.split(), vocab) for text in texts]
        ends = np.cumsum([0, *(columns.size for columns, _ in rows)])
        width = len(self.words.columns) + len(self.chars.columns) + vocab.vectors_length
        columns = np.concatenate([columns for columns, _ in rows])
        values = np.concatenate([values for _, values in rows])
        return scipy.sparse.csr_matrix((values, columns, ends), shape=(len(rows), width))

    def _row(self, words: List[str], vocab: Any) -> Row:
        """Columns and values of one message."""
        of_words, word_values = self.words.weigh(
            np.array(self.words.find(word_ngrams(words)), dtype=np.int32)
        )
        known = [self._remember(word, vocab) for word in words]
        spelt = np.array([column for columns, _ in known for column in columns], dtype=np.int32)
        of_chars, char_values = self.chars.weigh(spelt)
        mean = _unit([vector for _, vector in known if vector is not None])
        after_words = len(self.words.columns)
        after_chars = after_words + len(self.chars.columns)
        columns = [of_words, of_chars + after_words, np.arange(mean.size, dtype=np.int32) + after_chars]
        return np.concatenate(columns), np.concatenate(
            [word_values, char_values * CHAR_WEIGHT, mean * VECTOR_WEIGHT]
        )

    def _remember(self, word: str, vocab: Any) -> Tuple[List[int], Vector]:
        """The columns of a word's character n-grams, and where it lies."""
        if word not in self._memory:
            if len(self._memory) >= REMEMBERED:
                self._memory.clear()
            lexeme = vocab[word]
            at = self.words.columns.get(word)
            rarity = self.words.rarity.max() if at is None else self.words.rarity[at]
            vector = (lexeme.vector, rarity) if lexeme.has_vector else None
            self._memory[word] = self.chars.find(char_ngrams(word)), vector
        return self._memory[word]


def _unit(vectors: List[Tuple[np.ndarray, np.float32]]) -> np.ndarray:
    """The direction of the weighted sum, of length 1; nothing when there is no vector."""
    if not vectors:
        return np.zeros(0, dtype=np.float32)
    total = np.array([rarity for _, rarity in vectors]) @ np.array([vector for vector, _ in vectors])
    length = np.sqrt(total @ total)
    return total / length if length else total
