"""Completeness and b-value of the magnitude-frequency relation log10 N = a - b M."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from megathrust.core import FloatArray, check_range

#: Fewer events above completeness give no b-value.
LEAST_EVENTS = 50

#: The maximum of the histogram underestimates completeness by about this (Woessner & Wiemer 2005,
#: doi:10.1785/0120040007).
CURVATURE_CORRECTION = 0.2


@dataclass(frozen=True, kw_only=True)
class BValue:
    """A b-value with the interval of its bootstrap; NaN where there are too few events.

    Attributes
    ----------
    value, low, high : float
        Estimate, and the ends of its interval.
    count : int
        Events at or above completeness.
    """

    value: float
    low: float
    high: float
    count: int


def completeness_magnitude(magnitudes: npt.ArrayLike, *, bin_width: float = 0.1) -> float:
    """Return the magnitude of completeness: the fullest bin of the histogram plus 0.2.

    Parameters
    ----------
    magnitudes : array_like
        Of one catalogue; NaN is left out.
    bin_width : float
        Width of the bins, whose centres are its multiples.

    Returns
    -------
    float
        NaN where there is no magnitude. Of equally full bins the largest magnitude counts, to be safe.

    References
    ----------
    Wiemer & Wyss (2000), doi:10.1785/0119990114; Woessner & Wiemer (2005), doi:10.1785/0120040007.

    Examples
    --------
    >>> round(completeness_magnitude([5.0, 5.1, 5.1, 5.1, 5.2, 5.3]), 1)
    5.3
    """
    check_range("the bin width", bin_width, low=0.0, open_low=True)
    bins = _bins(magnitudes, bin_width)
    if not len(bins):
        return float("nan")
    first = bins.min()
    counts = np.bincount(bins - first)
    fullest = len(counts) - 1 - int(counts[::-1].argmax())
    return float((first + fullest) * bin_width + CURVATURE_CORRECTION)


def b_value(
    magnitudes: npt.ArrayLike,
    completeness: float,
    *,
    ceiling: float = np.inf,
    bin_width: float = 0.1,
    least_events: int = LEAST_EVENTS,
    resamples: int = 500,
    level: float = 0.9,
    seed: int | tuple[int, ...] = 0,
) -> BValue:
    """Return the maximum-likelihood b-value with a bootstrap interval.

    b = log10(e) / (mean(M) - (Mc - d/2)) for magnitudes in bins of width d at or above the bin of Mc. Where
    magnitudes from a ceiling on were left out, b = beta log10(e) with the beta that solves
    mean(M) - (Mc - d/2) = 1/beta - D / (exp(beta D) - 1), D being the range from Mc - d/2 to the ceiling:
    without this term a ceiling of Mc + 1.3 raises b by a fifth.

    Parameters
    ----------
    magnitudes : array_like
        Rounded to the bins here; NaN is left out.
    completeness : float
        Magnitude Mc above which the catalogue is complete, rounded to a bin.
    ceiling : float
        Magnitude from which events are left out.
    bin_width : float
        Width d of the bins.
    least_events : int
        With fewer events at or above completeness the value is NaN.
    resamples : int
        Catalogues drawn with replacement for the interval (Efron 1979, doi:10.1214/aos/1176344552).
    level : float
        Coverage of the interval, 0 to 1.
    seed : int or tuple of int
        Of the random numbers.

    References
    ----------
    Aki (1965), Bull. Earthq. Res. Inst. 43, 237-239; Utsu (1966) for the bins (Marzocchi & Sandri 2003,
    doi:10.4401/ag-3472); Page (1968), BSSA 58, 1131-1168, for the ceiling.

    Examples
    --------
    >>> magnitudes = 5.95 + np.random.default_rng(1).exponential(np.log10(np.e) / 1.0, 20_000)
    >>> round(b_value(magnitudes, 6.0).value, 1)
    1.0
    """
    check_range("the level of the interval", level, low=0.0, high=1.0)
    values = np.asarray(magnitudes, dtype=np.float64)
    bins = _bins(values[values < ceiling], bin_width)
    nothing = float("nan")
    if not np.isfinite(completeness):
        return BValue(value=nothing, low=nothing, high=nothing, count=0)
    lowest = round(completeness / bin_width)
    excess = (bins[bins >= lowest] - lowest) * bin_width + bin_width / 2.0
    if len(excess) < max(least_events, 1):
        return BValue(value=nothing, low=nothing, high=nothing, count=len(excess))
    random = np.random.default_rng(seed)
    drawn = excess[random.integers(0, len(excess), size=(resamples, len(excess)))]
    tail = (1.0 - level) / 2.0
    reach = ceiling - (lowest - 0.5) * bin_width
    low, high = np.quantile(_b_of_mean(drawn.mean(axis=1), reach), [tail, 1.0 - tail])
    return BValue(
        value=float(_b_of_mean(excess.mean(), reach)), low=float(low), high=float(high), count=len(excess)
    )


def _b_of_mean(excess: npt.ArrayLike, reach: float) -> FloatArray:
    """Return b of mean magnitudes above the lower edge, of magnitudes within ``reach`` of that edge."""
    mean = np.asarray(excess, dtype=np.float64)
    if not np.isfinite(reach):
        return np.asarray(np.log10(np.e) / mean)
    # The mean falls from reach / 2 at beta 0 towards 1 / beta; bisection cannot miss the one solution.
    low, high = np.zeros_like(mean), 2.0 / mean
    for _ in range(60):
        beta = (low + high) / 2.0
        above = 1.0 / beta - reach / np.expm1(np.minimum(beta * reach, 700.0)) > mean
        low, high = np.where(above, beta, low), np.where(above, high, beta)
    return np.asarray((low + high) / 2.0 * np.log10(np.e))


def _bins(magnitudes: npt.ArrayLike, bin_width: float) -> npt.NDArray[np.int64]:
    values = np.asarray(magnitudes, dtype=np.float64)
    # Half a bin goes up, whatever the bin is even or odd.
    return np.floor(values[np.isfinite(values)] / bin_width + 0.5 + 1e-9).astype(np.int64)
