"""Accumulated effects of families, and the tree of features that go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram

from megathrust.core import FloatArray, InputError
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import BLACK, BLUE, GREY, ORANGE, VERMILION, styled

_NEEDED = ("family", "feature", "value", "effect", "sd", "agreement")
_ENCODINGS = (("plain", "--", BLUE), ("bins", ":", ORANGE), ("waves", "-.", VERMILION))
_COLUMNS = 3


@dataclass(frozen=True)
class EffectsInfo:
    """Accumulated effects of the leading feature of every family.

    Attributes
    ----------
    table : DataFrame
        One row per family and value: family, feature, value, effect, sd, one column per encoding, agreement.
    stands : mapping of str to bool
        By family.
    units : mapping of str to str
        Of the features.
    unit : str
        Of the effect.
    """

    table: pd.DataFrame
    stands: Mapping[str, bool]
    units: Mapping[str, str]
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """Return the table with the units of the features."""
        return self.table.assign(unit=[self.units[name] for name in self.table["feature"]])


def effects_info(
    table: pd.DataFrame, *, stands: Mapping[str, bool], units: Mapping[str, str], unit: str
) -> EffectsInfo:
    """Arrange accumulated effects.

    Parameters
    ----------
    table : DataFrame
        As `EffectsInfo.table`.
    stands, units : mapping
    unit : str

    Raises
    ------
    InputError
        If a column is missing or there is no row.

    Examples
    --------
    >>> rows = {"family": "age", "feature": "AGE", "value": [1.0, 9.0], "effect": [-1.0, 1.0], "sd": 0.1,
    ...     "agreement": "against what is expected"}
    >>> table = pd.DataFrame(rows)
    >>> len(effects_info(table, stands={"age": False}, units={"AGE": "Ma"}, unit="Mw").to_frame())
    2
    """
    require_columns(table, _NEEDED)
    if table.empty:
        raise InputError("there is no effect to draw", action="give one family at least")
    return EffectsInfo(table.reset_index(drop=True), dict(stands), dict(units), unit)


@styled
def plot_effects(info: EffectsInfo, *, title: str = "") -> Figure:
    """Draw the accumulated effect of every family's leading feature; grey where the family does not stand.

    Parameters
    ----------
    info : EffectsInfo
        From `effects_info`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    families = list(dict.fromkeys(info.table["family"]))
    rows = -(-len(families) // _COLUMNS)
    figure = Figure(figsize=(7.2, 0.9 + 1.75 * rows), layout="constrained")
    panels = figure.subplots(rows, _COLUMNS, squeeze=False, sharey=True).ravel()
    for axes, family in zip(panels, families, strict=False):
        own = info.table[info.table["family"] == family]
        colour = BLACK if info.stands.get(family, False) else GREY
        value, effect, sd = (own[name].to_numpy(dtype=float) for name in ("value", "effect", "sd"))
        axes.axhline(0.0, color="#BBBBBB", linewidth=0.6, zorder=0)
        axes.fill_between(value, effect - sd, effect + sd, color=colour, alpha=0.2, linewidth=0.0)
        axes.plot(value, effect, color=colour, linewidth=1.4)
        for name, style, encoding_colour in _ENCODINGS:
            if name in own:
                axes.plot(value, own[name], style, color=encoding_colour, linewidth=0.9)
        axes.plot(value, np.zeros(len(value)), "|", color="#555555", markersize=4)
        feature = str(own["feature"].iloc[0])
        head = f"{family}\n{own['agreement'].iloc[0]}"
        axes.set_title(head, fontsize=7, color=colour, loc="left")
        axes.set_xlabel(f"{feature} ({info.units.get(feature, '1')})", fontsize=6.5, labelpad=1.5)
        axes.tick_params(labelsize=6.5)
        axes.locator_params(axis="x", nbins=4)
    for axes in panels[len(families) :]:
        axes.set_axis_off()
    panels[0].set_ylim(*_limits(info.table))
    figure.supylabel(f"accumulated effect ({info.unit})", fontsize=8)
    note = (
        "Line, band: mean ± 1 sd of sets of networks, one from every scenario; dashed: plain, dotted: bins.\n"
        "Ticks: tenths of segments; the outermost tenths may leave a panel."
    )
    figure.suptitle("\n".join([*([title] if title else []), note]), x=0.01, ha="left", fontsize=8)
    return figure


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold all but the outermost tenths, where few segments stretch a curve."""
    inner = pd.concat([own.iloc[1:-1] if len(own) > 2 else own for _, own in table.groupby("family")])
    low, high = (
        (inner["effect"] - inner["sd"].fillna(0.0)).min(),
        (inner["effect"] + inner["sd"].fillna(0.0)).max(),
    )
    room = 0.25 * max(float(high - low), 1e-9)
    return float(low) - room, float(high) + room


@dataclass(frozen=True)
class ClustersInfo:
    """The tree of features that go together.

    Attributes
    ----------
    tree : ndarray, shape (features - 1, 4)
        As of ``scipy.cluster.hierarchy.linkage``; heights are 1 less the absolute rank correlation.
    features, families, clusters : tuple of str
        Of every feature.
    correlation : float
        Least absolute rank correlation within a cluster.
    """

    tree: FloatArray
    features: tuple[str, ...]
    families: tuple[str, ...]
    clusters: tuple[str, ...]
    correlation: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row per feature: feature, family, cluster (its first feature)."""
        return pd.DataFrame({"feature": self.features, "family": self.families, "cluster": self.clusters})


def clusters_info(
    tree: FloatArray,
    features: Sequence[str],
    families: Sequence[str],
    clusters: Sequence[str],
    *,
    correlation: float = 0.7,
) -> ClustersInfo:
    """Arrange the tree of `megathrust.explanation.feature_clusters`.

    Raises
    ------
    InputError
        If there are fewer than two features, or names do not fit the tree.

    Examples
    --------
    >>> info = clusters_info(np.array([[0.0, 1.0, 0.2, 2.0]]), ["a", "b"], ["x", "y"], ["a", "a"])
    >>> info.to_frame()["cluster"].tolist()
    ['a', 'a']
    """
    if len(features) < 2 or not len(features) == len(families) == len(clusters) == len(tree) + 1:
        raise InputError(
            "names do not fit the tree",
            given=f"{len(features)} features, {len(tree)} branchings",
            allowed="two features or more, and one branching less",
        )
    return ClustersInfo(tree, tuple(features), tuple(families), tuple(clusters), correlation)


@styled
def plot_clusters(info: ClustersInfo, *, title: str = "") -> Figure:
    """Draw the dendrogram of the features, with the height at which clusters are cut.

    Parameters
    ----------
    info : ClustersInfo
        From `clusters_info`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    count = len(info.features)
    labels = [f"{name} · {family}" for name, family in zip(info.features, info.families, strict=True)]
    figure = Figure(figsize=(7.2, 1.2 + 0.135 * count), layout="constrained")
    axes = figure.add_subplot()
    cut = 1.0 - info.correlation
    dendrogram(
        info.tree,
        orientation="left",
        labels=labels,
        ax=axes,
        link_color_func=lambda node: BLUE if info.tree[node - count, 2] <= cut + 1e-9 else "#999999",
        leaf_font_size=6.0,
    )
    axes.axvline(cut, color=VERMILION, linewidth=0.9, linestyle="--")
    axes.set_xlim(1.02, 0.0)
    axes.set_xticks(np.linspace(0.0, 1.0, 6), [f"{1.0 - each:.1f}" for each in np.linspace(0.0, 1.0, 6)])
    axes.set_xlabel("least absolute rank correlation within the branch")
    axes.tick_params(axis="y", length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    found = len(set(info.clusters))
    note = f"{found} clusters of features with |rho| ≥ {info.correlation:g} (blue; dashed: cut of the tree)."
    figure.suptitle("\n".join([*([title] if title else []), note]), x=0.01, ha="left", fontsize=8)
    return figure
