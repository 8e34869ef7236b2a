"""Great ruptures: what extent each has along its trench, and outlines on maps with year and magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from cartopy.mpl.geoaxes import GeoAxes

from megathrust.core import FloatArray, wrap_longitude
from megathrust.plots._labels import place_label, take_line
from megathrust.plots._map_axes import add_lines, cut_lines, project
from megathrust.plots._map_layers import VALUE_WIDTH, runs_of
from megathrust.plots._map_numbers import RegionPanel, plane_around, require_columns
from megathrust.plots._style import RUPTURE_COLOUR

RUPTURE_COLUMNS = ("region", "start_km", "end_km", "year", "magnitude")

#: log10(W / km) = a + b Mw of interface events, standard deviation 0.173 (Strasser et al. 2010,
#: doi:10.1785/gssrl.81.6.941).
WIDTH_INTERCEPT, WIDTH_SLOPE = -0.882, 0.351

#: Quality of an extent that comes from a scaling relation: its outline is dashed.
SCALED_QUALITY = "C"
SCALED_DASHES = (0.0, (3.0, 1.6))


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


def interface_rupture_width(magnitude: npt.ArrayLike) -> FloatArray:
    """Return the expected width in km, down dip, of an interface rupture: log10 W = -0.882 + 0.351 Mw.

    References
    ----------
    Strasser, Arango & Bommer (2010), doi:10.1785/gssrl.81.6.941: the standard deviation of log10 W is
    0.173, a factor of 1.5.

    Examples
    --------
    >>> interface_rupture_width([8.0, 9.0]).round().tolist()
    [84.0, 189.0]
    """
    return np.asarray(10.0 ** (WIDTH_INTERCEPT + WIDTH_SLOPE * np.asarray(magnitude, dtype=np.float64)))


def rupture_outline(panel: RegionPanel, start_km: float, end_km: float, width_km: float) -> FloatArray | None:
    """Return the outline of a rupture: from the trench towards the upper plate.

    Parameters
    ----------
    panel : RegionPanel
        From `trench_map_info`.
    start_km, end_km : float
        Extent along the trench.
    width_km : float
        Distance from the trench to the landward edge.

    Returns
    -------
    ndarray, shape (n, 2), or None
        Closed ring of (lon, lat) in degrees; none where no segment of the panel lies in the extent.
    """
    runs = list(runs_of(panel, (panel.s_km >= start_km) & (panel.s_km <= end_km)))
    if not runs:
        return None
    plane = plane_around(panel.lon, panel.lat)
    trench = panel.pieces[max(runs, key=len)].reshape(-1, 2)
    line = shapely.LineString(np.column_stack(plane(*trench.T))).simplify(2000.0)
    # The upper plate lies on the left; an offset line alone would cross itself where the trench bends to it.
    parts = shapely.get_parts(line.buffer(1000.0 * width_km, single_sided=True, join_style="mitre"))
    ring = shapely.get_coordinates(max(parts, key=lambda part: part.area).exterior)
    lon, lat = plane(ring[:, 0], ring[:, 1], inverse=True)
    return np.column_stack([wrap_longitude(lon), lat])


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
    """Draw the outlines of the ruptures of a region on its upper plate, with year and Mw off the trench.

    Parameters
    ----------
    ax : GeoAxes
    panel : RegionPanel
    ruptures : DataFrame
        Columns region, start_km, end_km (along the trench), year, magnitude and perhaps quality, as from
        `rupture_extents`, and ``width_km``: how far the rupture reaches from the trench, by default as for
        an interface event of its magnitude (Strasser et al. 2010). Extents of quality C are dashed.
    label_least : float
        Smallest Mw that is labelled.
    short : bool
        Whether the label leaves out "Mw" and the quality.
    fontsize : float
        In points.
    width : float
        Of the band of values that labels keep clear of, in points.
    **style
        Passed to ``LineCollection``.

    Returns
    -------
    sequence of str
        Labels for which there was no room.
    """
    require_columns(ruptures, RUPTURE_COLUMNS)
    here = ruptures[ruptures["region"] == panel.region]
    if "width_km" not in here:
        here = here.assign(width_km=interface_rupture_width(here["magnitude"]))
    look: dict[str, Any] = {"colors": RUPTURE_COLOUR, "linewidths": 0.7, "zorder": 2.8} | style
    pending = []
    # The greatest lie lowest, so that none hides another.
    for _, rupture in here.sort_values("magnitude", ascending=False, kind="stable").iterrows():
        ring = rupture_outline(panel, rupture["start_km"], rupture["end_km"], rupture["width_km"])
        if ring is None:
            continue
        scaled = rupture.get("quality") == SCALED_QUALITY
        add_lines(ax, [ring], **{"linestyles": SCALED_DASHES if scaled else "-"} | look)
        for line in cut_lines(ax, [project(ax, ring)]):
            take_line(ax, line, width=1.5)
        if rupture["magnitude"] >= label_least:
            pending.append(rupture)
    unlabelled = []
    for rupture in sorted(pending, key=lambda each: each["start_km"]):
        text = rupture_label(rupture, short=short)
        anchors = _label_anchors(ax, panel, rupture, width)
        colour = look["colors"]
        if not place_label(ax, text, anchors, fontsize=fontsize, leader=colour, color=colour):
            unlabelled.append(text)
    return unlabelled


def _label_anchors(
    ax: GeoAxes, panel: RegionPanel, rupture: pd.Series, width: float
) -> list[tuple[FloatArray, FloatArray]]:
    """Return points at the trench in front of a rupture, the middle first, and the way to the open sea."""
    ax.apply_aspect()
    per_point = float(ax.figure.dpi / 72.0 * np.ptp(ax.get_xlim()) / ax.bbox.width)
    flat = project(ax, panel.pieces)
    inside = np.flatnonzero((panel.s_km >= rupture["start_km"]) & (panel.s_km <= rupture["end_km"]))
    step = flat[inside, 2] - flat[inside, 0]
    seaward = np.column_stack([step[:, 1], -step[:, 0]]) / np.hypot(*step.T)[:, None]
    foot = flat[inside, 1] + (width / 2.0 + 0.5) * per_point * seaward
    places = dict.fromkeys(int(share * (len(inside) - 1)) for share in (0.5, 0.3, 0.7, 0.1, 0.9))
    return [(foot[i], seaward[i]) for i in places]
