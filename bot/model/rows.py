"""What a message is made of, as numbers: one row of the training matrix."""

from typing import List, NamedTuple

import numpy as np
import scipy.sparse


class Row(NamedTuple):
    """``values`` (float32) at ``columns`` (int32), then ``dense``: the last columns, all of them or none."""

    columns: np.ndarray
    values: np.ndarray
    dense: np.ndarray

    def times(self, weights: np.ndarray) -> np.ndarray:
        """The row by a matrix of one row a column: only what the message has is read."""
        found = self.values @ weights.take(self.columns, axis=0)
        return found + self.dense @ weights[-self.dense.size :] if self.dense.size else found


def as_matrix(rows: List[Row], width: int) -> scipy.sparse.csr_matrix:
    """The rows as one matrix, float32."""
    ends = np.cumsum([0, *(row.columns.size + row.dense.size for row in rows)])
    columns = [part for row in rows for part in (row.columns, np.arange(width - row.dense.size, width))]
    values = [part for row in rows for part in (row.values, row.dense)]
    cells = np.concatenate(values), np.concatenate(columns), ends
    matrix = scipy.sparse.csr_matrix(cells, shape=(len(rows), width))
    matrix.sort_indices()
    return matrix
