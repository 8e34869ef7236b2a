"""One number that makes the probabilities of networks as sure as they have a right to be."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp

from megathrust.core import FloatArray, InputError, IntArray, check_same_length

#: Between these bounds a temperature is looked for.
TEMPERATURES = (0.1, 10.0)


def fit_temperature(log_probabilities: FloatArray, classes: IntArray) -> float:
    """Return the temperature at which the mean probability of networks has the least log loss.

    At temperature T every network says softmax(log p / T): above 1 it is less sure, below 1 surer, and which
    class it finds most probable stays the same.

    Parameters
    ----------
    log_probabilities : ndarray, shape (networks, rows, classes)
        Natural logarithms of what networks say of rows that they were not fitted on.
    classes : ndarray of int, shape (rows,)
        Observed class of every row.

    Returns
    -------
    float
        Between 0.1 and 10; 1 where all rows are of one class, of which nothing can be learned.

    Raises
    ------
    InputError
        If lengths differ or a probability is not a number.

    References
    ----------
    Guo et al. (2017), arXiv:1706.04599; of the mean of an ensemble: Rahaman & Thiery (2021),
    arXiv:2007.08792.

    Examples
    --------
    >>> sure = np.log(np.array([[[0.99, 0.01], [0.99, 0.01], [0.99, 0.01], [0.01, 0.99]]]))
    >>> fit_temperature(sure, np.array([0, 0, 1, 1])) > 2.0
    True
    """
    check_same_length(rows=log_probabilities[0], classes=classes)
    if np.isnan(log_probabilities).any():
        raise InputError("a probability is not a number", given=int(np.isnan(log_probabilities).sum()))
    if len(np.unique(classes)) < 2:
        return 1.0
    rows = np.arange(len(classes))

    def loss(log_temperature: float) -> float:
        tempered = log_softmax(log_probabilities / np.exp(log_temperature), axis=-1)
        mean = logsumexp(tempered[:, rows, classes], axis=0) - np.log(len(tempered))
        return float(-mean.mean())

    low, high = np.log(TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))
