"""Along-strike coordinates of points: arc length of the nearest trench point, and signed distance to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from megathrust.core import EARTH_RADIUS_KM, BoolArray, FloatArray, IntArray, check_lonlat, check_range
from megathrust.geometry._arcs import (
    Arcs,
    Patches,
    beyond_ends,
    distance_squared,
    nearest_arcs,
    on_right,
    patches_within,
    pruned,
)
from megathrust.geometry._sphere import unit_vectors
from megathrust.geometry._trench import TrenchLine

#: Further than this from a trench no coordinate along it means anything; it keeps all angles acute.
FURTHEST_KM = 5000.0

#: Side of the bins of scattered points, degrees of latitude; about the spacing of trench vertices.
BIN_DEGREES = 0.5

#: Points located at once: a bound on memory, not on results.
POINTS_AT_ONCE = 500_000


@dataclass(frozen=True, eq=False)
class Feet:
    """Nearest arc of each point that is near enough; arrays of equal length."""

    point: IntArray
    arc: IntArray
    along_km: FloatArray
    n_km: FloatArray
    beyond: BoolArray


def locate(
    line: TrenchLine,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    max_distance_km: float = 300.0,
    keep_beyond_ends: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Return the along-strike coordinates of points relative to a trench.

    The nearest point on the great-circle arcs of the line is exact: no nearest vertex, no interpolation.
    Points are binned; per bin, bounds on distances discard the arcs that can be nearest to none of
    its points, and the few that remain are compared point by point.

    Parameters
    ----------
    line : TrenchLine
        The trench.
    lon, lat : array_like
        Degrees, in any longitude layout, of equal shape; NaN gives NaN.
    max_distance_km : float
        Points further from the line give NaN; at most 5000 km.
    keep_beyond_ends : bool
        Whether points keep their coordinates (s_km of the line's end) if they lie beyond an end of the
        line, that is if their nearest point is that end and they are not abreast of it. By default they give
        NaN: what lies beyond the end of a trench is on neither side of it.

    Returns
    -------
    s_km : ndarray
        Arc length of the nearest point of the line, of the shape of ``lon``.
    n_km : ndarray
        Distance to it, negative towards the upper plate, positive towards the downgoing plate.

    Raises
    ------
    InputError
        If shapes differ, a latitude or the distance is out of range.

    Examples
    --------
    >>> line = TrenchLine("sam", [-71.0, -71.0], [-20.0, -22.0])
    >>> s_km, n_km = locate(line, [-70.0, -72.0, 10.0], [-21.0, -21.0, -21.0])
    >>> s_km.round(1), n_km.round(1)
    (array([111.5, 111.5,   nan]), array([-103.8,  103.8,    nan]))
    """
    check_range("the largest distance", max_distance_km, low=0.0, high=FURTHEST_KM, open_low=True)
    lon_array, lat_array = check_lonlat(lon, lat)
    arcs = Arcs.of(line)
    s_km = np.full(lon_array.size, np.nan)
    n_km = np.full(lon_array.size, np.nan)
    feet = feet_of_points(arcs, lon_array.ravel(), lat_array.ravel(), max_distance_km)
    wanted = np.abs(feet.n_km) <= max_distance_km
    if not keep_beyond_ends:
        wanted &= ~feet.beyond
    s_km[feet.point[wanted]] = np.clip((arcs.start_km[feet.arc] + feet.along_km)[wanted], 0.0, line.length_km)
    n_km[feet.point[wanted]] = feet.n_km[wanted]
    return s_km.reshape(lon_array.shape), n_km.reshape(lon_array.shape)


def feet_of_points(arcs: Arcs, lon: FloatArray, lat: FloatArray, max_distance_km: float) -> Feet:
    """Return the feet of all points in patches that come within ``max_distance_km``, in any order."""
    finite = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    rows = np.floor((lat[finite] + 90.0) / BIN_DEGREES)
    width = BIN_DEGREES / np.maximum(np.cos(np.radians((rows + 0.5) * BIN_DEGREES - 90.0)), 1e-3)
    columns = np.floor((lon[finite] + 180.0) / width)
    key = (rows * 2000.0 + columns).astype(np.int32)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    point = finite[order]
    count = np.diff(first, append=len(point))
    centre, radius = _caps(lon[point], lat[point], first)
    kept, patches = patches_within(arcs, centre, radius, max_distance_km / EARTH_RADIUS_KM)
    if not len(kept):
        return _joined([])
    patches, _ = pruned(arcs, patches)
    return _joined(list(_feet_by_patch(arcs, patches, lon, lat, point, first[kept], count[kept])))


def _caps(lon: FloatArray, lat: FloatArray, first: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return caps that hold the points of each run that begins at ``first``."""
    if not len(first):
        return np.empty((0, 3)), np.empty(0)
    west, east = np.minimum.reduceat(lon, first), np.maximum.reduceat(lon, first)
    south, north = np.minimum.reduceat(lat, first), np.maximum.reduceat(lat, first)
    return box_caps(west, east, south, north)


def box_caps(
    west: FloatArray, east: FloatArray, south: FloatArray, north: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return centre and radius (radians) of caps that hold boxes of longitude and latitude in degrees.

    On the sphere ds^2 = dlat^2 + cos(lat)^2 dlon^2, so no point of a box is further from its centre
    than the root of (dlat / 2)^2 + (c dlon / 2)^2 with the largest cosine c in the box.
    """
    widest = np.cos(np.radians(np.where(south * north <= 0.0, 0.0, np.minimum(np.abs(south), np.abs(north)))))
    radius = np.hypot(np.radians(north - south), widest * np.radians(east - west)) / 2.0
    return unit_vectors((west + east) / 2.0, (south + north) / 2.0), radius


def _feet_by_patch(
    arcs: Arcs,
    patches: Patches,
    lon: FloatArray,
    lat: FloatArray,
    point: IntArray,
    first: IntArray,
    count: IntArray,
) -> Iterator[Feet]:
    """Yield the feet of runs of points, each point taken with the candidates of its patch."""
    first_pair = patches.first_pair
    pairs = np.diff(first_pair, append=len(patches.pair_arc))
    for size in np.unique(pairs):
        group = np.flatnonzero(pairs == size)
        candidates = patches.pair_arc[first_pair[group][:, None] + np.arange(size)]
        owner = np.repeat(np.arange(len(group)), count[group])
        begin = np.cumsum(count[group]) - count[group]
        index = point[np.repeat(first[group] - begin, count[group]) + np.arange(len(owner))]
        for low in range(0, len(index), POINTS_AT_ONCE):
            part = slice(low, low + POINTS_AT_ONCE)
            yield _feet(arcs, index[part], lon[index[part]], lat[index[part]], candidates[owner[part]])


def _feet(arcs: Arcs, index: IntArray, lon: FloatArray, lat: FloatArray, candidates: IntArray) -> Feet:
    points = unit_vectors(lon, lat)
    arc, products = nearest_arcs(arcs, points[:, None, :], candidates)
    arc, products = arc[:, 0], products[:, 0, :]
    distance = np.arcsin(np.minimum(np.sqrt(distance_squared(*products.T)), 1.0)) * EARTH_RADIUS_KM
    towards_start = np.einsum("ij,ij->i", points, arcs.start[arc])
    along = np.maximum(np.arctan2(products[:, 1], towards_start), 0.0) * EARTH_RADIUS_KM
    side = np.where(on_right(arcs, points, arc, products), 1.0, -1.0)
    return Feet(index, arc, along, side * distance, beyond_ends(arcs, arc, products))


def _joined(parts: list[Feet]) -> Feet:
    if not parts:
        none = np.empty(0)
        return Feet(none.astype(np.intp), none.astype(np.intp), none, none, none.astype(bool))
    names = ("point", "arc", "along_km", "n_km", "beyond")
    return Feet(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
