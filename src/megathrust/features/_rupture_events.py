"""Ruptures of one trench: which events broke the interface, how far, and how well that is known."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import BoolArray
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

RUPTURE_COLUMNS = (
    "event_id", "time", "magnitude", "magnitude_type", "lon", "lat", "s_start_km", "s_end_km", "extent_source",
    "interface_basis", "quality",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RuptureSources:
    """Everything that tells how far events ruptured.

    Attributes
    ----------
    slip_models : sequence of SlipModelLike
        Finite-fault models; several of one event are allowed.
    tsunami_sources : mapping of str to DataFrame
        Source models from tsunami inversion by the day of their event ("1960-05-22"); with ``lon``, ``lat``
        and ``slip_m`` or ``uplift_m``.
    outlines : sequence of OutlineLike
        Rupture outlines.
    published : sequence of PublishedRupture
        Extents in the literature.
    not_interface : sequence of NotInterface
        Events that broke no interface.
    """

    slip_models: Sequence[SlipModelLike] = ()
    tsunami_sources: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    outlines: Sequence[OutlineLike] = ()
    published: Sequence[PublishedRupture] = PUBLISHED_RUPTURES
    not_interface: Sequence[NotInterface] = NOT_INTERFACE


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
    least_magnitude : float
        Smaller events are left out.

    Returns
    -------
    DataFrame
        `RUPTURE_COLUMNS`: event, its origin time, magnitude and epicentre; ``s_start_km`` and ``s_end_km`` of
        the rupture; ``extent_source``, for example "SRCMOD s2004SUMATR01AMMO" or "scaling Strasser et al. 2010";
        ``interface_basis`` as in `locate_events`, or "published"; ``quality`` (`RUPTURE_QUALITIES`). Published
        events that the catalogue lacks come from the table, with an id "published:<day>".
    """
    table = _with_published(events, line, sources)
    table = table[table["magnitude"] >= least_magnitude].reset_index(drop=True)
    models, outlines = _candidates(sources)
    fits = [(place, _same_event(table, place)) for place in models + outlines]
    lengths = interface_rupture_length(table["magnitude"])
    rows = []
    for number, event in enumerate(table.to_dict("records")):
        near = [place for place, fit in fits if fit[number]]
        slip = [(place.name, place.extent(line)) for place in near if place in models]
        outline = [(place.name, place.extent(line)) for place in near if place in outlines]
        rows.append(_extent(line, event, slip, outline, float(lengths[number])))
    found = pd.DataFrame(rows, columns=["s_start_km", "s_end_km", "extent_source", "quality"])
    return pd.concat([table.drop(columns="published"), found], axis=1)[list(RUPTURE_COLUMNS)]


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


@dataclass(frozen=True, eq=False)
class _Place:
    """One model of one event: where and when it was, and how to get its extent."""

    name: str
    day: pd.Timestamp
    lon: float
    lat: float
    magnitude: float
    extent: Callable[[TrenchLine], Extent]


def _candidates(sources: RuptureSources) -> tuple[list[_Place], list[_Place]]:
    models = [*_slip_places(sources.slip_models), *_tsunami_places(sources.tsunami_sources)]
    outlines = [
        _Place(
            f"outline {outline.event_id}", outline.time.normalize(), outline.lon, outline.lat, outline.magnitude,
            lambda line, rings=np.concatenate(outline.polygons): extent_of_points(line, rings[:, 0], rings[:, 1]),
        )
        for outline in sources.outlines
        if outline.polygons and np.isnan(outline.slip_m).all()
    ]  # fmt: skip
    return models, outlines


def _slip_places(slip_models: Sequence[SlipModelLike]) -> Iterator[_Place]:
    for model in slip_models:
        if pd.isna(model.date):
            continue
        part = model.subfaults
        yield _Place(
            f"SRCMOD {model.tag}", model.date, model.lon, model.lat, model.magnitude,
            lambda line, part=part: extent_of_slip(line, part["lon"], part["lat"], part["slip_m"]),
        )  # fmt: skip


def _tsunami_places(tsunami_sources: Mapping[str, pd.DataFrame]) -> Iterator[_Place]:
    for day, part in tsunami_sources.items():
        amount = part["slip_m"] if part["slip_m"].notna().any() else part["uplift_m"]
        strongest = amount.idxmax()
        # Tsunami sources come without a magnitude: the largest event of the day is meant.
        yield _Place(
            f"tsunami source {day}", pd.Timestamp(day, tz="UTC"),
            float(part.loc[strongest, "lon"]), float(part.loc[strongest, "lat"]), np.nan,
            lambda line, part=part, amount=amount: extent_of_slip(line, part["lon"], part["lat"], amount),
        )  # fmt: skip


def _same_event(table: pd.DataFrame, place: _Place) -> BoolArray:
    """Return a mask of the one event that a place belongs to, or of none.

    Of several the closest in magnitude and distance; the largest where the place has no magnitude.
    """
    days = (table["time"].dt.normalize() - place.day).dt.total_seconds().abs() / 86400.0
    distance = arc_km(unit_vectors(table["lon"], table["lat"]), unit_vectors(place.lon, place.lat))
    # The point of largest slip may be further from the epicentre than another epicentre.
    reach = SAME_EVENT_KM if np.isfinite(place.magnitude) else 2.0 * SAME_EVENT_KM
    fits = (days <= SAME_EVENT_DAYS).to_numpy() & (distance <= reach)
    score = -table["magnitude"].to_numpy()
    if np.isfinite(place.magnitude):
        difference = np.abs(table["magnitude"].to_numpy() - place.magnitude)
        fits &= difference <= SAME_EVENT_MAGNITUDE
        score = difference / SAME_EVENT_MAGNITUDE + distance / SAME_EVENT_KM
    mask = np.zeros(len(table), dtype=bool)
    if fits.any():
        mask[int(np.where(fits, score, np.inf).argmin())] = True
    return mask


def _with_published(events: pd.DataFrame, line: TrenchLine, sources: RuptureSources) -> pd.DataFrame:
    """Return the interface events, those of the tables set right, with the table entry in ``published``."""
    columns = ["event_id", "time", "magnitude", "magnitude_type", "lon", "lat", "s_km", "interface_basis"]
    table = events[columns].assign(published=pd.Series([None] * len(events), dtype=object))
    excluded: BoolArray = np.zeros(len(table), dtype=bool)
    for entry in (item for item in sources.not_interface if item.region == line.region):
        day = (table["time"].dt.normalize() - pd.Timestamp(entry.date, tz="UTC")).dt.days.abs() <= 1
        if day.any():
            excluded[int(table["magnitude"].where(day, -np.inf).argmax())] = True
    table = table[~excluded].reset_index(drop=True)
    for entry in (item for item in sources.published if item.region == line.region):
        table = _set_published(table, line, entry)
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
        "event_id": f"published:{entry.date}", "time": day, "magnitude": entry.magnitude, "magnitude_type": "Mw",
        "lon": entry.epicentre[0], "lat": entry.epicentre[1], "s_km": s_km[0], "interface_basis": "published",
        "published": entry,
    }  # fmt: skip
    return pd.concat([table, pd.DataFrame([own])], ignore_index=True)
