"""Slow plain twins of the tests by signs of waves: one wave, one world, one feature at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.fft import dct

from megathrust.core import FloatArray


def plain_cosines(values: Sequence[float]) -> list[float]:
    """Return the heights of the waves of one trench with equal steps, but the mean: cosines, type II."""
    return [float(height) for height in dct(np.asarray(values, dtype=np.float64), norm="ortho")[1:]]


def plain_scores(products: FloatArray, signs: FloatArray) -> list[list[float]]:
    """Return the score of every feature in the real world and in one world per row of signs."""
    worlds = [[1.0] * len(products), *signs.tolist()]
    table = []
    for world in worlds:
        row = []
        for column in products.T.tolist():
            spread = math.sqrt(math.fsum(value**2 for value in column))
            total = math.fsum(sign * value for sign, value in zip(world, column, strict=True))
            row.append(total / spread if spread > 0.0 else 0.0)
        table.append(row)
    return table


def plain_corrected(scores: Sequence[Sequence[float]], families: Sequence[str]) -> dict[str, float]:
    """Return corrected p by family as Westfall and Young define it; row 0 is the real world."""
    names = sorted(set(families))
    best = [
        {name: max(abs(row[j]) for j, own in enumerate(families) if own == name) for name in names}
        for row in scores
    ]
    share = [
        {name: sum(other[name] >= row[name] for other in best) / len(best) for name in names} for row in best
    ]
    waiting = sorted(names, key=lambda name: share[0][name])
    corrected: dict[str, float] = {}
    largest = 0.0
    while waiting:
        name = waiting[0]
        as_good = sum(min(world[other] for other in waiting) <= share[0][name] for world in share)
        largest = max(largest, as_good / len(share))
        corrected[name] = largest
        waiting = waiting[1:]
    return corrected
