"""Adam and AdamW with a learning rate and weight decay per member."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from megathrust.core import FloatArray, InputError


class StackedAdam:
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) or AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101).

    PyTorch's optimisers take one learning rate for a tensor; here every member, a slice along the
    leading axis, has its own. Neighbours of equal rate and decay go through PyTorch's fused kernel
    together, which reads and writes each number once.

    Parameters
    ----------
    parameters : sequence of Tensor
        Each of shape (members, ...), or (groups, ...) where consecutive members share a slice. Such a slice
        moves by the mean of the gradients that its members' own losses have.
    weight_decay : ndarray, shape (members,)
        Added to the gradient, or decoupled from it.
    decoupled : bool
        Whether the decay is AdamW's.

    Attributes
    ----------
    first, second : list of Tensor
        Running means of the gradients and of their squares, one per parameter.
    """

    beta1, beta2, epsilon = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Sequence[Tensor], *, weight_decay: FloatArray, decoupled: bool) -> None:
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.first = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.second = [torch.zeros_like(parameter) for parameter in self.parameters]
        self._decay = weight_decay
        self._shares = [len(weight_decay) // len(parameter) for parameter in self.parameters]
        self._sharing = max(self._shares, default=1) > 1
        self._views: dict[tuple[int, int], tuple[list[Tensor], list[Tensor], list[Tensor]]] = {}
        self._kernel = torch._fused_adamw_ if decoupled else torch._fused_adam_

    @torch.no_grad()
    def step(self, number: int, rates: FloatArray) -> None:
        """Move every member one step; members whose rate is 0 stay where they are.

        Parameters
        ----------
        number : int
            How many steps were made, this one included.
        rates : ndarray, shape (members,)
            Learning rates of this step.

        Raises
        ------
        InputError
            If members that share a slice differ in rate or decay.
        """
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        for gradient, share in zip(gradients, self._shares, strict=True):
            if share > 1:
                gradient /= share
        runs = list(_runs(rates, self._decay))
        alone: list[tuple[Tensor, ...]] = []
        if not self._sharing and any(stop == start + 1 for start, stop in runs):
            # Taking slices of many small tensors one by one costs more than moving them.
            alone = list(zip(*[g.unbind(0) for g in gradients], strict=True))
        counts = [torch.full((), float(number), device=gradients[0].device)] * len(gradients)
        for start, stop in runs:
            parameters, first, second = self._slices(start, stop)
            self._kernel(
                parameters,
                list(alone[start]) if alone and stop == start + 1 else self._parts(gradients, start, stop),
                first,
                second,
                [],
                counts,
                lr=float(rates[start]),
                beta1=self.beta1,
                beta2=self.beta2,
                weight_decay=float(self._decay[start]),
                eps=self.epsilon,
                amsgrad=False,
                maximize=False,
            )
        for parameter in self.parameters:
            parameter.grad = None

    def _slices(self, start: int, stop: int) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Return parameters and moments of a range of members, made once for each range."""
        if (start, stop) not in self._views:
            kinds = (self.parameters, self.first, self.second)
            parts = [self._parts(kind, start, stop) for kind in kinds]
            self._views[start, stop] = (parts[0], parts[1], parts[2])
        return self._views[start, stop]

    def _parts(self, tensors: Sequence[Tensor], start: int, stop: int) -> list[Tensor]:
        """Return the slices of a range of members, those of a single member without the leading axis."""
        if not self._sharing:
            chosen = start if stop == start + 1 else slice(start, stop)
            return [tensor[chosen] for tensor in tensors]
        for share in self._shares:
            if start % share or stop % share:
                raise InputError(
                    "members that share weights differ in learning rate or weight decay",
                    given=f"members {start} to {stop - 1} apart from others",
                    allowed=f"the same for every {share} consecutive members",
                )
        pairs = zip(tensors, self._shares, strict=True)
        return [tensor[start // share : stop // share] for tensor, share in pairs]


def _runs(rates: FloatArray, decay: FloatArray) -> Iterator[tuple[int, int]]:
    """Yield the ranges of neighbouring members of equal rate and decay whose rate is not 0."""
    changes = np.flatnonzero((np.diff(rates) != 0.0) | (np.diff(decay) != 0.0)) + 1
    edges = [0, *changes.tolist(), len(rates)]
    for start, stop in pairwise(edges):
        if rates[start] > 0.0:
            yield start, stop
