"""How much a model scores above its rival, with an interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from megathrust.core import FloatArray, InputError
from megathrust.evaluation._intervals import Prediction, ScoreFunction, with_plain
from megathrust.evaluation._scores import classification_scores


def paired_difference(
    model: Sequence[Prediction],
    rival: Sequence[Prediction],
    observed: np.ndarray,
    weights: FloatArray,
    *,
    scores: ScoreFunction = classification_scores,
    metric: tuple[str, str] = ("f1", "macro"),
) -> tuple[float, float, float]:
    """Return the difference of a mean score with its 95 % interval from one bootstrap of both.

    Parameters
    ----------
    model, rival : sequence of Prediction
        Of the same scenarios and rows.
    observed : ndarray, shape (rows,)
        Class or magnitude of every row of the table.
    weights : ndarray, shape (replicates, rows)
        From `rupture_weights`.
    scores : callable
        Such as `classification_scores` or `magnitude_scores`.
    metric : tuple of str
        Metric and class of the score that is compared, such as ``("mae", "all")``.

    Raises
    ------
    InputError
        If the two were not scored on the same rows.

    Examples
    --------
    >>> classes, weights = np.array([0, 0, 1, 1]), np.ones((20, 4))
    >>> right = [Prediction("0", np.arange(4), np.eye(2)[classes])]
    >>> wrong = [Prediction("0", np.arange(4), np.eye(2)[1 - classes])]
    >>> paired_difference(right, wrong, classes, weights)
    (1.0, 1.0, 1.0)
    """
    differences = []
    for ours, theirs in zip(model, rival, strict=True):
        if not np.array_equal(ours.rows, theirs.rows):
            raise InputError("paired models were scored on different rows", given=f"scenario {ours.scenario}")
        weighting = with_plain(weights[:, ours.rows])
        first, second = (
            scores(observed[each.rows], each.predicted, weighting)[metric] for each in (ours, theirs)
        )
        differences.append(first - second)
    mean = np.nanmean(np.stack(differences), axis=0)
    low, high = np.quantile(mean[1:], [0.025, 0.975])
    return float(mean[0]), float(low), float(high)
