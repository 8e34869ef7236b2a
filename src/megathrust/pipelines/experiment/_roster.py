"""Who trained on what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from megathrust.core import FloatArray, short_repr
from megathrust.models import FCNStack, derived_seed
from megathrust.pipelines.tasks import Predictand
from megathrust.splits import Fold
from megathrust.training import Member, Network


@short_repr
@dataclass(frozen=True)
class Roster:
    """The members of a stack, as many for every fold, fold by fold.

    Attributes
    ----------
    folds : tuple of Fold
    members : tuple of Member
    """

    folds: tuple[Fold, ...]
    members: tuple[Member, ...]

    @property
    def per_fold(self) -> int:
        """How many members each fold has."""
        return len(self.members) // len(self.folds)

    @property
    def seeds(self) -> list[int]:
        """One for every member."""
        return [member.seed for member in self.members]

    @property
    def fold_names(self) -> list[str]:
        """For every member, the name of the fold that it was trained on."""
        return [fold.name for fold in self.folds for _ in range(self.per_fold)]

    def of_fold(self, stack: FCNStack, number: int) -> FCNStack:
        """Return the members that never saw the test rows of one fold."""
        return stack.select(range(number * self.per_fold, (number + 1) * self.per_fold))

    def said_of_test_rows(
        self, stack: FCNStack, features: FloatArray, predictand: Predictand
    ) -> list[FloatArray]:
        """Return what each fold's own members say of its test rows, each (members, test rows, numbers)."""
        return [
            predictand.said_by(self.of_fold(stack, number), features[fold.test])
            for number, fold in enumerate(self.folds)
        ]


def make_roster(folds: Sequence[Fold], network: Network, count: int, seed: int) -> Roster:
    """Return ``count`` members for every fold."""
    members = [
        network.member(fold.train, derived_seed(seed, fold.name, f"member {repeat}"))
        for fold in folds
        for repeat in range(count)
    ]
    return Roster(tuple(folds), tuple(members))
