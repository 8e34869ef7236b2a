"""Checks of user input whose messages say what is wrong, what was given, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from megathrust.core._errors import InputError
from megathrust.core._typing import FloatArray


def check_choice(name: str, value: str, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``allowed``.

    Raises
    ------
    InputError
        If it is not.

    Examples
    --------
    >>> check_choice("activation", "relu", ["relu", "tanh"])
    'relu'
    """
    options = sorted(allowed)
    if value not in options:
        raise InputError(f"unknown {name}", given=repr(value), allowed=", ".join(options))
    return value


def check_range(
    name: str, value: float, *, low: float = -np.inf, high: float = np.inf, open_low: bool = False
) -> float:
    """Return ``value`` if it is a finite number in [low, high], or in (low, high] with ``open_low``.

    Raises
    ------
    InputError
        If it is outside, or not finite.

    Examples
    --------
    >>> check_range("exclusion distance", 50.0, low=0.0)
    50.0
    """
    below = value <= low if open_low else value < low
    if not np.isfinite(value) or below or value > high:
        bounds = f"{'>' if open_low else '>='} {low:g}" + (f" and <= {high:g}" if np.isfinite(high) else "")
        raise InputError(f"{name} is out of range", given=value, allowed=bounds)
    return value


def check_same_length(**arrays: Sequence[object] | npt.NDArray[np.generic]) -> int:
    """Return the common length of the named arrays.

    Raises
    ------
    InputError
        If the lengths differ; the message names each of them.

    Examples
    --------
    >>> check_same_length(lon=[1.0, 2.0], lat=[3.0, 4.0])
    2
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1:
        given = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError("arrays that belong together differ in length", given=given, allowed="equal lengths")
    return next(iter(lengths.values()))


def check_lonlat(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude as float64 arrays, longitude wrapped to [-180, 180).

    Parameters
    ----------
    lon, lat : array_like
        Degrees east and north, in any longitude layout, of equal shape. NaN passes through.

    Raises
    ------
    InputError
        If the shapes differ or a latitude lies outside [-90, 90].

    Examples
    --------
    >>> check_lonlat([190.0, -180.0], [10.0, 20.0])[0]
    array([-170., -180.])
    """
    lon_array = np.asarray(lon, dtype=np.float64)
    lat_array = np.asarray(lat, dtype=np.float64)
    if lon_array.shape != lat_array.shape:
        raise InputError(
            "longitude and latitude differ in shape",
            given=f"{lon_array.shape} and {lat_array.shape}",
            allowed="equal shapes",
        )
    if np.any(np.abs(lat_array) > 90.0):
        worst = float(lat_array[np.nanargmax(np.abs(lat_array))])
        raise InputError(
            "a latitude is out of range",
            given=worst,
            allowed="-90 to 90",
            action="check the order (lon, lat)",
        )
    return wrap_longitude(lon_array), lat_array


def wrap_longitude(lon: npt.ArrayLike) -> FloatArray:
    """Wrap longitudes in degrees to [-180, 180).

    Examples
    --------
    >>> wrap_longitude([0.0, 180.0, 359.0, -181.0])
    array([   0., -180.,   -1.,  179.])
    """
    return np.mod(np.asarray(lon, dtype=np.float64) + 180.0, 360.0) - 180.0
