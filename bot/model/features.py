"""From normalised text to numbers: word and character n-grams, and where the words lie."""

from dataclasses import dataclass
from typing import Any, Dict, List

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer

WORD_NGRAMS = (1, 2)
CHAR_NGRAMS = (2, 5)
CHAR_WEIGHT = 1.4
CHAR_MIN_DOCUMENTS = 2


VECTOR_WEIGHT = 0.5


@dataclass
class Features:
    """TF-IDF of word 1-2-grams, of character 2-5-grams within words, and the mean word vector.

    The mean is of fr_core_news_md vectors, each weighted by how rare its word is in training.
    """

    words: TfidfVectorizer
    chars: TfidfVectorizer
    rarity: Dict[str, float]

    @classmethod
    def fit(cls, texts: List[str]) -> "Features":
        """``texts`` are normalised."""
        words = TfidfVectorizer(
            ngram_range=WORD_NGRAMS,
            sublinear_tf=True,
            token_pattern=r"\S+",  # noqa: S106 (a pattern, no secret)
            dtype=np.float32,
            lowercase=False,
        )
        chars = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=CHAR_NGRAMS,
            sublinear_tf=True,
            min_df=CHAR_MIN_DOCUMENTS,
            dtype=np.float32,
            lowercase=False,
        )
        words.fit(texts)
        idf = words.idf_  # computed anew at every access
        single = {word: float(idf[at]) for word, at in words.vocabulary_.items() if " " not in word}
        return cls(words, chars.fit(texts), single)

    def transform(self, texts: List[str], vocab: Any) -> scipy.sparse.csr_matrix:
        """One row a text, float32; ``vocab`` is the spaCy model's."""
        rarest = max(self.rarity.values(), default=1.0)
        means = np.vstack([self._mean(text, vocab, rarest) for text in texts])
        parts = [
            self.words.transform(texts),
            self.chars.transform(texts) * CHAR_WEIGHT,
            scipy.sparse.csr_matrix(means * np.float32(VECTOR_WEIGHT)),
        ]
        return scipy.sparse.hstack(parts, format="csr", dtype=np.float32)

    def _mean(self, text: str, vocab: Any, rarest: float) -> np.ndarray:
        """A unit vector, or zeros when no word has one."""
        total = np.zeros(vocab.vectors_length, dtype=np.float32)
        for word in text.split():
            lexeme = vocab[word]
            if lexeme.has_vector:
                total += self.rarity.get(word, rarest) * lexeme.vector
        length = float(np.linalg.norm(total))
        return total / length if length else total
