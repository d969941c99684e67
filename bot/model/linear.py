"""One-against-rest linear scores, kept so that one message costs only the features it has."""

from typing import List

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

SEED = 2026
NGRAM_C = 0.4
DENSE_C = 10.0


class SparseScorer:
    """LinearSVC trained on n-grams; the weights lie feature by feature, contiguous."""

    def __init__(self, weights: np.ndarray, bias: np.ndarray) -> None:
        self.weights = np.ascontiguousarray(weights.T, dtype=np.float32)
        self.bias = bias.astype(np.float32)

    @classmethod
    def fit(cls, rows: scipy.sparse.csr_matrix, labels: List[str]) -> "SparseScorer":
        model = LinearSVC(C=NGRAM_C, random_state=SEED, tol=1e-3).fit(rows, labels)
        return cls(model.coef_, model.intercept_)

    def score(self, rows: scipy.sparse.csr_matrix) -> np.ndarray:
        """One row of class scores a message."""
        found = np.empty((rows.shape[0], self.bias.size), dtype=np.float32)
        for index in range(rows.shape[0]):
            start, end = rows.indptr[index], rows.indptr[index + 1]
            found[index] = rows.data[start:end] @ self.weights[rows.indices[start:end]] + self.bias
        return found


class DenseScorer:
    """Multinomial logistic regression on what the sentence means."""

    def __init__(self, weights: np.ndarray, bias: np.ndarray) -> None:
        self.weights = np.ascontiguousarray(weights.T, dtype=np.float32)
        self.bias = bias.astype(np.float32)

    @classmethod
    def fit(cls, rows: np.ndarray, labels: List[str]) -> "DenseScorer":
        model = LogisticRegression(C=DENSE_C, max_iter=400, tol=1e-3, random_state=SEED).fit(rows, labels)
        return cls(model.coef_, model.intercept_)

    def score(self, rows: np.ndarray) -> np.ndarray:
        """One row of class scores a message."""
        return rows @ self.weights + self.bias
