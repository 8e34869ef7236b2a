"""Labels on a map that stay clear of each other, of the trench and of the frame."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath

from megathrust.core import FloatArray

#: What each axes already hold: boxes x0, y0, x1, y1, in points from the corner of the figure.
_TAKEN: WeakKeyDictionary[Axes, list[FloatArray]] = WeakKeyDictionary()
#: Of these the texts, leader lines and trenches, which no other leader line may cross.
_BARRIERS: WeakKeyDictionary[Axes, list[FloatArray]] = WeakKeyDictionary()
_POINTS_PER_INCH = 72.0


def in_points(ax: Axes, points: FloatArray) -> FloatArray:
    """Return points in data units as page points (1/72 inch) from the corner of the figure."""
    ax.apply_aspect()
    return np.asarray(ax.transData.transform(points)) * _POINTS_PER_INCH / ax.figure.dpi


@lru_cache(maxsize=4096)
def text_size(text: str, fontsize: float) -> FloatArray:
    """Return width and height of a text in points, without drawing it."""
    lines = text.split("\n")
    font = FontProperties(family="DejaVu Sans")
    paths = [TextPath((0, 0), line, size=fontsize, prop=font) for line in lines if line.strip()]
    width = max((path.get_extents().width for path in paths), default=0.0)
    return np.array([width, 1.15 * fontsize * len(lines)])


def take_box(ax: Axes, low: FloatArray, high: FloatArray) -> None:
    """Keep labels off a box between two corners given in data units."""
    _TAKEN.setdefault(ax, []).append(np.concatenate([in_points(ax, low), in_points(ax, high)]))


def take_line(ax: Axes, points: FloatArray, *, width: float = 6.0, barrier: bool = False) -> None:
    """Keep labels off a polyline given in data units, ``width`` points wide; leader lines off a barrier."""
    line = in_points(ax, points)
    boxes = _TAKEN.setdefault(ax, [])
    for start, end in pairwise(line):
        steps = max(int(np.ceil(np.hypot(*(end - start)) / width)), 1)
        for share in np.arange(steps) / steps:
            middle = start + share * (end - start)
            boxes.append(np.concatenate([middle - width / 2.0, middle + width / 2.0]))
            if barrier:
                _BARRIERS.setdefault(ax, []).append(np.concatenate([middle - 1.0, middle + 1.0]))


def place_label(
    ax: Axes,
    text: str,
    anchors: Iterable[tuple[FloatArray, FloatArray]],
    *,
    distances: Iterable[float] = (3.0, 8.0, 14.0, 21.0, 29.0, 38.0, 50.0, 64.0, 80.0, 100.0),
    fontsize: float = 5.5,
    leader: str | None = None,
    **style: Any,
) -> bool:
    """Write a text beside one of its anchors, in the first place that is free.

    Parameters
    ----------
    ax : Axes
        Its limits and its place in the figure must be set before.
    text : str
        What to write.
    anchors : iterable of (point, direction)
        Points in data units, and unit vectors of the page in which the text should lie from them.
    distances : iterable of float
        How far from the anchor the nearest edge of the text may be, in points; nearer ones are tried first.
    fontsize : float
        In points.
    leader : str, optional
        Colour of a thin line to a text further away than the first distance.
    **style
        Passed to ``Axes.annotate``.

    Returns
    -------
    bool
        Whether there was a free place; nothing is written where there was none.
    """
    size = text_size(text, fontsize) + 1.0
    boxes = np.array(_TAKEN.get(ax, [])).reshape(-1, 4)
    texts = np.array(_BARRIERS.get(ax, [])).reshape(-1, 4)
    frame = in_points(ax, np.array([[x, y] for x, y in zip(ax.get_xlim(), ax.get_ylim(), strict=True)]))
    points = [(point, in_points(ax, np.asarray(point)), direction) for point, direction in anchors]
    steps = list(distances)
    for distance in steps:
        for turn in (0.0, 25.0, -25.0, 50.0, -50.0, 75.0, -75.0):
            for point, place, direction in points:
                cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
                towards = np.array([[cos, -sin], [sin, cos]]) @ direction
                # From the anchor to the text's centre, so that its nearest edge lies at the distance.
                reach = distance + np.abs(towards) @ size / 2.0
                centre = place + towards * reach
                box = np.concatenate([centre - size / 2.0, centre + size / 2.0])
                line = _samples(place, box) if distance > steps[0] else np.empty((0, 4))
                if _free(box, boxes, frame) and (leader is None or _apart(line, texts)):
                    _write(
                        ax,
                        text,
                        point,
                        centre - place,
                        fontsize,
                        leader if distance > steps[0] else None,
                        style,
                    )
                    _TAKEN.setdefault(ax, []).extend([box, *(line if leader else ())])
                    _BARRIERS.setdefault(ax, []).extend([box, *(line if leader else ())])
                    return True
    return False


def _samples(start: FloatArray, box: FloatArray) -> FloatArray:
    """Return small boxes along the leader line from a point to the centre of a text, up to the text."""
    centre = (box[:2] + box[2:]) / 2.0
    points = start + np.linspace(0.1, 1.0, 25)[:, None] * (centre - start)
    outside = ((points < box[:2]) | (points > box[2:])).any(axis=1)
    return np.hstack([points[outside] - 0.3, points[outside] + 0.3])


def _apart(line: FloatArray, texts: FloatArray) -> bool:
    return not any(
        bool(((texts[:, :2] < each[2:]).all(axis=1) & (texts[:, 2:] > each[:2]).all(axis=1)).any())
        for each in line
    )


def _free(box: FloatArray, boxes: FloatArray, frame: FloatArray) -> bool:
    inside = (box[:2] >= frame[0] + 1.0).all() and (box[2:] <= frame[1] - 1.0).all()
    apart = (
        (boxes[:, 0] >= box[2]) | (boxes[:, 2] <= box[0]) | (boxes[:, 1] >= box[3]) | (boxes[:, 3] <= box[1])
    )
    return bool(inside and apart.all())


def _write(
    ax: Axes,
    text: str,
    point: FloatArray,
    offset: FloatArray,
    fontsize: float,
    leader: str | None,
    style: dict[str, Any],
) -> None:
    arrow = {"arrowstyle": "-", "linewidth": 0.4, "color": leader, "shrinkA": 0.0, "shrinkB": 0.0}
    look: dict[str, Any] = {
        "zorder": 9,
        "path_effects": [withStroke(linewidth=2.4, foreground="white", alpha=0.9)],
        "annotation_clip": False,
    }
    ax.annotate(
        text,
        tuple(point),
        xytext=tuple(offset),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=fontsize,
        arrowprops=arrow if leader else None,
        **look | style,
    )
