"""Figures of a search: history, parallel coordinates, parameter importance, inner against outer score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from megathrust.core import InputError
from megathrust.plots._search_numbers import (
    InnerOuter,
    ParallelCoordinates,
    ParameterImportance,
    SearchHistory,
)
from megathrust.plots._style import BLUE, VERMILION, model_looks, styled

#: What inner and outer scores are, unless a figure is told something else.
_SCORE = "macro-F1 (0 to 1)"


@styled
def plot_search_history(histories: Mapping[str, SearchHistory], *, score: str = _SCORE) -> Figure:
    """Draw inner scores in the order of the trials, with the best so far: one panel per scenario.

    Parameters
    ----------
    histories : mapping of str to SearchHistory
        From `search_history_info`.
    score : str
        Name and unit of the scores; higher is better.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If there is no scenario.
    """
    if not histories:
        raise InputError("a search history needs a scenario", given="none")
    columns = min(3, len(histories))
    rows = -(-len(histories) // columns)
    figure = Figure(figsize=(min(2.6 * columns + 0.6, 7.2), 1.9 * rows + 0.9), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (name, info) in zip(panels.flat, histories.items(), strict=False):
        for which, colour, label in (
            (~info.finished, "#A0A0A0", "stopped early"),
            (info.finished, BLUE, "trained in full"),
        ):
            axes.plot(
                info.trial[which], info.score[which], "o", color=colour, markersize=3.6, label=label, zorder=3
            )
        axes.step(info.trial, info.best, where="post", color=VERMILION, linewidth=1.6, label="best so far")
        axes.set_title(f"scenario {name}" if name.isdigit() else f"{name} rows" if name == "all" else name)
        axes.grid(axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for axes in panels.flat[len(histories) :]:
        axes.set_axis_off()
    figure.supxlabel("trial number", fontsize=9)
    figure.supylabel(f"inner {score}", fontsize=9)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


@styled
def plot_parallel_coordinates(info: ParallelCoordinates, *, score: str = _SCORE) -> Figure:
    """Draw every trial as a line through its parameters, coloured by its inner score on the first rung.

    Parameters
    ----------
    info : ParallelCoordinates
        From `parallel_coordinates_info`.
    score : str
        Name and unit of the scores; higher is better.

    Returns
    -------
    matplotlib.figure.Figure
        The chosen trial is drawn thick, in vermilion.
    """
    count = len(info.names)
    figure = Figure(figsize=(max(4.0, 0.95 * count + 1.2), 3.9), layout="constrained")
    axes = figure.add_subplot()
    x = np.arange(count)
    lines = [np.column_stack([x, row]) for row in info.positions]
    # The best are drawn last, on top.
    order = np.argsort(info.score, kind="stable")
    low, high = float(info.score.min()), float(info.score.max())
    scale = Normalize(low, high if high > low else low + 1e-9)
    bundle = LineCollection(
        [lines[i] for i in order], cmap=cm.batlow_r, norm=scale, linewidths=1.0, alpha=0.8, zorder=2
    )
    bundle.set_array(info.score[order])
    axes.add_collection(bundle)
    axes.plot(x, info.positions[info.best], color=VERMILION, linewidth=2.6, zorder=4, label="chosen trial")
    for place, ticks in enumerate(info.ticks):
        axes.axvline(place, color="#555555", linewidth=0.8, zorder=3)
        for height, text in ticks.items():
            axes.text(
                place + 0.05,
                height,
                text,
                fontsize=7,
                va="center",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8},
            )
    axes.set(xlim=(-0.15, count - 1 + 0.5), ylim=(-0.06, 1.06), yticks=[])
    axes.set_xticks(x, [name.replace("_", "\n").replace(" ", "\n") for name in info.names])
    axes.tick_params(axis="x", length=0)
    axes.spines[:].set_visible(False)
    figure.colorbar(bundle, ax=axes, label=f"inner {score} on the first rung", pad=0.01)
    figure.legend(loc="outside upper left")
    return figure


@styled
def plot_parameter_importance(info: ParameterImportance) -> Figure:
    """Draw the share of the inner scores' variance that each parameter explains.

    Parameters
    ----------
    info : ParameterImportance
        From `parameter_importance_info`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(5.4, 0.34 * len(info.mean) + 1.4), layout="constrained")
    axes = figure.add_subplot()
    y = np.arange(len(info.mean))
    axes.barh(y, info.mean, height=0.6, color="#A9CCE3", label="mean over scenarios")
    for number, scenario in enumerate(info.table.columns):
        axes.plot(
            info.table[scenario],
            y,
            "o",
            color=BLUE,
            markersize=3.6,
            label="one scenario" if number == 0 else None,
        )
    axes.set_yticks(y, [str(name).replace("_", " ") for name in info.mean.index])
    axes.invert_yaxis()
    axes.set(xlabel="share of the variance of inner scores (fANOVA, 0 to 1)", xlim=(0.0, 1.0))
    axes.grid(axis="x")
    axes.legend(loc="lower right")
    return figure


@styled
def plot_inner_outer(info: InnerOuter, *, model: str, score: str = _SCORE) -> Figure:
    """Draw the inner score of each best trial beside the outer score of the chosen, and those of the rivals.

    Parameters
    ----------
    info : InnerOuter
        From `inner_outer_info`.
    model : str
        What was chosen.
    score : str
        Name and unit of the scores.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7.0, 3.6), layout="constrained")
    axes = figure.add_subplot()
    x = np.arange(len(info.scenarios), dtype=np.float64)
    # The mean, which comes last, stands a little apart.
    x[-1] += 0.25
    looks = model_looks([model, *info.rivals.columns], [model])
    axes.vlines(x - 0.12, info.inner, info.outer, color=VERMILION, linewidth=1.2)
    axes.plot(
        x - 0.12,
        info.inner,
        linestyle="none",
        marker="D",
        markersize=7,
        markerfacecolor="white",
        markeredgecolor=VERMILION,
        label=f"{model}, inner (chosen on it)",
    )
    style: dict[str, Any] = {"linestyle": "none", "markeredgecolor": "white", "markeredgewidth": 0.5}
    axes.plot(
        x - 0.12, info.outer, **style, **_point(looks[model]), label=f"{model}, outer (nested estimate)"
    )
    # Rivals of equal score would hide each other.
    offsets = np.linspace(0.06, 0.3, info.rivals.shape[1])
    for name, offset in zip(info.rivals.columns, offsets, strict=True):
        axes.plot(x + offset, info.rivals[name], **style, **_point(looks[name]), label=name)
    axes.set_xticks(x, [f"scenario {name}" if name.isdigit() else name for name in info.scenarios])
    axes.tick_params(axis="x", length=0)
    axes.set(ylabel=score, xlim=(-0.5, x[-1] + 0.5))
    axes.grid(axis="y")
    figure.legend(loc="outside right upper")
    note = "Only outer scores may be quoted: the inner ones were maximised."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=7)
    return figure


def _point(look: Mapping[str, Any]) -> dict[str, Any]:
    return {name: look[name] for name in ("color", "marker", "markersize", "zorder")}
