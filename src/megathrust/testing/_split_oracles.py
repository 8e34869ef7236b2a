"""Slow, plain twins of what splits compute."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from megathrust.core import EARTH_RADIUS_KM
from megathrust.splits import Fold


def plain_distance_mismatch(
    lon: npt.ArrayLike, lat: npt.ArrayLike, group: Sequence[object], folds: Sequence[Fold]
) -> float:
    """Return what `megathrust.splits.distance_mismatch` returns, pair by pair by the haversine formula.

    The area between the two distribution functions is summed step by step.

    Examples
    --------
    >>> folds = [Fold("0", np.array([2]), np.array([0, 1])), Fold("1", np.array([0, 1]), np.array([2]))]
    >>> plain_distance_mismatch([0.0, 1.0, 3.0], [0.0, 0.0, 0.0], ["a", "a", "b"], folds)
    0.0
    """
    places = list(zip(np.radians(lon).tolist(), np.radians(lat).tolist(), strict=True))

    def apart(one: int, two: int) -> float:
        (x, y), (u, v) = places[one], places[two]
        h = math.sin((v - y) / 2) ** 2 + math.cos(y) * math.cos(v) * math.sin((u - x) / 2) ** 2
        return 2.0 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))

    rows = range(len(places))
    wanted = [min(apart(i, j) for j in rows if group[j] != group[i]) for i in rows]
    found = [min(apart(i, j) for j in fold.train) for fold in folds for i in fold.test]
    steps = sorted({*wanted, *found})
    area = 0.0
    for low, high in pairwise(steps):
        below = [sum(value <= low for value in values) / len(values) for values in (wanted, found)]
        area += abs(below[0] - below[1]) * (high - low)
    return area
