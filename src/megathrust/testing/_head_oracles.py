"""Slow plain twins of encodings and heads, feature by feature and sample by sample."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from megathrust.core import FloatArray
from megathrust.models import FCNArchitecture, FCNStack, Heads, OrderedThresholds, PeriodicEncoding
from megathrust.training import TrainingOptions


class PlainEncoding(nn.Module):
    """The encoding of one network, for standardised inputs (rows, features) or (features,).

    Parameters
    ----------
    architecture : FCNArchitecture
    x : ndarray, shape (rows, features)
        Standardised training rows, of which the bins are made.
    stack : FCNStack
        One member, whose first frequencies are taken.
    """

    def __init__(self, architecture: FCNArchitecture, x: FloatArray, stack: FCNStack) -> None:
        super().__init__()
        self.kind = architecture.encoding
        self.units = architecture.n_encoded // architecture.n_features
        levels = np.linspace(0.0, 1.0, architecture.encoding_units + 1)
        self.edges = [sorted(set(np.quantile(column, levels).astype(np.float32).tolist())) for column in x.T]
        if isinstance(stack.encoding, PeriodicEncoding):
            self.frequencies = nn.Parameter(stack.encoding.frequencies.detach()[0].clone())

    def forward(self, x: Tensor) -> Tensor:
        """Return (rows, features * units), the units of a feature side by side."""
        columns: list[Tensor] = []
        for feature in range(x.shape[-1]):
            value = x[..., feature]
            if self.kind == "periodic":
                turns = [2.0 * np.pi * frequency * value for frequency in self.frequencies[feature]]
                columns += [torch.sin(turn) for turn in turns] + [torch.cos(turn) for turn in turns]
                continue
            edges = self.edges[feature]
            bins = len(edges) - 1
            for t in range(self.units):
                if t >= bins:
                    columns.append(torch.zeros_like(value))
                    continue
                share = (value - edges[t]) / (edges[t + 1] - edges[t])
                if t > 0:
                    share = torch.where(share < 0.0, torch.zeros_like(share), share)
                if t < bins - 1:
                    share = torch.where(share > 1.0, torch.ones_like(share), share)
                columns.append(share)
        return torch.stack(columns, dim=-1)


class PlainThresholds(nn.Module):
    """Cumulative logits of one network from its score, in front of the outputs of the magnitude."""

    def __init__(self, drawn: OrderedThresholds) -> None:
        super().__init__()
        self.first = nn.Parameter(drawn.first.detach()[0].clone())
        self.log_steps = nn.Parameter(drawn.log_steps.detach()[0].clone())

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of the heads for the outputs of the last linear layer."""
        threshold = self.first[0]
        logits = [x[..., 0] - threshold]
        for log_step in self.log_steps:
            threshold = threshold + torch.exp(log_step)
            logits.append(x[..., 0] - threshold)
        return torch.cat([torch.stack(logits, dim=-1), x[..., 1:]], dim=-1)


def plain_probabilities(outputs: Tensor, heads: Heads) -> Tensor:
    """Return class probabilities (rows, classes) of one network, by their definition."""
    logits = outputs[:, : heads.class_outputs]
    if not heads.ordinal:
        return torch.softmax(logits, dim=1)
    above = [
        torch.ones(len(logits)).to(logits),
        *torch.sigmoid(logits).T,
        torch.zeros(len(logits)).to(logits),
    ]
    return torch.stack([above[k] - above[k + 1] for k in range(heads.classes)], dim=1)


def plain_loss(
    outputs: Tensor,
    classes: Tensor | None,
    magnitudes: Tensor | None,
    heads: Heads,
    options: TrainingOptions,
    *,
    row_weights: Tensor,
    class_weights: Tensor | None = None,
    log_variances: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the loss of one network for one batch, row by row; the slow twin of the stacked losses."""
    parts = []
    if classes is not None:
        probability = plain_probabilities(outputs, heads)
        weights = torch.ones(heads.classes) if class_weights is None else class_weights
        total, norm = torch.zeros(()), 0.0
        for row, label in enumerate(classes.tolist()):
            logs = torch.log(probability[row])
            even = sum(weights[k] * logs[k] for k in range(heads.classes)) / heads.classes
            own = (1.0 - label_smoothing) * weights[label] * logs[label]
            total = total - row_weights[row] * (own + label_smoothing * even)
            norm += float(row_weights[row] * weights[label])
        parts.append(total / norm)
    if magnitudes is not None:
        total, norm = torch.zeros(()), 0.0
        for row, wanted in enumerate(magnitudes):
            if not torch.isnan(wanted):
                cost = _plain_magnitude_cost(outputs[row, heads.class_outputs :], wanted, heads, options)
                total = total + row_weights[row] * cost
                norm += float(row_weights[row])
        parts.append(total / norm if norm else total)
    if len(parts) == 1:
        return parts[0]
    if log_variances is None:
        return parts[0] + options.magnitude_weight * parts[1]
    balanced = parts[0] / torch.exp(log_variances[0]) + 0.5 * parts[1] / torch.exp(log_variances[1])
    return balanced + 0.5 * log_variances[0] + 0.5 * log_variances[1]


def _plain_magnitude_cost(outputs: Tensor, wanted: Tensor, heads: Heads, options: TrainingOptions) -> Tensor:
    if heads.magnitude == "mse":
        return (outputs[0] - wanted) ** 2
    if heads.magnitude == "huber":
        return nn.functional.huber_loss(outputs[0], wanted, delta=options.huber_delta)
    cost = torch.zeros(())
    for level, quantile in zip(heads.quantiles, outputs, strict=True):
        short = wanted - quantile
        cost = cost + (level * short if short >= 0.0 else (level - 1.0) * short)
    return cost / len(heads.quantiles)
