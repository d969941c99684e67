"""A small neural network over the same features: one hidden layer, trained here, in plain numpy.

It errs elsewhere than the linear model does: together they are surer, and rightly so (docs/understanding.md).
"""

from dataclasses import dataclass
from typing import Dict, Iterator, Sequence

import numpy as np
import scipy.sparse

from bot.model.rows import Row

SEED = 2026
HIDDEN = 128
PASSES = 8
BATCH = 256
RATE = 0.1
"""Adagrad's first step (Duchi et al., 2011); it falls to nothing over the passes."""

FEATURES_DROPPED = 0.3
HIDDEN_DROPPED = 0.3
"""Shares hidden from each batch, so that no single n-gram decides (Srivastava et al., 2014)."""

LEAST_MESSAGES = 3
"""A feature of fewer training messages teaches this model nothing."""

SMALL = 1e-6


@dataclass
class Network:
    """``columns``: place of each feature among the rows of ``inner``, -1 when it has none."""

    columns: np.ndarray
    inner: np.ndarray
    inner_bias: np.ndarray
    outer: np.ndarray
    outer_bias: np.ndarray

    @classmethod
    def fit(cls, rows: scipy.sparse.csr_matrix, classes: np.ndarray, dense: int = 0) -> "Network":
        """``classes``: one class number a row, every number from 0 on used.

        ``dense``: how many of the last columns are kept whatever they hold.
        """
        times = np.bincount(rows.indices, minlength=rows.shape[1])
        times[rows.shape[1] - dense :] = LEAST_MESSAGES
        kept = np.nonzero(times >= LEAST_MESSAGES)[0]
        columns = np.full(rows.shape[1], -1, dtype=np.int32)
        columns[kept] = np.arange(kept.size)
        count = int(classes.max()) + 1
        random = np.random.default_rng(SEED)
        made = cls(
            columns,
            random.normal(0, 0.05, (kept.size, HIDDEN)).astype(np.float32),
            np.zeros(HIDDEN, dtype=np.float32),
            random.normal(0, HIDDEN**-0.5, (HIDDEN, count)).astype(np.float32),
            np.zeros(count, dtype=np.float32),
        )
        _Training(made, random).run(rows[:, kept], classes)
        return made

    def __getstate__(self) -> Dict[str, np.ndarray]:
        """Saved at half precision: half the file; every published figure is measured on a loaded model."""
        return {**vars(self), "inner": self.inner.astype(np.float16), "outer": self.outer.astype(np.float16)}

    def __setstate__(self, state: Dict[str, np.ndarray]) -> None:
        vars(self).update(state)
        self.inner, self.outer = state["inner"].astype(np.float32), state["outer"].astype(np.float32)

    def score(self, rows: Sequence[Row]) -> np.ndarray:
        """One row of class scores a message."""
        before = np.array([self._known(row).times(self.inner) for row in rows]) + self.inner_bias
        return np.maximum(before, 0) @ self.outer + self.outer_bias

    def _known(self, row: Row) -> Row:
        """The row as training saw it, without what was too rare."""
        places = self.columns.take(row.columns)
        known = places >= 0
        return Row(places[known], row.values[known], row.dense)


class _Training:
    """Adagrad on small batches; a batch only touches the rows of ``inner`` that its messages have."""

    def __init__(self, network: Network, random: np.random.Generator) -> None:
        self._network = network
        self._random = random
        self._slopes = {
            "inner": np.full((network.inner.shape[0], 1), SMALL, dtype=np.float32),  # one for each feature
            "inner_bias": np.full_like(network.inner_bias, SMALL),
            "outer": np.full_like(network.outer, SMALL),
            "outer_bias": np.full_like(network.outer_bias, SMALL),
        }

    def run(self, rows: scipy.sparse.csr_matrix, classes: np.ndarray) -> None:
        wanted = np.eye(int(classes.max()) + 1, dtype=np.float32)
        batches = -(-rows.shape[0] // BATCH)
        for done in range(PASSES):
            for number, batch in enumerate(self._batches(rows.shape[0])):
                rate = RATE * (1 - (done + number / batches) / PASSES)
                self._learn(rows[batch], wanted[classes[batch]], rate)

    def _batches(self, size: int) -> Iterator[np.ndarray]:
        order = self._random.permutation(size)
        return (order[start : start + BATCH] for start in range(0, size, BATCH))

    def _learn(self, batch: scipy.sparse.csr_matrix, wanted: np.ndarray, rate: float) -> None:
        network = self._network
        touched, places = np.unique(batch.indices, return_inverse=True)
        shown = batch.data * self._mask(batch.data.shape, FEATURES_DROPPED)
        small = scipy.sparse.csr_matrix((shown, places, batch.indptr), (batch.shape[0], touched.size))
        before = small @ network.inner[touched] + network.inner_bias
        mask = self._mask(before.shape, HIDDEN_DROPPED) * (before > 0)
        hidden = before * mask
        error = (_softmax(hidden @ network.outer + network.outer_bias) - wanted) / batch.shape[0]
        back = (error @ network.outer.T) * mask
        self._step("outer", hidden.T @ error, rate)
        self._step("outer_bias", error.sum(axis=0), rate)
        self._step("inner_bias", back.sum(axis=0), rate)
        slope = small.T @ back
        steep = self._slopes["inner"]
        steep[touched] += np.mean(slope * slope, axis=1, keepdims=True)
        network.inner[touched] -= rate * slope / np.sqrt(steep[touched])

    def _step(self, name: str, slope: np.ndarray, rate: float) -> None:
        self._slopes[name] += slope * slope
        weights = getattr(self._network, name)
        weights -= rate * slope / np.sqrt(self._slopes[name])

    def _mask(self, shape: "tuple[int, ...]", dropped: float) -> np.ndarray:
        """Zeros for the share ``dropped``; the rest is scaled up so that the expectation stays."""
        kept = self._random.random(shape, dtype=np.float32) >= dropped
        return kept / np.float32(1 - dropped)


def _softmax(scores: np.ndarray) -> np.ndarray:
    exponent = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponent / exponent.sum(axis=1, keepdims=True)
