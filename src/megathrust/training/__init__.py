"""Fitting a stack."""

from megathrust.training._adam import StackedAdam
from megathrust.training._batches import BatchStreams
from megathrust.training._estimators import FCNClassifier
from megathrust.training._fit import Fit, fit_classifier, fit_stack, make_stack, standardization
from megathrust.training._losses import class_losses, magnitude_losses
from megathrust.training._options import (
    OPTIMIZERS,
    SAMPLINGS,
    SCHEDULES,
    TASK_WEIGHTINGS,
    Member,
    TrainingOptions,
)
from megathrust.training._schedule import one_cycle
from megathrust.training._side_by_side import Job, side_by_side
from megathrust.training._targets import Targets

__all__ = [
    "OPTIMIZERS",
    "SAMPLINGS",
    "SCHEDULES",
    "TASK_WEIGHTINGS",
    "BatchStreams",
    "FCNClassifier",
    "Fit",
    "Job",
    "Member",
    "StackedAdam",
    "Targets",
    "TrainingOptions",
    "class_losses",
    "fit_classifier",
    "fit_stack",
    "magnitude_losses",
    "make_stack",
    "one_cycle",
    "side_by_side",
    "standardization",
]
