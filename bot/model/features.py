"""From normalised text to numbers: word and character n-grams, and the mean of word vectors."""

from dataclasses import dataclass
from typing import Any, List

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer

WORD_NGRAMS = (1, 2)
CHAR_NGRAMS = (2, 5)
CHAR_WEIGHT = 1.0
CHAR_MIN_DOCUMENTS = 2


@dataclass
class NgramFeatures:
    """TF-IDF of word 1-2-grams beside that of character 2-5-grams within words."""

    words: TfidfVectorizer
    chars: TfidfVectorizer

    @classmethod
    def fit(cls, texts: List[str]) -> "NgramFeatures":
        words = TfidfVectorizer(
            ngram_range=WORD_NGRAMS, sublinear_tf=True, token_pattern=r"\S+", dtype=np.float32, lowercase=False
        )
        chars = TfidfVectorizer(
            analyzer="char_wb", ngram_range=CHAR_NGRAMS, sublinear_tf=True, min_df=CHAR_MIN_DOCUMENTS,
            dtype=np.float32, lowercase=False,
        )
        return cls(words.fit(texts), chars.fit(texts))

    def transform(self, texts: List[str]) -> scipy.sparse.csr_matrix:
        """One row a text, float32."""
        parts = [self.words.transform(texts), self.chars.transform(texts) * CHAR_WEIGHT]
        return scipy.sparse.hstack(parts, format="csr", dtype=np.float32)


class VectorFeatures:
    """The mean of the words' vectors, each weighted by how rare the word is in training."""

    def __init__(self, words: TfidfVectorizer) -> None:
        self._idf = {word: words.idf_[index] for word, index in words.vocabulary_.items() if " " not in word}
        self._rare = max(self._idf.values(), default=1.0)

    def transform(self, texts: List[str], nlp: Any) -> np.ndarray:
        """One row of 300 float32 a text, of length 1 (0 for a text without a known word)."""
        return np.vstack([self._one(text, nlp.vocab) for text in texts])

    def _one(self, text: str, vocab: Any) -> np.ndarray:
        total = np.zeros(vocab.vectors_length, dtype=np.float32)
        for word in text.split():
            lexeme = vocab[word]
            if lexeme.has_vector:
                total += self._idf.get(word, self._rare) * lexeme.vector
        length = float(np.linalg.norm(total))
        return total / length if length else total
