"""Worlds of labels in which each rupture is redrawn within the errors of its magnitude and extent."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray, IntArray, check_range, check_same_length
from megathrust.worlds._labels import LabelWorlds, Trenches


def redrawn_labels(
    trenches: Trenches,
    *,
    magnitude_error: FloatArray,
    length_error: FloatArray,
    shift_error: FloatArray,
    worlds: int,
    seed: int,
) -> LabelWorlds:
    """Return worlds in which magnitude, length and place of every rupture are drawn from their errors.

    A rupture of n segments becomes one of n 10^N(0, length_error) segments whose middle moves by
    n N(0, shift_error) segments along the trench; its magnitude changes by N(0, magnitude_error). Where two
    meet, the larger magnitude gives the label. What lay under a rupture that shrinks is not known: such
    segments get the lowest label.

    Parameters
    ----------
    trenches : Trenches
        With magnitudes in Mw as labels; the lowest label of all says "no event".
    magnitude_error, length_error, shift_error : ndarray, shape (rows,)
        Standard deviations: in Mw, in log10 of the length, and as a share of the length. A rupture has
        those of its first row.
    worlds : int
    seed : int

    Examples
    --------
    >>> trenches = Trenches(np.array(["a"] * 5), np.arange(5.0), np.array([1.0, 8, 8, 8, 1]),
    ...     np.array([0, 1, 1, 1, 2]), np.zeros((5, 1)))
    >>> none = np.zeros(5)
    >>> drawn = redrawn_labels(trenches, magnitude_error=none + 0.1, length_error=none, shift_error=none,
    ...     worlds=2, seed=0)
    >>> (drawn.labels > 1.0).sum(1).tolist()
    [3, 3]
    """
    check_range("the number of worlds", worlds, low=1)
    check_same_length(
        labels=trenches.labels,
        magnitude_error=magnitude_error,
        length_error=length_error,
        shift_error=shift_error,
    )
    random = np.random.default_rng(seed)
    lowest = float(trenches.labels.min())
    rows = len(trenches.labels)
    # Segments without an event stand alone, under numbers that no rupture has.
    alone = int(trenches.ruptures.max()) + 1 + np.arange(rows)
    made = LabelWorlds(np.full((worlds, rows), lowest), np.tile(alone, (worlds, 1)))
    for trench in trenches.along():
        for places in _events(trenches, trench, lowest):
            first = trench[places[0]]
            draws = random.standard_normal((3, worlds))
            length = len(places) * 10.0 ** (length_error[first] * draws[0])
            middle = places.mean() + len(places) * shift_error[first] * draws[1]
            magnitude = float(trenches.labels[trench[places]].max()) + magnitude_error[first] * draws[2]
            position = np.arange(len(trench))
            covered = np.abs(position - middle[:, None]) <= length[:, None] / 2.0
            # However short it became, it ruptured the segment of its middle.
            nearest = np.clip(np.round(middle), 0, len(trench) - 1).astype(np.int64)
            covered[np.arange(worlds), nearest] = True
            world, place = np.nonzero(covered & (magnitude[:, None] > made.labels[:, trench]))
            made.labels[world, trench[place]] = magnitude[world]
            made.ruptures[world, trench[place]] = trenches.ruptures[first]
    return made


def _events(trenches: Trenches, trench: IntArray, lowest: float) -> list[IntArray]:
    """Return the places along one trench of the segments of each of its events."""
    numbers = trenches.ruptures[trench]
    event = trenches.labels[trench] > lowest
    return [np.flatnonzero(event & (numbers == number)) for number in np.unique(numbers[event])]
