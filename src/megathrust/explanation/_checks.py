"""What an explanation is checked by, with the names of Quantus (Hedstroem et al. 2023, JMLR 24, 34)."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch

from megathrust.core import BoolArray, FloatArray, IntArray, check_choice
from megathrust.explanation._attributions import Attribution, AttributionOptions, Relevance
from megathrust.explanation._background import Background
from megathrust.explanation._coalitions import groups_of
from megathrust.explanation._explained import Explained, ExplainedStack
from megathrust.explanation._rankings import rank_correlation, relevance_spread

FILLS = ("conditional", "median")


def conservation(found: Relevance) -> float:
    """Return how far relevance and bias are from what they divide: the largest difference, relative.

    Examples
    --------
    >>> parts = np.array([[[[1.0, 2.0]]]])
    >>> conservation(Relevance(parts, np.zeros((1, 1, 1)), np.full((1, 1, 1), 3.0)))
    0.0
    """
    scale = max(
        float(np.abs(found.features).max()), float(np.abs(found.bias).max()), float(np.abs(found.delta).max())
    )
    off = float(np.abs(found.features.sum(-1) + found.bias - found.delta).max())
    return off / scale if scale else off


def left_over(found: Relevance) -> float:
    """Return the share of what is explained that no feature got: rms of bias over rms of delta.

    Examples
    --------
    >>> parts = np.array([[[[1.0, 1.0]]]])
    >>> left_over(Relevance(parts, np.ones((1, 1, 1)), np.full((1, 1, 1), 3.0))).__round__(2)
    0.33
    """
    whole = float(np.sqrt(np.mean(found.delta**2)))
    return float(np.sqrt(np.mean(found.bias**2))) / whole if whole else float("nan")


def complexity(relevance: FloatArray) -> FloatArray:
    """Return the entropy of the shares of relevance, as the number of features that share it evenly.

    Quantus: ``Complexity`` (Bhatt et al. 2020, arXiv:2005.00631), whose entropy is the logarithm of this.

    Parameters
    ----------
    relevance : ndarray, shape (..., features)

    Returns
    -------
    ndarray, shape (...)
        1 (one feature has all) to the number of features.

    Examples
    --------
    >>> complexity(np.array([[1.0, 1.0, 0.0], [0.0, -2.0, 0.0]])).round(6).tolist()
    [2.0, 1.0]
    """
    size = np.abs(relevance)
    total = size.sum(-1, keepdims=True)
    share = np.divide(size, total, out=np.full(size.shape, 1.0 / size.shape[-1]), where=total > 0.0)
    entropy = -np.sum(share * np.log(np.where(share > 0.0, share, 1.0)), axis=-1)
    return np.asarray(np.exp(entropy))


def sparseness(relevance: FloatArray) -> FloatArray:
    """Return the Gini index of the sizes of relevance; 0 for even shares.

    Quantus: ``Sparseness`` (Chalasani et al. 2020, arXiv:1810.06583).

    Parameters
    ----------
    relevance : ndarray, shape (..., features)

    Examples
    --------
    >>> sparseness(np.array([[1.0, 1.0], [0.0, 2.0]])).round(6).tolist()
    [0.0, 0.5]
    """
    size = np.sort(np.abs(relevance), axis=-1)
    count = size.shape[-1]
    total = size.sum(-1)
    weighted = (size * (2.0 * np.arange(1, count + 1) - count - 1.0)).sum(-1)
    return np.asarray(np.divide(weighted, count * total, out=np.zeros(total.shape), where=total > 0.0))


def feature_flipping(
    explained: Explained,
    features: FloatArray,
    relevance: FloatArray,
    background: Background,
    *,
    groups: Sequence[str] | None = None,
    fill: str = "median",
    orders: int = 10,
    seed: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """Return how fast the explained quantity falls back to the background as features are taken away.

    Groups are taken away in the order of their relevance (what speaks most for a segment's own side first),
    and in random orders. A good order falls faster. Quantus: ``PixelFlipping`` (Bach et al. 2015).

    Parameters
    ----------
    explained : Explained
    features : ndarray, shape (rows, features)
    relevance : ndarray, shape (rows, groups)
        For the leading quantity, which is the last; such as the mean over members.
    background : Background
    groups : sequence of str, optional
        Group of each feature; every feature is its own by default.
    fill : {"median", "conditional"}
        What stands in for what is taken away: the median of the background; or the mean of the background
        segments, each weighing what its nearness in the features that stay gives it.
    orders : int
        Random orders.
    seed : int

    Returns
    -------
    by_relevance, at_random : ndarray, shape (groups + 1,)
        Share of the quantity's distance from the background's mean that is left after so many groups, mean
        over members and rows, 1 at the start.

    Examples
    --------
    >>> from megathrust.explanation import ExplainedModel
    >>> class Sum:
    ...     def predict(self, x):
    ...         return x @ np.array([3.0, 1.0])
    >>> x, start = np.ones((4, 2)), Background(np.zeros((1, 2)), np.ones(1))
    >>> curve, _ = feature_flipping(ExplainedModel(Sum(), 2), x, x * [3.0, 1.0], start)
    >>> curve.tolist()
    [1.0, 0.25, 0.0]
    """
    check_choice("fill", fill, FILLS)
    _, belongs = groups_of(features.shape[1], groups)
    mean = explained.values(background.features)[:, -1] @ background.weights
    start = explained.values(features)[:, -1].mean(0) - mean.mean()
    side = np.where(start < 0.0, -1.0, 1.0)
    random = np.random.default_rng(seed)

    def curve(order: IntArray) -> FloatArray:
        left = [start * side]
        for count in range(1, len(belongs) + 1):
            gone = np.zeros((len(features), len(belongs)), dtype=bool)
            np.put_along_axis(gone, order[:, :count], True, axis=1)
            taken = gone @ belongs
            filled = np.where(taken, _stand_in(features, taken, background, fill), features)
            left.append((explained.values(filled)[:, -1].mean(0) - mean.mean()) * side)
        return np.asarray([float(np.mean(each)) for each in left])

    best = curve(np.argsort(-relevance * side[:, None], axis=1, kind="stable"))
    by_chance = np.mean([curve(random.permuted(_orders(relevance), axis=1)) for _ in range(orders)], axis=0)
    return best / best[0], by_chance / by_chance[0]


def _orders(relevance: FloatArray) -> IntArray:
    return np.tile(np.arange(relevance.shape[1]), (len(relevance), 1))


def _stand_in(features: FloatArray, taken: BoolArray, background: Background, fill: str) -> FloatArray:
    if fill == "median":
        order = np.argsort(background.features, axis=0)
        ordered = np.take_along_axis(background.features, order, axis=0)
        reached = np.cumsum(background.weights[order], axis=0) >= 0.5 - 1e-12
        median = np.take_along_axis(ordered, reached.argmax(0)[None], axis=0)
        return np.broadcast_to(median, features.shape)
    spread = background.features.std(0)
    unit = np.where(spread > 0.0, spread, 1.0)
    apart = ((features[:, None] - background.features) / unit) ** 2
    kept = ~taken
    distance = (apart * kept[:, None]).sum(-1) / np.maximum(kept.sum(-1), 1)[:, None]
    weights = background.weights * np.exp(-(distance - distance.min(1, keepdims=True)) / 0.5)
    return np.asarray((weights / weights.sum(1, keepdims=True)) @ background.features)


def parameter_randomisation(
    explained: ExplainedStack,
    features: FloatArray,
    background: Background,
    attribution: Attribution,
    options: AttributionOptions,
    *,
    seed: int = 0,
) -> float:
    """Return the rank correlation of a ranking with that of networks whose parameters are drawn anew.

    By the leading quantity, which is the last.

    Near 0 where relevance tells of what was learnt; near 1 where it only tells of the inputs. Quantus:
    ``MPRT`` (Adebayo et al. 2018, arXiv:1810.03292), all layers at once.

    Parameters
    ----------
    explained : ExplainedStack
    features : ndarray, shape (rows, features)
    background : Background
    attribution : callable
    options : AttributionOptions
    seed : int
    """
    drawn = copy.deepcopy(explained.stack)
    with torch.no_grad():
        drawn.draw([seed + number for number in range(drawn.members)])
    found = [
        relevance_spread(attribution(each, features, background, options).features[:, -1]).mean(0)
        for each in (explained, ExplainedStack(drawn, explained.contrast))
    ]
    return rank_correlation(*found)
