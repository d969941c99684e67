"""Making scores mean something: probabilities that are right as often as they say."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Tuple

import numpy as np
from scipy.optimize import minimize

SMALLEST = 1e-9
FIRST_WEIGHTS = (4.0, 0.5)
"""Of the linear model, whose scores lie around 1, and of the network, around 10: where the search starts."""


@dataclass
class Calibration:
    """Softmax of the models' scores, each with its weight; ``outside`` is added where no topic is meant.

    Citizens ask for what the town does not do more, or less, often than the training messages do:
    the weight of that one class is fitted too.
    """

    weights: Tuple[float, ...] = FIRST_WEIGHTS
    outside: float = 0.0

    def probabilities(self, scores: np.ndarray, outside_at: int) -> np.ndarray:
        """Rows that sum to 1.

        ``scores``: models x rows x classes; ``outside_at``: column of what is out of scope.
        """
        logits = sum(weight * one for weight, one in zip(self.weights, scores))
        logits[:, outside_at] += self.outside
        logits -= logits.max(axis=1, keepdims=True)
        exponent = np.exp(logits)
        return exponent / exponent.sum(axis=1, keepdims=True)

    @classmethod
    def fit(cls, scores: np.ndarray, right: np.ndarray, outside_at: int) -> "Calibration":
        """What has the least log loss; ``right``: rows x classes, true where a class is right."""
        exact = scores.astype(np.float64)  # single precision hides the small steps of the search
        start = [np.log(first) for first in FIRST_WEIGHTS[: len(scores)]]

        def made(values: np.ndarray) -> "Calibration":
            return cls(tuple(np.exp(values[:-1])), float(values[-1]))

        def loss(values: np.ndarray) -> float:
            rows = made(values).probabilities(exact, outside_at)
            return float(-np.log((rows * right).sum(axis=1) + SMALLEST).mean())

        return made(minimize(loss, np.array([*start, 0.0]), method="BFGS").x)


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Naeini et al., 2015)."""
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return float(error)
