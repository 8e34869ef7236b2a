"""Train every member of a stack at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from megathrust.core import BoolArray, FloatArray, InputError, IntArray, ProgressCallback, check_same_length
from megathrust.models import FCNArchitecture, FCNStack
from megathrust.training._adam import StackedAdam
from megathrust.training._batches import BatchStreams
from megathrust.training._options import Member, TrainingOptions
from megathrust.training._schedule import one_cycle


@dataclass(frozen=True)
class Fit:
    """A trained stack and how it got there.

    Attributes
    ----------
    stack : FCNStack
        In evaluation mode, on the CPU.
    losses : ndarray, shape (epochs, members)
        Mean training loss of every epoch.
    """

    stack: FCNStack
    losses: FloatArray


def fit_classifier(
    features: FloatArray,
    classes: IntArray,
    members: Sequence[Member],
    architecture: FCNArchitecture,
    options: TrainingOptions,
    *,
    device: str = "cpu",
    progress: ProgressCallback | None = None,
) -> Fit:
    """Fit a stack of classifiers; everything fitted of a member depends on its training rows only.

    Parameters
    ----------
    features : ndarray, shape (rows, features) or (worlds, rows, features)
        Finite numbers in their units; several versions of them for surrogate worlds.
    classes : ndarray of int, shape (rows,) or (worlds, rows)
        Class of every row, from 0.
    members : sequence of Member
        Training rows, seed and hyperparameters of each network.
    architecture : FCNArchitecture
        Shape of every network; its number of outputs is the number of classes.
    options : TrainingOptions
        What the members share.
    device : str
        Where to compute, such as ``"cpu"`` or ``"cuda"``.
    progress : callable, optional
        Called with (steps done, steps in all).

    Raises
    ------
    InputError
        If shapes do not fit, a feature is not finite, or the device is not there.
    """
    features, classes = _worlds(features, classes)
    _check(features, classes, members, architecture)
    place = _device(device)
    world = np.array([member.world for member in members])
    # One world of features (or classes) serves members of every world.
    seen, labelled = (np.minimum(world, len(versions) - 1) for versions in (features, classes))
    shift, scale = standardization(features, members)
    stack = FCNStack(architecture, shift, scale)
    stack.draw([member.seed for member in members])
    stack.to(place).train()
    batches = BatchStreams(
        members, batch_size=options.batch_size, epochs=options.epochs, widths=architecture.hidden
    )
    x = torch.tensor(features, dtype=torch.float32, device=place)
    y = torch.tensor(classes, dtype=torch.long, device=place)
    x_world, y_world = (torch.tensor(index, device=place)[:, None] for index in (seen, labelled))
    weights = _class_weights(classes, members, architecture.n_outputs, options.class_weights).to(place)
    optimizer = StackedAdam(
        list(stack.parameters()),
        weight_decay=torch.tensor([member.weight_decay for member in members], device=place).float(),
        decoupled=options.optimizer == "adamw",
    )
    peaks = np.array([member.learning_rate for member in members])
    steps = int(batches.steps.max())
    losses = np.zeros((options.epochs, len(members)))
    # Adam's moments of units that dropout and ReLU silence fade into denormal numbers, which are slow.
    torch.set_flush_denormal(True)
    for number in range(steps):
        rows, present, masks = batches.step(number)
        index = torch.from_numpy(rows).to(place)
        real = torch.from_numpy(present).to(place, torch.float32)
        moved = None if masks is None else [mask.to(place) for mask in masks]
        logits = stack(x[x_world, index], present=real, masks=moved)
        loss = member_losses(logits, y[y_world, index], real, weights)
        torch.autograd.backward(loss.sum())
        active = number < batches.steps
        constant = np.where(active, peaks, 0.0)
        rates = one_cycle(number, batches.steps, peaks) if options.schedule == "one_cycle" else constant
        optimizer.step(number + 1, rates)
        _record(losses, loss, number, batches, active)
        if progress is not None:
            progress(number + 1, steps)
    torch.set_flush_denormal(False)
    return Fit(stack.cpu().eval(), losses)


def standardization(features: FloatArray, members: Sequence[Member]) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of every member's training rows, each (members, features).

    A feature that is constant there gets the scale 1, so that it stays a plain zero.

    Parameters
    ----------
    features : ndarray, shape (worlds, rows, features)
    members : sequence of Member
    """
    parts = [features[min(member.world, len(features) - 1)][member.train] for member in members]
    shift = np.stack([part.mean(0) for part in parts])
    scale = np.stack([part.std(0) for part in parts])
    # A spread at rounding level of the mean is a constant, whatever std says.
    constant = scale <= 1e-9 * np.abs(shift)
    return shift, np.where(constant, 1.0, scale)


def member_losses(logits: Tensor, classes: Tensor, present: Tensor, weights: Tensor) -> Tensor:
    """Return each member's weighted mean cross-entropy over its real rows, shape (members,).

    Parameters
    ----------
    logits : Tensor, shape (members, rows, classes)
        Outputs.
    classes, present : Tensor, shape (members, rows)
        Class, and 1 for real rows.
    weights : Tensor, shape (members, classes)
        Weight of each class.
    """
    log_probability = torch.log_softmax(logits, dim=-1)
    cost = -log_probability.gather(2, classes[:, :, None])[:, :, 0]
    weight = weights.gather(1, classes) * present
    return (weight * cost).sum(1) / weight.sum(1).clamp(min=torch.finfo(cost.dtype).tiny)


def _class_weights(classes: IntArray, members: Sequence[Member], n_classes: int, wanted: bool) -> Tensor:
    if not wanted:
        return torch.ones(len(members), n_classes)
    counts = np.stack(
        [np.bincount(classes[min(m.world, len(classes) - 1)][m.train], minlength=n_classes) for m in members]
    )
    # A class without a training row never meets its weight; 1 keeps the arithmetic finite.
    weights = counts.sum(1, keepdims=True) / (n_classes * np.maximum(counts, 1))
    return torch.as_tensor(weights).float()


def _record(losses: FloatArray, loss: Tensor, number: int, batches: BatchStreams, active: BoolArray) -> None:
    epoch = number // batches.steps_per_epoch
    chosen = np.flatnonzero(active)
    values = loss.detach().cpu().numpy()[chosen]
    losses[epoch[chosen], chosen] += values / batches.steps_per_epoch[chosen]


def _device(name: str) -> torch.device:
    try:
        place = torch.device(name)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        # PyTorch says that a device is missing with either of the two.
        raise InputError(
            "the device cannot be used", given=name, allowed="cpu, or cuda where PyTorch finds a GPU"
        ) from error
    return place


def _worlds(features: FloatArray, classes: IntArray) -> tuple[FloatArray, IntArray]:
    """Give both a leading axis of worlds, of length 1 where there is only one."""
    return (
        features if features.ndim == 3 else features[None],
        classes if classes.ndim == 2 else classes[None],
    )


def _check(
    features: FloatArray, classes: IntArray, members: Sequence[Member], architecture: FCNArchitecture
) -> None:
    rows = check_same_length(features=features[0], classes=classes[0])
    if not members:
        raise InputError("a stack without members cannot be trained", action="give one Member at least")
    if features.shape[2] != architecture.n_features:
        raise InputError(
            "the network takes another number of features",
            given=f"{features.shape[2]} columns",
            allowed=architecture.n_features,
        )
    if not np.isfinite(features).all():
        _, row, column = np.argwhere(~np.isfinite(features))[0]
        raise InputError(
            "a feature value is missing or infinite",
            given=f"row {row}, column {column}",
            action="leave such rows or columns out of the table first",
        )
    if classes.min() < 0 or classes.max() >= architecture.n_outputs:
        raise InputError(
            "a class is out of range",
            given=f"{classes.min()} to {classes.max()}",
            allowed=f"0 to {architecture.n_outputs - 1}",
        )
    if max(int(member.train.max()) for member in members) >= rows:
        raise InputError("a member trains on a row that is not there", allowed=f"rows 0 to {rows - 1}")
