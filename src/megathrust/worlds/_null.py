"""Worlds without signal: what region and autocorrelation alone would give a model to learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, IntArray, Registry, short_repr
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
    """

    features: FloatArray
    labelled: IntArray


#: (features (rows, features), region (rows,), s_km (rows,), seed) -> a world
MakeWorld = Callable[[FloatArray, np.ndarray, FloatArray, int], World]

#: Kinds of worlds without signal, by the name that configurations and score files know.
NULLS: Registry[MakeWorld] = Registry("null")


@NULLS.register("shifted labels")
def shifted_labels(features: FloatArray, region: np.ndarray, s_km: FloatArray, seed: int) -> World:
    """Turn the labels of every trench along it; see `shifted_rows`."""
    return World(features, shifted_rows(region, s_km, surrogates=1, seed=seed)[0])


@NULLS.register("autoregressive features")
def noise_features(features: FloatArray, region: np.ndarray, s_km: FloatArray, seed: int) -> World:
    """Replace every feature by noise of its autocorrelation; see `autoregressive_features`."""
    noise = autoregressive_features(features, region, s_km, surrogates=1, seed=seed)[0]
    return World(noise, np.arange(len(features)))
