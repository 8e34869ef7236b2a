"""What explaining networks use: families with their scatter, by region, and how rankings agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cmcrameri.cm as cmc
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.core import FloatArray, InputError
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, styled

_NEEDED = ("spread", "networks", "folds", "encodings")
_SOURCES = ((-0.24, "networks", "-"), (0.0, "folds", "--"), (0.24, "encodings", ":"))
_MARKERS = (
    ("plain", "o", BLUE),
    ("bins", "s", ORANGE),
    ("waves", "v", VERMILION),
    ("sparse_spread", "^", GREEN),
)


@dataclass(frozen=True)
class RankingInfo:
    """A ranking of families, or of features, the largest spread first.

    Attributes
    ----------
    table : DataFrame
        Columns family (or feature), spread, one per encoding, networks, folds, encodings; of families
        corrected_p and stands, and, where it is there, claim_p: of the family's test without any model.
    unit : str
        Of the spread.
    """

    table: pd.DataFrame
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table


def ranking_info(table: pd.DataFrame, *, unit: str, count: int = 25) -> RankingInfo:
    """Arrange a ranking.

    Parameters
    ----------
    table : DataFrame
        As `RankingInfo.table`.
    unit : str
    count : int
        Rows that are shown.

    Raises
    ------
    InputError
        If a column is missing or there is no row.

    Examples
    --------
    >>> row = {"family": "age", "spread": 1.0, "networks": 0.1, "folds": 0.2, "encodings": 0.1}
    >>> len(ranking_info(pd.DataFrame([row]), unit="log-odds").to_frame())
    1
    """
    require_columns(table, _NEEDED)
    if table.empty:
        raise InputError("there is nothing to rank", action="give one row at least")
    ordered = table.sort_values("spread", ascending=False, kind="stable").head(count)
    return RankingInfo(ordered.reset_index(drop=True), unit)


@styled
def plot_ranking(info: RankingInfo, *, title: str = "") -> Figure:
    """Draw the spread of each family with its scatter; grey where it is not shown to stand.

    Parameters
    ----------
    info : RankingInfo
        From `ranking_info`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        Three lines behind each diamond: one standard deviation over networks, folds, encodings, from the top.
    """
    table = info.table
    what = "family" if "stands" in table else "feature"
    stands = table["stands" if what == "family" else "family_stands"].to_numpy(dtype=bool)
    figure = Figure(figsize=(7.2, 1.7 + 0.3 * len(table)), layout="constrained")
    axes = figure.add_subplot()
    for row, each in enumerate(table.itertuples()):
        colour = BLACK if stands[row] else GREY
        for shift, source, style in _SOURCES:
            size = getattr(each, source)
            if np.isfinite(size):
                left = max(each.spread - size, 0.0)
                axes.hlines(
                    row + shift, left, each.spread + size, color=colour, linewidth=1.3, linestyle=style
                )
        fill = colour if stands[row] else "white"
        axes.plot(each.spread, row, "D", color=colour, markerfacecolor=fill, markersize=6)
        for name, marker, own in _MARKERS:
            if name in table:
                axes.plot(
                    getattr(each, name),
                    row,
                    marker,
                    color=own if stands[row] else GREY,
                    markerfacecolor="none",
                    markersize=4.5,
                )
        if what == "family":
            words = f"p {each.corrected_p:.3f}" if np.isfinite(each.corrected_p) else "not tested"
            if "claim_p" in table:
                words += f"; {each.claim_p:.3f}" if np.isfinite(each.claim_p) else "; –"
            axes.text(1.01, row, words, transform=axes.get_yaxis_transform(), va="center", fontsize=7.5)
    axes.set_yticks(np.arange(len(table)), table[what], fontsize=7.5)
    for label, stand in zip(axes.get_yticklabels(), stands, strict=True):
        label.set_color(BLACK if stand else GREY)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(left=0.0)
    axes.set_xlabel(f"spread of relevance over held-out segments ({info.unit})")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    note = (
        "Diamonds: all networks; circles: plain inputs; squares: bins; triangles: sparse regression.\n"
        "Lines, one sd: over networks (solid), folds (dashed), encodings (dotted). Grey: not shown to stand."
    )
    if "claim_p" in table:
        note += "\np, corrected: of the networks on segments never seen; of the family, without a model."
    figure.suptitle("\n".join([*([title] if title else []), note]), x=0.01, ha="left", fontsize=7.8)
    return figure


@dataclass(frozen=True)
class RegionHeatInfo:
    """Mean relevance of each family in each region.

    Attributes
    ----------
    values : DataFrame, shape (families, regions)
    stands : tuple of bool
        Of each family.
    unit : str
    """

    values: pd.DataFrame
    stands: tuple[bool, ...]
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per family, one column per region."""
        return self.values.assign(stands=self.stands).rename_axis("family").reset_index()


def region_heat_info(
    relevance: FloatArray,
    region: Sequence[str],
    families: Sequence[str],
    stands: Sequence[bool],
    *,
    unit: str,
) -> RegionHeatInfo:
    """Average relevance within regions.

    Parameters
    ----------
    relevance : array_like, shape (segments, families)
        Mean over networks, measured from the background.
    region : sequence of str, length segments
    families : sequence of str
    stands : sequence of bool
    unit : str

    Examples
    --------
    >>> info = region_heat_info(np.array([[1.0], [3.0]]), ["sam", "sam"], ["age"], [True], unit="log-odds")
    >>> info.values.loc["age", "sam"].item()
    2.0
    """
    frame = pd.DataFrame(np.asarray(relevance, dtype=np.float64), columns=list(families))
    means = frame.groupby(np.asarray(region)).mean().T
    return RegionHeatInfo(means, tuple(bool(each) for each in stands), unit)


@styled
def plot_region_heat(info: RegionHeatInfo, *, title: str = "") -> Figure:
    """Draw the mean relevance of families by region; names of families that do not stand are grey.

    Parameters
    ----------
    info : RegionHeatInfo
        From `region_heat_info`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    values = info.values.to_numpy()
    rows, columns = values.shape
    figure = Figure(figsize=(min(3.6 + 0.42 * columns, 8.4), 1.7 + 0.27 * rows), layout="constrained")
    axes = figure.add_subplot()
    limit = float(np.nanmax(np.abs(values))) or 1.0
    image = axes.imshow(values, cmap=cmc.vik, vmin=-limit, vmax=limit, aspect="auto")
    for row in range(rows):
        for column in range(columns):
            value = values[row, column]
            colour = "white" if abs(value) > 0.45 * limit else "#333333"
            axes.text(column, row, f"{value:+.2g}", ha="center", va="center", fontsize=6, color=colour)
    axes.set_xticks(np.arange(columns), info.values.columns, fontsize=7.5)
    axes.set_yticks(np.arange(rows), info.values.index, fontsize=7.5)
    for label, stand in zip(axes.get_yticklabels(), info.stands, strict=True):
        label.set_color(BLACK if stand else GREY)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    figure.colorbar(image, ax=axes, label=f"mean relevance ({info.unit})", shrink=0.8)
    note = "From the training background on.\nGrey: not shown to stand."
    figure.suptitle("\n".join([*([title] if title else []), note]), x=0.01, ha="left", fontsize=8)
    return figure


@dataclass(frozen=True)
class AgreementInfo:
    """Rank correlations of rankings.

    Attributes
    ----------
    table : DataFrame, shape (rankings, rankings)
    """

    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the matrix, names in the first column."""
        return self.table.rename_axis("ranking").reset_index()


@styled
def plot_agreement(info: AgreementInfo, *, title: str = "") -> Figure:
    """Draw the rank correlations of rankings by encoding, fold, network and method.

    Parameters
    ----------
    info : AgreementInfo
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    values = info.table.to_numpy(dtype=np.float64)
    size = len(values)
    figure = Figure(figsize=(3.5 + 0.42 * size, 2.2 + 0.36 * size), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(values, cmap=cmc.vik, vmin=-1.0, vmax=1.0)
    for row in range(size):
        for column in range(size):
            value = values[row, column]
            colour = "white" if abs(value) > 0.6 else "#333333"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_xticks(np.arange(size), info.table.columns, rotation=40, ha="right", fontsize=7)
    axes.set_yticks(np.arange(size), info.table.index, fontsize=7)
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label="rank correlation", shrink=0.8)
    figure.suptitle(title, x=0.01, ha="left", fontsize=8.5)
    return figure
