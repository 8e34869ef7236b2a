"""Cartopy axes of a region and of the world, with land, graticule and scale bar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import cartopy.crs as ccrs
import numpy as np
import numpy.typing as npt
import pyproj
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from megathrust.core import FloatArray, wrap_longitude
from megathrust.plots._labels import take_box, text_size
from megathrust.plots._land import box_around, land_around
from megathrust.plots._map_numbers import RegionPanel
from megathrust.plots._style import BLACK, COAST_COLOUR, GRATICULE_COLOUR, LAND_COLOUR, SEA_COLOUR

#: Longitude and latitude as they stand in files.
DEGREES = ccrs.PlateCarree()
_STEPS = np.array([0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0])
_KM_PER_DEGREE = 111.2


def region_axes(
    panel: RegionPanel,
    *,
    figure: Figure | None = None,
    position: Any = 111,
    square: bool = False,
    labels: bool = True,
) -> GeoAxes:
    """Return Cartopy axes around one region, with land and graticule.

    Parameters
    ----------
    panel : RegionPanel
        From `trench_map_info`.
    figure : matplotlib.figure.Figure, optional
        Where to draw; a new figure by default.
    position : int, SubplotSpec or tuple of four numbers
        As for ``Figure.add_subplot``, or left, bottom, width and height in the figure.
    square : bool
        Whether the map is as wide as it is high.
    labels : bool
        Whether meridians and parallels are labelled.

    Returns
    -------
    cartopy.mpl.geoaxes.GeoAxes
        Lambert azimuthal equal-area, centred on the region: the antimeridian plays no role. Further layers
        are drawn as on any Cartopy axes, with ``transform``.

    Examples
    --------
    >>> import pandas as pd
    >>> from megathrust.plots import trench_map_info
    >>> frame = pd.DataFrame({"region": "ker", "s_km": [25.0, 75.0], "lon": [179.8, -179.8],
    ...                       "lat": [-35.0, -34.6], "value": [0.2, 0.9]})
    >>> ax = region_axes(trench_map_info(frame).panels[0])
    >>> round(abs(ax.projection.proj4_params["lon_0"]))
    180
    """
    half = (max(panel.half_km),) * 2 if square else panel.window_km
    if figure is None:
        ratio = half[1] / half[0]
        figure = Figure(figsize=(min(5.0, 5.0 / ratio) + 0.6, min(5.0 * ratio, 5.0) + 0.6))
    projection = ccrs.LambertAzimuthalEqualArea(panel.lon, panel.lat)
    ax = _new_axes(figure, position, projection)
    ax.set_xlim(-1000.0 * half[0], 1000.0 * half[0])
    ax.set_ylim(-1000.0 * half[1], 1000.0 * half[1])
    add_land(ax)
    add_graticule(ax, labels=labels)
    return ax


def world_axes(
    *, central_longitude: float = -170.0, figure: Figure | None = None, position: Any = 111
) -> GeoAxes:
    """Return Cartopy axes of the whole Earth in the Equal Earth projection, with land.

    Parameters
    ----------
    central_longitude : float
        Degrees east; the map is cut on the opposite meridian.
    figure, position
        As for `region_axes`.

    Returns
    -------
    cartopy.mpl.geoaxes.GeoAxes

    References
    ----------
    Savric et al. (2018), doi:10.1080/13658816.2018.1504949.

    Examples
    --------
    >>> world_axes().projection.proj4_params["lon_0"]
    -170.0
    """
    figure = Figure(figsize=(7.2, 3.6)) if figure is None else figure
    ax = _new_axes(figure, position, ccrs.EqualEarth(central_longitude))
    ax.set_global()
    add_land(ax)
    return ax


def _new_axes(figure: Figure, position: Any, projection: ccrs.Projection) -> GeoAxes:
    add = figure.add_axes if isinstance(position, tuple | list) else figure.add_subplot
    ax = cast(GeoAxes, add(position, projection=projection))
    ax.set_facecolor(SEA_COLOUR)
    ax.spines["geo"].set_linewidth(0.6)
    return ax


def add_land(ax: GeoAxes, *, scale: str | None = None, **style: Any) -> None:
    """Draw land and coast, shipped with the package, on Cartopy axes.

    Parameters
    ----------
    ax : GeoAxes
        Its limits must be set before.
    scale : {"50m", "10m", "110m"}, optional
        As for `load_land`; by default the one that suits the width of the map.
    **style
        Passed to ``GeoAxes.add_geometries``, such as ``facecolor``.
    """
    half_km = _half_km(ax)
    widest = max(half_km)
    if scale is None:
        scale = "10m" if widest < 1100.0 else "50m" if widest < 6000.0 else "110m"
    lon = float(ax.projection.proj4_params.get("lon_0", 0.0))
    bounds = (-180.0, 180.0, -90.0, 90.0) if widest >= 6000.0 else _bounds(ax, lon, half_km)
    # Counted from the map's own meridian, land has no seam at 180 degrees.
    ax.add_geometries(
        [land_around(lon, bounds, scale=scale)],
        crs=ccrs.PlateCarree(central_longitude=lon),
        **{"facecolor": LAND_COLOUR, "edgecolor": COAST_COLOUR, "linewidth": 0.3, "zorder": 1.0} | style,
    )


def _bounds(ax: GeoAxes, lon: float, half_km: tuple[float, float]) -> tuple[float, float, float, float]:
    """Return west and east from the central meridian, south and north of what the axes show, in degrees."""
    middle = np.abs([np.mean(ax.get_xlim()), np.mean(ax.get_ylim())])
    centred = bool((middle < 1e-3 * np.ptp(ax.get_xlim())).all())
    if centred and "lat_0" in ax.projection.proj4_params:
        return box_around(ax.projection.proj4_params["lat_0"], half_km)
    west, east, south, north = ax.get_extent(ccrs.PlateCarree(central_longitude=lon))
    return max(west - 1.0, -180.0), min(east + 1.0, 180.0), max(south - 1.0, -90.0), min(north + 1.0, 90.0)


def add_graticule(ax: GeoAxes, *, labels: bool = True, step: float | None = None) -> None:
    """Draw meridians and parallels, labelled below and on the left.

    Parameters
    ----------
    ax : GeoAxes
        Its limits must be set before.
    labels : bool
        Whether the lines are labelled.
    step : float, optional
        Spacing in degrees; by default about three lines each way.
    """
    half_x, half_y = _half_km(ax)
    lat = float(ax.projection.proj4_params.get("lat_0", 0.0))
    along_lon = step or _round_step(half_x, _KM_PER_DEGREE * np.cos(np.radians(lat)))
    along_lat = step or _round_step(half_y, _KM_PER_DEGREE)
    lon = float(ax.projection.proj4_params.get("lon_0", 0.0))
    # Lines that do not cross the map cost as much as those that do.
    high = np.cos(np.radians(min(abs(lat) + half_y / _KM_PER_DEGREE, 80.0)))
    meridians = _multiples(along_lon, lon, min(1.2 * half_x / (_KM_PER_DEGREE * high), 180.0))
    parallels = _multiples(along_lat, lat, 1.2 * half_y / _KM_PER_DEGREE)
    lines = ax.gridlines(
        crs=DEGREES,
        draw_labels={"bottom": "x", "left": "y"} if labels else False,
        xlocs=FixedLocator(np.unique(wrap_longitude(meridians)).tolist()),
        ylocs=FixedLocator(parallels[np.abs(parallels) <= 90.0].tolist()),
        color=GRATICULE_COLOUR,
        linewidth=0.35,
        zorder=1.5,
        rotate_labels=False,
        x_inline=False,
        y_inline=False,
        xpadding=2.5,
        ypadding=2.5,
    )
    lines.n_steps = 30
    lines.xlabel_style = lines.ylabel_style = {"size": 6.0, "color": "#444444"}


def _multiples(step: float, middle: float, reach: float) -> FloatArray:
    """Return the multiples of a step within some reach of a middle."""
    return step * np.arange(np.ceil((middle - reach) / step), np.floor((middle + reach) / step) + 1.0)


def _round_step(half_km: float, km_per_degree: float) -> float:
    km = _STEPS * km_per_degree
    return float(_STEPS[np.argmin(np.abs(np.log(km / (0.65 * half_km))))])


def add_scale_bar(ax: GeoAxes, panel: RegionPanel | None = None) -> None:
    """Draw a scale bar of a round length in a corner, clear of the trench.

    Parameters
    ----------
    ax : GeoAxes
        The bar is as long as on the ground where it stands, in any projection.
    panel : RegionPanel, optional
        Its trench is to stay clear.
    """
    ax.apply_aspect()
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    middle, half = limits.mean(axis=1), np.ptp(limits, axis=1) / 2.0
    length = scale_length(_km_per_unit(ax, middle) * float(half.min()))
    per_point = ax.figure.dpi / 72.0 * 2.0 * half[0] / ax.bbox.width
    label = f"{length:g} km"
    widest = max(length / _km_per_unit(ax, middle), text_size(label, 6.0)[0] * per_point)
    corners = np.array([(x, y) for y in (-1.0, 1.0) for x in (-1.0, 1.0)])
    # The text stands above the bar.
    anchors = middle + corners * (half - [widest / 2.0 + 5.0 * per_point, 6.0 * per_point])
    anchors[corners[:, 1] > 0.0, 1] -= 7.0 * per_point
    chosen = anchors[0]
    if panel is not None:
        centres = project(ax, panel.pieces[:, 1])
        nearest = np.hypot(*(centres[None] - anchors[:, None]).transpose(2, 0, 1)).min(axis=1)
        # The first corner that is clear of the trench: the same one in most panels.
        clear = np.flatnonzero(nearest > 0.3 * half.min())
        chosen = anchors[clear[0] if clear.size else int(nearest.argmax())]
    x, y = chosen
    ends = np.array([-0.5, 0.5]) * length / _km_per_unit(ax, chosen)
    ax.plot(x + ends, [y, y], color=BLACK, linewidth=1.6, zorder=8, solid_capstyle="butt")
    ax.annotate(
        label, (x, y), xytext=(0, 2.5), textcoords="offset points", ha="center", fontsize=6.0, zorder=8
    )
    reach, height = widest / 2.0, 10.0 * per_point
    take_box(ax, np.array([x - reach, y - 0.2 * height]), np.array([x + reach, y + height]))


def _km_per_unit(ax: GeoAxes, point: FloatArray) -> float:
    """Return how many km on the ground one unit of the axes is, to the right, at a point."""
    step = np.array([5e-3 * np.ptp(ax.get_xlim()), 0.0])
    x, y = np.stack([point - step, point + step]).T
    lon, lat = ccrs.Geodetic().transform_points(ax.projection, x, y)[:, :2].T
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    return float(metres / 1000.0 / (2.0 * step[0]))


def scale_length(half_width_km: float) -> float:
    """Return a round length in km of about a fifth of the map's width.

    Examples
    --------
    >>> scale_length(2400.0)
    1000.0
    """
    lengths = np.array([50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0])
    return float(lengths[np.argmin(np.abs(np.log(lengths / (0.38 * half_width_km))))])


def project(ax: GeoAxes, lonlat: npt.ArrayLike, *, transform: ccrs.CRS = DEGREES) -> FloatArray:
    """Return points (..., 2) given in ``transform`` in the units of the axes."""
    points = np.asarray(lonlat, dtype=np.float64)
    flat = ax.projection.transform_points(transform, points[..., 0].ravel(), points[..., 1].ravel())
    return np.asarray(flat[:, :2]).reshape(points.shape)


def cut_lines(ax: GeoAxes, lines: Iterable[FloatArray]) -> list[FloatArray]:
    """Return projected polylines, cut where the map itself is cut."""
    reach = 0.3 * np.ptp(ax.projection.x_limits)
    parts = []
    for line in lines:
        jumps = np.flatnonzero(np.hypot(*np.diff(line, axis=0).T) > reach) + 1
        parts += [part for part in np.split(line, jumps) if len(part) > 1 and np.isfinite(part).all()]
    return parts


def add_lines(
    ax: GeoAxes, lines: Iterable[npt.ArrayLike], *, transform: ccrs.CRS = DEGREES, **style: Any
) -> LineCollection:
    """Draw polylines, cut where the map itself is cut."""
    parts = cut_lines(ax, (project(ax, line, transform=transform) for line in lines))
    collection = LineCollection(parts, **{"capstyle": "round", "joinstyle": "round"} | style)
    ax.add_collection(collection, autolim=False)
    return collection


def _half_km(ax: GeoAxes) -> tuple[float, float]:
    """Return half the width and height of a map; cylindrical projections count in degrees."""
    km = ax.projection.axis_info[0].unit_conversion_factor / 2000.0
    return float(np.ptp(ax.get_xlim())) * km, float(np.ptp(ax.get_ylim())) * km
