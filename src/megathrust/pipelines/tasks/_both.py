"""Classes and magnitude at once, from one trunk."""

from __future__ import annotations

from megathrust.models import Heads, derived_seed
from megathrust.pipelines.settings import RunConfig
from megathrust.pipelines.tasks._classes import CLASS_FILES, class_loss, class_names, class_predictand
from megathrust.pipelines.tasks._magnitudes import (
    MAGNITUDE_FILES,
    magnitude_head,
    magnitude_options,
    magnitude_outputs,
    magnitude_predictand,
)
from megathrust.pipelines.tasks._task import TASKS, Task
from megathrust.table import FeatureTable


@TASKS.register("both")
def both_task(table: FeatureTable, config: RunConfig) -> Task:
    """Classify every segment and predict its magnitude by the same networks."""
    classes, magnitude = class_predictand(table, config), magnitude_predictand(table, config)
    return Task(
        name="both",
        heads=Heads(classes.n_classes, **magnitude_head(config.magnitude)),
        predictands=(classes, magnitude),
        network=config.network,
        members=config.network.members,
        seed=derived_seed(config.seed, "networks", "both"),
        model="model",
        title="Model card: class and magnitude of the largest earthquake of trench segments",
        output_names=(*class_names(config.thresholds), *magnitude_outputs(magnitude)),
        does="classify and predict the magnitude of",
        loss_name=f"{class_loss(config.network)} + {config.magnitude.loss} loss of the scaled magnitude",
        files=CLASS_FILES
        | MAGNITUDE_FILES
        | {"model/model.json": "the networks' description (weights beside it)"},
        further=magnitude_options(config.magnitude),
    )
