"""The slow plain twin of what the neighbours say."""

from __future__ import annotations

import math

import numpy as np

from megathrust.core import BoolArray, FloatArray, IntArray


def plain_neighbour_log_odds(
    great: BoolArray,
    ruptures: IntArray,
    region: np.ndarray,
    s_km: FloatArray,
    train: IntArray,
    *,
    exclusion_km: float,
) -> FloatArray:
    """Do row by row what `megathrust.evaluation.neighbour_log_odds` does.

    Examples
    --------
    >>> one = np.array([0])
    >>> plain_neighbour_log_odds(one == 0, one, np.array(["a"]), one, one, exclusion_km=0.0).round(3).tolist()
    [0.693]
    """
    overall = (sum(bool(great[row]) for row in train) + 1) / (len(train) + 2)
    said = []
    for row in range(len(great)):
        told = [
            other
            for other in train
            if region[other] == region[row]
            and ruptures[other] != ruptures[row]
            and abs(s_km[other] - s_km[row]) >= exclusion_km
        ]
        rate = (sum(bool(great[other]) for other in told) + 2 * overall) / (len(told) + 2)
        weights = [math.exp(-abs(s_km[other] - s_km[row]) / 200.0) for other in told]
        hits = sum(weight for weight, other in zip(weights, told, strict=True) if great[other])
        chance = (hits + 2 * rate) / (sum(weights) + 2)
        said.append(math.log(chance / (1 - chance)))
    return np.array(said)
