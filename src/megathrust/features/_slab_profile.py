"""How deep and how far the slab reaches along a trench, and how that changes along strike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.signal import butter, sosfiltfilt

from megathrust.core import EARTH_RADIUS_KM, FloatArray, check_range, wrap_longitude
from megathrust.geometry import Segments, lonlat

if TYPE_CHECKING:
    import xarray as xr

#: Length and step of the profiles at right angles to the trench, km: past the widest slab of Slab2.
PROFILE_KM = 1500.0
PROFILE_STEP_KM = 5.0

#: Length of trench over which the direction of a profile is taken, km.
DIRECTION_SPAN_KM = 200.0

#: Order of the Butterworth filter, which runs once in each direction.
FILTER_ORDER = 4


class SlabReach(NamedTuple):
    """Deepest slab and length of slab along the profiles of a trench's segments.

    Attributes
    ----------
    deepest_km : ndarray, shape (n,)
        Depth of the deepest slab, positive down; NaN where the profile meets none.
    extent_km : ndarray, shape (n,)
        Horizontal distance from the trench to the farthest slab; NaN where there is none.
    """

    deepest_km: FloatArray
    extent_km: FloatArray


def slab_reach(segments: Segments, depth: xr.DataArray) -> SlabReach:
    """Return how deep and how far the slab reaches on profiles at right angles to the trench.

    A profile is the great circle from a segment's centre towards the upper plate. Unlike cells, which give
    each point to its nearest trench, profiles do not leave out the deep slab behind a bend.

    Parameters
    ----------
    segments : Segments
        One profile each.
    depth : DataArray, dimensions (lat, lon)
        Depth of the slab in km, positive down, even ascending steps, NaN off the slab.
    """
    line, s_km = segments.line, segments.centre_km
    foot = line.vectors_at(s_km)[:, None, :]
    ray = -line.normal(s_km, span_km=DIRECTION_SPAN_KM)[:, None, :]
    distance = np.arange(0.0, PROFILE_KM + PROFILE_STEP_KM / 2.0, PROFILE_STEP_KM)
    angle = (distance / EARTH_RADIUS_KM)[:, None]
    found = nearest_values(depth, *lonlat(foot * np.cos(angle) + ray * np.sin(angle)))
    hit = np.isfinite(found)
    some = hit.any(axis=1)
    deepest = np.where(some, np.where(hit, found, -np.inf).max(axis=1), np.nan)
    farthest = np.where(some, np.where(hit, distance, -np.inf).max(axis=1), np.nan)
    return SlabReach(deepest, farthest)


def nearest_values(grid: xr.DataArray, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return the values of the grid's nearest nodes, NaN off the grid, whatever the longitudes' layout."""
    lon_axis, lat_axis = grid["lon"].to_numpy(), grid["lat"].to_numpy()
    lon_step, lat_step = lon_axis[1] - lon_axis[0], lat_axis[1] - lat_axis[0]
    middle = (lon_axis[0] + lon_axis[-1]) / 2.0
    column = np.rint((wrap_longitude(lon - middle) + middle - lon_axis[0]) / lon_step).astype(int)
    row = np.rint((lat - lat_axis[0]) / lat_step).astype(int)
    inside = (column >= 0) & (column < len(lon_axis)) & (row >= 0) & (row < len(lat_axis))
    values = np.full(lon.shape, np.nan)
    values[inside] = grid.transpose("lat", "lon").to_numpy()[row[inside], column[inside]]
    return values


def smooth_along_trench(values: FloatArray, *, step_km: float, width_km: float) -> FloatArray:
    """Return a profile along the trench without the undulations that are narrower than a width.

    A Butterworth filter of order 4, run forwards and backwards so that nothing shifts, which
    passes half of the amplitude of a wave whose half-wavelength is ``width_km``.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value per step; gaps are filled linearly first and are NaN again in the result. A profile
        without any value stays so.
    step_km : float
        Distance between neighbours.
    width_km : float
        Half the wavelength at which the filter halves; a width of a step or less leaves the profile as it is.

    Raises
    ------
    InputError
        If a length is not positive.

    Examples
    --------
    >>> s_km = np.arange(0.0, 5000.0, 50.0)
    >>> wave = np.cos(np.pi * s_km / 200.0)
    >>> float(np.abs(smooth_along_trench(wave, step_km=50.0, width_km=200.0)[40:60]).max().round(2))
    0.5
    """
    check_range("the step along the trench", step_km, low=0.0, open_low=True)
    check_range("the width of the smoothing", width_km, low=0.0, open_low=True)
    known = np.isfinite(values)
    if width_km <= step_km or known.sum() < 2:
        return values
    place = np.arange(len(values))
    filled = np.interp(place, place[known], values[known])
    sections = butter(FILTER_ORDER, step_km / width_km, output="sos")
    # The filter rings for a few widths; the profile goes on that far, reflected at its ends.
    padding = min(round(6.0 * width_km / step_km), len(values) - 1)
    there, back = (sosfiltfilt(sections, run, padlen=padding) for run in (filled, filled[::-1]))
    # What the ends add depends on the direction that comes first; a trench has none.
    return np.where(known, (there + back[::-1]) / 2.0, np.nan)


def first_derivative(values: FloatArray, step_km: float) -> FloatArray:
    """Return the absolute slope along the trench per km, by central differences, one-sided at the ends."""
    return np.abs(np.gradient(values, step_km)) if len(values) > 1 else np.full_like(values, np.nan)


def second_derivative(values: FloatArray, step_km: float) -> FloatArray:
    """Return the absolute second derivative along the trench per km2; an end has that of its neighbour."""
    if len(values) < 3:
        return np.full_like(values, np.nan)
    inner = np.abs(np.diff(values, 2)) / step_km**2
    return np.concatenate([inner[:1], inner, inner[-1:]])
