"""Moment magnitude, seismic moment and radiated energy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from megathrust.core._constants import ENERGY_OFFSET, ENERGY_SLOPE, MOMENT_OFFSET, MOMENT_SLOPE
from megathrust.core._typing import FloatArray


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
