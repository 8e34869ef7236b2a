"""Where along trenches events begin, as features say it: a log-linear law of places with its spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, InputError, check_same_length

#: Standard deviations of the logarithm of rates within trenches, all features together, that are weighed.
SPREADS = np.geomspace(0.02, 4.0, 18)

# Standardised values are cut here: a logarithm that is linear in a wild tail would decide alone.
_LARGEST = 3.0
_STEPS = 50
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class PlacesPosterior:
    """What events say of the coefficients of features, one normal law for each spread that is tried.

    Attributes
    ----------
    columns : ndarray, shape (segments, features)
        Features that vary within trenches, centred in each, in pooled standard deviations, cut at 3.
    weight : ndarray, shape (spreads,)
        Posterior probability of each spread.
    mean : ndarray, shape (spreads, features)
    precision : ndarray, shape (spreads, features, features)
        Of the coefficients.
    """

    columns: FloatArray
    weight: FloatArray
    mean: FloatArray
    precision: FloatArray

    def draw(self, draws: int, random: np.random.Generator) -> FloatArray:
        """Return draws of the logarithm of relative rates per km of all segments, (draws, segments)."""
        chosen = random.choice(len(self.weight), size=draws, p=self.weight)
        noise = random.standard_normal((draws, self.mean.shape[1]))
        coefficients = self.mean[chosen]
        for spread in np.unique(chosen):
            own = chosen == spread
            # With L L' the precision, L'^-1 of white noise has its inverse as covariance.
            factor = np.linalg.cholesky(self.precision[spread])
            coefficients[own] += np.linalg.solve(factor.T, noise[own].T).T
        return np.asarray(coefficients @ self.columns.T)


def places_posterior(
    features: FloatArray, region: np.ndarray, length_km: FloatArray, counts: np.ndarray
) -> PlacesPosterior:
    """Learn how the rate per km goes with features within trenches.

    Given how many events a trench has, they fall on its segments in proportion to length times exp of a sum
    of features times coefficients: a Poisson regression with exposure and a free rate of each trench, which
    drops out (McFadden's conditional logit), so that differences between trenches teach nothing. Coefficients
    have normal priors of mean 0 and one variance; the spread that it gives to the logarithm of rates has a
    half-Cauchy prior of scale 1 and is weighed on a grid by Laplace's approximation of the evidence.

    Parameters
    ----------
    features : ndarray, shape (segments, features)
        NaN where missing: the mean of the trench.
    region : ndarray of str, shape (segments,)
    length_km : ndarray, shape (segments,)
    counts : ndarray of int, shape (segments,)
        Events that began in each segment.

    Raises
    ------
    InputError
        If no feature varies within a trench, or a value is infinite.

    References
    ----------
    MacKay (1992), doi:10.1162/neco.1992.4.3.415 (evidence); Gelman (2006), doi:10.1214/06-BA117A (prior).

    Examples
    --------
    >>> slope, region = np.linspace(-1.0, 1.0, 20)[:, None], np.repeat("a", 20)
    >>> counts = np.where(slope[:, 0] > 0.0, 4, 1)
    >>> found = places_posterior(slope, region, np.full(20, 50.0), counts)
    >>> bool(found.weight @ found.mean[:, 0] > 0.3)
    True
    """
    check_same_length(features=features, region=region, length_km=length_km, counts=counts)
    columns = _within_trenches(np.asarray(features, dtype=np.float64), region)
    width = columns.shape[1]
    groups = [np.flatnonzero(region == name) for name in np.unique(region[counts > 0])]
    coefficients: FloatArray = np.zeros(width)
    means, precisions, evidence = [], [], []
    for spread in SPREADS:
        prior = width / spread**2
        coefficients, value, precision = _highest(columns, length_km, counts, groups, prior, coefficients)
        means.append(coefficients)
        precisions.append(precision)
        evidence.append(value + 0.5 * width * np.log(prior) - 0.5 * np.linalg.slogdet(precision)[1])
    # The grid is even in the logarithm of the spread.
    log_weight = np.asarray(evidence) + np.log(SPREADS / (1.0 + SPREADS**2))
    weight = np.exp(log_weight - log_weight.max())
    return PlacesPosterior(columns, weight / weight.sum(), np.stack(means), np.stack(precisions))


def _within_trenches(features: FloatArray, region: np.ndarray) -> FloatArray:
    """Return the columns of `PlacesPosterior`."""
    if np.isinf(features).any():
        raise InputError("a feature value is infinite", action="use NaN where a value is missing")
    known = ~np.isnan(features)
    centred = np.where(known, features, 0.0)
    for name in np.unique(region):
        own = region == name
        mean = centred[own].sum(0) / np.maximum(known[own].sum(0), 1)
        centred[own] = np.where(known[own], centred[own] - mean, 0.0)
    spread = np.sqrt(np.square(centred).sum(0) / np.maximum(known.sum(0), 1))
    size = np.abs(np.where(known, features, 0.0)).max(0, initial=0.0)
    varies = spread > 1e-9 * size
    if not varies.any():
        raise InputError("no feature varies within a trench", given=f"{features.shape[1]} features")
    return np.asarray(np.clip(centred[:, varies] / spread[varies], -_LARGEST, _LARGEST))


def _highest(
    columns: FloatArray,
    length_km: FloatArray,
    counts: np.ndarray,
    groups: list[np.ndarray],
    prior: float,
    start: FloatArray,
) -> tuple[FloatArray, float, FloatArray]:
    """Return the most probable coefficients, the logarithm of their posterior, and its precision."""
    current = start
    value, slope, precision = _posterior(columns, length_km, counts, groups, prior, current)
    for _ in range(_STEPS):
        step = np.linalg.solve(precision, slope)
        if float(slope @ step) < _TOLERANCE:
            break
        size = 1.0
        following = _posterior(columns, length_km, counts, groups, prior, current + step)
        while following[0] < value and size > 1e-6:
            size /= 2.0
            following = _posterior(columns, length_km, counts, groups, prior, current + size * step)
        current = current + size * step
        value, slope, precision = following
    return current, value, precision


def _posterior(
    columns: FloatArray,
    length_km: FloatArray,
    counts: np.ndarray,
    groups: list[np.ndarray],
    prior: float,
    coefficients: FloatArray,
) -> tuple[float, FloatArray, FloatArray]:
    """Return the logarithm of the posterior up to a constant, its slope, and minus its curvature."""
    value = -0.5 * prior * float(coefficients @ coefficients)
    slope, precision = -prior * coefficients, prior * np.eye(len(coefficients))
    for rows in groups:
        own, events = columns[rows], counts[rows]
        logs = np.log(length_km[rows]) + own @ coefficients
        top = logs.max()
        total = np.exp(logs - top).sum()
        share = np.exp(logs - top) / total
        count = events.sum()
        value += float(events @ logs) - count * (top + float(np.log(total)))
        mean = share @ own
        slope = slope + events @ own - count * mean
        precision = precision + count * ((own * share[:, None]).T @ own - np.outer(mean, mean))
    return value, slope, precision
