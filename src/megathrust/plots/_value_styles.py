"""How values on a trench are coloured: one declaration for each kind of value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import matplotlib
import numpy as np
import numpy.typing as npt
from cmcrameri import cm
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap, Normalize

from megathrust.core import InputError
from megathrust.plots._style import ORANGE

LOWEST_MAGNITUDE, HIGHEST_MAGNITUDE = 6.0, 9.6

#: Outcomes by number; the colours differ in lightness too, for grey print.
OUTCOMES = ("true negative", "false positive", "true positive", "false negative")
OUTCOME_COLOURS = ("#B5D9EE", ORANGE, "#0072B2", "#701A1A")


@dataclass(frozen=True)
class ValueStyle:
    """Colours and key of one kind of value.

    Attributes
    ----------
    label : str
        Name and unit of the value, written at the key.
    cmap : Colormap
    norm : Normalize
    names : tuple of str
        What the classes 0, 1, ... are called; empty for numbers, which get a colour bar.
    ticks : tuple of float
        Where the colour bar is labelled; empty for matplotlib's choice.
    extend : {"neither", "min", "max", "both"}
        Where the colour bar ends in a triangle.
    signed : bool
        Whether the sign matters: negative values bear a white line, because grey print shows no hue.
    """

    label: str
    cmap: Colormap
    norm: Normalize
    names: tuple[str, ...] = ()
    ticks: tuple[float, ...] = ()
    extend: Literal["neither", "min", "max", "both"] = "neither"
    signed: bool = False

    @property
    def mappable(self) -> ScalarMappable:
        """What turns values into colours, and colours into a colour bar."""
        return ScalarMappable(self.norm, self.cmap)

    def changed(
        self, *, cmap: str | Colormap | None = None, breaks: Sequence[float] | None = None
    ) -> ValueStyle:
        """Return the style with another colour map, or with colours that change at ``breaks`` only."""
        style = self if cmap is None else replace(self, cmap=matplotlib.colormaps.get_cmap(cmap))
        if breaks is None:
            return style
        edges = np.asarray(breaks, dtype=np.float64)
        if len(edges) < 2 or not np.all(np.diff(edges) > 0.0):
            raise InputError(
                "breaks of the colours do not increase",
                given=", ".join(map(str, breaks)),
                allowed="two or more",
            )
        norm = BoundaryNorm(edges, style.cmap.N, extend=style.extend)
        return replace(style, norm=norm, ticks=tuple(edges))


def value_style(
    values: npt.ArrayLike, label: str, *, low: float | None = None, high: float | None = None
) -> ValueStyle:
    """Return the style of numbers without a style of their own: light to dark between two ends.

    Raises
    ------
    InputError
        If an end is not given and no value is known.

    Examples
    --------
    >>> value_style([1.0, np.nan, 3.0], "slab age (Ma)").norm.vmax
    3.0
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size and (low is None or high is None):
        raise InputError("no segment on the map has a value", given=f"{np.size(values)} segments drawn")
    ends = (float(known.min()) if low is None else low, float(known.max()) if high is None else high)
    return ValueStyle(label, _sequential(), Normalize(*ends))


def probability_style(what: str = "Mw ≥ 8.0") -> ValueStyle:
    """Return the style of a probability: ten steps from 0 to 1."""
    edges = np.linspace(0.0, 1.0, 11).round(1)
    ticks = tuple(edges[::2])
    return ValueStyle(f"probability of {what}", _sequential(), BoundaryNorm(edges, 256), ticks=ticks)


def spread_style(high: float = 0.5, label: str = "spread over networks (standard deviation)") -> ValueStyle:
    """Return the style of a spread, from 0 to ``high``."""
    cmap = ListedColormap(cm.acton_r(np.linspace(0.05, 0.9, 256)), name="spread")
    return ValueStyle(label, cmap, Normalize(0.0, high), extend="max")


def magnitude_style(
    thresholds: Sequence[float] = (8.0,), *, label: str = "largest observed Mw"
) -> ValueStyle:
    """Return the style of magnitudes from 6 to 9.6: colours change at the class thresholds.

    Blue below the highest threshold, yellow to dark red from it on, darker with magnitude throughout.

    Parameters
    ----------
    thresholds : sequence of float
        Class thresholds in Mw, each of which becomes a break of the colours.
    label : str
        Written at the colour bar.

    Examples
    --------
    >>> [float(edge) for edge in magnitude_style((8.0,)).norm.boundaries]
    [6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.6]
    >>> [float(edge) for edge in magnitude_style((6.4, 8.3)).norm.boundaries]
    [6.0, 6.4, 7.0, 7.5, 8.0, 8.3, 9.0, 9.6]
    """
    marks = [edge for edge in thresholds if LOWEST_MAGNITUDE < edge < HIGHEST_MAGNITUDE]
    plain = [edge for edge in np.arange(6.5, 9.5, 0.5) if all(abs(edge - mark) > 0.25 for mark in marks)]
    edges = np.array(sorted({LOWEST_MAGNITUDE, *plain, *marks, HIGHEST_MAGNITUDE}))
    below = int((edges[:-1] < max(marks, default=HIGHEST_MAGNITUDE)).sum())
    above = len(edges) - 1 - below
    colours = np.concatenate(
        [
            matplotlib.colormaps["Blues"](np.linspace(0.18, 0.58, below)),
            matplotlib.colormaps["YlOrRd"](np.linspace(0.62, 1.0, above)) * [0.86, 0.86, 0.86, 1.0],
        ]
    )
    cmap = ListedColormap(colours, name="magnitude").with_extremes(under=colours[0])
    norm = BoundaryNorm(edges, len(edges) - 1)
    return ValueStyle(label, cmap, norm, ticks=tuple(edges), extend="min")


def class_style(names: Sequence[str], label: str = "observed class") -> ValueStyle:
    """Return the style of class numbers, lowest first."""
    return _classes(label, names, _sequential()(np.linspace(0.12, 0.95, len(names))))


def outcome_style(names: Sequence[str] = OUTCOMES) -> ValueStyle:
    """Return the style of outcomes: true and false negatives and positives in four colours."""
    return _classes("outcome", names, OUTCOME_COLOURS)


def fold_style(names: Sequence[str]) -> ValueStyle:
    """Return the style of folds."""
    return _classes("fold", names, cm.batlow(np.linspace(0.0, 0.95, len(names))))


def relevance_style(limit: float, label: str = "relevance (logit)", *, stands: bool = True) -> ValueStyle:
    """Return the style of a signed quantity, white at 0 and of equal strength on both sides.

    What does not stand is grey, the darker the further from 0.
    """
    label = f"{label}; white lines: negative"
    colours: Colormap = cm.vik if stands else _greys()
    return ValueStyle(label, colours, Normalize(-limit, limit), extend="both", signed=True)


def _greys() -> Colormap:
    lightness = 1.0 - 0.65 * np.abs(np.linspace(-1.0, 1.0, 256))
    return ListedColormap(np.repeat(lightness[:, None], 3, axis=1), name="not standing")


def _sequential() -> Colormap:
    """Perceptually uniform, light to dark, neither end invisible."""
    return ListedColormap(cm.lajolla(np.linspace(0.95, 0.12, 256)), name="values")


def _classes(label: str, names: Sequence[str], colours: npt.ArrayLike) -> ValueStyle:
    norm = BoundaryNorm(np.arange(len(names) + 1) - 0.5, len(names))
    return ValueStyle(label, ListedColormap(colours, name=label), norm, tuple(names))
