"""Attributions that only ask for values: groups of features from background or segment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from megathrust.core import BoolArray, FloatArray, check_same_length
from megathrust.explanation._attributions import ATTRIBUTIONS, AttributionOptions, Relevance
from megathrust.explanation._background import Background
from megathrust.explanation._explained import Explained
from megathrust.explanation._gradients import difference
from megathrust.explanation._switches import Switches, switches

# Coalitions whose sums of the first layer are made together.
_AT_ONCE = 32


def groups_of(features: int, groups: Sequence[str] | None) -> tuple[list[str], BoolArray]:
    """Return the names of groups, as they come, and who belongs to each (groups, features)."""
    if groups is None:
        return [str(number) for number in range(features)], np.eye(features, dtype=bool)
    check_same_length(groups=groups, features=range(features))
    names = list(dict.fromkeys(groups))
    return names, np.array([[group == name for group in groups] for name in names])


@ATTRIBUTIONS.register("occlusion")
def occlusion(
    explained: Explained, features: FloatArray, background: Background, options: AttributionOptions
) -> Relevance:
    """Take one group from the background, the others staying: what the quantity loses, mean over it.

    Groups that say the same hide each other; what all of them together leave over is the bias share.
    """
    _, belongs = groups_of(features.shape[1], options.groups)
    delta = difference(explained, features, background)
    found = np.empty((*delta.shape, len(belongs)))
    whole = explained.values(features)
    without = ~np.eye(len(belongs), dtype=bool)
    for block in switches(explained, features, background, belongs):
        found[block.place] = whole[block.place][..., None] - np.moveaxis(block.means(without), 0, -1)
        options.tell(block.done, block.of)
    return Relevance(found, delta - found.sum(-1), delta)


@ATTRIBUTIONS.register("shapley")
def shapley(
    explained: Explained, features: FloatArray, background: Background, options: AttributionOptions
) -> Relevance:
    """Shapley values of groups: what each adds, mean over the orders in which groups come in.

    A group that has not come in is taken from every background segment in turn (interventional). Up to
    ``exact_groups`` groups every coalition is looked at. Beyond, random orders are, each with its reverse,
    as many for every background segment; then the standard error of every value is given.

    References
    ----------
    Shapley (1953), doi:10.1515/9781400881970-018; Lundberg & Lee (2017), arXiv:1705.07874; orders with their
    reverse: Mitchell et al. (2022), arXiv:2104.12199.
    """
    _, belongs = groups_of(features.shape[1], options.groups)
    exact = len(belongs) <= options.exact_groups
    found = np.zeros((explained.members, len(explained.names), len(features), len(belongs)))
    error = None if exact else np.zeros_like(found)
    for block in switches(explained, features, background, belongs, sweep=exact):
        if error is None:
            left = coalitions(len(belongs))
            while some := list(islice(left, _AT_ONCE)):
                who, coefficients = (np.array(each) for each in zip(*some, strict=True))
                found[block.place] += np.tensordot(block.means(who), coefficients, axes=(0, 0))
        else:
            found[block.place], error[block.place] = _by_orders(block, background, options, len(belongs))
        options.tell(block.done, block.of)
    delta = difference(explained, features, background)
    return Relevance(found, delta - found.sum(-1), delta, error)


def coalitions(count: int) -> Iterator[tuple[BoolArray, FloatArray]]:
    """Yield every coalition of groups with the weight of its value in the Shapley value of every group.

    From one coalition to the next one group comes in or goes (a Gray code).

    Examples
    --------
    >>> [(who.tolist(), weights.tolist()) for who, weights in coalitions(1)]
    [([False], [-1.0]), ([True], [1.0])]
    """
    orders = math.factorial(count)
    for number in range(2**count):
        code = number ^ (number >> 1)
        who = np.array([bool(code >> group & 1) for group in range(count)])
        size = int(who.sum())
        # Share of orders in which just these are in when the group comes in, or has come in last.
        inside = math.factorial(max(size - 1, 0)) * math.factorial(count - size) / orders
        outside = math.factorial(size) * math.factorial(max(count - size - 1, 0)) / orders
        yield who, np.where(who, inside, -outside)


def _by_orders(
    block: Switches, background: Background, options: AttributionOptions, count: int
) -> tuple[FloatArray, FloatArray]:
    """Return Shapley values and their standard errors from random orders, the same for every block."""
    random = np.random.default_rng(options.seed)
    pairs = options.permutations // 2
    value = variance = 0.0
    for medoid, weight in enumerate(background.weights):
        drawn = []
        for _ in range(pairs):
            order = random.permutation(count)
            both = [
                np.diff(block.along(each, medoid), axis=-1)[..., np.argsort(each)]
                for each in (order, order[::-1])
            ]
            drawn.append((both[0] + both[1]) / 2.0)
        stacked = np.stack(drawn)
        value = value + weight * stacked.mean(0)
        variance = variance + weight**2 * stacked.var(0, ddof=1) / pairs
    return np.asarray(value), np.sqrt(variance)
