"""Worlds without a signal, and with one: their folds, and what a model that learned there says and scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from megathrust.core import FloatArray, ProgressCallback, short_repr
from megathrust.evaluation import Prediction, pooled
from megathrust.models import derived_seed
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._roster import make_roster
from megathrust.pipelines.experiment._training import train
from megathrust.pipelines.tasks import Predictand, Task
from megathrust.splits import Fold
from megathrust.worlds import NULLS, World, driver_of, keeping_missing, planted_world, whole_features

#: Kind of the worlds that hold a signal: what a comparison with the nulls would have seen.
PLANTED = "planted signal"


@short_repr
@dataclass(frozen=True)
class Surrogate:
    """A world and its own folds.

    Attributes
    ----------
    world : World
    folds : tuple of Fold
        Where ruptures are kept whole, they are those of this world.
    seed : int
    """

    world: World
    folds: tuple[Fold, ...]
    seed: int


def surrogate(experiment: Experiment, kind: str, number: int) -> Surrogate:
    """Return a world of an experiment; it depends on the run's seed and on its number only."""
    seed = derived_seed(experiment.config.seed, "null", kind, f"world {number}")
    world = make_world(experiment, kind, seed)
    return Surrogate(world, tuple(experiment.splitter.split(experiment.table, world.ruptures)), seed)


def make_world(experiment: Experiment, kind: str, seed: int) -> World:
    """Return a surrogate world of an experiment: of a null, or with a planted signal."""
    if kind != PLANTED:
        return keeping_missing(NULLS[kind])(experiment.trenches, seed)
    settings = experiment.config.nulls
    features = whole_features(experiment.trenches)
    feature = int(np.random.default_rng(seed).integers(features.shape[1]))
    driver = driver_of(features[:, [feature]], experiment.rows.region)
    return planted_world(
        experiment.trenches, settings.slope * driver, seed, threshold=experiment.config.thresholds[-1]
    )


def networks_in(
    worlds: Sequence[Surrogate], task: Task, count: int, *, device: str, progress: ProgressCallback
) -> list[dict[str, list[Prediction]]]:
    """Train networks in worlds and return what the mean over them says there of held-out rows.

    Parameters
    ----------
    worlds : sequence of Surrogate
    task : Task
    count : int
        Networks per fold.

    Returns
    -------
    list of dict
        By predictand, one prediction per fold; for every world.
    """
    features = np.stack([each.world.features for each in worlds])
    labelled = np.stack([each.world.labelled for each in worlds])
    rosters = [make_roster(each.folds, task.network, count, each.seed) for each in worlds]
    members = [
        replace(member, world=number) for number, roster in enumerate(rosters) for member in roster.members
    ]
    stack = train(features, labelled, task, members, device=device, progress=progress).stack
    found, start = [], 0
    for number, (each, roster) in enumerate(zip(worlds, rosters, strict=True)):
        own = stack.select(range(start, start + len(roster.members)))
        start += len(roster.members)
        found.append(
            {
                predictand.name: ensemble(
                    predictand, each.folds, roster.said_of_test_rows(own, features[number], predictand)
                )
                for predictand in task.predictands
            }
        )
    return found


def ensemble(predictand: Predictand, folds: Sequence[Fold], said: Sequence[FloatArray]) -> list[Prediction]:
    """Return each fold's mean over its own members."""
    return [
        Prediction(fold.name, fold.test, predictand.scored(own).mean(0))
        for fold, own in zip(folds, said, strict=True)
    ]


def compared_scores(
    predictand: Predictand, predictions: Sequence[Prediction], observed: Any, *, together: bool
) -> FloatArray:
    """Return the compared score of every scenario, and last that by which models are compared.

    The last one is of all scenarios together, or the mean over those where it is defined; NaN where there is
    none.

    Parameters
    ----------
    predictand : Predictand
    predictions : sequence of Prediction
        One per scenario.
    observed : ndarray, shape (rows,)
        As it is in the world of the predictions.
    together : bool
        As `Experiment.pooled` says.

    Returns
    -------
    ndarray, shape (scenarios + 1,)
    """
    scores = [predictand.score(observed[each.rows], each.predicted) for each in predictions]
    if together:
        whole = pooled(predictions)
        return np.array([*scores, predictand.score(observed[whole.rows], whole.predicted)])
    defined = [score for score in scores if np.isfinite(score)]
    return np.array([*scores, np.mean(defined) if defined else np.nan])
