"""A target that is no magnitude: any number of a segment, such as coupling or the rate of slow slip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.models import Heads, derived_seed, quantile_column
from megathrust.pipelines.settings import RunConfig
from megathrust.pipelines.tasks._magnitudes import MagnitudePredictand, magnitude_head
from megathrust.pipelines.tasks._task import TASKS, Task
from megathrust.table import FeatureTable

#: Files of a run that tell of values.
VALUE_FILES: Mapping[str, str] = {
    "values.csv": "target of every held-out segment by every model, in its unit",
    "value_scores.csv": "tidy scores of the predicted target, with intervals",
    "model-value/model.json": "the description of the networks that predict it",
}


@dataclass(frozen=True)
class ValuePredictand(MagnitudePredictand):
    """The target itself, by its mean absolute error in its own unit; see `MagnitudePredictand`.

    Attributes
    ----------
    quantity : str
        Name and unit of the target.
    """

    quantity: str = ""
    name: ClassVar[str] = "value"
    metric_name: ClassVar[str] = "mean absolute error of the target in its unit"
    # Units differ: any error is better than that of networks that diverged.
    worst: ClassVar[float] = float("-inf")
    heading: ClassVar[str] = (
        "Mean absolute error of the target (in its unit), {over} ({place}), with 95 % interval:"
    )
    file_of_scores: ClassVar[str] = "value_scores.csv"
    file_of_predictions: ClassVar[str] = "values.csv"
    figure_of_scores: ClassVar[tuple[str, str, str]] = (
        "value_errors",
        "value_errors_by_scenario",
        "Mean absolute error of the predicted target in every scenario.",
    )

    def observed_columns(self, rows: IntArray) -> dict[str, Any]:
        """Return the observed value."""
        return {"observed_value": self.observed[rows]}

    def columns(self, predicted: FloatArray) -> dict[str, Any]:
        """Return the value."""
        return {"value": predicted}

    def own_columns(self, said: FloatArray) -> dict[str, Any]:
        """Return the spread over networks of the value, and the mean quantiles."""
        mean = said.mean(0)
        quantiles = {
            quantile_column(level).replace("magnitude", "value"): mean[:, i]
            for i, level in enumerate(self.levels)
        }
        return {"value_spread": self.scored(said).std(0), **quantiles}


@TASKS.register("value")
def value_task(table: FeatureTable, config: RunConfig) -> Task:
    """Predict a target that is no magnitude, by networks of its own.

    Raises
    ------
    InputError
        If the target is a magnitude.
    """
    target = table.columns[table.target()]
    if table.is_magnitude():
        raise InputError(
            "the target is a magnitude",
            given=target.name,
            action="ask for the task magnitude, classes or both",
        )
    asked = config.magnitude
    if asked.loss == "censored":
        raise InputError(
            "completeness is one of magnitudes, and the target is none",
            given=f"{target.name} in {target.unit}",
            action="take another loss",
        )
    quantity = f"{target.name} ({target.unit})" if target.unit != "1" else target.name
    predictand = ValuePredictand(
        table.observed(), Heads(**magnitude_head(asked)), config.class_sets.groups, asked.baselines, quantity
    )
    return Task(
        name="value",
        heads=predictand.heads,
        predictands=(predictand,),
        network=config.network.without_classes(),
        members=asked.members,
        seed=derived_seed(config.seed, "networks", "value"),
        model="model-value",
        title=f"Model card: {target.long_name} of trench segments",
        output_names=tuple(f"quantile {level:g} of {target.name}" for level in predictand.levels)
        or (target.name,),
        does="predict the target of",
        loss_name=f"{asked.loss} loss of the scaled target",
        files=VALUE_FILES,
        further={"huber_delta": asked.huber_delta},
    )
