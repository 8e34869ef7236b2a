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
        Mean probability, observed frequency and its 95 % band; NaN in empty bins.
    brier, reference : float
        Mean squared error of the probability, and of always predicting the base rate.
    base_rate : float
        Share of segments in the upper class.
    by_rupture : bool
        Whether the band resamples ruptures; otherwise it takes segments for independent.
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
    by_rupture: bool = False

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
    probability: npt.ArrayLike,
    observed: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    bins: int = 10,
) -> ReliabilityInfo:
    """Bin predicted probabilities and compare them with observed frequencies.

    Parameters
    ----------
    probability : array_like, shape (n,)
        Predicted probability of the upper class, in [0, 1].
    observed : array_like of bool or {0, 1}, shape (n,)
        Whether the segment is in the upper class.
    weights : array_like, shape (replicates, n), optional
        From `megathrust.evaluation.rupture_weights`: bands are then those of the resampled frequencies.
        Without them segments count as independent, which neighbours are not.
    bins : int
        Number of equal bins of [0, 1].

    Raises
    ------
    InputError
        If lengths differ, nothing is given, or a number is outside its range.

    Notes
    -----
    Where all segments of a bin are alike, resampling them shows no spread at all: the band is then Wilson's
    (1927, doi:10.1080/01621459.1927.10502953), with the number of ruptures for that of observations.

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; bands by resampling: Broecker & Smith
    (2007), doi:10.1175/WAF993.1.

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
    resampled = None if weights is None else np.asarray(weights, dtype=np.float64)
    if resampled is not None:
        check_same_length(probability=chance, weights=resampled.T)
    for i in np.flatnonzero(filled):
        inside = place == i
        low[i], high[i] = _band(hit[inside], None if resampled is None else resampled[:, inside])
    rate = float(hit.mean())
    brier = float(np.mean((chance - hit) ** 2))
    return ReliabilityInfo(
        edges, count, predicted, frequency, low, high, brier, rate * (1.0 - rate), rate, weights is not None
    )


def _band(hit: FloatArray, weights: FloatArray | None) -> tuple[float, float]:
    """Return the 95 % band of the frequency of some segments."""
    independent = len(hit)
    if weights is not None:
        drawn = weights.sum(1)
        if hit.min() < hit.max():
            shares = (weights @ hit)[drawn > 0.0] / drawn[drawn > 0.0]
            low, high = np.quantile(shares, [0.025, 0.975])
            return float(low), float(high)
        # Segments of one rupture are always drawn together.
        independent = len(np.unique(weights, axis=1).T)
    hits = round(float(hit.mean()) * independent)
    interval = binomtest(hits, independent).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


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
    bars.bar(
        info.edges[:-1], info.count, width=np.diff(info.edges), align="edge", color=BLUE, edgecolor="white"
    )
    bars.set(xlabel="predicted probability (0 to 1)", ylabel="segments")
    brier = f"Brier score {info.brier:.3f} (base rate {info.reference:.3f}), skill {info.skill:+.2f}"
    figure.suptitle(f"Reliability: {model}\n{brier}", x=0.01, ha="left", fontsize=8.5)
    note = (
        "Vertical lines: 95 % of a bootstrap over ruptures."
        if info.by_rupture
        else "Vertical lines: 95 % Wilson intervals, as if segments\n"
        "were independent (they are not: the true ones are longer)."
    )
    figure.supxlabel(note, x=0.01, ha="left", fontsize=7)
    return figure
