"""One-against-rest linear scores, kept so that one message costs only the features it has."""

from typing import Dict, Sequence

import numpy as np
import scipy.sparse
from sklearn.svm import LinearSVC

from bot.model.rows import Row

SEED = 2026
C = 0.8
TOLERANCE = 1e-2


class LinearScorer:
    """LinearSVC; the weights lie feature by feature, contiguous.

    Scikit-learn keeps them class by class and copies the whole matrix at every message.
    """

    def __init__(self, weights: np.ndarray, bias: np.ndarray) -> None:
        self.weights = np.ascontiguousarray(weights.T, dtype=np.float32)
        self.bias = bias.astype(np.float32)

    @classmethod
    def fit(cls, rows: scipy.sparse.csr_matrix, classes: np.ndarray) -> "LinearScorer":
        """``classes``: one class number a row, every number from 0 on used."""
        model = LinearSVC(C=C, random_state=SEED, tol=TOLERANCE).fit(rows, classes)
        return cls(model.coef_, model.intercept_)

    def __getstate__(self) -> Dict[str, np.ndarray]:
        """Saved at half precision: half the file; every published figure is measured on a loaded model."""
        return {"weights": self.weights.astype(np.float16), "bias": self.bias}

    def __setstate__(self, state: Dict[str, np.ndarray]) -> None:
        self.weights = np.ascontiguousarray(state["weights"], dtype=np.float32)
        self.bias = state["bias"]

    def score(self, rows: Sequence[Row]) -> np.ndarray:
        """One row of class scores a message."""
        return np.array([row.times(self.weights) for row in rows]) + self.bias
