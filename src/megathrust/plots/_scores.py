"""Scores against rivals: by scenario, and against the exclusion distance."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from megathrust.plots._score_numbers import MEAN, ExclusionScoresInfo, ScenarioScoresInfo
from megathrust.plots._style import NULL_COLOUR, WARNING_COLOUR, model_looks, styled

_NULL_LABEL = "null, 2.5–97.5 %"


@styled
def plot_scenario_scores(info: ScenarioScoresInfo) -> Figure:
    """Draw scores per scenario as grouped dots with intervals, rivals and null band beside the networks.

    Parameters
    ----------
    info : ScenarioScoresInfo
        From `scenario_scores_info`.

    Returns
    -------
    matplotlib.figure.Figure
        The verdict stands below the axes, in red unless rival and nulls are beaten.
    """
    models, scenarios = list(info.table.index), list(pd.unique(info.table.columns.get_level_values(0)))
    figure = Figure(figsize=(7.2, 3.9), layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(len(scenarios), dtype=np.float64)
    places[-1] += 0.25  # the mean stands a little apart
    offsets = np.linspace(-0.36, 0.36, len(models)) if len(models) > 1 else np.zeros(1)
    _draw_null_steps(axes, info, scenarios, places)
    looks = model_looks(models, list(info.networks))
    for model, offset in zip(models, offsets, strict=True):
        part = info.table.loc[model].unstack().loc[scenarios]
        _dots(axes, places + offset, part, looks[model], model)
    axes.axvline((places[-1] + places[-2]) / 2 if len(places) > 1 else -1.0, color="#888888", linewidth=0.8)
    names = [
        "mean" if scenario == MEAN else f"scenario {scenario}" if scenario.isdigit() else scenario
        for scenario in scenarios
    ]
    axes.set(xticks=places, ylabel=f"{info.label} ({info.range})", xlim=(places[0] - 0.5, places[-1] + 0.5))
    axes.set_xticklabels(names)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    _limit(axes, info.table.to_numpy(dtype=np.float64), info.null, end=None if info.lower_is_better else 1.0)
    figure.legend(loc="outside right upper")
    _head(figure, f"{info.label}, protocol {info.protocol}, exclusion distance {info.exclusion_km:g} km")
    _judge(figure, info)
    return figure


@styled
def plot_exclusion_scores(info: ExclusionScoresInfo) -> Figure:
    """Draw mean scores against the exclusion distance in km: one line per model, intervals, null band.

    Parameters
    ----------
    info : ExclusionScoresInfo
        From `exclusion_scores_info`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    models = list(pd.unique(info.table.index.get_level_values("model")))
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    axes = figure.add_subplot()
    if info.null is not None:
        axes.fill_between(
            info.null.index, info.null["low"], info.null["high"], color=NULL_COLOUR, label=_NULL_LABEL
        )
        axes.plot(info.null.index, info.null["value"], color="white", linewidth=1.0)
    looks = model_looks(models, list(info.networks))
    distances = np.unique(info.table.index.get_level_values("exclusion_km"))
    # Intervals at equal distances are set beside each other by up to 1 % of the axis.
    shift = 0.01 * (np.ptp(distances) or 1.0) * np.linspace(-1.0, 1.0, len(models))
    for model, offset in zip(models, shift, strict=True):
        part, look = info.table.loc[model], looks[model]
        x = part.index.to_numpy() + offset
        axes.plot(
            x,
            part["value"],
            color=look["color"],
            linestyle=look.get("linestyle", "-"),
            linewidth=look["linewidth"],
            zorder=look["zorder"] - 0.5,
        )
        _dots(axes, x, part, look, model)
    axes.set(xlabel="exclusion distance along the trench (km)", ylabel=f"mean {info.label} (0 to 1)")
    axes.set_xticks(distances)
    axes.grid(axis="y")
    _limit(axes, info.table.to_numpy(dtype=np.float64), info.null)
    figure.legend(loc="outside right upper")
    _head(figure, f"{info.label} against exclusion distance, protocol {info.protocol}")
    return figure


def _dots(axes: Axes, x: np.ndarray, part: pd.DataFrame, look: dict[str, object], label: str) -> None:
    hollow = bool(look.get("hollow"))
    axes.vlines(
        x, part["low"], part["high"], color=look["color"], linewidth=look["linewidth"], zorder=look["zorder"]
    )
    axes.plot(
        x,
        part["value"],
        linestyle="none",
        color=look["color"],
        marker=look["marker"],
        markersize=look["markersize"],
        markerfacecolor="white" if hollow else look["color"],
        markeredgecolor=look["color"] if hollow else "white",
        markeredgewidth=1.1 if hollow else 0.5,
        zorder=look["zorder"],
        label=label,
    )


def _draw_null_steps(axes: Axes, info: ScenarioScoresInfo, scenarios: list[str], places: np.ndarray) -> None:
    if info.null is None:
        return
    label: str | None = _NULL_LABEL
    for scenario, place in zip(scenarios, places, strict=True):
        if scenario in info.null.index:
            low, high = info.null.loc[scenario, "low"], info.null.loc[scenario, "high"]
            axes.fill_between(
                [place - 0.44, place + 0.44], low, high, color=NULL_COLOUR, linewidth=0, label=label, zorder=1
            )
            label = None


def _limit(axes: Axes, values: np.ndarray, null: pd.DataFrame | None, *, end: float | None = 1.0) -> None:
    """Start the axis below the lowest number: dots, unlike bars, need no zero. And end it at ``end``."""
    known = np.concatenate([values.ravel(), [] if null is None else null.to_numpy(dtype=np.float64).ravel()])
    known = known[np.isfinite(known)]
    low = np.floor(10.0 * known.min() - 0.2) / 10.0 if known.size else 0.0
    high = known.max() * 1.01 if known.size else 1.0
    axes.set_ylim(low, high if end is None else max(1.005 * end, high))


def _head(figure: Figure, text: str) -> None:
    figure.suptitle(text, x=0.01, ha="left", fontsize=9.5)


def _judge(figure: Figure, info: ScenarioScoresInfo) -> None:
    bad = info.verdict is None or not info.verdict.passed
    sentences = info.verdict.sentences if info.verdict else ("Not judged against rival and null.",)
    figure.supxlabel(
        "\n".join(textwrap.fill(sentence, 98) for sentence in sentences),
        x=0.01,
        ha="left",
        fontsize=8,
        color=WARNING_COLOUR if bad else "black",
        fontweight="bold" if bad else "normal",
    )
