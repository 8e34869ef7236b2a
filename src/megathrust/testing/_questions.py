"""A question without a run around it."""

from __future__ import annotations

from dataclasses import dataclass

from megathrust.core import FloatArray, IntArray, short_repr
from megathrust.evaluation import classification_scores
from megathrust.models import FCNStack, Heads
from megathrust.training import Network, Targets, TrainingOptions


@short_repr
@dataclass(frozen=True)
class ClassQuestion:
    """Classes by macro-F1; see `megathrust.training.Question`.

    Attributes
    ----------
    classes : ndarray of int, shape (rows,)
    """

    classes: IntArray
    worst: float = 0.0

    @property
    def heads(self) -> Heads:
        """One logit per class."""
        return Heads(int(self.classes.max()) + 1)

    def options(self, network: Network) -> TrainingOptions:
        """Return what members of these settings share in their training."""
        return network.options()

    def targets(self, rows: IntArray) -> Targets:
        """Return the classes of some rows."""
        return Targets(self.classes[rows])

    def predicted(self, stack: FCNStack, features: FloatArray) -> FloatArray:
        """Return the probabilities of every network."""
        return stack.probabilities(features)

    def merit(self, rows: IntArray, predicted: FloatArray) -> float:
        """Return macro-F1."""
        return float(classification_scores(self.classes[rows], predicted)["f1", "macro"][0])
