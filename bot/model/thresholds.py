"""Where to answer, where to ask, where to keep quiet: chosen for a stated risk."""

from dataclasses import dataclass
from typing import List

import numpy as np

from bot.labels import FAQ

RISK = 0.008
"""Of the answers given to the messages written apart, at most this share may be wrong."""

CLARIFY_RISK = 0.20
"""Of the questions asked back, at most this share may miss the right topic."""

CORRECTION = 0.5
CHOICES = 3


@dataclass
class Thresholds:
    """``answer``: least probability of the topic; ``clarify``: least sum over the choices offered."""

    answer: float = 0.6
    clarify: float = 0.5

    def for_correction(self) -> "Thresholds":
        """A citizen who corrects names the topic in a word or two: less is asked of it."""
        return Thresholds(min(self.answer, CORRECTION), self.clarify)


def choose_thresholds(probabilities: np.ndarray, right: np.ndarray, labels: List[str]) -> Thresholds:
    """The lowest thresholds that keep both risks; ``right``: rows x classes, true where a class is right."""
    topics = np.array([label.startswith(FAQ) for label in labels])
    rows = np.arange(len(probabilities))
    top = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    answered = topics[top]
    answer = _lowest(confidence[answered], right[rows, top][answered], RISK)
    masked = np.where(topics, probabilities, 0)
    choices = np.argsort(-masked, axis=1)[:, :CHOICES]
    mass = np.take_along_axis(masked, choices, axis=1).sum(axis=1)
    hit = np.take_along_axis(right, choices, axis=1).any(axis=1)
    asked = topics[top] & (confidence < answer)
    return Thresholds(answer, _lowest(mass[asked], hit[asked], CLARIFY_RISK))


def _lowest(confidence: np.ndarray, right: np.ndarray, risk: float) -> float:
    """The lowest threshold above which at most ``risk`` of the cases are wrong."""
    if confidence.size == 0:
        return 1.0
    order = np.argsort(-confidence)
    wrong = np.cumsum(~right[order]) / np.arange(1, order.size + 1)
    allowed = np.nonzero(wrong <= risk)[0]
    return float(confidence[order[allowed[-1]]]) if allowed.size else 1.0
