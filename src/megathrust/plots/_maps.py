"""Trench maps: values per segment, predicted beside observed, and the world."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from megathrust.core import BoolArray, FloatArray, InputError, check_range
from megathrust.plots._map_numbers import TrenchMapInfo, footnote, require_columns, trench_map_info
from megathrust.plots._map_panel import add_area, add_pieces, add_rails, draw_base
from megathrust.plots._projection import MapProjection
from megathrust.plots._style import BLACK, BLUE, GRATICULE_COLOUR, SEA_COLOUR, styled

FALSE_NEGATIVE_COLOUR = BLUE
FALSE_POSITIVE_COLOUR = BLACK
_PANEL_INCHES = 1.78


@dataclass(frozen=True)
class OutcomeMapInfo:
    """Predicted probability beside observed class, and where they disagree.

    Attributes
    ----------
    predicted, observed : TrenchMapInfo
        What the left and the right panel of each region show.
    false_positive, false_negative : ndarray of bool, shape (rows,)
        By row of the input frame: class predicted above, or below, the observed one.
    class_names : tuple of str
        Names of the observed classes, in order.
    threshold : float
        Probability from which the upper class counts as predicted.
    """

    predicted: TrenchMapInfo
    observed: TrenchMapInfo
    false_positive: BoolArray
    false_negative: BoolArray
    class_names: tuple[str, ...]
    threshold: float

    @property
    def footnote(self) -> str:
        """What is not drawn, and how many segments are wrong (drawn or not)."""
        drawn = footnote(
            self.predicted.segments, self.predicted.without_position, self.predicted.without_value
        )
        return (
            f"{drawn} False positives {int(self.false_positive.sum())}, false negatives "
            f"{int(self.false_negative.sum())} of all {self.predicted.segments} segments."
        )


def outcome_map_info(
    frame: pd.DataFrame, *, class_names: Sequence[str] = ("Mw < 8.0", "Mw ≥ 8.0"), threshold: float = 0.5
) -> OutcomeMapInfo:
    """Compute predicted probability and observed class per segment, and which segments are wrong.

    Parameters
    ----------
    frame : DataFrame
        One row per segment: region, s_km, lon, lat, ``probability`` (of the highest class, in [0, 1]) and
        ``observed`` (class number); with three classes also ``predicted`` (class number), which with two
        classes is ``probability >= threshold`` where absent. Missing values are neither right nor wrong.
    class_names : sequence of str
        One name per class, lowest first.
    threshold : float
        Decision threshold in (0, 1].

    Raises
    ------
    InputError
        If a column is missing, a probability lies outside [0, 1], or a class is not named.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": "alu", "s_km": [25.0, 75.0], "lon": [179.7, -179.6],
    ...     "lat": 51.0, "probability": [0.2, 0.9], "observed": [1, 1]})
    >>> outcome_map_info(frame).false_negative
    array([ True, False])
    """
    require_columns(frame, ["probability", "observed"])
    check_range("decision threshold", threshold, low=0.0, high=1.0, open_low=True)
    probability = frame["probability"].to_numpy(dtype=np.float64)
    observed = frame["observed"].to_numpy(dtype=np.float64)
    if np.any((probability < 0.0) | (probability > 1.0)):
        raise InputError(
            "a probability is out of range", given=f"{np.nanmin(probability)} to {np.nanmax(probability)}"
        )
    if "predicted" in frame.columns:
        predicted = frame["predicted"].to_numpy(dtype=np.float64)
    elif len(class_names) == 2:
        predicted = np.where(np.isnan(probability), np.nan, probability >= threshold)
    else:
        raise InputError("more than two classes need the column predicted", given=", ".join(class_names))
    classes = np.concatenate([observed, predicted])
    named = np.isin(classes, np.arange(len(class_names))) | np.isnan(classes)
    if not named.all():
        raise InputError(
            "a class has no name", given=f"class {classes[~named][0]:g}", allowed=", ".join(class_names)
        )
    return OutcomeMapInfo(
        trench_map_info(frame, value="probability"),
        trench_map_info(frame, value="observed"),
        predicted > observed,
        predicted < observed,
        tuple(class_names),
        threshold,
    )


@styled
def plot_trench_map(
    info: TrenchMapInfo, *, label: str, low: float | None = None, high: float | None = None
) -> Figure:
    """Draw one panel per region with the trench coloured by value.

    Parameters
    ----------
    info : TrenchMapInfo
        From `trench_map_info`.
    label : str
        Name and unit of the value, written at the colour bar ("largest observed Mw since 1976").
    low, high : float, optional
        Ends of the colour scale; the extremes of the data by default.

    Returns
    -------
    matplotlib.figure.Figure
    """
    colours = ScalarMappable(_limits(info, low, high), value_colours())
    figure, grid, (bar,) = _grid(len(info.panels), min(4, len(info.panels)), bars=1, title_inches=0.1)
    for axes, panel in zip(grid, info.panels, strict=True):
        draw_base(axes, panel)
        add_pieces(axes, panel.pieces, panel.values, colours)
        axes.set_title(panel.name, fontsize=8.2, pad=3)
    figure.colorbar(colours, cax=bar, orientation="horizontal").set_label(label)
    _note(figure, info.footnote)
    return figure


@styled
def plot_outcome_map(info: OutcomeMapInfo, *, title: str = "") -> Figure:
    """Draw predicted probability beside observed class for each region; wrong segments are outlined.

    Parameters
    ----------
    info : OutcomeMapInfo
        From `outcome_map_info`.
    title : str
        Written above all panels, for example model and protocol.

    Returns
    -------
    matplotlib.figure.Figure
    """
    pairs = min(2, len(info.predicted.panels))
    figure, grid, bars = _grid(2 * len(info.predicted.panels), 2 * pairs, bars=2, title_inches=0.2)
    probability = ScalarMappable(Normalize(0.0, 1.0), value_colours())
    observed = _class_colours(len(info.class_names))
    outlines = (
        (info.false_positive, FALSE_POSITIVE_COLOUR),
        (info.false_negative, FALSE_NEGATIVE_COLOUR),
    )
    for i, (left, right) in enumerate(zip(info.predicted.panels, info.observed.panels, strict=True)):
        for axes, panel, colours, what in (
            (grid[2 * i], left, probability, f"{left.name}\npredicted"),
            (grid[2 * i + 1], right, observed, "\nobserved"),
        ):
            draw_base(axes, panel)
            for wrong, paint in outlines:
                add_rails(axes, panel.pieces, wrong[panel.rows], paint)
            add_pieces(axes, panel.pieces, panel.values, colours)
            axes.set_title(what, fontsize=7.6, pad=3)
    left_bar, right_bar = bars
    figure.colorbar(probability, cax=left_bar, orientation="horizontal").set_label(
        f"predicted probability\nof {info.class_names[-1]}"
    )
    figure.colorbar(
        observed, cax=right_bar, orientation="horizontal", ticks=range(len(info.class_names))
    ).set_label("observed class")
    right_bar.set_xticklabels(info.class_names)
    figure.legend(
        handles=[
            Line2D([], [], color=paint, linewidth=2.0, label=label)
            for (_, paint), label in zip(outlines, ("false positive", "false negative"), strict=True)
        ],
        loc="outside upper right",
        ncols=2,
    )
    _note(figure, info.footnote)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5)
    return figure


@styled
def plot_world_map(
    info: TrenchMapInfo,
    *,
    label: str,
    central_longitude: float = -170.0,
    low: float | None = None,
    high: float | None = None,
) -> Figure:
    """Draw all regions on one Equal Earth map, with the Pacific in one piece by default.

    Parameters
    ----------
    info : TrenchMapInfo
        From `trench_map_info`.
    label : str
        Name and unit of the value, written at the colour bar.
    central_longitude : float
        Degrees east; the map is cut on the opposite meridian.
    low, high : float, optional
        Ends of the colour scale; the extremes of the data by default.

    Returns
    -------
    matplotlib.figure.Figure
    """
    projection = MapProjection("eqearth", central_longitude)
    figure = Figure(figsize=(7.2, 4.1), layout="constrained")
    axes = figure.add_subplot(aspect="equal")
    axes.set_axis_off()
    edge_lat = np.linspace(-90.0, 90.0, 181)
    west = np.column_stack(projection.forward_relative(np.full(181, -180.0), edge_lat))
    axes.fill(
        *np.concatenate([west, west[::-1] * [-1.0, 1.0]]).T, facecolor=SEA_COLOUR, edgecolor=GRATICULE_COLOUR
    )
    add_area(axes, projection.world_land())
    colours = ScalarMappable(_limits(info, low, high), value_colours())
    for panel in info.panels:
        lonlat = panel.projection.inverse(panel.pieces[..., 0], panel.pieces[..., 1])
        pieces = np.stack(projection.forward(*lonlat), axis=-1)
        whole = np.ptp(pieces[..., 0], axis=1) < 5000.0  # a piece across the map's own edge is not drawn
        add_pieces(axes, pieces[whole], panel.values[whole], colours, width=3.0)
        _name_beside(axes, panel.region, pieces[len(pieces) // 2])
    bar = figure.colorbar(colours, ax=axes, orientation="horizontal", shrink=0.5, aspect=40, pad=0.02)
    bar.set_label(label)
    _note(figure, info.footnote)
    return figure


def _name_beside(axes: Axes, name: str, piece: FloatArray) -> None:
    """Write a name on the right of a piece: by convention the oceanic side, clear of land."""
    along = piece[2] - piece[0]
    right = np.array([along[1], -along[0]]) / np.hypot(*along)
    axes.annotate(
        name,
        piece[1],
        xytext=tuple(12.0 * right),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=7,
        zorder=7,
        path_effects=[withStroke(linewidth=2.0, foreground="white")],
    )


def value_colours() -> Colormap:
    """Return the sequential map of values: perceptually uniform, light to dark, neither end invisible."""
    shades = cm.lajolla(np.linspace(0.95, 0.12, 256))
    return LinearSegmentedColormap.from_list("values", shades)


def _limits(info: TrenchMapInfo, low: float | None, high: float | None) -> Normalize:
    values = np.concatenate([panel.values for panel in info.panels])
    known = values[np.isfinite(values)]
    if not known.size and (low is None or high is None):
        raise InputError("no segment on the map has a value", given=f"{values.size} segments drawn")
    return Normalize(known.min() if low is None else low, known.max() if high is None else high)


def _class_colours(count: int) -> ScalarMappable:
    shades = value_colours()(np.linspace(0.0, 1.0, count))
    classes = LinearSegmentedColormap.from_list("classes", shades, N=count)
    return ScalarMappable(BoundaryNorm(np.arange(count + 1) - 0.5, count), classes)


def _grid(
    count: int, columns: int, *, bars: int, title_inches: float
) -> tuple[Figure, list[Axes], list[Axes]]:
    """Lay out square panels, and below them a row of colour bars."""
    rows = -(-count // columns)
    figure = Figure(
        figsize=(_PANEL_INCHES * max(columns, 2) + 0.1, (_PANEL_INCHES + title_inches) * rows + 0.95),
        layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.01),
    )
    grid = figure.add_gridspec(rows + 1, columns * bars, height_ratios=[1.0] * rows + [0.06])
    panels = [
        figure.add_subplot(grid[i // columns, bars * (i % columns) : bars * (i % columns + 1)])
        for i in range(count)
    ]
    return (
        figure,
        panels,
        [figure.add_subplot(grid[rows, i * columns : (i + 1) * columns]) for i in range(bars)],
    )


def _note(figure: Figure, text: str) -> None:
    # About 19 characters of this size fit an inch.
    text = textwrap.fill(text, int(19 * figure.get_figwidth()))
    figure.supxlabel(text, x=0.01, ha="left", fontsize=7)
