"""The largest observed magnitude itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, short_repr
from megathrust.evaluation import (
    MAGNITUDE_BASELINES,
    censored_log_score,
    held_out_range_coverage,
    magnitude_margin,
    magnitude_scores,
    quantile_scores,
    with_known_magnitudes,
)
from megathrust.models import FCNStack, Heads, derived_seed, quantile_column
from megathrust.pipelines.settings import MagnitudeConfig, RunConfig
from megathrust.pipelines.tasks._calibration import Calibration
from megathrust.pipelines.tasks._predictand import Predictand, Rival
from megathrust.pipelines.tasks._task import TASKS, Task
from megathrust.table import FeatureTable

#: Name of a model's array that holds the margin of its ranges.
RANGE_MARGIN = "magnitude_range.margin"

#: Files of a run that tell of magnitudes.
MAGNITUDE_FILES = {
    "magnitudes.csv": "magnitude of every held-out segment by every model; no event: empty",
    "magnitude_scores.csv": "tidy scores of predicted magnitudes, with intervals",
}


@short_repr
@dataclass(frozen=True)
class MagnitudePredictand(Predictand):
    """The largest observed magnitude, by its mean absolute error; see `Predictand`.

    Attributes
    ----------
    observed : ndarray, shape (rows,)
        Largest observed Mw; NaN where there was no event.
    heads : Heads
        What networks say of it: one magnitude, or quantiles.
    asked : tuple of str
        Rivals that the configuration asks for.
    groups : str
        What counts as one observation where ranges are calibrated.
    quantity : str
        What axes are labelled with.
    completeness : float, optional
        Mw at which networks take segments for left-censored, if they do.
    """

    observed: FloatArray
    heads: Heads
    groups: str = "rupture"
    asked: tuple[str, ...] = ()
    quantity: str = "Mw"
    completeness: float | None = None
    name: ClassVar[str] = "magnitude"
    target: ClassVar[str] = "magnitudes"
    metric: ClassVar[tuple[str, str]] = ("mae", "all")
    metric_name: ClassVar[str] = "mean absolute error of the magnitude"
    lower_is_better: ClassVar[bool] = True
    # No magnitude is further from another.
    worst: ClassVar[float] = -10.0
    short_name: ClassVar[str] = "mae"
    heading: ClassVar[str] = (
        "Mean absolute error of the magnitude (units of Mw; segments with an event), {over} ({place}), "
        "with 95 % interval:"
    )
    floor: ClassVar[str] = "training mean"
    compared: ClassVar[tuple[str, ...]] = ("nearest segment", "region mean", "extra trees")
    file_of_scores: ClassVar[str] = "magnitude_scores.csv"
    file_of_predictions: ClassVar[str] = "magnitudes.csv"
    figure_of_scores: ClassVar[tuple[str, str, str]] = (
        "magnitude_errors",
        "magnitude_errors_by_scenario",
        "Mean absolute error of predicted magnitudes in every scenario.",
    )

    @property
    def levels(self) -> tuple[float, ...]:
        """Levels of the quantiles, none without them."""
        return self.heads.quantiles if self.heads.gives_quantiles else ()

    @property
    def rival_names(self) -> tuple[str, ...]:
        """Names of all rivals, in order."""
        return tuple(MAGNITUDE_BASELINES)

    def rival(self, name: str) -> Rival:
        """Return a rival by name; an unknown one is refused."""
        return with_known_magnitudes(MAGNITUDE_BASELINES[name])

    def said_by(self, stack: FCNStack, features: FloatArray) -> FloatArray:
        """Return the quantiles of every network, or its magnitude, (members, rows, levels or 1)."""
        return stack.quantiles(features) if self.levels else stack.magnitudes(features)[..., None]

    def scored(self, said: FloatArray) -> FloatArray:
        """Return the magnitude, (members, rows); of quantiles the median."""
        return self.heads.median(said) if self.levels else said[..., 0]

    def scores(
        self, observed: FloatArray, predicted: FloatArray, weights: FloatArray | None = None
    ) -> dict[tuple[str, str], FloatArray]:
        """Return every score of magnitudes."""
        return magnitude_scores(observed, predicted, weights)

    def own_scores(
        self, observed: FloatArray, said: FloatArray, weights: FloatArray
    ) -> dict[tuple[str, str], FloatArray]:
        """Return coverage, width and loss of mean quantiles; of a censored law its log score, too."""
        if not self.levels:
            return {}
        scores = quantile_scores(observed, said, self.levels, weights)
        if self.completeness is not None:
            scores |= censored_log_score(observed, said, self.levels, weights, completeness=self.completeness)
        return scores

    def observed_columns(self, rows: IntArray) -> dict[str, Any]:
        """Return the observed magnitude, NaN without an event."""
        return {"observed_magnitude": self.observed[rows]}

    def columns(self, predicted: FloatArray) -> dict[str, Any]:
        """Return the magnitude."""
        return {"magnitude": predicted}

    def own_columns(self, said: FloatArray) -> dict[str, Any]:
        """Return the spread over networks of the magnitude, and the mean quantiles."""
        mean = said.mean(0)
        return {
            "magnitude_spread": self.scored(said).std(0),
            **{quantile_column(level): mean[:, i] for i, level in enumerate(self.levels)},
        }

    def calibrate(
        self, rows: IntArray, said: FloatArray, groups: np.ndarray, region: np.ndarray, coverage: float
    ) -> Calibration:
        """Return the margin by which ranges must grow."""
        given = self.observed[rows], *ends_of(said), groups
        return Calibration(
            entry="magnitude_ranges",
            array=RANGE_MARGIN,
            number="margin",
            value=magnitude_margin(*given, coverage=coverage),
            told_if_infinite=False,
            coverage=coverage,
            groups=self.groups,
            held_out=held_out_range_coverage(*given, region, coverage=coverage),
            words=("ranges", "the observed magnitude"),
        )


def ends_of(said: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the predicted ends of a range from what is said of rows (rows, levels or 1)."""
    return said[:, 0], said[:, -1]


def magnitude_predictand(table: FeatureTable, config: RunConfig) -> MagnitudePredictand:
    """Return the magnitudes of a table's label, NaN where there was no event.

    Raises
    ------
    InputError
        If the label is no magnitude.
    """
    if not table.is_magnitude():
        target = table.columns[table.target()]
        raise InputError(
            "the target is no magnitude",
            given=f"{target.name} in {target.unit}",
            action="ask for the task value",
        )
    return MagnitudePredictand(
        table.observed(),
        Heads(**magnitude_head(config.magnitude)),
        config.class_sets.groups,
        config.magnitude.baselines,
        completeness=config.magnitude.completeness if config.magnitude.loss == "censored" else None,
    )


def magnitude_head(asked: MagnitudeConfig) -> Mapping[str, Any]:
    """Return the entries of `Heads` that belong to the magnitude."""
    return {"magnitude": asked.loss, "quantiles": asked.quantiles, "uniform": asked.uniform}


def magnitude_options(asked: MagnitudeConfig) -> Mapping[str, Any]:
    """Return the training options that belong to the magnitude."""
    return {"huber_delta": asked.huber_delta, "completeness": asked.completeness}


@TASKS.register("magnitude")
def magnitude_task(table: FeatureTable, config: RunConfig) -> Task:
    """Predict the magnitude by networks of its own."""
    asked = config.magnitude
    predictand = magnitude_predictand(table, config)
    return Task(
        name="magnitude",
        heads=predictand.heads,
        predictands=(predictand,),
        network=config.network.without_classes(),
        members=asked.members,
        seed=derived_seed(config.seed, "networks", "magnitude"),
        model="model-magnitude",
        title="Model card: the largest observed magnitude of trench segments",
        output_names=magnitude_outputs(predictand),
        does="predict the magnitude of",
        loss_name=f"{asked.loss} loss of the scaled magnitude",
        files=MAGNITUDE_FILES
        | {"model-magnitude/model.json": "the description of the networks that predict it"},
        further=magnitude_options(asked),
    )


def magnitude_outputs(predictand: MagnitudePredictand) -> tuple[str, ...]:
    """Return what the outputs of the magnitude are called."""
    return tuple(f"quantile {level:g} of Mw" for level in predictand.levels) or ("Mw",)
