"""Moran spectral randomisation by signs: what keeps every spectrum along every trench, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, check_range, check_same_length
from megathrust.worlds._labels import Trenches
from megathrust.worlds._null import NULLS, World


def path_modes(s_km: FloatArray, *, without: Sequence[int] = ()) -> FloatArray:
    """Return the waves of one trench, from the longest to the shortest, shape (rows, waves).

    They are the eigenvectors of the Laplacian of the trench's path graph, whose edges weigh 1 / step, among
    all series without a mean and without the powers named. Where steps are equal and no power is named they
    are the cosines of the discrete cosine transform of type II.

    Parameters
    ----------
    s_km : ndarray, shape (rows,)
        Arc length in km, increasing.
    without : sequence of int
        Powers of the distance from the middle of the trench that are taken out like the mean: 1 for a trend,
        2 for what fades towards both ends.

    References
    ----------
    Wagner & Dray (2015), doi:10.1111/2041-210X.12407.

    Examples
    --------
    >>> path_modes(np.array([0.0, 50.0, 100.0])).round(2)[:, 1].tolist()
    [0.41, -0.82, 0.41]
    """
    for power in without:
        check_range("a power to take out", power, low=1)
    places = np.asarray(s_km, dtype=np.float64)
    steps = np.diff(places)
    if np.any(steps <= 0.0):
        raise InputError(
            "arc lengths do not increase", given=f"a step of {steps.min():g} km", allowed="> 0 km"
        )
    return _path_modes(places.tobytes(), tuple(sorted({0, *without}))).copy()


# Every world of a table, and every model held out in it, asks for the waves of the same places.
@lru_cache(maxsize=64)
def _path_modes(places: bytes, powers: tuple[int, ...]) -> FloatArray:
    s_km = np.frombuffer(places)
    if len(s_km) <= len(powers):
        return np.zeros((len(s_km), 0))
    steps = np.diff(s_km)
    weights = steps.mean() / steps
    diagonal = np.append(weights, 0.0) + np.append(0.0, weights)
    laplacian = np.diag(diagonal) - np.diag(weights, 1) - np.diag(weights, -1)
    place = 2.0 * (s_km - s_km.min()) / np.ptp(s_km) - 1.0
    basis, _ = np.linalg.qr(place[:, None] ** powers, mode="complete")
    free = basis[:, len(powers) :]
    _, vectors = np.linalg.eigh(free.T @ laplacian @ free)
    modes = free @ vectors
    # An eigenvector has no sign of its own: one rule, so that the same seed gives the same worlds anywhere.
    return np.asarray(modes * np.where(modes[0] < 0.0, -1.0, 1.0))


def spectral_modes(region: np.ndarray, s_km: FloatArray, *, without: Sequence[int] = ()) -> FloatArray:
    """Return the waves of all trenches, each zero but on its own trench, shape (rows, modes).

    Parameters
    ----------
    region : ndarray of str, shape (rows,)
    s_km : ndarray, shape (rows,)
        Arc length along the region's trench in km.
    without : sequence of int
        See `path_modes`.

    Examples
    --------
    >>> spectral_modes(np.array(["a", "b", "a", "b", "b"]), np.arange(5.0)).shape
    (5, 3)
    """
    check_same_length(region=region, s_km=s_km)
    parts = []
    for rows, own in _modes_of_trenches(region, s_km, without):
        part = np.zeros((len(region), own.shape[1]))
        part[rows] = own
        parts.append(part)
    return np.concatenate(parts, axis=1)


def _modes_of_trenches(
    region: np.ndarray, s_km: FloatArray, without: Sequence[int]
) -> list[tuple[IntArray, FloatArray]]:
    """Return the rows of every trench, in order along it, and their waves."""
    ordered = np.argsort(s_km, kind="stable")
    rows = [ordered[region[ordered] == name] for name in np.unique(region)]
    return [(own, path_modes(s_km[own], without=without)) for own in rows]


def random_signs(count: int, modes: int, *, seed: int) -> FloatArray:
    """Return signs of waves, +1 or -1 alike often, shape (count, modes).

    Examples
    --------
    >>> bool(np.all(np.abs(random_signs(3, 5, seed=0)) == 1.0))
    True
    """
    bits = np.random.default_rng(seed).integers(0, 2, size=(count, modes), dtype=np.int8)
    return np.asarray(2.0 * bits - 1.0)


@NULLS.register("spectral signs")
def spectral_features(trenches: Trenches, seed: int) -> World:
    """Flip the sign of every wave along every trench, the same for all features; mean and square stay.

    Means, variances, spectra and correlations between features stay exactly, in each region. So does what
    fades towards both ends of a trench, as great ruptures do whatever the features are: flipped, it would be
    a signal of its own. Values do not stay: sums of many waves are more Gaussian than what they replace,
    which trees and bins can see.

    Examples
    --------
    >>> trenches = Trenches(np.array(["a"] * 3), np.arange(3.0), np.zeros(3), np.arange(3),
    ...     np.array([[1.0], [3.0], [8.0]]))
    >>> [float(each.features.var().round(6)) for each in (spectral_features(trenches, 0), trenches)]
    [8.666667, 8.666667]
    """
    features = trenches.features.copy()
    parts = _modes_of_trenches(trenches.region, trenches.s_km, without=(2,))
    signs = random_signs(1, sum(modes.shape[1] for _, modes in parts), seed=seed)[0]
    for rows, modes in parts:
        own, signs = signs[: modes.shape[1]], signs[modes.shape[1] :]
        features[rows] += modes @ ((own - 1.0)[:, None] * (modes.T @ features[rows]))
    return World(features, np.arange(len(features)), trenches.ruptures)
