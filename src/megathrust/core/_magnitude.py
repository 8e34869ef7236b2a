"""Moment magnitude, seismic moment and radiated energy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from megathrust.core._constants import ENERGY_OFFSET, ENERGY_SLOPE, MOMENT_OFFSET, MOMENT_SLOPE
from megathrust.core._errors import InputError
from megathrust.core._typing import FloatArray, IntArray

# Magnitudes carry two decimals at most; this absorbs binary fractions just below a threshold.
_TOLERANCE = 1e-7


def moment_from_magnitude(magnitude: npt.ArrayLike) -> FloatArray:
    """Return the seismic moment in N m of a moment magnitude, M0 = 10^(1.5 Mw + 9.1).

    Parameters
    ----------
    magnitude : array_like
        Moment magnitude Mw.

    Returns
    -------
    ndarray
        Scalar seismic moment in N m, of the same shape.

    References
    ----------
    IASPEI (2013); Bormann & Di Giacomo (2011), doi:10.1007/s10950-010-9219-2.

    Examples
    --------
    >>> f"{moment_from_magnitude(9.0):.3e}"
    '3.981e+22'
    """
    exponent = MOMENT_SLOPE * np.asarray(magnitude, dtype=np.float64) + MOMENT_OFFSET
    return np.asarray(np.power(10.0, exponent))


def magnitude_from_moment(moment: npt.ArrayLike) -> FloatArray:
    """Return the moment magnitude of a seismic moment in N m, the inverse of `moment_from_magnitude`.

    Examples
    --------
    >>> round(float(magnitude_from_moment(moment_from_magnitude(8.3))), 12)
    8.3
    """
    return np.asarray((np.log10(np.asarray(moment, dtype=np.float64)) - MOMENT_OFFSET) / MOMENT_SLOPE)


def energy_from_magnitude(magnitude: npt.ArrayLike) -> FloatArray:
    """Return the radiated energy in J of a magnitude, E = 10^(1.5 M + 4.8).

    References
    ----------
    Gutenberg & Richter (1956); Choy & Boatwright (1995), doi:10.1029/95JB01969.

    Examples
    --------
    >>> f"{energy_from_magnitude(8.0):.3e}"
    '6.310e+16'
    """
    exponent = ENERGY_SLOPE * np.asarray(magnitude, dtype=np.float64) + ENERGY_OFFSET
    return np.asarray(np.power(10.0, exponent))


def magnitude_classes(magnitudes: npt.ArrayLike, thresholds: Sequence[float]) -> IntArray:
    """Return the class of every magnitude: how many of the thresholds it reaches.

    Parameters
    ----------
    magnitudes : array_like
        Magnitudes; NaN, where no event was observed, falls in class 0.
    thresholds : sequence of float
        Magnitudes between the classes, increasing.

    Raises
    ------
    InputError
        If there is no threshold, or they are not finite or do not increase.

    Examples
    --------
    >>> magnitude_classes([6.0, 8.0, 9.1, np.nan], [6.4, 8.3])
    array([0, 1, 2, 0])
    """
    edges = np.asarray(thresholds, dtype=np.float64)
    if edges.ndim != 1 or not edges.size or not np.isfinite(edges).all() or (np.diff(edges) <= 0.0).any():
        raise InputError(
            "the thresholds do not increase", given=thresholds, allowed="one finite magnitude or more"
        )
    values = np.asarray(magnitudes, dtype=np.float64)
    return np.searchsorted(edges - _TOLERANCE, np.where(np.isnan(values), -np.inf, values), side="right")
