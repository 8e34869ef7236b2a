"""The trench line of a region without trench points: the shallow edge of its slab depth grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import binary_erosion, gaussian_filter1d

from megathrust.core import EARTH_RADIUS_KM, BoolArray, FloatArray, InputError, IntArray
from megathrust.geometry._sphere import arc_km, lonlat, normalised
from megathrust.geometry._trench import TrenchLine, trench_lines_from_points

if TYPE_CHECKING:
    import xarray as xr

#: Where a slab begins deeper than this, km, its upper edge is a tear or a gap of the grid and no trench.
#: Slab2's grids begin at 5 to 10 km of depth at most trenches.
DEEPEST_EDGE_KM = 30.0

#: An edge is the shallow one if a profile up the dip of the slab meets no slab over this length, km.
UP_DIP_KM = 150.0

#: Nodes closer together than this, km, give one point of the line.
SPACING_KM = 10.0

#: Standard deviation of the Gaussian along the line, km, that takes the steps of the grid out of it.
SMOOTHING_KM = 25.0


def trench_lines_from_slab(region: str, depth: xr.DataArray, strike: xr.DataArray) -> tuple[TrenchLine, ...]:
    """Return trench lines along the shallow edge of a slab, where no trench points are at hand.

    An edge node is one beside which the grid ends, that is shallow, and from which a profile up the dip of
    the slab meets no slab. These nodes are joined as trench points are, see `trench_lines_from_points`, and
    smoothed. Along the trenches of Slab2 the result lies within 10 km of the published points, except round
    the ends of a slab.

    Parameters
    ----------
    region : str
        Code of the region.
    depth : DataArray, dimensions (lat, lon)
        Depth of the slab in km, positive down, NaN off the slab; longitudes by even steps, as
        `megathrust.sources.read_slab_grid` gives them.
    strike : DataArray, dimensions (lat, lon)
        Strike in degrees on the same nodes: the slab dips to the right of it.

    Returns
    -------
    tuple of TrenchLine
        The longest first; several where the edge has gaps of more than 100 km.

    Raises
    ------
    InputError
        If the grids differ in their nodes, or the slab has no such edge.

    Examples
    --------
    >>> import xarray as xr
    >>> axes = {"lat": np.arange(-22.0, -19.0, 0.1), "lon": np.arange(-71.0, -69.0, 0.1)}
    >>> depth = xr.DataArray(np.tile(5.0 + 50.0 * (axes["lon"] + 71.0), (30, 1)), axes, ("lat", "lon"))
    >>> line, = trench_lines_from_slab("abc", depth, xr.zeros_like(depth))
    >>> bool(line.lat[0] > line.lat[-1]), float(np.median(line.lon).round(2))
    (True, -71.0)
    """
    if depth.shape != strike.shape:
        raise InputError(
            f"depth and strike of the slab of {region} are not on the same nodes",
            given=f"grids of {' x '.join(map(str, depth.shape))} and {' x '.join(map(str, strike.shape))}",
            action="take both from one release of Slab2",
        )
    values, strikes = depth.to_numpy(), strike.to_numpy()
    row, column = _edge_nodes(values, strikes, depth["lat"].to_numpy(), depth["lon"].to_numpy())
    if len(row) < 2:
        raise InputError(
            f"the slab of {region} has no shallow edge that could stand for its trench",
            given=f"{len(row)} nodes of the edge above {DEEPEST_EDGE_KM:g} km",
            allowed="two or more",
            action="give its trench points with --trench-points (columns lon, lat, az, bound, slab)",
        )
    lines = trench_lines_from_points(
        region,
        depth["lon"].to_numpy()[column],
        depth["lat"].to_numpy()[row],
        strikes[row, column],
        duplicate_km=SPACING_KM,
    )
    return tuple(map(_smoothed, lines))


def _edge_nodes(
    depth: FloatArray, strike: FloatArray, lat: FloatArray, lon: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return rows and columns of the nodes at the shallow edge of the slab."""
    slab = np.isfinite(depth)
    beside = slab & ~binary_erosion(slab, np.ones((3, 3), dtype=bool))
    row, column = np.nonzero(beside & (depth <= DEEPEST_EDGE_KM) & np.isfinite(strike))
    up_dip = np.radians(strike[row, column] - 90.0)
    degree_km = np.radians(1.0) * EARTH_RADIUS_KM
    step_km = degree_km * (lat[1] - lat[0])
    # The first nodes are left out: the steps of an oblique edge stand in the way of its own profile.
    distance = np.arange(1.5 * step_km, UP_DIP_KM, step_km)
    north = np.cos(up_dip)[:, None] * distance / step_km
    east = np.sin(up_dip)[:, None] * distance / (degree_km * (lon[1] - lon[0]))
    east = east / np.cos(np.radians(lat[row]))[:, None]
    met = _at(slab, np.rint(row[:, None] + north).astype(int), np.rint(column[:, None] + east).astype(int))
    free = ~met.any(axis=1)
    return row[free], column[free]


def _at(slab: BoolArray, row: IntArray, column: IntArray) -> BoolArray:
    """Say whether nodes are on the slab; beyond the grid there is none."""
    inside = (row >= 0) & (row < slab.shape[0]) & (column >= 0) & (column < slab.shape[1])
    return np.asarray(inside & slab[np.where(inside, row, 0), np.where(inside, column, 0)])


def _smoothed(line: TrenchLine) -> TrenchLine:
    """Return a line without the steps of the grid, by points that are evenly spaced."""
    count = max(round(line.length_km / SPACING_KM), 1) + 1
    points = line.vectors_at(np.linspace(0.0, line.length_km, count))
    step_km = float(arc_km(points[:1], points[1:2])[0])
    # Turned about its ends, so that these stay where they are and the line keeps its direction there.
    reach = min(round(4.0 * SMOOTHING_KM / step_km), count - 1)
    before, after = 2.0 * points[0] - points[reach:0:-1], 2.0 * points[-1] - points[-2 : -2 - reach : -1]
    padded = np.concatenate([before, points, after])
    smooth = gaussian_filter1d(padded, SMOOTHING_KM / step_km, axis=0, mode="nearest")
    return TrenchLine(line.region, *lonlat(normalised(smooth[reach : reach + count])))
