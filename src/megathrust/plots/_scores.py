"""Scores against rivals and nulls: a row for each by scenario, and lines against the exclusion distance."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from megathrust.plots._score_numbers import MEAN, ExclusionScoresInfo, ScenarioScoresInfo, ScoreLine
from megathrust.plots._style import (
    BLACK,
    NULL_COLOUR,
    NULL_COLOURS,
    VERMILION,
    WARNING_COLOUR,
    model_looks,
    styled,
)

_COLUMNS = 5


@styled
def plot_scenario_scores(info: ScenarioScoresInfo) -> Figure:
    """Draw scores as rows of dots with intervals: networks, rivals and every null, the mean first.

    Each null stands below the model that it is made for. The dotted line is the rival of the verdict.

    Parameters
    ----------
    info : ScenarioScoresInfo
        From `scenario_scores_info`.

    Returns
    -------
    matplotlib.figure.Figure
        The verdict stands below the axes, in red unless rival and nulls are beaten.
    """
    rows = info.lines
    scenarios = [MEAN, *(name for name in pd.unique(info.table.columns.get_level_values(0)) if name != MEAN)]
    lines = -(-max(len(scenarios) - 1, 1) // _COLUMNS)
    figure = Figure(figsize=(7.2, (0.17 * len(rows) + 0.55) * lines + 1.25), layout="constrained")
    columns = min(_COLUMNS, len(scenarios) - 1)
    grid = figure.add_gridspec(lines, 1 + columns, width_ratios=[1.7] + [1.0] * columns)
    first = figure.add_subplot(grid[0, 0])
    _panel(first, info, rows, MEAN)
    for i, scenario in enumerate(scenarios[1:]):
        axes = figure.add_subplot(grid[i // columns, 1 + i % columns], sharex=first, sharey=first)
        _panel(axes, info, rows, scenario)
        axes.tick_params(labelleft=i % columns == 0 and i >= columns)
    # Below its model, a null need not name it again.
    names = [f"↳ {row.name.removesuffix(f', {row.of}')}" if row.of else row.name for row in rows]
    first.set_yticks(np.arange(len(rows)), names)
    for label, row in zip(first.get_yticklabels(), rows, strict=True):
        label.set(color={"network": VERMILION, "null": "#666666"}.get(row.kind, BLACK))
        label.set_fontweight("bold" if row.kind == "network" else "normal")
    first.set_ylim(len(rows) - 0.4, -0.6)
    _limit_x(first, info)
    first.set_xlabel(f"{info.label} ({info.range})")
    head = f"{info.label}, protocol {info.protocol}, exclusion distance {info.exclusion_km:g} km"
    _head(figure, head, _reading(info))
    _judge(figure, info)
    return figure


def _panel(axes: Axes, info: ScenarioScoresInfo, rows: Sequence[ScoreLine], scenario: str) -> None:
    for y, row in enumerate(rows):
        if scenario not in row.values.index:
            continue
        value, low, high = row.values.loc[scenario, ["value", "low", "high"]].to_numpy(dtype=np.float64)
        if row.kind == "null":
            axes.barh(y, high - low, left=low, height=0.72, color=NULL_COLOUR, linewidth=0, zorder=2)
            axes.plot([value, value], [y - 0.36, y + 0.36], color="#555555", linewidth=1.2, zorder=3)
            continue
        network = row.kind == "network"
        colour = VERMILION if network else BLACK
        axes.hlines(y, low, high, color=colour, linewidth=1.8 if network else 1.0, zorder=4)
        marker, size = ("D", 5.0) if network else ("o", 3.6)
        axes.plot(value, y, marker, color=colour, markersize=size, markeredgewidth=0, zorder=5)
    rival = info.verdict.rival if info.verdict else None
    if rival in info.table.index:
        best = info.table.loc[rival, (scenario, "value")]
        axes.axvline(best, color=BLACK, linewidth=0.8, linestyle=":", zorder=1.5)
    axes.set_title(_title(info, scenario), fontsize=7.5, pad=3.0, linespacing=1.1)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x")
    for y in range(1, len(rows), 2):
        axes.axhspan(y - 0.5, y + 0.5, color="#F4F4F4", zorder=0)
    axes.spines["left"].set_visible(False)


def _title(info: ScenarioScoresInfo, scenario: str) -> str:
    """Name a scenario, and say how many segments and ruptures it stands on."""
    name = f"scenario {scenario}" if scenario.isdigit() else info.name_of(scenario)
    if info.counts is None:
        return name
    if scenario not in info.counts.index:
        return f"{name}\n\n"
    segments, ruptures = info.counts.loc[scenario, ["segments", "ruptures"]]
    return f"{name}\n{segments:g} segments,\n{ruptures:g} ruptures"


def _limit_x(axes: Axes, info: ScenarioScoresInfo) -> None:
    """Show all numbers and no more: dots, unlike bars, need no zero; scores of 0 to 1 end there."""
    known = _known(info)
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    margin = 0.04 * ((high - low) or 1.0)
    axes.set_xlim(low - margin, high + margin if info.unit else min(high + margin, 1.02))
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5], prune="both"))


@styled
def plot_exclusion_scores(info: ExclusionScoresInfo) -> Figure:
    """Draw mean scores against the exclusion distance in km: one line per model, intervals, null bands.

    Distances stand at equal steps, so that intervals have room beside each other.

    Parameters
    ----------
    info : ExclusionScoresInfo
        From `exclusion_scores_info`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    models = list(pd.unique(info.table.index.get_level_values("model")))
    nulls = list(pd.unique(info.nulls.index.get_level_values("null")))
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.add_subplot()
    distances = np.unique(info.table.index.get_level_values("exclusion_km"))
    offsets = _offsets(len(models) + len(nulls))
    looks = model_looks(models, list(info.networks))
    for model, offset in zip(models, offsets, strict=False):
        part, look = info.table.loc[model], looks[model]
        x = np.searchsorted(distances, part.index.to_numpy()) + offset
        axes.plot(
            x,
            part["value"],
            color=look["color"],
            linestyle=look.get("linestyle", "-"),
            linewidth=0.6 * look["linewidth"],
            zorder=look["zorder"] - 0.5,
        )
        _dots(axes, x, part, look, model)
    for shade, (name, offset) in enumerate(zip(nulls, offsets[len(models) :], strict=True)):
        part = info.nulls.loc[name]
        x = np.searchsorted(distances, part.index.to_numpy()) + offset
        axes.bar(
            x,
            part["high"] - part["low"],
            bottom=part["low"],
            width=0.08,
            color=NULL_COLOURS[shade % len(NULL_COLOURS)],
            label=f"{name}\n(2.5–97.5 %)",
            zorder=2,
        )
        axes.hlines(part["value"], x - 0.04, x + 0.04, color="#555555", linewidth=1.2, zorder=3)
    axes.set_xticks(np.arange(len(distances)), [f"{distance:g}" for distance in distances])
    axes.set(
        xlabel="exclusion distance along the trench (km; equal steps, not to scale)",
        ylabel=f"mean {info.label} (0 to 1)",
        xlim=(-0.5, len(distances) - 0.5),
    )
    for edge in np.arange(len(distances) - 1) + 0.5:
        axes.axvline(edge, color="#E3E3E3", linewidth=0.6, zorder=0)
    axes.grid(axis="y")
    _limit_y(axes, info)
    figure.legend(loc="outside right upper")
    _head(figure, f"{info.label} against exclusion distance, protocol {info.protocol}")
    return figure


def _offsets(count: int) -> np.ndarray:
    return np.linspace(-0.3, 0.3, count) if count > 1 else np.zeros(1)


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


def _limit_y(axes: Axes, info: ExclusionScoresInfo) -> None:
    known = _known(info)
    low = np.floor(10.0 * known.min() - 0.2) / 10.0 if known.size else 0.0
    axes.set_ylim(low, min(1.005, np.ceil(10.0 * known.max() + 0.2) / 10.0) if known.size else 1.005)


def _known(info: ScenarioScoresInfo | ExclusionScoresInfo) -> np.ndarray:
    known = np.concatenate([part.to_numpy(dtype=np.float64).ravel() for part in (info.table, info.nulls)])
    return np.asarray(known[np.isfinite(known)])


def _head(figure: Figure, *lines: str) -> None:
    figure.suptitle("\n".join(line for line in lines if line), x=0.01, ha="left", fontsize=8.5)


def _reading(info: ScenarioScoresInfo) -> str:
    """Say what the figure's marks are."""
    parts = []
    if len(info.nulls):
        below = ", below the model it is made for" if info.null_of else ""
        parts.append(f"Grey: median and 2.5 to 97.5 % of each null{below}.")
    if info.verdict is not None:
        parts.append(f"Dotted: {info.verdict.rival}.")
    return " ".join(parts)


def _judge(figure: Figure, info: ScenarioScoresInfo) -> None:
    bad = info.verdict is None or not info.verdict.passed
    sentences = info.verdict.sentences if info.verdict else ("Not judged against rival and null.",)
    figure.supxlabel(
        "\n".join(textwrap.fill(sentence, 104) for sentence in sentences),
        x=0.01,
        ha="left",
        fontsize=7.5,
        color=WARNING_COLOUR if bad else "black",
        fontweight="bold" if bad else "normal",
    )
