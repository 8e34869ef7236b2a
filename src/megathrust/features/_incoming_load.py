"""What the incoming plate carries to the trench: fracture zones, seamounts, plateaus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from megathrust.core import EARTH_RADIUS_KM, FloatArray, wrap_longitude
from megathrust.features._layers import WINDOW_KM
from megathrust.geometry import Segments, TrenchLine, locate, unit_vectors

#: Densities are those of the incoming plate up to this far along the trench from a segment's centre, km, as
#: for the seismicity: lines and seamounts are too sparse for a segment alone.
HALF_WINDOW_KM = 150.0

#: Distances to the nearest line end here: beyond, nothing of it reaches the segment.
FURTHEST_LINE_KM = 1000.0

#: Lines count by points at this distance, km.
LINE_STEP_KM = 2.0

#: Spacing of the lattice by which areas are measured and shares of polygons counted, degrees.
LATTICE_DEGREES = 0.1


def fracture_zone_density(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the length of fracture zones on the incoming plate per area, km/km2.

    Parameters
    ----------
    segments : Segments
        Along one trench.
    layers : mapping
        ``fracture_zones``: ``lon``, ``lat`` and the number of the ``line`` of every vertex.
    """
    lon, lat, length_km = _points_on_lines(layers["fracture_zones"])
    return _per_area(segments, lon, lat, length_km)


def fracture_zone_distance(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the distance in km of a segment's centre to the nearest fracture zone on the downgoing side.

    1000 km where the nearest is further.
    """
    lon, lat, _ = _points_on_lines(layers["fracture_zones"])
    _, n_km = locate(segments.line, lon, lat, max_distance_km=FURTHEST_LINE_KM)
    incoming = n_km >= 0.0
    if not incoming.any():
        return np.full(len(segments), FURTHEST_LINE_KM)
    tree = cKDTree(unit_vectors(lon[incoming], lat[incoming]))
    chord, _ = tree.query(segments.line.vectors_at(segments.centre_km))
    distance = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return np.asarray(np.minimum(distance, FURTHEST_LINE_KM))


def seamount_density(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the number of seamounts on the incoming plate per area, 1/km2."""
    seamounts = layers["seamounts"]
    return _per_area(segments, *_places(seamounts), np.ones(len(seamounts)))


def seamount_volume(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the volume of seamounts, as cones on their bases, per area of the incoming plate, in m."""
    seamounts = layers["seamounts"]
    cone_km2_m = np.pi / 3.0 * seamounts["radius_km"].to_numpy() ** 2 * seamounts["height_m"].to_numpy()
    known = np.isfinite(cone_km2_m)
    lon, lat = (values[known] for values in _places(seamounts))
    return _per_area(segments, lon, lat, cone_km2_m[known])


def plateau_share(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the share of the incoming plate's area that plateaus and other igneous provinces cover."""
    line = segments.line
    lon, lat = _lattice(line)
    s_km, n_km = locate(line, lon, lat, max_distance_km=WINDOW_KM)
    near = n_km >= 0.0
    covered = np.zeros(len(lon))
    covered[near] = _inside(layers["plateaus"], lon[near], lat[near])
    weights = np.cos(np.radians(lat))
    total = _in_windows(segments, s_km[near], weights[near])
    return _in_windows(segments, s_km[near], (weights * covered)[near]) / np.where(total > 0.0, total, np.nan)


def _places(frame: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    return frame["lon"].to_numpy(), frame["lat"].to_numpy()


def _points_on_lines(lines: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return points along lines of vertices, each with the length that it stands for."""
    vectors, number = unit_vectors(lines["lon"], lines["lat"]), lines["line"].to_numpy()
    ends = np.flatnonzero(number[1:] == number[:-1])
    first, second = vectors[ends], vectors[ends + 1]
    chord = np.linalg.norm(second - first, axis=1)
    length = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
    parts = np.maximum(np.ceil(length / LINE_STEP_KM).astype(int), 1)
    piece = np.repeat(np.arange(len(ends)), parts)
    place = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    # Vertices lie at most some degrees apart: the chord's points, put back on the sphere, are evenly spaced.
    share = ((place + 0.5) / parts[piece])[:, None]
    points = first[piece] * (1.0 - share) + second[piece] * share
    points /= np.linalg.norm(points, axis=1)[:, None]
    lon = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    return lon, np.degrees(np.arcsin(points[:, 2])), (length / parts)[piece]


def _per_area(segments: Segments, lon: FloatArray, lat: FloatArray, amount: FloatArray) -> FloatArray:
    """Return the sum of an amount on the incoming plate per km2, in the window of every segment."""
    line = segments.line
    s_km, n_km = locate(line, lon, lat, max_distance_km=WINDOW_KM)
    incoming = n_km >= 0.0
    area_lon, area_lat = _lattice(line)
    area_s, area_n = locate(line, area_lon, area_lat, max_distance_km=WINDOW_KM)
    sea = area_n >= 0.0
    side_km = np.radians(LATTICE_DEGREES) * EARTH_RADIUS_KM
    area = _in_windows(segments, area_s[sea], side_km**2 * np.cos(np.radians(area_lat[sea])))
    return _in_windows(segments, s_km[incoming], amount[incoming]) / np.where(area > 0.0, area, np.nan)


def _lattice(line: TrenchLine) -> tuple[FloatArray, FloatArray]:
    """Return the nodes of a regular lattice around a trench, wide enough for its window."""
    margin = np.degrees(WINDOW_KM / EARTH_RADIUS_KM)
    low, high = max(line.lat.min() - margin, -89.0), min(line.lat.max() + margin, 89.0)
    lat = LATTICE_DEGREES * (
        np.arange(np.floor(low / LATTICE_DEGREES), np.ceil(high / LATTICE_DEGREES)) + 0.5
    )
    turn = np.unwrap(line.lon, period=360.0)
    wide = min(margin / np.cos(np.radians(np.abs(lat).max())), 180.0)
    lon = LATTICE_DEGREES * (
        np.arange(
            np.floor((turn.min() - wide) / LATTICE_DEGREES), np.ceil((turn.max() + wide) / LATTICE_DEGREES)
        )
        + 0.5
    )
    lon = lon[: round(360.0 / LATTICE_DEGREES)]
    grid_lon, grid_lat = np.meshgrid(wrap_longitude(lon), lat)
    return grid_lon.ravel(), grid_lat.ravel()


def _in_windows(segments: Segments, s_km: FloatArray, amount: FloatArray) -> FloatArray:
    """Return the sums of an amount within `HALF_WINDOW_KM` of the centres of segments."""
    order = np.argsort(s_km, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(amount[order])])
    low = np.searchsorted(s_km[order], segments.centre_km - HALF_WINDOW_KM, side="left")
    high = np.searchsorted(s_km[order], segments.centre_km + HALF_WINDOW_KM, side="right")
    return np.asarray(total[high] - total[low])


def _inside(rings: pd.DataFrame, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return whether points lie in any polygon: an odd number of its rings is around them."""
    boxes = rings.groupby("polygon", sort=False)[["lon", "lat"]].agg(["min", "max"])
    reach = boxes.to_numpy()
    near = (
        (reach[:, 0] <= lon.max(initial=-np.inf))
        & (reach[:, 1] >= lon.min(initial=np.inf))
        & (reach[:, 2] <= lat.max(initial=-np.inf))
        & (reach[:, 3] >= lat.min(initial=np.inf))
    )
    inside = np.zeros(len(lon), dtype=bool)
    chosen = rings[rings["polygon"].isin(boxes.index[near])]
    for _, polygon in chosen.groupby("polygon", sort=False):
        around = np.zeros(len(lon), dtype=int)
        for _, ring in polygon.groupby("ring", sort=False):
            outline = shapely.Polygon(ring[["lon", "lat"]].to_numpy())
            shapely.prepare(outline)
            around += shapely.contains_xy(outline, lon, lat)
        inside |= around % 2 == 1
    return inside.astype(np.float64)
