"""Inner scores of trials: many configurations, folds and seeds in one stack."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np

from megathrust.core import FloatArray, IntArray, ProgressCallback, check_range, short_repr
from megathrust.models import FCNArchitecture, FCNStack, Heads, derived_seed
from megathrust.splits import Fold
from megathrust.training._fit import fit_stack
from megathrust.training._network import Member, Network, TrainingOptions
from megathrust.training._targets import Targets
from megathrust.training._threads import single_threaded
from megathrust.training._trials import Trial

# Parameters trained at once: with gradients and moments they still fit the caches of a laptop.
_STACK_PARAMETERS = 750_000


class Question(Protocol):
    """What networks are asked, as far as a search must know."""

    @property
    def heads(self) -> Heads:
        """What the networks predict."""

    def options(self, network: Network) -> TrainingOptions:
        """Return what members of these settings share in their training."""

    @property
    def worst(self) -> float:
        """The merit of networks that diverged."""

    def targets(self, rows: IntArray) -> Targets:
        """Return the targets of some rows."""

    def predicted(self, stack: FCNStack, features: FloatArray) -> FloatArray:
        """Return what every network predicts, (members, rows, ...)."""

    def merit(self, rows: IntArray, predicted: FloatArray) -> float:
        """Return how good a prediction of some rows is: higher is better."""


@short_repr
@dataclass(frozen=True)
class InnerProblem:
    """What trials are scored on.

    Attributes
    ----------
    features : ndarray, shape (rows, features)
    question : Question
    folds : tuple of tuple of Fold
        Inner folds of every scenario, from an `InnerSplitter`.
    members : int
        Networks per inner fold, which differ in their seed.
    seed : int
    device : str
    shared_by : int
        Networks that share the matrices of their hidden layers.
    """

    features: FloatArray
    question: Question
    folds: tuple[tuple[Fold, ...], ...]
    members: int = 1
    seed: int = 0
    device: str = "cpu"
    shared_by: int = 1

    def architecture(self, network: Network) -> FCNArchitecture:
        """Return the shape of networks of some settings."""
        heads = self.question.heads
        return network.architecture(self.features.shape[1], heads, shared_by=self.shared_by)


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
        Merit on the inner folds; the worst there is where a network of the unit diverged.
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
        options = _options(problem, unit)
        rows = max(_batch_rows(len(fold.train), options.batch_size) for fold in problem.folds[unit.scenario])
        shape = problem.architecture(unit.trial.network)
        groups.setdefault((shape, options, rows), []).append(unit)
    stacks = []
    for group in groups.values():
        per_unit = _unit_parameters(problem, group[0])
        size = max(1, _STACK_PARAMETERS // per_unit)
        stacks += [group[start : start + size] for start in range(0, len(group), size)]
    return sorted(stacks, key=lambda stack: -_work(problem, stack))


def score_stack(
    problem: InnerProblem, units: Sequence[SearchUnit], progress: ProgressCallback | None = None
) -> list[UnitScore]:
    """Train the units of one stack and score each on its inner folds.

    A unit's score is the merit of all rows that its inner folds validate, pooled, with the mean prediction of
    the networks that differ in their seed. It depends on the rows of the scenario's inner folds only.

    Parameters
    ----------
    problem : InnerProblem
    units : sequence of SearchUnit
        One entry of `plan_stacks`.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    list of UnitScore
        In the order of the units.
    """
    check_range("the number of networks per inner fold", problem.members, low=1)
    started = time.perf_counter()
    first, question = units[0], problem.question
    with single_threaded():
        stack = fit_stack(
            problem.features,
            question.targets(np.arange(len(problem.features))),
            [member for unit in units for member in unit_members(problem, unit)],
            problem.architecture(first.trial.network),
            _options(problem, first),
            device=problem.device,
            progress=progress,
        ).stack
        predicted = question.predicted(stack, problem.features)
    scores = []
    position = 0
    for unit in units:
        folds = problem.folds[unit.scenario]
        count = len(folds) * problem.members
        shape = len(folds), problem.members, *predicted.shape[1:]
        own = predicted[position : position + count].reshape(shape)
        scores.append(_pooled_merit(question, folds, own.mean(1)))
        position += count
    seconds = (time.perf_counter() - started) / len(units)
    return [UnitScore(score, seconds) for score in scores]


def _pooled_merit(question: Question, folds: Sequence[Fold], predicted: FloatArray) -> float:
    rows = np.concatenate([fold.test for fold in folds])
    pooled = np.concatenate([part[fold.test] for part, fold in zip(predicted, folds, strict=True)])
    return question.merit(rows, pooled) if np.isfinite(pooled).all() else question.worst


def unit_members(problem: InnerProblem, unit: SearchUnit) -> list[Member]:
    """Return the networks of a unit, inner fold by inner fold; their seeds depend on the unit only."""
    trial = unit.trial
    return [
        trial.network.member(
            fold.train, derived_seed(problem.seed, f"trial {trial.number}", fold.name, f"member {repeat}")
        )
        for fold in problem.folds[unit.scenario]
        for repeat in range(problem.members)
    ]


def _options(problem: InnerProblem, unit: SearchUnit) -> TrainingOptions:
    return replace(problem.question.options(unit.trial.network), epochs=unit.epochs)


def _batch_rows(rows: int, batch_size: int) -> int:
    """Return the rows of the largest batch where ``rows`` are spread evenly; see `BatchStreams`."""
    steps = -(-rows // batch_size)
    return -(-rows // steps)


def _unit_parameters(problem: InnerProblem, unit: SearchUnit) -> int:
    shape = problem.architecture(unit.trial.network)
    widths = (shape.n_encoded, *shape.hidden, shape.n_outputs)
    network = sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))
    return network * problem.members * len(problem.folds[unit.scenario])


def _work(problem: InnerProblem, stack: Sequence[SearchUnit]) -> float:
    """Estimate a stack's time: steps times parameters, with a floor for what a step costs anyway."""
    first = stack[0]
    steps = first.epochs * len(problem.features) / first.trial.network.batch_size
    return steps * (100_000 + len(stack) * _unit_parameters(problem, first))
