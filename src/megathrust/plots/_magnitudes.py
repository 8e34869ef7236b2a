"""Predicted against observed magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from megathrust.core import FloatArray, InputError, check_same_length, short_repr
from megathrust.plots._style import BLUE, ORANGE, VERMILION, styled


@short_repr
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
    calibrated_low, calibrated_high : ndarray, shape (n,), optional
        Range calibrated on segments that the model was not fitted on.
    coverage : float, optional
        What part of the segments is to lie in the calibrated range.
    ruptures : int, optional
        How many ruptures the segments belong to: neighbours of one rupture are one observation.
    """

    model: str
    observed: FloatArray
    predicted: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    share: float | None
    without_event: int
    calibrated_low: FloatArray | None = None
    calibrated_high: FloatArray | None = None
    coverage: float | None = None
    ruptures: int | None = None

    @property
    def error(self) -> float:
        """Mean absolute error over all segments, in units of Mw."""
        return float(np.abs(self.predicted - self.observed).mean())

    @property
    def inside(self) -> float:
        """Part of the segments that lies between the outermost quantiles; NaN without them."""
        return self._share(self.low, self.high)

    @property
    def calibrated_inside(self) -> float:
        """Part of the segments that lies in the calibrated range; NaN without one."""
        return self._share(self.calibrated_low, self.calibrated_high)

    def _share(self, low: FloatArray | None, high: FloatArray | None) -> float:
        if low is None or high is None:
            return float("nan")
        return float(((self.observed >= low) & (self.observed <= high)).mean())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per segment with an event; columns without numbers are left out."""
        table = pd.DataFrame({"model": self.model, "observed": self.observed, "predicted": self.predicted})
        for name in ("low", "high", "calibrated_low", "calibrated_high"):
            if (values := getattr(self, name)) is not None:
                table[name] = values
        return table


def magnitude_info(
    observed: npt.ArrayLike,
    predicted: npt.ArrayLike,
    *,
    model: str,
    quantiles: FloatArray | None = None,
    levels: Sequence[float] = (),
    ranges: FloatArray | None = None,
    coverage: float | None = None,
    ruptures: npt.ArrayLike | None = None,
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
    ranges : ndarray, shape (n, 2), optional
        Lower and upper end of the calibrated range.
    coverage : float, optional
        What part of the segments is to lie in it.
    ruptures : array_like, shape (n,), optional
        Id of the rupture that gave each segment its magnitude; they are counted.

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
    least = most = None
    if ranges is not None:
        check_same_length(observed=truth, ranges=ranges)
        least, most = ranges[known, 0], ranges[known, 1]
    count = None
    if ruptures is not None:
        ids = pd.Series(np.asarray(ruptures))
        check_same_length(observed=truth, ruptures=ids)
        count = int(ids[known].nunique())
    return MagnitudeInfo(
        model,
        truth[known],
        guess[known],
        low,
        high,
        share,
        int((~known).sum()),
        least,
        most,
        coverage,
        count,
    )


@styled
def plot_magnitudes(infos: Sequence[MagnitudeInfo], *, quantity: str = "Mw") -> Figure:
    """Draw predicted against observed magnitude, a square for each model, and ranges of segments below.

    Parameters
    ----------
    infos : sequence of MagnitudeInfo
        Models on the same segments, the network first. For each with predicted or calibrated ranges, its
        segments in order of the prediction stand below, with the observed magnitude.
    quantity : str
        What axes are labelled with; for anything but Mw the ticks are left to matplotlib.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If there is none.
    """
    if not infos:
        raise InputError("no magnitudes to draw", given="an empty sequence", allowed="at least one")
    with_range = [info for info in infos if info.low is not None or info.calibrated_low is not None]
    columns = min(4, len(infos))
    rows = -(-len(infos) // columns)
    width = 7.2 if columns > 2 else 1.75 * columns + 1.4
    side = (width - 0.6) / columns
    heights = [side + 0.35] * rows + [1.9] * len(with_range)
    figure = Figure(figsize=(width, sum(heights) + 0.35), layout="constrained")
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    values = np.concatenate([part for info in infos for part in (info.observed, info.predicted)])
    ends = _ends(values, quantity)
    for number, info in enumerate(infos):
        axes = figure.add_subplot(grid[number // columns, number % columns])
        _scatter(axes, info, ends, BLUE if number else VERMILION, quantity)
        axes.tick_params(labelleft=number % columns == 0)
        if number % columns == 0:
            axes.set_ylabel(f"predicted {quantity}")
    for number, info in enumerate(with_range):
        _ranges(figure.add_subplot(grid[rows + number, :]), info, quantity)
    first = infos[0]
    note = f"{len(first.observed)} held-out segments"
    if first.ruptures is not None:
        note += f" of {first.ruptures} ruptures"
    if first.without_event:
        note += f"; {first.without_event} without an event are not shown"
    figure.supxlabel(f"{note}. Dashed: perfect.", x=0.01, ha="left", fontsize=7)
    return figure


def _ends(values: FloatArray, quantity: str) -> tuple[float, float]:
    """Return the ends of both axes: of magnitudes halves, of anything else a twentieth beyond the values."""
    if quantity == "Mw":
        return float(np.floor(2.0 * values.min() - 0.1) / 2.0), float(np.ceil(2.0 * values.max() + 0.1) / 2.0)
    margin = 0.05 * float(np.ptp(values)) or 1.0
    return float(values.min()) - margin, float(values.max()) + margin


def _scatter(axes: Axes, info: MagnitudeInfo, ends: tuple[float, float], colour: str, quantity: str) -> None:
    axes.plot(ends, ends, color="#777777", linewidth=0.9, linestyle="--")
    axes.plot(info.observed, info.predicted, "o", color=colour, markersize=2.8, alpha=0.4, markeredgewidth=0)
    error = f"{info.error:.2f}" if quantity == "Mw" else f"{info.error:.3g}"
    axes.set_title(f"{info.model}\nMAE {error}", fontsize=8)
    axes.set(xlabel=f"observed {quantity}", xlim=ends, ylim=ends)
    axes.set_box_aspect(1.0)
    if quantity == "Mw":
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MultipleLocator(1.0))


def _ranges(axes: Axes, info: MagnitudeInfo, quantity: str) -> None:
    """Draw ranges of all segments in order of the prediction, and what was observed in and out of them."""
    order = np.argsort(info.predicted, kind="stable")
    rank = np.arange(1, len(order) + 1)
    title = []
    low, high = info.low, info.high
    if info.calibrated_low is not None and info.calibrated_high is not None:
        low, high = info.calibrated_low, info.calibrated_high
        axes.fill_between(
            rank,
            low[order],
            high[order],
            step="mid",
            color=ORANGE,
            alpha=0.35,
            linewidth=0,
            label="calibrated range",
        )
        goal = "" if info.coverage is None else f" (goal {info.coverage:.0%})"
        title.append(f"{info.calibrated_inside:.0%} in the calibrated range{goal}")
    if info.low is not None and info.high is not None and info.share is not None:
        for end, label in ((info.low, "predicted range"), (info.high, None)):
            axes.step(rank, end[order], where="mid", color="#555555", linewidth=0.6, label=label)
        title.append(f"{info.inside:.0%} in the predicted range (goal {info.share:.0%})")
    axes.step(rank, info.predicted[order], where="mid", color=VERMILION, linewidth=1.2, label="prediction")
    if low is not None and high is not None:
        inside = (info.observed >= low) & (info.observed <= high)
        for chosen, face, label in (
            (inside, BLUE, "observed, in range"),
            (~inside, "white", "observed, outside"),
        ):
            axes.plot(
                rank[chosen[order]],
                info.observed[order][chosen[order]],
                "o",
                color=BLUE,
                markerfacecolor=face,
                markersize=2.4,
                markeredgewidth=0.5,
                label=label,
            )
    axes.set_title(f"{info.model}: " + ",\n".join(title), fontsize=8)
    axes.set(xlabel="segments in order of the prediction", ylabel=quantity, xlim=(0, len(order) + 1))
    if quantity == "Mw":
        axes.yaxis.set_major_locator(MultipleLocator(1.0))
    axes.grid(axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
