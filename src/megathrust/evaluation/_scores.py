"""Scores of class probabilities, for many row weightings at once.

Every function takes weights of shape (replicates, rows): ones give the plain score, resampling counts give
its bootstrap replicates in the same pass.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, check_same_length
from megathrust.evaluation._brier import brier_parts

# The log score keeps probabilities this far from 0: one miss of a lookup rival would else be infinite.
_LOG_FLOOR = 1e-3


def predicted_class(probabilities: FloatArray) -> IntArray:
    """Return the most probable class of every row; the higher class where two are equally probable.

    Parameters
    ----------
    probabilities : ndarray, shape (..., classes)

    Raises
    ------
    InputError
        If a probability is not finite: of such a row no class is the most probable.

    Examples
    --------
    >>> predicted_class(np.array([[0.5, 0.5], [0.6, 0.4]]))
    array([1, 0])
    """
    if not np.isfinite(probabilities).all():
        raise InputError(
            "a probability is not finite", given=f"{int((~np.isfinite(probabilities)).sum())} of them"
        )
    last = probabilities.shape[-1] - 1
    return np.asarray(last - np.argmax(probabilities[..., ::-1], axis=-1))


def confusion(classes: IntArray, predicted: IntArray, n_classes: int, weights: FloatArray) -> FloatArray:
    """Return weighted confusion matrices, shape (replicates, observed class, predicted class)."""
    cells = np.eye(n_classes * n_classes)[classes * n_classes + predicted]
    return np.asarray((weights @ cells).reshape(len(weights), n_classes, n_classes))


def log_losses(classes: IntArray, probabilities: FloatArray) -> FloatArray:
    """Return -ln p of the observed class of every row, (rows,); probabilities are kept at 0.001 from 0.

    Parameters
    ----------
    classes : ndarray of int, shape (rows,)
    probabilities : ndarray, shape (rows, classes)

    Examples
    --------
    >>> log_losses(np.array([0, 1]), np.array([[0.5, 0.5], [1.0, 0.0]])).round(3)
    array([0.693, 6.908])
    """
    said = np.take_along_axis(probabilities, classes[:, None], axis=1)[:, 0]
    return np.asarray(-np.log(np.clip(said, _LOG_FLOOR, 1.0)))


def classification_scores(
    classes: IntArray, probabilities: FloatArray, weights: FloatArray | None = None
) -> dict[tuple[str, str], FloatArray]:
    """Return every score of one set of predictions.

    Parameters
    ----------
    classes : ndarray of int, shape (rows,)
        Observed classes, from 0.
    probabilities : ndarray, shape (rows, classes)
        Predicted probabilities.
    weights : ndarray, shape (replicates, rows), optional
        Row weights; ones by default.

    Returns
    -------
    dict
        From (metric, class) to values of shape (replicates,). Classes are numbered, ``"macro"`` is their
        plain mean, ``"all"`` stands for scores without classes, ``"i>j"`` for the confusion of observed
        class i with predicted class j. A score that is undefined, such as the ROC-AUC of a class that does
        not occur, is NaN and left out of macro means.

    Notes
    -----
    f1 is 2 TP / (2 TP + FP + FN). Brier is the mean over rows of half the squared distance between
    probabilities and the observed one-hot vector, which for two classes is (p - y)^2; it is
    ``brier_reliability`` less ``brier_resolution`` plus ``brier_uncertainty`` (Murphy 1973,
    doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2, in ten bins, generalised so that the sum is exact).
    The log score is the mean of -ln p of the observed class, probabilities kept at 0.001 from 0.

    Raises
    ------
    InputError
        If lengths differ or a class has no column.

    Examples
    --------
    >>> scores = classification_scores(np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]))
    >>> scores["f1", "macro"].round(3), scores["roc_auc", "1"]
    (array([0.667]), array([1.]))
    """
    check_same_length(classes=classes, probabilities=probabilities)
    n_classes = probabilities.shape[1]
    if len(classes) and (classes.max() >= n_classes or classes.min() < 0):
        raise InputError(
            "a class has no column of probabilities", given=int(classes.max()), allowed=n_classes - 1
        )
    if weights is None:
        weights = np.ones((1, len(classes)))
    matrices = confusion(classes, predicted_class(probabilities), n_classes, weights)
    scores = dict(_from_confusion(matrices))
    total = weights.sum(1)
    observed = np.eye(n_classes)[classes]
    half_square = 0.5 * ((probabilities - observed) ** 2).sum(1)
    surprise = log_losses(classes, probabilities)
    scores["brier", "all"] = ratio(weights @ half_square, total)
    scores["log_score", "all"] = ratio(weights @ surprise, total)
    for name, values in brier_parts(observed, probabilities, weights).items():
        scores[name, "all"] = values
    # With two classes the areas of class 0 mirror those of class 1.
    ranked = range(1, 2) if n_classes == 2 else range(n_classes)
    for metric, function in (("roc_auc", _roc_auc), ("average_precision", _average_precision)):
        per_class = [function(classes == c, probabilities[:, c], weights) for c in ranked]
        for c, values in zip(ranked, per_class, strict=True):
            scores[metric, str(c)] = values
        scores[metric, "macro"] = _nan_mean(np.stack(per_class))
    return scores


def _from_confusion(matrices: FloatArray) -> Iterator[tuple[tuple[str, str], FloatArray]]:
    n_classes = matrices.shape[1]
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    observed, predicted = matrices.sum(2), matrices.sum(1)
    f1 = ratio(2.0 * hits, observed + predicted)
    recall = ratio(hits, observed)
    for c in range(n_classes):
        yield ("f1", str(c)), f1[:, c]
        yield ("recall", str(c)), recall[:, c]
        for other in range(n_classes):
            yield ("confusion", f"{c}>{other}"), matrices[:, c, other]
    yield ("f1", "macro"), _nan_mean(f1.T)
    yield ("balanced_accuracy", "all"), _nan_mean(recall.T)
    yield ("accuracy", "all"), ratio(hits.sum(1), observed.sum(1))


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide, with NaN where nothing can be said."""
    undefined = np.full_like(numerator, np.nan, dtype=np.float64)
    return np.divide(numerator, denominator, out=undefined, where=denominator > 0)


def _nan_mean(values: FloatArray) -> FloatArray:
    """Return the mean over the first axis of the values that are defined."""
    return ratio(np.nansum(values, axis=0), np.sum(~np.isnan(values), axis=0).astype(np.float64))


def _cumulative(
    positive: np.ndarray, score: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return true and false positives at every threshold, highest first, (replicates, thresholds)."""
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    ordered, sign = weights[:, order], positive[order]
    true = np.cumsum(ordered * sign, axis=1)[:, last_of_tie]
    false = np.cumsum(ordered * ~sign, axis=1)[:, last_of_tie]
    return true, false


def _roc_auc(positive: np.ndarray, score: FloatArray, weights: FloatArray) -> FloatArray:
    true, false = _cumulative(positive, score, weights)
    rise = true - np.diff(true, axis=1, prepend=0.0) / 2.0
    area = (rise * np.diff(false, axis=1, prepend=0.0)).sum(1)
    return ratio(area, true[:, -1] * false[:, -1])


def _average_precision(positive: np.ndarray, score: FloatArray, weights: FloatArray) -> FloatArray:
    true, false = _cumulative(positive, score, weights)
    # Where nothing is predicted yet, precision is undefined but its step in recall is zero.
    precision = np.nan_to_num(ratio(true, true + false))
    return ratio((precision * np.diff(true, axis=1, prepend=0.0)).sum(1), true[:, -1])
