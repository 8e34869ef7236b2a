"""Relevance of every segment against the value of the feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cmcrameri.cm as cmc
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from scipy.stats import rankdata

from megathrust.core import FloatArray, InputError, check_same_length
from megathrust.plots._style import BLACK, GREY, styled

# Points within so many parts of the axis lie beside each other, not on each other.
_BINS = 120
_ROOM = 0.4
# Without the end that is too pale on white.
_VALUES = ListedColormap(cmc.lipari(np.linspace(0.0, 0.85, 256)), name="levels")


@dataclass(frozen=True)
class ContrastInfo:
    """Relevance of features in every segment, beside their values.

    Attributes
    ----------
    table : DataFrame
        One row per feature and segment, the feature of the largest spread first: feature, value, level (share
        of segments below it), relevance.
    stands : mapping of str to bool
        By feature, whether its family is shown to stand.
    unit : str
        Of the relevance.
    """

    table: pd.DataFrame
    stands: Mapping[str, bool]
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table


def contrast_info(
    relevance: FloatArray,
    values: FloatArray,
    features: Sequence[str],
    stands: Sequence[bool],
    *,
    unit: str,
    count: int = 12,
) -> ContrastInfo:
    """Arrange relevance against values for the features of the largest spread.

    Parameters
    ----------
    relevance, values : ndarray, shape (segments, features)
        Relevance from the background on, mean over networks; values in the features' own units, NaN where
        missing.
    features : sequence of str
    stands : sequence of bool
        Of the family of each feature.
    unit : str
    count : int
        Features that are shown.

    Examples
    --------
    >>> info = contrast_info(np.array([[1.0], [-1.0]]), np.array([[5.0], [2.0]]), ["AGE"], [True], unit="Mw")
    >>> info.table["level"].tolist()
    [0.75, 0.25]
    """
    check_same_length(features=features, stands=stands)
    if relevance.shape != values.shape or relevance.shape[1] != len(features):
        raise InputError(
            "relevance and values do not fit",
            given=f"{relevance.shape} and {values.shape}",
            allowed="one shape",
        )
    spread = np.sqrt(np.mean(np.square(relevance), axis=0))
    order = np.argsort(-spread, kind="stable")[:count]
    parts = []
    for place in order:
        column = values[:, place]
        level = np.full(len(column), np.nan)
        known = np.isfinite(column)
        level[known] = (rankdata(column[known]) - 0.5) / max(known.sum(), 1)
        parts.append(
            pd.DataFrame(
                {
                    "feature": features[place],
                    "value": column,
                    "level": level,
                    "relevance": relevance[:, place],
                }
            )
        )
    return ContrastInfo(
        pd.concat(parts, ignore_index=True), {features[i]: bool(stands[i]) for i in order}, unit
    )


@styled
def plot_contrasts(info: ContrastInfo, *, title: str = "") -> Figure:
    """Draw a point for every segment: relevance along the axis, value by colour; a row for each feature.

    Parameters
    ----------
    info : ContrastInfo
        From `contrast_info`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        Names of features of families that do not stand are grey.
    """
    names = list(info.stands)
    figure = Figure(figsize=(7.2, 1.6 + 0.42 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0.0, color="#777777", linewidth=0.8, zorder=1)
    reach = float(info.table["relevance"].abs().max()) or 1.0
    drawn = None
    for row, name in enumerate(names):
        own = info.table[info.table["feature"] == name].sort_values("relevance", kind="stable")
        relevance = own["relevance"].to_numpy()
        drawn = axes.scatter(
            relevance,
            row + _beside(relevance, reach),
            c=own["level"],
            cmap=_VALUES,
            norm=Normalize(0.0, 1.0),
            s=5.0,
            linewidths=0.0,
            plotnonfinite=True,
            rasterized=True,
            zorder=2,
        )
    axes.set_yticks(np.arange(len(names)), names, fontsize=7.5)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_color(BLACK if info.stands[name] else GREY)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.03)
    axes.set_xlabel(f"relevance, from the training background on ({info.unit})")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    if drawn is not None:
        bar = figure.colorbar(drawn, ax=axes, label="share of segments with a lower value", shrink=0.8)
        bar.set_ticks([0.0, 0.5, 1.0])
    note = "A point is a held-out segment. Grey name: its family is not shown to stand."
    figure.suptitle("\n".join([*([title] if title else []), note]), x=0.01, ha="left", fontsize=8)
    return figure


def _beside(sorted_relevance: FloatArray, reach: float) -> FloatArray:
    """Return how far each point is moved across, so that equal ones lie in the middle outwards."""
    cell = np.floor((sorted_relevance / reach + 1.0) * _BINS / 2.0)
    shift = np.zeros(len(cell))
    _, counts = np.unique(cell, return_counts=True)
    most = max(int(counts.max(initial=1)), 2)
    for name in np.unique(cell):
        places = np.flatnonzero(cell == name)
        turn = np.arange(len(places))
        shift[places] = np.where(turn % 2 == 0, 1.0, -1.0) * ((turn + 1) // 2)
    return shift * 2.0 * _ROOM / most
