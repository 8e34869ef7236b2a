"""Successive halving: short trainings for all trials, longer ones for the best of them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from megathrust.core import check_range


def rung_epochs(epochs: int, rung: int, *, rungs: int, reduction: float) -> int:
    """Return for how many epochs a trial is trained on a rung.

    Every rung trains from scratch with a schedule of its own length: the one-cycle rate of a training that
    is to go on is another one than that of a training that ends here, and trials then need no memory.

    Parameters
    ----------
    epochs : int
        Epochs of a full training, those of the last rung.
    rung : int
        From 0.
    rungs : int
        How many rungs there are.
    reduction : float
        By how much trainings are shorter from one rung to the one before; above 1.

    References
    ----------
    Jamieson & Talwalkar (2016), AISTATS, PMLR 51.

    Examples
    --------
    >>> [rung_epochs(120, rung, rungs=3, reduction=3) for rung in range(3)]
    [13, 40, 120]
    """
    check_range("the rung", rung, low=0, high=rungs - 1)
    check_range("the reduction", reduction, low=1.0, open_low=True)
    return max(1, round(epochs / reduction ** (rungs - 1 - rung)))


def survivors(scores: Mapping[int, float], *, reduction: float) -> list[int]:
    """Return the trials that go on to the next rung, the best first.

    One in ``reduction`` survives, rounded up; of equal scores the lower trial number does.

    Parameters
    ----------
    scores : mapping of int to float
        From trial number to score, higher is better.
    reduction : float
        At least 1; with 1 this is the ranking of all trials.

    Examples
    --------
    >>> survivors({0: 0.5, 1: 0.7, 2: 0.7, 3: 0.1}, reduction=3)
    [1, 2]
    """
    check_range("the reduction", reduction, low=1.0)
    ranked = sorted(scores, key=lambda number: (-scores[number], number))
    return ranked[: math.ceil(len(ranked) / reduction)]
