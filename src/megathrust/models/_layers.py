"""Layers whose parameters carry a leading member axis: one call serves every member of a stack.

All of them take and give tensors of shape (members, rows, units).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from megathrust.core import InputError

_ACTIVATIONS: dict[str, Any] = {
    "elu": functional.elu,
    "leaky_relu": functional.leaky_relu,
    "relu": functional.relu,
    "selu": functional.selu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}

# While training, products with matrices of so few outputs go through `_ThinProduct`. What it says of a row
# depends, by rounding, on the rows beside it: predictions go the plain way.
_THIN = 8


class Standardization(nn.Module):
    """Standardise the inputs with each member's own mean and standard deviation of its training rows.

    A value that is missing (NaN) counts as the member's ``fill`` of that feature, the median of its training
    rows; where that is NaN itself, a missing value stays one. Networks that were trained elsewhere may have a
    ``power`` of each feature: values are transformed by it first (Yeo & Johnson 2000,
    doi:10.1093/biomet/87.4.954); 1 leaves them as they are.
    """

    shift: Tensor
    scale: Tensor
    fill: Tensor
    power: Tensor

    def __init__(
        self, shift: Tensor, scale: Tensor, fill: Tensor | None = None, power: Tensor | None = None
    ) -> None:
        """Take ``shift``, ``scale``, ``fill`` and ``power`` of shape (members, features)."""
        super().__init__()
        self.register_buffer("shift", shift)
        self.register_buffer("scale", scale)
        self.register_buffer("fill", torch.full_like(shift, torch.nan) if fill is None else fill)
        self.register_buffer("power", torch.ones_like(shift) if power is None else power)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        # Networks that were saved before there was a fill take no missing values.
        state_dict.setdefault(prefix + "fill", torch.full_like(state_dict[prefix + "shift"], torch.nan))
        state_dict.setdefault(prefix + "power", torch.ones_like(state_dict[prefix + "shift"]))
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def filled(self, x: Tensor) -> Tensor:
        """Return x (members, rows, features) with every missing value replaced by the member's fill."""
        return torch.where(torch.isnan(x), self.fill[:, None, :], x)

    def forward(self, x: Tensor) -> Tensor:
        """Return (x - shift) / scale, where x is transformed by its power first."""
        x = self.filled(x)
        if torch.any(self.power != 1.0):
            x = yeo_johnson(x, self.power[:, None, :])
        return (x - self.shift[:, None, :]) / self.scale[:, None, :]


def yeo_johnson(x: Tensor, power: Tensor) -> Tensor:
    """Return the transform of Yeo & Johnson (2000, doi:10.1093/biomet/87.4.954) of every value."""
    positive = x >= 0.0
    # Below 0 the transform is that of -x with 2 - power, mirrored.
    logarithm = torch.log1p(torch.where(positive, x, -x))
    exponent = torch.where(positive, power, 2.0 - power)
    flat = exponent.abs() < 1e-8
    safe = torch.where(flat, 1.0, exponent)
    size = torch.where(flat, logarithm, torch.expm1(safe * logarithm) / safe)
    return torch.where(positive, size, -size)


class FeatureSubset(nn.Module):
    """Hand on some of the features, each member its own.

    Parameters
    ----------
    members, features : int
        Members, and how many features each of them sees: until told otherwise the first ones.
    """

    chosen: Tensor

    def __init__(self, members: int, features: int) -> None:
        super().__init__()
        self.register_buffer("chosen", torch.arange(features).repeat(members, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the chosen columns of x (members, rows, all features)."""
        return torch.take_along_dim(x, self.chosen[:, None, :], dim=2)

    def spread(self, x: Tensor, features: int) -> Tensor:
        """Put values (members, ..., seen) of the chosen features at their places among all, 0 elsewhere."""
        shape = x.shape[0], *[1] * (x.dim() - 2), x.shape[-1]
        index = self.chosen.view(shape).expand(x.shape)
        return x.new_zeros(*x.shape[:-1], features).scatter(-1, index, x)


def linear_start(generator: np.random.Generator, n_inputs: int, n_outputs: int) -> tuple[Tensor, Tensor]:
    """Return matrix and bias drawn uniformly in +-1/sqrt(inputs), as PyTorch's own linear layer starts."""
    bound = 1.0 / math.sqrt(n_inputs)
    weight = torch.from_numpy(generator.uniform(-bound, bound, size=(n_inputs, n_outputs)))
    return weight, torch.from_numpy(generator.uniform(-bound, bound, size=n_outputs))


class _ThinProduct(torch.autograd.Function):
    """``x @ weight`` by products that have the few outputs as rows: a fifth of the time of the plain one."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return torch.bmm(weight.transpose(1, 2).contiguous(), x.transpose(1, 2)).transpose(1, 2).contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        (gradient,), (x, weight) = gradients, ctx.saved_tensors
        of_weight = torch.bmm(gradient.transpose(1, 2).contiguous(), x).transpose(1, 2)
        return torch.bmm(gradient, weight.transpose(1, 2)), of_weight.contiguous()


class StackedLinear(nn.Module):
    """Affine maps side by side: ``weight`` (members, inputs, outputs), ``bias`` (members, outputs).

    ``biased`` says whether the bias is trained. Ahead of batch norm it stays zero: the batch mean takes it
    out again, and an optimiser that divides by the size of gradients would move it by rounding errors.
    """

    def __init__(self, members: int, n_inputs: int, n_outputs: int, *, biased: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(members, n_inputs, n_outputs))
        self.bias = nn.Parameter(torch.zeros(members, n_outputs), requires_grad=biased)

    @torch.no_grad()
    def draw(self, member: int, generator: np.random.Generator) -> None:
        """Draw one member's parameters as `linear_start` says."""
        self.weight[member], bias = linear_start(generator, *self.weight.shape[1:])
        if self.bias.requires_grad:
            self.bias[member] = bias

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return weight (members, inputs, outputs) and bias (members, outputs)."""
        return self.weight, self.bias

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x @ weight + bias`` member by member."""
        if not self.training or self.weight.shape[2] > _THIN:
            return torch.baddbmm(self.bias[:, None, :], x, self.weight)
        return self.bias[:, None, :] + cast(Tensor, _ThinProduct.apply(x, self.weight))  # type: ignore[no-untyped-call]


class StackedBatchNorm(nn.Module):
    """Batch normalisation per member (Ioffe & Szegedy 2015, arXiv:1502.03167), aware of padded rows."""

    running_mean: Tensor
    running_var: Tensor
    momentum = 0.1
    epsilon = 1e-5

    def __init__(self, members: int, units: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(members, units))
        self.bias = nn.Parameter(torch.zeros(members, units))
        self.register_buffer("running_mean", torch.zeros(members, units))
        self.register_buffer("running_var", torch.ones(members, units))

    def forward(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        """Normalise with the batch's moments while training, with the running ones otherwise.

        Parameters
        ----------
        x : Tensor, shape (members, rows, units)
            Inputs.
        present : Tensor of shape (members, rows), optional
            1 for real rows, 0 for rows that only fill a smaller batch; needed while training. A member
            without any real row in the batch keeps its running moments.
        """
        if not self.training:
            mean, variance = self.running_mean, self.running_var
        else:
            if present is None:
                present = x.new_ones(x.shape[:2])
            count = present.sum(1, keepdim=True)
            share = (present / count.clamp(min=1.0))[:, :, None]
            mean = (share * x).sum(1)
            variance = (share * (x - mean[:, None, :]) ** 2).sum(1)
            self._update(mean.detach(), variance.detach(), count)
        scale = self.weight / torch.sqrt(variance + self.epsilon)
        return (x - mean[:, None, :]) * scale[:, None, :] + self.bias[:, None, :]

    @torch.no_grad()
    def _update(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        # The running variance is the unbiased one; a batch of one row has none and leaves it as it is.
        unbiased = variance * count / (count - 1.0).clamp(min=1.0)
        self.running_mean.lerp_(mean, self.momentum * (count > 0).to(mean))
        self.running_var.lerp_(unbiased, self.momentum * (count > 1).to(mean))


class Activation(nn.Module):
    """An elementwise nonlinearity by name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        if name not in _ACTIVATIONS:
            raise InputError("unknown activation", given=name, allowed=", ".join(_ACTIVATIONS))
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        """Apply the nonlinearity."""
        function: Callable[[Tensor], Tensor] = _ACTIVATIONS[self.name]
        return function(x)


class Dropout(nn.Module):
    """Dropout whose random masks come from outside, so that each member keeps its own random stream."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return ``x * mask``; the mask holds 0 or 1 / (1 - rate). Without a mask nothing is dropped."""
        return x if mask is None else x * mask
