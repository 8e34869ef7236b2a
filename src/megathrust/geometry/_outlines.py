"""Outlines of cells as polygons and GeoJSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from megathrust.core import EARTH_RADIUS_KM, FloatArray, InputError, IntArray, check_range, wrap_longitude
from megathrust.geometry._arcs import Arcs
from megathrust.geometry._cells import Cells
from megathrust.geometry._locate import FURTHEST_KM, locate
from megathrust.geometry._sphere import lonlat, normalised, unit_vectors

#: Angle between the rays that fan out from a vertex on the outer side of a bend, radians.
FAN_STEP = np.radians(1.0)

#: A ray leaves its cell where the trench is nearer than its foot by more than this, km.
FOOT_SLACK_KM = 1e-6

#: Strips are widened by this much so that they join, radians (6 cm).
SEAM = 1e-8


def cell_polygons(cells: Cells, *, step_km: float = 5.0) -> list[Polygon | MultiPolygon | None]:
    """Return the outline of each cell in longitude and latitude.

    The nearest trench point of a point stays the nearest one along the whole way to it. So a cell is made
    of the rays that leave its piece of trench at right angles, each as far as its foot is the
    nearest trench point; that length is found by bisection.

    Parameters
    ----------
    cells : Cells
    step_km : float
        Distance between rays along the trench: the resolution of the outline.

    Returns
    -------
    list of Polygon, MultiPolygon or None
        In the order of cell numbers; longitude is continuous within each outline, so it may pass 180. None
        where a cell is empty: on the inner side of a sharp bend.

    Raises
    ------
    InputError
        If the step is not positive or an outline encloses a pole.
    """
    check_range("the step between rays", step_km, low=0.0, open_low=True)
    polygons: list[Polygon | MultiPolygon | None] = []
    for sign, (smallest, largest) in ((-1.0, cells.up_km), (1.0, cells.dg_km)):
        rays = _rays(cells, sign, step_km)
        reach = _reach(cells, rays, largest)
        inner, outer = rays.points(np.minimum(reach, smallest)), rays.points(reach)
        for segment in range(len(cells.segments)):
            own = rays.segment == segment
            polygons.append(_polygon(inner[own], outer[own], step_km))
    return polygons


def cells_geojson(cells: Cells, *, step_km: float = 5.0) -> dict[str, Any]:
    """Return the cells as a GeoJSON FeatureCollection.

    By RFC 7946: longitude and latitude in degrees, outlines cut at the 180th meridian, exterior rings
    counterclockwise. Properties are region, segment, side and s_km; the geometry of an empty cell is null.

    Parameters
    ----------
    cells, step_km
        As for `cell_polygons`.

    Examples
    --------
    >>> from megathrust.geometry import Cells, TrenchLine, make_segments
    >>> line = TrenchLine("ker", [-179.9, -179.9], [-20.0, -19.5])
    >>> collection = cells_geojson(Cells(make_segments(line), up_km=(0, 50), dg_km=(0, 50)))
    >>> [feature["geometry"]["type"] for feature in collection["features"]]
    ['MultiPolygon', 'Polygon']
    """
    features = []
    for polygon, row in zip(
        cell_polygons(cells, step_km=step_km), cells.to_frame().itertuples(), strict=True
    ):
        properties = {
            "region": row.region,
            "segment": int(row.segment),
            "side": row.side,
            "s_km": float(row.s_km),
        }
        geometry = None if polygon is None else mapping(_cut_at_180(polygon))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


@dataclass(frozen=True, eq=False)
class _Rays:
    """Great circles that leave the trench: foot, direction, (n, 3) each, and the segment they belong to.

    The sine of the distance to the trench is ``slope`` times the sine of the length: 1 at right angles to
    the trench, less on the line that halves the angle on the inner side of a bend.
    """

    foot: FloatArray
    direction: FloatArray
    slope: FloatArray
    segment: IntArray

    def points(self, distance_km: FloatArray) -> FloatArray:
        angle = (distance_km / EARTH_RADIUS_KM)[:, None]
        return np.asarray(self.foot * np.cos(angle) + self.direction * np.sin(angle))


def _rays(cells: Cells, sign: float, step_km: float) -> _Rays:
    """Return the rays on one side, in order along strike."""
    segments = cells.segments
    arcs = Arcs.of(segments.line, segments.edges_km)
    length = np.diff(arcs.start_km, append=segments.line.length_km)
    owner = np.searchsorted(segments.edges_km, arcs.start_km + length / 2.0) - 1
    feet, directions, slopes, owners = [], [], [], []
    for arc in np.flatnonzero((owner >= 0) & (owner < len(segments))).tolist():
        inside = np.linspace(0.0, length[arc], int(np.ceil(length[arc] / step_km)) + 1)[1:-1, None]
        angle = inside / EARTH_RADIUS_KM
        parts = [
            (arcs.start[arc], *_at_vertex(arcs, sign, arc - 1, arc)),
            (
                arcs.start[arc] * np.cos(angle) + arcs.ahead[arc] * np.sin(angle),
                np.broadcast_to(sign * arcs.right[arc], (len(inside), 3)),
                1.0,
            ),
        ]
        if arc + 1 == len(arcs) or owner[arc + 1] != owner[arc]:
            direction, slope = _at_vertex(arcs, sign, arc, min(arc + 1, len(arcs) - 1))
            # Points abreast of the vertex on the outer side of a bend belong to the arc that begins there.
            parts.append((np.cross(arcs.back[arc], arcs.right[arc]), direction[:1], slope))
        for foot, direction, slope in parts:
            feet.append(np.broadcast_to(foot, direction.shape))
            directions.append(direction)
            slopes.append(np.full(len(direction), slope))
            owners.append(np.full(len(direction), owner[arc]))
    return _Rays(*(np.concatenate(part) for part in (feet, directions, slopes, owners)))


def _at_vertex(arcs: Arcs, sign: float, before: int, after: int) -> tuple[FloatArray, float]:
    """Return the rays between two arcs and their slope: a fan on the outer side of a bend, else one."""
    first, last = sign * arcs.right[max(before, 0)], sign * arcs.right[after]
    angle = 2.0 * np.arcsin(min(1.0, float(np.linalg.norm(last - first)) / 2.0))
    if first @ arcs.ahead[after] >= 0.0:
        return normalised(first + last)[None], float(np.cos(angle / 2.0))
    part = np.linspace(0.0, 1.0, int(np.ceil(angle / FAN_STEP)) + 1)[:, None]
    return normalised(first * (1.0 - part) + last * part), 1.0


def _reach(cells: Cells, rays: _Rays, largest_km: float) -> FloatArray:
    """Return the length of each ray, at most ``largest_km``, along which its foot is the nearest point."""
    low, high = np.zeros(len(rays.foot)), np.full(len(rays.foot), largest_km)
    limit = min(largest_km + 1.0, FURTHEST_KM)
    trial = high
    while np.max(high - low) > FOOT_SLACK_KM:
        lon, lat = lonlat(rays.points(trial))
        _, n_km = locate(cells.segments.line, lon, lat, max_distance_km=limit, keep_beyond_ends=True)
        expected = np.arcsin(rays.slope * np.sin(trial / EARTH_RADIUS_KM)) * EARTH_RADIUS_KM
        good = np.abs(n_km) >= expected - FOOT_SLACK_KM
        low, high = np.where(good, trial, low), np.where(good, high, trial)
        trial = (low + high) / 2.0
    return low


def _polygon(inner: FloatArray, outer: FloatArray, step_km: float) -> Polygon | MultiPolygon | None:
    """Return the outline of the strips between neighbouring rays that begin and end at these points."""
    centre = normalised(np.sum(inner + outer, axis=0))
    lon_0, lat_0 = lonlat(centre)
    east, north = unit_vectors(lon_0 + 90.0, 0.0), unit_vectors(lon_0, lat_0 + 90.0)

    def plane(vectors: FloatArray) -> FloatArray:
        # The gnomonic projection draws great circles as straight lines, so strips are quadrangles.
        return np.stack([vectors @ east, vectors @ north], axis=-1) / (vectors @ centre)[..., None]

    def sphere(points: FloatArray) -> FloatArray:
        lon, lat = lonlat(centre + points[:, :1] * east + points[:, 1:] * north)
        return np.column_stack([lon_0 + wrap_longitude(lon - lon_0), lat])

    near, far = plane(inner), plane(outer)
    corners = np.stack([near[:-1], near[1:], far[1:], far[:-1]], axis=1)
    strips = shapely.make_valid(shapely.polygons(corners))
    # Strips on both sides of a bend meet at a line that each of them only knows to FOOT_SLACK_KM.
    whole = shapely.union_all(shapely.buffer(strips, SEAM, join_style="mitre"))
    pole = np.array([0.0, 0.0, np.copysign(1.0, lat_0)])
    if shapely.contains_xy(whole, *plane(pole)):
        raise InputError("the outline of a cell encloses a pole", action="choose smaller windows")
    fine = shapely.segmentize(whole, step_km / EARTH_RADIUS_KM)
    return _polygonal(shapely.make_valid(shapely.transform(fine, sphere)))


def _polygonal(geometry: BaseGeometry) -> Polygon | MultiPolygon | None:
    parts = [part for part in shapely.get_parts(geometry, return_index=False) if part.area > 0.0]
    polygons = shapely.get_parts([part for part in parts if part.geom_type.endswith("Polygon")])
    if not len(polygons):
        return None
    return orient(polygons[0]) if len(polygons) == 1 else MultiPolygon([orient(part) for part in polygons])


def _cut_at_180(polygon: Polygon | MultiPolygon) -> Polygon | MultiPolygon | None:
    world = shapely.box(-180.0, -90.0, 180.0, 90.0)
    turns = (translate(polygon, xoff=360.0 * turn) for turn in (-1, 0, 1))
    return _polygonal(shapely.union_all([shapely.intersection(turned, world) for turned in turns]))
