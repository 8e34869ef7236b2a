"""Values of a model where some groups of features are a segment's and the others the background's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from megathrust.core import BoolArray, FloatArray, IntArray
from megathrust.explanation._background import Background
from megathrust.explanation._canonical import Affine, CanonicalStack
from megathrust.explanation._explained import Explained, ExplainedStack

# Rows that a model is asked at once, and numbers of a block of networks: they stay within the caches.
_ROWS = 50_000
_NUMBERS = 524_288
# More groups than this have so many coalitions that networks compute their values in float32.
_FEW = 6

Place = tuple[slice, slice, slice]


@dataclass
class Switches(ABC):
    """Some members and rows of a table, ready to take groups of features from elsewhere.

    Attributes
    ----------
    place : tuple of slice
        Of these members and rows in an array (members, quantities, rows, ...).
    done, of : int
        How much of all there is with this block, and all.
    """

    place: Place
    done: int
    of: int

    @abstractmethod
    def means(self, coalitions: BoolArray) -> FloatArray:
        """Return the mean over the background where the groups of a coalition are the rows' own, for each.

        Coalitions (n, groups); shape (n, members, quantities, rows).
        """

    @abstractmethod
    def along(self, order: IntArray, medoid: int) -> FloatArray:
        """Return the values as one group after the other comes in, from one background segment on.

        Shape (members, quantities, rows, groups + 1).
        """


@dataclass
class _Asked(Switches):
    """Any model, asked for the values of rows put together."""

    explained: Explained
    features: FloatArray
    background: Background
    belongs: BoolArray

    def means(self, coalitions: BoolArray) -> FloatArray:
        found = []
        for own in coalitions @ self.belongs:
            mixed = np.where(own, self.features[:, None], self.background.features)
            said = self.explained.values(mixed.reshape(-1, mixed.shape[2]))
            found.append(said.reshape(*said.shape[:2], *mixed.shape[:2]) @ self.background.weights)
        return np.stack(found)

    def along(self, order: IntArray, medoid: int) -> FloatArray:
        entered = np.tril(np.ones((len(order) + 1, len(order)), dtype=bool), -1)
        own = entered @ self.belongs[order]
        mixed = np.where(own, self.features[:, None], self.background.features[medoid])
        said = self.explained.values(mixed.reshape(-1, mixed.shape[2]))
        return said.reshape(*said.shape[:2], *mixed.shape[:2])


class _Added(Switches):
    """Networks, whose first affine map adds up what each group gives: no group is passed through it twice."""

    def __init__(
        self,
        place: Place,
        done: int,
        of: int,
        network: CanonicalStack,
        features: FloatArray,
        background: Background,
        belongs: BoolArray,
        dtype: torch.dtype,
    ) -> None:
        super().__init__(place, done, of)
        first, *rest = network.chain
        assert isinstance(first, Affine)
        self._rest = [
            Affine(link.weight.to(dtype), link.bias.to(dtype)) if isinstance(link, Affine) else link
            for link in rest
        ]
        here, there = (_parts(network, first, rows, belongs) for rows in (features, background.features))
        self._start = (there.sum(0) + first.bias[:, None]).to(dtype)
        self._here, self._there, self._bias = here.to(dtype), there.to(dtype), first.bias.to(dtype)
        self._weights = background.weights

    @torch.no_grad()
    def means(self, coalitions: BoolArray) -> FloatArray:
        own = torch.from_numpy(coalitions).to(self._here)
        # Rows and background segments add up apart: no pair of them before it must be.
        rows = torch.tensordot(own, self._here, dims=1) + self._bias[:, None]
        medoids = torch.tensordot(1.0 - own, self._there, dims=1)
        found = []
        for each, other in zip(rows, medoids, strict=True):
            sums = each[:, :, None] + other[:, None]
            found.append(self._outputs(sums.flatten(1, 2), sums.shape[1:3]) @ self._weights)
        return np.stack(found)

    @torch.no_grad()
    def along(self, order: IntArray, medoid: int) -> FloatArray:
        ways = (self._here - self._there[:, :, [medoid]])[torch.from_numpy(order.copy())]
        ways = ways.permute(1, 2, 0, 3)
        start = self._start[:, [medoid], None].expand(-1, ways.shape[1], 1, -1)
        sums = torch.cat([start, start + ways.cumsum(2)], dim=2)
        return self._outputs(sums.flatten(1, 2), sums.shape[1:3])

    def _outputs(self, sums: Tensor, shape: torch.Size) -> FloatArray:
        """Return the quantities from sums before the first activation, which are overwritten."""
        values = sums
        for link in self._rest:
            # In place, a rectifier takes half the time.
            values = values.clamp_(min=0.0) if getattr(link, "name", "") == "relu" else link(values)
        return values.reshape(values.shape[0], *shape, -1).permute(0, 3, 1, 2).double().numpy()


@torch.no_grad()
def _parts(network: CanonicalStack, first: Affine, rows: FloatArray, belongs: BoolArray) -> Tensor:
    """Return what each group gives to the first affine map, (groups, members, rows, units)."""
    inputs = network.inputs(network.of_members(rows))
    owner = network.feature_of_inputs()
    parts = []
    for group in torch.from_numpy(belongs):
        own = group[owner].to(inputs)
        parts.append((inputs * own[:, None]) @ first.weight)
    return torch.stack(parts)


def switches(
    explained: Explained,
    features: FloatArray,
    background: Background,
    belongs: BoolArray,
    *,
    sweep: bool = False,
) -> Iterator[Switches]:
    """Yield all members and rows, block by block.

    Parameters
    ----------
    explained : Explained
    features : ndarray, shape (rows, features)
    background : Background
    belongs : ndarray of bool, shape (groups, features)
    sweep : bool
        Whether every coalition will be looked at.
    """
    rows, medoids = len(features), len(background.weights)
    if not isinstance(explained, ExplainedStack):
        size = max(1, _ROWS // max(medoids, len(belongs) + 1))
        for start in range(0, rows, size):
            stop = min(start + size, rows)
            every = slice(None)
            yield _Asked(
                (every, every, slice(start, stop)),
                stop,
                rows,
                explained,
                features[start:stop],
                background,
                belongs,
            )
        return
    wide = max(explained.stack.architecture.hidden) * max(medoids, len(belongs) + 1)
    size = -(-rows // -(-rows * wide // _NUMBERS))
    count = max(1, _NUMBERS // (wide * size))
    for first in range(0, explained.members, count):
        members = range(first, min(first + count, explained.members))
        network = explained.networks(members)
        for start in range(0, rows, size):
            stop = min(start + size, rows)
            yield _Added(
                (slice(members.start, members.stop), slice(None), slice(start, stop)),
                members.start * rows + stop * len(members),
                explained.members * rows,
                network,
                features[start:stop],
                background,
                belongs,
                torch.float32 if sweep and len(belongs) > _FEW else torch.float64,
            )
