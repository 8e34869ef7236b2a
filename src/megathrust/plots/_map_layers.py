"""Layers of a map, each drawn onto Cartopy axes: trench, teeth, boundaries, slab contours, volcanoes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cartopy.crs as ccrs
import numpy as np
import numpy.typing as npt
import shapely
from cartopy.mpl.geoaxes import GeoAxes
from contourpy import contour_generator
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.transforms import Affine2D

from megathrust.core import BoolArray, FloatArray, InputError, IntArray, reading
from megathrust.plots._labels import place_label, take_line
from megathrust.plots._land import load_plate_boundaries
from megathrust.plots._map_axes import DEGREES, add_lines, cut_lines, project
from megathrust.plots._map_numbers import RegionPanel
from megathrust.plots._style import BLACK, BOUNDARY_COLOUR, CONTOUR_COLOUR, VOLCANO_COLOUR
from megathrust.plots._value_styles import ValueStyle

if TYPE_CHECKING:
    import xarray as xr

VALUE_WIDTH = 3.6
NO_VALUE_COLOUR = "#8C8C8C"
LEFT_OUT_COLOUR = "#9C9C9C"
#: Dashes of this length and gap, across a band, read as stripes.
_STRIPES = (0.0, (0.35, 0.45))
_SPARSE_STRIPES = (0.0, (0.22, 0.8))


def runs_of(panel: RegionPanel, chosen: BoolArray | None = None) -> Iterator[IntArray]:
    """Return runs of chosen segments that follow each other without a gap along the trench."""
    places = np.flatnonzero(np.ones(len(panel.rows), dtype=bool) if chosen is None else chosen)
    meets = np.isclose(panel.pieces[places[:-1], 2], panel.pieces[places[1:], 0]).all(axis=1)
    yield from (
        run for run in np.split(places, np.flatnonzero((np.diff(places) > 1) | ~meets) + 1) if run.size
    )


def trench_runs(ax: GeoAxes, panel: RegionPanel, chosen: BoolArray | None = None) -> list[FloatArray]:
    """Return the trench in data units: one polyline per run of chosen segments."""
    flat = project(ax, panel.pieces)
    return cut_lines(ax, [flat[run].reshape(-1, 2) for run in runs_of(panel, chosen)])


def add_segments(ax: GeoAxes, panel: RegionPanel, style: ValueStyle, *, width: float = VALUE_WIDTH) -> None:
    """Draw the trench by colour of value; striped grey without value, thin grey where left out.

    Parameters
    ----------
    ax : GeoAxes
    panel : RegionPanel
        From `trench_map_info`.
    style : ValueStyle
        How values are coloured.
    width : float
        Of the band, in points.
    """
    known = ~np.isnan(panel.values) & ~panel.left_out
    unknown = ~known & ~panel.left_out
    flat = project(ax, panel.pieces)
    flat = flat + 0.08 * (flat - flat[:, 1:2])  # a slight overlap hides seams between neighbours
    look = {"joinstyle": "round", "capstyle": "butt"}

    def band(lines: Sequence[FloatArray], **options: Any) -> None:
        ax.add_collection(LineCollection(lines, **look | options), autolim=False)

    band(trench_runs(ax, panel, panel.left_out), colors=LEFT_OUT_COLOUR, linewidths=0.45 * width, zorder=3)
    band(trench_runs(ax, panel, ~panel.left_out), colors=BLACK, linewidths=width + 0.9, zorder=3)
    grey = trench_runs(ax, panel, unknown)
    band(grey, colors=NO_VALUE_COLOUR, linewidths=width, zorder=4)
    band(grey, colors="white", linewidths=width, zorder=4.1, linestyles=[_STRIPES])
    # A piece across the edge of the map itself comes back shorter.
    shown = known & [sum(map(len, cut_lines(ax, [piece]))) == 3 for piece in flat]
    band(list(flat[shown]), colors=style.mappable.to_rgba(panel.values[shown]), linewidths=width, zorder=4)
    if style.signed:
        negative = trench_runs(ax, panel, known & (panel.values < 0.0))
        band(negative, colors="white", linewidths=0.22 * width, zorder=4.1)
    outside = trench_runs(ax, panel, panel.outside & known)
    band(outside, colors=BLACK, linewidths=width, zorder=4.2, linestyles=[_SPARSE_STRIPES])
    for run in trench_runs(ax, panel):
        take_line(ax, run, width=width + 3.0, barrier=True)


def tooth_places(line: FloatArray, spacing: float) -> tuple[FloatArray, FloatArray]:
    """Return where teeth stand on a trench, and which way they point: to the upper plate.

    Parameters
    ----------
    line : ndarray, shape (n, 2)
        The trench in any plane, x to the right and y up, in order of increasing ``s_km``: the upper plate is
        on the left.
    spacing : float
        Distance between teeth, in the unit of the line.

    Returns
    -------
    places, directions : ndarray, shape (teeth, 2)
        Points of the line, and unit vectors to the left of it.

    Examples
    --------
    >>> places, directions = tooth_places(np.array([[0.0, 0.0], [10.0, 0.0]]), 5.0)
    >>> places[:, 0].tolist(), directions[:, 1].tolist()
    ([2.5, 7.5], [1.0, 1.0])
    """
    path = shapely.LineString(line)
    count = max(int(path.length / spacing), 1)
    along = (np.arange(count) + 0.5) * path.length / count
    reach = min(spacing, path.length) / 4.0
    before, here, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(path, along + shift))
        for shift in (-reach, 0.0, reach)
    )
    step = after - before
    left = np.column_stack([-step[:, 1], step[:, 0]])
    return here, left / np.hypot(*left.T)[:, None]


def add_teeth(
    ax: GeoAxes,
    panel: RegionPanel,
    *,
    spacing: float = 11.0,
    size: float = 3.2,
    width: float = VALUE_WIDTH,
    **style: Any,
) -> None:
    """Draw teeth on the upper plate's side of the trench.

    Parameters
    ----------
    ax : GeoAxes
    panel : RegionPanel
    spacing, size : float
        Distance between teeth and their height, in points.
    width : float
        Of the band of values that they stand on, in points.
    **style
        Passed to ``PolyCollection``.
    """
    ax.apply_aspect()
    per_point = ax.figure.dpi / 72.0 * np.ptp(ax.get_xlim()) / ax.bbox.width
    look: dict[str, Any] = {"facecolors": BLACK, "linewidths": 0.0, "zorder": 3.5}
    for run, drawn in (
        *((run, width) for run in trench_runs(ax, panel, ~panel.left_out)),
        *((run, 0.4 * width) for run in trench_runs(ax, panel, panel.left_out)),
    ):
        places, directions = tooth_places(run, spacing * per_point)
        along = np.column_stack([directions[:, 1], -directions[:, 0]])
        foot = drawn / 2.0 * directions
        triangles = np.stack(
            [foot - 0.6 * size * along, foot + 0.6 * size * along, foot + size * directions], axis=1
        )
        teeth = PolyCollection(list(triangles), offsets=places, offset_transform=ax.transData, **look | style)
        # Triangles are given in points: they keep their size whatever the map's scale.
        teeth.set_transform(Affine2D().scale(1.0 / 72.0) + ax.figure.dpi_scale_trans)
        ax.add_collection(teeth, autolim=False)


def add_plate_boundaries(
    ax: GeoAxes, boundaries: Any = None, *, transform: ccrs.CRS = DEGREES, **style: Any
) -> None:
    """Draw plate boundaries.

    Parameters
    ----------
    ax : GeoAxes
    boundaries : GeoDataFrame, shapely geometry or path_like, optional
        Lines in degrees, or the name of a GeoJSON file of them, such as ``PB2002_boundaries.json``; by
        default the simplified PB2002 shipped with the package (Bird 2003, ODC-By 1.0).
    transform : cartopy.crs.CRS
        What the lines are given in.
    **style
        Passed to ``LineCollection``.

    Raises
    ------
    InputError
        If the file cannot be read as GeoJSON.
    """
    if boundaries is None:
        geometry = load_plate_boundaries()
    elif isinstance(boundaries, str | os.PathLike):
        geometry = _read_geojson(Path(boundaries))
    else:
        geometry = getattr(boundaries, "geometry", boundaries)
    lines = [shapely.get_coordinates(line) for line in shapely.get_parts(np.asarray(geometry, dtype=object))]
    add_lines(
        ax,
        lines,
        transform=transform,
        **{"colors": BOUNDARY_COLOUR, "linewidths": 0.6, "zorder": 1.8} | style,
    )


def _read_geojson(path: Path) -> shapely.Geometry:
    with reading(path, "plate boundaries, a GeoJSON file of lines", error=InputError) as file:
        return shapely.from_geojson(file.read_text(encoding="utf-8"))


def add_slab_contours(
    ax: GeoAxes,
    depth: xr.DataArray,
    *,
    levels: Sequence[float] = (20.0, 50.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0),
    labels: bool = True,
    transform: ccrs.CRS = DEGREES,
    **style: Any,
) -> None:
    """Draw contours of the depth of a slab, labelled in km.

    Parameters
    ----------
    ax : GeoAxes
    depth : DataArray
        Two axes, latitude then longitude by whatever names (in degrees, any layout); km, of either sign.
    levels : sequence of float
        Depths in km, positive down.
    labels : bool
        Whether contours are labelled.
    transform : cartopy.crs.CRS
        What the coordinates are given in.
    **style
        Passed to ``LineCollection``.

    Raises
    ------
    InputError
        If the array does not have two axes.
    """
    if depth.ndim != 2:
        raise InputError("slab depth needs two axes", given=depth.shape, allowed="(latitude, longitude)")
    y, x = (depth[name].to_numpy() for name in depth.dims)
    contours = contour_generator(x, y, np.ma.masked_invalid(np.abs(depth.to_numpy())))
    look = {"colors": CONTOUR_COLOUR, "linewidths": 0.5, "linestyles": "--", "zorder": 2.0} | style
    for level in levels:
        lines = [np.asarray(line) for line in contours.lines(level) if len(line) > 1]
        add_lines(ax, lines, transform=transform, **look)
        if labels and lines:
            points = project(ax, max(lines, key=len), transform=transform)
            anchors = [
                (points[int(share * (len(points) - 1))], np.array([0.0, 1.0]))
                for share in (0.5, 0.3, 0.7, 0.15, 0.85)
            ]
            place_label(
                ax, f"{level:g}", anchors, distances=(-3.0,), fontsize=5.0, color=look["colors"], zorder=6
            )


def add_volcanoes(
    ax: GeoAxes, lon: npt.ArrayLike, lat: npt.ArrayLike, *, transform: ccrs.CRS = DEGREES, **style: Any
) -> None:
    """Draw volcanoes as small triangles.

    Parameters
    ----------
    ax : GeoAxes
    lon, lat : array_like, shape (n,)
        Degrees, any layout; or coordinates in ``transform``.
    transform : cartopy.crs.CRS
        What they are given in.
    **style
        Passed to ``Axes.plot``.
    """
    points = project(ax, np.column_stack([np.asarray(lon), np.asarray(lat)]), transform=transform)
    look = {
        "color": VOLCANO_COLOUR,
        "markersize": 3.0,
        "markeredgecolor": "white",
        "markeredgewidth": 0.3,
        "zorder": 2.5,
    }
    ax.plot(*points.T, linestyle="none", marker="^", scalex=False, scaley=False, **look | style)


def add_region_name(
    ax: GeoAxes, panel: RegionPanel, text: str | None = None, *, fontsize: float = 6.5
) -> bool:
    """Write the region's name beside its trench, on the downgoing plate where that is free.

    Returns
    -------
    bool
        Whether there was room.
    """
    flat = project(ax, panel.pieces)
    step = flat[:, 2] - flat[:, 0]
    right = np.column_stack([step[:, 1], -step[:, 0]]) / np.hypot(*step.T)[:, None]
    shares = (0.5, 0.35, 0.65, 0.2, 0.8, 0.05, 0.95)
    places = [int(share * (len(flat) - 1)) for share in shares]
    anchors = [(flat[i, 1], side * right[i]) for side in (1.0, -1.0) for i in places]
    return place_label(
        ax, text or panel.region, anchors, distances=(4.0, 8.0, 14.0, 24.0), fontsize=fontsize, leader=BLACK
    )
