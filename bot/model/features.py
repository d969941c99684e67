"""From normalised text to numbers: word and character n-grams, and where the words lie."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import scipy.sparse

from bot.model.ngrams import Block, char_ngrams, word_ngrams
from bot.model.rows import Row, as_matrix

CHAR_WEIGHT = np.float32(1.4)
CHAR_MIN_MESSAGES = 2
VECTOR_WEIGHT = np.float32(0.5)

REMEMBERED = 40_000
"""Words whose n-grams and vector are kept at hand; citizens use the same ones again and again."""

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

    def rows(self, texts: List[str], vocab: Any) -> List[Row]:
        """One row a text; ``vocab`` is the spaCy model's."""
        return [self._row(text.split(), vocab) for text in texts]

    def matrix(self, texts: List[str], vocab: Any) -> scipy.sparse.csr_matrix:
        """The same, for training."""
        width = len(self.words.columns) + len(self.chars.columns) + vocab.vectors_length
        return as_matrix(self.rows(texts, vocab), width)

    def _row(self, words: List[str], vocab: Any) -> Row:
        of_words, word_values = self.words.weigh(self.words.find(word_ngrams(words)))
        known = [self._remember(word, vocab) for word in words]
        of_chars, char_values = self.chars.weigh([column for columns, _ in known for column in columns])
        mean = _unit([vector for _, vector in known if vector is not None])
        columns = np.concatenate((of_words, of_chars + len(self.words.columns)))
        return Row(columns, np.concatenate((word_values, char_values * CHAR_WEIGHT)), mean * VECTOR_WEIGHT)

    def _remember(self, word: str, vocab: Any) -> Tuple[List[int], Vector]:
        """The columns of a word's character n-grams, and where it lies."""
        if word not in self._memory:
            if len(self._memory) >= REMEMBERED:
                self._memory.clear()
            self._memory[word] = self.chars.find(char_ngrams(word)), self._vector(word, vocab)
        return self._memory[word]

    def _vector(self, word: str, vocab: Any) -> Vector:
        row = vocab.vectors.key2row.get(vocab.strings[word])  # a lexeme costs ten times more to make
        if row is None:
            return None
        at = self.words.columns.get(word)
        return vocab.vectors.data[row], self.words.rarity.max() if at is None else self.words.rarity[at]


def _unit(vectors: List[Tuple[np.ndarray, np.float32]]) -> np.ndarray:
    """The direction of the weighted sum, of length 1; nothing when there is no vector."""
    if not vectors:
        return np.zeros(0, dtype=np.float32)
    total = np.array([rarity for _, rarity in vectors]) @ np.array([vector for vector, _ in vectors])
    length = np.sqrt(total @ total)
    return total / length if length else total
