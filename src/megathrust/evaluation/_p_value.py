"""How surprising a score is among those of worlds without signal."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray, check_range


def p_value(observed: float, null: FloatArray) -> float:
    """Return the share of the null at or above the observed score, the observed one counted in.

    An undefined score of the null counts as reaching it, as in `sequential_p_value`.

    References
    ----------
    Phipson & Smyth (2010), doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> p_value(0.9, np.array([0.5, 0.95, 0.7]))
    0.5
    """
    return float((1 + np.sum(~(np.asarray(null) < observed))) / (1 + len(null)))


def sequential_p_value(observed: float, null: FloatArray, *, exceedances: int) -> tuple[float, int]:
    """Return the p-value of worlds drawn one by one until enough of them reach the observed score.

    Where p is large, few worlds settle it: drawing stops at the world in which the null reaches the score for
    the h-th time, and p is h by the number of worlds drawn. Where that never happens, p is that of `p_value`.
    Without a signal p is at or below any level no more often than that level says.

    Parameters
    ----------
    observed : float
    null : ndarray, shape (worlds,)
        Scores in the order in which they were drawn, as far as they were. An undefined one counts as reaching
        the observed score: of such a world nobody can say that it does not.
    exceedances : int
        h, how many worlds at or above the observed score are enough.

    Returns
    -------
    tuple
        p, and how many worlds it took.

    References
    ----------
    Besag & Clifford (1991), doi:10.1093/biomet/78.2.301.

    Examples
    --------
    >>> sequential_p_value(0.5, np.array([0.6, 0.4, 0.7, 0.1, 0.9]), exceedances=2)
    (0.6666666666666666, 3)
    >>> sequential_p_value(0.8, np.array([0.6, 0.4, 0.7]), exceedances=2)
    (0.25, 3)
    """
    check_range("the number of exceedances", exceedances, low=1)
    reached = np.flatnonzero(~(np.asarray(null) < observed))
    if len(reached) < exceedances:
        return (1 + len(reached)) / (1 + len(null)), len(null)
    drawn = int(reached[exceedances - 1]) + 1
    return exceedances / drawn, drawn
