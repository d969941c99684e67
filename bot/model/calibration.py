"""Making scores mean something: probabilities that are right as often as they say."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize


@dataclass
class Mixer:
    """Softmax of a weighted sum of two scorers, the weights fitted on out-of-fold scores."""

    ngrams: float = 2.0
    meaning: float = 1.0

    def probabilities(self, ngrams: np.ndarray, meaning: np.ndarray) -> np.ndarray:
        """Rows that sum to 1."""
        mixed = self.ngrams * ngrams + self.meaning * meaning
        mixed -= mixed.max(axis=1, keepdims=True)
        exponent = np.exp(mixed)
        return exponent / exponent.sum(axis=1, keepdims=True)

    @classmethod
    def fit(cls, ngrams: np.ndarray, meaning: np.ndarray, truth: np.ndarray) -> "Mixer":
        """The weights with the least log loss; ``truth`` holds the right column of each row."""

        def loss(weights: np.ndarray) -> float:
            rows = cls(*np.exp(weights)).probabilities(ngrams, meaning)
            return float(-np.log(rows[np.arange(truth.size), truth] + 1e-9).mean())

        found = minimize(loss, np.log([2.0, 1.0]), method="Nelder-Mead", options={"maxiter": 80})
        return cls(*(float(value) for value in np.exp(found.x)))


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Naeini et al., 2015)."""
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return float(error)
