"""Row orders and noise that keep the autocorrelation along trenches and nothing else."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from megathrust.core import FloatArray, IntArray, check_same_length


def shifted_rows(region: np.ndarray, s_km: FloatArray, *, surrogates: int, seed: int) -> IntArray:
    """Return row orders that shift each trench's labels circularly along it by a random number of segments.

    ``labels[order[i]]`` is the i-th surrogate: each region keeps its labels and their runs, but they no
    longer lie where the features say. What a model still scores is owed to region and autocorrelation.

    Parameters
    ----------
    region : ndarray of str, shape (rows,)
    s_km : ndarray, shape (rows,)
    surrogates : int
    seed : int

    Returns
    -------
    ndarray of int, shape (surrogates, rows)

    Examples
    --------
    >>> shifted_rows(np.array(["a", "a"]), np.array([0.0, 1.0]), surrogates=1, seed=0).tolist()
    [[1, 0]]
    """
    check_same_length(region=region, s_km=s_km)
    random = np.random.default_rng(seed)
    orders = np.tile(np.arange(len(region)), (surrogates, 1))
    for name in np.unique(region):
        rows = np.flatnonzero(region == name)
        rows = rows[np.argsort(s_km[rows], kind="stable")]
        if len(rows) < 2:
            continue
        shift = random.integers(1, len(rows), size=surrogates)
        orders[:, rows] = rows[(np.arange(len(rows)) + shift[:, None]) % len(rows)]
    return orders


def autoregressive_features(
    features: FloatArray, region: np.ndarray, s_km: FloatArray, *, surrogates: int, seed: int
) -> FloatArray:
    """Return noise that has the region means, spreads and lag-1 autocorrelation of each feature.

    Within a region a feature becomes its mean plus a stationary AR(1) series of its variance and lag-1
    correlation along the trench, so that whatever a model learns from it is region and autocorrelation.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
    region : ndarray of str, shape (rows,)
    s_km : ndarray, shape (rows,)
    surrogates : int
    seed : int

    Returns
    -------
    ndarray, shape (surrogates, rows, features)
    """
    check_same_length(features=features, region=region, s_km=s_km)
    random = np.random.default_rng(seed)
    noise = np.empty((surrogates, *features.shape))
    for name in np.unique(region):
        rows = np.flatnonzero(region == name)
        rows = rows[np.argsort(s_km[rows], kind="stable")]
        part = features[rows]
        mean, spread = part.mean(0), part.std(0)
        correlation = lag_one_correlation(part)
        draws = random.standard_normal((surrogates, *part.shape))
        draws[:, 1:] *= np.sqrt(1.0 - correlation**2)
        for column in range(part.shape[1]):
            filtered = lfilter([1.0], [1.0, -correlation[column]], draws[:, :, column], axis=1)
            noise[:, rows, column] = mean[column] + spread[column] * filtered
    return noise


def lag_one_correlation(series: FloatArray) -> FloatArray:
    """Return the lag-1 autocorrelation of each column, kept within +-0.99; 0 for a constant column."""
    centred = series - series.mean(0)
    power = (centred**2).sum(0)
    product = (centred[1:] * centred[:-1]).sum(0)
    ratio = np.divide(product, power, out=np.zeros_like(power), where=power > 0)
    return np.asarray(np.clip(ratio, -0.99, 0.99))
