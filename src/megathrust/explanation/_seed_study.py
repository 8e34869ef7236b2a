"""Relevance as others summed it up, for comparison only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from megathrust.core import FloatArray, Registry, check_same_length

#: (relevance of the output of a class (rows, features), whether a segment is of the class, and was said to
#: be (rows,)) -> (features,)
Normalisation = Callable[[FloatArray, np.ndarray, np.ndarray], FloatArray]

#: Ways to sum relevance up that other studies took, by name.
NORMALISATIONS: Registry[Normalisation] = Registry("normalisation of relevance")


@NORMALISATIONS.register("seed-study")
def seed_study_relevance(relevance: FloatArray, observed: np.ndarray, predicted: np.ndarray) -> FloatArray:
    """Centre and scale every segment's relevance by itself, and take the median of true positives.

    As the heat maps of Graciosa et al. (2025) are made (their published notebook ``2_make_lrp_heatmaps``):
    within a segment the median over features is subtracted and the interquartile range over features divides.
    So half of the features lie above 0 in every segment, whatever they do; a segment of which a network is
    unsure weighs as much as one of which it is sure; effects of both signs cancel; and what is wrong is left
    out. Not for rankings.

    Parameters
    ----------
    relevance : ndarray, shape (rows, features)
        Of the output of a class, from zero on (the attribution of `relevance`).
    observed, predicted : ndarray of bool, shape (rows,)
        Whether a segment is of the class, and was said to be.

    Returns
    -------
    ndarray, shape (features,)
        In interquartile ranges; NaN without a true positive. Where the interquartile range of a segment is 0,
        as it is where a network sees few features, nothing divides.

    References
    ----------
    Graciosa et al. (2025), doi:10.1029/2024JB028774.

    Examples
    --------
    >>> parts = np.array([[2.0, -1.0, 0.0], [0.1, 0.3, 0.2], [5.0, 5.0, 9.0]])
    >>> right = np.array([True, True, False])
    >>> seed_study_relevance(parts, right, np.array([True, True, True])).round(3).tolist()
    [0.167, 0.167, 0.0]
    """
    check_same_length(relevance=relevance, observed=observed, predicted=predicted)
    right = relevance[np.asarray(observed, dtype=bool) & np.asarray(predicted, dtype=bool)]
    if not len(right):
        return np.full(relevance.shape[1], np.nan)
    low, middle, high = np.quantile(right, [0.25, 0.5, 0.75], axis=1)[..., None]
    size = np.where(high > low, high - low, 1.0)
    return np.asarray(np.median((right - middle) / size, axis=0))
