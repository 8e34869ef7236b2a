"""Error of held-out predictions against how unlike the training segments a segment is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from megathrust.core import BoolArray, FloatArray, InputError, check_range, check_same_length, short_repr
from megathrust.plots._style import BLUE, WARNING_COLOUR, model_looks, styled


@short_repr
@dataclass(frozen=True)
class DissimilarityInfo:
    """Mean error of each model by dissimilarity to the training segments.

    Attributes
    ----------
    table : DataFrame
        One row per model and bin, and per model for what lies inside and outside the domain of
        applicability. Columns ``model``, ``where`` (bin, inside, outside), ``from``, ``to`` and
        ``dissimilarity`` (edges and mean of the index), ``segments``, ``error`` and its 95 % band ``low``,
        ``high``, NaN where all segments are of one rupture.
    dissimilarity : ndarray, shape (segments,)
        Index of every segment.
    outside : ndarray of bool, shape (segments,)
    threshold : float
        Of the index, as its authors propose it.
    quantity : str
        Which error.
    """

    table: pd.DataFrame
    dissimilarity: FloatArray
    outside: BoolArray
    threshold: float
    quantity: str

    def to_frame(self) -> pd.DataFrame:
        """Return the table, with the threshold in each row."""
        return self.table.assign(threshold=self.threshold, quantity=self.quantity)


def dissimilarity_info(
    dissimilarity: npt.ArrayLike,
    errors: Mapping[str, npt.ArrayLike],
    *,
    outside: npt.ArrayLike,
    weights: npt.ArrayLike,
    threshold: float,
    quantity: str = "log loss",
    bins: int = 8,
) -> DissimilarityInfo:
    """Average errors of held-out segments by their dissimilarity.

    Segments up to the threshold lie in bins of equal numbers, those beyond it in one of their own.

    Parameters
    ----------
    dissimilarity : array_like, shape (n,)
        Of each held-out segment to the training segments of its fold, as
        `megathrust.evaluation.ApplicabilityDomain.dissimilarity` gives it.
    errors : mapping of str to array_like, shape (n,)
        Error of each segment by model, the networks first.
    outside : array_like of bool, shape (n,)
        Whether the segment lies outside the domain of applicability, which asks more than this index.
    weights : array_like, shape (replicates, n)
        From `megathrust.evaluation.rupture_weights`; bands are those of the resampled means.
    threshold : float
    quantity : str
        Name of the error.
    bins : int
        How many up to the threshold; fewer where values are tied.

    Raises
    ------
    InputError
        If lengths differ, nothing is given, or a number is not finite.

    References
    ----------
    Meyer & Pebesma (2021), doi:10.1111/2041-210X.13650, who relate error to the index in this way.

    Examples
    --------
    >>> info = dissimilarity_info(
    ...     [0.1, 0.2, 0.5, 0.9],
    ...     {"FCN": [0.2, 0.4, 0.5, 1.5]},
    ...     outside=[False, False, False, True],
    ...     weights=np.eye(4),
    ...     threshold=0.8,
    ...     bins=1,
    ... )
    >>> info.table[["where", "segments", "error"]].round(3).values.tolist()
    [['bin', 3, 0.367], ['bin', 1, 1.5], ['inside', 3, 0.367], ['outside', 1, 1.5]]
    """
    check_range("the number of bins", bins, low=1)
    index, beyond = np.asarray(dissimilarity, dtype=np.float64), np.asarray(outside, dtype=bool)
    drawn = np.asarray(weights, dtype=np.float64)
    given = {name: np.asarray(values, dtype=np.float64) for name, values in errors.items()}
    check_same_length(dissimilarity=index, outside=beyond, weights=drawn.T, **given)
    numbers = [index, *given.values()]
    if not given or not index.size or not all(np.isfinite(each).all() for each in numbers):
        raise InputError(
            "error against dissimilarity needs numbers without gaps",
            given=f"{index.size} segments, {len(given)} models",
            allowed="at least one segment and one model, all finite",
        )
    near = index <= threshold
    inner = np.quantile(index[near], np.arange(1, bins) / bins) if near.any() else index[near]
    place = np.where(near, np.searchsorted(np.unique(inner), index, side="left"), bins)
    groups = [("bin", place == i) for i in np.unique(place)] + [("inside", ~beyond), ("outside", beyond)]
    rows = [
        {"model": name, "where": where, **_summary(index[own], values[own], drawn[:, own])}
        for name, values in given.items()
        for where, own in groups
    ]
    return DissimilarityInfo(pd.DataFrame(rows), index, beyond, float(threshold), quantity)


def _summary(index: FloatArray, error: FloatArray, weights: FloatArray) -> dict[str, float]:
    """Return what is told of some segments, NaN of none."""
    if not len(index):
        names = ("from", "to", "dissimilarity", "error", "low", "high")
        return {"segments": 0, **dict.fromkeys(names, np.nan)}
    total = weights.sum(1)
    means = (weights @ error)[total > 0.0] / total[total > 0.0]
    # Segments of one rupture are always drawn together: their mean would seem to be certain.
    alone = bool((weights == weights[:, :1]).all())
    low, high = (np.nan, np.nan) if alone else np.quantile(means, [0.025, 0.975])
    return {
        "segments": len(index),
        "from": float(index.min()),
        "to": float(index.max()),
        "dissimilarity": float(index.mean()),
        "error": float(error.mean()),
        "low": float(low),
        "high": float(high),
    }


@styled
def plot_dissimilarity(info: DissimilarityInfo) -> Figure:
    """Draw mean error against dissimilarity, the networks with their band, and where segments lie.

    Parameters
    ----------
    info : DissimilarityInfo
        From `dissimilarity_info`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(5.6, 4.6), layout="constrained")
    axes, bars = figure.subplots(2, 1, sharex=True, height_ratios=[3.0, 1.0])
    models = list(dict.fromkeys(info.table["model"]))
    looks = model_looks(models, models[:1])
    bins = info.table[info.table["where"] == "bin"]
    for name in models:
        own, look = bins[bins["model"] == name], looks[name]
        x = own["dissimilarity"]
        if name == models[0]:
            axes.fill_between(x, own["low"], own["high"], color=look["color"], alpha=0.2, linewidth=0)
        style: dict[str, Any] = {
            key: look[key] for key in ("color", "marker", "zorder", "linestyle") if key in look
        }
        style["markerfacecolor"] = "white" if look.get("hollow") else look["color"]
        axes.plot(x, own["error"], label=name, markersize=4.5, linewidth=1.1, **style)
    edges = np.histogram_bin_edges(info.dissimilarity, bins=24)
    parts = [info.dissimilarity[~info.outside], info.dissimilarity[info.outside]]
    bars.hist(parts, bins=edges, stacked=True, color=[BLUE, WARNING_COLOUR], label=["applicable", "outside"])
    for each in (axes, bars):
        each.axvline(info.threshold, color="#555555", linewidth=0.9, linestyle="--")
    axes.set(ylabel=f"mean {info.quantity} of held-out segments", ylim=(0.0, None))
    bars.set(xlabel="dissimilarity to the training segments (1 = their mean distance)", ylabel="segments")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0)
    bars.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0)
    figure.suptitle(_title(info, models[0]), x=0.01, ha="left", fontsize=8.5)
    figure.supxlabel(
        "Band: 95 % of a bootstrap over ruptures. Dashed: threshold of the index alone.\n"
        "What is outside is judged by correlations and ranges, too.",
        x=0.01,
        ha="left",
        fontsize=7,
    )
    return figure


def _title(info: DissimilarityInfo, model: str) -> str:
    told = [f"{info.quantity[0].upper()}{info.quantity[1:]} against dissimilarity: {model}"]
    own = info.table[info.table["model"] == model].set_index("where")
    for where, words in (("inside", "applicable"), ("outside", "outside")):
        of = own.loc[where]
        if of["segments"]:
            band = f"{of['low']:.2f} to {of['high']:.2f}" if np.isfinite(of["low"]) else "one rupture"
            told.append(f"{int(of['segments'])} {words}: {of['error']:.2f} ({band})")
    return f"{told[0]}\n{', '.join(told[1:])}"
