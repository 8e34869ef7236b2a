"""Rankings of features: reference-free, and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from megathrust.core import FloatArray, check_same_length


def relevance_spread(relevance: FloatArray) -> FloatArray:
    """Return the root mean square over rows (the axis before the last) of relevance.

    Relevance is measured from the background's mean; this is the size of what a feature does. A signed mean
    would cancel what it adds here and takes there.

    Parameters
    ----------
    relevance : ndarray, shape (..., rows, features)
        NaN where a row is not explained.

    Examples
    --------
    >>> relevance_spread(np.array([[3.0, 0.0], [-3.0, 1.0]])).round(2).tolist()
    [3.0, 0.71]
    """
    return np.asarray(np.sqrt(np.nanmean(np.square(relevance), axis=-2)))


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Return Spearman's correlation of two rankings; NaN where one of them does not vary.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 9.0, 11.0]))
    1.0
    """
    check_same_length(first=first, second=second)
    ranks = [rankdata(each) for each in (first, second)]
    if min(np.ptp(each) for each in ranks) == 0.0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1].round(12))


def rank_agreement(spreads: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Return the rank correlation of every ranking with every other, by name.

    Examples
    --------
    >>> rank_agreement({"plain": np.array([1.0, 2, 3]), "bins": np.array([3.0, 2, 1])}).to_numpy().tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    names = list(spreads)
    values = [[rank_correlation(spreads[a], spreads[b]) for b in names] for a in names]
    return pd.DataFrame(values, names, names)


def spread_sources(spreads: FloatArray, encodings: Sequence[str], folds: Sequence[str]) -> pd.DataFrame:
    """Return how much of the scatter of a ranking comes from networks, folds, and encodings.

    Parameters
    ----------
    spreads : ndarray, shape (networks, features)
        Of every network alone, such as from `relevance_spread`.
    encodings, folds : sequence of str, length networks

    Returns
    -------
    DataFrame
        One row per feature: mean, and the standard deviations ``networks`` (of one encoding and fold),
        ``folds`` (of the means of the folds of one encoding), ``encodings`` (of the means of encodings); NaN
        where there is only one.

    Examples
    --------
    >>> spreads = np.array([[1.0], [3.0], [5.0], [7.0]])
    >>> spread_sources(spreads, ["plain", "plain", "bins", "bins"], ["0"] * 4).round(2).to_numpy().tolist()
    [[4.0, 1.41, nan, 2.83]]
    """
    check_same_length(spreads=spreads, encodings=encodings, folds=folds)
    frame = pd.DataFrame(spreads)
    keys = [pd.Series(encodings, dtype=str), pd.Series(folds, dtype=str)]
    cells = frame.groupby(keys, sort=False)
    of_folds = cells.mean()
    by_encoding = of_folds.groupby(level=0, sort=False)
    of_encodings = by_encoding.mean()
    return pd.DataFrame(
        {
            "mean": of_encodings.mean(),
            "networks": np.sqrt(cells.var().mean()),
            "folds": np.sqrt(by_encoding.var().mean()),
            "encodings": of_encodings.std(),
        }
    )
