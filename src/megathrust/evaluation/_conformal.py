"""Sets of classes that hold the observed one as often as promised, and how often they really do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import BoolArray, FloatArray, IntArray, check_range, check_same_length
from megathrust.evaluation._scores import predicted_class


def conformal_threshold(
    probabilities: FloatArray, classes: IntArray, groups: npt.ArrayLike, *, coverage: float = 0.9
) -> float:
    """Return the surprise that a class may have and still stand in a row's class set.

    The surprise of a row is 1 minus the probability that held-out networks gave its observed class. Segments
    of one rupture (or region) are no independent observations: each group weighs 1 / (groups + 1), shared
    evenly by its rows, and the group to come weighs as much, with a surprise beyond all. The threshold is
    the quantile of this mixture at ``coverage``.

    Parameters
    ----------
    probabilities : ndarray, shape (rows, classes)
        By networks that were not fitted on the rows.
    classes : ndarray of int, shape (rows,)
        Observed class of every row.
    groups : array_like, shape (rows,)
        Rupture or region of every row.
    coverage : float
        Share of the rows of a new group whose set shall hold the observed class, in (0, 1].

    Returns
    -------
    float
        Between 0 and 1; infinite, so that every set holds every class, where there are too few groups for
        the coverage: fewer than coverage / (1 - coverage).

    Notes
    -----
    With groups drawn from one law (hierarchical exchangeability) and networks that do not depend on the rows,
    the sets hold the observed class of a random row of a new group with probability ``coverage`` at least
    (Lee, Barber & Willett 2023, theorem for the hierarchical split method). Along trenches neither holds
    exactly: neighbouring ruptures and whole regions resemble each other, the networks of one fold are fitted
    on the rows that calibrate another, and the sets are used with all members together. `held_out_coverage`
    measures what is left of the promise.

    References
    ----------
    Scores: Sadinle, Lei & Wasserman (2019), doi:10.1080/01621459.2017.1395341. Groups: Lee, Barber & Willett
    (2023), arXiv:2306.06342; Dunn, Wasserman & Ramdas (2022), doi:10.1080/01621459.2022.2060112.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    >>> round(conformal_threshold(probabilities, np.array([0, 0, 1, 0]), [1, 1, 2, 3], coverage=0.5), 12)
    0.3
    """
    check_same_length(probabilities=probabilities, classes=classes, groups=np.asarray(groups))
    check_range("the coverage of the class sets", coverage, low=0.0, high=1.0, open_low=True)
    surprise = 1.0 - probabilities[np.arange(len(classes)), classes]
    return grouped_quantile(surprise, np.asarray(groups), coverage)


def class_thresholds(
    probabilities: FloatArray, classes: IntArray, groups: npt.ArrayLike, *, coverage: float = 0.9
) -> FloatArray:
    """Return one threshold for each class, from the rows of that class alone: the promise holds for each.

    One threshold for all classes keeps its promise in the mean: it may hold nearly all of a frequent class
    and few of a rare one. Where a class has too few groups for the coverage its threshold is infinite, so
    that it stands in every set: the sets then say "cannot tell" rather than leave it out.

    Parameters
    ----------
    probabilities, classes, groups, coverage
        As of `conformal_threshold`.

    Returns
    -------
    ndarray, shape (classes,)

    References
    ----------
    Label-conditional sets: Vovk (2012), arXiv:1209.2673; Sadinle, Lei & Wasserman (2019),
    doi:10.1080/01621459.2017.1395341.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    >>> class_thresholds(probabilities, np.array([0, 0, 1, 0]), [1, 2, 3, 4], coverage=0.6).round(2).tolist()
    [0.6, inf]
    """
    own = np.asarray(groups)
    found = np.full(probabilities.shape[1], np.inf)
    for number in range(len(found)):
        rows = classes == number
        if rows.any():
            found[number] = conformal_threshold(
                probabilities[rows], classes[rows], own[rows], coverage=coverage
            )
    return found


def coverage_band(sizes: npt.ArrayLike, calibrating: int, coverage: float) -> tuple[float, float]:
    """Return what chance alone makes of the coverage of some groups, 95 % of cases.

    Groups that are drawn from one law do not hold exactly what was promised: those that calibrate are few,
    and so are those that are counted, of which long ones weigh more.

    Parameters
    ----------
    sizes : array_like of int, shape (groups,)
        Rows of each group that is counted.
    calibrating : int
        Groups that gave the threshold.
    coverage : float
        What was promised.

    Notes
    -----
    Normal approximation: a group holds its rows all or not at all, so that the variance of the measured
    coverage is that of a share among (sum of sizes)^2 / (sum of squares) groups, and that of the threshold
    among the groups that gave it, which follows a beta law (Vovk 2012, arXiv:1209.2673).

    Examples
    --------
    >>> tuple(round(end, 2) for end in coverage_band([1] * 20, 43, 0.9))
    (0.74, 1.0)
    """
    size = np.asarray(sizes, dtype=np.float64)
    effective = size.sum() ** 2 / np.square(size).sum()
    spread = np.sqrt(coverage * (1.0 - coverage) * (1.0 / effective + 1.0 / (calibrating + 2.0)))
    return max(0.0, float(coverage - 1.96 * spread)), min(1.0, float(coverage + 1.96 * spread))


def grouped_quantile(scores: FloatArray, groups: npt.NDArray[Any], coverage: float) -> float:
    """Return the quantile of scores whose groups, and one to come with a score beyond all, weigh the same.

    Parameters
    ----------
    scores : ndarray, shape (rows,)
    groups : ndarray, shape (rows,)
    coverage : float
        Level of the quantile; infinite where the groups do not reach it.
    """
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.argsort(scores, kind="stable")
    weight = np.cumsum(1.0 / sizes[group[order]]) / (len(sizes) + 1)
    # Sums of thirds and sevenths miss a level that they reach on paper by a rounding error.
    reached = np.flatnonzero(weight >= coverage - 1e-9)
    return float(scores[order[reached[0]]]) if len(reached) else float("inf")


def class_sets(probabilities: FloatArray, threshold: float | FloatArray) -> BoolArray:
    """Return which classes stand in the set of each row.

    A set holds the classes whose probability is at least 1 minus the threshold, and always the most probable
    one (the higher of two): an empty set says nothing, and a larger one covers no less.

    Parameters
    ----------
    probabilities : ndarray, shape (rows, classes)
        Probabilities.
    threshold : float or ndarray of shape (classes,)
        From `conformal_threshold` or `class_thresholds`.

    Returns
    -------
    ndarray of bool, shape (rows, classes)

    Examples
    --------
    >>> class_sets(np.array([[0.9, 0.1], [0.55, 0.45]]), 0.6)
    array([[ True, False],
           [ True,  True]])
    """
    highest = predicted_class(probabilities)
    # The threshold is itself 1 - p of some row: rounding must not shut that row out.
    sets = np.asarray(1.0 - probabilities <= threshold + 1e-9)
    sets[np.arange(len(sets)), highest] = True
    return sets


def held_out_coverage(
    probabilities: FloatArray,
    classes: IntArray,
    groups: npt.ArrayLike,
    regions: npt.ArrayLike,
    *,
    coverage: float = 0.9,
    by_class: bool = False,
) -> pd.DataFrame:
    """Measure how often class sets hold the observed class in regions that did not help to calibrate them.

    Parameters
    ----------
    probabilities, classes, groups
        As in `conformal_threshold`.
    regions : array_like, shape (rows,)
        Region of every row; each is left out of the calibration in turn. A single region has nothing to
        calibrate it, so that its sets hold every class.
    coverage : float
        As in `conformal_threshold`.
    by_class : bool
        Whether every class has a threshold of its own (`class_thresholds`).

    Returns
    -------
    DataFrame
        A row per region, sorted: ``region``, ``rows``, ``groups``, ``coverage`` (share of its rows whose set
        holds the observed class) with ``low`` and ``high``, what chance makes of the promise there
        (`coverage_band`), ``coverage_<class>`` (the same share among rows of each class), ``mean_set_size``,
        ``cannot_tell`` (share of sets that hold every class), ``threshold`` (of all other regions, the
        largest of the classes').
    """
    check_same_length(classes=classes, regions=np.asarray(regions))
    groups, regions = np.asarray(groups), np.asarray(regions)
    learn = class_thresholds if by_class else conformal_threshold
    records = []
    for region in np.unique(regions):
        inside, others = regions == region, regions != region
        threshold = learn(probabilities[others], classes[others], groups[others], coverage=coverage)
        sets = class_sets(probabilities[inside], threshold)
        own = classes[inside]
        held = sets[np.arange(len(sets)), own]
        _, sizes = np.unique(groups[inside], return_counts=True)
        low, high = coverage_band(sizes, len(np.unique(groups[others])), coverage)
        records.append(
            {
                "region": str(region),
                "rows": len(sets),
                "groups": len(sizes),
                "coverage": float(held.mean()),
                "low": low,
                "high": high,
                **{
                    f"coverage_{c}": float(held[own == c].mean()) if (own == c).any() else float("nan")
                    for c in range(probabilities.shape[1])
                },
                "mean_set_size": float(sets.sum(1).mean()),
                "cannot_tell": float(sets.all(1).mean()),
                "threshold": float(np.max(threshold)),
            }
        )
    return pd.DataFrame.from_records(records)


def class_coverage(
    probabilities: FloatArray,
    classes: IntArray,
    groups: npt.ArrayLike,
    *,
    coverage: float = 0.9,
    by_class: bool = False,
) -> pd.DataFrame:
    """Measure how often class sets hold the observed class, for each class, every group left out in turn.

    Parameters
    ----------
    probabilities, classes, groups
        As of `conformal_threshold`; a single group has nothing to calibrate it, so that its sets hold every
        class.
    coverage : float
        As of `conformal_threshold`.
    by_class : bool
        Whether every class has a threshold of its own (`class_thresholds`).

    Returns
    -------
    DataFrame
        A row per class that was observed: ``number``, ``rows``, ``groups``, ``coverage`` (share of its rows
        whose set holds it) with ``low`` and ``high``, what chance makes of the promise among its groups
        (`coverage_band`), and ``cannot_tell`` (share of its sets that hold every class).

    Examples
    --------
    >>> chances = np.tile([[0.9, 0.1], [0.2, 0.8]], (20, 1))
    >>> found = class_coverage(chances, np.tile([0, 1], 20), np.arange(40), by_class=True)
    >>> found["coverage"].tolist(), found["cannot_tell"].tolist()
    ([1.0, 1.0], [0.0, 0.0])
    """
    groups = np.asarray(groups)
    check_same_length(probabilities=probabilities, classes=classes, groups=groups)
    learn = class_thresholds if by_class else conformal_threshold
    sets = np.full(probabilities.shape, True)
    names, group = np.unique(groups, return_inverse=True)
    if len(names) > 1:
        for number in range(len(names)):
            inside = group == number
            threshold = learn(probabilities[~inside], classes[~inside], groups[~inside], coverage=coverage)
            sets[inside] = class_sets(probabilities[inside], threshold)
    held, whole = sets[np.arange(len(sets)), classes], np.asarray(sets.all(1))
    records = []
    for number in np.unique(classes).tolist():
        own = classes == number
        sizes = np.bincount(group[own])
        sizes = sizes[sizes > 0]
        low, high = coverage_band(sizes, max(len(sizes) - 1, 0), coverage)
        records.append(
            {
                "number": number,
                "rows": int(own.sum()),
                "groups": len(sizes),
                "coverage": float(held[own].mean()),
                "low": low,
                "high": high,
                "cannot_tell": float(whole[own].mean()),
            }
        )
    return pd.DataFrame.from_records(records)
