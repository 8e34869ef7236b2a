"""Slow plain twins of the geometry room: one point, one node, one cell at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from megathrust.core import EARTH_RADIUS_KM, FloatArray, IntArray
from megathrust.geometry import TrenchLine


def locate_brute_force(line: TrenchLine, lon: float, lat: float) -> tuple[float, float, bool]:
    """Return s_km, n_km of one point and whether it lies beyond an end, from every arc of the line in turn.

    By spherical trigonometry (along-track and cross-track distance), unlike the vectors of `locate`.
    """
    best = (math.inf, 0.0, 0.0, False)
    vertices = list(zip(line.lon.tolist(), line.lat.tolist(), strict=True))
    for index, (start, end) in enumerate(itertools.pairwise(vertices)):
        length = _angle(start, end)
        course = _course(start, end)
        away = _angle(start, (lon, lat))
        turn = _course(start, (lon, lat)) - course
        cross = math.asin(math.sin(away) * math.sin(turn))
        along = math.atan2(math.sin(away) * math.cos(turn), math.cos(away))
        s_start = float(line.s_km[index])
        if 0.0 <= along <= length:
            found = (abs(cross), s_start + along * EARTH_RADIUS_KM, cross, False)
        elif along < 0.0:
            outside = index == 0
            found = (away, s_start, _side_at_vertex(vertices, index, (lon, lat)) * away, outside)
        else:
            away = _angle(end, (lon, lat))
            side = _side_at_vertex(vertices, index + 1, (lon, lat))
            outside = index == len(vertices) - 2
            found = (away, s_start + length * EARTH_RADIUS_KM, side * away, outside)
        if found[0] < best[0]:
            best = found
    return best[1], best[2] * EARTH_RADIUS_KM, best[3]


def _side_at_vertex(vertices: Sequence[tuple[float, float]], index: int, point: tuple[float, float]) -> float:
    """Return +1 to the right of the line and -1 to the left, for a point whose nearest point is a vertex."""
    here = vertices[index]
    course = _course(here, point)
    before = _course(here, vertices[index - 1]) + math.pi if index > 0 else None
    after = _course(here, vertices[index + 1]) if index < len(vertices) - 1 else None
    headings = [heading for heading in (before, after) if heading is not None]
    mean = math.atan2(sum(map(math.sin, headings)), sum(map(math.cos, headings)))
    return 1.0 if math.sin(course - mean) >= 0.0 else -1.0


def _angle(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the central angle by the haversine formula."""
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*first, *second))
    haversine = (
        math.sin((lat_2 - lat_1) / 2.0) ** 2
        + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2.0) ** 2
    )
    return 2.0 * math.asin(min(1.0, math.sqrt(haversine)))


def _course(first: tuple[float, float], second: tuple[float, float]) -> float:
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*first, *second))
    east = math.sin(lon_2 - lon_1) * math.cos(lat_2)
    # Written so that two points close together keep their digits.
    half = math.sin((lon_2 - lon_1) / 2.0)
    north = math.sin(lat_2 - lat_1) + 2.0 * math.sin(lat_1) * math.cos(lat_2) * half**2
    return math.atan2(east, north)


def cells_by_polygon(
    polygons: Sequence[Polygon | MultiPolygon | None], lon: FloatArray, lat: FloatArray
) -> IntArray:
    """Return the cell of each node, shape (n,), asking every cell's polygon about every node; -1 outside.

    The polygons are those of `megathrust.geometry.cell_polygons`.
    """
    found = np.full(len(lon), -1)
    for cell, polygon in enumerate(polygons):
        if polygon is None:
            continue
        shapely.prepare(polygon)
        middle = (polygon.bounds[0] + polygon.bounds[2]) / 2.0
        near = middle + (lon - middle + 180.0) % 360.0 - 180.0
        found[shapely.contains_xy(polygon, near, lat)] = cell
    return found


def plain_statistics(values: FloatArray, weights: FloatArray) -> dict[str, float]:
    """Return the weighted statistics of one cell by their definitions."""
    if not len(values):
        return dict.fromkeys(("mean", "std", "min", "max", "skew", "kurtosis"), math.nan) | {"count": 0}
    total = math.fsum(weights)
    mean = math.fsum(weights * values) / total
    moments = [math.fsum(weights * (values - mean) ** power) / total for power in (2, 3, 4)]
    constant = values.min() == values.max()
    return {
        "count": len(values),
        "mean": mean,
        "std": 0.0 if constant else math.sqrt(moments[0]),
        "min": float(values.min()),
        "max": float(values.max()),
        "skew": math.nan if constant else moments[1] / moments[0] ** 1.5,
        "kurtosis": math.nan if constant else moments[2] / moments[0] ** 2 - 3.0,
    }
