"""Where a model may be applied: how unlike its training rows a new row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from megathrust.core import BoolArray, FloatArray, InputError, IntArray, short_repr
from megathrust.evaluation._outliers import OutlierRule, fit_outlier_rule

# Distances held at a time: 32 MB of float64.
_BLOCK_NUMBERS = 4_000_000

# Names of the arrays of the rule begin so.
_RULE = "rule."

#: Multiplier of the interquartile range beyond which a dissimilarity is an outlier (Tukey's upper fence).
_FENCE = 1.5


@short_repr
@dataclass(frozen=True)
class ApplicabilityDomain:
    """Training rows in the space in which likeness is measured, and how unlike is too unlike.

    Attributes
    ----------
    reference : ndarray, shape (training rows, features)
        Training rows, standardised and multiplied by the weights.
    shift, scale : ndarray, shape (features,)
        Mean and standard deviation of the training rows; scale 1 for a feature that is constant there.
    weights : ndarray, shape (features,)
        Weight of each feature.
    mean_distance : float
        Mean distance between two different training rows.
    threshold : float
        Largest dissimilarity of a held-out training row that is no outlier.
    rule : OutlierRule, optional
        What else training rows have in common; models saved before there was one have none.

    References
    ----------
    Meyer & Pebesma (2021), doi:10.1111/2041-210X.13650.
    """

    reference: FloatArray
    shift: FloatArray
    scale: FloatArray
    weights: FloatArray
    mean_distance: float
    threshold: float
    rule: OutlierRule | None = None

    def dissimilarity(self, features: FloatArray, *, to: FloatArray | None = None) -> FloatArray:
        """Return the dissimilarity index of rows, shape (rows,).

        Parameters
        ----------
        features : ndarray, shape (rows, features)
            Values in the units of the training rows; a missing one counts as their mean.
        to : ndarray, shape (others, features), optional
            The rows to compare with, such as those that were trained on in one fold; by default all training
            rows.

        Returns
        -------
        ndarray, shape (rows,)
            0 for a training row; 1 where the nearest training row is as far away as two training rows are
            from each other on average.

        Raises
        ------
        InputError
            If the number of features is another.
        """
        if features.ndim != 2 or features.shape[1] != self.reference.shape[1]:
            raise InputError(
                "the domain of applicability has another number of features",
                given=f"shape {features.shape}",
                allowed=f"(rows, {self.reference.shape[1]})",
            )
        reference = self.reference if to is None else self._points(to)
        return _nearest(self._points(features), reference) / self.mean_distance

    @property
    def limit(self) -> float:
        """Dissimilarity beyond which a row is not applicable."""
        return self.threshold if self.rule is None else float(self.rule.limits[3])

    def _standardised(self, features: FloatArray) -> FloatArray:
        whole = np.where(np.isnan(features), self.shift, features)
        return (whole - self.shift) / self.scale

    def _points(self, features: FloatArray) -> FloatArray:
        return self._standardised(features) * self.weights

    def applicable(self, features: FloatArray, *, to: FloatArray | None = None) -> BoolArray:
        """Return whether each row is no more unlike the training rows than held-out ones were.

        Neither its dissimilarity nor any deviation of the ``OutlierRule`` may exceed the limit there. The
        threshold of the dissimilarity judges alone only where there is no such rule.

        Parameters
        ----------
        features : ndarray, shape (rows, features)
        to : ndarray, shape (others, features), optional
            The rows to compare with, as in `dissimilarity`.
        """
        near = np.asarray(self.dissimilarity(features, to=to) <= self.limit)
        if self.rule is None:
            return near
        others = None if to is None else self._standardised(to)
        return near & ~self.rule.flagged(self._standardised(features), to=others)

    def reasons(self, features: FloatArray, names: Sequence[str]) -> list[str]:
        """Return in words why each row is outside, naming extrapolated features; empty for rows inside.

        Parameters
        ----------
        features : ndarray, shape (rows, features)
        names : sequence of str
            Names of the features.
        """
        far = self.dissimilarity(features) > self.limit
        told = [""] * len(features)
        if self.rule is not None:
            told = self.rule.reasons(self._standardised(features), names)
        return [
            "; ".join(filter(None, ["far from every training segment" if out else "", words]))
            for out, words in zip(far, told, strict=True)
        ]

    def to_arrays(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return everything as arrays, for a file."""
        return {
            "reference": np.asarray(self.reference, dtype=np.float64),
            "shift": np.asarray(self.shift, dtype=np.float64),
            "scale": np.asarray(self.scale, dtype=np.float64),
            "weights": np.asarray(self.weights, dtype=np.float64),
            "mean_distance": np.array([self.mean_distance]),
            "threshold": np.array([self.threshold]),
            **({} if self.rule is None else {_RULE + k: v for k, v in self.rule.to_arrays().items()}),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.float64]]) -> ApplicabilityDomain:
        """Return the domain that `to_arrays` gave.

        Raises
        ------
        InputError
            If an array is missing or its shape does not fit the others.
        """
        names = ("reference", "shift", "scale", "weights", "mean_distance", "threshold")
        missing = [name for name in names if name not in arrays]
        if missing:
            raise InputError("the domain of applicability is not whole", given="no " + ", ".join(missing))
        width = arrays["reference"].shape[-1]
        expected = dict.fromkeys(names[1:4], (width,)) | dict.fromkeys(names[4:], (1,))
        for name, shape in expected.items():
            if arrays[name].shape != shape:
                raise InputError(
                    f"{name} of the domain of applicability has a wrong shape",
                    given=arrays[name].shape,
                    allowed=shape,
                )
        rule = {k.removeprefix(_RULE): v for k, v in arrays.items() if k.startswith(_RULE)}
        return cls(
            **{name: arrays[name] for name in names[:4]},
            rule=OutlierRule.from_arrays(rule, width) if rule else None,
            mean_distance=float(arrays["mean_distance"][0]),
            threshold=float(arrays["threshold"][0]),
        )


def fit_applicability(
    features: FloatArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    *,
    weights: npt.ArrayLike | None = None,
) -> ApplicabilityDomain:
    """Learn from a model's training rows and folds where it may be applied.

    Features are standardised over the training rows and multiplied by their weights. The dissimilarity index
    of a row is its Euclidean distance to the nearest training row over the mean distance between two training
    rows. Each fold gives the index of its test rows with respect to its own training rows only; the threshold
    is the largest of these that is no outlier: at most 1.5 interquartile ranges above the upper quartile.
    Where every row is tested once and trained on in all other folds this is the published rule; where folds
    keep an exclusion distance, the rows within it do not count as training rows here either.

    A distance to the nearest row does not notice one feature that is far off, or features that do not go
    together: the ``OutlierRule`` does, with limits from the same held-out rows.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
        Feature values; a missing one counts as the mean of the training rows.
    folds : sequence of (train, test)
        Row positions. The training rows of the model are the union of the training parts.
    weights : array_like, shape (features,), optional
        Weight of each feature, >= 0, such as its mean absolute relevance; only ratios matter. Without
        weights every feature counts the same.

    Raises
    ------
    InputError
        If a value is infinite, a weight is negative or all are 0, there is no fold, or all training rows
        are the same.

    References
    ----------
    Meyer & Pebesma (2021), doi:10.1111/2041-210X.13650.

    Examples
    --------
    >>> line = np.arange(10.0)[:, None]
    >>> even, odd = np.arange(0, 10, 2), np.arange(1, 10, 2)
    >>> domain = fit_applicability(line, [(even, odd), (odd, even)])
    >>> domain.applicable(np.array([[4.5], [9.0], [12.0]]))
    array([ True,  True, False])
    """
    if not folds:
        raise InputError("the domain of applicability needs folds", action="give one (train, test) at least")
    if np.isinf(features).any():
        raise InputError("a feature value is infinite", action="use NaN where a value is missing")
    factor = _checked_weights(weights, features.shape[1])
    rows = np.unique(np.concatenate([train for train, _ in folds]))
    missing = np.isnan(features)
    known = np.maximum((~missing[rows]).sum(0), 1)
    shift = np.where(missing[rows], 0.0, features[rows]).sum(0) / known
    features = np.where(missing, shift, features)
    spread = np.sqrt(np.square(features[rows] - shift).sum(0) / known)
    # A spread at rounding level of the mean is a constant, whatever std says.
    scale = np.where(spread <= 1e-9 * np.abs(shift), 1.0, spread)
    standardised = (features - shift) / scale
    points = standardised * factor
    reference = points[rows]
    mean_distance = _mean_distance(reference)
    if not mean_distance > 0.0:
        raise InputError("all training rows are the same", action="give rows that differ in some feature")
    held_out = np.concatenate([_nearest(points[test], points[train]) for train, test in folds])
    return ApplicabilityDomain(
        reference,
        shift,
        scale,
        factor,
        mean_distance,
        _largest_inlier(held_out / mean_distance),
        fit_outlier_rule(
            standardised,
            rows,
            folds,
            lambda some, others: _nearest(some * factor, others * factor) / mean_distance,
        ),
    )


def _checked_weights(weights: npt.ArrayLike | None, count: int) -> FloatArray:
    values = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
    if values.shape != (count,) or not np.isfinite(values).all() or values.min() < 0 or values.max() == 0:
        raise InputError(
            "the weights of the features cannot be used",
            given=f"shape {values.shape}",
            allowed=f"{count} finite numbers >= 0, one of them > 0",
        )
    # Only ratios matter; the largest weight becomes 1 so that the numbers stay readable.
    return np.asarray(values / values.max())


def _nearest(points: FloatArray, reference: FloatArray) -> FloatArray:
    """Return each point's distance to the nearest reference row, block by block."""
    block = max(1, _BLOCK_NUMBERS // len(reference))
    parts = [cdist(points[start : start + block], reference).min(1) for start in range(0, len(points), block)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _mean_distance(reference: FloatArray) -> float:
    """Return the mean distance between two different rows."""
    count = len(reference)
    block = max(1, _BLOCK_NUMBERS // count)
    total = sum(
        float(cdist(reference[start : start + block], reference).sum()) for start in range(0, count, block)
    )
    return total / max(count * (count - 1), 1)


def _largest_inlier(dissimilarity: FloatArray) -> float:
    lower, upper = np.quantile(dissimilarity, [0.25, 0.75])
    return float(dissimilarity[dissimilarity <= upper + _FENCE * (upper - lower)].max())
