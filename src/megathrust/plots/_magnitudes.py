"""Predicted against observed magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from megathrust.core import FloatArray, InputError, check_same_length
from megathrust.plots._style import BLUE, VERMILION, styled


@dataclass(frozen=True)
class MagnitudeInfo:
    """Observed and predicted magnitudes of one model on segments that it was not fitted on.

    Attributes
    ----------
    model : str
    observed, predicted : ndarray, shape (n,)
        Mw; only segments with an event.
    low, high : ndarray, shape (n,), optional
        Outermost predicted quantiles.
    share : float, optional
        What part of the segments is to lie between them.
    without_event : int
        How many segments had no event to compare with.
    """

    model: str
    observed: FloatArray
    predicted: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    share: float | None
    without_event: int

    @property
    def error(self) -> float:
        """Mean absolute error over all segments, in units of Mw."""
        return float(np.abs(self.predicted - self.observed).mean())

    @property
    def inside(self) -> float:
        """Part of the segments that lies between the outermost quantiles; NaN without them."""
        if self.low is None or self.high is None:
            return float("nan")
        return float(((self.observed >= self.low) & (self.observed <= self.high)).mean())


def magnitude_info(
    observed: npt.ArrayLike,
    predicted: npt.ArrayLike,
    *,
    model: str,
    quantiles: FloatArray | None = None,
    levels: Sequence[float] = (),
) -> MagnitudeInfo:
    """Arrange predicted magnitudes beside the observed ones.

    Parameters
    ----------
    observed : array_like, shape (n,)
        Largest observed Mw; NaN where there was no event.
    predicted : array_like, shape (n,)
        Predicted Mw.
    model : str
        Name of the model.
    quantiles : ndarray, shape (n, levels), optional
        Predicted quantiles of Mw.
    levels : sequence of float
        Their levels.

    Raises
    ------
    InputError
        If lengths differ or no segment had an event.

    Examples
    --------
    >>> info = magnitude_info([8.1, np.nan, 8.5], [8.0, 7.9, 8.8], model="FCN")
    >>> info.without_event, round(info.error, 2)
    (1, 0.2)
    """
    truth, guess = np.asarray(observed, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    check_same_length(observed=truth, predicted=guess)
    known = np.isfinite(truth)
    if not known.any():
        raise InputError("no segment had an event", given=f"{len(truth)} segments")
    low = high = share = None
    if quantiles is not None:
        check_same_length(observed=truth, quantiles=quantiles)
        low, high = quantiles[known, 0], quantiles[known, -1]
        share = float(levels[-1] - levels[0])
    return MagnitudeInfo(model, truth[known], guess[known], low, high, share, int((~known).sum()))


@styled
def plot_magnitudes(infos: Sequence[MagnitudeInfo]) -> Figure:
    """Draw predicted against observed magnitude, a panel for each model.

    Parameters
    ----------
    infos : sequence of MagnitudeInfo
        Models on the same segments, the network first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(0.4 + 2.3 * len(infos), 3.4), layout="constrained")
    panels = figure.subplots(1, len(infos), sharex=True, sharey=True, squeeze=False)[0]
    values = np.concatenate([part for info in infos for part in (info.observed, info.predicted)])
    ends = np.floor(10.0 * values.min() - 1.0) / 10.0, np.ceil(10.0 * values.max() + 1.0) / 10.0
    for number, (axes, info) in enumerate(zip(panels, infos, strict=True)):
        colour = BLUE if number else VERMILION
        axes.plot(ends, ends, color="#777777", linewidth=0.9, linestyle="--")
        if info.low is not None:
            axes.vlines(info.observed, info.low, info.high, color=colour, linewidth=0.4, alpha=0.25)
        axes.plot(
            info.observed, info.predicted, "o", color=colour, markersize=3.2, alpha=0.5, markeredgewidth=0
        )
        title = f"{info.model}\nMAE {info.error:.2f}"
        if info.share is not None:
            title += f", {info.inside:.0%} in {info.share:.0%} range"
        axes.set(title=title, xlabel="observed Mw", xlim=ends, ylim=ends, aspect="equal")
    panels[0].set_ylabel("predicted Mw")
    first = infos[0]
    note = f"{len(first.observed)} held-out segments"
    if first.without_event:
        note += f"; {first.without_event} without an event are not shown"
    figure.supxlabel(f"{note}. Dashed: perfect.", x=0.01, ha="left", fontsize=7)
    return figure
