"""Gravity: normal field, disturbance, free-air and simple Bouguer anomaly."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from megathrust.core import FloatArray, InputError, check_range

if TYPE_CHECKING:
    import xarray as xr

#: Height above the ellipsoid at which the EIGEN-6C4 grid gives gravity, m.
GRAVITY_HEIGHT = 10_000.0

#: Densities in kg/m3 of the Bouguer plate (Hinze et al. 2005, doi:10.1190/1.1988183) and of sea water.
CRUST_DENSITY = 2670.0
WATER_DENSITY = 1030.0

#: 2 pi G in mGal m2 / kg (CODATA 2018: G = 6.67430e-11 m3 kg-1 s-2).
PLATE_FACTOR = 2.0 * np.pi * 6.67430e-11 * 1e5

#: Mean normal gravity (m/s2) over mean radius (m), doubled: mGal per m of geoid height.
GEOID_FACTOR = 2.0 * 9.7976e5 / 6371008.8


def normal_gravity(lat: npt.ArrayLike, *, height: float = 0.0) -> FloatArray:
    """Return the gravity of the WGS84 ellipsoid in mGal, at any height outside it.

    Parameters
    ----------
    lat : array_like
        Geodetic latitude in degrees.
    height : float
        Height above the ellipsoid in m.

    Raises
    ------
    InputError
        If the height is negative.

    Notes
    -----
    This is the component along the normal of the confocal ellipsoid; the rest adds less than 0.01 mGal up to
    a height of 50 km.

    References
    ----------
    Li & Goetze (2001), Ellipsoid, geoid, gravity, geodesy, and geophysics, doi:10.1190/1.1487109: the
    closed form, no series in the height, as in boule.

    Examples
    --------
    >>> normal_gravity([0.0, 45.0, 90.0]).round(3)
    array([978032.534, 980619.777, 983218.494])
    """
    check_range("the height", height, low=0.0)
    # Loaded where it is needed: most of the package does without.
    ellipsoid = import_module("boule").WGS84
    return np.asarray(ellipsoid.normal_gravity((None, np.asarray(lat, dtype=np.float64), height)))


def gravity_disturbance(gravity: xr.DataArray, *, height: float = GRAVITY_HEIGHT) -> xr.DataArray:
    """Return gravity minus normal gravity at the same height, in mGal.

    Parameters
    ----------
    gravity : DataArray
        Absolute gravity in mGal over lat and lon.
    height : float
        Height above the ellipsoid, in m, at which it is given.

    References
    ----------
    Hackney & Featherstone (2003), doi:10.1046/j.1365-246X.2003.01941.x: disturbance against anomaly.
    """
    return gravity - normal_gravity(gravity["lat"].to_numpy(), height=height)[:, None]


def free_air_anomaly(disturbance: xr.DataArray, geoid: xr.DataArray) -> xr.DataArray:
    """Return the free-air anomaly in mGal from the disturbance (mGal) and the geoid height (m).

    The fundamental equation of physical geodesy in spherical approximation, anomaly = disturbance - 2 T / R
    with T = normal gravity times geoid height (Heiskanen & Moritz 1967, eq. 2-151e).

    Raises
    ------
    InputError
        If the grids differ.
    """
    _check_same_grid(disturbance, geoid)
    return disturbance - GEOID_FACTOR * geoid


def bouguer_anomaly(disturbance: xr.DataArray, topography: xr.DataArray) -> xr.DataArray:
    """Return the simple Bouguer anomaly in mGal: disturbance minus the attraction of an infinite plate.

    Parameters
    ----------
    disturbance : DataArray
        mGal.
    topography : DataArray
        Height of the solid surface in m above sea level, negative below.

    Raises
    ------
    InputError
        If the grids differ.

    Notes
    -----
    At sea the plate replaces water by crust. An infinite plate attracts alike at every height.
    """
    _check_same_grid(disturbance, topography)
    density = CRUST_DENSITY - WATER_DENSITY * (topography < 0.0)
    return disturbance - PLATE_FACTOR * density * topography


def _check_same_grid(first: xr.DataArray, second: xr.DataArray) -> None:
    if first.shape != second.shape or not all(
        np.allclose(first[axis], second[axis]) for axis in ("lat", "lon")
    ):
        raise InputError(
            f"the grids {first.name} and {second.name} do not lie on the same nodes",
            given=f"shapes {first.shape} and {second.shape}",
            allowed="equal longitudes and latitudes",
        )
