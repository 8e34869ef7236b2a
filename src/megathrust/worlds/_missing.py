"""Worlds of tables with missing values: what is missing, and which features say so, stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from megathrust.core import BoolArray, FloatArray
from megathrust.worlds._labels import Trenches
from megathrust.worlds._null import MakeWorld, World


def keeping_missing(make: MakeWorld) -> MakeWorld:
    """Return a null whose worlds miss the very values that the real one misses.

    For the making of a world a missing value is the linear interpolation of its known neighbours along the
    trench, the value of the nearest known one beyond them, and the mean of all trenches where a trench knows
    none; in the world it is missing again. A feature that is 1 exactly where another one is missing, and 0
    elsewhere, stays as it is. So a world scores what the pattern of missing values alone can score.

    Parameters
    ----------
    make : callable
        As in `NULLS`.

    Examples
    --------
    >>> from megathrust.worlds import NULLS
    >>> trenches = Trenches(np.array(["a"] * 4), np.arange(4.0), np.zeros(4), np.arange(4),
    ...     np.array([[1.0], [np.nan], [3.0], [5.0]]))
    >>> np.isnan(keeping_missing(NULLS["spectral signs"])(trenches, 0).features[:, 0]).tolist()
    [False, True, False, False]
    """

    def with_missing(trenches: Trenches, seed: int) -> World:
        missing = np.isnan(trenches.features)
        if not missing.any():
            return make(trenches, seed)
        world = make(replace(trenches, features=whole_features(trenches)), seed)
        kept = missing_indicators(trenches.features)
        made = np.where(missing, np.nan, world.features)
        return replace(world, features=np.where(kept, trenches.features, made))

    return with_missing


def missing_indicators(features: FloatArray) -> BoolArray:
    """Return which features are 1 where some other one is missing and 0 elsewhere, (features,)."""
    patterns = {column.tobytes() for column in np.isnan(features).T if column.any()}
    return np.array(
        [
            bool(np.isin(column, (0.0, 1.0)).all() and (column == 1.0).tobytes() in patterns)
            for column in features.T
        ]
    )


def whole_features(trenches: Trenches) -> FloatArray:
    """Return features without missing values, interpolated along each trench as `keeping_missing` says."""
    region, s_km = trenches.region, trenches.s_km
    whole = trenches.features.copy()
    for column in whole.T:
        missing = np.isnan(column)
        if not missing.any():
            continue
        # Nothing known anywhere: any constant does.
        mean = column[~missing].mean() if not missing.all() else 0.0
        for name in np.unique(region[missing]):
            rows = np.flatnonzero(region == name)
            known = rows[~missing[rows]]
            wanted = rows[missing[rows]]
            order = known[np.argsort(s_km[known], kind="stable")]
            column[wanted] = np.interp(s_km[wanted], s_km[order], column[order]) if len(order) else mean
    return whole
