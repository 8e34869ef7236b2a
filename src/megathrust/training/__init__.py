"""Fitting a stack, and searching for one worth fitting."""

from megathrust.training._adam import StackedAdam
from megathrust.training._batches import BatchStreams
from megathrust.training._classifier import FCNClassifier
from megathrust.training._fit import Fit, fit_classifier, fit_stack, make_stack, standardization
from megathrust.training._halving import rung_epochs, survivors
from megathrust.training._losses import class_losses, magnitude_losses
from megathrust.training._multi_task import FCNMultiTask
from megathrust.training._network import (
    FEATURE_DRAWS,
    OPTIMIZERS,
    SAMPLINGS,
    SCHEDULES,
    TASK_WEIGHTINGS,
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
from megathrust.training._schedule import one_cycle
from megathrust.training._search import (
    InnerProblem,
    Question,
    SearchUnit,
    UnitScore,
    plan_stacks,
    score_stack,
)
from megathrust.training._subsets import feature_probabilities
from megathrust.training._targets import Targets
from megathrust.training._threads import single_threaded
from megathrust.training._trials import (
    SearchSpace,
    Trial,
    draw_trials,
    parameter_importance,
    propose_trials,
)

__all__ = [
    "FEATURE_DRAWS",
    "OPTIMIZERS",
    "SAMPLINGS",
    "SCHEDULES",
    "TASK_WEIGHTINGS",
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
    "SearchSpace",
    "SearchUnit",
    "StackedAdam",
    "Targets",
    "TrainingOptions",
    "Trial",
    "UnitScore",
    "class_losses",
    "draw_trials",
    "feature_probabilities",
    "fit_classifier",
    "fit_stack",
    "magnitude_losses",
    "make_stack",
    "one_cycle",
    "parameter_importance",
    "plan_stacks",
    "propose_trials",
    "rung_epochs",
    "score_stack",
    "searched_settings",
    "setting_type",
    "settings_without_classes",
    "single_threaded",
    "standardization",
    "survivors",
]
