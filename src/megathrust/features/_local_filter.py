"""Smoothing of regional grids with gaps, and the roughness of the sea floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from megathrust.core import EARTH_RADIUS_KM, FloatArray, InputError, check_range, wrap_longitude
from megathrust.features._sphere_filter import Band

if TYPE_CHECKING:
    import xarray as xr

#: Standard deviation of a Gaussian over the wavelength of which it passes half the amplitude.
SIGMA_PER_HALF_GAIN = np.sqrt(2.0 * np.log(2.0)) / (2.0 * np.pi)


def smooth_locally(grid: xr.DataArray, sigma_km: float) -> xr.DataArray:
    """Return a regional grid smoothed by a Gaussian that is equally wide in km at every latitude.

    Missing nodes count as absent, not as zero (normalised convolution), and stay missing.

    Parameters
    ----------
    grid : DataArray, dimensions (lat, lon)
        Even steps; NaN where missing.
    sigma_km : float
        Standard deviation of the Gaussian; 0 leaves the grid as it is. It shall be small against the
        distance to the poles, because the width along a parallel is that of the parallel's own latitude.

    Raises
    ------
    InputError
        If the width is negative.

    References
    ----------
    Knutsson & Westin (1993), Normalized and differential convolution, doi:10.1109/CVPR.1993.341081.
    """
    if check_range("the standard deviation of the smoothing", sigma_km, low=0.0) == 0.0:
        return grid
    values = np.asarray(grid.transpose("lat", "lon").to_numpy(), dtype=np.float64)
    known = np.isfinite(values)
    lat = grid["lat"].to_numpy()
    # Nodes of converging meridians stand for less area.
    weight = known * np.cos(np.radians(lat))[:, None]
    total = _convolved(np.where(known, values, 0.0) * weight, grid, sigma_km)
    share = _convolved(weight, grid, sigma_km)
    return grid.copy(data=np.where(known, total / np.where(share > 0.0, share, 1.0), np.nan))


def grid_of_points(points: pd.DataFrame, column: str, *, step: float) -> xr.DataArray:
    """Return the points of a regular lattice as a grid, NaN where the lattice has no point.

    Parameters
    ----------
    points : DataFrame
        Columns ``lon`` and ``lat`` on even multiples of a step from the first point, and ``column``. Where a
        node comes twice, the last one counts.
    column : str
        Which column.
    step : float
        Spacing in degrees.

    Raises
    ------
    InputError
        If the points do not lie on such a lattice.

    Examples
    --------
    >>> points = pd.DataFrame({"lon": [179.9, -180.0], "lat": [0.0, 0.1], "height_m": [1.0, 2.0]})
    >>> grid_of_points(points, "height_m", step=0.1).to_numpy()
    array([[ 1., nan],
           [nan,  2.]])
    """
    import xarray as xr

    first = points["lon"].iloc[0]
    east = np.asarray(wrap_longitude(points["lon"] - first)) / step
    north = points["lat"].to_numpy() / step
    north = north - north.min()
    column_of, row_of = np.rint(east - east.min()).astype(int), np.rint(north).astype(int)
    if np.abs(east - east.min() - column_of).max() > 0.05 or np.abs(north - row_of).max() > 0.05:
        raise InputError(
            "the points do not lie on a regular lattice", allowed=f"steps of {step:g} degrees in lon and lat"
        )
    values = np.full((row_of.max() + 1, column_of.max() + 1), np.nan)
    values[row_of, column_of] = points[column]
    lon = first + step * (east.min() + np.arange(values.shape[1]))
    lat = points["lat"].min() + step * np.arange(values.shape[0])
    return xr.DataArray(values, coords={"lat": lat, "lon": lon}, dims=("lat", "lon"), name=column)


def roughness(height: xr.DataArray, band: Band, *, window_km: float) -> xr.DataArray:
    """Return the local amplitude of the sea floor in a band of wavelengths, in the unit of ``height``.

    The root of the Gaussian mean of the squared band-passed height.

    Parameters
    ----------
    height : DataArray, dimensions (lat, lon)
        Regional grid, NaN where missing.
    band : Band
        Wavelengths that count.
    window_km : float
        Wavelength at which the Gaussian of the mean passes half the amplitude.

    References
    ----------
    Lallemand et al. (2018), doi:10.1029/2018GC007434: root-mean-square amplitude of band-passed bathymetry.
    """
    shorter, longer = (
        edge if edge is None else smooth_locally(height, SIGMA_PER_HALF_GAIN * edge)
        for edge in (band.shortest_km, band.longest_km)
    )
    passed = (height if shorter is None else shorter) - (0.0 if longer is None else longer)
    return smooth_locally(passed**2, SIGMA_PER_HALF_GAIN * window_km) ** 0.5


def _convolved(values: FloatArray, grid: xr.DataArray, sigma_km: float) -> FloatArray:
    lat, lon = grid["lat"].to_numpy(), grid["lon"].to_numpy()
    north_km = np.radians(lat[1] - lat[0]) * EARTH_RADIUS_KM
    east_km = np.radians(lon[1] - lon[0]) * EARTH_RADIUS_KM * np.cos(np.radians(lat))
    rows = [
        gaussian_filter1d(row, sigma_km / width, mode="constant", truncate=3.0)
        for row, width in zip(values, east_km, strict=True)
    ]
    return np.asarray(
        gaussian_filter1d(np.stack(rows), sigma_km / north_km, axis=0, mode="constant", truncate=3.0)
    )
