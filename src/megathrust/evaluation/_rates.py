"""Rates of events along trenches: counts, exposure in km x years, places, and sizes, each with its spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from megathrust.core import FloatArray, InputError, IntArray, check_range, check_same_length
from megathrust.evaluation._rate_features import places_posterior
from megathrust.evaluation._tail import TailPosterior, tail_posterior, tapered_survival

#: As how many events of a trench the sizes of all trenches count for it.
EVENTS_OF_PRIOR = 20.0

#: Bandwidths in km and shares of an even spread from which the law of places is chosen.
_BANDWIDTHS = (50.0, 100.0, 200.0, 400.0)
_EVEN_SHARES = (0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Catalogue:
    """Events that count, and the segments along which they were watched.

    Attributes
    ----------
    region : ndarray of str, shape (segments,)
    s_km, length_km : ndarray, shape (segments,)
        Arc length along the trench, and length, of every segment.
    event_region : ndarray of str, shape (events,)
    event_s_km, magnitude : ndarray, shape (events,)
        Where each event began along its trench, and its Mw.
    years : float
        How long all events of Mw ``least`` and more were recorded.
    least : float
    """

    region: np.ndarray
    s_km: FloatArray
    length_km: FloatArray
    event_region: np.ndarray
    event_s_km: FloatArray
    magnitude: FloatArray
    years: float
    least: float

    def __post_init__(self) -> None:
        check_same_length(region=self.region, s_km=self.s_km, length_km=self.length_km)
        check_same_length(
            event_region=self.event_region, event_s_km=self.event_s_km, magnitude=self.magnitude
        )
        check_range("the years of the catalogue", self.years, low=0.0, open_low=True)
        if len(self.magnitude) and self.magnitude.min() < self.least:
            raise InputError(
                "an event is smaller than the catalogue is complete for",
                given=float(self.magnitude.min()),
                allowed=f">= {self.least:g}",
            )


@dataclass(frozen=True)
class RateDraws:
    """Draws of the rates of segments, of which mean and spread are taken.

    Attributes
    ----------
    annual : ndarray, shape (draws, segments)
        Events of Mw ``least`` and more per year that begin in each segment.
    beta, corner : ndarray, shape (draws, segments)
        Tapered Gutenberg-Richter law of each segment's region.
    least : float
    """

    annual: FloatArray
    beta: FloatArray
    corner: FloatArray
    least: float

    def above(self, magnitude: float) -> FloatArray:
        """Return events per year of at least a magnitude, (draws, segments).

        Raises
        ------
        InputError
            If the magnitude is below ``least``.
        """
        check_range("the magnitude", magnitude, low=self.least)
        return self.annual * tapered_survival(magnitude, self.least, self.beta, self.corner)

    def binned(self, edges: Sequence[float]) -> FloatArray:
        """Return events per year between magnitudes, (draws, segments, bins); the last bin is open above."""
        above = np.stack([self.above(edge) for edge in edges], axis=-1)
        return np.asarray(above - np.pad(above[..., 1:], ((0, 0), (0, 0), (0, 1))))


def probability(annual: FloatArray, years: float) -> FloatArray:
    """Return the Poisson probability of at least one event in so many years.

    Examples
    --------
    >>> float(probability(np.array(0.01), 50.0).round(4))
    0.3935
    """
    return np.asarray(-np.expm1(-annual * years))


def draw_rates(
    catalogue: Catalogue,
    *,
    draws: int = 500,
    seed: int = 0,
    even: bool = False,
    features: FloatArray | None = None,
) -> RateDraws:
    """Return draws of the rates of every segment: Poisson counts, exposure, places, and sizes.

    The rate per km and year of a region follows a gamma law whose two numbers all regions give
    (``draw_gamma``), and its own events and exposure. Its events spread along the trench as Gaussian kernels
    around past ones and evenly, in shares that foretell events of all regions best when each is left out;
    past events are weighted at random (Bayesian bootstrap), once per draw. Their sizes follow the tapered
    Gutenberg-Richter law of the region's own events, those of all regions counting as ``EVENTS_OF_PRIOR``.

    Parameters
    ----------
    catalogue : Catalogue
    draws : int
    seed : int
    even : bool
        Whether events of a region are spread evenly over its length instead.
    features : ndarray, shape (segments, features), optional
        What says instead where along their trench events begin (`places_posterior`).

    Raises
    ------
    InputError
        If there is no event at all, no feature varies within a trench, or places are to be both even and by
        features.

    References
    ----------
    Sizes: Kagan (2002), doi:10.1046/j.1365-246x.2002.01594.x. Weights: Rubin (1981),
    doi:10.1214/aos/1176345338.

    Examples
    --------
    >>> region = np.array(["a"] * 4)
    >>> found = draw_rates(Catalogue(region, np.array([25.0, 75, 125, 175]), np.full(4, 50.0),
    ...     np.array(["a", "a"]), np.array([20.0, 30.0]), np.array([7.1, 7.9]), 100.0, 7.0), draws=50)
    >>> found.annual.shape, bool(found.annual[:, 0].mean() > found.annual[:, 3].mean())
    ((50, 4), True)
    """
    if not len(catalogue.magnitude):
        raise InputError("there is no event to learn rates from", action="take a longer or lower catalogue")
    if even and features is not None:
        raise InputError("places are even or by features", given="both", action="leave one of them away")
    random = np.random.default_rng(seed)
    names = np.unique(catalogue.region)
    lengths = np.array([catalogue.length_km[catalogue.region == name].sum() for name in names])
    counts = np.array([(catalogue.event_region == name).sum() for name in names])
    shape, rate = draw_gamma(counts, lengths * catalogue.years, draws=draws, random=random)
    alike = even or features is not None
    bandwidth, evenly = (1.0, 1.0) if alike else choose_places(catalogue)
    logs = None if features is None else _logs_of_places(catalogue, features, draws, random)
    parts = np.empty((3, draws, len(catalogue.region)))
    for name, count, length in zip(names, counts, lengths, strict=True):
        rows = np.flatnonzero(catalogue.region == name)
        own = catalogue.event_region == name
        per_km = random.gamma(shape + count, 1.0 / (rate + length * catalogue.years))
        weights = random.standard_exponential((draws, int(own.sum())))
        places = _places(catalogue, rows, catalogue.event_s_km[own], weights, bandwidth, evenly)
        if logs is not None:
            places = places * np.exp(logs[:, rows] - logs[:, rows].max(1, keepdims=True))
            places = places / places.sum(1, keepdims=True)
        tail = region_tail(catalogue, str(name))
        parts[0][:, rows] = per_km[:, None] * length * places
        for part, drawn in zip(parts[1:], tail.draw(draws, random), strict=True):
            part[:, rows] = drawn[:, None]
    return RateDraws(parts[0], parts[1], parts[2], catalogue.least)


def _logs_of_places(
    catalogue: Catalogue, features: FloatArray, draws: int, random: np.random.Generator
) -> FloatArray:
    """Return draws of the logarithm of relative rates per km, as features say it, (draws, segments)."""
    counts: IntArray = np.zeros(len(catalogue.region), dtype=np.int64)
    for name in np.unique(catalogue.event_region):
        rows = np.flatnonzero(catalogue.region == name)
        if len(rows):
            events = catalogue.event_s_km[catalogue.event_region == name]
            np.add.at(counts, rows[np.abs(catalogue.s_km[rows][None] - events[:, None]).argmin(1)], 1)
    posterior = places_posterior(features, catalogue.region, catalogue.length_km, counts)
    return posterior.draw(draws, random)


def draw_gamma(
    counts: np.ndarray, exposure: FloatArray, *, draws: int, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return draws of shape and rate of the gamma law that the rates of regions follow, each (draws,).

    They are drawn from their posterior on a grid: Poisson counts, a mean that may be anything, and a spread
    between regions whose coefficient of variation has a half-Cauchy prior of scale 1.

    Parameters
    ----------
    counts : ndarray of int, shape (regions,)
    exposure : ndarray, shape (regions,)
        In km x years.
    draws : int
    random : Generator

    References
    ----------
    Prior: Gelman (2006), doi:10.1214/06-BA117A.
    """
    pooled = max(counts.sum(), 0.5) / exposure.sum()
    spread = np.geomspace(0.1, 5.0, 60)[:, None]
    mean = pooled * np.exp(np.linspace(-2.0, 2.0, 81))[None, :]
    shape, rate = np.broadcast_to(spread**-2, (60, 81)), spread**-2 / mean
    log_weight = np.log(spread / (1.0 + spread**2)) + np.zeros(mean.shape)
    for count, years in zip(counts, exposure, strict=True):
        log_weight = log_weight + gammaln(shape + count) - gammaln(shape)
        log_weight = (
            log_weight + shape * np.log(rate / (rate + years)) + count * np.log(years / (rate + years))
        )
    weight = np.exp(log_weight - log_weight.max()).ravel()
    chosen = random.choice(weight.size, size=draws, p=weight / weight.sum())
    return shape.ravel()[chosen], rate.ravel()[chosen]


def choose_places(catalogue: Catalogue) -> tuple[float, float]:
    """Return bandwidth in km and share of an even spread that foretell events left out in turn best."""
    best = (-np.inf, _BANDWIDTHS[-1], 1.0)
    for bandwidth in _BANDWIDTHS:
        densities, evens = [], []
        for name in np.unique(catalogue.event_region):
            rows = np.flatnonzero(catalogue.region == name)
            events = catalogue.event_s_km[catalogue.event_region == name]
            if not len(rows):
                continue
            home = np.abs(catalogue.s_km[rows][None] - events[:, None]).argmin(1)
            kernels = _kernels(catalogue, rows, events, bandwidth)
            others = (kernels.sum(0)[None] - kernels) / max(len(events) - 1, 1)
            alone = catalogue.length_km[rows] / catalogue.length_km[rows].sum()
            others = others if len(events) > 1 else np.broadcast_to(alone, others.shape)
            densities.append(others[np.arange(len(events)), home])
            evens.append(alone[home])
        density, even = np.concatenate(densities), np.concatenate(evens)
        for share in _EVEN_SHARES:
            merit = float(np.log((1.0 - share) * density + share * even).sum())
            best = max(best, (merit, bandwidth, share))
    return best[1], best[2]


def _kernels(catalogue: Catalogue, rows: np.ndarray, events: FloatArray, bandwidth: float) -> FloatArray:
    """Return the share of each event's kernel in each segment of its trench, (events, segments)."""
    apart = (catalogue.s_km[rows][None] - events[:, None]) / bandwidth
    # Far beyond the end of a trench every kernel would be 0: the nearest segment keeps it.
    logs = -0.5 * apart**2
    kernel = np.exp(logs - logs.max(1, keepdims=True)) * catalogue.length_km[rows]
    return np.asarray(kernel / kernel.sum(1, keepdims=True))


def _places(
    catalogue: Catalogue,
    rows: np.ndarray,
    events: FloatArray,
    weights: FloatArray,
    bandwidth: float,
    even: float,
) -> FloatArray:
    """Return the share of a region's events that begin in each of its segments, (draws, segments)."""
    alone = catalogue.length_km[rows] / catalogue.length_km[rows].sum()
    if not len(events):
        return np.broadcast_to(alone, (len(weights), len(rows)))
    shares = weights / weights.sum(1, keepdims=True)
    return np.asarray((1.0 - even) * shares @ _kernels(catalogue, rows, events, bandwidth) + even * alone)


def region_tail(catalogue: Catalogue, name: str) -> TailPosterior:
    """Return what a region's own events and those of all say of sizes there."""
    pooled = tail_posterior(catalogue.magnitude, catalogue.least)
    own = catalogue.magnitude[catalogue.event_region == name]
    # The prior's logarithm sums over all events: a share of it counts as so many of them.
    share = min(1.0, EVENTS_OF_PRIOR / len(catalogue.magnitude))
    return tail_posterior(own, catalogue.least, prior=pooled, weight_of_prior=share)
