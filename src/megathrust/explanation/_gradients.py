"""Attributions by gradients, taken in feature units whatever the encoding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from megathrust.core import FloatArray, IntArray
from megathrust.explanation._attributions import ATTRIBUTIONS, AttributionOptions, Relevance
from megathrust.explanation._background import Background
from megathrust.explanation._canonical import CanonicalStack
from megathrust.explanation._explained import BLOCK_NUMBERS, Explained, blocks


@dataclass(frozen=True)
class _Points:
    """Points on the ways from starts to every row: start, share of the way, weight in the sum."""

    starts: FloatArray
    which: IntArray
    share: FloatArray
    weight: FloatArray


@ATTRIBUTIONS.register("gradient-times-input")
def gradient_times_input(
    explained: Explained, features: FloatArray, background: Background, options: AttributionOptions
) -> Relevance:
    """Gradient at the segment times its difference from the background mean.

    In a network of ReLUs that takes features as they are this is the epsilon rule from another zero: no
    second opinion beside it. What it leaves over is the bias share.
    """
    mean = background.weights @ background.features
    points = _Points(mean[None], np.zeros(1, dtype=np.int64), np.ones(1), np.ones(1))
    return _along(explained, features, background, points, options)


@ATTRIBUTIONS.register("integrated-gradients")
def integrated_gradients(
    explained: Explained, features: FloatArray, background: Background, options: AttributionOptions
) -> Relevance:
    """Gradients along the straight way from every background segment, mean over the background.

    As many equal steps from each; what they miss of the exact sum is the bias share.

    References
    ----------
    Sundararajan et al. (2017), arXiv:1703.01365.
    """
    medoids, steps = len(background.weights), options.steps
    # Each background segment has points of its own, so that together they lie densely.
    shift = (np.arange(medoids) + 0.5) / medoids
    points = _Points(
        background.features,
        np.repeat(np.arange(medoids), steps),
        ((np.arange(steps) + shift[:, None]) / steps).reshape(-1),
        np.repeat(background.weights, steps) / steps,
    )
    return _along(explained, features, background, points, options)


@ATTRIBUTIONS.register("expected-gradients")
def expected_gradients(
    explained: Explained, features: FloatArray, background: Background, options: AttributionOptions
) -> Relevance:
    """Gradients at random points on the ways from random background segments.

    Integrated gradients by chance; the standard error of every relevance is given.

    References
    ----------
    Erion et al. (2021), doi:10.1038/s42256-021-00343-w.
    """
    random = np.random.default_rng(options.seed)
    draws = options.draws
    which = random.choice(len(background.weights), size=draws, p=background.weights)
    points = _Points(background.features, which, random.random(draws), np.full(draws, 1.0 / draws))
    return _along(explained, features, background, points, options, drawn=True)


def _along(
    explained: Explained,
    features: FloatArray,
    background: Background,
    points: _Points,
    options: AttributionOptions,
    *,
    drawn: bool = False,
) -> Relevance:
    """Sum weight x (row - start) x gradient over points on the ways from starts to rows."""
    delta = difference(explained, features, background)
    total = np.zeros((*delta.shape, features.shape[1]))
    squares = np.zeros_like(total)
    numbers = explained.width * len(points.which)
    size = max(1, BLOCK_NUMBERS // numbers)
    for members in blocks(explained.members, min(size, len(features)) * numbers):
        network = explained.networks(members)
        for begin in range(0, len(features), size):
            rows = features[begin : begin + size]
            way = rows[:, None] - points.starts[points.which]
            place = points.starts[points.which] + points.share[:, None] * way
            slopes = _gradients(network, place.reshape(-1, rows.shape[1]))
            parts = slopes.reshape(*slopes.shape[:2], *way.shape) * way
            here = np.s_[members.start : members.stop, :, begin : begin + size]
            total[here] = np.einsum("kcrpi,p->kcri", parts, points.weight)
            if drawn:
                squares[here] = np.einsum("kcrpi,p->kcri", parts**2, points.weight)
        options.tell(members.stop, explained.members)
    error = np.sqrt(np.maximum(squares - total**2, 0.0) / (len(points.which) - 1)) if drawn else None
    return Relevance(total, delta - total.sum(-1), delta, error)


def difference(explained: Explained, features: FloatArray, background: Background) -> FloatArray:
    """Return the explained quantities less their mean over the background."""
    expected = explained.values(background.features) @ background.weights
    return np.asarray(explained.values(features) - expected[:, :, None])


def _gradients(network: CanonicalStack, rows: FloatArray) -> FloatArray:
    """Return the gradient of every quantity, (members, quantities, rows, features)."""
    raw = network.of_members(rows).clone().requires_grad_()
    outputs = network.forward(network.inputs(raw))[-1]
    slopes = [
        torch.autograd.grad(outputs[..., place].sum(), raw, retain_graph=True)[0]
        for place in range(outputs.shape[2])
    ]
    return np.asarray(torch.stack(slopes, dim=1).double().numpy())
