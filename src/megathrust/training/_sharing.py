"""Which members of a stack may share weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from megathrust.core import InputError
from megathrust.training._network import Member


def check_groups(members: Sequence[Member], shared_by: int) -> None:
    """Refuse members that share weights and differ in what moves these weights.

    Members of different folds that share a matrix would hand each other their test rows.

    Parameters
    ----------
    members : sequence of Member
    shared_by : int
        Consecutive members in a group.

    Raises
    ------
    InputError
        Naming two members of a group and what they differ in.
    """
    for number, member in enumerate(members):
        first = number - number % shared_by
        for name, what in (
            ("train", "training rows"),
            ("validation", "validation rows"),
            ("world", "world"),
            ("learning_rate", "learning rate"),
            ("weight_decay", "weight decay"),
        ):
            # Two absent sets of validation rows are equal, too.
            if not np.array_equal(getattr(member, name), getattr(members[first], name)):
                raise InputError(
                    f"members that share weights differ in {what}, yet all learn from what each of them sees",
                    given=f"members {first} and {number}",
                    allowed=f"the same {what} for every {shared_by} consecutive members",
                    action="order the members by fold and configuration, or set shared_by to 1",
                )
