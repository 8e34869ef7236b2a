"""Slow plain twins of explanations: one network, one segment, loops over units, orders and steps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from megathrust.core import FloatArray

#: factor of the output's relevance, contributions of the inputs, contribution of the bias
_Part = tuple[float, list[float], float]


def plain_rule_relevance(
    network: nn.Sequential,
    x: FloatArray,
    rules: Sequence[str],
    *,
    epsilon: float = 1e-9,
    box: tuple[FloatArray, FloatArray] | None = None,
) -> tuple[FloatArray, float, float]:
    """Explain the only output of a network for one sample, each linear layer by its own rule.

    The slow twin of `megathrust.explanation.relevance` with any rule.

    Returns
    -------
    tuple
        Relevance of each input, what went elsewhere, and the explained output.
    """
    values: list[FloatArray] = [np.asarray(x, dtype=np.float64)]
    for layer in network:
        values.append(layer(torch.tensor(values[-1])).detach().numpy())
    relevance, lost = np.array(values[-1]), 0.0
    left = list(rules)
    for place in reversed(range(len(network))):
        layer = network[place]
        if not isinstance(layer, nn.Linear):
            continue
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        rule = left.pop()
        handed = np.zeros(weight.shape[1])
        for j in range(len(relevance)):
            inputs = list(values[place])
            parts = _parts(rule, inputs, list(weight[j]), float(bias[j]), box if place == 0 else None)
            for factor, contributions, of_bias in parts:
                total = sum(contributions) + of_bias
                total += epsilon if total >= 0.0 else -epsilon
                share = factor * relevance[j] / total
                handed += share * np.array(contributions)
                lost += share * (total - sum(contributions))
        relevance = handed
    return relevance, lost, float(values[-1][0])


def _parts(
    rule: str, a: list[float], w: list[float], b: float, box: tuple[FloatArray, FloatArray] | None
) -> list[_Part]:
    each = [ai * wi for ai, wi in zip(a, w, strict=True)]
    up, down = [max(c, 0.0) for c in each], [min(c, 0.0) for c in each]
    plus, minus = max(b, 0.0), min(b, 0.0)
    if rule == "z-box" and box is None:
        rule = "z-plus"
    if rule == "epsilon":
        return [(1.0, each, b)]
    if rule == "gamma":
        return [
            (1.0, [ai * (wi + 0.25 * max(wi, 0.0)) for ai, wi in zip(a, w, strict=True)], b + 0.25 * plus)
        ]
    if rule == "generalised-gamma":
        chosen, own = (up, plus) if sum(each) + b >= 0.0 else (down, minus)
        return [(1.0, [c + 0.25 * d for c, d in zip(each, chosen, strict=True)], b + 0.25 * own)]
    if rule == "alpha-beta":
        return [(2.0, up, plus), (-1.0, down, minus)]
    if rule == "z-plus":
        return [(1.0, up, plus)]
    if rule == "w-square":
        return [(1.0, [wi**2 for wi in w], 0.0)]
    if rule == "flat":
        return [(1.0, [1.0] * len(w), 0.0)]
    assert box is not None
    low, high = box
    boxed = [c - low[i] * max(w[i], 0.0) - high[i] * min(w[i], 0.0) for i, c in enumerate(each)]
    return [(1.0, boxed, 0.0)]


def plain_shapley(
    value: Callable[[FloatArray], float],
    x: FloatArray,
    background: FloatArray,
    weights: FloatArray,
    groups: Sequence[str],
) -> FloatArray:
    """Return the Shapley value of every group as the mean over all orders, from the definition."""
    names = list(dict.fromkeys(groups))
    own = [np.array([group == name for group in groups]) for name in names]

    def mean_with(present: Sequence[int]) -> float:
        taken = np.zeros(len(x), dtype=bool)
        for number in present:
            taken |= own[number]
        parts = [w * value(np.where(taken, x, b)) for b, w in zip(background, weights, strict=True)]
        return float(np.sum(parts))

    found = np.zeros(len(names))
    orders = list(itertools.permutations(range(len(names))))
    for order in orders:
        for place, number in enumerate(order):
            found[number] += mean_with(order[: place + 1]) - mean_with(order[:place])
    return found / len(orders)


def plain_integrated_gradients(
    function: Callable[[torch.Tensor], torch.Tensor], x: FloatArray, start: FloatArray, shares: FloatArray
) -> FloatArray:
    """Return the mean gradient at shares of the way from a start to a point, times their difference."""
    total = np.zeros(len(x))
    for share in shares:
        place = torch.tensor(start + share * (x - start), requires_grad=True)
        (gradient,) = torch.autograd.grad(function(place), place)
        total += gradient.numpy()
    return total / len(shares) * (x - start)
