"""The trench as a line on the sphere, and how it is built from trench points."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from megathrust.core import (
    EARTH_RADIUS_KM,
    FloatArray,
    InputError,
    check_lonlat,
    check_range,
    check_same_length,
    short_repr,
)
from megathrust.geometry._ordering import chains
from megathrust.geometry._sphere import arc_km, bearing, lonlat, normalised, unit_vectors


@short_repr
@dataclass(frozen=True, eq=False)
class TrenchLine:
    """A trench as great-circle arcs between vertices, the downgoing plate on the right of increasing s.

    Parameters
    ----------
    region : str
        Slab2 code of the subduction zone.
    lon, lat : array_like, shape (n,)
        Vertices in order, degrees, in any longitude layout; n is 2 or more.

    Attributes
    ----------
    vectors : ndarray, shape (n, 3)
        Unit vectors of the vertices.
    s_km : ndarray, shape (n,)
        Arc length of the vertices from the first one.

    Raises
    ------
    InputError
        If there are fewer than two vertices, a coordinate is no finite number, or two vertices in a row
        coincide or lie further apart than a quarter of a great circle.

    Examples
    --------
    >>> line = TrenchLine("sam", [-71.0, -71.0, -71.0], [-20.0, -21.0, -22.0])
    >>> round(line.length_km, 3)
    222.39
    >>> lon, lat = line.at(line.length_km / 2)
    >>> round(float(lon), 9), round(float(lat), 9)
    (-71.0, -21.0)
    """

    region: str
    lon: FloatArray
    lat: FloatArray
    vectors: FloatArray = field(init=False, repr=False)
    s_km: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lon, lat = check_lonlat(self.lon, self.lat)
        if lon.ndim != 1 or len(lon) < 2 or not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise InputError(
                f"the trench line of {self.region} cannot be built",
                given=f"{np.isfinite(lon + lat).sum()} finite vertices of {lon.size}",
                allowed="two finite vertices or more",
            )
        vectors = unit_vectors(lon, lat)
        steps = arc_km(vectors[:-1], vectors[1:])
        if steps.min() <= 0.0 or steps.max() > np.pi / 2.0 * EARTH_RADIUS_KM:
            raise InputError(
                f"neighbouring vertices of the trench line of {self.region} coincide or lie too far apart",
                given=f"steps of {steps.min():.3g} to {steps.max():.3g} km",
                allowed="> 0 km and at most a quarter of a great circle",
                action="build the line with trench_lines_from_points",
            )
        s_km = np.concatenate([[0.0], np.cumsum(steps)])
        for name, array in (("lon", lon), ("lat", lat), ("vectors", vectors), ("s_km", s_km)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def length_km(self) -> float:
        """Length of the whole line in km."""
        return float(self.s_km[-1])

    def vectors_at(self, s_km: npt.ArrayLike) -> FloatArray:
        """Return the unit vectors, shape (..., 3), of the points at arc length ``s_km``.

        Raises
        ------
        InputError
            If an arc length lies outside the line.
        """
        wanted = np.asarray(s_km, dtype=np.float64)
        arc = self._arc_of(wanted)
        start, end = self.vectors[arc], self.vectors[arc + 1]
        angle = (wanted - self.s_km[arc]) / EARTH_RADIUS_KM
        along = normalised(np.cross(np.cross(start, end), start))
        return np.asarray(start * np.cos(angle)[..., None] + along * np.sin(angle)[..., None])

    def at(self, s_km: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return longitude and latitude in degrees of the points at arc length ``s_km``.

        Raises
        ------
        InputError
            If an arc length lies outside the line.
        """
        return lonlat(self.vectors_at(s_km))

    def tangent(self, s_km: npt.ArrayLike, *, span_km: float = 0.0) -> FloatArray:
        """Return the unit tangent, shape (..., 3), towards increasing s.

        Parameters
        ----------
        s_km : array_like
            Arc lengths in km; at a vertex the arc that begins there counts.
        span_km : float
            Length over which the direction is taken, from half a span before to half a span after
            each point as far as the line goes; 0 gives the direction of the arc itself.

        Raises
        ------
        InputError
            If an arc length lies outside the line or the span is negative.
        """
        wanted = np.asarray(s_km, dtype=np.float64)
        point = self.vectors_at(wanted)
        if check_range("the span of the tangent", span_km, low=0.0) > 0.0:
            before = self.vectors_at(np.maximum(wanted - span_km / 2.0, 0.0))
            after = self.vectors_at(np.minimum(wanted + span_km / 2.0, self.length_km))
        else:
            arc = self._arc_of(wanted)
            before, after = self.vectors[arc], self.vectors[arc + 1]
        return normalised(np.cross(np.cross(before, after), point))

    def normal(self, s_km: npt.ArrayLike, *, span_km: float = 0.0) -> FloatArray:
        """Return the unit normal along the surface, shape (..., 3), towards the downgoing plate.

        The parameters are those of `tangent`.
        """
        return np.cross(self.tangent(s_km, span_km=span_km), self.vectors_at(s_km))

    def azimuth(self, s_km: npt.ArrayLike, *, span_km: float = 0.0) -> FloatArray:
        """Return the trench azimuth in [0, 360): right-hand rule, the slab dips to the right of it.

        So it points against increasing s, as the azimuths of Slab2 do. The parameters are those of `tangent`.
        """
        return bearing(self.vectors_at(s_km), -self.tangent(s_km, span_km=span_km))

    def reversed(self) -> TrenchLine:
        """Return the same line run through from its other end; upper and downgoing sides change places."""
        return TrenchLine(self.region, self.lon[::-1], self.lat[::-1])

    def _arc_of(self, s_km: FloatArray) -> npt.NDArray[np.intp]:
        # Rounding in sums of arc lengths must not throw out the end of the line.
        slack = 1e-9 * self.length_km
        if not np.all((s_km >= -slack) & (s_km <= self.length_km + slack)):
            raise InputError(
                f"an arc length lies outside the trench line of {self.region}",
                given=f"{np.min(s_km):.6g} to {np.max(s_km):.6g} km",
                allowed=f"0 to {self.length_km:.6g} km",
            )
        return np.clip(np.searchsorted(self.s_km, s_km, side="right") - 1, 0, len(self.s_km) - 2)


def trench_lines_from_points(
    region: str,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    azimuth: npt.ArrayLike,
    *,
    max_gap_km: float = 100.0,
    duplicate_km: float = 0.1,
) -> tuple[TrenchLine, ...]:
    """Build the trench line of a region from trench points in any order.

    Points closer together than ``duplicate_km`` count once. The rest is joined into the shortest tree,
    which for points on a line is the line; it is cut where neighbours lie further apart than
    ``max_gap_km``. Each part becomes one line, so that no line bridges a gap; a part of one
    point is left out. Each line is directed against the azimuths of its points (a majority decides).

    Parameters
    ----------
    region : str
        Slab2 code of the region.
    lon, lat : array_like, shape (n,)
        Degrees, in any longitude layout.
    azimuth : array_like, shape (n,)
        Degrees clockwise from north, right-hand rule: the slab dips to the right.
    max_gap_km : float
        Longest step between neighbouring points that is bridged.
    duplicate_km : float
        Points closer together than this are one point.

    Returns
    -------
    tuple of TrenchLine
        The longest first. Of the Slab2 trenches only Makran has a second part, which is a single point.

    Raises
    ------
    InputError
        If the arrays differ in length, hold a value that is no finite number, or give no line.

    Examples
    --------
    >>> lines = trench_lines_from_points("sam", [-71, -71, -71], [-21, -20, -20.5], [2.0, 0.0, 359.0])
    >>> [line.lat.tolist() for line in lines]
    [[-20.0, -20.5, -21.0]]
    """
    lon_array, lat_array = check_lonlat(lon, lat)
    azimuths = np.asarray(azimuth, dtype=np.float64)
    check_same_length(lon=lon_array, azimuth=azimuths)
    finite = np.isfinite(lon_array) & np.isfinite(lat_array) & np.isfinite(azimuths)
    if not finite.all():
        raise InputError(
            f"trench points of {region} hold values that are no finite numbers",
            given=f"{(~finite).sum()} of {finite.size} points",
            action="remove these points",
        )
    vectors = unit_vectors(lon_array, lat_array)
    ordered = chains(
        vectors,
        max_gap_km=check_range("the largest gap", max_gap_km, low=0.0, open_low=True),
        duplicate_km=check_range("the duplicate distance", duplicate_km, low=0.0),
    )
    if not ordered:
        raise InputError(
            f"the trench points of {region} give no line",
            given=f"{finite.size} points, gaps up to {max_gap_km:g} km bridged",
            allowed="two points or more within the gap length",
        )
    lines = []
    for chain in ordered:
        line = TrenchLine(region, lon_array[chain], lat_array[chain])
        turn = np.radians(line.azimuth(line.s_km) - azimuths[chain])
        lines.append(line if np.cos(turn).sum() >= 0.0 else line.reversed())
    return tuple(lines)
