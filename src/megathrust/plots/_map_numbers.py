"""The numbers behind a trench map: what is drawn where, and what cannot be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from megathrust.core import REGION_NAMES, FloatArray, InputError, IntArray, check_lonlat, check_range
from megathrust.plots._projection import MapProjection

_DEFAULT_STEP_KM = 50.0


@dataclass(frozen=True)
class RegionPanel:
    """One region of a trench map, in km east and north of the panel's centre.

    Attributes
    ----------
    region, name : str
        Slab2 code and name.
    projection : MapProjection
        Centred on the region.
    half_width_km : float
        The panel shows this far to each side of its centre.
    rows : ndarray of int, shape (n,)
        Positions in the input frame of the segments with a position, in order of ``s_km``.
    pieces : ndarray, shape (n, 3, 2)
        Each segment as a polyline: halfway to the segment before, centre, halfway to the one after.
    values : ndarray, shape (n,)
        What is drawn; NaN where a segment has no value.
    """

    region: str
    name: str
    projection: MapProjection
    half_width_km: float
    rows: IntArray
    pieces: FloatArray
    values: FloatArray


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
        Segments drawn in grey because their value is missing.
    """

    panels: tuple[RegionPanel, ...]
    segments: int
    without_position: Mapping[str, int]
    without_value: int

    @property
    def footnote(self) -> str:
        """What is not drawn, in words; it never stays unsaid."""
        return footnote(self.segments, self.without_position, self.without_value)


def footnote(segments: int, without_position: Mapping[str, int], without_value: int) -> str:
    """Say how many segments are drawn, and which are not.

    Examples
    --------
    >>> footnote(12, {"alu": 2}, 0)
    '10 of 12 segments drawn; without position, not drawn: alu 2.'
    """
    missing = sum(without_position.values())
    text = f"{segments - missing} of {segments} segments drawn"
    if missing:
        named = ", ".join(f"{region} {count}" for region, count in without_position.items())
        text += f"; without position, not drawn: {named}"
    if without_value:
        text += f"; without value, in grey: {without_value}"
    return text + "."


def trench_map_info(frame: pd.DataFrame, *, value: str = "value") -> TrenchMapInfo:
    """Compute what a trench map shows: one panel per region, one line piece per segment.

    Parameters
    ----------
    frame : DataFrame
        One row per segment: region (Slab2 code), s_km (km along the trench), lon, lat (degrees, any
        layout, NaN where unknown) and the column named ``value``.
    value : str
        Column that is drawn; NaN where unknown.

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
    panels, lost = [], {}
    for region, part in frame.groupby("region", sort=False):
        along = _order_along_trench(str(region), part["s_km"])
        if missing := int((~placed[along]).sum()):
            lost[str(region)] = missing
        along = along[placed[along]]
        if along.size:
            values = frame[value].to_numpy(dtype=np.float64)
            s_km = frame["s_km"].to_numpy(dtype=np.float64)
            panels.append(_panel(str(region), along, s_km[along], lon[along], lat[along], values[along]))
    without_value = sum(int(np.isnan(panel.values).sum()) for panel in panels)
    return TrenchMapInfo(tuple(panels), len(frame), MappingProxyType(lost), without_value)


def require_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise an `InputError` that names every column the figure needs and the frame lacks."""
    if missing := [column for column in columns if column not in frame.columns]:
        raise InputError(
            f"the frame lacks {', '.join(missing)}",
            given=", ".join(map(str, frame.columns)) or "no columns",
            allowed=", ".join(columns),
        )


def _order_along_trench(region: str, s_km: pd.Series) -> IntArray:
    if s_km.isna().any() or s_km.duplicated().any():
        raise InputError(
            f"segments of region {region} have no place along the trench",
            given=f"{int(s_km.isna().sum())} missing and {int(s_km.duplicated().sum())} repeated s_km",
            allowed="one finite s_km per segment",
        )
    return np.asarray(s_km.sort_values().index, dtype=np.int64)


def _panel(
    region: str, rows: IntArray, s_km: FloatArray, lon: FloatArray, lat: FloatArray, values: FloatArray
) -> RegionPanel:
    projection = centred_projection(lon, lat)
    x, y = projection.forward(lon, lat)
    half_width = 1.05 * float(max(np.abs(x).max(), np.abs(y).max())) + 200.0
    pieces = line_pieces(np.column_stack([x, y]), s_km)
    name = REGION_NAMES.get(region, region)
    return RegionPanel(region, name, projection, half_width, rows, pieces, values)


def centred_projection(lon: FloatArray, lat: FloatArray) -> MapProjection:
    """Return the equal-area projection centred on the middle of the box around the points."""
    phi, lam = np.radians(lat), np.radians(lon)
    unit = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]).mean(axis=1)
    first = MapProjection(
        "laea",
        float(np.degrees(np.arctan2(unit[1], unit[0]))),
        float(np.degrees(np.arctan2(unit[2], np.hypot(unit[0], unit[1])))),
    )
    x, y = first.forward(lon, lat)
    lon_middle, lat_middle = first.inverse((x.min() + x.max()) / 2.0, (y.min() + y.max()) / 2.0)
    return MapProjection("laea", float(lon_middle), float(lat_middle))


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
