"""The model of what citizens ask: two models on the same features, calibrated on messages written apart."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from bot.labels import OUT_OF_SCOPE
from bot.model.calibration import Calibration
from bot.model.features import Features
from bot.model.linear import LinearScorer
from bot.model.network import Network
from bot.model.thresholds import Thresholds, choose_thresholds
from bot.text.normalise import plain
from bot.text.spelling import Speller, count_words

Apart = Sequence[Tuple[str, Set[str]]]
"""Messages nobody trained on, each with every label that is right for it."""


@dataclass
class Classifier:
    """Knows the labels of normalised messages; saved whole with the Rasa model."""

    labels: List[str]
    features: Features
    linear: LinearScorer
    network: Network
    word_counts: Dict[str, int]
    calibration: Calibration
    thresholds: Thresholds

    @classmethod
    def train(
        cls, texts: List[str], labels: List[str], apart: Apart, nlp: Any, features: Optional[Features] = None
    ) -> "Classifier":
        """Fit on normalised ``texts``; calibrate and choose thresholds on normalised messages ``apart``.

        ``features``: those of ``texts`` unless others are tried.
        """
        names = sorted(set(labels))
        classes = np.array([names.index(label) for label in labels])
        features = features or Features.fit(texts)
        rows = features.matrix(texts, nlp.vocab)
        with ThreadPoolExecutor() as both:  # each spends its time outside Python, on a core of its own
            linear = both.submit(LinearScorer.fit, rows, classes)
            network = both.submit(Network.fit, rows, classes, nlp.vocab.vectors_length)
        models = linear.result(), network.result()
        made = cls(names, features, *models, count_words(texts), Calibration(), Thresholds())
        made.calibrate(apart, nlp)
        return made

    def calibrate(self, apart: Apart, nlp: Any) -> None:
        """Fit the calibration and choose the thresholds."""
        speller = self.speller(nlp)
        scores = self._scores([speller.mend(text) for text, _ in apart], nlp)
        right = np.array([[name in accepted for name in self.labels] for _, accepted in apart])
        self.calibration = Calibration.fit(scores, right, self._outside)
        probabilities = self.calibration.probabilities(scores, self._outside)
        self.thresholds = choose_thresholds(probabilities, right, self.labels)

    def predict(self, texts: List[str], nlp: Any) -> np.ndarray:
        """A row of probabilities a normalised, mended message, in the order of ``labels``."""
        return self.calibration.probabilities(self._scores(texts, nlp), self._outside)

    def speller(self, nlp: Any) -> Speller:
        """Mends words that neither citizens' messages nor French know."""
        return Speller(self.word_counts, _french_words(nlp))

    @property
    def _outside(self) -> int:
        return self.labels.index(OUT_OF_SCOPE)

    def _scores(self, texts: List[str], nlp: Any) -> np.ndarray:
        """Models x messages x labels."""
        rows = self.features.rows(texts, nlp.vocab)
        return np.stack([self.linear.score(rows), self.network.score(rows)])


def _french_words(nlp: Any) -> Set[str]:
    """The plain words that the language model has a vector for, without accents."""
    return {
        plain(word) for word in map(nlp.vocab.strings.__getitem__, nlp.vocab.vectors.keys()) if word.isalpha()
    }
