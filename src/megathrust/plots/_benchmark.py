"""What methods find of a known truth: hits beside chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.core import InputError
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import BLACK, BLUE, ORANGE, PURPLE, VERMILION, styled

_NEEDED = ("method", "encoding", "feature_hits", "family_hits", "correlation", "worlds")
_MARKERS = {"plain": "o", "bins": "s", "waves": "v", "both": "D", "none": "^"}
_COLOURS = {"plain": BLUE, "bins": ORANGE, "waves": PURPLE, "both": VERMILION, "none": BLACK}
_WORDS = {
    "plain": "plain inputs",
    "bins": "inputs in bins",
    "waves": "inputs as waves",
    "both": "mean of encodings",
    "none": "no networks",
}


@dataclass(frozen=True)
class BenchmarkInfo:
    """Hits of methods among true features and families.

    Attributes
    ----------
    table : DataFrame
        One row per method and encoding, as `megathrust.pipelines.relevance.Benchmark.summary` gives it.
    chance : tuple of float
        Hits by chance among features and among families.
    active : int
        How many features are true.
    """

    table: pd.DataFrame
    chance: tuple[float, float]
    active: int

    def to_frame(self) -> pd.DataFrame:
        """Return the table with what chance gives in every row."""
        return self.table.assign(
            feature_hits_by_chance=self.chance[0], family_hits_by_chance=self.chance[1], active=self.active
        )


def benchmark_info(table: pd.DataFrame, *, chance: tuple[float, float], active: int) -> BenchmarkInfo:
    """Arrange what methods find.

    Parameters
    ----------
    table : DataFrame
        Columns method, encoding, feature_hits, family_hits, correlation, worlds.
    chance : tuple of float
        Hits by chance among features and among families.
    active : int
        How many features are true.

    Raises
    ------
    InputError
        If a column is missing or there is no method.

    Examples
    --------
    >>> hits = {"feature_hits": 3.0, "family_hits": 4.0, "correlation": 0.6, "worlds": 2}
    >>> means = pd.DataFrame([{"method": "lrp", "encoding": "bins", **hits}])
    >>> len(benchmark_info(means, chance=(0.5, 2.5), active=5).to_frame())
    1
    """
    require_columns(table, _NEEDED)
    if table.empty:
        raise InputError("there is no method to draw", action="give at least one")
    return BenchmarkInfo(table.reset_index(drop=True), chance, active)


@styled
def plot_benchmark(info: BenchmarkInfo) -> Figure:
    """Draw hits among features, among families, and the correlation with the truth; chance as a line.

    Parameters
    ----------
    info : BenchmarkInfo
        From `benchmark_info`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = info.table
    names = list(dict.fromkeys(table["method"]))
    figure = Figure(figsize=(7.2, 1.5 + 0.27 * len(names)), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    columns = (
        ("feature_hits", f"true features\namong the first {info.active}", info.chance[0], info.active),
        ("family_hits", f"true families\namong the first {info.active}", info.chance[1], info.active),
        ("correlation", "correlation with the\ntruth, by segment", 0.0, 1.0),
    )
    for axes, (column, label, chance, most) in zip(panels, columns, strict=True):
        axes.axvline(chance, color="#888888", linewidth=1.0, linestyle="--", zorder=1)
        for encoding, marker in _MARKERS.items():
            own = table[table["encoding"] == encoding]
            if own.empty:
                continue
            places = [names.index(name) for name in own["method"]]
            axes.plot(
                own[column], places, marker, color=_COLOURS[encoding], markersize=5, label=_WORDS[encoding]
            )
        axes.set_xlim(-0.04 * most, 1.04 * most)
        axes.set_xlabel(label)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        for row in range(1, len(names), 2):
            axes.axhspan(row - 0.5, row + 0.5, color="#F4F4F4", zorder=0)
    panels[0].set_yticks(np.arange(len(names)), names, fontsize=7.5)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    handles, words = panels[0].get_legend_handles_labels()
    # Not below: the box of the figure grows there by the caption when it is saved.
    figure.legend(handles, words, loc="outside right upper")
    figure.suptitle(
        f"Known truth, mean over {int(table['worlds'].max())} worlds; dashed: chance",
        x=0.01,
        ha="left",
        fontsize=8.5,
    )
    return figure
