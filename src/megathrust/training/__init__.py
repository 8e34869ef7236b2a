"""Fitting a stack, and searching for one worth fitting."""

from megathrust.training._adam import StackedAdam
from megathrust.training._batches import BatchStreams
from megathrust.training._fit import Fit, fit_classifier, member_losses, standardization
from megathrust.training._halving import rung_epochs, survivors
from megathrust.training._options import OPTIMIZERS, SCHEDULES, Member, TrainingOptions
from megathrust.training._schedule import one_cycle
from megathrust.training._search import InnerProblem, SearchUnit, UnitScore, plan_stacks, score_stack
from megathrust.training._side_by_side import Job, side_by_side
from megathrust.training._trials import (
    TRIAL_PARAMETERS,
    SearchSpace,
    Trial,
    draw_trials,
    parameter_importance,
    propose_trials,
)
from megathrust.training._workers import Workers, open_workers

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "TRIAL_PARAMETERS",
    "BatchStreams",
    "Fit",
    "InnerProblem",
    "Job",
    "Member",
    "SearchSpace",
    "SearchUnit",
    "StackedAdam",
    "TrainingOptions",
    "Trial",
    "UnitScore",
    "Workers",
    "draw_trials",
    "fit_classifier",
    "member_losses",
    "one_cycle",
    "open_workers",
    "parameter_importance",
    "plan_stacks",
    "propose_trials",
    "rung_epochs",
    "score_stack",
    "side_by_side",
    "standardization",
    "survivors",
]
