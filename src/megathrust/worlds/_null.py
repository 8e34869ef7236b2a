"""Worlds without signal, and one with: what a model may learn from, and who ruptured together there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, IntArray, Registry, short_repr
from megathrust.worlds._labels import Trenches
from megathrust.worlds._layouts import lay_out, rows_laid_out
from megathrust.worlds._surrogates import autoregressive_features, shifted_rows


@short_repr
@dataclass(frozen=True)
class World:
    """Features and labels that a model may learn from.

    Attributes
    ----------
    features : ndarray, shape (rows, features)
    labelled : ndarray of int, shape (rows,)
        Row i has the label that row ``labelled[i]`` has in the real world.
    ruptures : ndarray of int, shape (rows,)
        Rupture number of each row in this world: its folds are made with these.
    """

    features: FloatArray
    labelled: IntArray
    ruptures: IntArray


#: (trenches as they are, with magnitudes as labels; seed) -> a world
MakeWorld = Callable[[Trenches, int], World]

#: Kinds of worlds without signal, by the name that configurations and score files know.
NULLS: Registry[MakeWorld] = Registry("null")


@NULLS.register("shifted labels")
def shifted_labels(trenches: Trenches, seed: int) -> World:
    """Turn the labels of every trench along it; see `shifted_rows`."""
    labelled = shifted_rows(trenches.region, trenches.s_km, surrogates=1, seed=seed)[0]
    return World(trenches.features, labelled, trenches.ruptures[labelled])


@NULLS.register("autoregressive features")
def noise_features(trenches: Trenches, seed: int) -> World:
    """Replace every feature by noise of its autocorrelation; see `autoregressive_features`."""
    noise = autoregressive_features(
        trenches.features, trenches.region, trenches.s_km, surrogates=1, seed=seed
    )[0]
    return World(noise, np.arange(len(noise)), trenches.ruptures)


@NULLS.register("ruptures laid out anew")
def ruptures_anew(trenches: Trenches, seed: int) -> World:
    """Lay each trench's own ruptures out in a random order; features stay exactly; see `lay_out`."""
    return planted_world(trenches, np.zeros(len(trenches.region)), seed)


def planted_world(
    trenches: Trenches, odds: FloatArray, seed: int, *, threshold: float | None = None
) -> World:
    """Return a world whose own ruptures lie where a driver favours them.

    Parameters
    ----------
    trenches : Trenches
        With magnitudes as labels.
    odds : ndarray, shape (rows,)
        Log-odds of a great rupture by segment.
    seed : int
    threshold : float, optional
        Ruptures of this magnitude and above follow the driver; without one all do, the more the larger.

    Examples
    --------
    >>> trenches = Trenches(np.array(["a"] * 4), np.arange(4.0), np.array([8.0, 8, 1, 1]),
    ...     np.array([0, 0, 1, 1]), np.zeros((4, 1)))
    >>> world = planted_world(trenches, 50.0 * np.arange(4.0), 0, threshold=8.0)
    >>> world.labelled.tolist(), world.ruptures.tolist()
    ([3, 2, 0, 1], [0, 0, 1, 1])
    """
    random = np.random.default_rng(seed)
    labelled = np.arange(len(trenches.region))
    ruptures = np.empty(len(labelled), dtype=np.int64)
    lowest = float(trenches.labels.min())
    start = 0
    for rows in trenches.along():
        own, numbers = trenches.labels[rows], trenches.ruptures[rows]
        _, laid = lay_out(own, numbers, odds[None, rows], random=random, threshold=threshold)
        labelled[rows] = rows[rows_laid_out(own, numbers, laid[0])]
        # Neighbours without an event are one group, as `FeatureTable.ruptures` has it.
        quiet = trenches.labels[labelled[rows]] == lowest
        begins = np.ones(len(rows), dtype=bool)
        begins[1:] = (laid[0][1:] != laid[0][:-1]) & ~(quiet[1:] & quiet[:-1])
        ruptures[rows] = start + np.cumsum(begins) - 1
        start = int(ruptures[rows].max()) + 1
    return World(trenches.features, labelled, ruptures)
