"""A heat map of features and classes in the manner of another study, beside the ranking by spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cmcrameri.cm as cmc
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import BLACK, GREY, styled

# Where the seed study ends its colours; below 0 it shows none.
_HIGH = 3.0


@dataclass(frozen=True)
class ComparedInfo:
    """Features summed up by class as another study does, and their spread.

    Attributes
    ----------
    table : DataFrame
        One row per feature: feature, family, a column for every class, spread, stands.
    counts : mapping of str to int
        Segments behind every class, by its name.
    unit : str
        Of the spread.
    """

    table: pd.DataFrame
    counts: dict[str, int]
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """Return the table, with the segments behind every class."""
        return self.table.assign(**{f"segments, {name}": count for name, count in self.counts.items()})


def compared_info(
    heat_map: pd.DataFrame, ranking: pd.DataFrame, class_names: Sequence[str], *, unit: str
) -> ComparedInfo:
    """Put a heat map beside a ranking.

    Parameters
    ----------
    heat_map : DataFrame
        Columns feature, family, ``class_0``, ``segments_0`` and so on.
    ranking : DataFrame
        Columns feature, spread, family_stands.
    class_names : sequence of str
        The lowest first.
    unit : str
        Of the spread.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> heat_map = pd.DataFrame({"feature": ["AGE"], "family": ["age"], "class_0": [1.5], "segments_0": [7]})
    >>> ranking = pd.DataFrame({"feature": ["AGE"], "spread": [0.4], "family_stands": [False]})
    >>> compared_info(heat_map, ranking, ["Mw < 8.0"], unit="log-odds").counts
    {'Mw < 8.0': 7}
    """
    numbers = range(len(class_names))
    parts = ("class", "segments")
    require_columns(
        heat_map, ["feature", "family", *(f"{part}_{each}" for part in parts for each in numbers)]
    )
    require_columns(ranking, ["feature", "spread", "family_stands"])
    named = {f"class_{number}": name for number, name in enumerate(class_names)}
    table = heat_map[["feature", "family", *named]].rename(columns=named)
    order = table["family"].map({name: place for place, name in enumerate(table["family"].unique())})
    table = table.loc[order.sort_values(kind="stable").index].reset_index(drop=True)
    own = ranking.set_index("feature").loc[table["feature"]]
    table = table.assign(spread=own["spread"].to_numpy(), stands=own["family_stands"].to_numpy(dtype=bool))
    counts = {name: int(heat_map[f"segments_{number}"].iloc[0]) for number, name in enumerate(class_names)}
    return ComparedInfo(table, counts, unit)


@styled
def plot_compared(info: ComparedInfo, *, title: str = "", manner: str = "seed-study") -> Figure:
    """Draw both: to the left a column of colours for every class, to the right the spread of every feature.

    Parameters
    ----------
    info : ComparedInfo
        From `compared_info`.
    title : str
    manner : str
        Name of the way of the left half.

    Returns
    -------
    matplotlib.figure.Figure
        Values below 0 have the colour of 0; a class of which nothing was right is grey. Bars are black
        where the family of the feature is shown to stand, else grey.
    """
    table, names = info.table, list(info.counts)
    rows = len(table)
    figure = Figure(figsize=(7.2, 2.2 + 0.112 * rows), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.1 * len(names), 4.0])
    values = table[names].to_numpy(dtype=np.float64)
    left.set_facecolor("#DDDDDD")
    image = left.imshow(values, cmap=cmc.lajolla_r, vmin=0.0, vmax=_HIGH, aspect="auto")
    heads = [f"{name}\n{count} right" for name, count in info.counts.items()]
    left.set_xticks(np.arange(len(names)), heads, fontsize=6.5)
    left.set_yticks(np.arange(rows), table["feature"], fontsize=5.4)
    for label, stands in zip(left.get_yticklabels(), table["stands"], strict=True):
        label.set_color(BLACK if stands else GREY)
    left.set_title(f"manner: {manner}", fontsize=8)
    figure.colorbar(
        image,
        ax=left,
        location="bottom",
        label="median of true positives\n(interquartile ranges)",
        extend="max",
    )
    colours = [BLACK if stands else GREY for stands in table["stands"]]
    right.barh(np.arange(rows), table["spread"], color=colours, height=0.7)
    right.set_xlabel(f"spread of relevance over held-out segments ({info.unit})", fontsize=8)
    right.set_title("this package", fontsize=8)
    right.grid(axis="x")
    _families(right, table)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
    left.set_ylim(rows - 0.5, -0.5)
    figure.suptitle(title, x=0.01, ha="left", fontsize=8.5)
    return figure


def _families(axes: Axes, table: pd.DataFrame) -> None:
    """Part the families by lines and name each at its first row."""
    for row in np.flatnonzero(table["family"] != table["family"].shift()).tolist():
        if row:
            axes.axhline(row - 0.5, color="#BBBBBB", linewidth=0.6)
        axes.text(
            1.01,
            row,
            table["family"].iloc[row],
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=6.0,
            color=BLACK if table["stands"].iloc[row] else GREY,
        )
