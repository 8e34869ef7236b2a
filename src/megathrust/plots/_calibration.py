"""Reliability of predicted probabilities, with the Brier score and its reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import binomtest

from megathrust.core import FloatArray, InputError, IntArray, check_same_length, short_repr
from megathrust.plots._style import BLUE, VERMILION, styled


@short_repr
@dataclass(frozen=True)
class ReliabilityInfo:
    """Observed frequency against predicted probability.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
        Edges of the probability bins.
    count : ndarray of int, shape (bins,)
        Segments per bin.
    predicted, observed, low, high : ndarray, shape (bins,)
        Mean probability, observed frequency and its 95 % Wilson interval; NaN in empty bins.
    brier, reference : float
        Mean squared error of the probability, and of always predicting the base rate.
    base_rate : float
        Share of segments in the upper class.
    """

    edges: FloatArray
    count: IntArray
    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray
    brier: float
    reference: float
    base_rate: float

    @property
    def skill(self) -> float:
        """Brier skill score against the base rate; NaN where only one class was observed."""
        return 1.0 - self.brier / self.reference if self.reference > 0.0 else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """Return one row per bin of probability; scores of all segments are repeated in each."""
        bins = {"from": self.edges[:-1], "to": self.edges[1:], "segments": self.count}
        bins |= {name: getattr(self, name) for name in ("predicted", "observed", "low", "high")}
        return pd.DataFrame(bins).assign(brier=self.brier, reference=self.reference, base_rate=self.base_rate)


def reliability_info(
    probability: npt.ArrayLike, observed: npt.ArrayLike, *, bins: int = 10
) -> ReliabilityInfo:
    """Bin predicted probabilities and compare them with observed frequencies.

    Parameters
    ----------
    probability : array_like, shape (n,)
        Predicted probability of the upper class, in [0, 1].
    observed : array_like of bool or {0, 1}, shape (n,)
        Whether the segment is in the upper class.
    bins : int
        Number of equal bins of [0, 1].

    Raises
    ------
    InputError
        If lengths differ, nothing is given, or a number is outside its range.

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; Wilson (1927),
    doi:10.1080/01621459.1927.10502953. The interval treats segments as independent, which neighbours are
    not: it is a lower bound of the uncertainty.

    Examples
    --------
    >>> info = reliability_info([0.1, 0.2, 0.9, 0.8], [0, 0, 1, 1], bins=2)
    >>> info.observed, round(info.brier, 3)
    (array([0., 1.]), 0.025)
    """
    chance, hit = np.asarray(probability, dtype=np.float64), np.asarray(observed, dtype=np.float64)
    check_same_length(probability=chance, observed=hit)
    if not chance.size or not np.all((chance >= 0.0) & (chance <= 1.0)) or not np.isin(hit, (0.0, 1.0)).all():
        raise InputError(
            "reliability needs probabilities and outcomes without gaps",
            given=f"{chance.size} rows",
            allowed="at least one row, probability in [0, 1], observed 0 or 1",
        )
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.clip(np.searchsorted(edges, chance, side="right") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    hits = np.bincount(place, weights=hit, minlength=bins)
    summed = np.bincount(place, weights=chance, minlength=bins)
    filled = count > 0
    predicted, frequency, low, high = np.full((4, bins), np.nan)
    np.divide(summed, count, out=predicted, where=filled)
    np.divide(hits, count, out=frequency, where=filled)
    for i in np.flatnonzero(filled):
        interval = binomtest(int(hits[i]), int(count[i])).proportion_ci(method="wilson")
        low[i], high[i] = interval.low, interval.high
    rate = float(hit.mean())
    brier = float(np.mean((chance - hit) ** 2))
    return ReliabilityInfo(edges, count, predicted, frequency, low, high, brier, rate * (1.0 - rate), rate)


@styled
def plot_reliability(info: ReliabilityInfo, *, model: str) -> Figure:
    """Draw a reliability diagram with the number of segments per bin below and the Brier score.

    Parameters
    ----------
    info : ReliabilityInfo
        From `reliability_info`.
    model : str
        Name of the model, for the title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(3.6, 5.0), layout="constrained")
    axes, bars = figure.subplots(2, 1, sharex=True, height_ratios=[3.5, 1.0])
    axes.plot([0, 1], [0, 1], color="#777777", linewidth=0.9, linestyle="--", label="perfectly calibrated")
    axes.axhline(info.base_rate, color="#777777", linewidth=0.9, linestyle=":", label="base rate")
    known = info.count > 0
    axes.vlines(info.predicted[known], info.low[known], info.high[known], color=VERMILION, linewidth=1.4)
    axes.plot(
        info.predicted[known],
        info.observed[known],
        "D-",
        color=VERMILION,
        markersize=5,
        linewidth=1.0,
        clip_on=False,
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="observed frequency (0 to 1)")
    axes.set_box_aspect(1.0)
    bars.set_box_aspect(0.28)
    axes.legend(loc="upper left")
    axes.text(
        0.98,
        0.03,
        f"Brier {info.brier:.3f} (base rate {info.reference:.3f})\nskill {info.skill:+.2f}",
        ha="right",
        va="bottom",
    )
    bars.bar(
        info.edges[:-1], info.count, width=np.diff(info.edges), align="edge", color=BLUE, edgecolor="white"
    )
    bars.set(xlabel="predicted probability (0 to 1)", ylabel="segments")
    figure.suptitle(f"Reliability: {model}", x=0.01, ha="left", fontsize=9.5)
    note = (
        "Vertical lines: 95 % Wilson intervals, as if segments\n"
        "were independent (they are not: the true ones are longer)."
    )
    figure.supxlabel(note, x=0.01, ha="left", fontsize=7)
    return figure
