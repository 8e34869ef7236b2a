"""Scores of held-out segments region by region, with the number of great ruptures that each stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.core import REGION_NAMES, InputError
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import model_looks, styled

_NEEDED = ("region", "segments", "ruptures", "model", "value", "low", "high")


@dataclass(frozen=True)
class RegionScoresInfo:
    """Scores by region and model.

    Attributes
    ----------
    table : DataFrame
        One row per region and model: region, segments, ruptures (of the highest class), model, value, low,
        high (interval).
    networks : tuple of str
        Models that are drawn with their interval; the others are marks.
    label : str
        What is scored; the smaller the better.
    """

    table: pd.DataFrame
    networks: tuple[str, ...]
    label: str

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table


def region_scores_info(table: pd.DataFrame, *, networks: Sequence[str], label: str) -> RegionScoresInfo:
    """Arrange scores by region, regions with most great ruptures first.

    Parameters
    ----------
    table : DataFrame
        As `RegionScoresInfo.table`.
    networks : sequence of str
    label : str

    Raises
    ------
    InputError
        If a column is missing or there is no row.

    Examples
    --------
    >>> row = {"region": "sam", "segments": 9, "ruptures": 2, "value": 0.2, "low": 0.1, "high": 0.3}
    >>> table = pd.DataFrame([row | {"model": "FCN"}])
    >>> region_scores_info(table, networks=["FCN"], label="Brier score").table.shape
    (1, 7)
    """
    require_columns(table, _NEEDED)
    if table.empty:
        raise InputError("there is no score to draw", action="give one at least")
    ordered = table.sort_values(["ruptures", "region"], ascending=[False, True], kind="stable")
    return RegionScoresInfo(ordered.reset_index(drop=True), tuple(networks), label)


@styled
def plot_region_scores(info: RegionScoresInfo) -> Figure:
    """Draw one row per region: networks with their interval, rivals as marks.

    Beside the name of a region stand its segments and its ruptures of the highest class.

    Parameters
    ----------
    info : RegionScoresInfo
        From `region_scores_info`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    regions = list(dict.fromkeys(info.table["region"]))
    models = list(dict.fromkeys(info.table["model"]))
    looks = model_looks(models, list(info.networks))
    figure = Figure(figsize=(7.2, 1.5 + 0.27 * len(regions)), layout="constrained")
    axes = figure.add_subplot()
    for model in sorted(models, key=lambda name: name in info.networks):
        rows = info.table[info.table["model"] == model].set_index("region").reindex(regions)
        look = looks[model] | {"linestyle": "none", "markersize": 6.0 if model in info.networks else 4.5}
        if look.pop("hollow", False):
            look["markerfacecolor"] = "white"
        y = np.arange(len(regions))
        if model in info.networks:
            axes.hlines(y, rows["low"], rows["high"], color=look["color"], linewidth=2.0, zorder=3)
        axes.plot(rows["value"], y, label=model, **look)
    sizes = info.table.drop_duplicates("region")
    names = [
        f"{REGION_NAMES.get(each.region, each.region)} ({each.segments}, {each.ruptures})"
        for each in sizes.itertuples()
    ]
    axes.set_yticks(np.arange(len(regions)), names, fontsize=7.5)
    axes.set_ylim(len(regions) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    for line in range(1, len(regions), 2):
        axes.axhspan(line - 0.5, line + 0.5, color="#F4F4F4", zorder=0)
    axes.set_xlabel(f"{info.label}; the smaller the better")
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    figure.legend(loc="outside upper left", ncols=4, fontsize=7.5)
    return figure
