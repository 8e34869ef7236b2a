"""What the networks of a run are asked: the class of a segment, or its magnitude."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from megathrust.core import FloatArray, IntArray
from megathrust.evaluation import classification_scores, magnitude_scores
from megathrust.models import FCNStack, Heads
from megathrust.pipelines._config import NetworkConfig
from megathrust.training import Targets, TrainingOptions


def training_options(network: NetworkConfig) -> TrainingOptions:
    """Return what the members of a stack share in their training."""
    return TrainingOptions(
        epochs=network.epochs,
        batch_size=network.batch_size,
        optimizer=network.optimizer,
        schedule=network.schedule,
        class_weights=network.class_weights,
        sampling=network.sampling,
        feature_draw=network.feature_draw,
    )


class Task(Protocol):
    """Targets and heads of a stack, and the score by which single networks are compared with their nulls."""

    @property
    def heads(self) -> Heads:
        """What the networks predict."""

    @property
    def metric(self) -> tuple[str, str]:
        """Metric and class of the score, as score files name them."""

    @property
    def lower_is_better(self) -> bool:
        """Whether the score is an error."""

    def network(self, asked: NetworkConfig) -> NetworkConfig:
        """Return the settings of the networks that the task has a use for."""

    def options(self, network: NetworkConfig) -> TrainingOptions:
        """Return what the members of a stack share in their training."""

    def targets(self, rows: IntArray) -> Targets:
        """Return the targets where row i of the table has the label of row ``rows[i]``.

        ``rows`` is of shape (rows,) or (worlds, rows).
        """

    def score(self, stack: FCNStack, features: FloatArray, rows: IntArray) -> FloatArray:
        """Return the score of every network of a stack, (members,).

        ``features`` (members, n, features) are what each sees, ``rows`` (members, n) have the labels.
        """

    def score_of(self, predicted: FloatArray, rows: IntArray) -> FloatArray:
        """Return the score of what every network predicts, (members, n) or (members, n, classes)."""


@dataclass(frozen=True)
class ClassTask:
    """Classes, by macro-F1.

    Attributes
    ----------
    classes : ndarray of int, shape (rows,)
    n_classes : int
    """

    classes: IntArray
    n_classes: int
    metric: tuple[str, str] = ("f1", "macro")
    lower_is_better: bool = False

    @property
    def heads(self) -> Heads:
        """One logit per class."""
        return Heads(self.n_classes)

    def network(self, asked: NetworkConfig) -> NetworkConfig:
        """Return all settings."""
        return asked

    def options(self, network: NetworkConfig) -> TrainingOptions:
        """Return the options that the settings ask for."""
        return training_options(network)

    def targets(self, rows: IntArray) -> Targets:
        """Return the classes of some rows."""
        return Targets(self.classes[rows])

    def score(self, stack: FCNStack, features: FloatArray, rows: IntArray) -> FloatArray:
        """Return macro-F1 of every network."""
        return self.score_of(stack.probabilities(features), rows)

    def score_of(self, predicted: FloatArray, rows: IntArray) -> FloatArray:
        """Return macro-F1 of probabilities (members, n, classes) of rows (members, n)."""
        pairs = zip(self.classes[rows], predicted, strict=True)
        return np.array([classification_scores(*pair)["f1", "macro"][0] for pair in pairs])


@dataclass(frozen=True)
class MagnitudeTask:
    """Magnitudes, by their mean absolute error.

    Attributes
    ----------
    magnitudes : ndarray, shape (rows,)
        Largest observed Mw; NaN where there was no event.
    heads : Heads
    huber_delta : float
    """

    magnitudes: FloatArray
    heads: Heads
    huber_delta: float = 1.0
    metric: tuple[str, str] = ("mae", "all")
    lower_is_better: bool = True

    def network(self, asked: NetworkConfig) -> NetworkConfig:
        """Return the settings without those that only classes have a use for."""
        return asked.model_copy(
            update={"label_smoothing": 0.0, "class_weights": False, "sampling": "shuffled"}
        )

    def options(self, network: NetworkConfig) -> TrainingOptions:
        """Return the options that the settings ask for, with the turn of the Huber loss."""
        return replace(training_options(network), huber_delta=self.huber_delta)

    def targets(self, rows: IntArray) -> Targets:
        """Return the magnitudes of some rows."""
        return Targets(magnitudes=self.magnitudes[rows])

    def score(self, stack: FCNStack, features: FloatArray, rows: IntArray) -> FloatArray:
        """Return the mean absolute error of every network; NaN where no row has a magnitude."""
        return self.score_of(stack.magnitudes(features), rows)

    def score_of(self, predicted: FloatArray, rows: IntArray) -> FloatArray:
        """Return the error of magnitudes (members, n) of rows (members, n)."""
        pairs = zip(self.magnitudes[rows], predicted, strict=True)
        return np.array([magnitude_scores(*pair)["mae", "all"][0] for pair in pairs])
