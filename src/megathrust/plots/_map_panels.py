"""One region drawn with all its layers, the key of its values, and the page that panels stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.lines import Line2D

from megathrust.core import short_repr
from megathrust.plots._labels import text_size
from megathrust.plots._map_axes import add_scale_bar, region_axes
from megathrust.plots._map_layers import (
    LEFT_OUT_COLOUR,
    NO_VALUE_COLOUR,
    add_plate_boundaries,
    add_segments,
    add_slab_contours,
    add_teeth,
    add_volcanoes,
)
from megathrust.plots._map_numbers import RegionPanel, TrenchMapInfo
from megathrust.plots._page import Page
from megathrust.plots._relief import add_relief
from megathrust.plots._rupture_layer import SCALED_DASHES, SCALED_QUALITY, add_ruptures
from megathrust.plots._style import (
    BLACK,
    BOUNDARY_COLOUR,
    CONTOUR_COLOUR,
    RUPTURE_COLOUR,
    VOLCANO_COLOUR,
    styled,
)
from megathrust.plots._value_styles import ValueStyle, value_style

if TYPE_CHECKING:
    import xarray as xr

#: A single map up to this wide or high leaves room for its key on a page.
_MAP_INCHES = 5.4


@short_repr
@dataclass(frozen=True)
class MapLayers:
    """What maps show beside the values.

    Attributes
    ----------
    teeth, scale_bar : bool
        Whether they are drawn.
    boundaries : bool, GeoDataFrame, shapely geometry or path
        True for the plate boundaries shipped with the package; otherwise as for `add_plate_boundaries`.
    slab : mapping of str to DataArray
        Depth of the slab of each region, as for `add_slab_contours`.
    ruptures : DataFrame, optional
        As for `add_ruptures`.
    label_least : float
        Smallest Mw of a rupture that is labelled.
    volcanoes : DataFrame, optional
        Columns lon and lat in degrees.
    relief : DataArray, optional
        Heights, as for `add_relief`.
    credit : str
        Where the layers are from, written under the map.

    Examples
    --------
    >>> MapLayers(boundaries=False).teeth
    True
    """

    teeth: bool = True
    scale_bar: bool = True
    boundaries: Any = True
    slab: Mapping[str, xr.DataArray] = field(default_factory=dict)
    ruptures: pd.DataFrame | None = None
    label_least: float = 8.0
    volcanoes: pd.DataFrame | None = None
    relief: xr.DataArray | None = None
    credit: str = ""


def draw_panel(
    ax: GeoAxes,
    panel: RegionPanel,
    style: ValueStyle,
    layers: MapLayers,
    *,
    width: float = 3.6,
    short: bool = False,
) -> None:
    """Draw all layers of one region onto its axes."""
    add_background(ax, layers, size=2.0 if short else 3.0)
    if panel.region in layers.slab:
        add_slab_contours(ax, layers.slab[panel.region], labels=not short)
    add_segments(ax, panel, style, width=width)
    if layers.teeth:
        add_teeth(ax, panel, width=width, size=0.8 * width, spacing=9.0 if short else 12.0)
    if layers.scale_bar:
        add_scale_bar(ax, panel)
    if layers.ruptures is not None:
        size = 5.0 if short else 6.0
        add_ruptures(
            ax,
            panel,
            layers.ruptures,
            label_least=layers.label_least,
            short=short,
            fontsize=size,
            width=width,
        )


def add_background(ax: GeoAxes, layers: MapLayers, *, size: float = 2.0) -> None:
    """Draw what lies under all trenches: relief, plate boundaries and volcanoes."""
    if layers.relief is not None:
        add_relief(ax, layers.relief)
    if layers.boundaries is not False:
        add_plate_boundaries(ax, None if layers.boundaries is True else layers.boundaries)
    if layers.volcanoes is not None:
        add_volcanoes(
            ax, layers.volcanoes["lon"], layers.volcanoes["lat"], markersize=size, markeredgewidth=0.1 * size
        )


@styled
def region_map(
    info: TrenchMapInfo,
    region: str | None = None,
    *,
    label: str = "",
    style: ValueStyle | None = None,
    cmap: str | Colormap | None = None,
    breaks: Sequence[float] | None = None,
    layers: MapLayers | None = None,
    title: str | None = None,
    watermark: str | None = None,
    ax: GeoAxes | None = None,
) -> GeoAxes:
    """Draw one region and return its Cartopy axes, onto which anything else can be drawn.

    Parameters
    ----------
    info : TrenchMapInfo
        From `trench_map_info`.
    region : str, optional
        Slab2 code; the first region by default.
    label : str
        Name and unit of the value, unless a style says it.
    style : ValueStyle, optional
        Such as `magnitude_style`; by default light to dark over the values.
    cmap : str or Colormap, optional
        Other colours than those of the style.
    breaks : sequence of float, optional
        Values at which colours change; between them they do not.
    layers : MapLayers, optional
        What is drawn beside the values.
    title : str, optional
        The region's name and how many segments are left out, by default.
    watermark : str, optional
        A warning in red under the map, for a model that does not beat its rivals.
    ax : GeoAxes, optional
        From `region_axes`, or any Cartopy axes; then no key is drawn.

    Returns
    -------
    cartopy.mpl.geoaxes.GeoAxes
        Its ``figure`` goes to `save_figure`.

    Raises
    ------
    InputError
        If the map has no such region, or no segment has a value.

    Examples
    --------
    >>> import cartopy.crs as ccrs
    >>> from megathrust.plots import trench_map_info
    >>> frame = pd.DataFrame({"region": "ker", "s_km": [25.0, 75.0], "lon": [179.8, -179.8],
    ...                       "lat": [-35.0, -34.6], "value": [0.2, 0.9]})
    >>> ax = region_map(trench_map_info(frame), "ker", label="coupling")
    >>> points = ax.scatter([-178.9], [-30.5], transform=ccrs.PlateCarree())
    """
    panel = info.panel(region)
    style = (style or value_style(panel.values, label)).changed(cmap=cmap, breaks=breaks)
    layers = layers or MapLayers()
    page = None
    if ax is None:
        half_x, half_y = panel.window_km
        wide = min(_MAP_INCHES, _MAP_INCHES * half_x / half_y)
        high = wide * half_y / half_x
        alone = info.only(panel.region)
        entries = special_handles(alone, layers)
        page = Page(
            wide + 0.6,
            high + 0.25,
            styles=[style],
            entries=entries,
            note=note_below(alone.footnote, layers),
            watermark=watermark,
            head=0.25,
        )
        ax = region_axes(panel, figure=page.figure, position=page.place(0.45, 0.2, wide, high))
    draw_panel(ax, panel, style, layers, width=4.4)
    write_title(ax, panel_title(panel) if title is None else title, fontsize=9.0)
    if page is not None:
        page.finish()
    return ax


def panel_title(panel: RegionPanel) -> str:
    """Write the region's name, and how many of its segments are left out."""
    absent = int(panel.left_out.sum())
    return f"{panel.name} ({absent} left out)" if absent else panel.name


def write_title(ax: GeoAxes, text: str, *, fontsize: float = 7.4) -> None:
    """Write a title above a map, smaller where the map is too narrow for it."""
    ax.apply_aspect()
    room = 72.0 * ax.bbox.width / ax.figure.dpi + 2.0
    ax.set_title(text, fontsize=fontsize * min(room / text_size(text, fontsize)[0], 1.0), pad=2.5)


def note_below(footnote: str, layers: MapLayers) -> str:
    """Write what is not drawn, and where the layers are from."""
    scaled = "Rupture widths: from Mw (Strasser et al. 2010)." if layers.ruptures is not None else ""
    return " ".join(filter(None, [footnote, scaled, layers.credit]))


def special_handles(info: TrenchMapInfo, layers: MapLayers) -> list[tuple[Any, str]]:
    """Return legend entries of what a map shows beside its values."""
    entries: list[tuple[Any, str]] = []
    if info.without_value:
        stripes = (
            Line2D([], [], color=NO_VALUE_COLOUR, linewidth=4.0, solid_capstyle="butt"),
            Line2D([], [], color="white", linewidth=4.0, linestyle=(0, (0.35, 0.45)), dash_capstyle="butt"),
        )
        entries.append((stripes, f"{info.missing} ({info.without_value})"))
    if info.left_out:
        entries.append((Line2D([], [], color=LEFT_OUT_COLOUR, linewidth=1.8), f"left out ({info.left_out})"))
    outside = sum(int((panel.outside & ~panel.left_out).sum()) for panel in info.panels)
    if outside:
        band = (
            Line2D([], [], color="#F2B37A", linewidth=4.0, solid_capstyle="butt"),
            Line2D([], [], color=BLACK, linewidth=4.0, linestyle=(0, (0.22, 0.8)), dash_capstyle="butt"),
        )
        entries.append((band, f"outside applicability ({outside})"))
    if layers.ruptures is not None:
        line: dict[str, Any] = {"color": RUPTURE_COLOUR, "linewidth": 0.7}
        entries.append((Line2D([], [], **line), "great rupture: year, Mw"))
        if "quality" in layers.ruptures and (layers.ruptures["quality"] == SCALED_QUALITY).any():
            entries.append((Line2D([], [], linestyle=SCALED_DASHES, **line), "its length from Mw"))
    if layers.boundaries is not False:
        entries.append((Line2D([], [], color=BOUNDARY_COLOUR, linewidth=0.6), "plate boundary (Bird 2003)"))
    if layers.slab:
        contour = Line2D([], [], color=CONTOUR_COLOUR, linewidth=0.6, linestyle="--")
        entries.append((contour, "slab depth (km)"))
    if layers.volcanoes is not None:
        entries.append(
            (Line2D([], [], color=VOLCANO_COLOUR, marker="^", linestyle="none", markersize=3), "volcano")
        )
    if layers.teeth:
        teeth = Line2D([], [], color=BLACK, marker="^", linestyle="none", markersize=3)
        entries.append((teeth, "teeth: upper plate"))
    return entries


def axes_grid(
    page: Page, panels: Sequence[RegionPanel], columns: int, cell: tuple[float, float], inches: float
) -> list[Axes]:
    """Return square maps in rows, each in a cell (width, height) of the page."""
    rows = -(-len(panels) // columns)
    return [
        region_axes(
            panel,
            figure=page.figure,
            position=page.place(
                0.28 + cell[0] * (i % columns), 0.2 + cell[1] * (rows - 1 - i // columns), inches, inches
            ),
            square=True,
        )
        for i, panel in enumerate(panels)
    ]
