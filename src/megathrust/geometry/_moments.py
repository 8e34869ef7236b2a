"""Weighted moments of the values in each cell, that can be merged in any order.

Formulas: Chan, Golub & LeVeque (1983), doi:10.1080/00031305.1983.10483115; Pebay (2008), Sandia report
SAND2008-6212; counts there are weights here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums per cell, each of shape (cells,); cells without values have weight 0 and mean 0."""

    count: IntArray
    weight: FloatArray
    mean: FloatArray
    second: FloatArray
    third: FloatArray
    fourth: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def empty(cls, cells: int) -> Moments:
        """Return the moments of no values."""
        return cls(
            count=np.zeros(cells, dtype=np.int64),
            weight=np.zeros(cells),
            mean=np.zeros(cells),
            second=np.zeros(cells),
            third=np.zeros(cells),
            fourth=np.zeros(cells),
            low=np.full(cells, np.inf),
            high=np.full(cells, -np.inf),
        )

    @classmethod
    def of(cls, cell: IntArray, values: FloatArray, weights: FloatArray, cells: int) -> Moments:
        """Return the moments of values sorted by ``cell``; all arrays have shape (n,)."""
        moments = cls.empty(cells)
        if not len(cell):
            return moments
        first = np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))
        here = cell[first]
        count = np.diff(first, append=len(cell))
        weight = np.add.reduceat(weights, first)
        mean = np.add.reduceat(weights * values, first) / weight
        deviation = values - np.repeat(mean, count)
        power = weights * deviation
        moments.count[here], moments.weight[here], moments.mean[here] = count, weight, mean
        for target in (moments.second, moments.third, moments.fourth):
            power *= deviation
            target[here] = np.add.reduceat(power, first)
        moments.low[here] = np.minimum.reduceat(values, first)
        moments.high[here] = np.maximum.reduceat(values, first)
        return moments

    def merged(self, other: Moments) -> Moments:
        """Return the moments of the values of both."""
        a, b = self.weight, other.weight
        total = a + b
        safe = np.where(total > 0.0, total, 1.0)
        # Of a cell that is empty on one side every product below is 0.
        step = other.mean - self.mean
        mean = np.where(a > 0.0, self.mean + step * b / safe, other.mean)
        second = self.second + other.second + step**2 * a * b / safe
        third = (
            self.third
            + other.third
            + step**3 * a * b * (a - b) / safe**2
            + 3.0 * step * (a * other.second - b * self.second) / safe
        )
        fourth = (
            self.fourth
            + other.fourth
            + step**4 * a * b * (a**2 - a * b + b**2) / safe**3
            + 6.0 * step**2 * (a**2 * other.second + b**2 * self.second) / safe**2
            + 4.0 * step * (a * other.third - b * self.third) / safe
        )
        return Moments(
            self.count + other.count,
            total,
            mean,
            second,
            third,
            fourth,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    def statistics(self) -> dict[str, FloatArray]:
        """Return count, mean, std, min, max, skew and excess kurtosis per cell; NaN where undefined.

        Population moments: no correction for the number of values, since neighbouring nodes are no
        independent draws. Skew and kurtosis of a constant cell are NaN.
        """
        some = self.count > 0
        constant = self.low == self.high
        varied = some & ~constant
        weight = np.where(some, self.weight, 1.0)
        variance = np.where(varied, self.second / weight, np.nan)
        return {
            "count": self.count,
            "mean": np.where(some, np.where(constant, self.low, self.mean), np.nan),
            "std": np.where(some & constant, 0.0, np.sqrt(variance)),
            "min": np.where(some, self.low, np.nan),
            "max": np.where(some, self.high, np.nan),
            "skew": self.third / weight / variance**1.5,
            "kurtosis": self.fourth / weight / variance**2 - 3.0,
        }
