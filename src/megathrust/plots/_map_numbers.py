"""The numbers behind a trench map: what is drawn where, and what cannot be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj

from megathrust.core import (
    EARTH_RADIUS_KM,
    REGION_NAMES,
    BoolArray,
    FloatArray,
    InputError,
    IntArray,
    check_choice,
    check_lonlat,
    check_range,
    short_repr,
    wrap_longitude,
)

_DEFAULT_STEP_KM = 50.0


@short_repr
@dataclass(frozen=True)
class RegionPanel:
    """One region of a trench map.

    Attributes
    ----------
    region, name : str
        Slab2 code and name.
    lon, lat : float
        Centre of the map in degrees.
    half_km : tuple of float
        The map reaches this far west and east, and this far south and north, of its centre.
    rows : ndarray of int, shape (n,)
        Positions in the input frame of the segments with a position, in order of ``s_km``.
    s_km : ndarray, shape (n,)
        Arc length of the segments' centres along the trench.
    pieces : ndarray, shape (n, 3, 2)
        Each segment as a polyline of (lon, lat) in degrees: halfway to the segment before, centre, halfway
        to the one after. Upper plate on the left, downgoing plate on the right.
    values : ndarray, shape (n,)
        What is drawn; NaN where a segment has no value.
    left_out, outside : ndarray of bool, shape (n,)
        Segments that were left out of the run, and those outside the domain of applicability.
    """

    region: str
    name: str
    lon: float
    lat: float
    half_km: tuple[float, float]
    rows: IntArray
    s_km: FloatArray
    pieces: FloatArray
    values: FloatArray
    left_out: BoolArray
    outside: BoolArray

    @property
    def window_km(self) -> tuple[float, float]:
        """Half widths of a map of the region alone: neither very long nor very narrow."""
        half_x, half_y = self.half_km
        return max(half_x, half_y / 1.9), max(half_y, half_x / 2.4)


@short_repr
@dataclass(frozen=True)
class TrenchMapInfo:
    """The numbers of a trench map.

    Attributes
    ----------
    panels : tuple of RegionPanel
        Regions that have at least one position, in order of first appearance.
    segments : int
        Rows of the input frame.
    without_position : mapping of str to int
        Segments that cannot be drawn, by region.
    without_value : int
        Segments drawn striped in grey because their value is missing.
    left_out : int
        Segments drawn in thin grey because they were left out of the run.
    missing : str
        What a missing value means.
    """

    panels: tuple[RegionPanel, ...]
    segments: int
    without_position: Mapping[str, int]
    without_value: int
    left_out: int = 0
    missing: str = "without value"

    @property
    def footnote(self) -> str:
        """What is not drawn, in words; it never stays unsaid."""
        lost = sum(self.without_position.values())
        text = f"{self.segments - lost} of {self.segments} segments drawn"
        if lost:
            named = ", ".join(f"{region} {count}" for region, count in self.without_position.items())
            text += f"; without position, not drawn: {named}"
        if self.without_value:
            text += f"; {self.missing}, in striped grey: {self.without_value}"
        if self.left_out:
            text += f"; left out of the run, in thin grey: {self.left_out}"
        return text + "."

    @property
    def values(self) -> FloatArray:
        """All values drawn, of all panels."""
        return np.concatenate([panel.values for panel in self.panels])

    def panel(self, region: str | None = None) -> RegionPanel:
        """Return the panel of a region, by default the first."""
        here = {panel.region: panel for panel in self.panels}
        if region is None:
            return self.panels[0]
        check_choice("region of the map", region, here)
        return here[region]

    def only(self, region: str) -> TrenchMapInfo:
        """Return the numbers of one region alone."""
        panel, lost = self.panel(region), self.without_position.get(region, 0)
        return _summary((panel,), len(panel.rows) + lost, {region: lost} if lost else {}, self.missing)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per segment drawn: region, row, s_km, lon, lat, value, left_out, outside."""
        parts = [
            pd.DataFrame(
                {
                    "region": panel.region,
                    "row": panel.rows,
                    "s_km": panel.s_km,
                    "lon": panel.pieces[:, 1, 0],
                    "lat": panel.pieces[:, 1, 1],
                    "value": panel.values,
                    "left_out": panel.left_out,
                    "outside": panel.outside,
                }
            )
            for panel in self.panels
        ]
        return pd.concat(parts, ignore_index=True)


def trench_map_info(
    frame: pd.DataFrame, *, value: str = "value", lowest: float | None = None, missing: str = "without value"
) -> TrenchMapInfo:
    """Compute what a trench map shows: one panel per region, one line piece per segment.

    Parameters
    ----------
    frame : DataFrame
        One row per segment: region (Slab2 code), s_km (km along the trench), lon, lat (degrees, any
        layout, NaN where unknown) and the column named ``value``. Where they are there, the columns of
        bool ``left_out`` (not part of the run; drawn in thin grey) and ``outside`` (outside the domain of
        applicability; striped in black) count too.
    value : str
        Column that is drawn; NaN where unknown.
    lowest : float, optional
        Values below it are no values: tables write Mw 1 where no event was observed.
    missing : str
        What a missing value means, for legend and footnote, such as "no event observed".

    Returns
    -------
    TrenchMapInfo

    Raises
    ------
    InputError
        If a column is missing, ``s_km`` is missing or repeated in a region, or no segment has a position.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": "alu", "s_km": [25.0, 75.0], "lon": [179.7, -179.6],
    ...                       "lat": [51.0, 51.0], "value": [0.2, 0.9]})
    >>> panel, = trench_map_info(frame).panels
    >>> panel.name, panel.pieces.shape
    ('Alaska-Aleutians', (2, 3, 2))
    """
    require_columns(frame, ["region", "s_km", "lon", "lat", value])
    frame = frame.reset_index(drop=True)
    lon, lat = check_lonlat(frame["lon"], frame["lat"])
    placed = np.isfinite(lon) & np.isfinite(lat)
    if not placed.any():
        raise InputError(
            "no segment has a position", given=f"{len(frame)} rows", action="fill the columns lon and lat"
        )
    values = frame[value].to_numpy(dtype=np.float64, copy=True)
    if lowest is not None:
        values[values < lowest] = np.nan
    s_km = frame["s_km"].to_numpy(dtype=np.float64)
    left_out, outside = (flags(frame, name) for name in ("left_out", "outside"))
    panels, lost = [], {}
    for region, part in frame.groupby("region", sort=False):
        rows = _order_along_trench(str(region), part["s_km"])
        if absent := int((~placed[rows]).sum()):
            lost[str(region)] = absent
        rows = rows[placed[rows]]
        if rows.size:
            centre, half_km, pieces = _layout(s_km[rows], lon[rows], lat[rows])
            name = REGION_NAMES.get(str(region), str(region))
            marks = left_out[rows], outside[rows]
            panels.append(
                RegionPanel(
                    str(region), name, *centre, half_km, rows, s_km[rows], pieces, values[rows], *marks
                )
            )
    return _summary(tuple(panels), len(frame), lost, missing)


def _summary(
    panels: tuple[RegionPanel, ...], segments: int, lost: Mapping[str, int], missing: str
) -> TrenchMapInfo:
    without = sum(int((np.isnan(panel.values) & ~panel.left_out).sum()) for panel in panels)
    absent = sum(int(panel.left_out.sum()) for panel in panels)
    return TrenchMapInfo(panels, segments, dict(lost), without, absent, missing)


def require_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise an `InputError` that names every column the figure needs and the frame lacks."""
    if missing := [column for column in columns if column not in frame.columns]:
        raise InputError(
            f"the frame lacks {', '.join(missing)}",
            given=", ".join(map(str, frame.columns)) or "no columns",
            allowed=", ".join(columns),
        )


def flags(frame: pd.DataFrame, column: str) -> BoolArray:
    """Return a column of yes and no; no where the frame lacks it or does not say."""
    if column not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(frame[column].fillna(False), dtype=bool)


def _order_along_trench(region: str, s_km: pd.Series) -> IntArray:
    if s_km.isna().any() or s_km.duplicated().any():
        raise InputError(
            f"segments of region {region} have no place along the trench",
            given=f"{int(s_km.isna().sum())} missing and {int(s_km.duplicated().sum())} repeated s_km",
            allowed="one finite s_km per segment",
        )
    return np.asarray(s_km.sort_values().index, dtype=np.int64)


def _layout(
    s_km: FloatArray, lon: FloatArray, lat: FloatArray
) -> tuple[tuple[float, float], tuple[float, float], FloatArray]:
    """Return centre, half widths and pieces of one region's map."""
    phi, lam = np.radians(lat), np.radians(lon)
    unit = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]).mean(axis=1)
    first = plane_around(
        np.degrees(np.arctan2(unit[1], unit[0])), np.degrees(np.arctan2(unit[2], np.hypot(*unit[:2])))
    )
    x, y = first(lon, lat)
    middle = first((x.min() + x.max()) / 2.0, (y.min() + y.max()) / 2.0, inverse=True)
    centre = float(wrap_longitude(middle[0])), float(middle[1])
    plane = plane_around(*centre)
    points = np.column_stack(plane(lon, lat)) / 1000.0
    half = 1.05 * np.abs(points).max(axis=0) + 200.0
    pieces = line_pieces(points, s_km) * 1000.0
    east, north = plane(pieces[..., 0], pieces[..., 1], inverse=True)
    return centre, (float(half[0]), float(half[1])), np.stack([wrap_longitude(east), north], axis=-1)


def plane_around(lon: float, lat: float) -> pyproj.Proj:
    """Return the equal-area plane around a place, in metres."""
    return pyproj.Proj(proj="laea", lon_0=lon, lat_0=lat, R=1000.0 * EARTH_RADIUS_KM)


def line_pieces(points: FloatArray, s_km: FloatArray) -> FloatArray:
    """Turn segment centres into polylines that meet halfway, and stay open where a segment lacks.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Projected centres in km, in order along the trench.
    s_km : ndarray, shape (n,)
        Arc length of the centres, increasing; a step over 1.5 times the median one is a gap.

    Returns
    -------
    ndarray, shape (n, 3, 2)

    Examples
    --------
    >>> line_pieces(np.array([[0.0, 0.0], [50.0, 0.0]]), np.array([25.0, 75.0]))[:, :, 0]
    array([[-25.,   0.,  25.], [ 25.,  50.,  75.]])
    """
    if len(points) == 1:
        half = np.array([_DEFAULT_STEP_KM / 2.0, 0.0])
        return np.stack([points - half, points, points + half], axis=1)
    spacing = np.diff(s_km)
    step = check_range("spacing of the segments", float(np.median(spacing)), low=0.0, open_low=True)
    middle = (points[1:] + points[:-1]) / 2.0
    tangent = np.gradient(points, s_km, axis=0)
    before, after = points - tangent * step / 2.0, points + tangent * step / 2.0
    joined = spacing <= 1.5 * step
    before[1:][joined] = middle[joined]
    after[:-1][joined] = middle[joined]
    return np.stack([before, points, after], axis=1)
