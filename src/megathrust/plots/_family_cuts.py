"""Families of features beside the label at many cuts of the magnitude."""

from __future__ import annotations

import numpy as np
import pandas as pd
from cmcrameri import cm
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from megathrust.core import InputError
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import styled

# From here on the colour is so dark that words on it must be white.
_DARK = 0.6
_SMALL = 0.05


@styled
def plot_family_cuts(table: pd.DataFrame, *, label: str) -> Figure:
    """Draw the effect of every family at every cut: colour, with its p-value as a number.

    Parameters
    ----------
    table : DataFrame
        Columns family, threshold (NaN for the magnitude itself), effect (correlation within trenches, -1 to
        1), p.
    label : str
        What is cut, such as ``"MW_1904"``.

    Returns
    -------
    matplotlib.figure.Figure
        Families of the smallest p anywhere come first; p of 0.05 and less is bold.

    Raises
    ------
    InputError
        If a column is missing or there is no row.
    """
    require_columns(table, ("family", "threshold", "effect", "p"))
    if table.empty:
        raise InputError("there is no family to draw", action="give at least one")
    names = table["threshold"].map(lambda cut: "Mw itself" if np.isnan(cut) else f">= {cut:g}")
    order = list(dict.fromkeys(names[table["threshold"].sort_values().index]))
    rows = table.assign(cut=names)
    best = rows.groupby("family")["p"].min().sort_values(kind="stable").index
    effect, p = (
        rows.pivot_table(index="family", columns="cut", values=name).reindex(index=best, columns=order)
        for name in ("effect", "p")
    )
    figure = Figure(figsize=(7.2, 1.4 + 0.26 * len(best)), layout="constrained")
    axes = figure.add_subplot()
    limit = max(float(np.nanmax(np.abs(effect.to_numpy()))), 0.1)
    image = axes.imshow(effect, cmap=cm.vik, norm=Normalize(-limit, limit), aspect="auto")
    for (row, column), value in np.ndenumerate(p.to_numpy()):
        dark = abs(effect.to_numpy()[row, column]) > _DARK * limit
        axes.text(
            column,
            row,
            f"{value:.2f}".removeprefix("0") if value >= 0.01 else "<.01",
            ha="center",
            va="center",
            fontsize=6.5,
            fontweight="bold" if value <= _SMALL else "normal",
            color="white" if dark else "black",
        )
    axes.set_xticks(range(len(order)), order)
    axes.set_yticks(range(len(best)), best, fontsize=7.5)
    axes.set_xlabel(f"cut of {label} in Mw; numbers: p of the family alone, not corrected")
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label="correlation within trenches")
    return figure
