"""The model of what citizens ask: features, two linear scorers, calibrated by cross-validation."""

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

import numpy as np
from sklearn.model_selection import StratifiedKFold

from bot.model.calibration import Mixer
from bot.model.features import DenseFeatures, NgramFeatures, Said
from bot.model.linear import SEED, DenseScorer, SparseScorer
from bot.model.thresholds import Thresholds, choose_thresholds
from bot.text.normalise import plain
from bot.text.spelling import Speller, count_words

FOLDS = 3


@dataclass
class Fitted:
    """Scorers trained on some messages."""

    features: NgramFeatures
    meaning: DenseFeatures
    sparse: SparseScorer
    dense: DenseScorer

    @classmethod
    def fit(cls, said: List[Said], labels: List[str], nlp: Any) -> "Fitted":
        texts = [message.normal for message in said]
        features = NgramFeatures.fit(texts)
        meaning = DenseFeatures(features.words)
        return cls(
            features,
            meaning,
            SparseScorer.fit(features.transform(texts), labels),
            DenseScorer.fit(meaning.transform(said, nlp), labels),
        )

    def scores(self, said: List[Said], nlp: Any) -> Tuple[np.ndarray, np.ndarray]:
        """The two scorers' rows."""
        ngrams = self.sparse.score(self.features.transform([message.normal for message in said]))
        return ngrams, self.dense.score(self.meaning.transform(said, nlp))


@dataclass
class Classifier:
    """Knows the labels of normalised messages; saved whole with the Rasa model."""

    labels: List[str]
    fitted: Fitted
    mixer: Mixer
    word_counts: Dict[str, int]
    thresholds: Thresholds

    @classmethod
    def train(cls, said: List[Said], labels: List[str], nlp: Any) -> "Classifier":
        """Fit on every message; calibrate and choose thresholds on those held out of each fold."""
        names = sorted(set(labels))
        truth = np.array([names.index(label) for label in labels])
        held = _out_of_fold(said, labels, nlp)
        mixer = Mixer.fit(*held, truth)
        thresholds = choose_thresholds(mixer.probabilities(*held), truth, names)
        return cls(
            names,
            Fitted.fit(said, labels, nlp),
            mixer,
            count_words(message.normal for message in said),
            thresholds,
        )

    def predict(self, said: List[Said], nlp: Any) -> np.ndarray:
        """A row of probabilities a message, in the order of ``labels``."""
        return self.mixer.probabilities(*self.fitted.scores(said, nlp))

    def speller(self, nlp: Any) -> Speller:
        """Mends words that neither citizens' messages nor French know."""
        return Speller(self.word_counts, _french_words(nlp))


def _out_of_fold(said: List[Said], labels: List[str], nlp: Any) -> Tuple[np.ndarray, np.ndarray]:
    """Scores of each message by a model that did not see it."""
    width = len(set(labels))
    ngrams = np.zeros((len(said), width), dtype=np.float32)
    meaning = np.zeros((len(said), width), dtype=np.float32)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for train, test in folds.split(said, labels):
        fitted = Fitted.fit([said[i] for i in train], [labels[i] for i in train], nlp)
        ngrams[test], meaning[test] = fitted.scores([said[i] for i in test], nlp)
    return ngrams, meaning


def _french_words(nlp: Any) -> set:
    """The plain words that the language model has a vector for, without accents."""
    return {
        plain(word) for word in map(nlp.vocab.strings.__getitem__, nlp.vocab.vectors.keys()) if word.isalpha()
    }
