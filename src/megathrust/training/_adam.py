"""Adam and AdamW with a learning rate and weight decay per member."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from megathrust.core import FloatArray


class StackedAdam:
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) or AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101).

    PyTorch's optimisers take one learning rate for a tensor; here every member, a slice along the
    leading axis, has its own.

    Parameters
    ----------
    parameters : sequence of Tensor
        Each of shape (members, ...).
    weight_decay : Tensor, shape (members,)
        Added to the gradient, or decoupled from it.
    decoupled : bool
        Whether the decay is AdamW's.
    """

    beta1, beta2, epsilon = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Sequence[Tensor], *, weight_decay: Tensor, decoupled: bool) -> None:
        self.parameters = list(parameters)
        self.first = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.second = [torch.zeros_like(parameter) for parameter in self.parameters]
        self._decay = weight_decay if bool(weight_decay.any()) else None
        self._decoupled = decoupled

    @torch.no_grad()
    def step(self, number: int, rates: FloatArray) -> None:
        """Move every member one step; members whose rate is 0 stay where they are.

        Parameters
        ----------
        number : int
            How many steps were made, this one included.
        rates : ndarray, shape (members,)
            Learning rates of this step.
        """
        correction1 = 1.0 - self.beta1**number
        correction2 = 1.0 - self.beta2**number
        for parameter, first, second in zip(self.parameters, self.first, self.second, strict=True):
            gradient = parameter.grad
            if gradient is None:
                continue
            shape = (-1,) + (1,) * (parameter.dim() - 1)
            rate = torch.as_tensor(rates, dtype=parameter.dtype, device=parameter.device).view(shape)
            if self._decay is not None:
                decay = self._decay.view(shape)
                if self._decoupled:
                    parameter.mul_(1.0 - rate * decay)
                else:
                    gradient = gradient + decay * parameter
            first.lerp_(gradient, 1.0 - self.beta1)
            second.mul_(self.beta2).addcmul_(gradient, gradient, value=1.0 - self.beta2)
            update = second.sqrt().div_(correction2**0.5).add_(self.epsilon).reciprocal_().mul_(first)
            parameter.sub_(update.mul_(rate / correction1))
            parameter.grad = None
