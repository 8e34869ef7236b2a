"""Weighted percentiles per cell: exact while the values fit, else from narrow bins."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray, IntArray

#: Bits of a float32 that a bin drops; ten bits of mantissa stay: a value moves by at most 2**-11 of itself.
DROPPED_BITS = 13

#: Number of bins that exist: one per float32 that remains.
CODES = 2 ** (32 - DROPPED_BITS)

SIGN_CODE = CODES // 2

#: Pending bins are put in order once there are more of them than this and than bins in order.
PENDING = 200_000


class ValueStore:
    """The values of one layer by cell, or their bins once there are more than ``max_exact``."""

    def __init__(self, max_exact: int) -> None:
        self.max_exact = max_exact
        self.n_values = 0
        self._values: list[tuple[IntArray, FloatArray, FloatArray]] = []
        self._bins: list[tuple[IntArray, FloatArray]] = []
        self._pending = 0

    @property
    def exact(self) -> bool:
        """Whether the values themselves are kept."""
        return self.n_values <= self.max_exact

    def add(self, cell: IntArray, values: FloatArray, weights: FloatArray) -> None:
        """Add values sorted by cell; the arrays have shape (n,)."""
        self.n_values += len(cell)
        self._values.append((cell, values, weights))
        if not self.exact:
            self._coarsen()

    def merge(self, other: ValueStore) -> None:
        """Add the values of another store."""
        self.n_values += other.n_values
        self._values += other._values
        for part in other._bins:
            self._append_bins(*part)
        if not self.exact:
            self._coarsen()

    def percentiles(self, cells: int, percent: FloatArray) -> FloatArray:
        """Return the percentiles of each cell, shape (cells, percentiles); NaN for empty cells.

        A percentile is the smallest value with at least that part of the cell's weight at or below it.
        """
        result = np.full((cells, len(percent)), np.nan)
        if not self.n_values:
            return result
        if self.exact:
            cell, values, weights = map(np.concatenate, zip(*self._values, strict=True))
        else:
            key, weights = _in_order(self._bins)
            cell, values = key // CODES, _value_of(key % CODES)
        order = np.argsort(cell, kind="stable")
        first = np.searchsorted(cell[order], np.arange(cells + 1))
        for index in np.flatnonzero(np.diff(first)):
            members = order[first[index] : first[index + 1]]
            result[index] = weighted_percentiles(values[members], weights[members], percent)
        return result

    def _coarsen(self) -> None:
        for part in self._values:
            self._append_bins(*_binned(*part))
        self._values = []

    def _append_bins(self, key: IntArray, weight: FloatArray) -> None:
        self._bins.append((key, weight))
        self._pending += len(key)
        if self._pending > max(PENDING, len(self._bins[0][0])):
            self._bins = [_in_order(self._bins)]
            self._pending = 0


def weighted_percentiles(values: FloatArray, weights: FloatArray, percent: FloatArray) -> FloatArray:
    """Return the smallest values with at least ``percent`` of the weight at or below them.

    Examples
    --------
    >>> weighted_percentiles(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0]), np.array([25.0, 50.0]))
    array([1., 2.])
    """
    found = np.quantile(values, percent / 100.0, weights=weights, method="inverted_cdf")
    return np.asarray(found, dtype=np.float64)


def _binned(cell: IntArray, values: FloatArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the bins that occur, in order, and their weights."""
    if not len(cell):
        return np.empty(0, dtype=np.int64), np.empty(0)
    codes = _code_of(values)
    # Ranks among the codes and cells that occur make a table small enough to count in.
    used = np.flatnonzero(np.bincount(codes, minlength=CODES))
    rank = np.empty(CODES, dtype=np.int64)
    rank[used] = np.arange(len(used))
    begins = np.diff(cell, prepend=-1) != 0
    here, row = cell[begins], np.cumsum(begins) - 1
    table = np.asarray(np.bincount(row * len(used) + rank[codes], weights), dtype=np.float64)
    filled = np.flatnonzero(table)
    row, column = np.divmod(filled, len(used))
    return here[row].astype(np.int64) * CODES + used[column], table[filled]


def _code_of(values: FloatArray) -> IntArray:
    """Return the bin of each value; codes order as the values do."""
    limit = np.finfo(np.float32).max / 2.0
    bits = np.clip(values, -limit, limit).astype(np.float32).view(np.uint32)
    code = ((bits & 0x7FFFFFFF) + (1 << (DROPPED_BITS - 1)) >> DROPPED_BITS).astype(np.int64)
    return np.asarray(np.where(bits >> 31, SIGN_CODE - 1 - code, SIGN_CODE + code))


def _value_of(codes: IntArray) -> FloatArray:
    negative = codes < SIGN_CODE
    magnitude = np.where(negative, SIGN_CODE - 1 - codes, codes - SIGN_CODE)
    values = (magnitude.astype(np.uint32) << DROPPED_BITS).view(np.float32).astype(np.float64)
    return np.asarray(np.where(negative, -values, values))


def _in_order(bins: list[tuple[IntArray, FloatArray]]) -> tuple[IntArray, FloatArray]:
    """Return each key once, ascending, with its summed weight."""
    key, weight = map(np.concatenate, zip(*bins, strict=True))
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return key[first], np.asarray(np.add.reduceat(weight[order], first), dtype=np.float64)
