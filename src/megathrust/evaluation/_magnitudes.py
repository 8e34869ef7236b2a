"""Scores of predicted magnitudes, for many row weightings at once.

Weights are those of `classification_scores`: ones give the plain score, resampling counts its replicates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from megathrust.core import FloatArray, InputError, check_same_length
from megathrust.evaluation._scores import ratio

_ALL = "all"


def magnitude_scores(
    observed: FloatArray, predicted: FloatArray, weights: FloatArray | None = None
) -> dict[tuple[str, str], FloatArray]:
    """Return every score of one set of predicted magnitudes.

    Rows without an observed magnitude do not count: a segment whose record is empty has no magnitude to miss.

    Parameters
    ----------
    observed : ndarray, shape (rows,)
        Largest observed Mw; NaN where there was no event.
    predicted : ndarray, shape (rows,)
        Predicted Mw.
    weights : ndarray, shape (replicates, rows), optional
        Row weights; ones by default.

    Returns
    -------
    dict
        From (metric, ``"all"``) to values of shape (replicates,): ``mae`` and ``rmse`` in units of magnitude,
        ``bias`` (mean of predicted minus observed), ``r2`` (1 - squared errors / squared deviations from the
        mean of these rows) and ``spearman`` (rank correlation, ties at their mean rank). NaN where a score is
        undefined, such as a correlation with a constant.

    Raises
    ------
    InputError
        If lengths differ, or a prediction is not finite.
    """
    check_same_length(observed=observed, predicted=predicted)
    if not np.isfinite(predicted).all():
        raise InputError(
            "a predicted magnitude is not finite", given=f"row {int(np.argmin(np.isfinite(predicted)))}"
        )
    if weights is None:
        weights = np.ones((1, len(observed)))
    known = np.isfinite(observed)
    observed, predicted, weights = observed[known], predicted[known], weights[:, known]
    total = weights.sum(1)
    error = predicted - observed
    square = weights @ error**2
    mean = ratio(weights @ observed, total)
    spread = (weights * (observed - mean[:, None]) ** 2).sum(1)
    return {
        ("mae", _ALL): ratio(weights @ np.abs(error), total),
        ("rmse", _ALL): np.sqrt(ratio(square, total)),
        ("bias", _ALL): ratio(weights @ error, total),
        ("r2", _ALL): 1.0 - ratio(square, np.where(_is_constant(observed, weights), 0.0, spread)),
        ("spearman", _ALL): _rank_correlation(observed, predicted, weights),
    }


def quantile_scores(
    observed: FloatArray, quantiles: FloatArray, levels: Sequence[float], weights: FloatArray | None = None
) -> dict[tuple[str, str], FloatArray]:
    """Return how well predicted quantiles of the magnitude hold what they promise.

    Parameters
    ----------
    observed : ndarray, shape (rows,)
        Largest observed Mw; NaN where there was no event, such rows do not count.
    quantiles : ndarray, shape (rows, levels)
        Predicted Mw at every level, never decreasing along a row.
    levels : sequence of float
        Increasing, between 0 and 1.
    weights : ndarray, shape (replicates, rows), optional
        Row weights; ones by default.

    Returns
    -------
    dict
        From (metric, class) to values of shape (replicates,): ``below`` with the level as class, the share
        of rows at or below that quantile; ``coverage`` and ``width`` (in units of magnitude) of the range
        between the outermost levels; ``pinball``, the quantile loss averaged over levels (Koenker & Bassett
        1978, doi:10.2307/1913643).

    Raises
    ------
    InputError
        If lengths differ.
    """
    check_same_length(observed=observed, quantiles=quantiles)
    check_same_length(levels=levels, quantiles=quantiles.T)
    if weights is None:
        weights = np.ones((1, len(observed)))
    known = np.isfinite(observed)
    observed, quantiles, weights = observed[known, None], quantiles[known], weights[:, known]
    total = weights.sum(1)
    over = observed - quantiles
    steps = np.asarray(levels)
    pinball = np.maximum(steps * over, (steps - 1.0) * over).mean(1)
    inside = (observed[:, 0] >= quantiles[:, 0]) & (observed[:, 0] <= quantiles[:, -1])
    scores = {
        ("below", f"{level:g}"): ratio(weights @ (over[:, i] <= 0.0), total) for i, level in enumerate(steps)
    }
    return scores | {
        ("coverage", _ALL): ratio(weights @ inside, total),
        ("width", _ALL): ratio(weights @ (quantiles[:, -1] - quantiles[:, 0]), total),
        ("pinball", _ALL): ratio(weights @ pinball, total),
    }


def _rank_correlation(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Return Spearman's correlation of rows that count as often as their weight says, (replicates,)."""
    constant = _is_constant(x, weights) | _is_constant(y, weights)
    total = weights.sum(1)
    a, b = (_centred_ranks(values, weights, total) for values in (x, y))
    both, first, second = ((weights * product).sum(1) for product in (a * b, a * a, b * b))
    return ratio(both, np.where(constant, 0.0, np.sqrt(first * second)))


def _centred_ranks(values: FloatArray, weights: FloatArray, total: FloatArray) -> FloatArray:
    """Return mean ranks less their mean, (replicates, rows)."""
    levels, place = np.unique(values, return_inverse=True)
    own = weights @ np.eye(len(levels))[place]
    ranks = (np.cumsum(own, axis=1) - 0.5 * own)[:, place]
    return np.asarray(ranks - 0.5 * total[:, None])


def _is_constant(values: FloatArray, weights: FloatArray) -> np.ndarray:
    """Say where no two rows of positive weight differ; sums of squares would leave rounding there."""
    if not len(values):
        return np.ones(len(weights), dtype=bool)
    counts = weights > 0.0
    high = np.where(counts, values, -np.inf).max(1)
    low = np.where(counts, values, np.inf).min(1)
    return np.asarray(high <= low)
