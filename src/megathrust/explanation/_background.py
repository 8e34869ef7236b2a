"""The background: a few training segments that stand for all of them, the same for every method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, check_range, check_same_length, fill_missing

#: Segments of a background at most.
MEDOIDS = 32


@dataclass(frozen=True)
class Background:
    """A distribution of segments that an explanation starts from.

    Attributes
    ----------
    features : ndarray, shape (medoids, features)
        In the features' own units.
    weights : ndarray, shape (medoids,)
        Share of the training segments that each stands for; their sum is 1.
    """

    features: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        check_same_length(features=self.features, weights=self.weights)
        if not np.isfinite(self.features).all():
            raise InputError("a background segment lacks a feature", action="give complete rows")
        if (self.weights <= 0.0).any() or abs(float(self.weights.sum()) - 1.0) > 1e-9:
            raise InputError(
                "the weights of a background are no shares",
                given=f"sum {self.weights.sum():g}",
                allowed="positive, of sum 1",
            )


def make_background(features: FloatArray, *, count: int = MEDOIDS) -> Background:
    """Return at most ``count`` of the rows given, each with the share of rows that are nearest to it.

    Rows are compared by their standardised features. Medoids are built greedily, each the row that lowers
    the sum of distances to the nearest medoid most (the BUILD step of Kaufman & Rousseeuw 1990), and then
    moved to the middle of their own rows until nothing moves: no draw, so the same rows give the same
    background.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
        Training rows; a missing value counts as the median of the others.
    count : int

    References
    ----------
    Kaufman & Rousseeuw (1990), doi:10.1002/9780470316801.ch2; Park & Jun (2009),
    doi:10.1016/j.eswa.2008.01.039.

    Examples
    --------
    >>> background = make_background(np.array([[0.0], [0.1], [0.2], [5.0]]), count=2)
    >>> background.features.ravel().tolist(), background.weights.tolist()
    ([0.1, 5.0], [0.75, 0.25])
    """
    check_range("the number of background segments", count, low=1)
    features = fill_missing(features, features)
    spread = features.std(0)
    scaled = (features - features.mean(0)) / np.where(spread > 0.0, spread, 1.0)
    squares = np.sum(scaled**2, axis=1)
    squared = squares[:, None] + squares - 2.0 * scaled @ scaled.T
    # Rounding keeps ties ties, whatever the processor.
    distance = np.sqrt(np.maximum(squared, 0.0)).round(9)
    medoids = _settle(_build(distance, min(count, len(features))), distance)
    nearest = np.argmin(distance[:, medoids], axis=1)
    shares = np.bincount(nearest, minlength=len(medoids)) / len(features)
    used = shares > 0.0
    return Background(features[medoids[used]], shares[used])


def _build(distance: FloatArray, count: int) -> IntArray:
    chosen = [int(np.argmin(distance.sum(0)))]
    nearest = distance[:, chosen[0]].copy()
    for _ in range(count - 1):
        gain = np.maximum(nearest[:, None] - distance, 0.0).sum(0)
        chosen.append(int(np.argmax(gain)))
        nearest = np.minimum(nearest, distance[:, chosen[-1]])
    return np.unique(chosen)


def _settle(medoids: IntArray, distance: FloatArray) -> IntArray:
    for _ in range(100):
        nearest = np.argmin(distance[:, medoids], axis=1)
        moved = []
        for place in np.unique(nearest):
            own = np.flatnonzero(nearest == place)
            moved.append(int(own[np.argmin(distance[np.ix_(own, own)].sum(0))]))
        if np.array_equal(np.sort(moved), medoids):
            break
        medoids = np.unique(moved)
    return medoids
