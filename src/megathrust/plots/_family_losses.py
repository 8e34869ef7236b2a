"""What networks lose without what a family alone says."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.core import InputError
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import BLACK, GREY, VERMILION, styled

_NEEDED = ("family", "loss", "without", "without_low", "without_high", "p", "corrected_p")


@styled
def plot_family_losses(table: pd.DataFrame, *, level: float = 0.05) -> Figure:
    """Draw by how much the held-out log loss of networks grows without what each family alone says.

    Parameters
    ----------
    table : DataFrame
        One row per family: family, loss (of networks on the table as it is), without (median of networks for
        which the family says nothing of its own), without_low, without_high (95 % of them), p, corrected_p.
    level : float
        Families of a corrected p at most this large are filled.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If a column is missing or there is no row.
    """
    require_columns(table, _NEEDED)
    if table.empty:
        raise InputError("there is no family to draw", action="give one at least")
    figure = Figure(figsize=(7.2, 1.5 + 0.28 * len(table)), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0.0, color=BLACK, linewidth=0.8, zorder=1)
    for y, row in enumerate(table.itertuples()):
        shown = row.corrected_p <= level
        colour = VERMILION if shown else GREY
        low, high = row.without_low - row.loss, row.without_high - row.loss
        axes.hlines(y, low, high, color=colour, linewidth=3.0, zorder=2)
        face = colour if shown else "white"
        axes.plot(row.without - row.loss, y, "D", markerfacecolor=face, markeredgecolor=colour, zorder=3)
        words = f"p {row.p:.2g}, corrected {row.corrected_p:.2g}"
        axes.text(1.02, y, words, transform=axes.get_yaxis_transform(), va="center", fontsize=7.5)
    axes.set_yticks(np.arange(len(table)), list(table["family"]), fontsize=7.5)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel("log loss without what the family alone says, less that with it (nats per observation)")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    figure.suptitle(
        "Held-out networks without one family: median and 95 % of worlds; filled: corrected p at most "
        f"{level:g}",
        x=0.01,
        ha="left",
        fontsize=8.5,
    )
    return figure
