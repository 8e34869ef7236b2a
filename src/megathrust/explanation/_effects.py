"""Accumulated local effects: what moving one feature does, where the others are as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, check_range
from megathrust.explanation._explained import Explained


@dataclass(frozen=True)
class AccumulatedEffect:
    """What one feature does to the explained quantities.

    Attributes
    ----------
    values : ndarray, shape (points,)
        Of the feature, increasing: quantiles of the rows.
    effect : ndarray, shape (members, quantities, points)
        Of mean 0 over the rows.
    """

    values: FloatArray
    effect: FloatArray

    @property
    def rise(self) -> FloatArray:
        """What the largest value has above the smallest, (members, quantities)."""
        return np.asarray(self.effect[..., -1] - self.effect[..., 0])


def accumulated_effect(
    parts: Sequence[tuple[Explained, FloatArray]], column: int, *, bins: int = 10
) -> AccumulatedEffect:
    """Return the accumulated local effect of a feature.

    Within each bin of the feature's values the feature is moved from one edge to the other in the rows that
    lie there, and in no others: combinations that no row is near to are never asked, which a mean over all
    rows (partial dependence) would. The mean differences are summed up from the smallest value on.

    Parameters
    ----------
    parts : sequence of (Explained, ndarray of shape (rows, features))
        Each with rows of its own, such as the networks of a fold with its held-out segments; as many members
        in each. Member i of the result is member i of every part.
    column : int
    bins : int

    References
    ----------
    Apley & Zhu (2020), doi:10.1111/rssb.12377.

    Examples
    --------
    >>> from megathrust.explanation import ExplainedModel
    >>> class Twice:
    ...     def predict(self, x):
    ...         return 2.0 * x[:, 0]
    >>> found = accumulated_effect([(ExplainedModel(Twice(), 1), np.arange(5.0)[:, None])], 0, bins=2)
    >>> found.values.tolist(), found.effect.round(6).tolist()
    ([0.0, 2.0, 4.0], [[[-3.6, 0.4, 4.4]]])
    """
    check_range("the number of bins", bins, low=1)
    everything = np.concatenate([rows[:, column] for _, rows in parts])
    edges = np.unique(np.quantile(everything, np.linspace(0.0, 1.0, bins + 1)))
    first = parts[0][0]
    shape = first.members, len(first.names)
    if len(edges) < 2:
        return AccumulatedEffect(edges, np.zeros((*shape, 1)))
    sums, counts = np.zeros((*shape, len(edges) - 1)), np.zeros(len(edges) - 1)
    for explained, rows in parts:
        place = np.clip(np.searchsorted(edges, rows[:, column], side="left") - 1, 0, len(edges) - 2)
        low, high = rows.copy(), rows.copy()
        low[:, column], high[:, column] = edges[place], edges[place + 1]
        moved = explained.values(high) - explained.values(low)
        belongs = place[:, None] == np.arange(len(edges) - 1)
        sums += moved @ belongs
        counts += belongs.sum(0)
    steps = np.divide(sums, counts, out=np.zeros(sums.shape), where=counts > 0.0)
    effect = np.concatenate([np.zeros((*shape, 1)), np.cumsum(steps, axis=2)], axis=2)
    middles = (effect[..., 1:] + effect[..., :-1]) / 2.0
    return AccumulatedEffect(edges, effect - (middles @ (counts / counts.sum()))[..., None])
