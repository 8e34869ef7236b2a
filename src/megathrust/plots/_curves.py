"""Training curves: median and band over the members of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from megathrust.core import FloatArray, InputError, short_repr
from megathrust.plots._style import BLUE, GREEN, ORANGE, VERMILION, styled

_BAND_PERCENT = (10.0, 90.0)


@short_repr
@dataclass(frozen=True)
class TrainingCurve:
    """One quantity followed over the training steps.

    Attributes
    ----------
    step : ndarray, shape (steps,)
    median, low, high : ndarray, shape (steps,)
        Median and 10 and 90 % quantiles over the members still running; NaN where none is.
    members : int
    """

    step: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray
    members: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step."""
        return pd.DataFrame(
            {name: getattr(self, name) for name in ("step", "median", "low", "high", "members")}
        )


def training_curve_info(step: npt.ArrayLike, values: npt.ArrayLike) -> TrainingCurve:
    """Summarise a quantity over members, step by step.

    Parameters
    ----------
    step : array_like, shape (steps,)
        Training steps (or epochs), increasing.
    values : array_like, shape (member, steps)
        Loss or score; NaN after a member has stopped.

    Raises
    ------
    InputError
        If the shapes do not fit.

    Examples
    --------
    >>> training_curve_info([1, 2], [[1.0, 0.5], [3.0, 0.7], [2.0, 0.6]]).median
    array([2. , 0.6])
    """
    steps, array = np.asarray(step, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or steps.shape != array.shape[1:]:
        raise InputError(
            "training curves do not fit their steps", given=array.shape, allowed=f"(member, {steps.size})"
        )
    running = np.isfinite(array).any(axis=0)
    quantiles = np.full((3, steps.size), np.nan)
    quantiles[:, running] = np.nanpercentile(
        np.where(np.isfinite(array), array, np.nan)[:, running], [50.0, *_BAND_PERCENT], axis=0
    )
    median, low, high = quantiles
    return TrainingCurve(steps, median, low, high, len(array))


@styled
def plot_training_curves(
    curves: Mapping[str, TrainingCurve], *, label: str = "loss", step_label: str = "training step"
) -> Figure:
    """Draw median and 10 to 90 % band over members against the training step.

    Parameters
    ----------
    curves : mapping of str to TrainingCurve
        By name, for example "training" and "validation"; at most four.
    label, step_label : str
        Names (and units) of the two axes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If there is no curve, or more than four.
    """
    colours = (BLUE, VERMILION, GREEN, ORANGE)
    if not 0 < len(curves) <= len(colours):
        raise InputError("number of training curves", given=len(curves), allowed=f"1 to {len(colours)}")
    figure = Figure(figsize=(5.2, 3.3), layout="constrained")
    axes = figure.add_subplot()
    for (name, curve), colour, style in zip(curves.items(), colours, ("-", "--", "-.", ":"), strict=False):
        axes.fill_between(curve.step, curve.low, curve.high, color=colour, alpha=0.22, linewidth=0)
        axes.plot(
            curve.step,
            curve.median,
            style,
            color=colour,
            linewidth=1.6,
            label=f"{name} ({curve.members} members)",
        )
    axes.set(xlabel=step_label, ylabel=label)
    axes.margins(x=0.01)
    axes.grid(axis="y")
    axes.legend()
    figure.supxlabel("Lines: median over members; bands: 10 to 90 %.", x=0.01, ha="left", fontsize=7)
    return figure
