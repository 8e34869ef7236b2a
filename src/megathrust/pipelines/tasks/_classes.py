"""Classes of the largest observed magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, short_repr
from megathrust.evaluation import (
    BASELINES,
    GUESS,
    Rows,
    class_coverage,
    class_thresholds,
    classification_scores,
    conformal_threshold,
    held_out_coverage,
    predicted_class,
    require_rival,
)
from megathrust.models import FCNStack, Heads, derived_seed
from megathrust.pipelines.settings import RunConfig
from megathrust.pipelines.tasks._calibration import Calibration
from megathrust.pipelines.tasks._predictand import Predictand, Rival
from megathrust.pipelines.tasks._task import TASKS, Task
from megathrust.table import FeatureTable
from megathrust.training import Network

#: Name of a model's array that holds the threshold of its class sets.
CLASS_THRESHOLD = "class_sets.threshold"

#: Files of a run that tell of classes.
CLASS_FILES = {
    "scores.csv": "tidy scores of networks, rivals and nulls, with intervals",
    "predictions.csv": "probabilities of every held-out segment by every model; no event: Mw 1",
}


@short_repr
@dataclass(frozen=True)
class ClassPredictand(Predictand):
    """The class of every segment, by macro-F1; see `Predictand`.

    Attributes
    ----------
    observed : ndarray of int, shape (rows,)
    magnitudes : ndarray, shape (rows,)
        Largest observed Mw, of which the classes are made.
    thresholds : tuple of float
        Magnitudes between the classes.
    asked : tuple of str
        Rivals that the configuration asks for.
    groups : str
        What counts as one observation where class sets are calibrated.
    sets_by_class : bool
        Whether every class has a threshold of its own.
    """

    observed: IntArray
    magnitudes: FloatArray
    thresholds: tuple[float, ...]
    groups: str = "rupture"
    asked: tuple[str, ...] = ()
    sets_by_class: bool = True
    name: ClassVar[str] = "classes"
    target: ClassVar[str] = "classes"
    metric: ClassVar[tuple[str, str]] = ("f1", "macro")
    metric_name: ClassVar[str] = "macro-F1"
    lower_is_better: ClassVar[bool] = False
    worst: ClassVar[float] = 0.0
    short_name: ClassVar[str] = "macro_f1"
    heading: ClassVar[str] = "Macro-F1, {over} ({place}), with 95 % interval:"
    floor: ClassVar[str] = GUESS
    compared: ClassVar[tuple[str, ...]] = ("nearest segment", "region prior", "extra trees")
    file_of_scores: ClassVar[str] = "scores.csv"
    file_of_predictions: ClassVar[str] = "predictions.csv"
    figure_of_scores: ClassVar[tuple[str, str, str]] = (
        "scenario_scores",
        "scores_by_scenario",
        "Macro-F1 of the networks and their rivals in every scenario.",
    )

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return len(self.thresholds) + 1

    @property
    def rival_names(self) -> tuple[str, ...]:
        """Names of all rivals, in order."""
        return tuple(BASELINES)

    def rival(self, name: str) -> Rival:
        """Return a rival by name; an unknown one, or one that is not installed, is refused."""
        known = BASELINES[name]
        require_rival(name)

        def fit_and_predict(train: Rows, observed: IntArray, test: Rows, seed: int) -> FloatArray:
            return known(train, observed, test, self.n_classes, seed)

        return fit_and_predict

    def said_by(self, stack: FCNStack, features: FloatArray) -> FloatArray:
        """Return the probabilities of every network, (members, rows, classes)."""
        return stack.probabilities(features)

    def scored(self, said: FloatArray) -> FloatArray:
        """Return the probabilities."""
        return said

    def scores(
        self, observed: IntArray, predicted: FloatArray, weights: FloatArray | None = None
    ) -> dict[tuple[str, str], FloatArray]:
        """Return every score of probabilities."""
        return classification_scores(observed, predicted, weights)

    def own_scores(
        self, observed: IntArray, said: FloatArray, weights: FloatArray
    ) -> dict[tuple[str, str], FloatArray]:
        """Return nothing: rivals say as much as networks do."""
        return {}

    def observed_columns(self, rows: IntArray) -> dict[str, Any]:
        """Return the observed magnitude and class."""
        return {"observed_magnitude": self.magnitudes[rows], "observed_class": self.observed[rows]}

    def columns(self, predicted: FloatArray) -> dict[str, Any]:
        """Return the most probable class and the probability of each."""
        each = {f"probability_{c}": column for c, column in enumerate(predicted.T)}
        return {"predicted_class": predicted_class(predicted), **each}

    def own_columns(self, said: FloatArray) -> dict[str, Any]:
        """Return the spread over networks of the probability of the highest class."""
        return {"probability_spread": said[:, :, -1].std(0)}

    def calibrate(
        self, rows: IntArray, said: FloatArray, groups: np.ndarray, region: np.ndarray, coverage: float
    ) -> Calibration:
        """Return the threshold of class sets."""
        given = said, self.observed[rows], groups
        single = conformal_threshold(*given, coverage=coverage)
        by_class = class_thresholds(*given, coverage=coverage) if self.sets_by_class else None
        return Calibration(
            entry="class_sets",
            array=CLASS_THRESHOLD,
            number="threshold",
            value=single if by_class is None else float(by_class.max()),
            by_class=by_class,
            told_if_infinite=True,
            coverage=coverage,
            groups=self.groups,
            held_out=held_out_coverage(*given, region, coverage=coverage, by_class=self.sets_by_class),
            classes=class_coverage(*given, coverage=coverage, by_class=self.sets_by_class),
            words=("class sets", "the observed class"),
        )


def class_predictand(table: FeatureTable, config: RunConfig) -> ClassPredictand:
    """Return the classes of a table's label.

    Raises
    ------
    InputError
        If all segments are of one class.
    """
    classes = table.classes(config.thresholds)
    if len(np.unique(classes)) < 2:
        raise InputError(
            "all segments are of one class",
            given=f"thresholds {', '.join(map(str, config.thresholds))}",
            action="choose thresholds between the smallest and the largest label, or ask for the task value "
            "if the target is no magnitude",
        )
    return ClassPredictand(
        classes,
        table.magnitudes(),
        tuple(config.thresholds),
        config.class_sets.groups,
        config.baselines,
        config.class_sets.by_class,
    )


def class_names(thresholds: Sequence[float]) -> tuple[str, ...]:
    """Return what the classes are called.

    Examples
    --------
    >>> class_names((6.4, 8.3))
    ('Mw < 6.4', '6.4 ≤ Mw < 8.3', 'Mw ≥ 8.3')
    """
    between = (f"{low:.1f} ≤ Mw < {high:.1f}" for low, high in pairwise(thresholds))
    return (f"Mw < {thresholds[0]:.1f}", *between, f"Mw ≥ {thresholds[-1]:.1f}")


def class_loss(network: Network) -> str:
    """Return what the training of classes makes small."""
    return f"cross-entropy{' with smoothed labels' if network.label_smoothing else ''} (nats)"


@TASKS.register("classes")
def class_task(table: FeatureTable, config: RunConfig) -> Task:
    """Classify every segment."""
    predictand = class_predictand(table, config)
    return Task(
        name="classes",
        heads=Heads(predictand.n_classes),
        predictands=(predictand,),
        network=config.network,
        members=config.network.members,
        seed=derived_seed(config.seed, "networks", "classes"),
        model="model",
        title="Model card: which trench segments host great earthquakes",
        output_names=class_names(config.thresholds),
        does="classify",
        loss_name=class_loss(config.network),
        files=CLASS_FILES | {"model/model.json": "the networks' description (weights beside it)"},
    )
