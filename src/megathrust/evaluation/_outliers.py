"""Rows that break what training rows have in common: their correlations, single values, and ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from sklearn.covariance import ledoit_wolf

from megathrust.core import BoolArray, FloatArray, InputError, IntArray
from megathrust.evaluation._planted import plant_outliers, share_limits

# A value counts as this many standard deviations at most where correlations are asked.
_LARGEST = 8.0
# Values of correlated features are themselves compared with less.
_CLIPPED = 4.0
# Shares of held-out training rows: that may be flagged, and that set the scale of each feature's residuals.
_FLAGGED, _USUAL = 0.05, 0.95
# A power below 1 keeps features with wild tails from hiding behind them altogether.
_POWER = 0.75
# Share of training rows between the tails whose lengths are the scale of what lies beyond the range; the
# shortest length, in standard deviations.
_BETWEEN, _SHORTEST = 0.8, 0.25

# Centre, precision, low, high and tails; see `OutlierRule`.
_Common = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class OutlierRule:
    """What training rows have in common, and how far held-out ones are from it.

    Three deviations are measured of a row, each in units of its limit: of all features together from the
    correlations of the training rows (Mahalanobis distance); of one feature from what all others say of it;
    and of one feature from the range of the training rows. At most 5 % of held-out training rows exceed one
    of these limits or that of their dissimilarity; `fit_outlier_rule` says how the four share them.

    Attributes
    ----------
    centre : ndarray, shape (features,)
        Means of the standardised training rows, after clipping.
    precision : ndarray, shape (features, features)
        Inverse of their covariance, shrunk (Ledoit & Wolf 2004, doi:10.1016/S0047-259X(03)00096-4); rows and
        columns of features with two values or fewer are 0: they take no part.
    usual_residual : ndarray, shape (features,)
        What is usual of the second deviation of each feature in held-out training rows.
    usual_excess : ndarray, shape (2, features)
        Scale of the third: lengths of the upper and lower tail of the training rows, their outer tenths.
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

    def flagged(self, points: FloatArray, *, to: FloatArray | None = None) -> BoolArray:
        """Return which standardised rows deviate beyond a limit, (rows,), from others if these are given."""
        common = self._common if to is None else _common(to)
        largest = _largest(*deviations(points, common), self.usual_residual)
        return np.asarray((largest > self.limits[:3]).any(1))

    def reasons(self, points: FloatArray, names: Sequence[str]) -> list[str]:
        """Return for every standardised row in words what is unusual of it, empty where nothing is.

        Parameters
        ----------
        points : ndarray, shape (rows, features)
        names : sequence of str
            Names of the features.
        """
        distance, residual, excess = deviations(points, self._common)
        residual = residual / self.usual_residual
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

    @property
    def _common(self) -> _Common:
        return self.centre, self.precision, self.low, self.high, self.usual_excess

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
        shapes |= {"precision": (width, width), "limits": (4,), "usual_excess": (2, width)}
        if "usual_excess" in arrays and arrays["usual_excess"].shape == (width,):
            # Rules saved before the two tails were told apart.
            arrays = {**arrays, "usual_excess": np.tile(arrays["usual_excess"], (2, 1))}
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
    index: Callable[[FloatArray, FloatArray], FloatArray],
) -> OutlierRule:
    """Learn from standardised rows and folds what is usual.

    Outliers of three kinds are planted into the test rows of each fold: one feature at 6 standard deviations,
    five at 3, every column permuted on its own. The four limits share what is flagged of the test rows
    themselves so that most of the planted ones are found.

    Parameters
    ----------
    points : ndarray, shape (rows, features)
        Standardised; missing values are 0.
    rows : ndarray of int
        Training rows of the model.
    folds : sequence of (train, test)
        Each gives the deviations of its test rows from its own training rows.
    index : callable
        Dissimilarity index of rows (rows, features) with respect to others (others, features), shape (rows,).
    """
    held_out = [points[test] for _, test in folds]
    known = [_common(points[train]) for train, _ in folds]
    residuals = [deviations(*pair)[1] for pair in zip(held_out, known, strict=True)]
    usual = np.maximum(np.quantile(np.concatenate(residuals), _USUAL, axis=0), 1.0) ** _POWER

    def measured(kind: Sequence[FloatArray]) -> FloatArray:
        return np.concatenate(
            [
                np.column_stack([_largest(*deviations(own, common), usual), index(own, points[train])])
                for own, common, (train, _) in zip(kind, known, folds, strict=True)
            ]
        )

    planted = zip(*(plant_outliers(own) for own in held_out), strict=True)
    limits = share_limits(measured(held_out), [measured(kind) for kind in planted], _FLAGGED)
    centre, precision, low, high, tails = _common(points[rows])
    return OutlierRule(centre, precision, usual, tails, low, high, limits)


def deviations(points: FloatArray, common: _Common) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return distance (rows,), residual (rows, features) and excess (rows, features); see `OutlierRule`."""
    centre, precision, low, high, (upper, lower) = common
    clipped = np.clip(points, -_CLIPPED, _CLIPPED) - centre
    distance = np.sqrt(np.einsum("ij,jk,ik->i", clipped, precision, clipped))
    own = np.sqrt(np.diag(precision))
    wide = np.clip(points, -_LARGEST, _LARGEST) - centre
    residual = np.abs(wide @ precision) / np.where(own > 0.0, own, 1.0)
    return distance, residual, np.maximum(np.maximum((points - high) / upper, (low - points) / lower), 0.0)


def _common(points: FloatArray) -> _Common:
    """Return centre, precision, range and length of the tails of training rows."""
    clipped = np.clip(points, -_CLIPPED, _CLIPPED)
    used = np.flatnonzero([len(np.unique(column)) > 2 for column in points.T])
    precision = np.zeros((points.shape[1], points.shape[1]))
    if len(used):
        covariance, _ = ledoit_wolf(clipped[:, used])
        # A few rows that are all alike in some direction must not make it infinitely narrow.
        covariance = np.atleast_2d(covariance) + 1e-9 * np.eye(len(used))
        precision[np.ix_(used, used)] = np.linalg.inv(covariance)
    low, high = points.min(0), points.max(0)
    below, above = np.quantile(points, [0.5 - _BETWEEN / 2.0, 0.5 + _BETWEEN / 2.0], axis=0)
    tails = np.maximum(np.stack([high - above, below - low]), _SHORTEST)
    return clipped.mean(0), precision, low, high, tails


def _largest(
    distance: FloatArray, residual: FloatArray, excess: FloatArray, usual_residual: FloatArray
) -> FloatArray:
    """Return the three deviations of each row, (rows, 3)."""
    return np.column_stack([distance, (residual / usual_residual).max(1), excess.max(1)])
