"""The steps of a training: batches in, parameters moved, members stopped, checkpoints written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from megathrust.core import BoolArray, FloatArray, IntArray, ProgressCallback
from megathrust.models import FCNStack
from megathrust.training._adam import StackedAdam
from megathrust.training._batches import BatchStreams
from megathrust.training._checkpoint import read_checkpoint, write_checkpoint
from megathrust.training._losses import StackLoss
from megathrust.training._network import Member, TrainingOptions
from megathrust.training._progress import MemberProgress
from megathrust.training._schedule import one_cycle
from megathrust.training._targets import Targets, of_world

#: Numbers of inputs that a training keeps rather than computes again: 256 MB, and four times that on the way.
MOST_INPUTS = 1 << 26


class Trainer:
    """Trains a stack step by step; all that changes on the way can be written down and taken up again.

    Parameters
    ----------
    stack : FCNStack
        Ahead of its first step, on the device to train on.
    features : ndarray, shape (worlds, rows, features)
    targets : Targets
        With an axis of worlds.
    members : sequence of Member
    options : TrainingOptions

    Attributes
    ----------
    members : MemberProgress
        How far every member came.
    """

    def __init__(
        self,
        stack: FCNStack,
        features: FloatArray,
        targets: Targets,
        members: Sequence[Member],
        options: TrainingOptions,
    ) -> None:
        self._stack, self._options = stack, options
        self._place = stack.scaling.shift.device
        self._gather = partial(_Rows, stack, features, members)
        self._loss = StackLoss(stack, targets, members, options)
        balanced = None
        if options.sampling == "balanced" and targets.classes is not None:
            balanced = np.stack([of_world(targets.classes, member) for member in members])
        self._batches = BatchStreams(
            members,
            batch_size=options.batch_size,
            epochs=options.epochs,
            widths=stack.architecture.hidden,
            classes=balanced,
        )
        decay = np.array([member.weight_decay for member in members])
        decoupled = options.optimizer == "adamw"
        self._optimizers = [StackedAdam(list(stack.parameters()), weight_decay=decay, decoupled=decoupled)]
        if self._loss.log_variances is not None:
            balance = StackedAdam([self._loss.log_variances], weight_decay=0.0 * decay, decoupled=decoupled)
            self._optimizers.append(balance)
        self._peaks = np.array([member.learning_rate for member in members])
        self._validation, self._validation_present = _padded([member.validation for member in members])
        self.members = MemberProgress(
            stack,
            self._batches.steps_per_epoch,
            options.epochs,
            np.asarray(self._validation_present.any(1)),
            options.patience,
        )
        self._done = 0
        self._checkpoint: tuple[str | os.PathLike[str], str, int] | None = None

    def run(self, progress: ProgressCallback | None = None) -> None:
        """Do all steps that are left and leave every member with its best parameters."""
        steps = int(self._batches.steps.max())
        self._stack.train()
        # Only now: a checkpoint may have brought other bins.
        rows = self._gather()
        with _without_denormals():
            while self._done < steps and self.members.running.any():
                self._step(self._done, rows)
                self._done += 1
                if self._checkpoint is not None and self._done % self._checkpoint[2] == 0:
                    self._write()
                if progress is not None:
                    progress(self._done, steps)
        if self._checkpoint is not None:
            self._write()
        if progress is not None and self._done < steps:
            progress(steps, steps)
        self.members.finish()

    def keep(self, path: str | os.PathLike[str], training: str, every: int) -> None:
        """Write a checkpoint every so many steps, marked with the fingerprint of the training."""
        self._checkpoint = (path, training, every)

    def resume(self, path: str | os.PathLike[str], training: str) -> None:
        """Take up the state of a checkpoint."""
        tensors, record = read_checkpoint(path, of=training)
        with torch.no_grad():
            for name, tensor in self._tensors().items():
                tensor.copy_(tensors[name])
        self.members.restore(tensors, record["stopped"])
        self._batches.restore(record["streams"])
        self._done = int(record["steps"])

    def _step(self, number: int, rows: _Rows) -> None:
        active = (number < self._batches.steps) & self.members.running
        drawn, present, masks = self._batches.step(number, self.members.running)
        index = torch.from_numpy(drawn).to(self._place)
        real = torch.from_numpy(present).to(self._place, torch.float32)
        moved = None if masks is None else [mask.to(self._place) for mask in masks]
        outputs = self._stack.from_inputs(rows.take(drawn), present=real, masks=moved)
        loss = self._loss.training(outputs, index, real)
        torch.autograd.backward(loss.sum())
        self.members.record(number, loss.detach().cpu().numpy(), active)
        rates = self._rates(number, active & self.members.running)
        for optimizer in self._optimizers:
            optimizer.step(number + 1, rates)
        ended = self.members.ending(number, active)
        if ended.any():
            self.members.validate(number, self._validation_losses(rows), ended)

    def _rates(self, number: int, active: BoolArray) -> FloatArray:
        rates = self._peaks
        if self._options.schedule == "one_cycle":
            rates = one_cycle(number, self._batches.steps, self._peaks)
        return np.where(active, rates, 0.0)

    @torch.no_grad()
    def _validation_losses(self, rows: _Rows) -> FloatArray:
        self._stack.eval()
        outputs = self._stack.from_inputs(rows.take(self._validation))
        self._stack.train()
        index = torch.from_numpy(self._validation).to(self._place)
        present = torch.from_numpy(self._validation_present).to(self._place, torch.float32)
        losses = self._loss.validation(outputs, index, present)
        return np.asarray(losses.cpu().numpy(), dtype=np.float64)

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"stack.{name}": tensor for name, tensor in self._stack.state_dict().items()}
        if self._loss.log_variances is not None:
            tensors["log_variances"] = self._loss.log_variances
        for number, optimizer in enumerate(self._optimizers):
            for kind, moments in (("first", optimizer.first), ("second", optimizer.second)):
                tensors |= {f"adam.{number}.{kind}.{i}": moment for i, moment in enumerate(moments)}
        return tensors

    def _write(self) -> None:
        if self._checkpoint is None:
            return
        path, training, _ = self._checkpoint
        record: dict[str, Any] = {
            "training": training,
            "steps": self._done,
            "stopped": self.members.stopped,
            "streams": self._batches.state(),
        }
        write_checkpoint(path, {**self._tensors(), **self.members.tensors()}, record)


class _Rows:
    """Rows as the first trained layer of every member takes them, ready to be gathered.

    They are computed once, or, where that would fill the memory, whenever they are drawn.
    """

    def __init__(self, stack: FCNStack, features: FloatArray, members: Sequence[Member]) -> None:
        self._stack = stack
        worlds, rows, width = features.shape
        place = stack.scaling.shift.device
        own = np.array([min(member.world, worlds - 1) for member in members])
        table = torch.tensor(features, dtype=torch.float32, device=place)
        # All features are scaled before some are chosen.
        widest = max(width, stack.architecture.n_encoded)
        self._whole = len(members) * rows * widest <= MOST_INPUTS
        if self._whole:
            parts = stack.inputs(table[torch.from_numpy(own).to(place)])
            self._table = parts.reshape(len(members) * rows, -1)
            self._start = np.arange(len(members))[:, None] * rows
        else:
            self._table = table.reshape(worlds * rows, width)
            self._start = own[:, None] * rows

    def take(self, rows: IntArray) -> Tensor:
        """Return what the rows (members, count) give the first trained layer, (members, count, units)."""
        index = torch.from_numpy((rows + self._start).reshape(-1)).to(self._table.device)
        taken = self._table.index_select(0, index).view(*rows.shape, -1)
        return taken if self._whole else self._stack.inputs(taken)


def _padded(parts: Sequence[IntArray | None]) -> tuple[IntArray, BoolArray]:
    """Return rows (members, most rows) and which of them are real."""
    rows = np.zeros((len(parts), max(0 if part is None else len(part) for part in parts)), dtype=np.int64)
    present = np.zeros(rows.shape, dtype=bool)
    for k, part in enumerate(parts):
        if part is not None:
            rows[k, : len(part)] = part
            present[k, : len(part)] = True
    return rows, present


@contextmanager
def _without_denormals() -> Iterator[None]:
    # Adam's moments of units that dropout and ReLU silence fade into denormal numbers, which are slow.
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
