"""How well a normal law of the magnitude foretells events, and segments without one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import log_ndtr, ndtri

from megathrust.core import FloatArray, InputError, check_same_length
from megathrust.evaluation._scores import ratio

# A law without width would make one miss infinitely bad (units of Mw).
_LEAST_SPREAD = 0.01


def censored_log_score(
    observed: FloatArray,
    quantiles: FloatArray,
    levels: Sequence[float],
    weights: FloatArray | None = None,
    *,
    completeness: float,
) -> dict[tuple[str, str], FloatArray]:
    """Return the mean negative log-likelihood of magnitudes that are left-censored at completeness.

    A segment whose largest event reaches completeness counts with the density of its magnitude; one without
    an event, or with smaller ones only, with the probability that its largest lies below completeness.

    Parameters
    ----------
    observed : ndarray, shape (rows,)
        Largest observed Mw; NaN where there was no event.
    quantiles : ndarray, shape (rows, levels)
        Of the normal law that is predicted of each row, Mw.
    levels : sequence of float
        Two or more, increasing, between 0 and 1.
    weights : ndarray, shape (replicates, rows), optional
        Row weights; ones by default.
    completeness : float
        Mw.

    Returns
    -------
    dict
        ``("censored_log_score", "all")``: nats, (replicates,); less is better.

    Raises
    ------
    InputError
        If lengths differ, or a single level tells no spread.

    References
    ----------
    Tobin (1958), doi:10.2307/1907382.

    Examples
    --------
    >>> law = np.array([[6.0, 7.0, 8.0], [5.0, 6.0, 7.0]])
    >>> found = censored_log_score(np.array([7.5, np.nan]), law, (0.1, 0.5, 0.9), completeness=7.0)
    >>> found["censored_log_score", "all"].round(3)
    array([0.491])
    """
    check_same_length(observed=observed, quantiles=quantiles)
    check_same_length(levels=levels, quantiles=quantiles.T)
    if len(levels) < 2:
        raise InputError("one quantile tells no spread", given=list(levels), allowed="two levels or more")
    z = ndtri(np.asarray(levels, dtype=np.float64))
    spread = np.maximum((quantiles[:, -1] - quantiles[:, 0]) / (z[-1] - z[0]), _LEAST_SPREAD)
    centre = quantiles[:, 0] - z[0] * spread
    seen = np.nan_to_num(observed, nan=-np.inf) >= completeness
    deviation = (np.where(seen, observed, centre) - centre) / spread
    density = 0.5 * deviation**2 + np.log(spread) + 0.5 * np.log(2.0 * np.pi)
    surprise = np.where(seen, density, -log_ndtr((completeness - centre) / spread))
    weights = np.ones((1, len(observed))) if weights is None else weights
    return {("censored_log_score", "all"): ratio(weights @ surprise, weights.sum(1))}
