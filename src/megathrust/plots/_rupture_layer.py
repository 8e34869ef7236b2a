"""Great ruptures on maps: what extent each has along its trench, and brackets with year and magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from cartopy.mpl.geoaxes import GeoAxes

from megathrust.core import FloatArray
from megathrust.plots._labels import place_label, take_line
from megathrust.plots._map_axes import project
from megathrust.plots._map_layers import VALUE_WIDTH, runs_of
from megathrust.plots._map_numbers import RegionPanel, require_columns
from megathrust.plots._style import RUPTURE_COLOUR

RUPTURE_COLUMNS = ("region", "start_km", "end_km", "year", "magnitude")
_LANE_POINTS = 4.2


def rupture_extents(
    frame: pd.DataFrame,
    *,
    magnitude: str = "MW_1904",
    rupture: str | None = None,
    date: str | None = None,
    quality: str | None = None,
    least: float = 8.0,
    step_km: float = 50.0,
) -> pd.DataFrame:
    """Return the extents of great ruptures along their trenches, from the segments that they label.

    A rupture that later and greater ones overprint in part is as long as what is left of it.

    Parameters
    ----------
    frame : DataFrame
        One row per segment: region, s_km, the column named ``magnitude``, and ids, dates and qualities of the
        ruptures, as in the built-in table.
    magnitude : str
        Column of the largest observed Mw.
    rupture, date, quality : str, optional
        Columns of the id, the day (as text, year first) and the quality of the extent; by default the name
        of ``magnitude`` with ``_rupture``, ``_date``, ``_quality`` behind it.
    least : float
        Smallest Mw.
    step_km : float
        Length of a segment.

    Returns
    -------
    DataFrame
        One row per rupture and region: region, start_km, end_km, year, magnitude, quality, segments.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": "sam", "s_km": [25.0, 75.0, 125.0], "Mw": [9.6, 9.6, 8.1],
    ...     "Mw_rupture": ["a", "a", "b"], "Mw_date": ["1960-05-22", "1960-05-22", "1922-11-11"],
    ...     "Mw_quality": ["A", "A", "B"]})
    >>> table = rupture_extents(frame, magnitude="Mw")
    >>> table["end_km"].tolist(), table["year"].tolist()
    ([100.0, 150.0], [1960, 1922])
    """
    names = [
        given or f"{magnitude}_{what}"
        for given, what in ((rupture, "rupture"), (date, "date"), (quality, "quality"))
    ]
    require_columns(frame, ["region", "s_km", magnitude, *names])
    great = frame[frame[magnitude] >= least]
    parts = great.groupby(["region", names[0]], sort=False)
    table = parts.agg(
        start_km=("s_km", "min"),
        end_km=("s_km", "max"),
        year=(names[1], "first"),
        magnitude=(magnitude, "max"),
        quality=(names[2], "first"),
        segments=("s_km", "size"),
    ).reset_index()
    table["start_km"] -= step_km / 2.0
    table["end_km"] += step_km / 2.0
    table["year"] = table["year"].astype(str).str[:4].astype(np.int64)
    return table.drop(columns=names[0])


def lanes_of(start: FloatArray, end: FloatArray, *, gap: float = 0.0) -> list[int]:
    """Return a lane for each extent, such that extents of one lane lie apart; the longest come first.

    Examples
    --------
    >>> lanes_of(np.array([0.0, 10.0, 40.0]), np.array([30.0, 20.0, 50.0]))
    [0, 1, 0]
    """
    lanes: list[list[tuple[float, float]]] = []
    result = [0] * len(start)
    for i in np.argsort(start - end, kind="stable"):
        here = (start[i] - gap, end[i] + gap)
        free = (
            number
            for number, lane in enumerate(lanes)
            if all(here[1] <= low or here[0] >= high for low, high in lane)
        )
        result[i] = next(free, len(lanes))
        if result[i] == len(lanes):
            lanes.append([])
        lanes[result[i]].append((start[i], end[i]))
    return result


def rupture_label(rupture: Any, *, short: bool = False) -> str:
    """Write year, magnitude and quality of a rupture.

    Examples
    --------
    >>> rupture_label(pd.Series({"year": 1960, "magnitude": 9.55, "quality": "A"}))
    '1960 Mw 9.6, A'
    """
    if short:
        return f"{rupture['year']} {rupture['magnitude']:.1f}"
    quality = rupture.get("quality")
    end = f", {quality}" if isinstance(quality, str) and quality else ""
    return f"{rupture['year']} Mw {rupture['magnitude']:.1f}{end}"


def add_ruptures(
    ax: GeoAxes,
    panel: RegionPanel,
    ruptures: pd.DataFrame,
    *,
    label_least: float = 0.0,
    short: bool = False,
    fontsize: float = 5.5,
    width: float = VALUE_WIDTH,
    **style: Any,
) -> Sequence[str]:
    """Draw the ruptures of a region as brackets on the downgoing side of the trench, with year and Mw.

    Parameters
    ----------
    ax : GeoAxes
    panel : RegionPanel
    ruptures : DataFrame
        Columns region, start_km, end_km (along the trench), year, magnitude and perhaps quality, as from
        `rupture_extents`.
    label_least : float
        Smallest Mw that is labelled.
    short : bool
        Whether the label leaves out "Mw" and the quality.
    fontsize : float
        In points.
    width : float
        Of the band of values that the brackets run along, in points.
    **style
        Passed to ``Axes.plot``.

    Returns
    -------
    sequence of str
        Labels for which there was no room.
    """
    require_columns(ruptures, RUPTURE_COLUMNS)
    here = ruptures[ruptures["region"] == panel.region]
    if here.empty:
        return []
    ax.apply_aspect()
    per_point = float(ax.figure.dpi / 72.0 * np.ptp(ax.get_xlim()) / ax.bbox.width)
    start, end = here["start_km"].to_numpy(dtype=float), here["end_km"].to_numpy(dtype=float)
    look: dict[str, Any] = {
        "color": RUPTURE_COLOUR,
        "linewidth": 0.9,
        "solid_capstyle": "butt",
        "zorder": 5,
    } | style
    pending = []
    for lane, (_, rupture) in zip(lanes_of(start, end, gap=15.0), here.iterrows(), strict=True):
        distance = (width / 2.0 + 2.5 + _LANE_POINTS * lane) * per_point
        bracket = _bracket(ax, panel, rupture["start_km"], rupture["end_km"], distance)
        if bracket is None:
            continue
        line, outward = bracket
        tick = -1.6 * per_point
        ends = np.array([line[0] + tick * outward[0], line[-1] + tick * outward[-1]])
        shape = np.concatenate([ends[:1], line, ends[1:]])
        ax.plot(*shape.T, scalex=False, scaley=False, **look)
        take_line(ax, line, width=3.0)
        if rupture["magnitude"] >= label_least:
            pending.append((rupture, line, outward))
    unlabelled = []
    for rupture, line, outward in sorted(pending, key=lambda each: each[0]["start_km"]):
        places = [int(share * (len(line) - 1)) for share in (0.5, 0.3, 0.7, 0.1, 0.9)]
        text = rupture_label(rupture, short=short)
        anchors = [(line[i], outward[i]) for i in places]
        if not place_label(ax, text, anchors, fontsize=fontsize, leader=look["color"], color=look["color"]):
            unlabelled.append(text)
    return unlabelled


def _bracket(
    ax: GeoAxes, panel: RegionPanel, start_km: float, end_km: float, distance: float
) -> tuple[FloatArray, FloatArray] | None:
    """Return a line beside the trench on its right, and unit vectors away from the trench."""
    inside = (panel.s_km >= start_km) & (panel.s_km <= end_km)
    runs = list(runs_of(panel, inside))
    if not runs:
        return None
    flat = project(ax, panel.pieces[max(runs, key=len)]).reshape(-1, 2)
    offset = shapely.offset_curve(shapely.LineString(flat), -distance, join_style="round")
    beside = max(shapely.get_parts(offset), key=lambda part: part.length)
    along = np.linspace(0.0, 1.0, 41)
    line = shapely.get_coordinates(shapely.line_interpolate_point(beside, along, normalized=True))
    nearest = shapely.get_coordinates(
        shapely.line_interpolate_point(
            shapely.LineString(flat),
            shapely.line_locate_point(shapely.LineString(flat), shapely.points(line)),
        )
    )
    away = line - nearest
    return line, away / np.hypot(*away.T)[:, None]
