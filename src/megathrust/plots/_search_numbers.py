"""The numbers behind the figures of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray, InputError, IntArray, short_repr
from megathrust.plots._map_numbers import require_columns

#: Columns of a trial frame, besides one per parameter.
TRIAL_COLUMNS = ("scenario", "trial", "rung", "inner_score")
_MEAN = "mean"


@short_repr
@dataclass(frozen=True)
class SearchHistory:
    """What the trials of one scenario scored, in the order of their numbers.

    Attributes
    ----------
    trial : ndarray of int, shape (trials,)
    score : ndarray, shape (trials,)
        Inner score on the last rung that the trial reached.
    finished : ndarray of bool, shape (trials,)
        Whether that was the last rung of all.
    best : ndarray, shape (trials,)
        Largest score of the finished trials up to each number; NaN before the first of them.
    """

    trial: IntArray
    score: FloatArray
    finished: npt.NDArray[np.bool_]
    best: FloatArray

    def to_frame(self) -> pd.DataFrame:
        """Return one row per trial."""
        return pd.DataFrame({name: getattr(self, name) for name in ("trial", "score", "finished", "best")})


@short_repr
@dataclass(frozen=True)
class ParallelCoordinates:
    """Trials as lines through one axis per parameter, and one for the score.

    Attributes
    ----------
    names : tuple of str
        Axes, from left to right; the last is the score.
    positions : ndarray, shape (trials, axes)
        Heights from 0 to 1.
    ticks : tuple of dict of float to str
        Per axis, what stands at which height.
    score : ndarray, shape (trials,)
    best : int
        Row of the trial that was chosen.
    """

    names: tuple[str, ...]
    positions: FloatArray
    ticks: tuple[Mapping[float, str], ...]
    score: FloatArray
    best: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row per trial: its height on each axis, its score, whether it was chosen."""
        table = pd.DataFrame(self.positions, columns=list(self.names)).assign(score=self.score)
        return table.assign(chosen=np.arange(len(table)) == self.best)


@short_repr
@dataclass(frozen=True)
class ParameterImportance:
    """Shares of the inner scores' variance, parameters with the largest mean share first.

    Attributes
    ----------
    table : DataFrame
        Index parameter, one column per scenario.
    mean : Series
        Mean over scenarios.
    """

    table: pd.DataFrame
    mean: pd.Series

    def to_frame(self) -> pd.DataFrame:
        """Return one row per parameter: its share in each scenario and their mean."""
        return self.table.assign(mean=self.mean).rename_axis("parameter").reset_index()


@short_repr
@dataclass(frozen=True)
class InnerOuter:
    """Inner and outer scores of what was chosen, beside the rivals' outer scores.

    Attributes
    ----------
    scenarios : tuple of str
        Outer folds, then the mean.
    inner, outer : ndarray, shape (scenarios,)
    rivals : DataFrame
        Index scenario, one column per rival.
    """

    scenarios: tuple[str, ...]
    inner: FloatArray
    outer: FloatArray
    rivals: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return one row per scenario: inner and outer score of the chosen, and of each rival."""
        own = pd.DataFrame({"scenario": self.scenarios, "inner": self.inner, "outer": self.outer})
        return pd.concat([own, self.rivals.reset_index(drop=True)], axis=1)


def search_history_info(trials: pd.DataFrame) -> dict[str, SearchHistory]:
    """Return the history of every scenario.

    Parameters
    ----------
    trials : DataFrame
        One row per scenario, trial and rung, with `TRIAL_COLUMNS`.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> rows = [("0", 0, 0, 0.6), ("0", 1, 0, 0.7), ("0", 1, 1, 0.65)]
    >>> info = search_history_info(pd.DataFrame(rows, columns=list(TRIAL_COLUMNS)))["0"]
    >>> info.score.tolist(), info.finished.tolist(), info.best.tolist()
    ([0.6, 0.65], [False, True], [nan, 0.65])
    """
    require_columns(trials, TRIAL_COLUMNS)
    histories = {}
    for scenario, part in trials.groupby("scenario", sort=False):
        last = part.sort_values(["trial", "rung"]).groupby("trial").tail(1)
        finished = (last["rung"] == part["rung"].max()).to_numpy()
        score = last["inner_score"].to_numpy(dtype=np.float64)
        best = np.maximum.accumulate(np.where(finished, score, -np.inf))
        histories[str(scenario)] = SearchHistory(
            last["trial"].to_numpy(), score, finished, np.where(np.isfinite(best), best, np.nan)
        )
    return histories


def parallel_coordinates_info(
    trials: pd.DataFrame, *, parameters: Sequence[str], scenario: str, logarithmic: Sequence[str] = ()
) -> ParallelCoordinates:
    """Return all trials of one scenario as lines, coloured by their score on the first rung.

    The first rung is the only one on which every trial was trained.

    Parameters
    ----------
    trials : DataFrame
        `TRIAL_COLUMNS` and the parameters.
    parameters : sequence of str
        Columns that become axes. A column of at most six values gets one tick for each of them.
    scenario : str
        Which scenario.
    logarithmic : sequence of str
        Parameters on a logarithmic axis.

    Raises
    ------
    InputError
        If a column or the scenario is missing.
    """
    require_columns(trials, (*TRIAL_COLUMNS, *parameters))
    part = trials[trials["scenario"].astype(str) == scenario]
    if part.empty:
        there = ", ".join(map(str, pd.unique(trials["scenario"])))
        raise InputError("there is no such scenario", given=scenario, allowed=there)
    first = part[part["rung"] == part["rung"].min()].sort_values("trial").reset_index(drop=True)
    last = part[part["rung"] == part["rung"].max()].sort_values("trial")
    chosen = last.loc[last["inner_score"].idxmax(), "trial"]
    positions, ticks = [], []
    for name in parameters:
        heights, marks = _parameter_axis(first[name], name in logarithmic)
        positions.append(heights)
        ticks.append(marks)
    score = first["inner_score"].to_numpy(dtype=np.float64)
    height, marks = _axis(score, False)
    names = (*parameters, "inner score")
    return ParallelCoordinates(
        names,
        np.column_stack([*positions, height]),
        (*ticks, marks),
        score,
        int(np.flatnonzero(first["trial"] == chosen)[0]),
    )


def _parameter_axis(values: pd.Series, logarithmic: bool) -> tuple[FloatArray, dict[float, str]]:
    """Return heights and ticks of numbers or of names; among both, names stand above the numbers."""
    if pd.api.types.is_numeric_dtype(values):
        return _axis(values.to_numpy(dtype=np.float64), logarithmic)
    names = sorted(values.unique(), key=lambda value: (isinstance(value, str), value))
    heights, marks = _axis(np.array([names.index(value) for value in values], dtype=np.float64), False)
    return heights, dict(zip(marks, (str(name).replace("_", " ") for name in names), strict=True))


def _axis(values: FloatArray, logarithmic: bool) -> tuple[FloatArray, dict[float, str]]:
    """Return heights from 0 to 1 and ticks; few distinct values are spread evenly."""
    distinct = np.unique(values)
    if len(distinct) == 1:
        return np.full(len(values), 0.5), {0.5: f"{distinct[0]:.3g}"}
    if len(distinct) <= 6:
        heights = np.linspace(0.0, 1.0, len(distinct))
        found = np.searchsorted(distinct, values)
        marks = {float(h): f"{value:.3g}" for h, value in zip(heights, distinct, strict=True)}
        # Lines through one choice are spread a little, else they hide each other.
        place = np.zeros(len(values))
        for number in range(len(distinct)):
            same = np.flatnonzero(found == number)
            place[same] = np.linspace(-0.025, 0.025, len(same)) if len(same) > 1 else 0.0
        return heights[found] + place, marks
    scaled = np.log10(values) if logarithmic else values
    low, high = float(scaled.min()), float(scaled.max())
    marks = {}
    for share in (0.0, 0.5, 1.0):
        value = low + share * (high - low)
        marks[share] = f"{10.0**value if logarithmic else value:.2g}"
    return (scaled - low) / (high - low), marks


def parameter_importance_info(shares: pd.DataFrame) -> ParameterImportance:
    """Return shares of variance sorted by their mean over scenarios.

    Parameters
    ----------
    shares : DataFrame
        Index parameter, one column per scenario; a scenario without estimate (NaN) is left out.

    Raises
    ------
    InputError
        If no scenario has an estimate.
    """
    known = shares.dropna(axis="columns")
    if known.empty:
        raise InputError("no scenario has shares of variance", action="search with more trials")
    mean = known.mean(axis="columns").sort_values(ascending=False, kind="stable")
    return ParameterImportance(known.loc[mean.index], mean)


def inner_outer_info(nested: pd.DataFrame, *, model: str, rivals: Sequence[str]) -> InnerOuter:
    """Return inner and outer scores of the chosen trials.

    Parameters
    ----------
    nested : DataFrame
        Columns ``scenario`` (the mean last), ``inner_score``, and one per model.
    model : str
        Column of the outer score of what was chosen.
    rivals : sequence of str
        Columns of the rivals.

    Raises
    ------
    InputError
        If a column is missing.
    """
    require_columns(nested, ("scenario", "inner_score", model, *rivals))
    names = tuple(nested["scenario"].astype(str))
    return InnerOuter(
        names,
        nested["inner_score"].to_numpy(dtype=np.float64),
        nested[model].to_numpy(dtype=np.float64),
        nested[list(rivals)].set_axis(list(names)),
    )
