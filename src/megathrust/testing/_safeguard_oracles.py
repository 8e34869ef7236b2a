"""Slow plain twins of the domain of applicability and of class sets: one pair, one row at a time."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from fractions import Fraction

from megathrust.core import FloatArray, IntArray


def plain_dissimilarity(
    features: FloatArray, training: FloatArray, weights: Sequence[float] | None = None
) -> list[float]:
    """Return the dissimilarity index of every row with respect to training rows, by its definition."""
    points, mean_distance = _scaled(training, weights)
    shift, scale = _moments(training)
    weights = _relative(weights, training.shape[1])
    result = []
    for row in features.tolist():
        point = [(x - m) / s * w for x, m, s, w in zip(row, shift, scale, weights, strict=True)]
        result.append(min(math.dist(point, other) for other in points) / mean_distance)
    return result


def plain_applicability_threshold(
    training: FloatArray, fold_of_row: IntArray, weights: Sequence[float] | None = None
) -> float:
    """Return the published threshold where every training row is held out once, by one of several folds."""
    points, mean_distance = _scaled(training, weights)
    folds = fold_of_row.tolist()
    indices = sorted(
        min(math.dist(here, there) for there, other in zip(points, folds, strict=True) if other != own)
        / mean_distance
        for here, own in zip(points, folds, strict=True)
    )
    lower, _, upper = statistics.quantiles(indices, n=4, method="inclusive")
    return max(index for index in indices if index <= upper + 1.5 * (upper - lower))


def plain_conformal_threshold(
    surprises: Sequence[float], groups: Sequence[object], coverage: Fraction
) -> float:
    """Return the quantile of the mixture of groups in exact fractions."""
    names = set(groups)
    share = {name: Fraction(1, (len(names) + 1) * list(groups).count(name)) for name in names}
    reached = Fraction(0)
    for surprise, group in sorted(zip(surprises, groups, strict=True), key=lambda pair: pair[0]):
        reached += share[group]
        if reached >= coverage:
            return surprise
    return math.inf


def _relative(weights: Sequence[float] | None, count: int) -> list[float]:
    return [1.0] * count if weights is None else [weight / max(weights) for weight in weights]


def _moments(training: FloatArray) -> tuple[list[float], list[float]]:
    columns = training.T.tolist()
    shift = [math.fsum(column) / len(column) for column in columns]
    spread = [statistics.pstdev(column) for column in columns]
    return shift, [s if s > 0.0 else 1.0 for s in spread]


def _scaled(training: FloatArray, weights: Sequence[float] | None) -> tuple[list[list[float]], float]:
    shift, scale = _moments(training)
    factor = _relative(weights, training.shape[1])
    points = [
        [(x - m) / s * w for x, m, s, w in zip(row, shift, scale, factor, strict=True)]
        for row in training.tolist()
    ]
    distances = [math.dist(a, b) for a, b in itertools.combinations(points, 2)]
    return points, math.fsum(distances) / len(distances)
