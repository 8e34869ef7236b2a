"""How surprising a score is among those of worlds without signal."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray


def p_value(observed: float, null: FloatArray) -> float:
    """Return the share of the null at or above the observed score, the observed one counted in.

    References
    ----------
    Phipson & Smyth (2010), doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> p_value(0.9, np.array([0.5, 0.95, 0.7]))
    0.5
    """
    return float((1 + np.sum(np.asarray(null) >= observed)) / (1 + len(null)))
