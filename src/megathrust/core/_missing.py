"""Missing values: what they count as, and statistics that leave them out."""

from __future__ import annotations

import numpy as np

from megathrust.core._typing import FloatArray


def known_medians(values: FloatArray) -> FloatArray:
    """Return the median of the known values of every column, 0 where none is known.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        NaN where a value is missing.

    Examples
    --------
    >>> known_medians(np.array([[1.0, np.nan], [np.nan, np.nan], [4.0, np.nan]])).tolist()
    [2.5, 0.0]
    """
    # Missing values are sorted behind all others; NumPy's own median without them loops over columns.
    ordered = np.sort(values.T, axis=1)
    count = np.count_nonzero(~np.isnan(values), axis=0)
    columns = np.arange(values.shape[1])
    lower, upper = ordered[columns, np.maximum(count - 1, 0) // 2], ordered[columns, count // 2]
    return np.where(count > 0, 0.5 * (lower + upper), 0.0)


def fill_missing(values: FloatArray, training: FloatArray) -> FloatArray:
    """Return values with the median of the known training values of each column in place of missing ones.

    Examples
    --------
    >>> fill_missing(np.array([[np.nan], [7.0]]), np.array([[1.0], [3.0]])).tolist()
    [[2.0], [7.0]]
    """
    return np.where(np.isnan(values), known_medians(training), values) if np.isnan(values).any() else values


def known_mean_and_spread(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the known values of every column; 0 and 0 where none is."""
    if not np.isnan(values).any():
        return values.mean(0), values.std(0)
    known = _with_a_value(values)
    return np.nanmean(known, axis=0), np.nanstd(known, axis=0)


def _with_a_value(values: FloatArray) -> FloatArray:
    """Give columns of which nothing is known a 0, so that their statistics are defined."""
    return np.where(np.isnan(values).all(0), 0.0, values)
