"""A saved model: the networks, and all that is needed to apply and to judge them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from megathrust.core import InputError, ModelError
from megathrust.models._stack import FCNStack


@dataclass(frozen=True, repr=False)
class SavedModel:
    """A stack and all that is needed to apply it.

    Attributes
    ----------
    stack : FCNStack
        The networks.
    feature_names : tuple of str
        Names of the inputs, in order.
    feature_units : tuple of str
        Their units, in the same order.
    thresholds : tuple of float
        Magnitudes between the classes, one fewer than classes.
    members : tuple of mapping
        Per member: name of its fold and its seed.
    folds : mapping of str to tuple of str
        Training segments of every fold, as ``region:segment``.
    notes : mapping
        Target, protocol, exclusion distance, training regions, versions: whatever the card shall tell; see
        `model_card` for the entries it looks for.
    arrays : mapping of str to ndarray
        What predictions are judged with, such as the domain of applicability; by name, may be empty.

    Raises
    ------
    InputError
        If names, units or thresholds do not fit the networks, or a parameter is not finite.

    Examples
    --------
    >>> from megathrust.models import load_model
    >>> model = load_model("great-chunks")
    >>> model.thresholds, model.feature_names[:2]
    ((8.0,), ('DXT_200', 'FDM_200'))
    >>> model.members[0]["fold"]
    '0'
    """

    stack: FCNStack
    feature_names: tuple[str, ...]
    feature_units: tuple[str, ...]
    thresholds: tuple[float, ...]
    members: tuple[Mapping[str, Any], ...]
    folds: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def __repr__(self) -> str:
        thresholds = ", ".join(f"{threshold:g}" for threshold in self.thresholds)
        classes = f", classes parted at Mw {thresholds}" if self.thresholds else ""
        return f"SavedModel({self.stack!r}{classes})"

    def _repr_html_(self) -> str:
        """Return what the model is, and whether it is to be believed, as a notebook shows it."""
        notes = self.notes
        lines = [str(notes.get("title") or "Saved model"), repr(self)]
        lines += [f"target: {notes['target_long_name']}"] if notes.get("target_long_name") else []
        lines += [str(line) for line in notes.get("verdict", ())]
        colour = "#11734b" if notes.get("verdict_passed") is True else "#c43c00"
        text = "".join(f"<p style='margin:0.2em 0'>{html.escape(line)}</p>" for line in lines)
        return f"<div style='border-left:0.5em solid {colour};padding:0.2em 1em'>{text}</div>"

    def __post_init__(self) -> None:
        inputs, classes = self.stack.architecture.n_features, self.stack.architecture.heads.classes
        for what, given, allowed in (
            ("feature names", len(self.feature_names), inputs),
            ("feature units", len(self.feature_units), inputs),
            ("thresholds between its classes", len(self.thresholds), classes - 1),
        ):
            # Thresholds of a model without classes mean nothing.
            if given != allowed >= 0:
                raise InputError(f"the model needs another number of {what}", given=given, allowed=allowed)
        for name, tensor in self.stack.state_dict().items():
            # The outer bins of an encoding are open; what never was missing has nothing to be filled with.
            kind = name.rpartition(".")[2]
            refused = {"least": tensor.isnan(), "most": tensor.isnan(), "fill": tensor.isinf()}
            if refused.get(kind, ~tensor.isfinite()).any():
                raise InputError(
                    "a parameter of the networks is not finite", given=name, allowed="finite numbers"
                )


def check_features(model: SavedModel, names: Sequence[str]) -> None:
    """Refuse a table that lacks a feature of the model.

    Raises
    ------
    ModelError
        Naming the missing features.
    """
    missing = [name for name in model.feature_names if name not in names]
    if missing:
        shown = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")
        raise ModelError(
            "the model was made for other features than the table has",
            given=f"a table without {shown}",
            action="build the table with the model's features or take another model",
        )
