"""Random phases: what keeps every spectrum and cross-spectrum along every trench, and nothing else."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray
from megathrust.worlds._labels import Trenches
from megathrust.worlds._null import NULLS, World


def random_phases(series: FloatArray, random: np.random.Generator) -> FloatArray:
    """Return series of the same mean, spectrum and cross-spectra, at random places.

    All columns are turned by the same random phase at each wavelength, so that whatever they share they go on
    sharing. Rows are taken for equally spaced and periodic: a trend comes back as a jump.

    Parameters
    ----------
    series : ndarray, shape (rows, columns)
    random : Generator

    References
    ----------
    Prichard & Theiler (1994), doi:10.1103/PhysRevLett.73.951.

    Examples
    --------
    >>> series = np.array([[1.0, 2.0], [3.0, 6.0], [8.0, 16.0], [0.0, 0.0]])
    >>> turned = random_phases(series, np.random.default_rng(0))
    >>> bool(np.allclose(turned[:, 1], 2.0 * turned[:, 0])), turned.mean(0).round(9).tolist()
    (True, [3.0, 6.0])
    """
    waves = np.fft.rfft(series, axis=0)
    turns = np.exp(2j * np.pi * random.random(len(waves)))
    turns[0] = 1.0
    if len(series) % 2 == 0 and len(series) > 1:
        # The shortest wave of an even number of rows has two phases only.
        turns[-1] = np.sign(turns[-1].real) or 1.0
    return np.asarray(np.fft.irfft(waves * turns[:, None], n=len(series), axis=0))


@NULLS.register("random phases")
def phase_features(trenches: Trenches, seed: int) -> World:
    """Give all waves of the features along every trench random phases; see `random_phases`.

    Means, variances, spectra and cross-spectra stay exactly, in each region; gaps of a trench are closed.
    """
    random = np.random.default_rng(seed)
    features = trenches.features.copy()
    for rows in trenches.along():
        features[rows] = random_phases(features[rows], random)
    return World(features, np.arange(len(features)), trenches.ruptures)
