"""Unit vectors on the sphere: every length here is arc length on the mean Earth radius."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from megathrust.core import EARTH_RADIUS_KM, FloatArray, wrap_longitude


def unit_vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Return the unit vectors from the Earth's centre to points on the sphere.

    Parameters
    ----------
    lon, lat : array_like
        Degrees east and north, in any longitude layout.

    Returns
    -------
    ndarray, shape (..., 3)
        Towards (0E, 0N), (90E, 0N) and the north pole.

    Examples
    --------
    >>> unit_vectors(90.0, 0.0).round(12)
    array([0., 1., 0.])
    """
    lam, phi = np.radians(np.asarray(lon, dtype=np.float64)), np.radians(np.asarray(lat, dtype=np.float64))
    cos_phi = np.cos(phi)
    return np.stack(np.broadcast_arrays(cos_phi * np.cos(lam), cos_phi * np.sin(lam), np.sin(phi)), axis=-1)


def lonlat(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return longitude in [-180, 180) and latitude in degrees of vectors of shape (..., 3), of any length.

    Examples
    --------
    >>> lon, lat = lonlat(unit_vectors(200.0, -30.0))
    >>> round(float(lon), 9), round(float(lat), 9)
    (-160.0, -30.0)
    """
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return wrap_longitude(np.degrees(np.arctan2(y, x))), np.degrees(np.arctan2(z, np.hypot(x, y)))


def arc_km(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the great-circle distance in km between unit vectors of shape (..., 3).

    From the chord, so that short distances keep all their digits.

    Examples
    --------
    >>> round(float(arc_km(unit_vectors(0.0, 0.0), unit_vectors(0.0, 1.0))), 5)
    111.19508
    """
    half_chord = np.linalg.norm(np.subtract(first, second), axis=-1) / 2.0
    return np.asarray(2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(half_chord, 1.0)))


def normalised(vectors: FloatArray) -> FloatArray:
    """Return vectors of shape (..., 3) scaled to length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def bearing(origin: FloatArray, direction: FloatArray) -> FloatArray:
    """Return the azimuth in [0, 360) of a direction, seen from a point that is no pole.

    Parameters
    ----------
    origin : ndarray, shape (..., 3)
        Unit vectors of the points.
    direction : ndarray, shape (..., 3)
        Vectors whose part along the surface at ``origin`` counts.

    Examples
    --------
    >>> float(bearing(unit_vectors(0.0, 0.0), unit_vectors(90.0, 0.0)))
    90.0
    """
    east = np.stack([-origin[..., 1], origin[..., 0], np.zeros_like(origin[..., 0])], axis=-1)
    north = np.cross(origin, east)
    azimuth = np.arctan2(np.sum(direction * east, axis=-1), np.sum(direction * north, axis=-1))
    return np.asarray(np.mod(np.degrees(azimuth), 360.0))
