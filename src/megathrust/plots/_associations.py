"""Families of features beside the label: effects with their intervals, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.core import InputError, short_repr
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import BLACK, VERMILION, styled

_NEEDED = ("family", "feature", "effect", "low", "high", "p", "corrected_p")


@short_repr
@dataclass(frozen=True)
class AssociationsInfo:
    """Effects of families of features, the strongest evidence first.

    Attributes
    ----------
    table : DataFrame
        One row per family: family, feature, effect, low, high, p, corrected_p.
    label : str
        What the features are compared with, such as ``"MW_1904 >= 8"``.
    level : float
        Largest corrected p that is a claim.
    """

    table: pd.DataFrame
    label: str
    level: float

    def to_frame(self) -> pd.DataFrame:
        """Return the table with the label and the level in every row."""
        return self.table.assign(label=self.label, level=self.level)


def associations_info(table: pd.DataFrame, *, label: str, level: float) -> AssociationsInfo:
    """Arrange the families of a test.

    Parameters
    ----------
    table : DataFrame
        Columns family, feature (the one with the strongest evidence), effect, low, high (within-trench
        correlation, -1 to 1), p, corrected_p.
    label : str
        What the features are compared with.
    level : float
        Largest corrected p that is a claim.

    Raises
    ------
    InputError
        If a column is missing or there is no family.

    Examples
    --------
    >>> row = {"family": "age", "feature": "AGE", "effect": 0.2, "low": 0.1, "high": 0.3, "p": 0.01}
    >>> info = associations_info(pd.DataFrame([{**row, "corrected_p": 0.1}]), label="Mw >= 8", level=0.05)
    >>> len(info.to_frame())
    1
    """
    require_columns(table, _NEEDED)
    if table.empty:
        raise InputError("there is no family to draw", action="give at least one")
    order = table.sort_values(["corrected_p", "p"], kind="stable").reset_index(drop=True)
    return AssociationsInfo(order, label, float(level))


@styled
def plot_associations(info: AssociationsInfo) -> Figure:
    """Draw each family's effect with its interval; claims are filled and coloured, all others hollow.

    Parameters
    ----------
    info : AssociationsInfo
        From `associations_info`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = info.table
    figure = Figure(figsize=(7.2, 1.5 + 0.28 * len(table)), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0.0, color="#888888", linewidth=0.8, zorder=1)
    for y, row in enumerate(table.itertuples()):
        claim = row.corrected_p <= info.level
        colour = VERMILION if claim else BLACK
        axes.hlines(y, row.low, row.high, color=colour, linewidth=2.0 if claim else 1.0, zorder=3)
        axes.plot(
            row.effect,
            y,
            "D" if claim else "o",
            markersize=6.0 if claim else 4.5,
            markerfacecolor=colour if claim else "white",
            markeredgecolor=colour,
            zorder=4,
        )
        words = f"p {_p(row.p)}, corrected {_p(row.corrected_p)}"
        axes.text(1.02, y, words, transform=axes.get_yaxis_transform(), va="center", fontsize=7.5)
    axes.set_yticks(
        np.arange(len(table)), [f"{row.family} ({row.feature})" for row in table.itertuples()], fontsize=7.5
    )
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel(
        "correlation within trenches (-1 to 1) of each family's best feature, 95 % interval, not corrected"
    )
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    figure.suptitle(
        f"Families of features and {info.label}: filled where the corrected p is at most {info.level:g}",
        x=0.01,
        ha="left",
        fontsize=8.5,
    )
    return figure


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
