"""What a stack predicts: classes, magnitudes, or both, from the outputs of one trunk."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from megathrust.core import FloatArray, InputError, check_choice, check_range

#: What a magnitude can be fitted by, and what that is called.
MAGNITUDE_LOSSES = MappingProxyType(
    {
        "censored": "the likelihood of a normal law, left-censored at completeness",
        "huber": "the Huber loss",
        "mse": "squared error",
        "none": "nothing",
        "quantile": "the pinball loss of quantiles",
    }
)

# Levels of the map that makes magnitudes uniform; more than a few hundred training rows can tell apart.
_LEVELS = 101

# Of the normal law of magnitudes, in standard deviations of the training magnitudes.
_LEAST_SPREAD = 0.05


@dataclass(frozen=True)
class Heads:
    """The outputs of a network: those of the classes first, those of the magnitude behind them.

    Parameters
    ----------
    classes : int
        Classes to tell apart; 0 for a network that predicts magnitudes only.
    ordinal : bool
        Cumulative logits (McCullagh 1980): output k is the logit of a class above k. All of them are one
        score minus ordered thresholds, so that their probabilities never cross.
    magnitude : str
        What the magnitude is fitted by: ``"mse"``, ``"huber"``, ``"quantile"``, ``"censored"`` (the spread of
        a normal law, then its centre), or ``"none"`` without it.
    quantiles : tuple of float
        Levels of the outputs under the quantile loss (Koenker & Bassett 1978), or of the quantiles of the
        normal law, increasing, in (0, 1).
    uniform : bool
        Fit the share of training rows of smaller magnitude, evenly spread in [0, 1], instead of the
        standardised Mw.
    sigmoid : bool
        Outputs answer yes or no for each class on its own, as two sigmoids on one-hot labels do;
        probabilities are the sigmoids over their sum. For networks that were trained elsewhere.

    Raises
    ------
    InputError
        If there is nothing to predict or an entry does not fit.

    Examples
    --------
    >>> Heads(classes=3, ordinal=True, magnitude="mse").n_outputs
    3
    """

    classes: int = 0
    ordinal: bool = False
    magnitude: str = "none"
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    uniform: bool = False
    sigmoid: bool = False

    def __post_init__(self) -> None:
        check_range("the number of classes", self.classes, low=2 if self.ordinal else 0)
        check_choice("loss of the magnitude", self.magnitude, MAGNITUDE_LOSSES)
        object.__setattr__(self, "quantiles", tuple(float(level) for level in self.quantiles))
        if self.sigmoid and (self.ordinal or self.classes < 2):
            raise InputError(
                "sigmoids of their own need two classes or more that are not ordered",
                given=f"{self.classes} classes{', ordered' if self.ordinal else ''}",
            )
        if self.uniform and self.magnitude == "censored":
            raise InputError(
                "ranks know no completeness",
                given="uniform",
                action="fit Mw itself by the censored likelihood",
            )
        if self.magnitude == "censored" and len(self.quantiles) < 2:
            raise InputError(
                "one quantile tells no spread of a normal law", given=self.quantiles, allowed="two or more"
            )
        if self.n_outputs == 0:
            raise InputError("the network predicts nothing", action="give it classes or a magnitude loss")
        edges = (0.0, *self.quantiles, 1.0)
        if not self.quantiles or any(low >= high for low, high in pairwise(edges)):
            raise InputError(
                "the quantile levels do not increase", given=self.quantiles, allowed="levels in (0, 1)"
            )

    @property
    def class_outputs(self) -> int:
        """Outputs that belong to the classes."""
        return self.classes - 1 if self.ordinal else self.classes

    @property
    def magnitude_outputs(self) -> int:
        """Outputs that belong to the magnitude."""
        return {"none": 0, "quantile": len(self.quantiles), "censored": 2}.get(self.magnitude, 1)

    @property
    def gives_quantiles(self) -> bool:
        """Whether the magnitude comes as quantiles."""
        return self.magnitude in ("censored", "quantile")

    @property
    def n_outputs(self) -> int:
        """Outputs in all."""
        return self.class_outputs + self.magnitude_outputs

    def law(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return centre and spread of the normal law, each (...), from its outputs (..., 2)."""
        # A spread of nothing would make the likelihood of one event infinite.
        return outputs[..., 1], functional.softplus(outputs[..., 0]) + _LEAST_SPREAD

    def median(self, quantiles: FloatArray) -> FloatArray:
        """Return the value at level 0.5 of quantiles (..., levels), linear between, the nearest beyond."""
        levels = self.quantiles
        above = int(np.searchsorted(levels, 0.5))
        if above in (0, len(levels)) or math.isclose(levels[above], 0.5):
            return np.asarray(quantiles[..., min(above, len(levels) - 1)])
        share = (0.5 - levels[above - 1]) / (levels[above] - levels[above - 1])
        return np.asarray((1.0 - share) * quantiles[..., above - 1] + share * quantiles[..., above])

    def class_log_probabilities(self, outputs: Tensor) -> Tensor:
        """Return the log-probability of every class, (..., classes), from outputs (..., n_outputs)."""
        logits = outputs[..., : self.class_outputs]
        if self.sigmoid:
            chances = functional.logsigmoid(logits)
            return chances - torch.logsumexp(chances, dim=-1, keepdim=True)
        if not self.ordinal:
            return torch.log_softmax(logits, dim=-1)
        # P(k) = s(a) - s(b) = s(a) s(-b) (1 - exp(b - a)) with the logits a, b of "above k - 1", "above k".
        reached = functional.pad(functional.logsigmoid(logits), (1, 0))
        not_passed = functional.pad(functional.logsigmoid(-logits), (0, 1))
        between = torch.log(-torch.expm1(logits[..., 1:] - logits[..., :-1]))
        inner = functional.pad(between, (1, 1)) if self.classes > 2 else 0.0
        return reached + not_passed + inner


class OrderedThresholds(nn.Module):
    """Turn the first input, a score, into cumulative logits ``score - threshold``; hand the others through.

    Thresholds increase because only the first of them and the logarithms of their steps are trained.
    """

    def __init__(self, members: int, classes: int, others: int) -> None:
        super().__init__()
        # At the score 0 all classes are equally probable.
        start = torch.logit(torch.arange(1, classes) / classes)
        self.first = nn.Parameter(start[:1].repeat(members, 1))
        self.log_steps = nn.Parameter(torch.log(start.diff()).repeat(members, 1))
        self.others = others

    @property
    def thresholds(self) -> Tensor:
        """Thresholds between the classes, (members, classes - 1)."""
        return torch.cat([self.first, self.first + torch.exp(self.log_steps).cumsum(1)], dim=1)

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return the layer as weight (members, inputs, outputs) and bias (members, outputs)."""
        logits = self.thresholds.shape[1]
        weight = self.first.new_zeros(1 + self.others, logits + self.others)
        weight[0, :logits] = 1.0
        weight[1:, logits:] = torch.eye(self.others)
        bias = functional.pad(-self.thresholds, (0, self.others))
        return weight.expand(len(bias), -1, -1), bias

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of the heads."""
        return torch.cat([x[..., :1] - self.thresholds[:, None, :], x[..., 1:]], dim=-1)


class MagnitudeScale(nn.Module):
    """Map Mw to what the outputs are fitted to and back; fitted on each member's training rows.

    Parameters
    ----------
    members : int
    heads : Heads
        Whether to map to the quantile level among the training rows instead of standardising.
    """

    knots: Tensor

    def __init__(self, members: int, heads: Heads) -> None:
        super().__init__()
        self.uniform = heads.uniform
        self.register_buffer("knots", torch.zeros(members, _LEVELS if heads.uniform else 2))

    def fit(self, member: int, magnitudes: FloatArray) -> None:
        """Fit one member's map to the magnitudes (rows,) of its training rows; NaN is left out."""
        known = magnitudes[np.isfinite(magnitudes)]
        if not len(known):
            raise InputError("a member trains on no known magnitude", given=f"member {member}")
        if self.uniform:
            values = np.quantile(known, np.linspace(0.0, 1.0, _LEVELS))
        else:
            mean, spread = float(known.mean()), float(known.std())
            # A spread at rounding level of the mean is a constant, whatever std says.
            values = np.array([mean, spread if spread > 1e-9 * abs(mean) else 1.0])
        self.knots[member] = torch.from_numpy(values).to(self.knots)

    def scaled(self, member: int, magnitudes: FloatArray) -> FloatArray:
        """Return what a member's outputs are fitted to; NaN stays NaN."""
        knots = self.knots[member].cpu().numpy().astype(np.float64)
        if not self.uniform:
            return np.asarray((magnitudes - knots[0]) / knots[1])
        levels = np.linspace(0.0, 1.0, _LEVELS)
        # Equal magnitudes get the middle of the levels they fill.
        from_below = np.interp(magnitudes, knots, levels)
        from_above = -np.interp(-magnitudes, -knots[::-1], -levels[::-1])
        return np.asarray((from_below + from_above) / 2.0)

    def magnitudes(self, outputs: FloatArray) -> FloatArray:
        """Return Mw for outputs of shape (members, ...)."""
        knots = self.knots.cpu().numpy().astype(np.float64)
        if not self.uniform:
            shape = (-1,) + (1,) * (outputs.ndim - 1)
            return np.asarray(outputs * knots[:, 1].reshape(shape) + knots[:, 0].reshape(shape))
        levels = np.linspace(0.0, 1.0, _LEVELS)
        return np.stack([np.interp(part, levels, own) for part, own in zip(outputs, knots, strict=True)])
