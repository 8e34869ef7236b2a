"""Gravity: normal field, disturbance, free-air and simple Bouguer anomaly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from megathrust.core import FloatArray, InputError, check_range

if TYPE_CHECKING:
    import xarray as xr

#: WGS84 (NGA.STND.0036_1.0.0_WGS84, 2014): semi-major axis in m, flattening, GM in m3/s2, rotation in rad/s.
WGS84_SEMIMAJOR = 6378137.0
WGS84_FLATTENING = 1.0 / 298.257223563
WGS84_GM = 3.986004418e14
WGS84_ROTATION = 7.292115e-5

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
    closed form in ellipsoidal coordinates (eq. 17 and its appendix), no series in the height.

    Examples
    --------
    >>> normal_gravity([0.0, 45.0, 90.0]).round(3)
    array([978032.534, 980619.777, 983218.494])
    """
    check_range("the height", height, low=0.0)
    a, f = WGS84_SEMIMAJOR, WGS84_FLATTENING
    b = a * (1.0 - f)
    e2 = a**2 - b**2
    e = np.sqrt(e2)
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    beta = np.arctan2(b * np.sin(phi), a * np.cos(phi))
    axial = (b * np.sin(beta) + height * np.sin(phi)) ** 2
    radial = (a * np.cos(beta) + height * np.cos(phi)) ** 2
    # Reduced latitude and semi-minor axis of the confocal ellipsoid through the point.
    total, difference = (radial + axial) / e2, (radial - axial) / e2
    cos2 = 0.5 + total / 2.0 - np.sqrt(0.25 + total**2 / 4.0 - difference / 2.0)
    sin2 = 1.0 - cos2
    u2 = radial + axial - e2 * cos2
    u = np.sqrt(u2)
    q_surface = 0.5 * ((1.0 + 3.0 * b**2 / e2) * np.arctan(e / b) - 3.0 * b / e)
    q_prime = 3.0 * (1.0 + u2 / e2) * (1.0 - u / e * np.arctan(e / u)) - 1.0
    w = np.sqrt((u2 + e2 * sin2) / (u2 + e2))
    rotation = WGS84_ROTATION**2
    gravity = WGS84_GM / (u2 + e2) - rotation * u * cos2
    gravity += rotation * a**2 * e * q_prime / ((u2 + e2) * q_surface) * (sin2 / 2.0 - 1.0 / 6.0)
    return np.asarray(1e5 * gravity / w)


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
