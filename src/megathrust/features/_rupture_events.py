"""Ruptures of one trench: which events broke the interface, how far, and how well that is known."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, short_repr
from megathrust.features._event_catalogue import seconds_since_1970
from megathrust.features._rupture_extents import (
    Extent,
    OutlineLike,
    SlipModelLike,
    extent_around,
    extent_of_points,
    extent_of_slip,
    interface_rupture_length,
    median_extent,
)
from megathrust.features._rupture_own import OwnRuptureLike, with_own
from megathrust.features._rupture_published import (
    NOT_INTERFACE,
    PUBLISHED_RUPTURES,
    NotInterface,
    PublishedRupture,
)
from megathrust.geometry import TrenchLine, arc_km, locate, unit_vectors

#: What each quality of a rupture's extent means, the best first.
RUPTURE_QUALITIES: Mapping[str, str] = {
    "A": "extent from a slip model of seismic, geodetic or tsunami data",
    "B": "extent from a published aftershock zone, deformation, length, or outline",
    "C": "length from the scaling relation, around an instrumental epicentre",
    "D": "length from the scaling relation around, or magnitude from, historical accounts",
}

#: Magnitudes and epicentres come from seismograms from this year on.
FIRST_INSTRUMENTAL_YEAR = 1904

#: A model, outline or table entry belongs to an event of the same day, this near and this close in magnitude.
SAME_EVENT_DAYS = 1.0
SAME_EVENT_KM = 400.0
SAME_EVENT_MAGNITUDE = 0.6

#: Only events of this size stand in the table of those that broke no interface.
LEAST_EXCLUDED_MAGNITUDE = 7.0

RUPTURE_COLUMNS = (
    "event_id", "time", "magnitude", "magnitude_type", "lon", "lat", "s_start_km", "s_end_km",
    "extent_source", "interface_basis", "quality",
)  # fmt: skip


@short_repr
@dataclass(frozen=True, kw_only=True)
class RuptureSources:
    """Everything that tells how far events ruptured.

    Attributes
    ----------
    slip_models : sequence of SlipModelLike
        Finite-fault models; several of one event are allowed.
    tsunami_sources : mapping of str to DataFrame
        Source models from tsunami inversion by the day of their event ("1960-05-22"), with words behind it
        where an event has several; with ``lon``, ``lat`` and ``slip_m`` or ``uplift_m``.
    outlines : sequence of OutlineLike
        Rupture outlines.
    published : sequence of PublishedRupture
        Extents in the literature.
    not_interface : sequence of NotInterface
        Events that broke no interface.
    own : sequence of OwnRuptureLike
        Ruptures that the user gives, each with the code of its trench (`home_regions`).
    """

    slip_models: Sequence[SlipModelLike] = ()
    tsunami_sources: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    outlines: Sequence[OutlineLike] = ()
    published: Sequence[PublishedRupture] = PUBLISHED_RUPTURES
    not_interface: Sequence[NotInterface] = NOT_INTERFACE
    own: Sequence[OwnRuptureLike] = ()


def find_ruptures(
    events: pd.DataFrame, line: TrenchLine, sources: RuptureSources, *, least_magnitude: float = 5.0
) -> pd.DataFrame:
    """Return the ruptures of one trench with their extents along it.

    Parameters
    ----------
    events : DataFrame
        As from `locate_events` for this trench.
    line : TrenchLine
        The trench.
    sources : RuptureSources
        What tells extents. Of those that fit an event the first in this order counts: the slip model
        of median length (`median_extent`), tsunami sources included; the published extent; the outline; the
        scaling relation around the epicentre. Published and excluded events override the interface flag.
        Ruptures of the user's own override all of it (``with_own``).
    least_magnitude : float
        Smaller events are left out.

    Returns
    -------
    DataFrame
        `RUPTURE_COLUMNS`: event, its origin time, magnitude and epicentre; ``s_start_km`` and ``s_end_km`` of
        the rupture; ``extent_source``, for example "SRCMOD s2004SUMATR01AMMO" or "scaling Strasser et al.
        2010"; ``interface_basis`` as in `locate_events`, or "published", or "own"; ``quality``,
        A to D.
        Published events that the catalogue lacks come from the table, with an id "published:<day>".
    """
    table = _with_published(events, line, sources)
    table = table[table["magnitude"] >= least_magnitude].reset_index(drop=True)
    models = [*_slip_places(sources.slip_models), *_tsunami_places(sources.tsunami_sources)]
    outlines = list(_outline_places(sources.outlines))
    slip, corners = (_extents(table, line, places) for places in (models, outlines))
    lengths = interface_rupture_length(table["magnitude"])
    rows = [
        _extent(line, event, slip.get(number, []), corners.get(number, []), float(lengths[number]))
        for number, event in enumerate(table.to_dict("records"))
    ]
    found = pd.DataFrame(rows, columns=["s_start_km", "s_end_km", "extent_source", "quality"])
    ruptures = pd.concat([table.drop(columns="published"), found], axis=1)
    own = [item for item in sources.own if item.region == line.region]
    return (
        with_own(ruptures, events, line, own)[list(RUPTURE_COLUMNS)]
        if own
        else ruptures[list(RUPTURE_COLUMNS)]
    )


def _extent(
    line: TrenchLine,
    event: Mapping[Hashable, Any],
    slip: list[tuple[str, Extent]],
    outline: list[tuple[str, Extent]],
    length_km: float,
) -> tuple[float, float, str, str]:
    published: PublishedRupture | None = event["published"]
    s_km = float(event["s_km"])
    if (chosen := median_extent(slip)) is not None:
        return (*chosen[1], chosen[0], "A")
    if published is not None and published.ends is not None:
        lon, lat = zip(*published.ends, strict=True)
        return (*extent_of_points(line, lon, lat), published.reference, "B")
    if published is not None and published.length_km is not None:
        return (*extent_around(line, s_km, published.length_km), published.reference, "B")
    if (chosen := median_extent(outline)) is not None:
        return (*chosen[1], chosen[0], "B")
    historical = event["magnitude_type"] != "Mw" or event["time"].year < FIRST_INSTRUMENTAL_YEAR
    source = "scaling Strasser et al. 2010"
    return (*extent_around(line, s_km, length_km), source, "D" if historical else "C")


@dataclass(frozen=True, eq=False, kw_only=True)
class _Place:
    """One model or outline of one event: where and when it was, and its subfaults or corners.

    ``slip`` names the column of the points that holds slip, or uplift; empty for corners.
    """

    name: str
    day: pd.Timestamp
    lon: float
    lat: float
    magnitude: float
    points: pd.DataFrame
    slip: str = ""

    def extent(self, line: TrenchLine) -> Extent:
        """Return the part of the line that the subfaults or corners lie along."""
        lon, lat = self.points["lon"].to_numpy(), self.points["lat"].to_numpy()
        if not self.slip:
            return extent_of_points(line, lon, lat)
        return extent_of_slip(line, lon, lat, self.points[self.slip].to_numpy())


def _slip_places(slip_models: Sequence[SlipModelLike]) -> Iterator[_Place]:
    for model in slip_models:
        if pd.notna(model.date):
            yield _Place(
                name=f"SRCMOD {model.tag}",
                day=model.date,
                lon=model.lon,
                lat=model.lat,
                magnitude=model.magnitude,
                points=model.subfaults,
                slip="slip_m",
            )


def _tsunami_places(tsunami_sources: Mapping[str, pd.DataFrame]) -> Iterator[_Place]:
    for day, part in tsunami_sources.items():
        slip = "slip_m" if part["slip_m"].notna().any() else "uplift_m"
        strongest = part[slip].idxmax()
        # Tsunami sources come without a magnitude: the largest event of the day is meant.
        yield _Place(
            name=f"tsunami source {day}",
            day=pd.Timestamp(day[: len("1960-05-22")], tz="UTC"),
            lon=float(part.loc[strongest, "lon"]),
            lat=float(part.loc[strongest, "lat"]),
            magnitude=float("nan"),
            points=part,
            slip=slip,
        )


def _outline_places(outlines: Sequence[OutlineLike]) -> Iterator[_Place]:
    for outline in outlines:
        # Files of subfaults are slip models, not outlines.
        if outline.polygons and np.isnan(outline.slip_m).all():
            corners = np.concatenate(outline.polygons)[:, :2]
            yield _Place(
                name=f"outline {outline.event_id}",
                day=outline.time.normalize(),
                lon=outline.lon,
                lat=outline.lat,
                magnitude=outline.magnitude,
                points=pd.DataFrame(corners, columns=["lon", "lat"]),
            )


def _extents(
    table: pd.DataFrame, line: TrenchLine, places: Sequence[_Place]
) -> dict[int, list[tuple[str, Extent]]]:
    """Return, by the row of the event that they belong to, names and extents of the places.

    Of several events the closest in magnitude and distance; the largest where the place has no magnitude.
    """
    day = seconds_since_1970(table["time"].dt.normalize()) / 86400.0
    vectors = unit_vectors(table["lon"], table["lat"])
    magnitude = table["magnitude"].to_numpy()
    extents: dict[int, list[tuple[str, Extent]]] = {}
    for place in places:
        near = np.flatnonzero(np.abs(day - place.day.timestamp() / 86400.0) <= SAME_EVENT_DAYS)
        distance = arc_km(vectors[near], unit_vectors(place.lon, place.lat))
        if np.isfinite(place.magnitude):
            difference = np.abs(magnitude[near] - place.magnitude)
            fits = (distance <= SAME_EVENT_KM) & (difference <= SAME_EVENT_MAGNITUDE)
            score = difference / SAME_EVENT_MAGNITUDE + distance / SAME_EVENT_KM
        else:
            # The point of largest slip may be further from the epicentre than another epicentre.
            fits, score = distance <= 2.0 * SAME_EVENT_KM, -magnitude[near]
        if fits.any():
            row = int(near[np.where(fits, score, np.inf).argmin()])
            extents.setdefault(row, []).append((place.name, place.extent(line)))
    return extents


def _with_published(events: pd.DataFrame, line: TrenchLine, sources: RuptureSources) -> pd.DataFrame:
    """Return the interface events, those of the tables set right, with the table entry in ``published``."""
    columns = ["event_id", "time", "magnitude", "magnitude_type", "lon", "lat", "s_km", "interface_basis"]
    table = events[columns].assign(published=pd.Series([None] * len(events), dtype=object))
    excluded: BoolArray = np.zeros(len(table), dtype=bool)
    for entry in (item for item in sources.not_interface if item.region == line.region):
        day = (table["time"].dt.normalize() - pd.Timestamp(entry.date, tz="UTC")).dt.days.abs() <= 1
        # The event itself may lie outside the window of the trench, its aftershocks inside.
        great = day & (table["magnitude"] >= LEAST_EXCLUDED_MAGNITUDE)
        if great.any():
            excluded[int(table["magnitude"].where(great, -np.inf).argmax())] = True
    table = table[~excluded].reset_index(drop=True)
    for rupture in (item for item in sources.published if item.region == line.region):
        table = _set_published(table, line, rupture)
    return table[table["interface_basis"] != ""].reset_index(drop=True)


def _set_published(table: pd.DataFrame, line: TrenchLine, entry: PublishedRupture) -> pd.DataFrame:
    day = pd.Timestamp(entry.date, tz="UTC")
    near = ((table["time"].dt.normalize() - day).dt.days.abs() <= 1) & (
        (table["magnitude"] - entry.magnitude).abs() <= 1.0
    )
    if near.any():
        row = int(table["magnitude"].where(near, -np.inf).argmax())
        table.loc[row, "interface_basis"] = "published"
        table.at[row, "published"] = entry
        if table.loc[row, "magnitude_type"] != "Mw":
            table.loc[row, ["magnitude", "magnitude_type"]] = [entry.magnitude, "Mw"]
        return table
    if entry.epicentre is None:
        return table
    s_km, _ = locate(line, *([value] for value in entry.epicentre), keep_beyond_ends=True)
    own = {
        "event_id": f"published:{entry.date}",
        "time": day,
        "magnitude": entry.magnitude,
        "magnitude_type": "Mw",
        "lon": entry.epicentre[0],
        "lat": entry.epicentre[1],
        "s_km": s_km[0],
        "interface_basis": "published",
        "published": entry,
    }
    return pd.concat([table, pd.DataFrame([own])], ignore_index=True)
