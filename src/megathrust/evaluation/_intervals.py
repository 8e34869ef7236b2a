"""Intervals from a bootstrap over ruptures, and tidy score rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, FloatArray, IntArray, check_range, check_same_length, short_repr
from megathrust.evaluation._scores import classification_scores

#: Columns of a score table.
SCORE_COLUMNS = ("model", "protocol", "exclusion_km", "scenario", "metric", "class", "value", "low", "high")

#: Name of the rows that hold the plain mean over scenarios.
MEAN_SCENARIO = "mean"

#: Name of the rows that score the segments of all scenarios together.
POOLED_SCENARIO = "pooled"


#: (observed (rows,), predicted (rows, ...), weights (replicates, rows)) -> values (replicates,) by metric
#: and class
ScoreFunction = Callable[[np.ndarray, FloatArray, FloatArray], dict[tuple[str, str], FloatArray]]


@short_repr
@dataclass(frozen=True)
class Prediction:
    """What one model says of one scenario's test rows.

    Attributes
    ----------
    scenario : str
        Name of the fold.
    rows : ndarray of int, shape (n,)
        Test rows.
    predicted : ndarray, shape (n, classes) or (n,)
        Probabilities of the classes, or magnitudes in Mw.

    Examples
    --------
    >>> import numpy as np
    >>> chances = np.array([[0.9, 0.1], [0.2, 0.8]])
    >>> Prediction("0", np.array([3, 4]), chances).predicted.shape
    (2, 2)
    """

    scenario: str
    rows: IntArray
    predicted: FloatArray


def pooled(predictions: Sequence[Prediction]) -> Prediction:
    """Return the test rows of all scenarios as one, of the name `POOLED_SCENARIO`.

    Where whole regions are held out, the mean over scenarios says nothing: macro-F1 of a region of one class
    is 0 or 1, or nearly so.

    Examples
    --------
    >>> one = Prediction("sam", np.array([0, 1]), np.zeros((2, 2)))
    >>> both = pooled([one, Prediction("alu", np.array([5]), np.ones((1, 2)))])
    >>> both.scenario, both.rows.tolist(), both.predicted.shape
    ('pooled', [0, 1, 5], (3, 2))
    """
    return Prediction(
        POOLED_SCENARIO,
        np.concatenate([each.rows for each in predictions]),
        np.concatenate([each.predicted for each in predictions]),
    )


def bootstrap_units(region: np.ndarray, s_km: FloatArray, ruptures: IntArray, great: BoolArray) -> IntArray:
    """Return what counts as one observation: a great rupture, or the run of segments between two of them.

    A segment without a great event is no observation of its own: it has none because its neighbours have
    none. Counted alone, intervals of scores are too short (docs/claims.md).

    Parameters
    ----------
    region : ndarray of str, shape (rows,)
    s_km : ndarray, shape (rows,)
        Arc length along the region's trench in km.
    ruptures : ndarray of int, shape (rows,)
    great : ndarray of bool, shape (rows,)

    Returns
    -------
    ndarray of int, shape (rows,)
        Numbers from 0.

    Examples
    --------
    >>> great = np.array([False, False, True, True, False, False])
    >>> region, ruptures = np.array(["a"] * 5 + ["b"]), np.array([0, 1, 7, 7, 2, 2])
    >>> bootstrap_units(region, np.arange(6.0), ruptures, great).tolist()
    [0, 0, 3, 3, 1, 2]
    """
    check_same_length(region=region, s_km=s_km, ruptures=ruptures, great=great)
    order = np.lexsort((s_km, region))
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = great[order[:-1]] | (region[order[1:]] != region[order[:-1]])
    run = np.empty(len(order), dtype=np.int64)
    run[order] = np.cumsum(begins)
    keys = np.where(great, run.max(initial=0) + 1 + ruptures, run)
    return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64)


def rupture_weights(ruptures: IntArray, *, replicates: int, seed: int) -> FloatArray:
    """Draw bootstrap weights that resample whole ruptures, shape (replicates, rows).

    A segment is no independent observation; the event that gave its label is. Each replicate draws as many
    ruptures as there are, with replacement; a row's weight is how often its rupture was drawn.

    Parameters
    ----------
    ruptures : ndarray of int, shape (rows,)
        Rupture number of each row, from 0.
    replicates : int
        How many resamplings.
    seed : int
        Seed of the draws.

    Examples
    --------
    >>> rupture_weights(np.array([0, 0, 1]), replicates=2, seed=1).shape
    (2, 3)
    """
    check_range("the number of bootstrap replicates", replicates, low=1)
    count = int(ruptures.max()) + 1
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1.0 / count), size=replicates)
    return draws[:, ruptures].astype(np.float64)


def score_table(
    model: str,
    protocol: str,
    exclusion_km: float,
    predictions: Sequence[Prediction],
    observed: np.ndarray,
    weights: FloatArray,
    *,
    scores: ScoreFunction = classification_scores,
    coverage: float = 0.95,
    together: bool = False,
) -> pd.DataFrame:
    """Score one model on every scenario and on their mean or sum, with bootstrap intervals.

    Parameters
    ----------
    model, protocol, exclusion_km
        Copied into the rows.
    predictions : sequence of Prediction
        One per scenario.
    observed : ndarray, shape (rows,)
        Class or magnitude of every row of the table; magnitudes are NaN where there was no event.
    weights : ndarray, shape (replicates, rows)
        From `rupture_weights`.
    scores : callable
        Such as `classification_scores` or `magnitude_scores`.
    coverage : float
        Share of the replicates between ``low`` and ``high``.
    together : bool
        Whether the segments of all scenarios are scored together (`POOLED_SCENARIO`) instead of taking the
        mean over scenarios (`MEAN_SCENARIO`): scenarios that are whole regions often hold one class only.

    Returns
    -------
    DataFrame
        With `SCORE_COLUMNS`; the interval of the mean resamples all scenarios together.

    Examples
    --------
    >>> classes = np.array([0, 0, 1, 1])
    >>> held_out = [Prediction("0", np.arange(4), np.eye(2)[[0, 1, 1, 1]])]
    >>> table = score_table("FCN", "seed", 50.0, held_out, classes, np.ones((20, 4)))
    >>> table[(table["metric"] == "accuracy") & (table["scenario"] == "mean")]["value"].item()
    0.75
    """
    check_range("the coverage of the intervals", coverage, low=0.0, high=1.0, open_low=True)
    rows: list[tuple[str, str, str, FloatArray]] = []
    for each in (*predictions, pooled(predictions)) if together else predictions:
        values = scores(observed[each.rows], each.predicted, with_plain(weights[:, each.rows]))
        rows += [(each.scenario, *key, value) for key, value in values.items()]
    if not together:
        rows += _means(rows)
    tail = (1.0 - coverage) / 2.0
    records = [
        (model, protocol, exclusion_km, scenario, metric, name, values[0], *_limits(values[1:], tail))
        for scenario, metric, name, values in rows
    ]
    return pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))


def with_plain(weights: FloatArray) -> FloatArray:
    """Put the plain weighting first: value and replicates then come out of one pass."""
    return np.vstack([np.ones(weights.shape[1]), weights])


def _means(rows: Sequence[tuple[str, str, str, FloatArray]]) -> list[tuple[str, str, str, FloatArray]]:
    """Return the mean of every score over the scenarios where it is defined, replicate by replicate."""
    stacks: dict[tuple[str, str], list[FloatArray]] = {}
    for _, metric, name, values in rows:
        stacks.setdefault((metric, name), []).append(values)
    means = []
    for key, of_scenarios in stacks.items():
        stacked = np.stack(of_scenarios)
        count = (~np.isnan(stacked)).sum(0)
        mean = np.where(count > 0, np.nansum(stacked, axis=0) / np.maximum(count, 1), np.nan)
        means.append((MEAN_SCENARIO, *key, mean))
    return means


def _limits(replicates: FloatArray, tail: float) -> tuple[float, float]:
    defined = replicates[~np.isnan(replicates)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return float(low), float(high)
