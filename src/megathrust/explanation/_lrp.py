"""Layer-wise Relevance Propagation through a stack, every class and every member at once."""

from __future__ import annotations

import numpy as np
import torch

from megathrust.core import FloatArray, InputError, ProgressCallback, check_range
from megathrust.explanation._attributions import ATTRIBUTIONS, Relevance
from megathrust.explanation._canonical import Affine, CanonicalStack, canonical
from megathrust.explanation._rules import RULES, Rule
from megathrust.models import FCNStack

# Float64 numbers per tensor of one block of members; keeps a block in a few hundred MB.
_BLOCK_NUMBERS = 4_000_000


@ATTRIBUTIONS.register("lrp")
def relevance(
    stack: FCNStack,
    features: FloatArray,
    *,
    rule: str = "epsilon",
    epsilon: float = 1e-6,
    progress: ProgressCallback | None = None,
) -> Relevance:
    """Explain every logit of every member by Layer-wise Relevance Propagation.

    Starting from a logit, each layer hands its relevance R down to its inputs a; by the epsilon rule through
    R_i = sum_j a_i w_ij R_j / (z_j + epsilon sign(z_j)) with z = a w + b. The parts of the biases,
    b_j R_j / (z_j + epsilon sign(z_j)), and of the stabiliser do not reach the inputs; they are summed as the
    bias share, so that nothing is lost. Activations hand relevance through unchanged; batch norm is folded
    into its neighbour first; an encoded feature has the sum over its units. Arithmetic is float64 throughout.

    Parameters
    ----------
    stack : FCNStack
        The networks.
    features : ndarray, shape (rows, features) or (members, rows, features)
        Raw feature values.
    rule : str
        One of `RULES`.
    epsilon : float
        Stabiliser, > 0.
    progress : callable, optional
        Called with (members done, members in all).

    Returns
    -------
    Relevance

    References
    ----------
    Bach et al. (2015), doi:10.1371/journal.pone.0130140; Montavon et al. (2019),
    doi:10.1007/978-3-030-28954-6_10.

    Examples
    --------
    >>> from megathrust.models import load_model
    >>> from megathrust.table import complete, load_builtin_table
    >>> model = load_model("great-regions")
    >>> table = complete(load_builtin_table(), max_missing_share=0.2)
    >>> values = table[model.feature_names].to_numpy()
    >>> explained = relevance(model.stack.select([0, 1]), values[:10])
    >>> explained.features.shape
    (2, 2, 10, 62)
    >>> bool(np.allclose(explained.features.sum(-1) + explained.bias, explained.logits))
    True
    """
    check_range("epsilon", epsilon, low=0.0, open_low=True)
    hand_down = RULES[rule]
    if features.shape[-1] != stack.architecture.n_features:
        raise InputError(
            "the networks take another number of features",
            given=features.shape[-1],
            allowed=stack.architecture.n_features,
        )
    rows = features.shape[-2]
    width = max(stack.architecture.n_encoded, *stack.architecture.hidden)
    per_member = rows * width * stack.architecture.n_outputs
    block = max(1, _BLOCK_NUMBERS // per_member)
    parts = []
    for start in range(0, stack.members, block):
        chosen = range(start, min(start + block, stack.members))
        x = features[list(chosen)] if features.ndim == 3 else features
        parts.append(_explain(canonical(stack.select(chosen)), x, hand_down, epsilon))
        if progress is not None:
            progress(chosen.stop, stack.members)
    return Relevance(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


@torch.no_grad()
def _explain(
    network: CanonicalStack, features: FloatArray, hand_down: Rule, epsilon: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    raw = torch.tensor(features, dtype=torch.float64)
    members = network.scaling.shift.shape[0]
    raw = raw if raw.dim() == 3 else raw.expand(members, *raw.shape)
    values = network.forward(network.inputs(raw))
    logits = values[-1].transpose(1, 2)
    # One relevance per class, each starting with its own logit only: (members, classes, rows, units).
    flowing = torch.diag_embed(logits.transpose(1, 2)).transpose(1, 2)
    lost = torch.zeros_like(logits)
    for link, inputs, outputs in reversed(list(zip(network.chain, values[:-1], values[1:], strict=True))):
        if isinstance(link, Affine):
            flowing, taken = hand_down(link, inputs, outputs, flowing, epsilon)
            lost = lost + taken
    return network.per_feature(flowing).numpy(), lost.numpy(), logits.numpy()
