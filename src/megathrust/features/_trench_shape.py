"""Depth of the trench, its relief and roughness, dip and width of the interface behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from megathrust.core import EARTH_RADIUS_KM, BoolArray, FloatArray
from megathrust.features._slab_profile import DIRECTION_SPAN_KM, nearest_values
from megathrust.features._window_statistics import window_statistic
from megathrust.geometry import Segments, lonlat

if TYPE_CHECKING:
    import xarray as xr

#: Half the length of trench over which the roughness of its depth is measured, km.
ROUGHNESS_HALF_KM = 150.0

#: Outer sea floor to which the trench's depth is compared: beyond the outer rise, within the windows, km.
OUTER_KM = (150.0, 300.0)
PROFILE_STEP_KM = 10.0

#: Depths between which the interface is measured, km: the global means of the limits of the seismogenic zone,
#: 11 +- 4 and 51 +- 9 km (Heuret et al. 2011). Fixed: no event of a trench tells its width.
INTERFACE_FROM_KM = 11.0
INTERFACE_TO_KM = 51.0
INTERFACE_STEP_KM = 2.0
INTERFACE_REACH_KM = 600.0

#: The interface has its dip down to here, km: as deep as events count as its own. Down to 100 km a mean is
#: that of flat slabs, hundreds of km behind the interface.
DIP_TO_KM = 60.0

#: Where a grid of the slab begins deeper, the interface is drawn from the trench, about this deep, km.
TRENCH_DEPTH_KM = 6.0


def trench_depth(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the depth in km of the deepest sea floor on the first 50 km of the downgoing plate.

    Parameters
    ----------
    segments : Segments
        Along one trench.
    layers : mapping
        Statistics of ``plate_height``, the height in m of the sea floor of the incoming plate.
    """
    return -1e-3 * window_statistic(layers["plate_height"], "DG", "min")


def trench_relief(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return by how many km the trench is deeper than the sea floor 150 to 300 km outside it."""
    return trench_depth(segments, layers) - _outer_depth(segments, layers["topography"])


def trench_roughness(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the standard deviation in m of the trench's depth within 150 km along strike.

    A straight line is taken away first; NaN where fewer than four segments have a depth.
    """
    depth, s_km = trench_depth(segments, layers), segments.centre_km
    result = np.full(len(segments), np.nan)
    for number, centre in enumerate(s_km):
        part = (np.abs(s_km - centre) <= ROUGHNESS_HALF_KM) & np.isfinite(depth)
        if part.sum() > 3:
            line = np.polynomial.Polynomial.fit(s_km[part], depth[part], 1)
            result[number] = 1e3 * np.sqrt(np.mean((depth[part] - line(s_km[part])) ** 2))
    return result


def _outer_depth(segments: Segments, relief: xr.DataArray) -> FloatArray:
    """Return the mean depth in km of the sea on profiles outside the trench; NaN where there is none."""
    distance = np.arange(OUTER_KM[0], OUTER_KM[1] + 1e-9, PROFILE_STEP_KM)
    height = nearest_values(relief, *_on_rays(segments, distance))
    sea = height < 0.0
    count = sea.sum(axis=1)
    return np.where(count > 0, -1e-3 * np.where(sea, height, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _on_rays(segments: Segments, distance_km: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return places at distances at right angles to the trench, towards the downgoing plate if positive."""
    line, s_km = segments.line, segments.centre_km
    foot = line.vectors_at(s_km)[:, None, :]
    ray = line.normal(s_km, span_km=DIRECTION_SPAN_KM)[:, None, :]
    angle = (distance_km / EARTH_RADIUS_KM)[:, None]
    return lonlat(foot * np.cos(angle) + ray * np.sin(angle))


def interface_dip_mean(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the mean dip in degrees of the interface on profiles at right angles to the trench.

    Profiles, and not cells, because behind a bend of the trench the deeper part of the interface belongs to
    the cells of other segments.

    Parameters
    ----------
    segments : Segments
        Along one trench.
    layers : mapping
        ``slab_depth`` in km and ``slab_dip`` in degrees on the same nodes.
    """
    dip, on_interface = _interface_dips(segments, layers)
    count = on_interface.sum(axis=1)
    mean = np.where(on_interface, dip, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count > 0, mean, np.nan)


def interface_dip_spread(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the standard deviation in degrees of the dip of `interface_dip_mean`."""
    dip, on_interface = _interface_dips(segments, layers)
    mean = interface_dip_mean(segments, layers)
    count = on_interface.sum(axis=1)
    square = np.where(on_interface, (dip - mean[:, None]) ** 2, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count > 0, np.sqrt(square), np.nan)


def _interface_dips(segments: Segments, layers: Mapping[str, Any]) -> tuple[FloatArray, BoolArray]:
    """Return dips on profiles, and which places are on the interface: before the slab is too deep."""
    distance = np.arange(INTERFACE_STEP_KM, INTERFACE_REACH_KM + 1e-9, INTERFACE_STEP_KM)
    place = _on_rays(segments, -distance)
    depth, dip = (nearest_values(layers[name], *place) for name in ("slab_depth", "slab_dip"))
    passed = np.cumsum(depth > DIP_TO_KM, axis=1) > 0
    return dip, np.isfinite(dip) & np.isfinite(depth) & ~passed


def interface_width(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    """Return the width in km of the interface along dip between depths of 11 and 51 km.

    Along a profile at right angles to the trench on the surface of the slab; where the grid begins deeper,
    from the trench to it in a straight line; where the slab ends above 51 km, down to its end. NaN where
    there is none.
    """
    depth = layers["slab_depth"]
    distance = np.arange(INTERFACE_STEP_KM, INTERFACE_REACH_KM + 1e-9, INTERFACE_STEP_KM)
    found = nearest_values(depth, *_on_rays(segments, -distance))
    return np.array([_width(distance, row) for row in found])


def _width(distance: FloatArray, depth: FloatArray) -> float:
    """Return the length of a profile between the two depths, up to where it first passes the deeper one."""
    known = np.isfinite(depth)
    x, d = np.append(0.0, distance[known]), np.append(TRENCH_DEPTH_KM, depth[known])
    if len(d) < 2:
        return float("nan")
    below = np.flatnonzero(d > INTERFACE_TO_KM)
    last = below[0] + 1 if len(below) else len(d)
    x, d = x[:last], d[:last]
    # Nodes of a grid make stairs: the profile is taken between the first nodes of equal depth.
    _, first = np.unique(d, return_index=True)
    x, d = x[np.sort(first)], d[np.sort(first)]
    inside = np.abs(np.diff(np.clip(d, INTERFACE_FROM_KM, INTERFACE_TO_KM)))
    share = inside / np.maximum(np.abs(np.diff(d)), 1e-12)
    return float((np.hypot(np.diff(x), np.diff(d)) * share).sum())
