"""A linear layer whose matrix several members of a stack share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from megathrust.core import IntArray
from megathrust.models._layers import linear_start


class SharedLinear(nn.Module):
    """Affine maps side by side, of which ``shared_by`` consecutive members share one matrix (BatchEnsemble).

    Every member scales what enters and what leaves the matrix of its group by numbers of its own and adds
    its own bias: ``((x * input_scale) @ weight) * output_scale + bias``.

    Parameters
    ----------
    members, n_inputs, n_outputs : int
        Shape of the layer; ``members`` is a multiple of ``shared_by``.
    shared_by : int
        Members in a group.
    biased : bool
        Whether the bias is trained, see `StackedLinear`.

    Attributes
    ----------
    weight : Parameter, shape (groups, inputs, outputs)
    input_scale : Parameter, shape (members, inputs)
    output_scale, bias : Parameter, shape (members, outputs)

    References
    ----------
    Wen, Tran & Ba (2020), arXiv:2002.06715, equation 5; started as in Gorishniy, Kotelnikov & Babenko (2025),
    arXiv:2410.24210: all scales 1 but the first input scale, equal biases.
    """

    def __init__(
        self, members: int, n_inputs: int, n_outputs: int, *, shared_by: int, biased: bool = True
    ) -> None:
        super().__init__()
        self.shared_by = shared_by
        self.weight = nn.Parameter(torch.zeros(members // shared_by, n_inputs, n_outputs))
        self.input_scale = nn.Parameter(torch.ones(members, n_inputs))
        self.output_scale = nn.Parameter(torch.ones(members, n_outputs))
        self.bias = nn.Parameter(torch.zeros(members, n_outputs), requires_grad=biased)

    @torch.no_grad()
    def draw(self, member: int, generator: np.random.Generator) -> None:
        """Draw matrix and bias that a member would have alone; those of the first one serve its group.

        What the others draw is dropped, so that whatever follows in their streams does not depend on
        their place.
        """
        weight, bias = linear_start(generator, *self.weight.shape[1:])
        group, place = divmod(member, self.shared_by)
        if place == 0:
            self.weight[group] = weight
            if self.bias.requires_grad:
                self.bias[member : member + self.shared_by] = bias

    @torch.no_grad()
    def vary(self, member: int, generator: np.random.Generator, features: int) -> None:
        """Draw the input scale by which a member starts apart from its group.

        Parameters
        ----------
        member : int
        generator : Generator
        features : int
            Features that enter the layer. Plain ones get a random sign; encoded ones, several units of a
            feature side by side, a standard normal number that these units share.
        """
        units = self.input_scale.shape[1] // features
        if units == 1:
            values = generator.choice([-1.0, 1.0], size=features)
        else:
            values = generator.normal(size=features).repeat(units)
        self.input_scale[member] = torch.from_numpy(values).to(self.input_scale)

    def affine(self, members: IntArray | None = None) -> tuple[Tensor, Tensor]:
        """Return what some members, or all, compute as weight (members, inputs, outputs) and bias."""
        rows = np.arange(len(self.bias)) if members is None else members
        matrix = self.weight[rows // self.shared_by]
        weight = self.input_scale[rows][:, :, None] * matrix * self.output_scale[rows][:, None, :]
        return weight, self.bias[rows]

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (members, rows, outputs) for inputs (members, rows, inputs)."""
        members, rows, width = x.shape
        grouped = (x * self.input_scale[:, None, :]).reshape(len(self.weight), self.shared_by * rows, width)
        product = torch.bmm(grouped, self.weight).view(members, rows, -1)
        return torch.addcmul(self.bias[:, None, :], product, self.output_scale[:, None, :])
