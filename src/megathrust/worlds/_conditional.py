"""Worlds in which some features say nothing that the others do not say linearly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from megathrust.core import FloatArray, InputError
from megathrust.worlds._labels import Trenches
from megathrust.worlds._null import MakeWorld, World
from megathrust.worlds._spectral import random_signs, spectral_modes

# Great ruptures thin out towards the ends of trenches whatever the features do: the square stays.
_WITHOUT = (2,)
# Share of the spread below which nothing of a feature is left but rounding.
_ROUNDING = 1e-9


def without_own(columns: Sequence[int]) -> MakeWorld:
    """Return a null in which some features keep only what the others say of them linearly within regions.

    Each of the columns is regressed on all other features, both less their means over regions. Of what is
    left, its own part, every wave along every trench gets a random sign, the same for all columns; the rest,
    the other features and the labels stay. A model that learns in such a world knows of these columns what a
    line through the others says, the region, and how far the trench's ends are. What others say by a curve
    or a product counts as the columns' own.

    Parameters
    ----------
    columns : sequence of int
        Such as all features of a family.

    Raises
    ------
    InputError
        When a world is made, if a feature is missing somewhere; see `keeping_missing`.

    References
    ----------
    In the manner of a conditional randomisation test (Candès et al. 2018, doi:10.1111/rssb.12265), which
    would need the law of the columns given the others; here a linear one is estimated, and waves get signs.

    Examples
    --------
    >>> trenches = Trenches(np.array(["a"] * 4), np.arange(4.0), np.zeros(4), np.arange(4),
    ...     np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [9.0, 18.0]]))
    >>> bool(np.allclose(without_own([1])(trenches, 0).features, trenches.features))
    True
    """
    chosen = np.asarray(columns, dtype=np.int64)

    def make(trenches: Trenches, seed: int) -> World:
        features = trenches.features
        if np.isnan(features).any():
            raise InputError("a feature is missing somewhere", action="make worlds by keeping_missing")
        own = _own_part(features, trenches.region, chosen)
        modes = spectral_modes(trenches.region, trenches.s_km, without=_WITHOUT)
        waves = modes.T @ own
        flipped = random_signs(1, modes.shape[1], seed=seed)[0][:, None] * waves
        made = features.copy()
        made[:, chosen] += modes @ (flipped - waves)
        return World(made, np.arange(len(features)), trenches.ruptures)

    return make


def _own_part(features: FloatArray, region: np.ndarray, columns: np.ndarray) -> FloatArray:
    """Return what of some columns the others do not say within regions, (rows, columns)."""
    centred = features.copy()
    for name in np.unique(region):
        rows = region == name
        centred[rows] -= centred[rows].mean(0)
    spread = centred.std(0)
    scaled = centred / np.where(spread > 0.0, spread, 1.0)
    others, own = np.delete(scaled, columns, axis=1), scaled[:, columns]
    left = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
    left[:, np.linalg.norm(left, axis=0) <= _ROUNDING * np.linalg.norm(own, axis=0)] = 0.0
    return np.asarray(left * spread[columns])
