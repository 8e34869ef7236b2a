"""How the limits of several deviations share what may be flagged: by what they find of planted outliers."""

from __future__ import annotations

from itertools import product

import numpy as np

from megathrust.core import FloatArray, IntArray

# Planted into a row: so many features shifted by so many standard deviations, up or down.
_SHIFTED = ((1, 6.0), (5, 3.0))
# Shares of the limits are tried in steps of one of so many parts.
_PARTS = 10


def plant_outliers(points: FloatArray) -> list[FloatArray]:
    """Return standardised rows with outliers planted into each, one array per kind.

    One feature at 6 standard deviations, five at 3, and every column permuted on its own. Features with two
    values or fewer are not shifted.

    Parameters
    ----------
    points : ndarray, shape (rows, features)
    """
    random = np.random.default_rng(0)
    varied = np.flatnonzero([len(np.unique(column)) > 2 for column in points.T])
    planted = []
    for number, size in _SHIFTED:
        columns = varied[random.random((len(points), len(varied))).argsort(1)[:, :number]]
        shifted = points.copy()
        shifted[np.arange(len(points))[:, None], columns] += size * random.choice([-1.0, 1.0], columns.shape)
        planted.append(shifted)
    return [*planted, random.permuted(points, axis=0)]


def share_limits(usual: FloatArray, planted: list[FloatArray], flagged: float) -> FloatArray:
    """Return limits that together flag at most a share of usual rows and find most of the planted ones.

    A limit without a share is the largest deviation of a usual row. Of equally good shares the most even
    ones are taken.

    Parameters
    ----------
    usual : ndarray, shape (rows, deviations)
    planted : list of ndarray, shape (rows, deviations)
        One of each kind; kinds count alike.
    flagged : float
        Share of the usual rows that may exceed a limit.

    Returns
    -------
    ndarray, shape (deviations,)
    """
    ordered = np.sort(usual, axis=0)
    as_far, *planted_as_far = (_as_far(rows, ordered) for rows in (usual, *planted))
    best, chosen = (-1.0, 0), _rows_beyond(as_far, np.ones(usual.shape[1]), flagged)
    for parts in product(range(_PARTS + 1), repeat=usual.shape[1]):
        if sum(parts) != _PARTS:
            continue
        beyond = _rows_beyond(as_far, np.asarray(parts) / _PARTS, flagged)
        found = float(np.mean([(rows <= beyond).any(1).mean() for rows in planted_as_far]))
        if (found, -max(parts)) > best:
            best, chosen = (found, -max(parts)), beyond
    return np.asarray(ordered[len(usual) - 1 - chosen, np.arange(usual.shape[1])])


def _as_far(rows: FloatArray, ordered: FloatArray) -> IntArray:
    """Return how many usual rows deviate at least as far, for each deviation, (rows, deviations)."""
    columns = zip(ordered.T, rows.T, strict=True)
    return np.stack([len(ordered) - np.searchsorted(usual, own) for usual, own in columns], axis=1)


def _rows_beyond(as_far: IntArray, weight: FloatArray, flagged: float) -> IntArray:
    """Return how many usual rows are beyond each limit, in proportion to weights, (deviations,)."""
    with np.errstate(divide="ignore"):
        first = np.sort((as_far / weight).min(1))[int(flagged * len(as_far))]
    # The row at which too many would be flagged is not; the small number is for rounding.
    return np.asarray(np.maximum(np.ceil(first * weight - 1e-9) - 1, 0), dtype=np.int64)
