"""Intervals from a bootstrap over ruptures, and tidy score rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, IntArray, check_range, short_repr
from megathrust.evaluation._scores import classification_scores

#: Columns of a score table.
SCORE_COLUMNS = ("model", "protocol", "exclusion_km", "scenario", "metric", "class", "value", "low", "high")

#: Name of the rows that hold the plain mean over scenarios.
MEAN_SCENARIO = "mean"


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
) -> pd.DataFrame:
    """Score one model on every scenario and on their mean, with bootstrap intervals.

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
    scored = [
        (each.scenario, scores(observed[each.rows], each.predicted, with_plain(weights[:, each.rows])))
        for each in predictions
    ]
    return _tidy(model, protocol, exclusion_km, scored, coverage)


def with_plain(weights: FloatArray) -> FloatArray:
    """Put the plain weighting first: value and replicates then come out of one pass."""
    return np.vstack([np.ones(weights.shape[1]), weights])


def _tidy(
    model: str,
    protocol: str,
    exclusion_km: float,
    scored: Sequence[tuple[str, dict[tuple[str, str], FloatArray]]],
    coverage: float,
) -> pd.DataFrame:
    """Return score rows of scenarios, whose first replicate is the value, and of their mean."""
    check_range("the coverage of the intervals", coverage, low=0.0, high=1.0, open_low=True)
    stacks: dict[tuple[str, str], list[FloatArray]] = {}
    rows = []
    for scenario, scores in scored:
        for key, values in scores.items():
            stacks.setdefault(key, []).append(values)
            rows.append((scenario, *key, values))
    for key, values_of_scenarios in stacks.items():
        stacked = np.stack(values_of_scenarios)
        defined = ~np.isnan(stacked)
        count = defined.sum(0)
        mean = np.where(count > 0, np.nansum(stacked, axis=0) / np.maximum(count, 1), np.nan)
        rows.append((MEAN_SCENARIO, *key, mean))
    tail = (1.0 - coverage) / 2.0
    records = [
        (model, protocol, exclusion_km, scenario, metric, name, values[0], *_limits(values[1:], tail))
        for scenario, metric, name, values in rows
    ]
    return pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))


def _limits(replicates: FloatArray, tail: float) -> tuple[float, float]:
    defined = replicates[~np.isnan(replicates)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return float(low), float(high)
