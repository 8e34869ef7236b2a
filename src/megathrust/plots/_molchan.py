"""The Molchan diagram: events missed against trench under alarm."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import binom

from megathrust.core import FloatArray, InputError
from megathrust.plots._style import BLUE, GREEN, ORANGE, VERMILION, styled

_STYLES = tuple((colour, style) for style in ("-", "--", ":") for colour in (BLUE, VERMILION, GREEN, ORANGE))


@styled
def plot_molchan(
    curves: Mapping[str, tuple[FloatArray, FloatArray]], *, events: int, level: float = 0.05
) -> Figure:
    """Draw the share of events missed against the share of trench under alarm.

    Parameters
    ----------
    curves : mapping of str to (alarm, missed)
        Each from 0 to 1, by name; at most twelve.
    events : int
        How many events there were. The band holds what alarms that know nothing miss in all but ``level`` of
        cases, each share of trench on its own.
    level : float

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If there is no curve, or more than twelve.

    References
    ----------
    Zechar & Jordan (2008), doi:10.1111/j.1365-246X.2007.03676.x.
    """
    if not 0 < len(curves) <= len(_STYLES):
        raise InputError("number of Molchan curves", given=len(curves), allowed=f"1 to {len(_STYLES)}")
    figure = Figure(figsize=(6.6, 4.4), layout="constrained")
    axes = figure.add_subplot()
    alarm = np.linspace(0.0, 1.0, 201)
    if events:
        low, high = (binom.ppf(q, events, 1.0 - alarm) / events for q in (level / 2, 1.0 - level / 2))
        axes.fill_between(
            alarm, low, high, step="mid", color="0.88", linewidth=0, label=f"{1 - level:.0%} of random alarms"
        )
    axes.plot([0, 1], [1, 0], color="0.5", linewidth=0.8)
    for (name, (x, y)), (colour, style) in zip(curves.items(), _STYLES, strict=False):
        # Events caught together with the alarm that catches them: ties are drawn as straight lines.
        axes.plot(x, y, style, color=colour, linewidth=1.4, label=name)
    axes.set(
        xlabel="share of trench length under alarm",
        ylabel=f"share of {events} events missed",
        xlim=(0, 1),
        ylim=(-0.02, 1.02),
    )
    axes.set_aspect("equal")
    figure.legend(loc="outside right upper", fontsize=7)
    return figure
