"""Ruptures of a trench laid out anew along it, more often where a driver favours them."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray, IntArray

# Swaps tried per rupture and world: energies no longer change with more (a test doubles them).
_SWEEPS = 100


def lay_out(
    labels: FloatArray,
    ruptures: IntArray,
    driver: FloatArray,
    *,
    random: np.random.Generator,
    threshold: float | None = None,
) -> tuple[FloatArray, IntArray]:
    """Return labels and ruptures of one trench whose ruptures keep lengths and labels, not their places.

    Segments of the trench's lowest label are pieces of one segment each. The order of ruptures and pieces is
    drawn with probability proportional to exp(sum over ruptures of v m), where v goes from 0 (lowest label)
    to 1 (highest) and m is the mean of the driver over the rupture's new place: logistic regression with the
    rupture as unit, given their number and lengths. Swapping a great rupture with an equally long piece of
    the lowest label multiplies the odds by exp(difference of m).

    Parameters
    ----------
    labels : ndarray, shape (rows,)
        In order along the trench.
    ruptures : ndarray of int, shape (rows,)
        Rupture number of each row.
    driver : ndarray, shape (worlds, rows)
        Log-odds of a great rupture by segment; zero for none.
    random : Generator
    threshold : float, optional
        v is 1 from this label on and 0 below it.

    Returns
    -------
    labels : ndarray, shape (worlds, rows)
    ruptures : ndarray of int, shape (worlds, rows)
        Numbers of ruptures and pieces, from 0.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> labels, _ = lay_out(np.array([1.0, 1, 0, 0]), np.array([5, 5, 6, 7]), np.zeros((1, 4)), random=random)
    >>> sorted(labels[0].tolist())
    [0.0, 0.0, 1.0, 1.0]
    """
    lengths, values = pieces(labels, ruptures, float(labels.min()))
    worlds, rows = driver.shape
    order = random.permuted(np.tile(np.arange(len(lengths)), (worlds, 1)), axis=1)
    low, high = values.min(), values.max()
    if high > low and driver.any():
        weights = (values - low) / (high - low) if threshold is None else 1.0 * (values >= threshold)
        order = _settle(order, lengths, weights, driver, random)
    # Every world repeats each piece over its length: one flat repeat, because all worlds have equal rows.
    number = np.repeat(order.ravel(), lengths[order].ravel()).reshape(worlds, rows)
    return values[number], number


def pieces(labels: FloatArray, ruptures: IntArray, lowest: float) -> tuple[IntArray, FloatArray]:
    """Return lengths in segments and labels of a trench's ruptures and of its single lowest segments."""
    inverse, lengths = _piece_of(labels, ruptures, lowest)
    # A segment's label may be above that of its rupture where labels were rounded: the highest counts.
    values = np.full(len(lengths), -np.inf)
    np.maximum.at(values, inverse, labels)
    return lengths, values


def rows_laid_out(labels: FloatArray, ruptures: IntArray, laid: IntArray) -> IntArray:
    """Return which row of a trench lies where in one world of `lay_out`.

    Parameters
    ----------
    labels, ruptures : ndarray, shape (rows,)
        As given to `lay_out`.
    laid : ndarray of int, shape (rows,)
        Numbers of ruptures and pieces in that world.

    Examples
    --------
    >>> rows_laid_out(np.array([8.0, 8, 1]), np.array([4, 4, 5]), np.array([0, 1, 1])).tolist()
    [2, 0, 1]
    """
    inverse, lengths = _piece_of(labels, ruptures, float(labels.min()))
    members = np.argsort(inverse, kind="stable")
    starts = np.cumsum(lengths) - lengths
    # The rows of a piece keep their order; laid out, they are neighbours.
    place = np.argsort(laid, kind="stable")
    rows = np.empty(len(labels), dtype=np.int64)
    within = np.arange(len(labels)) - starts[laid[place]]
    rows[place] = members[starts[laid[place]] + within]
    return rows


def _piece_of(labels: FloatArray, ruptures: IntArray, lowest: float) -> tuple[IntArray, IntArray]:
    """Return the piece of every row, and the length of every piece."""
    # Rows of a rupture that a gap or another event interrupts are laid out together.
    key = np.where(labels == lowest, -1 - np.arange(len(labels)), ruptures)
    _, inverse, lengths = np.unique(key, return_inverse=True, return_counts=True)
    return inverse, lengths.astype(np.int64)


def _settle(
    order: IntArray, lengths: IntArray, weights: FloatArray, driver: FloatArray, random: np.random.Generator
) -> IntArray:
    """Swap pieces by the rule of Metropolis, all worlds at once."""
    worlds, count = order.shape
    # Flat, because take_along_axis costs more than what it takes where worlds are few.
    sums = np.concatenate([np.zeros((worlds, 1)), np.cumsum(driver, axis=1)], axis=1).ravel()
    every = np.arange(worlds)
    begin = every[:, None] * (driver.shape[1] + 1)
    weighted = np.flatnonzero(weights > 0.0)

    def energy(of: IntArray) -> FloatArray:
        size = lengths[of]
        ends = np.cumsum(size, axis=1) + begin
        total = sums[ends] - sums[ends - size]
        return np.asarray((weights[of] * total / size).sum(1))

    now = energy(order)
    for _ in range(_SWEEPS * len(weighted)):
        # One of the two is a rupture: swaps of pieces without weight only move what lies between.
        moved = weighted[random.integers(len(weighted), size=worlds)]
        first = np.argmax(order == moved[:, None], axis=1)
        second = random.integers(count, size=worlds)
        tried = order.copy()
        tried[every, first], tried[every, second] = order[every, second], order[every, first]
        then = energy(tried)
        taken = np.log(random.random(worlds)) < then - now
        order = np.where(taken[:, None], tried, order)
        now = np.where(taken, then, now)
    return order
