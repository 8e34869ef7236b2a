"""Scores of models under many protocols, each beside its own null."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from megathrust.core import InputError
from megathrust.plots._map_numbers import require_columns
from megathrust.plots._style import styled

# From here on the colour is so dark that words on it must be white.
_DARK = 0.6
_SMALL = 0.05
_UNKNOWN = "#EBEBEB"


@styled
def plot_protocol_scores(table: pd.DataFrame, *, metric: str, lower_is_better: bool = False) -> Figure:
    """Draw the score of every model under every protocol: colour is how far it lies above its own null.

    Parameters
    ----------
    table : DataFrame
        Columns protocol, model, value, low, high (interval), null (kind; may be missing), null_value (its
        median), p; as many rows per protocol and model as there are nulls. The one of the largest p is shown.
    metric : str
        What is scored.
    lower_is_better : bool
        Whether it is an error; colour is then how far it lies below the null.

    Returns
    -------
    matplotlib.figure.Figure
        Protocols in the order given, models in that of the first one; p of 0.05 and less is bold.

    Raises
    ------
    InputError
        If a column is missing or there is no row.
    """
    require_columns(table, ("protocol", "model", "value", "low", "high", "null", "null_value", "p"))
    if table.empty:
        raise InputError("there is no score to draw", action="give at least one")
    hardest = table.sort_values("p", kind="stable", na_position="first")
    cells = hardest.drop_duplicates(["protocol", "model"], keep="last").set_index(["model", "protocol"])
    models, protocols = (list(dict.fromkeys(table[name])) for name in ("model", "protocol"))
    sign = -1.0 if lower_is_better else 1.0
    above = (sign * (cells["value"] - cells["null_value"])).unstack().reindex(index=models, columns=protocols)
    figure = Figure(figsize=(2.0 + 0.66 * len(protocols), 1.6 + 0.52 * len(models)), layout="constrained")
    axes = figure.add_subplot()
    known = np.abs(above.to_numpy()[np.isfinite(above.to_numpy())])
    limit = max(float(known.max()) if known.size else 0.0, 0.05)
    image = axes.imshow(
        above, cmap=cm.vik.with_extremes(bad=_UNKNOWN), norm=Normalize(-limit, limit), aspect="auto"
    )
    for (model, protocol), cell in cells.iterrows():
        place = protocols.index(protocol), models.index(model)
        dark = abs(above.loc[model, protocol]) > _DARK * limit
        _write(axes, place, cell, "white" if dark else "black")
    axes.set_xticks(range(len(protocols)), [textwrap.fill(name, 11) for name in protocols], fontsize=6.5)
    axes.set_yticks(range(len(models)), [textwrap.fill(name, 18) for name in models], fontsize=7.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    side = "below" if lower_is_better else "above"
    # Long names of scores have to fit beside few models.
    words = textwrap.fill(f"{metric} {side} the median of its own null (grey: none)", 30)
    figure.colorbar(image, ax=axes, shrink=0.9).set_label(words, fontsize=7)
    return figure


def _write(axes: Axes, place: tuple[int, int], cell: pd.Series, colour: str) -> None:
    column, row = place
    lines = [(f"{cell['value']:.2f}", 7.0, -0.27, "normal")]
    if np.isfinite(cell["low"]):
        lines.append((f"{cell['low']:.2f} to {cell['high']:.2f}", 5.0, -0.05, "normal"))
    if np.isfinite(cell["p"]):
        weight = "bold" if cell["p"] <= _SMALL else "normal"
        lines += [
            (f"null {cell['null_value']:.2f}", 5.0, 0.13, "normal"),
            (f"p {cell['p']:.2g}", 5.8, 0.32, weight),
        ]
    for words, size, down, weight in lines:
        axes.text(
            column,
            row + down,
            words,
            ha="center",
            va="center",
            fontsize=size,
            fontweight=weight,
            color=colour,
        )
