"""Slow plain twin of members that share weights: one network of PyTorch's own layers after another."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from megathrust.core import FloatArray, IntArray
from megathrust.models import FCNArchitecture, FCNStack, SharedLinear
from megathrust.testing._head_oracles import PlainEncoding, plain_loss
from megathrust.testing._network_oracles import GivenDropout, plain_network, plain_optimizer
from megathrust.training import BatchStreams, Member, TrainingOptions


class PlainAdaptedLinear(nn.Module):
    """A linear layer of one member whose matrix (outputs, inputs) belongs to its group."""

    def __init__(self, of_group: nn.Linear, input_scale: Tensor) -> None:
        super().__init__()
        self.weight = of_group.weight
        self.bias = nn.Parameter(of_group.bias.detach().clone(), requires_grad=of_group.bias.requires_grad)
        self.input_scale = nn.Parameter(input_scale.clone())
        self.output_scale = nn.Parameter(torch.ones(of_group.out_features))

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of the member."""
        return nn.functional.linear(x * self.input_scale, self.weight) * self.output_scale + self.bias


def plain_group(
    architecture: FCNArchitecture, seeds: Sequence[int], train: FloatArray | None = None
) -> list[nn.Sequential]:
    """Return the networks of one group that shares weights, as they start.

    Parameters
    ----------
    architecture : FCNArchitecture
    seeds : sequence of int
        One for each member of the group.
    train : ndarray, shape (rows, features), optional
        Standardised training rows, where there is an encoding.
    """
    alone = replace(architecture, shared_by=1)
    networks = [plain_network(alone, seed, train) for seed in seeds]
    nothing = np.zeros((len(seeds), architecture.n_features))
    stack = FCNStack(architecture, nothing, nothing + 1.0)
    stack.draw(seeds)
    drawn = [layer.input_scale.detach() for layer in stack.layers if isinstance(layer, SharedLinear)]
    encoding = networks[0][0]
    linear = [(i, layer) for i, layer in enumerate(networks[0]) if isinstance(layer, nn.Linear)]
    for member, network in enumerate(networks):
        for (i, of_group), input_scale in zip(linear[:-1], drawn, strict=True):
            network[i] = PlainAdaptedLinear(of_group, input_scale[member])
        if isinstance(encoding, PlainEncoding):
            network[0] = copy.deepcopy(encoding)
    return networks


def train_group_plainly(
    features: FloatArray,
    classes: IntArray,
    members: Sequence[Member],
    architecture: FCNArchitecture,
    options: TrainingOptions,
) -> list[nn.Sequential]:
    """Train the classifiers of one group that shares weights, member by member; inputs are standardised.

    The slow twin of `fit_stack` with ``shared_by`` as large as the group. A step adds up the gradients of
    all members; that of a shared matrix is then divided by their number.
    """
    train = members[0].train
    part = features[train]
    x = torch.tensor((features - part.mean(0)) / part.std(0), dtype=torch.float32)
    y = torch.tensor(classes)
    group = plain_group(architecture, [m.seed for m in members], x[torch.from_numpy(train)].double().numpy())
    streams = [
        BatchStreams(
            [member], batch_size=options.batch_size, epochs=options.epochs, widths=architecture.hidden
        )
        for member in members
    ]
    steps = int(streams[0].steps[0])
    optimizer, schedule = plain_optimizer(nn.ModuleList(group), None, members[0], options, steps)
    for number in range(steps):
        optimizer.zero_grad()
        for network, stream in zip(group, streams, strict=True):
            rows, present, masks = stream.step(number)
            chosen = torch.from_numpy(rows[0][present[0]])
            drops = [layer for layer in network if isinstance(layer, GivenDropout)]
            for layer, mask in zip(drops, masks or [], strict=False):
                layer.mask = mask[0][torch.from_numpy(present[0])]
            loss = plain_loss(
                network(x[chosen]),
                y[chosen],
                None,
                architecture.heads,
                options,
                row_weights=torch.ones(len(chosen)),
            )
            torch.autograd.backward(loss)
            for layer in drops:
                layer.mask = None
        for shared in group[0]:
            if isinstance(shared, PlainAdaptedLinear) and shared.weight.grad is not None:
                shared.weight.grad /= len(members)
        optimizer.step()
        schedule.step()
    return [network.eval() for network in group]
