"""Slow plain twins of the stack: one network after another, one sample after another."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from megathrust.core import FloatArray, IntArray
from megathrust.models import FCNArchitecture, FCNStack, OrderedThresholds, StackedLinear
from megathrust.testing._head_oracles import PlainEncoding, PlainThresholds, plain_loss
from megathrust.training import BatchStreams, Member, Targets, TrainingOptions, make_stack

_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "elu": nn.ELU}


class GivenDropout(nn.Module):
    """Multiply by a mask that was set from outside."""

    mask: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if self.mask is None else x * self.mask


def plain_network(architecture: FCNArchitecture, seed: int, train: FloatArray | None = None) -> nn.Sequential:
    """Return one network of PyTorch's own layers with the initial parameters that a stack draws.

    Parameters
    ----------
    architecture : FCNArchitecture
    seed : int
    train : ndarray, shape (rows, features), optional
        Standardised training rows, where there is an encoding.
    """
    nothing = np.zeros((1, architecture.n_features))
    stack = FCNStack(architecture, nothing, nothing + 1.0)
    stack.draw([seed])
    linear = iter([layer for layer in stack.layers if isinstance(layer, StackedLinear)])
    layers: list[nn.Module] = []

    def add_linear() -> None:
        drawn = next(linear)
        layer = nn.Linear(drawn.weight.shape[1], drawn.weight.shape[2])
        layer.weight.data, layer.bias.data = drawn.weight.data[0].T.clone(), drawn.bias.data[0].clone()
        layer.bias.requires_grad_(drawn.bias.requires_grad)
        layers.append(layer)

    if train is not None and stack.encoding is not None:
        layers.append(PlainEncoding(architecture, train, stack))
    width = architecture.n_encoded
    for next_width in architecture.hidden:
        if architecture.batch_norm == "before":
            layers.append(nn.BatchNorm1d(width))
        add_linear()
        if architecture.batch_norm == "after":
            layers.append(nn.BatchNorm1d(next_width))
        layers += [_ACTIVATIONS[architecture.activation](), GivenDropout()]
        width = next_width
    add_linear()
    last = stack.layers[-1]
    if isinstance(last, OrderedThresholds):
        layers.append(PlainThresholds(last))
    return nn.Sequential(*layers)


def train_plainly(
    features: FloatArray,
    classes: IntArray | None,
    member: Member,
    architecture: FCNArchitecture,
    options: TrainingOptions,
    *,
    magnitudes: FloatArray | None = None,
) -> nn.Sequential:
    """Train one network with PyTorch's own layers, optimiser and schedule; inputs are standardised.

    The slow twin of `fit_stack` for one member; batches and dropout masks come from the same streams.
    """
    part = features[member.train]
    x = torch.tensor((features - part.mean(0)) / part.std(0), dtype=torch.float32)
    y = None if classes is None else torch.tensor(classes)
    network = plain_network(architecture, member.seed, x[torch.from_numpy(member.train)].double().numpy())
    wanted = _scaled_magnitudes(features, magnitudes, member, architecture)
    streams = BatchStreams(
        [member],
        batch_size=options.batch_size,
        epochs=options.epochs,
        widths=architecture.hidden,
        classes=classes[None] if classes is not None and options.sampling == "balanced" else None,
    )
    learned = classes is not None and magnitudes is not None and options.task_weights == "learned"
    balance = torch.zeros(2, requires_grad=True) if learned else None
    steps = int(streams.steps[0])
    optimizer, schedule = plain_optimizer(network, balance, member, options, steps)
    weight = None
    if options.class_weights and classes is not None:
        counts = np.bincount(classes[member.train], minlength=architecture.heads.classes)
        weight = torch.tensor(counts.sum() / (len(counts) * counts), dtype=torch.float32)
    row_weights = torch.ones(len(x))
    if member.row_weights is not None:
        row_weights[torch.from_numpy(member.train)] = torch.tensor(member.row_weights).float()
    drops = [layer for layer in network if isinstance(layer, GivenDropout)]
    for number in range(steps):
        rows, present, masks = streams.step(number)
        chosen = torch.from_numpy(rows[0][present[0]])
        for layer, mask in zip(drops, masks or [], strict=False):
            layer.mask = mask[0][torch.from_numpy(present[0])]
        optimizer.zero_grad()
        loss = plain_loss(
            network(x[chosen]),
            None if y is None else y[chosen],
            None if wanted is None else wanted[chosen],
            architecture.heads,
            options,
            row_weights=row_weights[chosen],
            class_weights=weight,
            log_variances=balance,
            label_smoothing=member.label_smoothing,
        )
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
    for layer in drops:
        layer.mask = None
    return network.eval()


def plain_optimizer(
    network: nn.Module, balance: torch.Tensor | None, member: Member, options: TrainingOptions, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """Return PyTorch's own optimiser and schedule for a network with a member's rate and decay."""
    groups: list[dict[str, Any]] = [{"params": list(network.parameters())}]
    if balance is not None:
        groups.append({"params": [balance], "weight_decay": 0.0})
    kind = torch.optim.AdamW if options.optimizer == "adamw" else torch.optim.Adam
    optimizer = kind(groups, lr=member.learning_rate, weight_decay=member.weight_decay)
    if options.schedule == "constant":
        return optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    return optimizer, torch.optim.lr_scheduler.OneCycleLR(
        optimizer, member.learning_rate, total_steps=steps, cycle_momentum=False
    )


def _scaled_magnitudes(
    features: FloatArray,
    magnitudes: FloatArray | None,
    member: Member,
    architecture: FCNArchitecture,
) -> torch.Tensor | None:
    if magnitudes is None:
        return None
    if not architecture.heads.uniform:
        known = magnitudes[member.train][~np.isnan(magnitudes[member.train])]
        return torch.tensor((magnitudes - known.mean()) / known.std(), dtype=torch.float32)
    stack = make_stack(
        features[None], Targets(None, magnitudes[None]), [member], architecture, TrainingOptions()
    )
    scale = stack.magnitude_scale
    return None if scale is None else torch.tensor(scale.scaled(0, magnitudes), dtype=torch.float32)


def relevance_plainly(
    network: nn.Sequential, x: FloatArray, chosen: int, epsilon: float
) -> tuple[FloatArray, float, float]:
    """Explain one output for one sample by LRP-epsilon in plain loops over units.

    The slow twin of `megathrust.explanation.relevance` for linear layers, activations and an encoding.

    Returns
    -------
    tuple
        Relevance of each input, the share of biases and stabiliser, and the explained output.
    """
    values: list[FloatArray] = [np.asarray(x, dtype=np.float64)]
    for layer in network:
        if isinstance(layer, nn.Linear):
            weight = layer.weight.detach().double().numpy()
            values.append(weight @ values[-1] + layer.bias.detach().double().numpy())
        else:
            values.append(layer(torch.tensor(values[-1])).detach().numpy())
    output = float(values[-1][chosen])
    relevance = np.zeros(len(values[-1]))
    relevance[chosen] = output
    lost = 0.0
    for layer, inputs, outputs in zip(list(network)[::-1], values[-2::-1], values[:0:-1], strict=True):
        if isinstance(layer, PlainEncoding):
            features = range(len(inputs))
            relevance = np.array(
                [
                    sum(relevance[feature * layer.units + unit] for unit in range(layer.units))
                    for feature in features
                ]
            )
        if not isinstance(layer, nn.Linear):
            continue
        weight, bias = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
        handed = np.zeros(len(inputs))
        for j in range(len(outputs)):
            stabiliser = epsilon if outputs[j] >= 0.0 else -epsilon
            share = relevance[j] / (outputs[j] + stabiliser)
            for i in range(len(inputs)):
                handed[i] += inputs[i] * weight[j, i] * share
            lost += (bias[j] + stabiliser) * share
        relevance = handed
    return relevance, lost, output
