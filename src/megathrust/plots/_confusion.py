"""Confusion matrices: counts and shares of the observed class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from megathrust.core import FloatArray, InputError, IntArray, check_same_length, short_repr
from megathrust.plots._style import styled


@short_repr
@dataclass(frozen=True)
class ConfusionInfo:
    """Counts of segments by observed (rows) and predicted (columns) class.

    Attributes
    ----------
    model : str
    class_names : tuple of str
        Lowest class first.
    counts : ndarray of int, shape (classes, classes)
    row_percent : ndarray, shape (classes, classes)
        Per cent of the observed class; NaN in the row of a class that was never observed.
    """

    model: str
    class_names: tuple[str, ...]
    counts: IntArray
    row_percent: FloatArray

    def to_frame(self) -> pd.DataFrame:
        """Return one row per observed and predicted class."""
        pairs = pd.MultiIndex.from_product([self.class_names] * 2, names=["observed", "predicted"])
        table = pd.DataFrame(
            {"segments": self.counts.ravel(), "percent": self.row_percent.ravel()}, index=pairs
        )
        return table.reset_index().assign(model=self.model)


def confusion_info(
    observed: npt.ArrayLike, predicted: npt.ArrayLike, *, model: str, class_names: Sequence[str]
) -> ConfusionInfo:
    """Count segments by observed and predicted class.

    Parameters
    ----------
    observed, predicted : array_like of int, shape (n,)
        Class numbers, 0 to the number of names - 1.
    model : str
        Name of the model.
    class_names : sequence of str
        One name per class, lowest first.

    Raises
    ------
    InputError
        If the lengths differ or a class has no name.

    Examples
    --------
    >>> confusion_info([0, 0, 1], [0, 1, 1], model="fcn", class_names=["< 8", ">= 8"]).counts
    array([[1, 1],
           [0, 1]])
    """
    rows, columns = np.asarray(observed), np.asarray(predicted)
    check_same_length(observed=rows, predicted=columns)
    count, given = len(class_names), np.concatenate([rows, columns])
    if not np.isin(given, np.arange(count)).all():
        raise InputError(
            "a class has no name", given=", ".join(map(str, np.unique(given))), allowed=f"0 to {count - 1}"
        )
    counts = np.zeros((count, count), dtype=np.int64)
    np.add.at(counts, (rows.astype(np.int64), columns.astype(np.int64)), 1)
    totals = counts.sum(axis=1, keepdims=True)
    percent = np.divide(100.0 * counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    return ConfusionInfo(model, tuple(class_names), counts, percent)


@styled
def plot_confusion(infos: Sequence[ConfusionInfo]) -> Figure:
    """Draw one confusion matrix per model: counts, and per cent of the observed class as shade.

    Parameters
    ----------
    infos : sequence of ConfusionInfo
        From `confusion_info`, one per model.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If there is none.
    """
    if not infos:
        raise InputError("no confusion matrix to draw", given="an empty sequence", allowed="at least one")
    columns = min(4, len(infos))
    rows = -(-len(infos) // columns)
    figure = Figure(figsize=(max(1.75 * columns, 3.0) + 0.6, 1.85 * rows + 0.85), layout="constrained")
    shades = LinearSegmentedColormap.from_list("percent", cm.oslo(np.linspace(0.98, 0.25, 256)))
    colours = ScalarMappable(Normalize(0.0, 100.0), shades)
    grid = [figure.add_subplot(rows, columns, i + 1) for i in range(len(infos))]
    for i, (axes, info) in enumerate(zip(grid, infos, strict=True)):
        _matrix(axes, info, colours)
        if i % columns == 0:
            axes.set_yticklabels(info.class_names, rotation=90, va="center")
            axes.set_ylabel("observed class")
        if i + columns >= len(infos):
            axes.set_xlabel("predicted class")
    bar = figure.colorbar(colours, ax=grid, orientation="horizontal", shrink=0.6, aspect=40, pad=0.03)
    bar.set_label("share of the observed class (%)")
    figure.supxlabel("Numbers: segments, and per cent of the observed class.", x=0.01, ha="left", fontsize=7)
    return figure


def _matrix(axes: Axes, info: ConfusionInfo, colours: ScalarMappable) -> None:
    axes.imshow(info.row_percent, cmap=colours.get_cmap(), vmin=0.0, vmax=100.0)
    for (row, column), count in np.ndenumerate(info.counts):
        percent = info.row_percent[row, column]
        share = "–" if np.isnan(percent) else f"{percent:.0f} %"
        axes.text(
            column,
            row,
            f"{count}\n{share}",
            ha="center",
            va="center",
            color="white" if percent > 50.0 else "black",
        )
    places = np.arange(len(info.class_names))
    axes.set(xticks=places, yticks=places, title=info.model)
    axes.set_xticklabels(info.class_names, fontsize=7)
    axes.set_yticklabels([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
