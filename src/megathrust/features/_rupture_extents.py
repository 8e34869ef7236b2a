"""How far along the trench an event ruptured: from subfaults, outlines, published ends, or its magnitude."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray, check_range
from megathrust.geometry import TrenchLine, locate

#: log10(L / km) = a + b Mw of interface events, standard deviation 0.180 (Strasser et al. 2010, table 1,
#: doi:10.1785/gssrl.81.6.941; 95 events of Mw 6.3 to 9.4).
LENGTH_INTERCEPT = -2.477
LENGTH_SLOPE = 0.585

#: Subfaults count that slipped at least this share of the largest slip of the model.
SLIP_SHARE = 0.2

#: Subfaults of published models lie this far from their trench at most.
FURTHEST_SUBFAULT_KM = 400.0

#: Ends of a rupture beyond an end of the trench may lie further off.
FURTHEST_END_KM = 2000.0


class SlipModelLike(Protocol):
    """What is needed of a finite-fault slip model; the reader of SRCMOD files gives it.

    ``subfaults`` has ``lon``, ``lat``, ``slip_m``; ``date`` is the day of the event (NaT if unknown).
    """

    @property
    def tag(self) -> str: ...
    @property
    def date(self) -> pd.Timestamp: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def magnitude(self) -> float: ...
    @property
    def subfaults(self) -> pd.DataFrame: ...


class OutlineLike(Protocol):
    """What is needed of a rupture outline: ``polygons`` are rings of shape (n, 3), lon, lat, depth."""

    @property
    def event_id(self) -> str: ...
    @property
    def time(self) -> pd.Timestamp: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def magnitude(self) -> float: ...
    @property
    def polygons(self) -> tuple[FloatArray, ...]: ...
    @property
    def slip_m(self) -> FloatArray: ...


class Extent(NamedTuple):
    """Part of a trench line, arc lengths in km; NaN where nothing lies on the line."""

    start_km: float
    end_km: float

    @property
    def length_km(self) -> float:
        """Length in km."""
        return self.end_km - self.start_km


def interface_rupture_length(magnitude: npt.ArrayLike) -> FloatArray:
    """Return the expected rupture length in km of an interface event, log10 L = -2.477 + 0.585 Mw.

    References
    ----------
    Strasser, Arango & Bommer (2010), doi:10.1785/gssrl.81.6.941: the standard deviation of log10 L is
    0.180, a factor of 1.5; fitted on Mw 6.3 to 9.4, extrapolated outside.

    Examples
    --------
    >>> interface_rupture_length([7.0, 8.0, 9.0]).round().tolist()
    [41.0, 160.0, 614.0]
    """
    exponent = LENGTH_INTERCEPT + LENGTH_SLOPE * np.asarray(magnitude, dtype=np.float64)
    return np.asarray(10.0**exponent)


def extent_of_slip(
    line: TrenchLine,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    slip: npt.ArrayLike,
    *,
    share: float = SLIP_SHARE,
) -> Extent:
    """Return the part of the trench in front of the subfaults that slipped most.

    Parameters
    ----------
    line : TrenchLine
        The trench.
    lon, lat, slip : array_like, shape (n,)
        Subfaults, and their slip in any unit; NaN counts as none.
    share : float
        Share of the largest slip that a subfault must reach, 0 to 1.

    Returns
    -------
    Extent
        Between the outermost of these subfaults, widened by half the median spacing of the columns of
        subfaults along the trench, because a coordinate stands for a whole subfault. NaN where fewer than
        half of them lie along the line.

    Raises
    ------
    InputError
        If the share is out of range.

    Examples
    --------
    >>> line = TrenchLine("sam", [-71.0, -71.0], [-20.0, -24.0])
    >>> extent = extent_of_slip(line, [-70.5] * 4, [-21.0, -21.5, -22.0, -22.5], [0.1, 2.0, 3.0, 0.2])
    >>> [round(edge, 1) for edge in extent]
    [139.1, 250.3]
    """
    check_range("the share of the largest slip", share, low=0.0, high=1.0)
    amount = np.nan_to_num(np.asarray(slip, dtype=np.float64))
    if not amount.size or amount.max() <= 0.0:
        return Extent(np.nan, np.nan)
    counts = amount >= share * amount.max()
    all_s, _ = locate(line, lon, lat, max_distance_km=FURTHEST_SUBFAULT_KM)
    s_km = all_s[counts]
    if np.isfinite(s_km).mean() < 0.5:
        return Extent(np.nan, np.nan)
    # Subfaults of one column differ by some km along a curved trench; steps above that part the columns.
    steps = np.diff(np.sort(all_s[np.isfinite(all_s)]))
    steps = steps[steps > 2.0]
    half = float(np.median(steps)) / 2.0 if len(steps) else 0.0
    return _on_line(line, float(np.nanmin(s_km)) - half, float(np.nanmax(s_km)) + half)


def extent_of_points(line: TrenchLine, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Extent:
    """Return the part of the trench between the outermost of some points, as the ends of a rupture.

    Points beyond an end of the line count as that end, unless all of them do.
    """
    inside, _ = locate(line, lon, lat, max_distance_km=FURTHEST_SUBFAULT_KM)
    if not np.isfinite(inside).any():
        return Extent(np.nan, np.nan)
    s_km, _ = locate(line, lon, lat, max_distance_km=FURTHEST_END_KM, keep_beyond_ends=True)
    return Extent(float(np.nanmin(s_km)), float(np.nanmax(s_km)))


def extent_around(line: TrenchLine, s_km: float, length_km: float) -> Extent:
    """Return a part of the trench of a given length around a point of it, cut at the ends of the line."""
    return _on_line(line, s_km - length_km / 2.0, s_km + length_km / 2.0)


def _on_line(line: TrenchLine, start_km: float, end_km: float) -> Extent:
    return Extent(max(start_km, 0.0), min(end_km, line.length_km))


def median_extent(extents: Iterable[tuple[str, Extent]]) -> tuple[str, Extent] | None:
    """Choose among several models of one event the one of median length, the shorter of the middle two.

    A median needs no judgement of the models and no single odd one decides. Ties go to the name that comes
    first in the alphabet.

    Returns
    -------
    (name, Extent) or None
        None if no extent is on the line.

    Examples
    --------
    >>> median_extent([("a", Extent(0.0, 90.0)), ("b", Extent(0.0, 400.0)), ("c", Extent(10.0, 120.0))])
    ('c', Extent(start_km=10.0, end_km=120.0))
    """
    known = [(extent.length_km, name, extent) for name, extent in extents if np.isfinite(extent.length_km)]
    if not known:
        return None
    _, name, extent = sorted(known)[(len(known) - 1) // 2]
    return name, extent
