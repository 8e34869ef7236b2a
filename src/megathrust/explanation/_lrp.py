"""Layer-wise Relevance Propagation through a stack, every quantity and every member at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from megathrust.core import FloatArray, InputError, ProgressCallback, check_range
from megathrust.explanation._attributions import ATTRIBUTIONS, AttributionOptions, Relevance
from megathrust.explanation._background import Background
from megathrust.explanation._canonical import Affine, CanonicalStack
from megathrust.explanation._explained import (
    BLOCK_NUMBERS,
    Explained,
    ExplainedStack,
    blocks,
)
from megathrust.explanation._rules import Link, Rule, hand_down, rules_of
from megathrust.models import FCNStack

Parts = tuple[FloatArray, FloatArray, FloatArray]


def relevance(
    stack: FCNStack,
    features: FloatArray,
    *,
    rule: str = "epsilon",
    epsilon: float = 1e-6,
    contrast: str = "outputs",
    precision: str = "float64",
    progress: ProgressCallback | None = None,
) -> Relevance:
    """Explain every output of every member by Layer-wise Relevance Propagation, from zero inputs on.

    From an output on, each layer hands its relevance R down to its inputs a; by the epsilon rule through
    R_i = sum_j a_i w_ij R_j / (z_j + epsilon sign(z_j)) with z = a w + b. The parts of the biases,
    b_j R_j / (z_j + epsilon sign(z_j)), and of the stabiliser do not reach the inputs; they are summed as the
    bias share, so that nothing is lost. Activations hand relevance through unchanged; batch norm is folded
    into its neighbour first; an encoded feature has the sum over its units.

    What is measured from zero depends on what zero is: the training mean of a plain feature, the training
    minimum of a binned one. For rankings take the attribution ``"relative-lrp"``, which starts from training
    segments whatever the encoding.

    Parameters
    ----------
    stack : FCNStack
        The networks.
    features : ndarray, shape (rows, features) or (members, rows, features)
        Raw feature values.
    rule : str
        One of `RULES`, or of `COMPOSITES`.
    epsilon : float
        Stabiliser, > 0.
    contrast : {"outputs", "log-odds"}
        What is explained, see `make_contrast`.
    precision : {"float64", "float32"}
        Of the arithmetic, see `ExplainedStack`.
    progress : callable, optional
        Called with (members done, members in all).

    Returns
    -------
    Relevance
        ``delta`` is the explained output itself.

    References
    ----------
    Bach et al. (2015), doi:10.1371/journal.pone.0130140; Montavon et al. (2019),
    doi:10.1007/978-3-030-28954-6_10.

    Examples
    --------
    >>> from megathrust.models import load_model
    >>> from megathrust.table import load_builtin_table, with_indicators
    >>> model = load_model("great-regions")
    >>> table = with_indicators(load_builtin_table(), model.feature_names)
    >>> values = table[model.feature_names].dropna().to_numpy()
    >>> explained = relevance(model.stack.select([0, 1]), values[:10])
    >>> explained.features.shape == (2, 2, 10, len(model.feature_names))
    True
    >>> bool(np.allclose(explained.features.sum(-1) + explained.bias, explained.delta))
    True
    """
    check_range("epsilon", epsilon, low=0.0, open_low=True)
    explained = ExplainedStack(stack, contrast, precision=precision)
    check_width(explained, features)
    numbers = features.shape[-2] * explained.width
    parts = []
    for members in blocks(stack.members, numbers):
        network = explained.networks(members)
        own = features[list(members)] if features.ndim == 3 else features
        parts.append(_from_zero(network, own, rules_of(rule, network.n_affine), epsilon))
        if progress is not None:
            progress(members.stop, stack.members)
    return Relevance(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def check_width(explained: Explained, features: FloatArray) -> None:
    """Refuse features that the model does not take."""
    if features.shape[-1] != explained.n_features:
        raise InputError(
            "the networks take another number of features",
            given=features.shape[-1],
            allowed=explained.n_features,
        )


@ATTRIBUTIONS.register("lrp")
def centred_lrp(
    explained: Explained, features: FloatArray, background: Background, options: AttributionOptions
) -> Relevance:
    """Relevance from zero inputs on, less its mean over the background."""
    rows = np.concatenate([features, background.features])
    weights = background.weights

    def centred(values: FloatArray) -> FloatArray:
        mean = np.tensordot(values[:, :, len(features) :], weights, axes=(2, 0))
        return np.asarray(values[:, :, : len(features)] - mean[:, :, None])

    parts = []
    for members in blocks(explained.members, len(rows) * explained.width):
        network = explained.networks(members)
        rules = rules_of(options.rule, network.n_affine)
        found = _from_zero(network, rows, rules, options.epsilon, _box(network, background))
        parts.append([centred(each) for each in found])
        options.tell(members.stop, explained.members)
    return Relevance(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


@ATTRIBUTIONS.register("relative-lrp")
def relative_lrp(
    explained: Explained, features: FloatArray, background: Background, options: AttributionOptions
) -> Relevance:
    """Share the difference from every background segment by the same rules, and take the mean.

    Inputs and outputs of every layer are differences, so that biases drop out and no zero matters. By the
    epsilon rule this is the rescale rule of DeepLIFT (Shrikumar et al. 2017, arXiv:1704.02685) from every
    segment of a background (Lundberg & Lee 2017, arXiv:1705.07874). A feature that enters in bins gets what
    it would get as it is, where the first layer is the same function of it.
    """
    pairs = len(background.weights) * explained.width
    size = max(1, BLOCK_NUMBERS // pairs)
    chunks = [features[start : start + size] for start in range(0, len(features), size)]
    parts = []
    for members in blocks(explained.members, min(size, len(features)) * pairs):
        network = explained.networks(members)
        rules = rules_of(options.rule, network.n_affine)
        found = [_from_background(network, chunk, background, rules, options.epsilon) for chunk in chunks]
        parts.append([np.concatenate(arrays, axis=2) for arrays in zip(*found, strict=True)])
        options.tell(members.stop, explained.members)
    return Relevance(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


@torch.no_grad()
def _from_zero(
    network: CanonicalStack,
    rows: FloatArray,
    rules: Sequence[Rule],
    epsilon: float,
    box: tuple[Tensor, Tensor] | None = None,
) -> Parts:
    """Return relevance of the features, what went elsewhere, and the outputs, of rows."""
    values = network.forward(network.inputs(network.of_members(rows)))
    links = [
        Link(link.weight, link.bias, inputs, outputs)
        for link, inputs, outputs in zip(network.chain, values[:-1], values[1:], strict=True)
        if isinstance(link, Affine)
    ]
    return _propagate(network, links, values[-1], rules, epsilon, box)


@torch.no_grad()
def _from_background(
    network: CanonicalStack, rows: FloatArray, background: Background, rules: Sequence[Rule], epsilon: float
) -> Parts:
    """Return the same of the differences from every background segment, mean over the background."""
    here, there = (
        network.forward(network.inputs(network.of_members(values))) for values in (rows, background.features)
    )
    # Rows in turn, each beside every background segment: (members, rows * medoids, units).
    values = [(a[:, :, None] - b[:, None]).flatten(1, 2) for a, b in zip(here, there, strict=True)]
    links = [
        Link(link.weight, torch.zeros_like(link.bias), inputs, outputs)
        for link, inputs, outputs in zip(network.chain, values[:-1], values[1:], strict=True)
        if isinstance(link, Affine)
    ]
    low, high = (
        (each[:, None, None] - there[0][:, None]).expand(-1, len(rows), -1, -1).flatten(1, 2)
        for each in (there[0].amin(1), there[0].amax(1))
    )
    found = _propagate(network, links, values[-1], rules, epsilon, (low, high))
    features, lost, delta = (
        each.reshape(*each.shape[:2], len(rows), len(background.weights), *each.shape[3:]) for each in found
    )
    weights = background.weights
    return (
        np.einsum("kcrbi,b->kcri", features, weights),
        np.asarray(lost @ weights),
        np.asarray(delta @ weights),
    )


def _propagate(
    network: CanonicalStack,
    links: Sequence[Link],
    outputs: Tensor,
    rules: Sequence[Rule],
    epsilon: float,
    box: tuple[Tensor, Tensor] | None,
) -> Parts:
    explained = outputs.transpose(1, 2)
    # One relevance per quantity, each starting with its own output only: (members, quantities, rows, units).
    flowing = torch.diag_embed(outputs).transpose(1, 2)
    lost = torch.zeros_like(explained)
    for place in reversed(range(len(links))):
        link = links[place] if place else replace(links[0], box=box)
        flowing, taken = hand_down(rules[place], link, flowing, epsilon)
        lost = lost + taken
    parts = (network.per_feature(flowing), lost, explained)
    features, bias, delta = (each.double().numpy() for each in parts)
    return features, bias, delta


def _box(network: CanonicalStack, background: Background) -> tuple[Tensor, Tensor]:
    """Return the least and largest inputs of the chain over a background."""
    inputs = network.inputs(network.of_members(background.features))
    return inputs.amin(1, keepdim=True), inputs.amax(1, keepdim=True)
