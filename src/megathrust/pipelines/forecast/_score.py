"""What later events say of a sealed forecast; nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import poisson

from megathrust.evaluation import (
    LEAST_EVENTS,
    Gain,
    MolchanCurve,
    gambling_score,
    information_gain,
    molchan_curve,
)
from megathrust.pipelines.forecast._events import (
    events_near_trenches,
    independent_ruptures,
    places_of,
    rows_of,
    skill_p_value,
)
from megathrust.pipelines.forecast._make import Forecast, check_later

_BINARY = 1e-12


@dataclass(frozen=True)
class ForecastScore:
    """A forecast against the events of its period so far.

    Attributes
    ----------
    least : float
        Smallest Mw that counts.
    rows : ndarray of int, shape (events,)
        Segment in which each event began.
    events : DataFrame
        The events that count.
    expected : float
        Expected number of them until the last day of the catalogue, or to the end of the period.
    probability_of_fewer, probability_of_more : float
        Poisson probabilities of at most, and of at least, as many as there were (N-test).
    curve : MolchanCurve
        Against trench length.
    p_value : float
        Of the area skill; NaN with fewer than `LEAST_EVENTS` events.
    gain : Gain
        Information gain per event over the same rates spread evenly over each region.
    gambling : float
        Gambling score at the odds of the same reference.
    plain : bool
        Whether events came from a plain catalogue, in which no slab tells those of the interface apart.
    extent : bool
        Whether places were scored over the extents of the events instead of where they began.
    """

    least: float
    rows: np.ndarray
    events: pd.DataFrame
    expected: float
    probability_of_fewer: float
    probability_of_more: float
    curve: MolchanCurve
    p_value: float
    gain: Gain
    gambling: float
    plain: bool
    extent: bool = False

    def sentences(self) -> list[str]:
        """Return the score in words; what too few events cannot say is said to be unknown."""
        count = len(self.rows)
        lines = [
            f"Mw >= {self.least:g}: {count} independent events began on the segments, {self.expected:.1f} "
            f"were expected; so few or fewer had a probability of {self.probability_of_fewer:.2g}, so many "
            f"or more of {self.probability_of_more:.2g}."
        ]
        if self.plain:
            lines.append(
                "No slab told events of the interface apart: those in the plates beside it count, too, so "
                "that more events than expected say nothing here."
            )
        if self.extent:
            lines.append("Places are scored over the extent of each event, which weighs one.")
        if count:
            lines.append(
                f"Area skill against trench length {self.curve.area_skill:.2f} (0.5 knows nothing); "
                f"information gain per event over rates of regions {self.gain.value:+.2f} nats; gambling "
                f"score {self.gambling:+.2f}."
            )
        if count < LEAST_EVENTS:
            lines.append(
                f"TOO FEW EVENTS: {count} of at least {LEAST_EVENTS}; no p-value is given, and none of these "
                "numbers says that the forecast is good or bad."
            )
        else:
            lines.append(
                f"p = {self.p_value:.3g} that events placed at random along the trenches do as well; 95 % "
                f"interval of the gain {self.gain.low:+.2f} to {self.gain.high:+.2f}."
            )
        return lines


def score_forecast(
    forecast: Forecast,
    events: pd.DataFrame,
    *,
    least: float | None = None,
    later_only: bool = False,
    until: str | None = None,
    extent: bool = False,
) -> ForecastScore:
    """Score a forecast with the events of a catalogue.

    Parameters
    ----------
    forecast : Forecast
        From `read_forecast`.
    events : DataFrame
        A plain catalogue (as from `megathrust.sources.read_events`: the nearest trench counts), or ruptures
        with ``region`` and ``s_km``. Those that belong to a larger one do not count, as in the forecast.
    least : float, optional
        Smallest Mw that counts, the lower edge of a bin; default the forecast's.
    later_only : bool
        Whether earlier events are left out; otherwise they are refused.
    until : str, optional
        Last day of the catalogue; default its last event.
    extent : bool
        Whether an event is spread over the segments that it ruptured, with the weight of one: those of a
        plain catalogue rupture evenly to both sides, as long as their magnitude says.

    Raises
    ------
    InputError
        If an event is earlier than the forecast begins, or has no extent where it is asked for.
    """
    least = forecast.edges[0] if least is None else least
    counted = events[events["magnitude"] >= least]
    if later_only:
        counted = counted[counted["time"] >= forecast.start]
    check_later(counted, forecast.start)
    last = events["time"].max() if until is None else pd.Timestamp(until, tz="UTC")
    last = min(forecast.end, max(last, forecast.start + pd.Timedelta(days=1)))
    inside = counted[counted["time"] < last].reset_index(drop=True)
    located = independent_ruptures(_located(inside, forecast.segments))
    rows = located["row"].to_numpy()
    share = (last - forecast.start) / (forecast.end - forecast.start)
    bins = np.asarray(forecast.edges) >= least - 1e-6
    rates = forecast.expected[:, bins].sum(1) * share
    # Sizes know no places here: the reference keeps each region's total of these bins.
    region = forecast.segments["region"]
    reference = forecast.reference * (
        pd.Series(rates).groupby(region).transform("sum")
        / pd.Series(forecast.reference).groupby(region).transform("sum")
    )
    lengths = forecast.segments["length_km"].to_numpy()
    chances, odds = (np.maximum(-np.expm1(-each), _BINARY) for each in (rates, reference.to_numpy()))
    expected = float(rates.sum())
    places = places_of(forecast.segments, located, extent=extent)
    return ForecastScore(
        least,
        rows,
        located,
        expected,
        float(poisson.cdf(len(rows), expected)),
        float(poisson.sf(len(rows) - 1, expected)),
        molchan_curve(rates / lengths, lengths, places),
        skill_p_value(rates / lengths, forecast.segments, places),
        information_gain(rates, reference.to_numpy(), places),
        gambling_score(chances, odds, places),
        plain=not _has_places(events),
        extent=extent,
    )


def _has_places(events: pd.DataFrame) -> bool:
    return {"region", "s_km"} <= set(events)


def _located(events: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    if not _has_places(events):
        return events_near_trenches(events, segments)
    rows = rows_of(segments, events["region"].to_numpy(dtype=object), events["s_km"].to_numpy())
    return events.assign(row=rows)[rows >= 0].reset_index(drop=True)
