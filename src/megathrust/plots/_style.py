"""One look for all figures: fonts, colours, markers; independent of the user's matplotlib settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

import matplotlib

P = ParamSpec("P")
T = TypeVar("T")

#: Colour-blind-safe palette of Okabe & Ito (2008), without its yellow, which is too faint on white.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#000000",
)
#: What is not shown to stand.
GREY = "#9A9A9A"
NETWORK_COLOURS = (VERMILION, PURPLE)
RIVAL_COLOURS = (BLACK, BLUE, GREEN, SKY, ORANGE, "#7A7A7A", "#8C564B")
RIVAL_MARKERS = ("s", "o", "^", "v", "P", "X", "<", ">")

# Rivals that keep their look from figure to figure, whichever of them it shows.
KNOWN_RIVALS = (
    "majority class",
    "region prior",
    "nearest segment",
    "logistic, 1 feature",
    "logistic, 2 features",
    "logistic regression",
    "random forest",
    "extra trees",
    "gradient boosting",
)

LAND_COLOUR = "#D9D4C8"
COAST_COLOUR = "#8A857A"
SEA_COLOUR = "#F4F7F9"
GRATICULE_COLOUR = "#B9C3CA"
BOUNDARY_COLOUR = "#7A5C8E"
CONTOUR_COLOUR = "#5B7FA3"
VOLCANO_COLOUR = "#8C3B1F"
RUPTURE_COLOUR = "#222222"
NULL_COLOUR = "#C9C9C9"
NULL_COLOURS = (NULL_COLOUR, "#8E8E8E", "#E2E2E2")
WARNING_COLOUR = "#A32A00"

_STYLE: Mapping[Any, Any] = MappingProxyType(
    {
        "axes.axisbelow": True,
        "axes.grid": False,
        "axes.labelsize": 9,
        "axes.linewidth": 0.7,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 9.5,
        "figure.dpi": 100,
        "font.family": "DejaVu Sans",
        "font.size": 8.5,
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.6,
        "hatch.linewidth": 0.6,
        "legend.fontsize": 8,
        "legend.frameon": False,
        "pdf.fonttype": 42,
        "svg.hashsalt": "megathrust",
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
    }
)


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function with the package's style on top of matplotlib's own defaults."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_STYLE)
            return draw(*args, **kwargs)

    return inside


def model_looks(models: list[str], networks: list[str]) -> dict[str, dict[str, Any]]:
    """Return colour, marker and order of each model: networks stand out, rivals stay distinct.

    Where colours come round again, markers are hollow and lines dashed.

    Examples
    --------
    >>> model_looks(["nearest", "fcn"], ["fcn"])["fcn"]["marker"]
    'D'
    """
    looks: dict[str, dict[str, Any]] = {}
    rivals = [model for model in models if model not in networks]
    for i, model in enumerate(networks):
        colour = NETWORK_COLOURS[i % len(NETWORK_COLOURS)]
        looks[model] = {"color": colour, "marker": "D", "markersize": 7.0, "linewidth": 2.2, "zorder": 5}
    places = {model: place for place, model in enumerate(dict.fromkeys((*KNOWN_RIVALS, *rivals)))}
    if not set(rivals) & set(KNOWN_RIVALS):
        places = {model: place for place, model in enumerate(rivals)}
    for model in rivals:
        i = places[model]
        colour = RIVAL_COLOURS[i % len(RIVAL_COLOURS)]
        marker = RIVAL_MARKERS[i % len(RIVAL_MARKERS)]
        looks[model] = {"color": colour, "marker": marker, "markersize": 5.6, "linewidth": 1.0, "zorder": 3}
        if i >= len(RIVAL_COLOURS):
            looks[model] |= {"linestyle": "--", "hollow": True}
    return looks
