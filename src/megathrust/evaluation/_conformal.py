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


def class_sets(probabilities: FloatArray, threshold: float) -> BoolArray:
    """Return which classes stand in the set of each row.

    A set holds the classes whose probability is at least 1 minus the threshold, and always the most probable
    one (the higher of two): an empty set says nothing, and a larger one covers no less.

    Parameters
    ----------
    probabilities : ndarray, shape (rows, classes)
        Probabilities.
    threshold : float
        From `conformal_threshold`.

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

    Returns
    -------
    DataFrame
        A row per region, sorted: ``region``, ``rows``, ``groups``, ``coverage`` (share of its rows whose set
        holds the observed class), ``mean_set_size``, ``threshold`` (of all other regions).
    """
    check_same_length(classes=classes, regions=np.asarray(regions))
    groups, regions = np.asarray(groups), np.asarray(regions)
    records = []
    for region in np.unique(regions):
        inside = regions == region
        threshold = conformal_threshold(
            probabilities[~inside], classes[~inside], groups[~inside], coverage=coverage
        )
        sets = class_sets(probabilities[inside], threshold)
        held = sets[np.arange(len(sets)), classes[inside]]
        records.append(
            {
                "region": str(region),
                "rows": len(sets),
                "groups": len(np.unique(groups[inside])),
                "coverage": float(held.mean()),
                "mean_set_size": float(sets.sum(1).mean()),
                "threshold": threshold,
            }
        )
    return pd.DataFrame.from_records(records)
