"""Batches and dropout masks of every member, each from its own random streams."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from megathrust.core import BoolArray, FloatArray, IntArray
from megathrust.models import stream
from megathrust.training._network import Member

# Dropout compares 16-bit integers with the rate: its resolution of 1.5e-5 is far below what matters, and a
# word of the generator holds four of them.
_LEVELS, _PER_WORD = 1 << 16, 4


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
    classes : ndarray of int, shape (members, rows), optional
        Draw the rows of an epoch with replacement, every class with the same probability; by default each
        row is drawn once.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        batch_size: int,
        epochs: int,
        widths: Sequence[int],
        classes: IntArray | None = None,
    ) -> None:
        self._members = members
        self._chances = (
            None if classes is None else [_even(c[m.train]) for c, m in zip(classes, members, strict=True)]
        )
        self._widths = tuple(widths)
        self._shuffles = [stream(member.seed, "batches") for member in members]
        self._drops = [stream(member.seed, "dropout") for member in members]
        # States of both streams ahead of each member's latest epoch, from which it can be drawn again.
        self._before: dict[int, dict[str, Any]] = {}
        self.steps_per_epoch = np.array([-(-len(member.train) // batch_size) for member in members])
        self.steps = self.steps_per_epoch * epochs
        # The largest batch of each member: its rows spread evenly over its steps.
        sizes = [-(-len(m.train) // int(s)) for m, s in zip(members, self.steps_per_epoch, strict=True)]
        self._size = max(sizes)
        self._own_size = sizes
        shape = (len(members), int(self.steps_per_epoch.max()), self._size)
        self._rows: IntArray = np.zeros(shape, dtype=np.int64)
        self._present: BoolArray = np.zeros(shape, dtype=bool)
        self._places: list[IntArray] = []
        for k, (member, steps) in enumerate(zip(members, self.steps_per_epoch.tolist(), strict=True)):
            places, present = _evenly_spread(len(member.train), steps, self._size)
            self._present[k, :steps] = present
            self._places.append(places)
        self._rates = np.array([member.dropout for member in members])
        self._kept: BoolArray | None = None
        if self._rates.any():
            self._kept = np.ones((*shape, sum(self._widths)), dtype=bool)

    def step(
        self, number: int, running: BoolArray | None = None
    ) -> tuple[IntArray, BoolArray, list[Tensor] | None]:
        """Return rows (members, size), which of them are real, and one mask per hidden layer.

        Members past their last step, and those that do not run any more, get no real row.
        """
        active = number < self.steps
        if running is not None:
            active &= running
        position = np.where(active, number % self.steps_per_epoch, 0)
        for member in np.flatnonzero(active & (position == 0)):
            self._draw_epoch(int(member))
        every = np.arange(len(self._members))
        present = self._present[every, position] & active[:, None]
        return self._rows[every, position], present, self._masks(every, position)

    def state(self) -> dict[str, Any]:
        """Return the states of the random streams as plain numbers, for `restore`."""
        return {str(member): before for member, before in self._before.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to where `state` was taken, in the middle of an epoch or not."""
        for name, before in state.items():
            member = int(name)
            for generator, kind in ((self._shuffles[member], "batches"), (self._drops[member], "dropout")):
                _set_state(generator, before[kind])
            self._draw_epoch(member)

    def _masks(self, every: IntArray, position: IntArray) -> list[Tensor] | None:
        if self._kept is None:
            return None
        # Bytes become floats several times as fast as booleans do.
        kept = torch.from_numpy(self._kept[every, position].view(np.uint8)).float()
        scale = torch.from_numpy(1.0 / (1.0 - self._rates)).float()[:, None, None]
        return list(torch.split(kept.mul_(scale), list(self._widths), dim=2))

    def _draw_epoch(self, member: int) -> None:
        train = self._members[member].train
        steps = int(self.steps_per_epoch[member])
        self._before[member] = {
            "batches": _get_state(self._shuffles[member]),
            "dropout": _get_state(self._drops[member]),
        }
        if self._chances is None:
            order = self._shuffles[member].permutation(train)
        else:
            order = self._shuffles[member].choice(train, size=len(train), p=self._chances[member])
        self._rows[member, :steps] = order[self._places[member]]
        if self._kept is not None:
            size = self._own_size[member]
            shape = (steps, size, sum(self._widths))
            draws = _short_integers(self._drops[member], math.prod(shape)).reshape(shape)
            threshold = round(float(self._rates[member]) * _LEVELS)
            np.greater_equal(draws, threshold, out=self._kept[member, :steps, :size])


def _evenly_spread(rows: int, steps: int, size: int) -> tuple[IntArray, BoolArray]:
    """Return which rows each step takes, both (steps, size): i * n / steps to (i + 1) * n / steps.

    Places that are left over say row 0 and are not present.
    """
    edges = np.arange(steps + 1) * rows // steps
    places = edges[:-1, None] + np.arange(size)
    present = places < edges[1:, None]
    return np.where(present, places, 0), present


def _short_integers(generator: np.random.Generator, count: int) -> npt.NDArray[np.uint16]:
    """Return integers below 2**16, taken from whole words: a third of the time that one by one takes."""
    words = generator.bit_generator.random_raw(-(-count // _PER_WORD))
    # A machine of the other byte order draws the same masks.
    return np.asarray(words).astype("<u8", copy=False).view("<u2")[:count]


def _even(classes: IntArray) -> FloatArray:
    """Return the chance of every row to be drawn so that all classes there are have the same."""
    _, place, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (len(counts) * counts[place]))


def _get_state(generator: np.random.Generator) -> dict[str, Any]:
    state = generator.bit_generator.state
    words = [int(word) for word in state["state"]["state"]]
    return {"words": words, "has_half": int(state["has_uint32"]), "half": int(state["uinteger"])}


def _set_state(generator: np.random.Generator, state: Mapping[str, Any]) -> None:
    generator.bit_generator.state = {
        "bit_generator": "SFC64",
        "state": {"state": np.array(state["words"], dtype=np.uint64)},
        "has_uint32": state["has_half"],
        "uinteger": state["half"],
    }
