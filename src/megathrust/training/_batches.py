"""Batches and dropout masks of every member, each from its own random streams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from megathrust.core import BoolArray, IntArray
from megathrust.models import stream
from megathrust.training._options import Member

# Dropout compares 16-bit integers with the rate: its resolution of 1.5e-5 is far below what matters.
_LEVELS = 1 << 16


class BatchStreams:
    """Gives, step by step, the rows and dropout masks of all members.

    Members may have different numbers of training rows and so of steps per epoch; each moves through its
    own epochs. Random numbers are drawn epoch by epoch from streams of the member's seed, so that a
    member sees the same batches and masks whatever other members share the stack.

    Parameters
    ----------
    members : sequence of Member
        The stack's members.
    batch_size : int
        Rows per step at most.
    epochs : int
        Epochs of every member.
    widths : sequence of int
        Units of the hidden layers that dropout follows.
    """

    def __init__(
        self, members: Sequence[Member], *, batch_size: int, epochs: int, widths: Sequence[int]
    ) -> None:
        self._members = members
        self._widths = tuple(widths)
        self._shuffles = [stream(member.seed, "batches") for member in members]
        self._drops = [stream(member.seed, "dropout") for member in members]
        self.steps_per_epoch = np.array([-(-len(member.train) // batch_size) for member in members])
        self.steps = self.steps_per_epoch * epochs
        # The largest batch of each member: its rows spread evenly over its steps.
        sizes = [-(-len(m.train) // int(s)) for m, s in zip(members, self.steps_per_epoch, strict=True)]
        self._size = max(sizes)
        self._own_size = sizes
        shape = (len(members), int(self.steps_per_epoch.max()), self._size)
        self._rows: IntArray = np.zeros(shape, dtype=np.int64)
        self._present: BoolArray = np.zeros(shape, dtype=bool)
        self._rates = np.array([member.dropout for member in members])
        self._kept: BoolArray | None = None
        if self._rates.any():
            self._kept = np.ones((*shape, sum(self._widths)), dtype=bool)

    def step(self, number: int) -> tuple[IntArray, BoolArray, list[Tensor] | None]:
        """Return rows (members, size), which of them are real, and one mask per hidden layer.

        Members past their last step get no real row.
        """
        active = number < self.steps
        position = np.where(active, number % self.steps_per_epoch, 0)
        for member in np.flatnonzero(active & (position == 0)):
            self._draw_epoch(int(member))
        every = np.arange(len(self._members))
        present = self._present[every, position] & active[:, None]
        return self._rows[every, position], present, self._masks(every, position)

    def _masks(self, every: IntArray, position: IntArray) -> list[Tensor] | None:
        if self._kept is None:
            return None
        kept = torch.from_numpy(self._kept[every, position])
        scale = torch.from_numpy(1.0 / (1.0 - self._rates)).float()[:, None, None]
        return [part * scale for part in torch.split(kept, list(self._widths), dim=2)]

    def _draw_epoch(self, member: int) -> None:
        train = self._members[member].train
        steps = int(self.steps_per_epoch[member])
        order = self._shuffles[member].permutation(train)
        # Evenly spread: step i takes the rows from i * n / steps to (i + 1) * n / steps.
        edges = np.arange(steps + 1) * len(train) // steps
        self._present[member] = False
        for i in range(steps):
            count = edges[i + 1] - edges[i]
            self._rows[member, i, :count] = order[edges[i] : edges[i + 1]]
            self._rows[member, i, count:] = order[0]
            self._present[member, i, :count] = True
        if self._kept is not None:
            size = self._own_size[member]
            shape = (steps, size, sum(self._widths))
            draws = self._drops[member].integers(0, _LEVELS, size=shape, dtype=np.uint16)
            threshold = round(float(self._rates[member]) * _LEVELS)
            self._kept[member, :steps, :size] = draws >= threshold
