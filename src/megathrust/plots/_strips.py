"""Straightened trenches: probability, magnitude, ruptures and relevance against the distance along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from megathrust.core import FloatArray, InputError
from megathrust.plots._labels import text_size
from megathrust.plots._page import PAGE_INCHES, Page
from megathrust.plots._rupture_layer import lanes_of, rupture_label
from megathrust.plots._strip_numbers import TrenchStripInfo
from megathrust.plots._style import BLACK, BLUE, GREY, RUPTURE_COLOUR, styled
from megathrust.plots._value_styles import LOWEST_MAGNITUDE, ValueStyle, magnitude_style, relevance_style

_LEFT, _RIGHT = 0.95, 0.15
_LANE, _PROBABILITY, _MAGNITUDE, _FAMILY = 0.2, 0.8, 0.62, 0.13
_TITLE, _AXIS, _GAP = 0.22, 0.42, 0.06
_LEFT_OUT: dict[str, Any] = {
    "facecolor": "#DDDDDD",
    "edgecolor": "#AAAAAA",
    "hatch": "////",
    "linewidth": 0.0,
}
_OUTSIDE: dict[str, Any] = {"facecolor": "white", "edgecolor": "black", "hatch": "||||", "linewidth": 0.0}
_FONT = 6.2


@styled
def plot_trench_strips(
    infos: TrenchStripInfo | Sequence[TrenchStripInfo],
    *,
    thresholds: Sequence[float] = (8.0,),
    decision: float = 0.5,
    class_name: str = "",
    title: str = "",
    watermark: str | None = None,
) -> Figure:
    """Draw straightened trenches below each other.

    From top to bottom: great ruptures as brackets, predicted probability with its band, largest observed
    magnitude, and relevance by family where it is given; families that do not stand have a key of their own.

    Parameters
    ----------
    infos : TrenchStripInfo or sequence of them
        From `trench_strip_info`.
    thresholds : sequence of float
        Class thresholds in Mw.
    decision : float
        Probability from which the upper class counts as predicted.
    class_name : str
        What the probability is of; by default the class above the highest threshold.
    title : str
        Written above.
    watermark : str, optional
        A warning in red underneath, for a model that does not beat its rivals.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If there is no trench.
    """
    strips = [infos] if isinstance(infos, TrenchStripInfo) else list(infos)
    if not strips:
        raise InputError("no trench to draw", given="an empty sequence", allowed="at least one")
    lanes = [_lanes(info) for info in strips]
    heights = [_height(info, max(lane, default=-1) + 1) for info, lane in zip(strips, lanes, strict=True)]
    magnitudes = magnitude_style(thresholds)
    relevance = _relevance_styles(strips)
    page = Page(
        PAGE_INCHES,
        sum(heights),
        styles=[magnitudes, *relevance.values()],
        entries=_entries(strips, decision),
        note="Distance along the trench increases with the downgoing plate on the right, the upper plate on "
        "the left.",
        title=title,
        watermark=watermark,
    )
    name = class_name or f"Mw ≥ {thresholds[-1]:.1f}"
    top = sum(heights)
    for info, lane, height in zip(strips, lanes, heights, strict=True):
        _strip(page, info, lane, top, magnitudes, relevance, decision, name)
        top -= height
    return page.finish()


def _height(info: TrenchStripInfo, lanes: int) -> float:
    families = _FAMILY * len(info.families) + (_GAP if len(info.families) else 0.0)
    return _TITLE + _LANE * lanes + _PROBABILITY + _GAP + _MAGNITUDE + families + _AXIS


def _km_per_point(info: TrenchStripInfo) -> float:
    return float((info.end_km[-1] - info.start_km[0]) / (72.0 * (PAGE_INCHES - _LEFT - _RIGHT)))


def _lanes(info: TrenchStripInfo) -> list[int]:
    """Return lanes in which neither brackets nor their labels meet."""
    if info.ruptures.empty:
        return []
    start, end, middle, half = _label_places(info)
    return lanes_of(
        np.minimum(start, middle - half), np.maximum(end, middle + half), gap=2.0 * _km_per_point(info)
    )


def _label_places(info: TrenchStripInfo) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return ends of the ruptures, centres of their labels (kept inside the axes) and their half widths."""
    start = info.ruptures["start_km"].to_numpy(dtype=float)
    end = info.ruptures["end_km"].to_numpy(dtype=float)
    widths = [text_size(rupture_label(rupture), _FONT)[0] for _, rupture in info.ruptures.iterrows()]
    half = (np.array(widths) / 2.0 + 2.0) * _km_per_point(info)
    middle = np.clip((start + end) / 2.0, info.start_km[0] + half, np.maximum(info.end_km[-1] - half, half))
    return start, end, middle, half


def _strip(
    page: Page,
    info: TrenchStripInfo,
    lanes: list[int],
    top: float,
    magnitudes: ValueStyle,
    relevance: Mapping[bool, ValueStyle],
    decision: float,
    class_name: str,
) -> None:
    level = top - _TITLE
    width = PAGE_INCHES - _LEFT - _RIGHT

    def axes_of(height: float, gap: float) -> Axes:
        nonlocal level
        level -= height
        ax = page.figure.add_axes(page.place(_LEFT, level, width, height))
        level -= gap
        ax.set_xlim(info.start_km[0], info.end_km[-1])
        ax.tick_params(labelsize=_FONT, length=2, pad=1.5, labelbottom=False)
        return ax

    above = axes_of(_LANE * (max(lanes, default=-1) + 1), 0.0) if lanes else None
    chance = axes_of(_PROBABILITY, _GAP)
    _probability(chance, info, decision, class_name)
    last = axes_of(_MAGNITUDE, _GAP if len(info.families) else 0.0)
    _magnitude(last, info, magnitudes)
    if len(info.families):
        last = axes_of(_FAMILY * len(info.families), 0.0)
        _families(last, info, relevance)
    if above is not None:
        _ruptures(above, info, lanes)
    _distance_axis(last, info)
    (above or chance).set_title(info.title, fontsize=8.0, pad=3.0)


def _ruptures(ax: Axes, info: TrenchStripInfo, lanes: list[int]) -> None:
    ax.set_ylim(0.0, max(lanes) + 1.0)
    ax.set_axis_off()
    _, _, middles, _ = _label_places(info)
    for lane, middle, (_, rupture) in zip(lanes, middles, info.ruptures.iterrows(), strict=True):
        ends = [rupture["start_km"], rupture["end_km"]]
        ax.plot(
            [ends[0], *ends, ends[1]],
            lane + np.array([0.02, 0.2, 0.2, 0.02]),
            color=RUPTURE_COLOUR,
            linewidth=0.9,
            solid_capstyle="butt",
        )
        ax.text(middle, lane + 0.26, rupture_label(rupture), fontsize=_FONT, ha="center", va="bottom")


def _runs(chosen: np.ndarray) -> list[np.ndarray]:
    places = np.flatnonzero(chosen)
    return [run for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if run.size]


def _left_out(ax: Axes, info: TrenchStripInfo) -> None:
    for run in _runs(info.left_out):
        ax.axvspan(info.start_km[run[0]], info.end_km[run[-1]], **_LEFT_OUT, zorder=0.5)


def _probability(ax: Axes, info: TrenchStripInfo, decision: float, class_name: str) -> None:
    _left_out(ax, info)
    ax.axhline(decision, color="#777777", linewidth=0.6, linestyle=":")
    for run in _runs(~np.isnan(info.probability)):
        edges = np.append(info.start_km[run], info.end_km[run[-1]])

        def steps(values: FloatArray, run: np.ndarray = run) -> FloatArray:
            return np.append(values[run], values[run[-1]])

        ax.fill_between(
            edges, steps(info.low), steps(info.high), step="post", color=BLUE, alpha=0.25, linewidth=0.0
        )
        ax.step(edges, steps(info.probability), where="post", color=BLUE, linewidth=1.1)
    for run in _runs(info.outside & ~info.left_out):
        ax.axvspan(info.start_km[run[0]], info.end_km[run[-1]], ymax=0.07, **_OUTSIDE)
    ax.set(ylim=(0.0, 1.0), yticks=(0.0, 0.5, 1.0))
    ax.set_ylabel(f"probability\nof {class_name}", fontsize=_FONT)


def _magnitude(ax: Axes, info: TrenchStripInfo, style: ValueStyle) -> None:
    _left_out(ax, info)
    known = ~np.isnan(info.magnitude)
    top = float(np.max(style.norm.boundaries))  # type: ignore[attr-defined]
    ax.bar(
        info.s_km[known],
        np.maximum(info.magnitude[known], LOWEST_MAGNITUDE + 0.08) - LOWEST_MAGNITUDE,
        bottom=LOWEST_MAGNITUDE,
        width=(info.end_km - info.start_km)[known],
        color=style.mappable.to_rgba(info.magnitude[known]),
        edgecolor=style.mappable.to_rgba(info.magnitude[known]),
        linewidth=0.2,
    )
    for run in _runs(~known & ~info.left_out):
        ax.axvspan(
            info.start_km[run[0]],
            info.end_km[run[-1]],
            ymax=0.12,
            facecolor="white",
            edgecolor="#8C8C8C",
            hatch="||||",
            linewidth=0.0,
        )
    for edge in style.ticks[1:-1]:
        ax.axhline(edge, color="white", linewidth=0.3)
    ax.set(ylim=(LOWEST_MAGNITUDE, top), yticks=(6.0, 7.0, 8.0, 9.0))
    ax.set_ylabel("largest\nobserved Mw", fontsize=_FONT)


def _families(ax: Axes, info: TrenchStripInfo, styles: Mapping[bool, ValueStyle]) -> None:
    values = info.families.to_numpy(dtype=np.float64)
    for run in _runs(~np.isnan(values).all(axis=0)):
        edges = np.append(info.start_km[run], info.end_km[run[-1]])
        for row, (name, family) in enumerate(zip(info.families.index, values, strict=True)):
            style = styles[name in info.standing]
            # Edges in the colour of their face: viewers of PDF draw a seam between faces alone.
            ax.pcolormesh(
                edges,
                [row, row + 1],
                family[None, run],
                cmap=style.cmap,
                norm=style.norm,
                edgecolors="face",
                linewidth=0.2,
            )
    for row, family in enumerate(values):
        for run in _runs(family < 0.0):
            ends = [info.start_km[run[0]], info.end_km[run[-1]]]
            ax.plot(ends, [row + 0.5] * 2, color="white", linewidth=0.8, solid_capstyle="butt")
    _left_out(ax, info)
    ax.set(ylim=(len(values), 0), yticks=np.arange(len(values)) + 0.5)
    for label, name in zip(
        ax.set_yticklabels(info.families.index, fontsize=5.6), info.families.index, strict=True
    ):
        label.set_color(BLACK if name in info.standing else GREY)
    ax.tick_params(axis="y", length=0)


def _distance_axis(ax: Axes, info: TrenchStripInfo) -> None:
    """Label distances, and where on Earth they are."""
    ax.tick_params(labelbottom=True)
    span = info.end_km[-1] - info.start_km[0]
    steps = np.array([50.0, 100.0, 200.0, 250.0, 500.0, 1000.0])
    step = steps[np.argmin(np.abs(np.log(span / 7.0 / steps)))]
    ticks = np.arange(np.ceil(info.start_km[0] / step), info.end_km[-1] / step + 1e-9) * step
    labels = []
    for tick in ticks:
        i = int(np.abs(info.s_km - tick).argmin())
        lon, lat = info.lon[i], info.lat[i]
        place = f"{abs(lat):.0f}°{'N' if lat >= 0 else 'S'} {abs(lon):.0f}°{'E' if lon >= 0 else 'W'}"
        labels.append(f"{tick:g} km\n{place if np.isfinite([lon, lat]).all() else ''}")
    ax.set_xticks(ticks, labels, fontsize=_FONT)
    if (info.end_km[-1] - ticks[-1]) / span < 0.04:  # there is less room on the right
        ax.get_xticklabels()[-1].set_horizontalalignment("right")


def _relevance_styles(strips: Sequence[TrenchStripInfo]) -> dict[bool, ValueStyle]:
    """Return the style of families that stand (True), and of those that do not, as far as there are any."""
    shown = [info for info in strips if len(info.families)]
    if not shown:
        return {}
    known = np.concatenate([np.abs(info.families.to_numpy(dtype=np.float64)).ravel() for info in shown])
    # A few extreme segments would leave all others pale.
    limit = float(np.nanpercentile(known, 99.0)) or 1.0
    there = {name in info.standing for info in shown for name in info.families.index}
    label = {True: "relevance (logit)", False: "relevance (logit), not shown to stand"}
    return {
        stands: relevance_style(limit, label[stands], stands=stands)
        for stands in (True, False)
        if stands in there
    }


def _entries(strips: Sequence[TrenchStripInfo], decision: float) -> list[tuple[Any, str]]:
    entries: list[tuple[Any, str]] = [(Line2D([], [], color=BLUE, linewidth=1.1), "probability (mean)")]
    if any(np.isfinite(info.low).any() for info in strips):
        entries.append((Patch(facecolor=BLUE, alpha=0.25), "± one spread over networks"))
    entries.append(
        (Line2D([], [], color="#777777", linewidth=0.6, linestyle=":"), f"decision at {decision:g}")
    )
    if any((np.isnan(info.magnitude) & ~info.left_out).any() for info in strips):
        entries.append((Patch(facecolor="white", edgecolor="#8C8C8C", hatch="||||"), "no event observed"))
    if any(info.left_out.any() for info in strips):
        entries.append((Patch(**_LEFT_OUT), "left out"))
    if any((info.outside & ~info.left_out).any() for info in strips):
        entries.append((Patch(**_OUTSIDE), "outside applicability"))
    if any(len(info.ruptures) for info in strips):
        bracket = Line2D([], [], color=RUPTURE_COLOUR, linewidth=0.9)
        entries.append((bracket, "great rupture: year, Mw, quality of its extent"))
    return entries
