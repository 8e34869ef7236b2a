"""A forecast on a grid of longitude and latitude, in the text form that pyCSEP reads."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError, wrap_longitude

_CELL_DEGREES = 0.5
# Where the events of a segment begin, km from the trench on the upper plate, each as likely.
_FROM_TRENCH_KM = np.arange(10.0, 151.0, 20.0)
_DEEPEST_KM = 70.0
# The open last bin ends here on paper: no larger earthquake is known.
_TOP = 10.0
_KM_PER_DEGREE = 111.195


def gridded(segments: pd.DataFrame, edges: tuple[float, ...], expected: FloatArray) -> str:
    """Return the gridded form: cells of half a degree, and the expected number in every magnitude bin.

    The events of a segment are spread evenly over points 10 to 150 km from the trench on the upper plate, on
    the normal of the trench. Longitudes are 0 to 360 where the segments cross the date line.

    Parameters
    ----------
    segments : DataFrame
        From `segments_of`; with lon, lat and azimuth (the slab dips to its right).
    edges : tuple of float
        Lower edges of the bins.
    expected : ndarray, shape (segments, bins)
        Expected numbers in the period of the forecast.

    Raises
    ------
    InputError
        If a segment has no position or azimuth.

    References
    ----------
    Savran et al. (2022), doi:10.21105/joss.03658.
    """
    if segments[["lon", "lat", "azimuth"]].isna().to_numpy().any():
        raise InputError("a segment has no position or azimuth", action="give a table that has them")
    bearing = np.deg2rad(segments["azimuth"].to_numpy()[:, None] + 90.0)
    lat = segments["lat"].to_numpy()[:, None]
    north = lat + _FROM_TRENCH_KM * np.cos(bearing) / _KM_PER_DEGREE
    east = _FROM_TRENCH_KM * np.sin(bearing) / (_KM_PER_DEGREE * np.cos(np.deg2rad(lat)))
    lon = np.mod(wrap_longitude(segments["lon"].to_numpy()[:, None] + east), 360.0)
    cells = np.stack([np.floor(lon / _CELL_DEGREES), np.floor(north / _CELL_DEGREES)], axis=-1)
    unique, cell = np.unique(cells.reshape(-1, 2), axis=0, return_inverse=True)
    rates = np.zeros((len(unique), len(edges)))
    share = np.repeat(expected / len(_FROM_TRENCH_KM), len(_FROM_TRENCH_KM), axis=0)
    np.add.at(rates, cell.ravel(), share)
    tops = (*edges[1:], _TOP)
    lines = []
    for (west, south), row in zip(unique * _CELL_DEGREES, rates, strict=True):
        place = f"{west:g} {west + _CELL_DEGREES:g} {south:g} {south + _CELL_DEGREES:g} 0 {_DEEPEST_KM:g}"
        lines += [f"{place} {a:g} {b:g} {rate:.6e} 1" for a, b, rate in zip(edges, tops, row, strict=True)]
    return "\n".join(lines) + "\n"
