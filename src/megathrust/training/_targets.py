"""What a stack is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, check_same_length, short_repr
from megathrust.models import FCNArchitecture
from megathrust.training._network import Member

Values = TypeVar("Values", bound=np.ndarray[Any, Any])


@short_repr
@dataclass(frozen=True)
class Targets:
    """Class, magnitude, or both, of every row.

    Attributes
    ----------
    classes : ndarray of int, shape (rows,) or (worlds, rows), optional
        From 0; several versions of them for surrogate worlds.
    magnitudes : ndarray, shape (rows,) or (worlds, rows), optional
        Mw; NaN where none is known: such a row counts for the classes only.
    """

    classes: IntArray | None = None
    magnitudes: FloatArray | None = None


def in_worlds(features: FloatArray, targets: Targets) -> tuple[FloatArray, Targets]:
    """Give everything a leading axis of worlds, of length 1 where there is only one."""
    classes, magnitudes = targets.classes, targets.magnitudes
    return (
        features if features.ndim == 3 else features[None],
        Targets(
            classes if classes is None or classes.ndim == 2 else classes[None],
            magnitudes if magnitudes is None or magnitudes.ndim == 2 else magnitudes[None],
        ),
    )


def of_world(values: Values, member: Member) -> Values:
    """Return the version that a member sees; one version serves the members of every world."""
    version: Values = values[min(member.world, len(values) - 1)]
    return version


def check_problem(
    features: FloatArray, targets: Targets, members: Sequence[Member], architecture: FCNArchitecture
) -> None:
    """Refuse features, targets and members that do not fit each other or the network.

    Raises
    ------
    InputError
        Saying what does not fit.
    """
    if not members:
        raise InputError("a stack without members cannot be trained", action="give one Member at least")
    if features.shape[2] != architecture.n_features:
        raise InputError(
            "the network takes another number of features",
            given=f"{features.shape[2]} columns",
            allowed=architecture.n_features,
        )
    if np.isinf(features).any():
        _, row, column = np.argwhere(np.isinf(features))[0]
        raise InputError(
            "a feature value is infinite",
            given=f"row {row}, column {column}",
            action="use NaN where a value is missing",
        )
    rows = _check_targets(features, targets, architecture)
    for member in members:
        _check_rows(member.train, "trains", rows)
        if member.validation is not None:
            _check_rows(member.validation, "validates", rows)


def _check_rows(part: IntArray, does: str, rows: int) -> None:
    if int(part.max()) >= rows or int(part.min()) < 0:
        raise InputError(f"a member {does} on a row that is not there", allowed=f"rows 0 to {rows - 1}")


def _check_targets(features: FloatArray, targets: Targets, architecture: FCNArchitecture) -> int:
    heads = architecture.heads
    rows = len(features[0])
    for wanted, values, name in (
        (heads.class_outputs, targets.classes, "classes"),
        (heads.magnitude_outputs, targets.magnitudes, "magnitudes"),
    ):
        if bool(wanted) != (values is not None):
            raise InputError(
                f"the heads of the network and the targets do not agree on {name}",
                given=f"{wanted} outputs for them, {'no' if values is None else 'some'} {name}",
                action=f"give {name} exactly if the network has outputs for them",
            )
        if values is not None:
            check_same_length(**{"features": features[0], name: values[0]})
    classes, magnitudes = targets.classes, targets.magnitudes
    if classes is not None and (classes.min() < 0 or classes.max() >= heads.classes):
        raise InputError(
            "a class is out of range",
            given=f"{classes.min()} to {classes.max()}",
            allowed=f"0 to {heads.classes - 1}",
        )
    if magnitudes is not None and np.isinf(magnitudes).any():
        raise InputError("a magnitude is infinite", action="use NaN where none is known")
    return rows
