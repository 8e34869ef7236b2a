"""Ruptures that the user gives: which trench each belongs to, and which event of the catalogue it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError
from megathrust.features._event_catalogue import PRECISION_SPAN_S
from megathrust.features._rupture_extents import FURTHEST_SUBFAULT_KM, extent_of_points
from megathrust.geometry import TrenchLine, locate

#: What `find_ruptures` says is the ground of a rupture that the user gives.
OWN_BASIS = "own"

#: An event of the catalogue is that of a rupture if it differs by at most this in time beyond the span of its
#: date, in magnitude, and along the trench from the ends of the rupture. Times of old events are local ones.
SAME_DAYS = 1.0
SAME_MAGNITUDE = 1.0
SAME_KM = 200.0


class OwnRuptureLike(Protocol):
    """What is needed of a rupture of the user's own; the reader of its GeoJSON gives it.

    ``points`` are longitudes and latitudes, shape (n, 2); ``quality`` is A to D; ``region`` a trench.
    """

    @property
    def name(self) -> str: ...
    @property
    def time(self) -> pd.Timestamp: ...
    @property
    def time_precision(self) -> str: ...
    @property
    def magnitude(self) -> float: ...
    @property
    def quality(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def points(self) -> FloatArray: ...


def home_regions(ruptures: Iterable[OwnRuptureLike], lines: Mapping[str, TrenchLine]) -> list[str]:
    """Return the trench that each rupture belongs to: the one that it names, else the nearest.

    Parameters
    ----------
    ruptures : iterable of OwnRuptureLike
    lines : mapping of str to TrenchLine
        All trenches that are known, by code.

    Returns
    -------
    list of str
        Empty for a rupture of which fewer than half of the points lie along a trench, within 400 km of it.

    Raises
    ------
    InputError
        If a rupture names a trench that is not known.
    """
    homes = []
    for rupture in ruptures:
        if rupture.region and rupture.region not in lines:
            raise InputError(
                "a rupture names a region that has no trench line",
                given=f"{rupture.region} of {rupture.name}",
                allowed=", ".join(sorted(lines)),
            )
        candidates = [rupture.region] if rupture.region else sorted(lines)
        distance = {region: _distance_km(rupture.points, lines[region]) for region in candidates}
        nearest = min(candidates, key=lambda region: distance[region])
        homes.append(nearest if np.isfinite(distance[nearest]) else "")
    return homes


def _distance_km(points: FloatArray, line: TrenchLine) -> float:
    """Return the median distance of points from a trench, infinite where most do not lie along it."""
    _, n_km = locate(line, points[:, 0], points[:, 1], max_distance_km=FURTHEST_SUBFAULT_KM)
    along = np.isfinite(n_km)
    return float(np.median(np.abs(n_km[along]))) if along.mean() >= 0.5 else float("inf")


def with_own(
    ruptures: pd.DataFrame, events: pd.DataFrame, line: TrenchLine, own: Sequence[OwnRuptureLike]
) -> pd.DataFrame:
    """Return the ruptures of a trench with those that the user gives in place of what was known of them.

    A rupture takes the identifier, time and epicentre of the event of the catalogue that it is (same time
    within the precision of its date and a day, magnitude within 1, along the trench within 200 km of its
    ends; of several the closest in magnitude), whether that lay on the interface or not. Extent, magnitude,
    quality and source are the user's. A rupture that is no event of the catalogue is added, ``own:<name>
    <date>``.

    Parameters
    ----------
    ruptures : DataFrame
        As of `find_ruptures`.
    events : DataFrame
        As from `locate_events` for this trench.
    line : TrenchLine
        The trench.
    own : sequence of OwnRuptureLike
        Ruptures of this trench.

    Raises
    ------
    InputError
        If two of them are the same event, or one does not lie along the trench.
    """
    columns = ["event_id", "time", "magnitude", "lon", "lat", "s_km"]
    known = pd.concat([ruptures[columns], events[columns]], ignore_index=True).drop_duplicates("event_id")
    rows: dict[str, dict[str, object]] = {}
    for rupture in own:
        extent = extent_of_points(line, rupture.points[:, 0], rupture.points[:, 1])
        if not np.isfinite(extent.length_km):
            raise InputError(
                "a rupture does not lie along the trench that it names",
                given=f"{rupture.name}, {line.region}",
                allowed=f"points within {FURTHEST_SUBFAULT_KM:g} km of it",
            )
        row = _same_event(rupture, extent, known)
        identifier = str(row["event_id"])
        if identifier in rows:
            raise InputError(
                "two ruptures are the same event",
                given=f"{rupture.name} and an earlier one are both {identifier}",
                action="join their parts in one MultiPolygon, or keep one of them",
            )
        rows[identifier] = row | {
            "magnitude": rupture.magnitude,
            "magnitude_type": "Mw",
            "s_start_km": extent.start_km,
            "s_end_km": extent.end_km,
            "extent_source": rupture.source,
            "interface_basis": OWN_BASIS,
            "quality": rupture.quality,
        }
    kept = ruptures[~ruptures["event_id"].isin(rows)]
    return pd.concat([kept, pd.DataFrame(list(rows.values()))], ignore_index=True)


def _same_event(
    rupture: OwnRuptureLike, extent: tuple[float, float], known: pd.DataFrame
) -> dict[str, object]:
    """Return identifier, time and epicentre of the event that a rupture is, its own where there is none."""
    day = pd.Timedelta(days=SAME_DAYS)
    span = pd.Timedelta(seconds=PRECISION_SPAN_S[rupture.time_precision])
    misfit = (known["magnitude"] - rupture.magnitude).abs()
    fits = (
        known["time"].between(rupture.time - day, rupture.time + span + day)
        & (misfit <= SAME_MAGNITUDE)
        & known["s_km"].between(extent[0] - SAME_KM, extent[1] + SAME_KM)
    )
    if fits.any():
        return dict(known.loc[misfit.where(fits).idxmin(), ["event_id", "time", "lon", "lat"]])
    lon, lat = rupture.points.T
    identifier = f"own:{rupture.name} {rupture.time.date()}"
    return {"event_id": identifier, "time": rupture.time, "lon": lon[0], "lat": lat[0]}
