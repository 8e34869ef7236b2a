"""Ruptures: published outlines (GeoJSON) and source models of tsunamis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import WHITESPACE, FloatArray, SourceError, check_lonlat, read_json
from megathrust.sources._geotiff import read_geotiff
from megathrust.sources._reading import numbers, read_table, reading, tidy
from megathrust.sources._record import record_rows

#: Nodes of a grid of uplift count that rise by this share of the largest uplift.
LEAST_UPLIFT_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class RuptureOutline:
    """Where one event ruptured.

    Attributes
    ----------
    event_id : str
        Identifier of the event.
    time : Timestamp
        Origin time in UTC, NaT where not told.
    lon, lat, depth_km : float
        Hypocentre.
    magnitude : float
        Magnitude as published.
    reference : str
        Where the outline comes from.
    polygons : tuple of ndarray, each of shape (n, 3)
        Closed rings of lon, lat, depth in km, positive down: every part of every polygon. Empty where the
        file holds the hypocentre only.
    slip_m : ndarray, shape (number of polygons,)
        Slip where the polygons are subfaults, else NaN.
    record : str
        What was read; see `row_record`.
    """

    event_id: str
    time: pd.Timestamp
    lon: float
    lat: float
    depth_km: float
    magnitude: float
    reference: str
    polygons: tuple[FloatArray, ...] = field(repr=False)
    slip_m: FloatArray = field(repr=False)
    record: str = field(default="", repr=False, compare=False)


def read_rupture_outline(path: str | os.PathLike[str]) -> RuptureOutline:
    """Read a rupture outline or finite-fault GeoJSON of the USGS.

    Depths of finite-fault files are metres in the file and km here. The rings of a polygon are the planes of
    one rupture, as ShakeMap writes them, not an outline and its holes.

    Raises
    ------
    SourceError
        If the file is no such GeoJSON.
    """
    with reading(path, "a rupture outline") as file:
        content = read_json(file, "GeoJSON")
        about = dict(content["metadata"])
        about |= about.get("epicenter", {})
        rings: list[FloatArray] = []
        slip: list[float] = []
        for feature in content["features"]:
            is_subfault = "slip" in feature["properties"]
            for ring in _rings(feature["geometry"], file):
                rings.append(ring * np.array([1.0, 1.0, 1e-3 if is_subfault else 1.0]))
                slip.append(float(feature["properties"].get("slip", np.nan)))
        _check_depths(rings, file)
        lon, lat = check_lonlat(float(about["lon"]), float(about["lat"]))
        return RuptureOutline(
            event_id=str(about.get("id") or about.get("eventid") or file.stem),
            time=pd.to_datetime(about.get("time") or about.get("date"), utc=True),
            lon=float(lon),
            lat=float(lat),
            depth_km=float(about["depth"]),
            magnitude=float(about["mag"]),
            reference=" ".join(str(about.get("reference", "")).split()).removeprefix("Source: "),
            polygons=tuple(rings),
            slip_m=np.array(slip, dtype=np.float64),
            record=record_rows(
                file.name,
                len(rings),
                unit="polygons",
                withheld={"missing slips": int(np.isnan(slip).sum()) if np.isfinite(slip).any() else 0},
            ),
        )


def _rings(geometry: dict[str, Any] | None, file: Path) -> list[FloatArray]:
    """Return every ring of a geometry, none for a point or for nothing."""
    kind = geometry["type"] if geometry else "Point"
    if geometry is None or kind in ("Point", "MultiPoint"):
        return []
    if kind == "GeometryCollection":
        return [ring for part in geometry["geometries"] for ring in _rings(part, file)]
    if kind not in ("Polygon", "MultiPolygon"):
        raise SourceError(
            "the rupture outline has another geometry",
            given=f"{file}, {kind}",
            allowed="Point, Polygon, MultiPolygon",
        )
    polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    rings = []
    for part in (ring for polygon in polygons for ring in polygon):
        ring = np.array(part, dtype=np.float64)
        if len(ring) < 4 or (ring[0, :2] != ring[-1, :2]).any():
            raise SourceError(
                "a polygon of the rupture outline is not closed",
                given=f"{file}, polygon of {len(ring)} points",
                allowed="four points or more, the last one the first",
            )
        lon, lat = check_lonlat(ring[:, 0], ring[:, 1])
        depth = ring[:, 2] if ring.shape[1] > 2 else np.full(len(ring), np.nan)
        rings.append(np.column_stack([lon, lat, depth]))
    return rings


def _check_depths(rings: Sequence[FloatArray], file: Path) -> None:
    for ring in rings:
        depth = ring[:, 2][~np.isnan(ring[:, 2])]
        if depth.size and not (depth.min() >= -10.0 and depth.max() <= 800.0):
            raise SourceError(
                "a depth of the rupture outline is out of range",
                given=f"{file}: {depth[np.argmax(np.abs(depth))]:g} km",
                allowed="-10 to 800 km, positive down",
                action="outlines are in km, finite faults with a property slip in m",
            )


def read_tsunami_source(path: str | os.PathLike[str], *, citation: str = "") -> pd.DataFrame:
    """Read a source model from tsunami inversion, in any of six published layouts.

    Parameters
    ----------
    path : path_like
        Text, or a GeoTIFF of the uplift in m, of whose nodes those count that rise by 1 % of the largest.
    citation : str
        Whom to cite, where the layout alone does not tell.

    Returns
    -------
    DataFrame
        ``lon``, ``lat`` (as published: of which point of the subfault, see the paper), ``depth_km``,
        ``slip_m``, ``uplift_m`` (of the sea floor, where that is what was inverted for), ``strike``,
        ``dip``, ``rake``; NaN where the layout does not hold a column.

    Raises
    ------
    SourceError
        If the layout is none of the six.
    """
    kind = "tsunami source"
    with reading(path, kind) as file:
        if file.suffix.lower() in (".tif", ".tiff"):
            return _uplift_grid(file, citation)
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        if first.startswith("%"):
            names = ["lon", "lat", "uplift"]
            table = read_table(file, kind, columns=names, sep=WHITESPACE, comment="%", names=names)
            columns, citation = _columns(table, uplift="uplift"), "Ho et al. (2019), doi:10.1029/2018JB016996"
        elif "latS" in first:
            table = read_table(file, kind, columns=("latS", "lonW", "depth", "slip"))
            table = table.assign(lat=-numbers(table["latS"]), lon=-numbers(table["lonW"]))
            columns = _columns(table, slip="slip", depth="depth")
            citation = "Fujii & Satake (2013), doi:10.1007/s00024-012-0524-2"
        elif '"lonc"' in first:
            table = read_table(file, kind, columns=("lonc", "latc", "strike", "rake", "slip"))
            table = table.rename(columns={"lonc": "lon", "latc": "lat", "depthc": "depth"})
            columns = _columns(table, slip="slip", depth="depth" if "depth" in table else "")
            columns |= {name: numbers(table[name]) for name in ("strike", "dip", "rake") if name in table}
        elif '"strike"' in first:
            needed = ("strike", "dip", "rake", "lat", "lon", "depth", "slip")
            table = read_table(file, kind, columns=needed, sep=WHITESPACE)
            columns = _columns(table, slip="slip", depth="depth")
            columns |= {name: numbers(table[name]) for name in ("strike", "dip", "rake")}
            citation = "Fujii & Satake (2007), doi:10.1785/0120050613"
        else:
            table = read_table(file, kind, columns=("lat", "lon", "total"))
            columns = _columns(table, slip="total")
            citation = "Satake et al. (2013), doi:10.1785/0120120122"
        units = {"depth_km": "km", "slip_m": "m", "uplift_m": "m"}
        units |= dict.fromkeys(("strike", "dip", "rake"), "degrees")
        return tidy(file, columns, units=units, citation=citation)


def _uplift_grid(file: Path, citation: str) -> pd.DataFrame:
    """Return the nodes of a grid of uplift that rise, as points."""
    grid = read_geotiff(file)
    uplift = grid.transpose("lat", "lon").to_numpy()
    rises = uplift >= LEAST_UPLIFT_SHARE * np.nanmax(uplift)
    row, column = np.nonzero(rises)
    table = pd.DataFrame(
        {"lon": grid["lon"].to_numpy()[column], "lat": grid["lat"].to_numpy()[row], "uplift": uplift[rises]}
    )
    units = {"depth_km": "km", "slip_m": "m", "uplift_m": "m"}
    left_out = {"that hardly rise": int(uplift.size - rises.sum())}
    return tidy(
        file,
        _columns(table, uplift="uplift"),
        units=units,
        citation=citation,
        unit="nodes",
        left_out=left_out,
    )


def _columns(table: pd.DataFrame, *, slip: str = "", depth: str = "", uplift: str = "") -> dict[str, Any]:
    """Return the common columns; those whose name is empty are NaN."""
    nothing = np.full(len(table), np.nan)
    columns = {"lon": numbers(table["lon"]), "lat": numbers(table["lat"])}
    for new, old in (("depth_km", depth), ("slip_m", slip), ("uplift_m", uplift)):
        columns[new] = numbers(table[old]) if old else nothing
    return columns | dict.fromkeys(("strike", "dip", "rake"), nothing)
