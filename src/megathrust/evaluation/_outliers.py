"""Rows that break what training rows have in common: their correlations, single values, and ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from sklearn.covariance import ledoit_wolf

from megathrust.core import BoolArray, FloatArray, InputError, IntArray

# A value counts as this many standard deviations at most where correlations are asked.
_LARGEST = 8.0
# Values of correlated features are themselves compared with less.
_CLIPPED = 4.0
# Shares of held-out training rows: that are flagged, and that set the scale of each feature's deviations.
_FLAGGED, _USUAL = 0.05, 0.95


@dataclass(frozen=True)
class OutlierRule:
    """What training rows have in common, and how far held-out ones are from it.

    Three deviations are measured of a row, each in units of its limit: of all features together from the
    correlations of the training rows (Mahalanobis distance); of one feature from what all others say of it;
    and of one feature from the range of the training rows. Limits are those that 5 % of held-out training
    rows exceed in at least one, or in their dissimilarity.

    Attributes
    ----------
    centre : ndarray, shape (features,)
        Means of the standardised training rows, after clipping.
    precision : ndarray, shape (features, features)
        Inverse of their covariance, shrunk (Ledoit & Wolf 2004, doi:10.1016/S0047-259X(03)00096-4); rows and
        columns of features with two values or fewer are 0: they take no part.
    usual_residual, usual_excess : ndarray, shape (features,)
        What is usual of the second and third deviation of each feature in held-out training rows.
    low, high : ndarray, shape (features,)
        Range of the standardised training rows.
    limits : ndarray, shape (4,)
        Of the three, and of the dissimilarity index.
    """

    centre: FloatArray
    precision: FloatArray
    usual_residual: FloatArray
    usual_excess: FloatArray
    low: FloatArray
    high: FloatArray
    limits: FloatArray

    def flagged(self, points: FloatArray) -> BoolArray:
        """Return which standardised rows deviate beyond a limit, (rows,)."""
        return np.asarray((self._deviations(points) > self.limits[:3]).any(1))

    def reasons(self, points: FloatArray, names: Sequence[str]) -> list[str]:
        """Return for every standardised row in words what is unusual of it, empty where nothing is.

        Parameters
        ----------
        points : ndarray, shape (rows, features)
        names : sequence of str
            Names of the features.
        """
        distance, residual, excess = deviations(points, self.centre, self.precision, self.low, self.high)
        residual, excess = residual / self.usual_residual, excess / self.usual_excess
        told = []
        for row in range(len(points)):
            beyond = [names[i] for i in np.flatnonzero(excess[row] > self.limits[2]).tolist()]
            unlike = [names[i] for i in np.flatnonzero(residual[row] > self.limits[1]).tolist()]
            parts = [f"beyond the training segments: {', '.join(beyond)}"] if beyond else []
            parts += [f"unlike what the other features say: {', '.join(unlike)}"] if unlike else []
            if distance[row] > self.limits[0] and not parts:
                parts = ["features that do not go together"]
            told.append("; ".join(parts))
        return told

    def _deviations(self, points: FloatArray) -> FloatArray:
        distance, residual, excess = deviations(points, self.centre, self.precision, self.low, self.high)
        return _largest(distance, residual, excess, self.usual_residual, self.usual_excess)

    def to_arrays(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return everything as arrays, for a file."""
        return {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.float64]], width: int) -> OutlierRule:
        """Return the rule of so many features that `to_arrays` gave.

        Raises
        ------
        InputError
            If an array is missing or has another shape.
        """
        shapes: dict[str, tuple[int, ...]] = {each.name: (width,) for each in fields(cls)}
        shapes |= {"precision": (width, width), "limits": (4,)}
        for name, shape in shapes.items():
            given = arrays[name].shape if name in arrays else "none"
            if given != shape:
                raise InputError(
                    f"{name} of the domain of applicability has a wrong shape", given=given, allowed=shape
                )
        return cls(**{name: arrays[name] for name in shapes})


def fit_outlier_rule(
    points: FloatArray,
    rows: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    dissimilarity: FloatArray,
) -> OutlierRule:
    """Learn from standardised rows and folds what is usual.

    Parameters
    ----------
    points : ndarray, shape (rows, features)
        Standardised; missing values are 0.
    rows : ndarray of int
        Training rows of the model.
    folds : sequence of (train, test)
        Each gives the deviations of its test rows from its own training rows.
    dissimilarity : ndarray
        Of the test rows of all folds, in order.
    """
    held_out = [deviations(points[test], *_common(points[train])) for train, test in folds]
    distance, residual, excess = (np.concatenate(parts) for parts in zip(*held_out, strict=True))
    # The root keeps features with wild tails from hiding behind them altogether.
    usual_residual = np.sqrt(np.maximum(np.quantile(residual, _USUAL, axis=0), 1.0))
    usual_excess = 1.0 + np.quantile(excess, _USUAL, axis=0)
    largest = _largest(distance, residual, excess, usual_residual, usual_excess)
    limits = _limits(np.column_stack([largest, dissimilarity]))
    centre, precision, low, high = _common(points[rows])
    return OutlierRule(centre, precision, usual_residual, usual_excess, low, high, limits)


def deviations(
    points: FloatArray, centre: FloatArray, precision: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return distance (rows,), residual (rows, features) and excess (rows, features); see `OutlierRule`."""
    clipped = np.clip(points, -_CLIPPED, _CLIPPED) - centre
    distance = np.sqrt(np.einsum("ij,jk,ik->i", clipped, precision, clipped))
    own = np.sqrt(np.diag(precision))
    wide = np.clip(points, -_LARGEST, _LARGEST) - centre
    residual = np.abs(wide @ precision) / np.where(own > 0.0, own, 1.0)
    return distance, residual, np.maximum(np.maximum(points - high, low - points), 0.0)


def _common(points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return centre, precision and range of training rows."""
    clipped = np.clip(points, -_CLIPPED, _CLIPPED)
    used = np.flatnonzero([len(np.unique(column)) > 2 for column in points.T])
    precision = np.zeros((points.shape[1], points.shape[1]))
    if len(used):
        covariance, _ = ledoit_wolf(clipped[:, used])
        # A few rows that are all alike in some direction must not make it infinitely narrow.
        covariance = np.atleast_2d(covariance) + 1e-9 * np.eye(len(used))
        precision[np.ix_(used, used)] = np.linalg.inv(covariance)
    return clipped.mean(0), precision, points.min(0), points.max(0)


def _largest(
    distance: FloatArray,
    residual: FloatArray,
    excess: FloatArray,
    usual_residual: FloatArray,
    usual_excess: FloatArray,
) -> FloatArray:
    """Return the three deviations of each row, (rows, 3)."""
    worst = [(residual / usual_residual).max(1), (excess / usual_excess).max(1)]
    return np.column_stack([distance, *worst])


def _limits(held_out: FloatArray) -> FloatArray:
    """Return limits, alike rare for each deviation, that together flag a share of the held-out rows."""
    tails = np.stack([(column <= column[:, None]).mean(1) for column in held_out.T], axis=1)
    # Share of held-out rows that deviate at least as far, the least over the three.
    rare = (1.0 - tails + 1.0 / len(held_out)).min(1)
    share = np.quantile(rare, _FLAGGED)
    return np.asarray([np.quantile(column, 1.0 - share) for column in held_out.T])
