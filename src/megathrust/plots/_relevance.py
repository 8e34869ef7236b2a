"""Relevance heat maps: what the model used, how sure its members are, and whether it counts."""

from __future__ import annotations

import textwrap

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from megathrust.plots._relevance_numbers import RelevanceInfo
from megathrust.plots._style import WARNING_COLOUR, styled


@styled
def plot_relevance(info: RelevanceInfo, *, title: str = "", watermark: str | None = None) -> Figure:
    """Draw mean relevance as a heat map: rows features or groups, columns classes.

    Parameters
    ----------
    info : RelevanceInfo
        From `relevance_info`, or `strongest_relevance` of it.
    title : str
        Written above.
    watermark : str, optional
        A warning in red across and under the map, for a model that does not beat its rivals.

    Returns
    -------
    matplotlib.figure.Figure
        Diverging colours centred on zero; each cell names its rank, hatched where the mean is below two
        standard deviations over members.
    """
    rows, columns = info.mean.shape
    figure = Figure(figsize=(3.0 + 0.9 * columns, 2.2 + 0.215 * rows), layout="constrained")
    axes = figure.add_subplot()
    limit = float(np.abs(info.mean).max()) or 1.0
    image = axes.imshow(info.mean, cmap=cm.vik, vmin=-limit, vmax=limit, aspect="auto")
    _cells(axes, info, limit)
    axes.set_xticks(np.arange(columns), info.class_names)
    axes.set_yticks(np.arange(rows), info.names)
    axes.tick_params(length=0, top=True, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", aspect=28, pad=0.02)
    bar.set_label(
        "mean relevance (logit)\nnumbers: rank of |mean| in the class\n"
        f"hatched: |mean| < 2 sd over {info.members} members",
        fontsize=8,
    )
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5)
    if watermark:
        _mark(figure, axes, watermark)
    return figure


def _mark(figure: Figure, axes: Axes, warning: str) -> None:
    """Print a warning under the map and across it, so that no crop of the figure loses it."""
    under = textwrap.fill(warning, int(12 * figure.get_figwidth()))
    figure.supxlabel(under, x=0.01, ha="left", fontsize=8.5, color=WARNING_COLOUR, fontweight="bold")
    axes.text(
        0.5,
        0.5,
        textwrap.fill(warning, 26),
        transform=axes.transAxes,
        rotation=18,
        ha="center",
        va="center",
        fontsize=9.5,
        color=WARNING_COLOUR,
        alpha=0.7,
        fontweight="bold",
        path_effects=[withStroke(linewidth=2.5, foreground="white", alpha=0.75)],
        zorder=10,
    )


def _cells(axes: Axes, info: RelevanceInfo, limit: float) -> None:
    for (row, column), uncertain in np.ndenumerate(info.uncertain):
        dark = abs(info.mean[row, column]) > 0.5 * limit
        if uncertain:
            axes.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5),
                    1.0,
                    1.0,
                    fill=False,
                    hatch="////",
                    edgecolor="#FFFFFF" if dark else "#8A8A8A",
                    linewidth=0.0,
                )
            )
        axes.text(
            column,
            row,
            f"{info.rank[row, column]}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "black",
            bbox={
                "boxstyle": "round,pad=0.15",
                "linewidth": 0,
                "facecolor": cm.vik(0.5 + info.mean[row, column] / (2 * limit)),
            },
        )
