"""Fitting a stack."""

from megathrust.training._adam import StackedAdam
from megathrust.training._batches import BatchStreams
from megathrust.training._estimators import FCNClassifier
from megathrust.training._fit import Fit, fit_classifier, member_losses, standardization
from megathrust.training._options import OPTIMIZERS, SCHEDULES, Member, TrainingOptions
from megathrust.training._schedule import one_cycle
from megathrust.training._side_by_side import Job, side_by_side

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "BatchStreams",
    "FCNClassifier",
    "Fit",
    "Job",
    "Member",
    "StackedAdam",
    "TrainingOptions",
    "fit_classifier",
    "member_losses",
    "one_cycle",
    "side_by_side",
    "standardization",
]
