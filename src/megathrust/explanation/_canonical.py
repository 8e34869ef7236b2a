"""A stack as a plain chain of affine maps and activations in float64: what relevance is passed through."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from megathrust.core import FloatArray, InputError, short_repr
from megathrust.explanation._contrast import Contrast
from megathrust.models import (
    Activation,
    Dropout,
    FCNStack,
    FeatureSubset,
    OrderedThresholds,
    PeriodicEncoding,
    PiecewiseLinearEncoding,
    SharedLinear,
    StackedBatchNorm,
    StackedLinear,
    Standardization,
)


@short_repr
@dataclass(frozen=True)
class Affine:
    """An affine map per member: ``weight`` (members, inputs, outputs), ``bias`` (members, outputs)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Return ``x @ weight + bias`` for x of shape (members, rows, inputs)."""
        return torch.baddbmm(self.bias[:, None, :], x, self.weight)

    def to(self, dtype: torch.dtype) -> Affine:
        """Return the same in another precision."""
        return Affine(self.weight.to(dtype), self.bias.to(dtype))


@short_repr
@dataclass(frozen=True)
class CanonicalStack:
    """The same function as a stack in evaluation mode, as scaling and a chain of affine maps and activations.

    Attributes
    ----------
    scaling : Standardization
        From raw features to the inputs that relevance is given for.
    subset : FeatureSubset, optional
        Which of the scaled features a member sees; the others have no relevance for it.
    encoding : PiecewiseLinearEncoding or PeriodicEncoding, optional
        From these to the inputs of the chain; the units of a feature share its relevance.
    chain : tuple
        `Affine` and `Activation` in turn, an `Affine` last.
    """

    scaling: Standardization
    subset: FeatureSubset | None
    encoding: PiecewiseLinearEncoding | PeriodicEncoding | None
    chain: tuple[Affine | Activation, ...]

    @property
    def n_affine(self) -> int:
        """How many affine maps the chain has."""
        return sum(isinstance(link, Affine) for link in self.chain)

    def of_members(self, features: FloatArray) -> Tensor:
        """Return rows (rows, features) for every member; those of (members, rows, features) as they are."""
        raw = torch.tensor(features, dtype=self.scaling.shift.dtype)
        return raw if raw.dim() == 3 else raw.expand(self.scaling.shift.shape[0], *raw.shape)

    def to(self, dtype: torch.dtype) -> CanonicalStack:
        """Return the same in another precision."""
        scaling = self.scaling
        return CanonicalStack(
            copy.deepcopy(scaling).to(dtype),
            self.subset,
            None if self.encoding is None else copy.deepcopy(self.encoding).to(dtype),
            tuple(link.to(dtype) if isinstance(link, Affine) else link for link in self.chain),
        )

    def inputs(self, raw: Tensor) -> Tensor:
        """Return the inputs of the chain for raw features (members, rows, features)."""
        x: Tensor = self.scaling(raw)
        for layer in (self.subset, self.encoding):
            x = x if layer is None else layer(x)
        return x

    def per_feature(self, relevance: Tensor) -> Tensor:
        """Sum the relevance (..., inputs of the chain) of the units of each feature."""
        features = self.scaling.shift.shape[1]
        seen = features if self.subset is None else self.subset.chosen.shape[1]
        summed = relevance.reshape(*relevance.shape[:-1], seen, -1).sum(-1)
        return summed if self.subset is None else self.subset.spread(summed, features)

    def feature_of_inputs(self) -> Tensor:
        """Return which feature each input of the chain belongs to, (members, inputs)."""
        members, features = self.scaling.shift.shape
        seen = torch.arange(features).expand(members, -1) if self.subset is None else self.subset.chosen
        first = next(link for link in self.chain if isinstance(link, Affine))
        return seen.repeat_interleave(first.weight.shape[1] // seen.shape[1], dim=1)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the inputs of every link of the chain and its output last, each (members, rows, units)."""
        values = [x]
        for link in self.chain:
            values.append(link(values[-1]))
        return values


def canonical(stack: FCNStack) -> CanonicalStack:
    """Return a stack as scaling, subset, encoding and affine maps, batch norm folded into its neighbour.

    Raises
    ------
    InputError
        If the stack holds a layer for which relevance has no rule.

    References
    ----------
    Folding before propagating: Guillemot et al. (2020), arXiv:2002.11018.
    """
    first, *rest = stack.layers
    if not isinstance(first, Standardization):
        raise InputError("the first layer is no standardisation", given=type(first).__name__)
    scaling = Standardization(
        *(each.double() for each in (first.shift, first.scale, first.fill, first.power))
    )
    subset, encoding = stack.subset, stack.encoding
    before = [layer for layer in (subset, encoding) if layer is not None]
    encoding = None if encoding is None else copy.deepcopy(encoding).double()
    return CanonicalStack(scaling, subset, encoding, _chain(rest[len(before) :]))


def contrasted(network: CanonicalStack, contrast: Contrast) -> CanonicalStack:
    """Return the same with a contrast of the outputs in their place, folded into the last affine map."""
    last = network.chain[-1]
    if not isinstance(last, Affine):
        raise InputError("the last layer is no linear one", given=type(last).__name__)
    bias = (last.bias[:, None, :] @ contrast.weight)[:, 0] + contrast.bias
    folded = Affine(last.weight @ contrast.weight, bias)
    return replace(network, chain=(*network.chain[:-1], folded))


def _chain(layers: Sequence[nn.Module]) -> tuple[Affine | Activation, ...]:
    chain: list[Affine | Activation] = []
    waiting: StackedBatchNorm | None = None
    for layer in layers:
        if isinstance(layer, StackedLinear | SharedLinear):
            weight, bias = layer.affine()
            affine = Affine(weight.detach().double(), bias.detach().double())
            chain.append(_after(waiting, affine) if waiting is not None else affine)
            waiting = None
        elif isinstance(layer, OrderedThresholds):
            weight, bias = layer.affine()
            chain.append(Affine(weight.detach().double(), bias.detach().double()))
        elif isinstance(layer, StackedBatchNorm):
            if chain and isinstance(chain[-1], Affine):
                chain[-1] = _before(chain[-1], layer)
            else:
                waiting = layer
        elif isinstance(layer, Activation):
            chain.append(layer)
        elif not isinstance(layer, Dropout):
            raise InputError(
                "relevance has no rule for a layer",
                given=type(layer).__name__,
                allowed="linear, batch norm, activation, dropout, thresholds; a subset and an encoding first",
            )
    return tuple(chain)


def _slope_and_offset(norm: StackedBatchNorm) -> tuple[Tensor, Tensor]:
    slope = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.epsilon)
    return slope, norm.bias.detach().double() - norm.running_mean.double() * slope


def _before(affine: Affine, norm: StackedBatchNorm) -> Affine:
    """Fold a batch norm that follows an affine map."""
    slope, offset = _slope_and_offset(norm)
    return Affine(affine.weight * slope[:, None, :], affine.bias * slope + offset)


def _after(norm: StackedBatchNorm, affine: Affine) -> Affine:
    """Fold a batch norm that an affine map follows."""
    slope, offset = _slope_and_offset(norm)
    bias = affine.bias + torch.einsum("ki,kio->ko", offset, affine.weight)
    return Affine(affine.weight * slope[:, :, None], bias)
