"""How much a model scores above its rival, with an interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.evaluation._intervals import MagnitudePrediction, Prediction, with_plain
from megathrust.evaluation._magnitudes import magnitude_scores
from megathrust.evaluation._scores import classification_scores

Predicted = TypeVar("Predicted", Prediction, MagnitudePrediction)


def paired_difference(
    model: Sequence[Prediction], rival: Sequence[Prediction], classes: IntArray, weights: FloatArray
) -> tuple[float, float, float]:
    """Return the difference of mean macro-F1 with its 95 % interval from one bootstrap of both.

    Parameters
    ----------
    model, rival : sequence of Prediction
        Of the same scenarios and rows.
    classes : ndarray of int, shape (rows,)
    weights : ndarray, shape (replicates, rows)
        From `rupture_weights`.

    Raises
    ------
    InputError
        If the two were not scored on the same rows.
    """

    def macro_f1(each: Prediction, weighting: FloatArray) -> FloatArray:
        return classification_scores(classes[each.rows], each.probabilities, weighting)["f1", "macro"]

    return _paired(model, rival, weights, macro_f1)


def paired_error_difference(
    model: Sequence[MagnitudePrediction],
    rival: Sequence[MagnitudePrediction],
    observed: FloatArray,
    weights: FloatArray,
) -> tuple[float, float, float]:
    """Return the difference of mean MAE, below 0 where the model is better, with its 95 % interval.

    Parameters
    ----------
    model, rival : sequence of MagnitudePrediction
        Of the same scenarios and rows.
    observed : ndarray, shape (rows,)
        Largest observed Mw; NaN where there was no event.
    weights : ndarray, shape (replicates, rows)
        From `rupture_weights`.

    Raises
    ------
    InputError
        If the two were not scored on the same rows.
    """

    def mae(each: MagnitudePrediction, weighting: FloatArray) -> FloatArray:
        return magnitude_scores(observed[each.rows], each.magnitudes, weighting)["mae", "all"]

    return _paired(model, rival, weights, mae)


def _paired(
    model: Sequence[Predicted],
    rival: Sequence[Predicted],
    weights: FloatArray,
    score: Callable[[Predicted, FloatArray], FloatArray],
) -> tuple[float, float, float]:
    differences = []
    for ours, theirs in zip(model, rival, strict=True):
        if not np.array_equal(ours.rows, theirs.rows):
            raise InputError("paired models were scored on different rows", given=f"scenario {ours.scenario}")
        weighting = with_plain(weights[:, ours.rows])
        differences.append(score(ours, weighting) - score(theirs, weighting))
    mean = np.nanmean(np.stack(differences), axis=0)
    low, high = np.quantile(mean[1:], [0.025, 0.975])
    return float(mean[0]), float(low), float(high)
