"""Drawing of one regional panel: land, graticule, scale bar, trench pieces."""

from __future__ import annotations

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from megathrust.core import BoolArray, FloatArray
from megathrust.plots._map_numbers import RegionPanel
from megathrust.plots._projection import crossing, degree_label, graticule_lines
from megathrust.plots._style import BLACK, COAST_COLOUR, GRATICULE_COLOUR, LAND_COLOUR, SEA_COLOUR

VALUE_WIDTH = 3.6
NO_VALUE_COLOUR = "#9A9A9A"


def draw_base(axes: Axes, panel: RegionPanel) -> None:
    """Draw land, labelled graticule, scale bar and title of one region."""
    half = panel.half_width_km
    axes.set(xlim=(-half, half), ylim=(-half, half), aspect="equal", facecolor=SEA_COLOUR)
    add_area(axes, panel.projection.land(half))
    meridians, parallels = graticule_lines(panel.projection, half)
    for lines, axis, hemispheres, side in (
        (meridians, 1, "EW", axes.xaxis),
        (parallels, 0, "NS", axes.yaxis),
    ):
        places, labels = [], []
        for degrees, line in lines.items():
            axes.plot(*line.T, color=GRATICULE_COLOUR, linewidth=0.4, zorder=1.5)
            place = crossing(line, axis=axis, level=-half, half_width_km=0.93 * half)
            if place is not None:
                places.append(place)
                labels.append(degree_label(degrees, hemispheres=hemispheres))
        side.set_ticks(places, labels)
    axes.tick_params(length=2, width=0.5, pad=1.5, labelsize=6.2)
    axes.spines[["top", "right"]].set_visible(True)
    _scale_bar(axes, panel)


def add_area(axes: Axes, area: shapely.Geometry) -> None:
    """Fill polygons (in the units of the axes) as land."""
    rings = [
        np.asarray(ring.coords)
        for polygon in shapely.get_parts(area)
        if polygon.geom_type == "Polygon"
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    if rings:
        path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
        axes.add_artist(PathPatch(path, facecolor=LAND_COLOUR, edgecolor=COAST_COLOUR, linewidth=0.3))


def add_pieces(
    axes: Axes, pieces: FloatArray, values: FloatArray, colours: ScalarMappable, *, width: float = VALUE_WIDTH
) -> None:
    """Draw trench pieces by colour of value on a thin dark outline; grey where there is none."""
    known = ~np.isnan(values)
    # A slight overlap hides the seams that antialiasing would leave between neighbours.
    pieces = pieces + 0.08 * (pieces - pieces[:, 1:2])
    # Miter joints of sharply bent pieces would stick out far: round ones do not.
    under = LineCollection(list(pieces), colors=BLACK, linewidths=width + 0.9, zorder=3, joinstyle="round")
    grey = LineCollection(list(pieces[~known]), colors=NO_VALUE_COLOUR, linewidths=width, zorder=4)
    shown = LineCollection(
        list(pieces[known]),
        colors=colours.to_rgba(values[known]),
        linewidths=width,
        zorder=4,
        joinstyle="round",
    )
    for collection in (under, grey, shown):
        axes.add_collection(collection, autolim=False)


def add_rails(axes: Axes, pieces: FloatArray, chosen: BoolArray, colour: str) -> None:
    """Outline chosen pieces: a coloured rail on either side, set off by a white gap."""
    runs = np.split(np.flatnonzero(chosen), np.flatnonzero(np.diff(np.flatnonzero(chosen)) > 1) + 1)
    lines = [pieces[run].reshape(-1, 2) for run in runs if run.size]
    for paint, width, zorder in ((colour, VALUE_WIDTH + 5.4, 2.2), ("white", VALUE_WIDTH + 2.4, 2.4)):
        rails = LineCollection(lines, colors=paint, linewidths=width, zorder=zorder, joinstyle="round")
        axes.add_collection(rails, autolim=False)


def scale_length(half_width_km: float) -> float:
    """Return a round length in km of about a fifth of the map's width.

    Examples
    --------
    >>> scale_length(2400.0)
    1000.0
    """
    lengths = np.array([100.0, 200.0, 500.0, 1000.0, 2000.0])
    return float(lengths[np.argmin(np.abs(np.log(lengths / (0.38 * half_width_km))))])


def _scale_bar(axes: Axes, panel: RegionPanel) -> None:
    half, length = panel.half_width_km, scale_length(panel.half_width_km)
    centres = panel.pieces[:, 1]
    corners = np.array([(x, y) for y in (-1.0, 1.0) for x in (-1.0, 1.0)])
    anchors = corners * [0.95 * half - max(length / 2.0, 0.23 * half), 0.86 * half]
    nearest = np.hypot(*(centres[None] - anchors[:, None]).transpose(2, 0, 1)).min(axis=1)
    # The first corner that is clear of the trench: the same one in most panels.
    clear = np.flatnonzero(nearest > 0.3 * half)
    x, y = anchors[clear[0] if clear.size else int(nearest.argmax())]
    axes.plot([x - length / 2, x + length / 2], [y, y], color=BLACK, linewidth=1.6, zorder=6)
    axes.annotate(
        f"{length:g} km",
        (x, y),
        xytext=(0, 3.5),
        textcoords="offset points",
        ha="center",
        fontsize=6.2,
        zorder=6,
        bbox={"facecolor": "white", "alpha": 0.65, "linewidth": 0, "pad": 0.6},
    )
