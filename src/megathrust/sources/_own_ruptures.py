"""Ruptures of the user's own: GeoJSON of polygons or lines with date, magnitude, quality and source."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, SourceError, check_lonlat
from megathrust.sources._axes import check_degrees
from megathrust.sources._reading import reading
from megathrust.sources._record import record_rows

#: Names under which the properties of a rupture may stand, in lower case.
PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "time"),
    "magnitude": ("mw", "magnitude", "mag"),
    "quality": ("quality",),
    "source": ("source", "reference"),
    "name": ("name", "id", "event_id"),
    "region": ("region",),
}

_DATE = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2})(T.*)?)?)?")

#: Geometries, and how deep their lists of points lie in lists.
_DEPTHS = {"LineString": 0, "MultiPoint": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}


@dataclass(frozen=True, kw_only=True)
class OwnRupture:
    """One rupture as the user gives it.

    Attributes
    ----------
    name : str
        Its name or identifier; ``rupture <n>`` where the file has none.
    time : Timestamp
        Beginning of the day, month or year of the event, UTC.
    time_precision : str
        ``day``, ``month`` or ``year``.
    magnitude : float
        Mw.
    quality : str
        A to D, as of ``RUPTURE_QUALITIES`` of `megathrust.features`.
    source : str
        Who says so.
    region : str
        Code of the trench; empty where the file leaves it open.
    points : ndarray, shape (n, 2)
        Longitude and latitude of every vertex of every part.
    """

    name: str
    time: pd.Timestamp
    time_precision: str
    magnitude: float
    quality: str
    source: str
    region: str = ""
    points: FloatArray = field(repr=False)


@dataclass(frozen=True)
class OwnRuptures:
    """The ruptures of a file.

    Attributes
    ----------
    ruptures : tuple of OwnRupture
    record : str
        What was read; see `row_record`.
    polygons : tuple
        Empty; by it a record is found as in other outlines.
    """

    ruptures: tuple[OwnRupture, ...]
    record: str = field(repr=False)
    polygons: tuple[()] = ()


def read_own_ruptures(path: str | os.PathLike[str]) -> OwnRuptures:
    """Read ruptures from GeoJSON.

    Parameters
    ----------
    path : path_like
        A FeatureCollection. The geometry of every feature (Polygon, MultiPolygon, LineString,
        MultiLineString, MultiPoint) is one rupture, all of its parts together. Properties that it must have:
        ``date`` (YYYY-MM-DD, YYYY-MM or YYYY, from year 1 on, UTC), ``mw``, ``quality`` (A to D) and
        ``source``; ``name`` and ``region`` (code of the trench, else the nearest one) may be there. Others
        are left alone.

    Raises
    ------
    SourceError
        If the file is no such GeoJSON; the sentence names the feature and the property.
    """
    with reading(path, "ruptures in GeoJSON") as file:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        features = content.get("features") if isinstance(content, dict) else None
        if not features:
            raise SourceError(
                "the file holds no ruptures", given=file, allowed="a GeoJSON FeatureCollection with features"
            )
        ruptures = tuple(_rupture(file, number, feature) for number, feature in enumerate(features, start=1))
    return OwnRuptures(ruptures, record_rows(file.name, len(ruptures), unit="ruptures"))


def _rupture(file: Path, number: int, feature: Mapping[str, Any]) -> OwnRupture:
    held = {name.lower(): value for name, value in (feature.get("properties") or {}).items()}
    given = {
        name: next((held[one] for one in names if held.get(one) not in (None, "")), None)
        for name, names in PROPERTIES.items()
    }
    place = f"{file}, feature {number}"
    missing = [name for name in ("date", "magnitude", "quality", "source") if given[name] is None]
    if missing:
        allowed = "; ".join(f"{name}: {' or '.join(PROPERTIES[name])}" for name in missing)
        raise SourceError(
            f"a rupture has no {', no '.join(missing)}",
            given=place,
            allowed=f"a property for each, {allowed}",
        )
    time, precision = _time(str(given["date"]), place)
    quality = str(given["quality"]).strip().upper()
    if quality not in ("A", "B", "C", "D"):
        raise SourceError(
            "the quality of a rupture is none", given=f"{given['quality']!r} in {place}", allowed="A, B, C, D"
        )
    return OwnRupture(
        name=str(given["name"] if given["name"] is not None else f"rupture {number}"),
        time=time,
        time_precision=precision,
        magnitude=_magnitude(given["magnitude"], place),
        quality=quality,
        source=str(given["source"]),
        region=str(given["region"] or ""),
        points=_points(feature.get("geometry"), place),
    )


def _time(text: str, place: str) -> tuple[pd.Timestamp, str]:
    match = _DATE.fullmatch(text.strip())
    try:
        if match is None or match["year"] == "0000":
            raise ValueError(text)
        parts = [match["year"], match["month"], match["day"]]
        known = sum(part is not None for part in parts)
        day = np.datetime64("-".join(part or "01" for part in parts), "us")
    except ValueError as error:
        raise SourceError(
            "the date of a rupture is none",
            given=f"{text!r} in {place}",
            allowed="YYYY-MM-DD, YYYY-MM or YYYY",
        ) from error
    return pd.Timestamp(day).tz_localize("UTC"), ("year", "month", "day")[known - 1]


def _magnitude(value: Any, place: str) -> float:
    try:
        magnitude = float(value)
    except (TypeError, ValueError):
        magnitude = float("nan")
    if not 4.0 <= magnitude <= 10.0:
        raise SourceError(
            "the magnitude of a rupture is none", given=f"{value!r} in {place}", allowed="an Mw of 4 to 10"
        )
    return magnitude


def _points(geometry: Mapping[str, Any] | None, place: str) -> FloatArray:
    kind = str((geometry or {}).get("type"))
    if geometry is None or kind not in _DEPTHS:
        raise SourceError(
            "a rupture has another geometry", given=f"{kind} in {place}", allowed=", ".join(_DEPTHS)
        )
    parts = list(_lists(geometry["coordinates"], _DEPTHS[kind]))
    if not parts or min(map(len, parts)) < 2:
        raise SourceError("a part of a rupture has fewer than two points", given=place)
    points = np.concatenate([np.array([point[:2] for point in part], dtype=np.float64) for part in parts])
    check_degrees(Path(place), points[:, 0], points[:, 1])
    return np.column_stack(check_lonlat(points[:, 0], points[:, 1]))


def _lists(coordinates: Any, depth: int) -> Iterator[Any]:
    if depth == 0:
        yield coordinates
        return
    for part in coordinates:
        yield from _lists(part, depth - 1)
