"""Slow plain twins of the filters and of the normal gravity field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, lpmv

from megathrust.core import EARTH_RADIUS_KM, FloatArray
from megathrust.geometry import unit_vectors

if TYPE_CHECKING:
    import xarray as xr


def plain_low_pass(grid: xr.DataArray, half_gain_km: float, degree: int) -> FloatArray:
    """Return a global grid with each spherical harmonic up to ``degree`` multiplied by its Gaussian gain.

    One harmonic at a time, with the area of each node's cell as its weight: exact for harmonics whose
    wavelength is long against the grid's step.
    """
    lat, lon = np.radians(grid["lat"].to_numpy()), np.radians(grid["lon"].to_numpy())
    edges = np.concatenate([[-np.pi / 2.0], (lat[1:] + lat[:-1]) / 2.0, [np.pi / 2.0]])
    area = np.diff(np.sin(edges))[:, None] * (2.0 * np.pi / len(lon)) / (4.0 * np.pi)
    values = grid.to_numpy()
    result = np.zeros_like(values)
    for l in range(degree + 1):  # noqa: E741
        gain = 0.5 ** (l * (l + 1.0) * (half_gain_km / (2.0 * np.pi * EARTH_RADIUS_KM)) ** 2)
        for m in range(l + 1):
            scale = np.sqrt(
                (2.0 - (m == 0)) * (2 * l + 1.0) * np.exp(gammaln(l - m + 1) - gammaln(l + m + 1))
            )
            column = scale * lpmv(m, l, np.sin(lat))[:, None]
            for wave in (np.cos, np.sin):
                harmonic = column * wave(m * lon)[None, :]
                result += gain * np.sum(harmonic * values * area) * harmonic
    return result


def plain_smooth(grid: xr.DataArray, sigma_km: float) -> FloatArray:
    """Return a regional grid smoothed by a Gaussian of the great-circle distance, node by node."""
    lon, lat = np.meshgrid(grid["lon"].to_numpy(), grid["lat"].to_numpy())
    values = grid.to_numpy()
    known = np.isfinite(values)
    points, area = unit_vectors(lon[known], lat[known]), np.cos(np.radians(lat[known]))
    result = np.full(values.shape, np.nan)
    for row, column in np.argwhere(known):
        here = unit_vectors(lon[row, column], lat[row, column])
        distance = EARTH_RADIUS_KM * np.arccos(np.clip(points @ here, -1.0, 1.0))
        weight = area * np.exp(-0.5 * (distance / sigma_km) ** 2)
        result[row, column] = np.sum(weight * values[known]) / weight.sum()
    return result


def plain_normal_gravity(lat: float, height: float) -> float:
    """Return the WGS84 normal gravity in mGal by differences of its potential, in ellipsoidal coordinates.

    Heiskanen & Moritz (1967), eq. 2-62, differentiated numerically instead of in closed form.
    """
    a, f, gm, omega = 6378137.0, 1.0 / 298.257223563, 3.986004418e14, 7.292115e-5
    b = a * (1.0 - f)
    e = np.sqrt(a**2 - b**2)
    phi = np.radians(lat)
    prime = a**2 / np.sqrt(a**2 * np.cos(phi) ** 2 + b**2 * np.sin(phi) ** 2)
    x0, z0 = (prime + height) * np.cos(phi), (prime * (b / a) ** 2 + height) * np.sin(phi)

    def q(u: float) -> float:
        return float(0.5 * ((1.0 + 3.0 * u**2 / e**2) * np.arctan2(e, u) - 3.0 * u / e))

    def potential(x: float, z: float) -> float:
        k = x**2 + z**2 - e**2
        u = np.sqrt(0.5 * (k + np.sqrt(k**2 + 4.0 * e**2 * z**2)))
        sin2 = (z / u) ** 2
        rotation = 0.5 * omega**2 * a**2 * q(u) / q(b) * (sin2 - 1.0 / 3.0)
        return float(gm / e * np.arctan2(e, u) + rotation + 0.5 * omega**2 * x**2)

    step = 100.0
    gradient = [
        (potential(x0 + step * i, z0 + step * j) - potential(x0 - step * i, z0 - step * j)) / (2.0 * step)
        for i, j in ((1, 0), (0, 1))
    ]
    return float(1e5 * np.linalg.norm(gradient))
