"""A question without a run around it."""

from __future__ import annotations

from dataclasses import dataclass

from megathrust.core import FloatArray, IntArray
from megathrust.evaluation import classification_scores
from megathrust.models import FCNStack
from megathrust.training import Targets


@dataclass(frozen=True)
class ClassQuestion:
    """Classes by macro-F1; see `megathrust.training.Question`.

    Attributes
    ----------
    classes : ndarray of int, shape (rows,)
    """

    classes: IntArray
    worst: float = 0.0

    def targets(self, rows: IntArray) -> Targets:
        """Return the classes of some rows."""
        return Targets(self.classes[rows])

    def predicted(self, stack: FCNStack, features: FloatArray) -> FloatArray:
        """Return the probabilities of every network."""
        return stack.probabilities(features)

    def merit(self, rows: IntArray, predicted: FloatArray) -> float:
        """Return macro-F1."""
        return float(classification_scores(self.classes[rows], predicted)["f1", "macro"][0])
