"""The numbers behind the score figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import InputError, Verdict, short_repr
from megathrust.plots._map_numbers import require_columns

SCORE_COLUMNS = ("model", "protocol", "exclusion_km", "scenario", "metric", "class", "value", "low", "high")
MEAN = "mean"
POOLED = "pooled"

#: Name of the null in the column model; the plain word "null" would be read back from a file as missing.
NULL_MODEL = "autocorrelated null"

#: One null, several, or each with the model that it is made for.
Nulls = str | Sequence[str] | Mapping[str, str]

#: Scores of which less is better, with their unit; None where numbers lie between 0 and 1.
_ERRORS = {"brier": None, "log_score": "nats", "mae": "units of Mw", "rmse": "units of Mw"}
_LONG_NAMES = {
    "f1": "F1",
    "roc_auc": "ROC-AUC",
    "mae": "MAE",
    "rmse": "RMSE",
}


@short_repr
@dataclass(frozen=True)
class ScoreLine:
    """One model or null of a score figure or table.

    Attributes
    ----------
    name, kind : str
        ``kind`` is "network", "rival" or "null".
    of : str or None
        The model that a null is made for.
    values : DataFrame
        Index scenario, columns value, low, high.
    """

    name: str
    kind: str
    of: str | None
    values: pd.DataFrame


@dataclass(frozen=True)
class ScenarioScoresInfo:
    """Scores by model and scenario at one exclusion distance.

    Attributes
    ----------
    table : DataFrame
        Index model, networks first; columns (scenario, one of value / low / high), last "mean": all scenarios
        together where `pooled`.
    nulls : DataFrame
        Index (null, scenario), columns value (median), low, high (2.5 and 97.5 % quantiles).
    null_of : mapping of str to str
        Which model each null is made for: of its own kind, on data without signal.
    counts : DataFrame or None
        Index scenario, columns segments, ruptures: what each score stands on.
    networks : tuple of str
        Models that the figure emphasises.
    verdict : Verdict or None
        What the comparison with rival and nulls says.
    metric, label : str
        Name of the score, and how its axis is called.
    protocol : str
    exclusion_km : float
    lower_is_better : bool
        Whether the score is an error.
    unit : str or None
        Unit of an error; None for scores between 0 and 1.
    pooled : bool
        Whether "mean" stands for the score of all scenarios together.
    """

    table: pd.DataFrame
    nulls: pd.DataFrame
    null_of: Mapping[str, str]
    counts: pd.DataFrame | None
    networks: tuple[str, ...]
    verdict: Verdict | None
    metric: str
    label: str
    protocol: str
    exclusion_km: float
    lower_is_better: bool = False
    unit: str | None = None
    pooled: bool = False

    def name_of(self, scenario: str) -> str:
        """Return what a scenario is called: a number, a region, "mean", or "all together"."""
        return "all together" if scenario == MEAN and self.pooled else scenario

    @property
    def lines(self) -> list[ScoreLine]:
        """Networks, rivals and nulls from top to bottom, each null below the model that it is made for."""
        names = [str(name) for name in pd.unique(self.nulls.index.get_level_values("null"))]
        lines = []
        for model in map(str, self.table.index):
            kind = "network" if model in self.networks else "rival"
            lines.append(ScoreLine(model, kind, None, self.table.loc[model].unstack()))
            own = [name for name in names if self.null_of.get(name) == model]
            lines += [ScoreLine(name, "null", model, self.nulls.loc[name]) for name in own]
        free = [name for name in names if self.null_of.get(name) not in self.table.index]
        return lines + [ScoreLine(name, "null", None, self.nulls.loc[name]) for name in free]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per scenario and model or null: kind, null of what, score, interval, counts."""
        scenarios = pd.unique(self.table.columns.get_level_values(0))
        parts = {scenario: self.table[scenario] for scenario in scenarios}
        models = pd.concat(parts, names=["scenario", "name"]).reset_index()
        models["kind"] = np.where(models["name"].isin(self.networks), "network", "rival")
        nulls = self.nulls.rename_axis(["name", "scenario"]).reset_index().assign(kind="null")
        nulls["of"] = nulls["name"].map(dict(self.null_of))
        table = pd.concat([models, nulls], ignore_index=True) if len(nulls) else models.assign(of=None)
        table["metric"] = self.label
        if self.counts is not None:
            table = table.merge(self.counts, how="left", left_on="scenario", right_index=True)
        return table.assign(scenario=table["scenario"].map(self.name_of))

    @property
    def range(self) -> str:
        """Unit or range of the score, and which way is up."""
        return f"{self.unit or '0 to 1'}{'; lower is better' if self.lower_is_better else ''}"


@short_repr
@dataclass(frozen=True)
class ExclusionScoresInfo:
    """Mean scores by model against the exclusion distance.

    Attributes
    ----------
    table : DataFrame
        Index (model, exclusion_km in km), columns value, low, high.
    nulls : DataFrame
        Index (null, exclusion_km), columns value, low, high.
    networks : tuple of str
        Models that the figure emphasises.
    label, protocol : str
        How the score's axis is called, and the protocol of the splits.
    """

    table: pd.DataFrame
    nulls: pd.DataFrame
    networks: tuple[str, ...]
    label: str
    protocol: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per model or null and exclusion distance."""
        models = self.table.rename_axis(["name", "exclusion_km"]).reset_index()
        models["kind"] = np.where(models["name"].isin(self.networks), "network", "rival")
        nulls = self.nulls.rename_axis(["name", "exclusion_km"]).reset_index().assign(kind="null")
        table = pd.concat([models, nulls], ignore_index=True) if len(nulls) else models
        return table.assign(metric=self.label)


def scenario_scores_info(
    scores: pd.DataFrame,
    *,
    networks: Sequence[str],
    protocol: str,
    exclusion_km: float,
    metric: str = "f1",
    score_class: str = "macro",
    null: Nulls = NULL_MODEL,
    verdict: Verdict | None = None,
    counts: pd.DataFrame | None = None,
) -> ScenarioScoresInfo:
    """Arrange scores by model and scenario.

    Parameters
    ----------
    scores : DataFrame
        Tidy scores with the columns model, protocol, exclusion_km (km), scenario (a number, a region code,
        "mean", or "pooled": all together), metric, class ("macro", "all" or a class number), value, low, high
        (interval, NaN where none). Rows of a null hold its median and its 2.5 and 97.5 % quantiles.
        Where a model lacks the scenario "mean", the mean of its scenarios is taken, without an interval; a
        null's mean is never made up from its scenarios.
    networks : sequence of str
        Models that the figure emphasises.
    protocol, exclusion_km, metric, score_class
        Which rows to take.
    null : str, sequence of str, or mapping of str to str
        Names of the nulls in the column model; a mapping says for which model each is made.
    verdict : Verdict, optional
        Written under the figure and in the report.
    counts : DataFrame, optional
        Index scenario (as text), columns segments and ruptures of the test part.

    Raises
    ------
    InputError
        If a column is missing, nothing matches, a row is repeated, a network has no score, or the verdict is
        about a score of the other direction.

    Examples
    --------
    >>> scores = pd.DataFrame({"model": ["fcn", "nearest"], "protocol": "seed", "exclusion_km": 50.0,
    ...     "scenario": 0, "metric": "f1", "class": "macro", "value": [0.77, 0.86], "low": np.nan,
    ...     "high": np.nan})
    >>> info = scenario_scores_info(scores, networks=["fcn"], protocol="seed", exclusion_km=50.0)
    >>> list(info.table.index)
    ['fcn', 'nearest']
    """
    less = metric in _ERRORS
    if verdict is not None and verdict.lower_is_better != less:
        raise InputError(
            "the verdict is about another score",
            given=verdict.metric,
            allowed=score_label(metric, score_class),
        )
    rows = _select(scores, protocol, metric, score_class)
    distances = sorted(rows["exclusion_km"].unique())
    rows = rows[rows["exclusion_km"] == exclusion_km]
    if rows.empty:
        raise InputError(
            "no score at this exclusion distance",
            given=f"{exclusion_km:g} km",
            allowed=", ".join(f"{distance:g}" for distance in distances),
        )
    models, bands = _split(rows, null, "scenario")
    _require_models(models, networks)
    wide = models.set_index(["model", "scenario"])[["value", "low", "high"]].unstack("scenario")
    order = sorted(wide["value"].columns, key=_scenario_key)
    wide = wide.swaplevel(axis=1)
    rivals = [model for model in pd.unique(models["model"]) if model not in networks]
    wide = _with_mean(wide.loc[[*networks, *rivals]], order)
    bands = bands.loc[sorted(bands.index, key=lambda at: (_names(null).index(at[0]), _scenario_key(at[1])))]
    if counts is not None:
        require_columns(counts, ["segments", "ruptures"])
        counts = counts[["segments", "ruptures"]].set_axis(counts.index.map(_plain_name))
    return ScenarioScoresInfo(
        wide,
        bands,
        dict(null) if isinstance(null, Mapping) else {},
        counts,
        tuple(networks),
        verdict,
        metric,
        score_label(metric, score_class),
        protocol,
        float(exclusion_km),
        less,
        _ERRORS.get(metric),
        pooled=bool((scores["scenario"] == POOLED).any()),
    )


def exclusion_scores_info(
    scores: pd.DataFrame,
    *,
    networks: Sequence[str],
    protocol: str,
    metric: str = "f1",
    score_class: str = "macro",
    null: Nulls = NULL_MODEL,
) -> ExclusionScoresInfo:
    """Arrange mean scores by model and exclusion distance.

    Parameters
    ----------
    scores : DataFrame
        As for `scenario_scores_info`.
    networks : sequence of str
        Models to emphasise.
    protocol, metric, score_class
        Which rows to take.
    null : str, sequence of str, or mapping of str to str
        Names of the nulls in the column model.

    Raises
    ------
    InputError
        As for `scenario_scores_info`.
    """
    if metric in _ERRORS:
        raise InputError(
            "the figure needs a score of which more is better",
            given=metric,
            allowed=f"not {', '.join(_ERRORS)}",
        )
    rows = _select(scores, protocol, metric, score_class)
    models, bands = _split(rows, null, "exclusion_km", of_mean=True)
    _require_models(models, networks)
    keys = ["model", "exclusion_km"]
    means = models[models["scenario"] == MEAN].set_index(keys)[["value", "low", "high"]]
    made = models[models["scenario"] != MEAN].groupby(keys, sort=False)["value"].mean().to_frame()
    made = made.loc[made.index.difference(means.index)]
    table = pd.concat([means, made.assign(low=np.nan, high=np.nan)] if len(made) else [means])
    order = {model: i for i, model in enumerate(pd.unique(models["model"]))}
    table = table.sort_index(
        level=keys, key=lambda level: level.map(order) if level.name == "model" else level
    )
    label = score_label(metric, score_class)
    return ExclusionScoresInfo(table, bands.sort_index(), tuple(networks), label, protocol)


def score_label(metric: str, score_class: str) -> str:
    """Name a score on an axis, without its unit.

    Examples
    --------
    >>> score_label("f1", "macro"), score_label("balanced_accuracy", "")
    ('macro-F1', 'balanced accuracy')
    """
    name = _LONG_NAMES.get(metric, metric.replace("_", " "))
    if score_class == "macro":
        return f"macro-{name}"
    return f"{name}, class {score_class}" if score_class not in ("", "all") else name


def _select(scores: pd.DataFrame, protocol: str, metric: str, score_class: str) -> pd.DataFrame:
    require_columns(scores, SCORE_COLUMNS)
    if scores["model"].isna().any():
        raise InputError(
            "a score names no model",
            given=f"{int(scores['model'].isna().sum())} rows",
            action="give each model a name that files do not read as missing (not 'null', 'NA' or 'nan')",
        )
    # Files read back mix numbers and words in these columns.
    rows = scores.assign(
        scenario=scores["scenario"].map(_plain_name).replace(POOLED, MEAN),
        **{"class": scores["class"].map(_plain_name), "exclusion_km": scores["exclusion_km"].astype(float)},
    )
    wanted = {"protocol": protocol, "metric": metric, "class": score_class}
    for column, value in wanted.items():
        present = sorted(rows[column].unique())
        rows = rows[rows[column] == value]
        if rows.empty:
            raise InputError(f"no score of this {column}", given=repr(value), allowed=", ".join(present))
    keys = ["model", "exclusion_km", "scenario"]
    if (repeated := rows.duplicated(keys)).any():
        raise InputError(
            "a score is given more than once", given=", ".join(map(str, rows.loc[repeated, keys].iloc[0]))
        )
    return rows


def _names(null: Nulls) -> list[str]:
    return [null] if isinstance(null, str) else list(null)


def _split(
    rows: pd.DataFrame, null: Nulls, key: str, *, of_mean: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of models, and the bands of nulls with the index (null, key)."""
    of_null = rows["model"].isin(_names(null))
    bands = rows[of_null & (rows["scenario"] == MEAN)] if of_mean else rows[of_null]
    bands = bands.rename(columns={"model": "null"}).set_index(["null", key])[["value", "low", "high"]]
    return rows[~of_null], bands


def _plain_name(value: object) -> str:
    """Write 0, 0.0 and "0" alike, and a missing name (a score of no class) as nothing."""
    if isinstance(value, float):
        return f"{value:g}" if np.isfinite(value) else ""
    return str(value)


def _require_models(models: pd.DataFrame, networks: Sequence[str]) -> None:
    present = sorted(models["model"].unique())
    if missing := [network for network in networks if network not in present]:
        raise InputError("a network has no score", given=", ".join(missing), allowed=", ".join(present))


def _scenario_key(scenario: str) -> tuple[int, float, str]:
    if scenario == MEAN:
        return (2, 0.0, scenario)
    return (0, float(scenario), "") if scenario.isdigit() else (1, 0.0, scenario)


def _with_mean(wide: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    singles = [scenario for scenario in order if scenario != MEAN]
    columns = pd.MultiIndex.from_product([[*singles, MEAN], ["value", "low", "high"]])
    full = wide.reindex(columns=columns)
    if singles:
        made = full[[(scenario, "value") for scenario in singles]].mean(axis=1, skipna=False)
        full[(MEAN, "value")] = full[(MEAN, "value")].fillna(made)
    return full
