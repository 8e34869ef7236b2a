"""The loss of every member, for each kind of head."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from megathrust.core import IntArray
from megathrust.models import FCNStack, Heads
from megathrust.training._network import Member, TrainingOptions
from megathrust.training._targets import Targets, of_world


def class_losses(
    log_probability: Tensor,
    classes: Tensor,
    present: Tensor,
    weights: Tensor,
    *,
    label_smoothing: Tensor | None = None,
) -> Tensor:
    """Return each member's weighted mean cross-entropy over its real rows, shape (members,).

    Parameters
    ----------
    log_probability : Tensor, shape (members, rows, classes)
        Logarithm of the predicted probabilities.
    classes, present : Tensor, shape (members, rows)
        Class, and the weight of the row, 0 for rows that only fill a batch.
    weights : Tensor, shape (members, classes)
        Weight of each class.
    label_smoothing : Tensor, shape (members,), optional
        Share of the label spread evenly over the classes (Szegedy et al. 2016, arXiv:1512.00567), with
        class weights as in PyTorch's CrossEntropyLoss.
    """
    weight = weights.gather(1, classes) * present
    cost = -weight * log_probability.gather(2, classes[:, :, None])[:, :, 0]
    if label_smoothing is not None:
        share = label_smoothing[:, None]
        everywhere = -(weights[:, None, :] * log_probability).mean(2) * present
        cost = (1.0 - share) * cost + share * everywhere
    return cost.sum(1) / _positive(weight.sum(1))


def magnitude_losses(
    outputs: Tensor,
    magnitudes: Tensor,
    present: Tensor,
    heads: Heads,
    *,
    huber_delta: float = 1.0,
    floor: Tensor | None = None,
) -> Tensor:
    """Return each member's weighted mean loss of the magnitude over its real rows, shape (members,).

    Parameters
    ----------
    outputs : Tensor, shape (members, rows, magnitude outputs)
        Scaled magnitude, or its quantiles.
    magnitudes : Tensor, shape (members, rows)
        Scaled magnitude; NaN where unknown, such rows do not count.
    present : Tensor, shape (members, rows)
        Weight of the row, 0 for rows that only fill a batch.
    heads : Heads
        Which loss: squared error, Huber (1964, doi:10.1214/aoms/1177703732), or the pinball loss of
        quantiles (Koenker & Bassett 1978, doi:10.2307/1913643), averaged over the levels.
    huber_delta : float
        Where the Huber loss turns linear.
    floor : Tensor, shape (members,), optional
        Scaled completeness, for the likelihood of a normal law that is left-censored there (Tobin 1958,
        doi:10.2307/1907382): rows whose magnitude is unknown or smaller count, and say that it lies below.
    """
    if floor is not None:
        cost = _censored_cost(*heads.law(outputs), magnitudes, floor[:, None])
        return (present * cost).sum(1) / _positive(present.sum(1))
    known = torch.isfinite(magnitudes)
    weight = present * known
    over = torch.where(known, magnitudes, 0.0)[:, :, None] - outputs
    if heads.magnitude == "huber":
        size = over.abs()
        cost = torch.where(size < huber_delta, 0.5 * over**2, huber_delta * (size - 0.5 * huber_delta))
    elif heads.magnitude == "quantile":
        levels = outputs.new_tensor(heads.quantiles)
        cost = torch.maximum(levels * over, (levels - 1.0) * over)
    else:
        cost = over**2
    return (weight * cost.mean(2)).sum(1) / _positive(weight.sum(1))


def _censored_cost(centre: Tensor, spread: Tensor, magnitudes: Tensor, floor: Tensor) -> Tensor:
    """Return the negative logarithm of the likelihood of every row, but for a constant."""
    observed = magnitudes >= floor
    # What is not chosen must be finite all the same: its gradient would make NaN of the chosen one.
    deviation = (torch.where(observed, magnitudes, centre) - centre) / spread
    density = 0.5 * deviation**2 + torch.log(spread)
    below = -torch.special.log_ndtr((floor - centre) / spread)
    return torch.where(observed, density, below)


def class_weights(classes: IntArray, members: Sequence[Member], n_classes: int) -> Tensor:
    """Return the inverse share of each class among each member's training rows, (members, classes).

    Parameters
    ----------
    classes : ndarray of int, shape (worlds, rows)
    members : sequence of Member
    n_classes : int
    """
    counts = np.stack([np.bincount(of_world(classes, m)[m.train], minlength=n_classes) for m in members])
    # A class without a training row never meets its weight; 1 keeps the arithmetic finite.
    weights = counts.sum(1, keepdims=True) / (n_classes * np.maximum(counts, 1))
    return torch.as_tensor(weights).float()


class StackLoss:
    """The loss of a whole stack: targets, weights and, if learned, the balance of its tasks.

    Parameters
    ----------
    stack : FCNStack
        With its magnitude scale fitted.
    targets : Targets
        With an axis of worlds.
    members : sequence of Member
    options : TrainingOptions

    Attributes
    ----------
    log_variances : Tensor or None
        Logarithms of the variances of classes and magnitude, (members, 2), where they are learned.
    """

    def __init__(
        self, stack: FCNStack, targets: Targets, members: Sequence[Member], options: TrainingOptions
    ) -> None:
        self._heads = heads = stack.architecture.heads
        self._options = options
        place = stack.scaling.shift.device
        self.log_variances: Tensor | None = None
        if heads.classes and heads.magnitude_outputs and options.task_weights == "learned":
            self.log_variances = torch.zeros(len(members), 2, device=place, requires_grad=True)
        self._classes = self._weights = self._magnitudes = self._row_weights = None
        if targets.classes is not None:
            seen = np.stack([of_world(targets.classes, member) for member in members])
            self._classes = torch.tensor(seen, dtype=torch.long, device=place)
            even = torch.ones(len(members), heads.classes)
            weighted = options.class_weights
            weights = class_weights(targets.classes, members, heads.classes) if weighted else even
            self._even, self._weights = even.to(place), weights.to(place)
        shares = [member.label_smoothing for member in members]
        self._smoothing = torch.tensor(shares, device=place) if any(shares) else None
        if targets.magnitudes is not None and stack.magnitude_scale is not None:
            scale = stack.magnitude_scale
            scaled = [scale.scaled(k, of_world(targets.magnitudes, m)) for k, m in enumerate(members)]
            self._magnitudes = torch.tensor(np.stack(scaled), dtype=torch.float32, device=place)
        self._floor: Tensor | None = None
        if heads.magnitude == "censored" and stack.magnitude_scale is not None:
            least = np.array([options.completeness])
            floors = [stack.magnitude_scale.scaled(k, least)[0] for k in range(len(members))]
            self._floor = torch.tensor(floors, dtype=torch.float32, device=place)
        if any(member.row_weights is not None for member in members):
            some = targets.classes if targets.classes is not None else targets.magnitudes
            rows = np.zeros((len(members), 0 if some is None else some.shape[1]), dtype=np.float32)
            for k, member in enumerate(members):
                rows[k, member.train] = 1.0 if member.row_weights is None else member.row_weights
            self._row_weights = torch.tensor(rows, device=place)

    def training(self, outputs: Tensor, index: Tensor, present: Tensor) -> Tensor:
        """Return the loss of every member that its gradients come from, (members,).

        Parameters
        ----------
        outputs : Tensor, shape (members, rows, outputs)
        index : Tensor of int, shape (members, rows)
            Rows of the table.
        present : Tensor, shape (members, rows)
            1 for real rows.
        """
        if self._row_weights is not None:
            present = present * self._row_weights.gather(1, index)
        parts = self._parts(outputs, index, present, self._weights, self._smoothing)
        if self.log_variances is None:
            return self._sum(parts)
        precision = torch.exp(-self.log_variances)
        both = parts["classes"] * precision[:, 0] + 0.5 * parts["magnitude"] * precision[:, 1]
        return both + 0.5 * self.log_variances.sum(1)

    def validation(self, outputs: Tensor, index: Tensor, present: Tensor) -> Tensor:
        """Return the loss without weights of rows, classes or learned ones, and without smoothing."""
        return self._sum(self._parts(outputs, index, present, self._even_weights, None))

    @property
    def _even_weights(self) -> Tensor | None:
        return None if self._weights is None else self._even

    def _sum(self, parts: dict[str, Tensor]) -> Tensor:
        if len(parts) == 1:
            return next(iter(parts.values()))
        return parts["classes"] + self._options.magnitude_weight * parts["magnitude"]

    def _parts(
        self,
        outputs: Tensor,
        index: Tensor,
        present: Tensor,
        weights: Tensor | None,
        smoothing: Tensor | None,
    ) -> dict[str, Tensor]:
        heads, parts = self._heads, {}
        if self._classes is not None and weights is not None:
            log_probability = heads.class_log_probabilities(outputs)
            classes = self._classes.gather(1, index)
            parts["classes"] = class_losses(
                log_probability, classes, present, weights, label_smoothing=smoothing
            )
        if self._magnitudes is not None:
            parts["magnitude"] = magnitude_losses(
                outputs[..., heads.class_outputs :],
                self._magnitudes.gather(1, index),
                present,
                heads,
                huber_delta=self._options.huber_delta,
                floor=self._floor,
            )
        return parts


def _positive(total: Tensor) -> Tensor:
    """Keep members without a real row at the loss 0 instead of 0 / 0."""
    return total.clamp(min=torch.finfo(total.dtype).tiny)
