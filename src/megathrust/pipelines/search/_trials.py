"""The trials of a search: rounds, rungs, and what an interrupted search had finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from megathrust.core import ProgressCallback
from megathrust.pipelines.search._config import SearchRunConfig
from megathrust.pipelines.tasks import Task
from megathrust.pipelines.work import Arrays, Work
from megathrust.training import (
    InnerProblem,
    SearchUnit,
    Trial,
    draw_trials,
    plan_stacks,
    propose_trials,
    rung_epochs,
    score_stack,
    survivors,
)


@dataclass(frozen=True)
class Measured:
    """One training of a trial in a scenario, and its inner score.

    Attributes
    ----------
    scenario : int
        Position among the outer folds; the last one is the search on all rows.
    trial : Trial
    rung : int
        From 0.
    epochs : int
        Epochs of this rung.
    score : float
        Merit on the inner folds: higher is better.
    seconds : float
        Time of training; no part of any comparison.
    """

    scenario: int
    trial: Trial
    rung: int
    epochs: int
    score: float
    seconds: float


def run_trials(inner: InnerProblem, config: SearchRunConfig, task: Task, work: Work) -> list[Measured]:
    """Score all trials on all rungs, scenario by scenario independent of each other."""
    settings, scenarios = config.search, range(len(inner.folds))
    space = settings.space.distributions(task.settled)
    if settings.sampler == "random":
        trials = draw_trials(space, task.network, seed=config.seed, count=settings.budget)
        return _run_rungs(inner, config, [trials for _ in scenarios], work)
    measured: list[Measured] = []
    while len(measured) < settings.budget * len(scenarios):
        count = min(settings.round_size, settings.budget - len(measured) // len(scenarios))
        # What is proposed for a scenario is learnt from that scenario's inner scores only.
        history = [[each for each in measured if each.scenario == scenario] for scenario in scenarios]
        proposed = [
            propose_trials(
                space,
                task.network,
                [each.trial for each in past],
                [each.score for each in past],
                seed=config.seed,
                count=count,
            )
            for past in history
        ]
        measured += _run_rungs(inner, config, proposed, work)
    return measured


def _run_rungs(
    inner: InnerProblem,
    config: SearchRunConfig,
    contestants: list[list[Trial]],
    work: Work,
) -> list[Measured]:
    """Train the contestants of every scenario, then the best of them for longer, until the last rung."""
    rungs, reduction = config.search.rungs, config.search.reduction
    measured: list[Measured] = []
    for rung in range(rungs):
        epochs_of = partial(_epochs, rung=rung, rungs=rungs, reduction=reduction)
        units = [
            SearchUnit(trial, scenario, epochs_of(trial))
            for scenario, trials in enumerate(contestants)
            for trial in trials
        ]
        title = f"rung {rung + 1} of {rungs}: {len(units)} inner scores"
        scored = _score_units(inner, units, work, title)
        here = [
            Measured(unit.scenario, unit.trial, rung, unit.epochs, *scored[position])
            for position, unit in enumerate(units)
        ]
        measured += here
        if rung + 1 < rungs:
            contestants = [
                _surviving([each for each in here if each.scenario == scenario], reduction)
                for scenario in range(len(contestants))
            ]
    return measured


def _epochs(trial: Trial, *, rung: int, rungs: int, reduction: float) -> int:
    return rung_epochs(trial.network.epochs, rung, rungs=rungs, reduction=reduction)


def _surviving(measured: Sequence[Measured], reduction: float) -> list[Trial]:
    kept = set(survivors({each.trial.number: each.score for each in measured}, reduction=reduction))
    return [each.trial for each in measured if each.trial.number in kept]


def _score_units(
    inner: InnerProblem, units: Sequence[SearchUnit], work: Work, title: str
) -> list[tuple[float, float]]:
    """Return (score, seconds) of every unit, from the store where an earlier call left it."""
    stacks = plan_stacks(inner, units)
    # Company can show in the last bits of a probability: scores are taken up only in the same company.
    keys = [
        [[unit.trial.number, unit.trial.parameters, unit.scenario, unit.epochs] for unit in stack]
        for stack in stacks
    ]
    done = work.compute("trials", _score, inner, stacks, keys=keys, title=title)
    found: dict[SearchUnit, tuple[float, float]] = {}
    for stack, arrays in zip(stacks, done, strict=True):
        found |= dict(
            zip(stack, zip(arrays["score"].tolist(), arrays["seconds"].tolist(), strict=True), strict=True)
        )
    return [found[unit] for unit in units]


def _score(inner: InnerProblem, stack: Sequence[SearchUnit], advance: ProgressCallback) -> Arrays:
    scores = score_stack(inner, stack, advance)
    return {
        "score": np.array([each.score for each in scores]),
        "seconds": np.array([each.seconds for each in scores]),
    }


def best_of(measured: Sequence[Measured], scenario: int, count: int) -> tuple[Measured, ...]:
    """Return the best trainings of the last rung of a scenario by their inner scores, the best first."""
    last = max(each.rung for each in measured)
    final = {each.trial.number: each for each in measured if (each.scenario, each.rung) == (scenario, last)}
    ranked = survivors({number: each.score for number, each in final.items()}, reduction=1.0)
    return tuple(final[number] for number in ranked[:count])
