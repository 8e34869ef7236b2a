"""Forecasts: how many events of which size begin in every segment in a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from megathrust import __version__
from megathrust.core import FloatArray, InputError, check_choice, check_range
from megathrust.evaluation import RateDraws, draw_rates, probability
from megathrust.features import day
from megathrust.pipelines.experiment import table_hash
from megathrust.pipelines.forecast._events import catalogue_of, segments_of
from megathrust.pipelines.forecast._labels import without_later_events
from megathrust.table import FeatureTable

#: Where events fall along trenches: kernels around past ones, evenly within each region, or as features say.
PLACES = ("kernels", "even", "features")

#: Magnitudes whose probabilities are written.
THRESHOLDS = (7.5, 8.0, 8.5, 9.0)

_BIN = 0.1
_LAST_BIN = 9.5


@dataclass(frozen=True)
class ForecastOptions:
    """What a forecast is made from and for.

    Attributes
    ----------
    until : str
        Last day that it knows.
    years : float
        Length of its period, which begins the day after ``until``.
    since : str
        First day of the catalogue; ISC-GEM holds Mw 7 evenly from 1918 on.
    least : float
        Smallest Mw.
    places : str
        One of ``PLACES``.
    draws : int
        Draws of the rates, of which mean and 90 % interval are taken.
    seed : int
    """

    until: str
    years: float
    since: str = "1918-01-01"
    least: float = 7.0
    places: str = "kernels"
    draws: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("the years of the forecast", self.years, low=0.0, open_low=True)
        check_range("the smallest magnitude", self.least, low=5.0, high=THRESHOLDS[0])
        check_range("the number of draws", self.draws, low=20)
        check_choice("law of places", self.places, PLACES)
        day(self.until), day(self.since)

    @property
    def start(self) -> pd.Timestamp:
        """The first moment of the period."""
        return day(self.until) + pd.Timedelta(days=1)

    @property
    def edges(self) -> tuple[float, ...]:
        """Lower edges of the magnitude bins; the last one is open above."""
        count = round((_LAST_BIN - self.least) / _BIN) + 1
        return tuple(round(self.least + _BIN * number, 3) for number in range(count))


@dataclass(frozen=True)
class Forecast:
    """A forecast of every segment and region.

    Attributes
    ----------
    segments : DataFrame
        From `segments_of`.
    edges : tuple of float
        Lower edges of the magnitude bins.
    expected : ndarray, shape (segments, bins)
        Expected number of events that begin in each segment in the period.
    reference : ndarray, shape (segments,)
        The same of all bins, spread evenly over each region: what a table of regions alone would say.
    segment_probabilities : DataFrame
        ``region``, ``segment``, ``magnitude``, ``probability`` of at least one event that begins there,
        ``low`` and ``high`` (90 % interval).
    region_probabilities : DataFrame
        The same of whole regions, and of ``all``.
    branches : DataFrame
        Three branches per region with their weights and the rate of every segment and bin, in 1/yr.
    about : mapping
        Period, catalogue, settings, versions: JSON.
    """

    segments: pd.DataFrame
    edges: tuple[float, ...]
    expected: FloatArray
    reference: FloatArray
    segment_probabilities: pd.DataFrame
    region_probabilities: pd.DataFrame
    branches: pd.DataFrame
    about: Mapping[str, Any]

    @property
    def start(self) -> pd.Timestamp:
        """The first moment of its period."""
        return pd.Timestamp(self.about["start"])

    @property
    def end(self) -> pd.Timestamp:
        """The first moment after its period."""
        return pd.Timestamp(self.about["end"])


def make_forecast(table: FeatureTable, ruptures: pd.DataFrame, options: ForecastOptions) -> Forecast:
    """Return the forecast of a table's segments from ruptures up to a day.

    Parameters
    ----------
    table : FeatureTable
        Its segments; targets are not looked at, and features only where they say the places: without those of
        seismicity, which may know later events (`labels_until`).
    ruptures : DataFrame
        As from `load_builtin_ruptures`; what is later than ``options.until`` is not looked at.
    options : ForecastOptions

    Raises
    ------
    InputError
        If no rupture of the window is on any segment, or no feature varies within a trench.

    Examples
    --------
    >>> from megathrust.table import load_builtin_ruptures, load_builtin_table
    >>> options = ForecastOptions(until="2003-12-31", years=17.0, draws=50)
    >>> forecast = make_forecast(load_builtin_table(), load_builtin_ruptures(), options)
    >>> forecast.expected.shape, str(forecast.end.date())
    ((895, 26), '2020-12-31')
    """
    segments = segments_of(table)
    since, until, least = options.since, options.until, options.least
    catalogue = catalogue_of(ruptures, segments, since=since, until=until, least=least)
    named = without_later_events(table, until) if options.places == "features" else None
    drawn = draw_rates(
        catalogue,
        draws=options.draws,
        seed=options.seed,
        even=options.places == "even",
        features=None if named is None else named.features(),
    )
    annual = drawn.binned(options.edges)
    lengths = segments["length_km"].to_numpy()
    region = segments["region"].to_numpy(dtype=object)
    share = lengths / pd.Series(lengths).groupby(region).transform("sum").to_numpy()
    total = pd.Series(annual.sum(2).mean(0)).groupby(region).transform("sum").to_numpy()
    end = options.start + pd.Timedelta(days=round(365.25 * options.years))
    about = {
        "title": "Forecast of subduction earthquakes by trench segment",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "retrospective": bool(options.start < pd.Timestamp.now(tz="UTC")),
        "start": options.start.isoformat(),
        "end": end.isoformat(),
        "years": options.years,
        "catalogue": {
            "since": since,
            "until": until,
            "least": least,
            "independent_events": len(catalogue.magnitude),
            "years": catalogue.years,
            "files": dict(ruptures.attrs.get("sources", {})),
        },
        "licence": ruptures.attrs.get("licence", "not known to megathrust"),
        "places": options.places,
        "features": [] if named is None else list(named.feature_names),
        "table_sha256": None if named is None else table_hash(table),
        "draws": options.draws,
        "seed": options.seed,
        "event": "one rupture is one event, in the segment in which it began",
        "megathrust": __version__,
    }
    return Forecast(
        segments,
        options.edges,
        annual.mean(0) * options.years,
        total * share * options.years,
        _of_segments(drawn, segments, options.years),
        _of_regions(drawn, region, options.years),
        _branches(drawn, annual, segments, options.edges),
        about,
    )


def _of_segments(drawn: RateDraws, segments: pd.DataFrame, years: float) -> pd.DataFrame:
    parts = []
    for magnitude in THRESHOLDS:
        values = probability(drawn.above(magnitude), years)
        low, high = np.quantile(values, [0.05, 0.95], axis=0)
        part = segments[["region", "segment"]].assign(magnitude=magnitude)
        parts.append(part.assign(probability=values.mean(0), low=low, high=high))
    return pd.concat(parts, ignore_index=True)


def _of_regions(drawn: RateDraws, region: np.ndarray, years: float) -> pd.DataFrame:
    records = []
    for magnitude in THRESHOLDS:
        above = drawn.above(magnitude)
        for name in [*np.unique(region), "all"]:
            inside = np.ones(len(region), dtype=bool) if name == "all" else region == name
            annual = above[:, inside].sum(1)
            values = probability(annual, years)
            low, high = np.quantile(values, [0.05, 0.95])
            records.append((str(name), magnitude, values.mean(), low, high, annual.mean()))
    names = ["region", "magnitude", "probability", "low", "high", "annual_rate"]
    return pd.DataFrame.from_records(records, columns=names)


def _branches(
    drawn: RateDraws, annual: FloatArray, segments: pd.DataFrame, edges: tuple[float, ...]
) -> pd.DataFrame:
    """Return three draws per region, at the 5th, 50th and 95th percentile of its rate of Mw >= 8.

    Their weights .185, .630, .185 keep mean and variance of most laws (Keefer & Bodily 1983,
    doi:10.1287/mnsc.29.5.595).
    """
    region = segments["region"].to_numpy(dtype=object)
    great = drawn.above(8.0)
    parts = []
    for name in np.unique(region):
        rows = np.flatnonzero(region == name)
        order = np.argsort(great[:, rows].sum(1), kind="stable")
        for branch, (level, weight) in enumerate(((0.05, 0.185), (0.50, 0.630), (0.95, 0.185))):
            chosen = order[round(level * (len(order) - 1))]
            part = segments.iloc[rows][["region", "segment", "lon", "lat"]].reset_index(drop=True)
            part.insert(1, "branch", branch)
            part.insert(2, "weight", weight)
            rates = pd.DataFrame(annual[chosen, rows], columns=[f"rate_{edge:g}" for edge in edges])
            parts.append(pd.concat([part, rates], axis=1))
    return pd.concat(parts, ignore_index=True)


def check_later(ruptures: pd.DataFrame, start: pd.Timestamp) -> None:
    """Refuse events that a forecast may have known.

    Raises
    ------
    InputError
        Naming the first of them.
    """
    early = ruptures[ruptures["time"] < start]
    if len(early):
        raise InputError(
            "events before the forecast begins cannot test it",
            given=f"{len(early)} events, the first on {early['time'].min().date()}",
            allowed=f"events from {start.date()} on",
            action="leave earlier events out of the catalogue, or pass --later-only",
        )
