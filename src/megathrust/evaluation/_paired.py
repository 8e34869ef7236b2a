"""How much a model scores above its rival, with an interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.evaluation._intervals import Prediction
from megathrust.evaluation._scores import classification_scores


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
    differences = []
    for ours, theirs in zip(model, rival, strict=True):
        if not np.array_equal(ours.rows, theirs.rows):
            raise InputError("paired models were scored on different rows", given=f"scenario {ours.scenario}")
        weighting = np.vstack([np.ones(len(ours.rows)), weights[:, ours.rows]])
        f1 = [
            classification_scores(classes[p.rows], p.probabilities, weighting)["f1", "macro"]
            for p in (ours, theirs)
        ]
        differences.append(f1[0] - f1[1])
    mean = np.nanmean(np.stack(differences), axis=0)
    low, high = np.quantile(mean[1:], [0.025, 0.975])
    return float(mean[0]), float(low), float(high)
