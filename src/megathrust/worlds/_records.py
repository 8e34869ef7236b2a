"""Worlds of longer records: what the same trenches would have shown had they been watched for longer."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray, InputError, check_range
from megathrust.worlds._labels import LabelWorlds, Trenches
from megathrust.worlds._layouts import pieces


def longer_record(trenches: Trenches, odds: FloatArray, *, factor: float, seed: int) -> LabelWorlds:
    """Return worlds of a record that is some times as long as the one that gave the labels.

    In each world a trench has Poisson numbers of great ruptures at its own rate: that of its record and one
    more event at the rate of all trenches together, so that a quiet trench may rupture, too. Each has a
    length drawn from those of all trenches and a place drawn with probability proportional to the
    exponential of the mean log-odds over it. Ruptures may cover one another; the later one counts, so a
    long record fills the trench and says less about places.

    Parameters
    ----------
    trenches : Trenches
        With labels 0 and 1.
    odds : ndarray, shape (worlds, rows)
        Log-odds of a great rupture by segment; zero for none.
    factor : float
        Length of the record, in units of the real one.
    seed : int

    Raises
    ------
    InputError
        If there is no great rupture.

    Examples
    --------
    >>> trenches = Trenches(np.array(["a"] * 40), np.arange(40.0), np.repeat([1.0, 0.0], [4, 36]),
    ...     np.repeat([0, 1], [4, 36]), np.zeros((40, 1)))
    >>> drawn = [longer_record(trenches, np.zeros((50, 40)), factor=f, seed=0) for f in (1.0, 5.0)]
    >>> bool(drawn[0].labels.mean() < drawn[1].labels.mean())
    True
    """
    check_range("the length of the record", factor, low=0.0, open_low=True)
    random = np.random.default_rng(seed)
    along = trenches.along()
    parts = [pieces(trenches.labels[rows], trenches.ruptures[rows], 0.0) for rows in along]
    great = [lengths[values > 0.0] for lengths, values in parts]
    pool = np.concatenate(great)
    if not len(pool):
        raise InputError("there is no great rupture", action="choose a threshold that some segments reach")
    rate = len(pool) / len(trenches.region)
    made = LabelWorlds(np.zeros(odds.shape), np.tile(len(odds[0]) + np.arange(len(odds[0])), (len(odds), 1)))
    for rows, own in zip(along, great, strict=True):
        # Gamma prior of one event, as in empirical Bayes: rate of the trench drawn towards that of all.
        expected = factor * (len(own) + 1.0) / (len(rows) + 1.0 / rate) * len(rows)
        sums = np.cumsum(np.pad(odds[:, rows], ((0, 0), (1, 0))), axis=1)
        for world, count in enumerate(random.poisson(expected, size=len(odds))):
            for number, drawn in enumerate(random.choice(pool, size=count)):
                length = min(int(drawn), len(rows))
                score = (sums[world, length:] - sums[world, : len(rows) - length + 1]) / length
                chance = np.exp(score - score.max())
                start = int(random.choice(len(score), p=chance / chance.sum()))
                made.labels[world, rows[start : start + length]] = 1.0
                made.ruptures[world, rows[start : start + length]] = number
    return made
