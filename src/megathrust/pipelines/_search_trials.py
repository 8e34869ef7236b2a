"""The trials of a search: rounds, rungs, and what an interrupted search had finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from megathrust.core import ProgressCallback
from megathrust.pipelines._progress import ProgressBars
from megathrust.pipelines._search_config import SearchRunConfig
from megathrust.pipelines._stages import StageStore
from megathrust.training import (
    InnerProblem,
    SearchUnit,
    Trial,
    Workers,
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
        Inner macro-F1.
    seconds : float
        Time of training; no part of any comparison.
    """

    scenario: int
    trial: Trial
    rung: int
    epochs: int
    score: float
    seconds: float


def run_trials(
    inner: InnerProblem, config: SearchRunConfig, store: StageStore, workers: Workers, bars: ProgressBars
) -> list[Measured]:
    """Score all trials on all rungs, scenario by scenario independent of each other."""
    settings, scenarios = config.search, range(len(inner.folds))
    space = settings.space.distributions()
    if settings.sampler == "random":
        trials = draw_trials(space, seed=config.seed, count=settings.budget)
        return _run_rungs(inner, config, [trials for _ in scenarios], store, workers, bars)
    measured: list[Measured] = []
    while len(measured) < settings.budget * len(scenarios):
        count = min(settings.round_size, settings.budget - len(measured) // len(scenarios))
        # What is proposed for a scenario is learnt from that scenario's inner scores only.
        history = [[each for each in measured if each.scenario == scenario] for scenario in scenarios]
        proposed = [
            propose_trials(
                space,
                [each.trial for each in past],
                [each.score for each in past],
                seed=config.seed,
                count=count,
            )
            for past in history
        ]
        measured += _run_rungs(inner, config, proposed, store, workers, bars)
    return measured


def _run_rungs(
    inner: InnerProblem,
    config: SearchRunConfig,
    contestants: list[list[Trial]],
    store: StageStore,
    workers: Workers,
    bars: ProgressBars,
) -> list[Measured]:
    """Train the contestants of every scenario, then the best of them for longer, until the last rung."""
    rungs, reduction = config.search.rungs, config.search.reduction
    measured: list[Measured] = []
    for rung in range(rungs):
        units = [
            SearchUnit(trial, scenario, rung_epochs(trial.epochs, rung, rungs=rungs, reduction=reduction))
            for scenario, trials in enumerate(contestants)
            for trial in trials
        ]
        advance = bars.stage(f"rung {rung + 1} of {rungs}: {len(units)} inner scores")
        scored = _score_units(inner, units, store, workers, advance)
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


def _surviving(measured: Sequence[Measured], reduction: float) -> list[Trial]:
    kept = set(survivors({each.trial.number: each.score for each in measured}, reduction=reduction))
    return [each.trial for each in measured if each.trial.number in kept]


def _score_units(
    inner: InnerProblem,
    units: Sequence[SearchUnit],
    store: StageStore,
    workers: Workers,
    advance: ProgressCallback,
) -> list[tuple[float, float]]:
    """Return (score, seconds) of every unit, from the store where an earlier call left it."""
    found: dict[SearchUnit, tuple[float, float]] = {}
    missing = []
    for stack in plan_stacks(inner, units):
        recalled = {unit: store.recall("trial", _key(unit, stack)) for unit in stack}
        arrays = {unit: each for unit, each in recalled.items() if each is not None}
        # A stack of which a unit is missing is trained whole, so that resuming trains what was planned.
        if len(arrays) == len(stack):
            found |= {
                unit: (float(each["score"][0]), float(each["seconds"][0])) for unit, each in arrays.items()
            }
        else:
            missing.append(stack)
    advance(len(found), len(units))
    for position, scores in workers(score_stack, inner, missing):
        for unit, result in zip(missing[position], scores, strict=True):
            found[unit] = (result.score, result.seconds)
            arrays_of = {"score": np.array([result.score]), "seconds": np.array([result.seconds])}
            store.keep("trial", _key(unit, missing[position]), arrays_of)
        advance(len(found), len(units))
    return [found[unit] for unit in units]


def _key(unit: SearchUnit, stack: Sequence[SearchUnit]) -> list[object]:
    # Company can show in the last bits of a probability: a score is taken up only in the same company.
    company = [[each.trial.number, each.trial.parameters, each.scenario] for each in stack]
    return [unit.trial.number, unit.scenario, unit.epochs, company]


def best_of(measured: Sequence[Measured], scenario: int, count: int) -> tuple[Measured, ...]:
    """Return the best trainings of the last rung of a scenario by their inner scores, the best first."""
    last = max(each.rung for each in measured)
    final = {each.trial.number: each for each in measured if (each.scenario, each.rung) == (scenario, last)}
    ranked = survivors({number: each.score for number, each in final.items()}, reduction=1.0)
    return tuple(final[number] for number in ranked[:count])
