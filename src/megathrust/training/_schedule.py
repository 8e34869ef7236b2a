"""The one-cycle learning rate, for many members at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from megathrust.core import FloatArray


def one_cycle(
    step: int,
    steps: npt.ArrayLike,
    peak: npt.ArrayLike,
    *,
    rise: float = 0.3,
    start_divisor: float = 25.0,
    end_divisor: float = 1e4,
) -> FloatArray:
    """Return the learning rate of every member at one step of the one-cycle schedule.

    The rate climbs from ``peak / start_divisor`` to ``peak`` in the first ``rise`` of the steps and then
    falls to ``peak / (start_divisor * end_divisor)``, both along half a cosine. Members that have done
    all their steps get 0.

    Parameters
    ----------
    step : int
        Steps done so far, from 0.
    steps : array_like of int, shape (members,)
        Steps of each member in all.
    peak : array_like, shape (members,)
        Largest rate of each member.

    Returns
    -------
    ndarray, shape (members,)

    References
    ----------
    Smith & Topin (2019), doi:10.1117/12.2520589; with cosine annealing as in PyTorch's OneCycleLR.
    """
    steps, peak = np.asarray(steps, dtype=np.float64), np.asarray(peak, dtype=np.float64)
    start = peak / start_divisor
    end = start / end_divisor
    top = rise * steps - 1.0
    rising = step <= top
    # A member of one step only has no slope: it starts at the bottom.
    share = np.where(
        rising,
        step / np.where(top > 0.0, top, 1.0),
        (step - top) / np.maximum(steps - 1.0 - top, 1.0),
    )
    first, last = np.where(rising, start, peak), np.where(rising, peak, end)
    rate = last + (first - last) * (1.0 + np.cos(np.pi * np.clip(share, 0.0, 1.0))) / 2.0
    return np.where(step < steps, rate, 0.0)
