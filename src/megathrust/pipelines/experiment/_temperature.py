"""Temperatures of networks, fitted inside each fold: on inner held-out rows, never on its test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from megathrust.core import FloatArray
from megathrust.evaluation import fit_temperature
from megathrust.models import FCNStack, derived_seed
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._roster import make_roster
from megathrust.pipelines.experiment._training import train_members
from megathrust.pipelines.tasks import Task
from megathrust.pipelines.work import Work
from megathrust.splits import Fold, InnerSplitter
from megathrust.training import Fit


def inner_folds(experiment: Experiment) -> list[list[Fold]]:
    """Return the inner folds of every fold: blocks of its training rows, at its exclusion distance.

    Whole ruptures are kept where the outer folds keep them.

    Raises
    ------
    InputError
        If an inner fold would train or validate on nothing.
    """
    outer = experiment.splitter
    splitter = InnerSplitter(
        exclusion_km=outer.exclusion_km,
        blocks=experiment.config.temperature.blocks,
        whole_ruptures=outer.whole_ruptures,
    )
    return [splitter.split(experiment.table, fold) for fold in experiment.folds]


def find_temperatures(experiment: Experiment, task: Task, work: Work) -> FloatArray:
    """Return the temperature of every fold, (folds,), from networks trained on its inner folds.

    Parameters
    ----------
    experiment : Experiment
        Its settings say how many networks each inner fold has.
    task : Task
        With classes.
    work : Work
    """
    inner, features = inner_folds(experiment), experiment.rows.features
    rosters = [
        make_roster(
            folds, task.network, experiment.config.temperature.members, derived_seed(task.seed, "temperature")
        )
        for folds in inner
    ]
    members = [member for roster in rosters for member in roster.members]
    title = f"{task.name}: temperatures from {len(members)} inner networks"
    stack = train_members(features, task, members, work, name=f"temperature, {task.name}", title=title).stack
    found, start = [], 0
    for folds, roster in zip(inner, rosters, strict=True):
        own = stack.select(range(start, start + len(roster.members)))
        start += len(roster.members)
        said = [
            roster.of_fold(own, number).log_probabilities(features[fold.test])
            for number, fold in enumerate(folds)
        ]
        rows = np.concatenate([fold.test for fold in folds])
        found.append(fit_temperature(np.concatenate(said, axis=1), experiment.classes[rows]))
    return np.asarray(found)


def tempered(fit: Fit, temperatures: Sequence[float] | FloatArray) -> Fit:
    """Return networks whose outputs of classes are divided by the temperature of their fold."""
    each = np.repeat(np.asarray(temperatures, dtype=np.float64), fit.stack.members // len(temperatures))
    stack: FCNStack = fit.stack.tempered(each)
    return replace(fit, stack=stack, temperatures=each)
