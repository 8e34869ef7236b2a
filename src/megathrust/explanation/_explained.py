"""What an attribution looks at: networks with what is explained of them, or any function of the features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from megathrust.core import FloatArray, InputError, check_choice
from megathrust.explanation._canonical import CanonicalStack, canonical, contrasted
from megathrust.explanation._contrast import make_contrast
from megathrust.models import FCNStack

# Numbers per tensor of one block: it stays within the caches.
BLOCK_NUMBERS = 500_000

_PRECISIONS = {"float64": torch.float64, "float32": torch.float32}


class Explained(ABC):
    """Quantities that depend on features, for one or several members.

    Attributes
    ----------
    members : int
    names : tuple of str
        Of the quantities.
    units : tuple of str
        Their units.
    n_features : int
    width : int
        Numbers that a row of one member takes, about.
    """

    members: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    n_features: int
    width: int = 1

    @abstractmethod
    def values(self, features: FloatArray) -> FloatArray:
        """Return the quantities, (members, quantities, rows), for features (rows, features)."""

    def networks(self, members: range) -> CanonicalStack:
        """Return some members as chains that relevance and gradients can be passed through.

        Raises
        ------
        InputError
            If it is no stack of networks.
        """
        raise InputError(
            "the method looks into networks, and the model is none",
            given=type(self).__name__,
            allowed="occlusion or shapley, which only ask a model for its values",
        )


class ExplainedStack(Explained):
    """The contrast of the outputs of a stack.

    Parameters
    ----------
    stack : FCNStack
    contrast : {"log-odds", "outputs"}
        See `make_contrast`.
    precision : {"float64", "float32"}
        Of the arithmetic. The single one takes a third less time, and sums to 1e-5 instead of 1e-12.
    number : tuple of str
        Name and unit of what the networks predict that is no class.

    Examples
    --------
    >>> from megathrust.models import load_model
    >>> explained = ExplainedStack(load_model("great-regions").stack)
    >>> explained.names, explained.members
    (('class 1 against class 0',), 70)
    """

    def __init__(
        self,
        stack: FCNStack,
        contrast: str = "log-odds",
        *,
        precision: str = "float64",
        number: tuple[str, str] = ("magnitude", "Mw"),
    ) -> None:
        self.stack, self.contrast = stack, contrast
        self.precision = check_choice("precision", precision, _PRECISIONS)
        self.members, self.n_features = stack.members, stack.architecture.n_features
        made = make_contrast(stack, contrast, number=number)
        self.names, self.units = made.names, made.units
        # Every quantity has its own relevance in every unit.
        self.width = max(stack.architecture.n_encoded, *stack.architecture.hidden) * len(self.names)

    def networks(self, members: range) -> CanonicalStack:
        """Return some members with the contrast as their last layer."""
        chosen = self.stack.select(members)
        return contrasted(canonical(chosen), make_contrast(chosen, self.contrast)).to(
            _PRECISIONS[self.precision]
        )

    @torch.no_grad()
    def values(self, features: FloatArray) -> FloatArray:
        """Return the contrasts."""
        parts = []
        for members in blocks(self.members, len(features) * self.width):
            network = self.networks(members)
            inputs = network.inputs(network.of_members(features))
            parts.append(network.forward(inputs)[-1].transpose(1, 2).double().numpy())
        return np.concatenate(parts)


class ExplainedModel(Explained):
    """Any fitted model that predicts from features, such as one of scikit-learn.

    Parameters
    ----------
    model : object
        With ``log_odds``, or ``predict_proba``, whose log-odds of the highest class are explained, or with
        ``predict``.
    n_features : int

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> x = np.arange(10.0)[:, None]
    >>> fitted = LogisticRegression().fit(x, (x[:, 0] > 4).astype(int))
    >>> ExplainedModel(fitted, 1).values(x).shape
    (1, 1, 10)
    """

    # A forest says 0 and 1; log-odds stay finite.
    _least = 1e-3

    def __init__(self, model: Any, n_features: int) -> None:
        self.members, self.n_features = 1, n_features
        self._says: Callable[[FloatArray], FloatArray]
        if hasattr(model, "log_odds"):
            self.names, self.units, self._says = ("log-odds",), ("log-odds",), model.log_odds
        elif hasattr(model, "predict_proba"):
            self.names, self.units = ("highest class against the others",), ("log-odds",)
            self._says = lambda x: self._log_odds(model.predict_proba(x)[:, -1])
        elif hasattr(model, "predict"):
            self.names, self.units = ("prediction",), ("1",)
            self._says = lambda x: np.asarray(model.predict(x), dtype=np.float64)
        else:
            raise InputError(
                "the model predicts nothing",
                given=type(model).__name__,
                allowed="a model with predict_proba or predict",
            )

    def values(self, features: FloatArray) -> FloatArray:
        """Return what the model says."""
        return np.asarray(self._says(features), dtype=np.float64)[None, None]

    def _log_odds(self, probability: FloatArray) -> FloatArray:
        clipped = np.clip(probability, self._least, 1.0 - self._least)
        return np.log(clipped) - np.log1p(-clipped)


def blocks(members: int, numbers: int) -> list[range]:
    """Return blocks of members whose tensors, of so many numbers a member, stay small."""
    size = max(1, BLOCK_NUMBERS // max(numbers, 1))
    return [range(start, min(start + size, members)) for start in range(0, members, size)]
