"""Relevance by feature or family: what the model used, how sure its members are, and whether it counts."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from megathrust.plots._relevance_numbers import RelevanceInfo
from megathrust.plots._style import BLUE, VERMILION, WARNING_COLOUR, styled


@styled
def plot_relevance(info: RelevanceInfo, *, title: str = "", watermark: str | None = None) -> Figure:
    """Draw mean relevance with its spread over members: rows features or groups, a panel for each class.

    Parameters
    ----------
    info : RelevanceInfo
        From `relevance_info`, or `strongest_relevance` of it.
    title : str
        Written above.
    watermark : str, optional
        A warning in red inside and under the panels, for a model that does not beat its rivals.

    Returns
    -------
    matplotlib.figure.Figure
        Bars reach one standard deviation over members to either side; hollow where the mean is below two of
        them. Each row names its rank.
    """
    rows, columns = info.mean.shape
    # A few rows still need room for what is written above and below them.
    size = min(max(1.7 + 1.6 * columns, 5.6), 7.2), max(1.5 + 0.165 * rows, 3.4)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, columns, sharex=True, sharey=True, squeeze=False)[0]
    for column, axes in enumerate(panels):
        _panel(axes, info, column)
    spread = np.where(np.isfinite(info.spread), info.spread, 0.0)
    reach = float((np.abs(info.mean) + spread).max()) or 1.0
    # Room for ranks on the right, and beyond them for the warning.
    panels[0].set_xlim(-1.08 * reach, (2.3 if watermark else 1.5) * reach)
    panels[0].set_yticks(np.arange(rows), info.names)
    panels[0].set_ylim(rows - 0.4, -0.6)
    for column, axes in enumerate(panels):
        for row, rank in enumerate(info.rank[:, column]):
            axes.text(1.45 * reach, row, f"{rank}", fontsize=6.5, ha="right", va="center", color="#555555")
        axes.set_xlabel("mean relevance (logit)", fontsize=8)
        if watermark:
            _mark(axes, watermark, rows)
    width = int(16 * figure.get_figwidth())
    note = f"Bars: ± 1 sd over {info.members} members; hollow: |mean| < 2 sd. Grey: rank of |mean|."
    head = [title] if title else []
    figure.suptitle("\n".join([*head, textwrap.fill(note, width)]), x=0.01, ha="left", fontsize=8)
    if watermark:
        under = textwrap.fill(watermark, int(0.75 * width))
        figure.supxlabel(under, x=0.01, ha="left", fontsize=8.5, color=WARNING_COLOUR, fontweight="bold")
    return figure


def _panel(axes: Axes, info: RelevanceInfo, column: int) -> None:
    mean, spread = info.mean[:, column], info.spread[:, column]
    axes.axvline(0.0, color="#777777", linewidth=0.8, zorder=1)
    for row, (value, sd, unsure) in enumerate(zip(mean, spread, info.uncertain[:, column], strict=True)):
        colour = VERMILION if value > 0.0 else BLUE
        if np.isfinite(sd):
            axes.hlines(row, value - sd, value + sd, color=colour, linewidth=1.2, zorder=2)
        axes.plot(
            value,
            row,
            "o",
            color=colour,
            markerfacecolor="white" if unsure else colour,
            markersize=4.2,
            zorder=3,
        )
    for row in range(1, len(mean), 2):
        axes.axhspan(row - 0.5, row + 0.5, color="#F4F4F4", zorder=0)
    axes.set_title(info.class_names[column], fontsize=8.5)
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)


def _mark(axes: Axes, warning: str, rows: int) -> None:
    """Print a warning along the panel, beside the data, so that no crop of the figure loses it."""
    axes.text(
        0.985,
        0.5,
        textwrap.fill(warning, max(int(2.2 * rows), -(-len(warning) // 4) + 4)),
        transform=axes.transAxes,
        rotation=90,
        ha="right",
        va="center",
        fontsize=5.8,
        color=WARNING_COLOUR,
        fontweight="bold",
        linespacing=1.0,
    )
