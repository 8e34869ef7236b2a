"""Rules by which an affine map hands relevance down to its inputs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from megathrust.core import Registry
from megathrust.explanation._canonical import Affine

#: (map, its inputs (members, rows, inputs), its outputs (members, rows, outputs), relevance of the outputs
#: (members, classes, rows, outputs), epsilon) -> relevance of the inputs (members, classes, rows, inputs),
#: and what bias and stabiliser took (members, classes, rows)
Rule = Callable[[Affine, Tensor, Tensor, Tensor, float], tuple[Tensor, Tensor]]

#: Rules by name.
RULES: Registry[Rule] = Registry("rule of relevance")


@RULES.register("epsilon")
def epsilon_rule(
    link: Affine, inputs: Tensor, outputs: Tensor, flowing: Tensor, epsilon: float
) -> tuple[Tensor, Tensor]:
    """Share relevance out by the inputs' parts of each output: a w / (z + epsilon sign z)."""
    # sign(0) counts as +1, so that a dead unit divides by epsilon and not by zero.
    sign = torch.where(outputs < 0, -1.0, 1.0).to(outputs)
    share = flowing / (outputs + epsilon * sign)[:, None]
    handed = inputs[:, None] * torch.einsum("kcro,kio->kcri", share, link.weight)
    taken = (share * (link.bias[:, None, None, :] + epsilon * sign[:, None])).sum(-1)
    return handed, taken
