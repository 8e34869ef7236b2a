"""Relevance as the seed study summed it up, for comparison only."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray, check_same_length


def seed_study_relevance(relevance: FloatArray, observed: np.ndarray, predicted: np.ndarray) -> FloatArray:
    """Rescale every segment's relevance to a largest size of 1, and take the signed mean of true positives.

    As Graciosa et al. (2025) drew it. Rescaling gives a segment of which a network is unsure the weight of
    one of which it is sure; the signed mean cancels; and what is wrong is left out. Not for rankings.

    Parameters
    ----------
    relevance : ndarray, shape (rows, features)
        Of the output of a class, from zero on (the attribution of `relevance`).
    observed, predicted : ndarray of bool, shape (rows,)
        Whether a segment is of the class, and was said to be.

    Returns
    -------
    ndarray, shape (features,)
        NaN without a true positive.

    Examples
    --------
    >>> parts = np.array([[2.0, -1.0], [0.1, 0.2], [5.0, 5.0]])
    >>> seed_study_relevance(parts, np.array([True, True, False]), np.array([True, True, True])).tolist()
    [0.75, 0.25]
    """
    check_same_length(relevance=relevance, observed=observed, predicted=predicted)
    right = relevance[np.asarray(observed, dtype=bool) & np.asarray(predicted, dtype=bool)]
    if not len(right):
        return np.full(relevance.shape[1], np.nan)
    size = np.abs(right).max(1, keepdims=True)
    return np.asarray(np.divide(right, size, out=np.zeros(right.shape), where=size > 0.0).mean(0))
