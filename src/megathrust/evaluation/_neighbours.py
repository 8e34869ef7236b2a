"""What the region and the labels along the trench say, at the distance at which rows are held out."""

from __future__ import annotations

import numpy as np

from megathrust.core import BoolArray, FloatArray, IntArray, check_same_length

# Distance in km over which a label's weight falls to 1/e; fixed before any table was asked.
_BANDWIDTH_KM = 200.0
# Labels that the rate of the trench, and the one of all trenches, count as.
_SHRUNK = 2.0


def neighbour_log_odds(
    great: BoolArray,
    ruptures: IntArray,
    region: np.ndarray,
    s_km: FloatArray,
    train: IntArray,
    *,
    exclusion_km: float,
) -> FloatArray:
    """Return the log-odds of a great event by the training labels of the trench, nearer ones weighing more.

    Every row, a training row like a held-out one, is told by training rows of other ruptures at least
    ``exclusion_km`` away along its trench, so that it says of both what it can say of a held-out row. Their
    weights fall as exp(-distance / 200 km); their share is shrunk towards the rate of the same rows
    without weights, that one towards the rate of all training rows, by two labels each.

    Parameters
    ----------
    great : ndarray of bool, shape (rows,)
    ruptures : ndarray of int, shape (rows,)
        Rupture of each row.
    region : ndarray of str, shape (rows,)
    s_km : ndarray, shape (rows,)
        Arc length along the trench in km.
    train : ndarray of int
        Positions of the rows whose labels may be seen.
    exclusion_km : float
        That of the split.

    Returns
    -------
    ndarray, shape (rows,)
        Natural logarithm of the odds.

    Examples
    --------
    >>> great, none = np.array([True, True, False]), np.arange(3)
    >>> places = np.array([0.0, 100.0, 1000.0])
    >>> said = neighbour_log_odds(great, none, np.array(["a"] * 3), places, none, exclusion_km=100.0)
    >>> said.round(2).tolist()
    [0.63, 0.63, 1.4]
    """
    check_same_length(great=great, ruptures=ruptures, region=region, s_km=s_km)
    hits = great.astype(np.float64)
    overall = (hits[train].sum() + 1.0) / (len(train) + 2.0)
    chance = np.empty(len(great))
    for name in np.unique(region):
        rows = np.flatnonzero(region == name)
        seen = train[region[train] == name]
        apart = np.abs(s_km[rows, None] - s_km[seen])
        allowed = (apart >= exclusion_km) & (ruptures[rows, None] != ruptures[seen])
        weights = np.where(allowed, np.exp(-apart / _BANDWIDTH_KM), 0.0)
        rate = (allowed @ hits[seen] + _SHRUNK * overall) / (allowed.sum(1) + _SHRUNK)
        chance[rows] = (weights @ hits[seen] + _SHRUNK * rate) / (weights.sum(1) + _SHRUNK)
    return np.asarray(np.log(chance / (1.0 - chance)))
