"""What networks are asked: classes, magnitudes, or both at once."""

from megathrust.pipelines.tasks._both import both_task
from megathrust.pipelines.tasks._calibration import Calibration
from megathrust.pipelines.tasks._classes import CLASS_THRESHOLD, ClassPredictand, class_names, class_task
from megathrust.pipelines.tasks._magnitudes import (
    RANGE_MARGIN,
    MagnitudePredictand,
    ends_of,
    magnitude_task,
)
from megathrust.pipelines.tasks._predictand import Predictand, Rival
from megathrust.pipelines.tasks._task import TASKS, Task, tasks_of
from megathrust.pipelines.tasks._values import ValuePredictand

# Tasks that no other room needs by name are entered too.
TASKS.fill(__name__, "_*")

__all__ = [
    "CLASS_THRESHOLD",
    "RANGE_MARGIN",
    "TASKS",
    "Calibration",
    "ClassPredictand",
    "MagnitudePredictand",
    "Predictand",
    "Rival",
    "Task",
    "ValuePredictand",
    "both_task",
    "class_names",
    "class_task",
    "ends_of",
    "magnitude_task",
    "tasks_of",
]
