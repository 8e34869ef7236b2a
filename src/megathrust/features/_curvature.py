"""Curvature of the plate interface from the depth of the slab's upper surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from megathrust.core import EARTH_RADIUS_KM, check_range
from megathrust.features._local_filter import smooth_locally

if TYPE_CHECKING:
    import xarray as xr


def surface_curvature(depth: xr.DataArray, *, sigma_km: float, deepest_km: float) -> dict[str, xr.DataArray]:
    """Return the normal curvatures of a slab surface along dip and along strike, and their mean, in 1/km.

    The depth z above the sphere has slopes p, q to the east and north and second derivatives r, s, t, all in
    km. With g = p^2 + q^2 the slope angle's squared tangent:

    - along dip: (p^2 r + 2 p q s + q^2 t) / (g (1 + g)^(3/2)), positive where the slab steepens downwards;
    - along strike: (q^2 r - 2 p q s + p^2 t) / (g (1 + g)^(1/2)), positive where the contours of equal depth
      are convex towards the deeper side, negative under an arc that is convex towards the trench;
    - mean: half their sum, the mean curvature of the surface (dip and strike are orthogonal).

    Parameters
    ----------
    depth : DataArray, dimensions (lat, lon)
        Depth in km, positive down, even steps, NaN off the slab.
    sigma_km : float
        Standard deviation of the Gaussian that smooths the depth before it is differentiated.
    deepest_km : float
        Nodes deeper than this are no part of the interface and get NaN.

    Returns
    -------
    dict of str to DataArray
        ``dip``, ``strike`` and ``mean``, relative to the level surface: a slab of constant depth has none.
        NaN where a neighbour is missing or the surface is level.

    Raises
    ------
    InputError
        If the smoothing or the depth is out of range.

    References
    ----------
    Minar, Evans & Jenco (2020), doi:10.1016/j.earscirev.2020.103414, profile curvature and normal contour
    curvature. Bletery et al. (2016), doi:10.1126/science.aag0482, curvature of megathrusts.
    """
    check_range("the largest depth of the interface", deepest_km, low=0.0, open_low=True)
    smooth = smooth_locally(depth, sigma_km).transpose("lat", "lon")
    values = smooth.to_numpy().astype(np.float64)
    north = np.radians(depth["lat"].to_numpy()) * EARTH_RADIUS_KM
    east = np.radians(depth["lon"].to_numpy()) * EARTH_RADIUS_KM
    shrink = np.cos(np.radians(depth["lat"].to_numpy()))[:, None]
    slope_north, slope_east = np.gradient(values, north, east)
    slope_east /= shrink
    t, cross = np.gradient(slope_north, north, east)
    s, r = cross / shrink, np.gradient(slope_east, east, axis=1) / shrink
    p2, q2, pq = slope_east**2, slope_north**2, slope_east * slope_north
    g = np.where(p2 + q2 > 1e-12, p2 + q2, np.nan)
    along_dip = (p2 * r + 2.0 * pq * s + q2 * t) / (g * (1.0 + g) ** 1.5)
    along_strike = (q2 * r - 2.0 * pq * s + p2 * t) / (g * np.sqrt(1.0 + g))
    interface = values <= deepest_km
    return {
        name: smooth.copy(data=np.where(interface, curvature, np.nan))
        for name, curvature in (
            ("dip", along_dip),
            ("strike", along_strike),
            ("mean", (along_dip + along_strike) / 2.0),
        )
    }
