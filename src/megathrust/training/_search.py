"""Inner scores of trials: many configurations, folds and seeds in one stack."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch

from megathrust.core import FloatArray, IntArray, check_range
from megathrust.evaluation import classification_scores
from megathrust.models import FCNArchitecture, derived_seed
from megathrust.splits import Fold
from megathrust.training._fit import fit_classifier
from megathrust.training._options import Member, TrainingOptions
from megathrust.training._trials import Trial

# Parameters trained at once: with gradients and moments they still fit the caches of a laptop.
_STACK_PARAMETERS = 750_000


@dataclass(frozen=True)
class InnerProblem:
    """What trials are scored on.

    Attributes
    ----------
    features : ndarray, shape (rows, features)
    classes : ndarray of int, shape (rows,)
    folds : tuple of tuple of Fold
        Inner folds of every scenario, from an `InnerSplitter`.
    architecture : FCNArchitecture
        Whatever a trial does not decide; see `Trial.architecture`.
    options : TrainingOptions
        Likewise; epochs and batch size are replaced.
    members : int
        Networks per inner fold, which differ in their seed.
    seed : int
    device : str
    """

    features: FloatArray
    classes: IntArray
    folds: tuple[tuple[Fold, ...], ...]
    architecture: FCNArchitecture
    options: TrainingOptions
    members: int = 1
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True)
class SearchUnit:
    """One trial in one scenario, trained for some epochs: what an inner score belongs to.

    Attributes
    ----------
    trial : Trial
    scenario : int
        Position in the problem's folds.
    epochs : int
        At most the trial's own.
    """

    trial: Trial
    scenario: int
    epochs: int


@dataclass(frozen=True)
class UnitScore:
    """What came out of a unit.

    Attributes
    ----------
    score : float
        Inner macro-F1; 0 where a network of the unit diverged.
    seconds : float
        Share of the stack's wall-clock time; no part of any comparison.
    """

    score: float
    seconds: float


def plan_stacks(problem: InnerProblem, units: Sequence[SearchUnit]) -> list[list[SearchUnit]]:
    """Sort units into stacks: equal shape, batch size, epochs and rows per batch, the longest work first.

    Units of one stack are padded to the same number of rows per batch that each of them has alone, so that
    company changes a unit's probabilities by no more than the rounding of single precision. The plan itself
    depends on the units and on their order only, never on who works through it.

    Parameters
    ----------
    problem : InnerProblem
    units : sequence of SearchUnit
    """
    groups: dict[tuple[object, ...], list[SearchUnit]] = {}
    for unit in units:
        trial = unit.trial
        rows = max(_batch_rows(len(fold.train), trial.batch_size) for fold in problem.folds[unit.scenario])
        shape = trial.architecture(problem.architecture)
        groups.setdefault((shape, trial.batch_size, unit.epochs, rows), []).append(unit)
    stacks = []
    for group in groups.values():
        per_unit = _unit_parameters(problem, group[0])
        size = max(1, _STACK_PARAMETERS // per_unit)
        stacks += [group[start : start + size] for start in range(0, len(group), size)]
    return sorted(stacks, key=lambda stack: -_work(problem, stack))


def score_stack(problem: InnerProblem, units: Sequence[SearchUnit]) -> list[UnitScore]:
    """Train the units of one stack and score each on its inner folds.

    A unit's score is the macro-F1 of all rows that its inner folds validate, pooled, with the mean
    probability of the networks that differ in their seed. It depends on the rows of the scenario's inner
    folds only.

    Parameters
    ----------
    problem : InnerProblem
    units : sequence of SearchUnit
        One entry of `plan_stacks`.

    Returns
    -------
    list of UnitScore
        In the order of the units.
    """
    check_range("the number of networks per inner fold", problem.members, low=1)
    started = time.perf_counter()
    first = units[0]
    threads = torch.get_num_threads()
    # How PyTorch shares a sum among threads would show in its last bits.
    torch.set_num_threads(1)
    try:
        stack = fit_classifier(
            problem.features,
            problem.classes,
            [member for unit in units for member in unit_members(problem, unit)],
            first.trial.architecture(problem.architecture),
            replace(problem.options, epochs=first.epochs, batch_size=first.trial.batch_size),
            device=problem.device,
        ).stack
        probabilities = stack.probabilities(problem.features)
    finally:
        torch.set_num_threads(threads)
    scores = []
    position = 0
    for unit in units:
        folds = problem.folds[unit.scenario]
        count = len(folds) * problem.members
        own = probabilities[position : position + count].reshape(
            len(folds), problem.members, *probabilities.shape[1:]
        )
        scores.append(_pooled_macro_f1(problem.classes, folds, own.mean(1)))
        position += count
    seconds = (time.perf_counter() - started) / len(units)
    return [UnitScore(score, seconds) for score in scores]


def _pooled_macro_f1(classes: IntArray, folds: Sequence[Fold], probabilities: FloatArray) -> float:
    rows = np.concatenate([fold.test for fold in folds])
    pooled = np.concatenate([part[fold.test] for part, fold in zip(probabilities, folds, strict=True)])
    if not np.isfinite(pooled).all():
        return 0.0
    return float(classification_scores(classes[rows], pooled)["f1", "macro"][0])


def unit_members(problem: InnerProblem, unit: SearchUnit) -> list[Member]:
    """Return the networks of a unit, inner fold by inner fold; their seeds depend on the unit only."""
    trial = unit.trial
    return [
        Member(
            train=fold.train,
            seed=derived_seed(problem.seed, trial.number, unit.scenario, number, repeat),
            learning_rate=trial.learning_rate,
            weight_decay=trial.weight_decay,
            dropout=trial.dropout,
            label_smoothing=trial.label_smoothing,
        )
        for number, fold in enumerate(problem.folds[unit.scenario])
        for repeat in range(problem.members)
    ]


def _batch_rows(rows: int, batch_size: int) -> int:
    """Return the rows of the largest batch where ``rows`` are spread evenly; see `BatchStreams`."""
    steps = -(-rows // batch_size)
    return -(-rows // steps)


def _unit_parameters(problem: InnerProblem, unit: SearchUnit) -> int:
    shape = unit.trial.architecture(problem.architecture)
    widths = (shape.n_encoded, *shape.hidden, shape.n_outputs)
    network = sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))
    return network * problem.members * len(problem.folds[unit.scenario])


def _work(problem: InnerProblem, stack: Sequence[SearchUnit]) -> float:
    """Estimate a stack's time: steps times parameters, with a floor for what a step costs anyway."""
    first = stack[0]
    steps = first.epochs * len(problem.features) / first.trial.batch_size
    return steps * (100_000 + len(stack) * _unit_parameters(problem, first))
