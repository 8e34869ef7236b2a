"""Figures of trenches: values by region, predicted beside outcome, and the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from megathrust.plots._labels import take_line
from megathrust.plots._map_axes import add_graticule, add_lines, region_axes, world_axes
from megathrust.plots._map_layers import add_region_name, add_segments, add_teeth
from megathrust.plots._map_numbers import RegionPanel, TrenchMapInfo, trench_map_info
from megathrust.plots._map_panels import (
    MapLayers,
    add_background,
    axes_grid,
    draw_panel,
    note_below,
    panel_title,
    special_handles,
    write_title,
)
from megathrust.plots._outcome_numbers import OutcomeMapInfo
from megathrust.plots._page import PAGE_INCHES, Page
from megathrust.plots._style import BLACK, styled
from megathrust.plots._value_styles import ValueStyle, outcome_style, probability_style, value_style

#: Regions so close on a world map that they are drawn larger below it.
WORLD_INSETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Philippine Sea": ("ryu", "izu", "man", "phi"),
        "Melanesia and Tonga": ("png", "sol", "van", "ker"),
        "Central America and the Andes": ("cam", "sam"),
    }
)


@styled
def plot_trench_map(
    info: TrenchMapInfo,
    *,
    label: str = "",
    low: float | None = None,
    high: float | None = None,
    style: ValueStyle | None = None,
    cmap: str | Colormap | None = None,
    breaks: Sequence[float] | None = None,
    layers: MapLayers | None = None,
    title: str = "",
    watermark: str | None = None,
) -> Figure:
    """Draw one map per region with the trench coloured by value.

    Parameters
    ----------
    info : TrenchMapInfo
        From `trench_map_info`.
    label : str
        Name and unit of the value, unless a style says it.
    low, high : float, optional
        Ends of the colour scale; the extremes of the data by default.
    style, cmap, breaks, layers
        As for `region_map`.
    title : str
        Written above all maps.
    watermark : str, optional
        A warning in red under the maps, for a model that does not beat its rivals.

    Returns
    -------
    matplotlib.figure.Figure
        One Cartopy axes per region comes first in its ``axes``, in the order of ``info.panels``.

    Raises
    ------
    InputError
        If no segment has a value and no end is given.
    """
    style = style or value_style(info.values, label, low=low, high=high)
    style = style.changed(cmap=cmap, breaks=breaks)
    layers = layers or MapLayers(label_least=8.5)
    columns = min(4, len(info.panels))
    cell = (PAGE_INCHES - 0.05) / 4.0
    inches, high_cell = cell - 0.33, cell + 0.02
    rows = -(-len(info.panels) // columns)
    width = PAGE_INCHES if columns == 4 else max(cell * columns, 4.4)
    page = Page(
        width,
        high_cell * rows + 0.02,
        styles=[style],
        entries=special_handles(info, layers),
        note=note_below(info.footnote, layers),
        title=title,
        watermark=watermark,
    )
    for ax, panel in zip(
        axes_grid(page, info.panels, columns, (cell, high_cell), inches), info.panels, strict=True
    ):
        draw_panel(ax, panel, style, layers, short=True)
        write_title(ax, panel_title(panel))
    return page.finish()


@styled
def plot_outcome_map(
    info: OutcomeMapInfo,
    *,
    title: str = "",
    layers: MapLayers | None = None,
    pairs: bool = True,
    watermark: str | None = None,
) -> Figure:
    """Draw the outcome of each segment in four colours; predicted probability beside it.

    Parameters
    ----------
    info : OutcomeMapInfo
        From `outcome_map_info`.
    title : str
        Written above all maps, for example model and protocol.
    layers : MapLayers, optional
        What is drawn beside the values.
    pairs : bool
        Whether a map of the predicted probability stands left of each outcome.
    watermark : str, optional
        As for `plot_trench_map`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    layers = layers or MapLayers(label_least=8.5)
    probability, outcome = probability_style(info.class_names[-1]), outcome_style(info.outcome_names)
    maps = [(panel, outcome, panel_title(panel)) for panel in info.outcome.panels]
    if pairs:
        maps = [
            each
            for left, (right, *_) in zip(info.predicted.panels, maps, strict=True)
            for each in ((left, probability, f"{left.name}\nprobability"), (right, outcome, "\noutcome"))
        ]
    columns = min(4, len(maps))
    cell = (PAGE_INCHES - 0.05) / 4.0
    high_cell = cell + (0.12 if pairs else 0.02)
    width = PAGE_INCHES if columns == 4 else max(cell * columns, 4.4)
    body = high_cell * -(-len(maps) // columns) + 0.02
    page = Page(
        width,
        body,
        styles=[probability, outcome] if pairs else [outcome],
        entries=special_handles(info.outcome, layers),
        note=note_below(info.footnote, layers),
        title=title,
        watermark=watermark,
    )
    panels = [panel for panel, *_ in maps]
    for ax, (panel, style, text) in zip(
        axes_grid(page, panels, columns, (cell, high_cell), cell - 0.33), maps, strict=True
    ):
        draw_panel(ax, panel, style, layers, short=True)
        write_title(ax, text)
    return page.finish()


@styled
def plot_world_map(
    info: TrenchMapInfo,
    *,
    label: str = "",
    central_longitude: float = -170.0,
    low: float | None = None,
    high: float | None = None,
    style: ValueStyle | None = None,
    cmap: str | Colormap | None = None,
    breaks: Sequence[float] | None = None,
    layers: MapLayers | None = None,
    insets: Mapping[str, Sequence[str]] = WORLD_INSETS,
    title: str = "",
    watermark: str | None = None,
) -> Figure:
    """Draw all regions on one Equal Earth map, the Pacific in one piece, and crowded ones larger below.

    Parameters
    ----------
    info : TrenchMapInfo
        From `trench_map_info`.
    label : str
        Name and unit of the value, unless a style says it.
    central_longitude : float
        Degrees east; the map is cut on the opposite meridian.
    low, high : float, optional
        Ends of the colour scale; the extremes of the data by default.
    style, cmap, breaks, layers
        As for `region_map`; ruptures and slabs are drawn on the insets only.
    insets : mapping of str to sequence of str
        Names and regions of the larger maps; those with fewer than two regions at hand are left out.
    title : str
        Written above.
    watermark : str, optional
        As for `plot_trench_map`.

    Returns
    -------
    matplotlib.figure.Figure
        The world comes first in its ``axes``, then the insets.
    """
    style = style or value_style(info.values, label, low=low, high=high)
    style = style.changed(cmap=cmap, breaks=breaks)
    layers = layers or MapLayers(label_least=8.5)
    wide = PAGE_INCHES - 0.3
    world_high = wide * 0.4867  # height to width of the projection
    groups = {
        name: [panel for panel in info.panels if panel.region in regions] for name, regions in insets.items()
    }
    groups = {name: panels for name, panels in groups.items() if len(panels) > 1}
    inset = 2.05 if groups else 0.0
    below = inset + 0.42 if groups else 0.0
    shown = layers if groups else replace(layers, ruptures=None, slab={}, volcanoes=None)
    page = Page(
        PAGE_INCHES,
        world_high + below + 0.1,
        styles=[style],
        entries=special_handles(info, shown),
        note=note_below(info.footnote, shown),
        title=title,
        watermark=watermark,
    )
    ax = world_axes(
        central_longitude=central_longitude,
        figure=page.figure,
        position=page.place(0.15, below + 0.05, wide, world_high),
    )
    add_graticule(ax, labels=False, step=30.0)
    add_background(ax, replace(layers, volcanoes=None))
    _add_trenches(ax, info.panels, style, width=2.6)
    for i, (name, panels) in enumerate(groups.items()):
        place = page.place(0.3 + (inset + 0.31) * i, 0.22, inset, inset)
        _inset(page.figure, ax, place, name, panels, style, layers)
    larger = {panel.region for panels in groups.values() for panel in panels}
    for panel in info.panels:
        # Regions that are drawn larger bear their full name there.
        if panel.region in larger or not add_region_name(ax, panel, panel.name):
            add_region_name(ax, panel)
    return page.finish()


def _add_trenches(ax: GeoAxes, panels: Sequence[RegionPanel], style: ValueStyle, *, width: float) -> None:
    for panel in panels:
        add_segments(ax, panel, style, width=width)
        add_teeth(ax, panel, width=width, size=0.9 * width, spacing=7.0)


def _inset(
    figure: Figure,
    world: GeoAxes,
    place: tuple[float, ...],
    name: str,
    panels: Sequence[RegionPanel],
    style: ValueStyle,
    layers: MapLayers,
) -> None:
    """Draw a group of regions larger, and its frame on the world map."""
    centre = trench_map_info(_joined(panels)).panels[0]
    ax = region_axes(centre, figure=figure, position=place, square=True)
    add_background(ax, layers)
    for panel in panels:
        draw_panel(
            ax,
            panel,
            style,
            replace(layers, boundaries=False, volcanoes=None, relief=None, scale_bar=False),
            short=True,
        )
    for panel in panels:
        add_region_name(ax, panel, panel.name)
    write_title(ax, name)
    half = 1000.0 * max(centre.half_km)
    side = np.linspace(-half, half, 40)
    edge = np.concatenate(
        [
            np.column_stack(each)
            for each in (
                (side, np.full(40, -half)),
                (np.full(40, half), side),
                (side[::-1], np.full(40, half)),
                (np.full(40, -half), side[::-1]),
            )
        ]
    )
    outline = add_lines(
        world, [edge], transform=ax.projection, colors=BLACK, linewidths=0.5, linestyles=":", zorder=2.2
    )
    for line in outline.get_segments():
        take_line(world, line, width=1.5)


def _joined(panels: Sequence[RegionPanel]) -> pd.DataFrame:
    """Return all segments of a group as if they were one trench: only its centre and extent count."""
    points = np.concatenate([panel.pieces[:, 1] for panel in panels])
    return pd.DataFrame(
        {
            "region": "group",
            "s_km": 50.0 * np.arange(len(points)),
            "lon": points[:, 0],
            "lat": points[:, 1],
            "value": 0.0,
        }
    )
