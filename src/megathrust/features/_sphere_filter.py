"""Filters of global grids on the sphere, by spherical harmonics.

A filter is a gain per degree l, so it knows no direction and no pole: its width is the same number of km
at every latitude. Its gain is that of a Gaussian on the sphere (the solution of the diffusion equation),
exp(-l (l + 1) sigma^2 / (2 R^2)), named by the wavelength at which it passes half of the amplitude.

References
----------
Holmes & Featherstone (2002), doi:10.1007/s00190-002-0216-2, eq. 11 to 13: forward column recursion of fully
normalised Legendre functions, which neither over- nor underflows to degree 1900. Clenshaw & Curtis (1960),
doi:10.1007/BF01386223: quadrature on parallels that include the poles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import scipy.fft

from megathrust.core import EARTH_RADIUS_KM, FloatArray, InputError, IntArray

if TYPE_CHECKING:
    import xarray as xr

ComplexArray = npt.NDArray[np.complex128]

#: Degree to which a grid is developed at most: the recursion is safe to 1900, the 10' grids end at 1080.
MAX_DEGREE = 1080


@dataclass(frozen=True)
class Band:
    """A band of wavelengths on the sphere.

    Attributes
    ----------
    shortest_km, longest_km : float or None
        Wavelengths at which the filter passes half of the amplitude; none leaves that side open.
    """

    shortest_km: float | None = None
    longest_km: float | None = None

    def __post_init__(self) -> None:
        shortest, longest = self.shortest_km or 0.0, self.longest_km or np.inf
        if not 0.0 <= shortest < longest:
            raise InputError(
                "a band of wavelengths is out of order",
                given=f"{self.shortest_km} to {self.longest_km} km",
                allowed="0 < shortest < longest",
            )

    def gain(self, degrees: IntArray) -> FloatArray:
        """Return the factor by which the filter multiplies each degree.

        Examples
        --------
        >>> Band(shortest_km=100.0).gain(np.array([0, 400])).round(2)
        array([1. , 0.5])
        """
        low = 1.0 if self.shortest_km is None else gaussian_gain(degrees, self.shortest_km)
        high = 0.0 if self.longest_km is None else gaussian_gain(degrees, self.longest_km)
        return np.asarray(np.zeros(len(degrees)) + low - high)

    def __str__(self) -> str:
        if self.longest_km is None:
            return "all wavelengths" if self.shortest_km is None else f"longer than {self.shortest_km:g} km"
        if self.shortest_km is None:
            return f"shorter than {self.longest_km:g} km"
        return f"{self.shortest_km:g} to {self.longest_km:g} km"


def gaussian_gain(degrees: IntArray, half_gain_km: float) -> FloatArray:
    """Return the gain per degree of the Gaussian that halves waves of length ``half_gain_km``.

    A wave of degree l on the sphere has the length 2 pi R / sqrt(l (l + 1)).
    """
    wavenumber = degrees * (degrees + 1.0) * (half_gain_km / (2.0 * np.pi * EARTH_RADIUS_KM)) ** 2
    return np.asarray(0.5**wavenumber)


def filter_on_sphere(grid: xr.DataArray, bands: Sequence[Band]) -> list[xr.DataArray]:
    """Return a global grid filtered by each band.

    Parameters
    ----------
    grid : DataArray, dimensions (lat, lon)
        Even parallels from pole to pole and even meridians around the Earth, without missing values.
    bands : sequence of Band
        All are computed in one pass.

    Returns
    -------
    list of DataArray
        One per band, with the grid's coordinates and attributes.

    Raises
    ------
    InputError
        If the grid is not global, not even, or misses values.

    Notes
    -----
    A band is the difference of two low-pass filtered grids, or of the grid itself and one, so bands that
    share their edges sum to the grid. The development ends where the narrowest Gaussian passes less
    than 1e-4, or below half as many degrees as a parallel has nodes, beyond which its nodes cannot tell
    degrees apart.
    """
    colatitude, values, flipped = _checked(grid)
    edges = sorted({edge for band in bands for edge in (band.shortest_km, band.longest_km) if edge})
    smooth: dict[float | None, FloatArray] = {None: values}
    if edges:
        degree = min(len(colatitude) - 1, values.shape[1] // 2 - 1, MAX_DEGREE, _degree_for(edges[0]))
        gains = np.stack([gaussian_gain(np.arange(degree + 1), edge) for edge in edges], axis=-1)
        smooth |= zip(edges, _low_passed(colatitude, values, gains), strict=True)
    results = []
    for band in bands:
        field = smooth[band.shortest_km] - (smooth[band.longest_km] if band.longest_km else 0.0)
        results.append(grid.copy(data=field[::-1] if flipped else field))
    return results


def _degree_for(half_gain_km: float) -> int:
    """Return the degree beyond which a Gaussian passes less than 1e-4 of the amplitude."""
    return int(np.ceil(np.sqrt(np.log2(1e4)) * 2.0 * np.pi * EARTH_RADIUS_KM / half_gain_km))


def _low_passed(colatitude: FloatArray, values: FloatArray, gains: FloatArray) -> FloatArray:
    degree, n_lon = len(gains) - 1, values.shape[1]
    spectrum = scipy.fft.rfft(values, axis=1)[:, : degree + 1] / n_lon
    weights = clenshaw_curtis(len(colatitude)) / 2.0
    coefficients = _analyse(colatitude, spectrum * weights[:, None], degree)
    return np.asarray(scipy.fft.irfft(_synthesise(colatitude, coefficients, gains) * n_lon, n=n_lon, axis=-1))


def clenshaw_curtis(parallels: int) -> FloatArray:
    """Return the weights of even parallels, poles included; they sum to 2.

    Examples
    --------
    >>> clenshaw_curtis(3).round(4)
    array([0.3333, 1.3333, 0.3333])
    """
    intervals = parallels - 1
    angle = np.pi * np.arange(parallels) / intervals
    harmonic = np.arange(1, intervals // 2 + 1)
    factor = np.where(2 * harmonic == intervals, 1.0, 2.0) / (4.0 * harmonic**2 - 1.0)
    weights = (2.0 / intervals) * (1.0 - np.cos(2.0 * np.outer(angle, harmonic)) @ factor)
    weights[[0, -1]] /= 2.0
    return np.asarray(weights)


def legendre_by_degree(colatitude: FloatArray, degree: int) -> Iterator[FloatArray]:
    """Yield, for l = 0 to ``degree``, the fully normalised Legendre functions, shape (l + 1, colatitudes).

    Row m holds P_lm with mean square 1 over the sphere for cos(m lon) P_lm (no Condon-Shortley phase).
    """
    cosine, sine = np.cos(colatitude), np.sin(colatitude)
    before = np.zeros((degree + 1, len(colatitude)))
    last = np.zeros_like(before)
    last[0] = 1.0
    yield last[:1]
    for l in range(1, degree + 1):  # noqa: E741  (l is the degree in every text on the subject)
        m = np.arange(l, dtype=np.float64)
        a = np.sqrt((2.0 * l - 1.0) * (2.0 * l + 1.0) / ((l - m) * (l + m)))
        b = np.sqrt(
            np.maximum((2.0 * l + 1.0) * (l + m - 1.0) * (l - m - 1.0), 0.0)
            / ((l - m) * (l + m) * max(2.0 * l - 3.0, 1.0))
        )
        sectoral = (np.sqrt(3.0) if l == 1 else np.sqrt((2.0 * l + 1.0) / (2.0 * l))) * sine * last[l - 1]
        before[:l] = (a[:, None] * cosine) * last[:l] - b[:, None] * before[:l]
        before[l] = sectoral
        before, last = last, before
        yield last[: l + 1]


def _checked(grid: xr.DataArray) -> tuple[FloatArray, FloatArray, bool]:
    """Return colatitudes from the north pole, values in that order, and whether rows were turned round."""
    lat, lon = np.asarray(grid["lat"], dtype=np.float64), np.asarray(grid["lon"], dtype=np.float64)
    values = np.asarray(grid.transpose("lat", "lon").to_numpy(), dtype=np.float64)
    steps = np.abs(np.diff(lat)), np.diff(np.concatenate([lon, lon[:1] + 360.0]))
    even = all(np.ptp(step) < 1e-3 * step.mean() for step in steps)
    if not even or abs(np.abs(lat[[0, -1]]).min() - 90.0) > 1e-6 or len(lat) < 3:
        raise InputError(
            f"the grid {grid.name} cannot be filtered on the sphere",
            given=f"latitudes {lat[0]:g} to {lat[-1]:g}, longitudes {lon[0]:g} to {lon[-1]:g}",
            allowed="even steps from pole to pole and around the Earth",
        )
    if not np.isfinite(values).all():
        raise InputError(
            f"the grid {grid.name} misses values, so it cannot be filtered on the sphere",
            given=f"{np.count_nonzero(~np.isfinite(values))} of {values.size} nodes",
            action="use a grid without gaps",
        )
    flipped = bool(lat[0] < lat[-1])
    return np.radians(90.0 - np.sort(lat)[::-1]), values[::-1] if flipped else values, flipped


def _analyse(colatitude: FloatArray, weighted: ComplexArray, degree: int) -> ComplexArray:
    """Return the coefficients, shape (degree + 1, degree + 1), row l and column m."""
    half = (len(colatitude) + 1) // 2
    mirrored = weighted[::-1]
    # P_lm of the southern parallels is that of the northern ones times (-1)^(l + m).
    even, odd = (weighted + mirrored)[:half].T.copy(), (weighted - mirrored)[:half].T.copy()
    if len(colatitude) % 2:
        even[:, -1] /= 2.0
    coefficients = np.zeros((degree + 1, degree + 1), dtype=np.complex128)
    for l, functions in enumerate(legendre_by_degree(colatitude[:half], degree)):  # noqa: E741
        for parity, rows in ((0, even), (1, odd)):
            start = (l + parity) % 2
            coefficients[l, start : l + 1 : 2] = np.einsum(
                "mt,mt->m", functions[start::2], rows[start : l + 1 : 2]
            )
    # The functions of order m > 0 have mean square 2 over colatitude, because cos(m lon) has 1/2.
    coefficients[:, 1:] /= 2.0
    return coefficients


def _synthesise(
    colatitude: FloatArray,
    coefficients: ComplexArray,
    gains: FloatArray,
) -> ComplexArray:
    """Return the spectra along parallels, shape (filters, parallels, degree + 1)."""
    degree = len(coefficients) - 1
    half = (len(colatitude) + 1) // 2
    shape = (gains.shape[1], degree + 1, half)
    even, odd = np.zeros(shape, dtype=np.complex128), np.zeros(shape, dtype=np.complex128)
    for l, functions in enumerate(legendre_by_degree(colatitude[:half], degree)):  # noqa: E741
        for parity, target in ((0, even), (1, odd)):
            start = (l + parity) % 2
            part = functions[start::2] * coefficients[l, start : l + 1 : 2, None]
            for number, gain in enumerate(gains[l]):
                if gain > 1e-6:
                    target[number, start : l + 1 : 2] += gain * part
    north, south = even + odd, (even - odd)[:, :, : len(colatitude) - half][:, :, ::-1]
    return np.concatenate([north, south], axis=2).transpose(0, 2, 1)
