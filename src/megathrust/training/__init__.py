"""Fitting a stack, and searching for one worth fitting."""

from megathrust.training._batches import BatchStreams
from megathrust.training._classifier import FCNClassifier
from megathrust.training._fit import Fit, device_named, devices, fit_classifier, fit_stack, make_stack
from megathrust.training._halving import rung_epochs, survivors
from megathrust.training._multi_task import FCNMultiTask
from megathrust.training._network import (
    TRIAL_PARAMETERS,
    Member,
    Network,
    Range,
    TrainingOptions,
    searched_settings,
    setting_type,
    settings_without_classes,
)
from megathrust.training._regressor import FCNRegressor
from megathrust.training._search import InnerProblem, Question, SearchUnit, plan_stacks, score_stack
from megathrust.training._targets import Targets
from megathrust.training._threads import single_threaded
from megathrust.training._trials import Trial, draw_trials, parameter_importance, propose_trials

__all__ = [
    "TRIAL_PARAMETERS",
    "BatchStreams",
    "FCNClassifier",
    "FCNMultiTask",
    "FCNRegressor",
    "Fit",
    "InnerProblem",
    "Member",
    "Network",
    "Question",
    "Range",
    "SearchUnit",
    "Targets",
    "TrainingOptions",
    "Trial",
    "device_named",
    "devices",
    "draw_trials",
    "fit_classifier",
    "fit_stack",
    "make_stack",
    "parameter_importance",
    "plan_stacks",
    "propose_trials",
    "rung_epochs",
    "score_stack",
    "searched_settings",
    "setting_type",
    "settings_without_classes",
    "single_threaded",
    "survivors",
]
