"""How far every member came: losses, best epochs, and why one stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from megathrust.core import BoolArray, FloatArray, IntArray
from megathrust.models import FCNStack

Index = TypeVar("Index", int, Tensor)


class MemberProgress:
    """Keeps the losses of every member and the parameters of its best epoch.

    Members that share weights cannot go back to different epochs or stop at different steps: their group is
    judged by the mean of their validation losses, and stops whole if one of them fails.

    Parameters
    ----------
    stack : FCNStack
        Whose parameters are kept.
    steps_per_epoch : ndarray of int, shape (members,)
    epochs : int
    validated : ndarray of bool, shape (members,)
        Which members have a validation set.
    patience : int, optional
        Epochs without a lower validation loss after which a member stops.

    Attributes
    ----------
    losses, validation_losses : ndarray, shape (epochs, members)
        Mean training loss of every epoch, and validation loss after it; NaN where there was none.
    best_epoch : ndarray of int, shape (members,)
        Epoch, from 0, with the least validation loss so far; -1 before the first.
    running : ndarray of bool, shape (members,)
    stopped : list of str
        Why a member stopped; empty for one that did not.
    """

    def __init__(
        self,
        stack: FCNStack,
        steps_per_epoch: IntArray,
        epochs: int,
        validated: BoolArray,
        patience: int | None,
    ) -> None:
        members = len(steps_per_epoch)
        self._stack, self._steps_per_epoch = stack, steps_per_epoch
        self._shared_by = stack.architecture.shared_by
        self._validated, self._patience = validated, patience
        self.losses = np.full((epochs, members), np.nan)
        self.validation_losses = np.full((epochs, members), np.nan)
        self.best_epoch: IntArray = np.full(members, -1)
        self.running: BoolArray = np.ones(members, dtype=bool)
        self.stopped = [""] * members
        self._best = {}
        if validated.any():
            self._best = {name: tensor.clone() for name, tensor in stack.state_dict().items()}

    def record(self, number: int, losses: FloatArray, active: BoolArray) -> None:
        """Add the losses of one step; a member whose loss is not finite stops."""
        epoch = number // self._steps_per_epoch
        for member in np.flatnonzero(active & ~np.isfinite(losses)):
            self._fail(int(member), f"its training loss became {losses[member]} in epoch {epoch[member] + 1}")
        begins = np.flatnonzero(active & (number % self._steps_per_epoch == 0))
        self.losses[epoch[begins], begins] = 0.0
        chosen = np.flatnonzero(active)
        self.losses[epoch[chosen], chosen] += losses[chosen] / self._steps_per_epoch[chosen]

    def ending(self, number: int, active: BoolArray) -> BoolArray:
        """Return which members have just ended an epoch and wait to be validated."""
        ends = (number + 1) % self._steps_per_epoch == 0
        return np.asarray(active & self.running & ends & self._validated)

    def validate(self, number: int, losses: FloatArray, ended: BoolArray) -> None:
        """Note the validation losses of members that ended an epoch; keep the better, stop the hopeless."""
        epoch = number // self._steps_per_epoch
        self.validation_losses[epoch[ended], ended] = losses[ended]
        best = np.full(len(losses), np.inf)
        known = self.best_epoch >= 0
        best[known] = self.validation_losses[self.best_epoch[known], known]
        better = ended & (self._of_group(losses) < self._of_group(best))
        self.best_epoch[better] = epoch[better]
        index = torch.from_numpy(np.flatnonzero(better))
        for name, tensor in self._stack.state_dict().items():
            at = self._slice(tensor, index.to(tensor.device))
            self._best[name][at] = tensor[at]
        for member in np.flatnonzero(ended & ~np.isfinite(losses)):
            self._fail(
                int(member), f"its validation loss became {losses[member]} in epoch {epoch[member] + 1}"
            )
        if self._patience is None:
            return
        waited = epoch - self.best_epoch
        for member in np.flatnonzero(ended & self.running & (waited >= self._patience)):
            self.running[member] = False
            self.stopped[member] = (
                f"no lower validation loss since epoch {self.best_epoch[member] + 1}, "
                f"stopped after epoch {epoch[member] + 1}"
            )

    def finish(self) -> None:
        """Give validated members their best parameters; a failed one without any gets NaN everywhere.

        Nothing that such a member predicts can then be taken for a prediction.
        """
        for name, tensor in self._stack.state_dict().items():
            for member, best_epoch in enumerate(self.best_epoch):
                at = self._slice(tensor, member)
                if best_epoch >= 0:
                    tensor[at] = self._best[name][at]
                elif self.stopped[member] and tensor.is_floating_point():
                    tensor[at] = torch.nan

    def tensors(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps of it as tensors."""
        kept = {f"best.{name}": tensor for name, tensor in self._best.items()}
        kept["losses"] = torch.from_numpy(self.losses)
        kept["validation_losses"] = torch.from_numpy(self.validation_losses)
        kept["best_epoch"] = torch.from_numpy(self.best_epoch)
        kept["running"] = torch.from_numpy(self.running)
        return kept

    def restore(self, tensors: Mapping[str, Tensor], stopped: list[Any]) -> None:
        """Go back to what `tensors` returned."""
        for name in self._best:
            self._best[name].copy_(tensors[f"best.{name}"])
        for name in ("losses", "validation_losses", "best_epoch", "running"):
            getattr(self, name)[...] = tensors[name].numpy()
        self.stopped = [str(reason) for reason in stopped]

    def _fail(self, member: int, reason: str) -> None:
        first = member - member % self._shared_by
        for other in np.flatnonzero(self.running[first : first + self._shared_by]) + first:
            self.running[other] = False
            self.stopped[other] = f"member {member}, which it shares weights with, failed: {reason}"
        self.stopped[member] = reason

    def _of_group(self, losses: FloatArray) -> FloatArray:
        """Return for every member the mean loss of the members that it shares weights with."""
        return np.repeat(losses.reshape(-1, self._shared_by).mean(1), self._shared_by)

    def _slice(self, tensor: Tensor, members: Index) -> Index:
        """Return where a tensor, of members or of groups that share it, keeps what belongs to members."""
        return members // (len(self.running) // len(tensor))
