"""Trials, halving, inner scores, and the places where they are computed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from megathrust.core import InputError
from megathrust.splits import ChunkSplitter, InnerSplitter
from megathrust.testing import ClassQuestion, plain_inner_score, synthetic_table
from megathrust.training import (
    TRIAL_PARAMETERS,
    InnerProblem,
    Network,
    SearchUnit,
    Trial,
    draw_trials,
    fit_classifier,
    parameter_importance,
    plan_stacks,
    propose_trials,
    rung_epochs,
    score_stack,
    survivors,
)
from megathrust.training._search import unit_members

COMMON = Network()
#: What is not drawn here keeps the value of the networks.
SPACE = {name: CategoricalDistribution([value]) for name, value in COMMON.parameters().items()} | {
    "depth": CategoricalDistribution([1, 2]),
    "width": CategoricalDistribution([4, 7]),
    "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
    "weight_decay": FloatDistribution(1e-5, 1e-1, log=True),
    "dropout": FloatDistribution(0.0, 0.5),
    "batch_size": CategoricalDistribution([8, 16]),
    "epochs": CategoricalDistribution([2, 4]),
    "encoding": CategoricalDistribution(["none", "piecewise_linear"]),
    "encoding_units": CategoricalDistribution([3, 5]),
    "features_seen": CategoricalDistribution([None, 3]),
    "label_smoothing": FloatDistribution(0.0, 0.2),
}
TABLE = synthetic_table(regions={"alu": 30, "kur": 25, "sam": 33})
OUTER = ChunkSplitter().split(TABLE)


def inner_problem(table=TABLE, **changes):
    problem = InnerProblem(
        features=table.features(),
        question=ClassQuestion(table.classes([8.0])),
        folds=tuple(tuple(InnerSplitter(blocks=2).split(table, fold)) for fold in OUTER),
        seed=5,
    )
    return replace(problem, **changes)


PINNED = {
    "depth": 2,
    "width": 4,
    "learning_rate": 0.006919764146790414,
    "weight_decay": 0.08523422702383784,
    "dropout": 0.02863309796524849,
    "batch_size": 16,
    "epochs": 4,
    "label_smoothing": 0.09697780854990777,
}


def units_of(trials, scenarios=(0, 1, 4)):
    return [
        SearchUnit(trial, scenario, trial.network.epochs) for trial, scenario in product(trials, scenarios)
    ]


def test_a_trial_depends_on_the_seed_and_its_number_only():
    table = draw_trials(SPACE, COMMON, seed=3, count=50)
    assert [trial.number for trial in table] == list(range(50))
    assert draw_trials(SPACE, COMMON, seed=3, count=7) == table[:7]
    shuffled = dict(reversed(SPACE.items()))
    assert draw_trials(shuffled, COMMON, seed=3, count=7) == table[:7]
    assert draw_trials(SPACE, COMMON, seed=4, count=7) != table[:7]
    assert len({trial.network.learning_rate for trial in table}) == 50


def test_trials_keep_to_the_space_and_fill_it():
    table = draw_trials(SPACE, COMMON, seed=0, count=400)
    for name in TRIAL_PARAMETERS:
        values = np.array([trial.parameters[name] for trial in table])
        if isinstance(SPACE[name], CategoricalDistribution):
            assert set(values) == set(SPACE[name].choices)
            continue
        low, high = SPACE[name].low, SPACE[name].high
        assert values.min() >= low
        assert values.max() <= high
        scaled = (
            np.log(values / low) / np.log(high / low) if SPACE[name].log else (values - low) / (high - low)
        )
        # Evenly spread: mean and spread of a uniform variable, within five standard errors.
        assert scaled.mean() == pytest.approx(0.5, abs=0.08)
        assert scaled.std() == pytest.approx(12**-0.5, abs=0.04)


def test_the_trial_table_is_the_same_on_every_machine():
    trial = draw_trials(SPACE, COMMON, seed=0, count=3)[2]
    parameters = trial.parameters
    network = {name: parameters.pop(name) for name in ("encoding", "encoding_units", "features_seen")}
    assert network == {"encoding": "none", "encoding_units": 5, "features_seen": 3}
    assert {name: parameters[name] for name in PINNED} == pytest.approx(PINNED)
    assert trial.network.hidden == (PINNED["width"],) * PINNED["depth"]


def test_proposals_depend_on_the_history_only_and_follow_it():
    table = draw_trials(SPACE, COMMON, seed=0, count=40)
    scores = [0.5 - abs(np.log10(trial.network.learning_rate) + 2.0) / 10.0 for trial in table]
    proposed = propose_trials(SPACE, COMMON, table, scores, seed=1, count=6)
    assert proposed == propose_trials(SPACE, COMMON, table, scores, seed=1, count=6)
    assert [trial.number for trial in proposed] == list(range(40, 46))
    assert len({trial.network.learning_rate for trial in proposed}) == 6
    off = [abs(np.log10(trial.network.learning_rate) + 2.0) for trial in proposed]
    everywhere = [abs(np.log10(trial.network.learning_rate) + 2.0) for trial in table]
    assert np.median(off) < 0.5 * np.median(everywhere)
    assert propose_trials(SPACE, COMMON, [], [], seed=3, count=4) == draw_trials(
        SPACE, COMMON, seed=3, count=4
    )


def test_importance_finds_what_decides_the_scores():
    table = draw_trials(SPACE, COMMON, seed=0, count=60)
    shares = parameter_importance(SPACE, table, [np.log10(trial.network.learning_rate) for trial in table])
    assert shares.sum() == pytest.approx(1.0)
    assert TRIAL_PARAMETERS[int(shares.argmax())] == "learning_rate"
    assert shares.max() > 0.8
    assert np.isnan(parameter_importance(SPACE, table, [0.5] * 60)).all()
    assert np.isnan(parameter_importance(SPACE, table[:3], [0.1, 0.2, 0.3])).all()
    fixed = {**SPACE, "dropout": FloatDistribution(0.2, 0.2)}
    trials = draw_trials(fixed, COMMON, seed=0, count=20)
    shares = parameter_importance(fixed, trials, [trial.parameters["width"] for trial in trials])
    assert shares[TRIAL_PARAMETERS.index("dropout")] == 0.0


def test_a_space_must_cover_the_parameters():
    with pytest.raises(InputError, match="search space does not cover"):
        draw_trials({"depth": SPACE["depth"]}, COMMON, seed=0, count=1)
    with pytest.raises(InputError, match="number of trials"):
        draw_trials(SPACE, COMMON, seed=0, count=0)
    with pytest.raises(InputError, match="differ in length"):
        propose_trials(SPACE, COMMON, draw_trials(SPACE, COMMON, seed=0, count=2), [0.5], seed=0, count=1)


def test_rungs_and_survivors():
    assert [rung_epochs(2, rung, rungs=4, reduction=4) for rung in range(4)] == [1, 1, 1, 2]
    assert rung_epochs(60, 0, rungs=1, reduction=3) == 60
    assert survivors({4: 0.1, 2: 0.9, 3: 0.9, 1: 0.5}, reduction=2) == [2, 3]
    assert survivors({4: 0.1, 2: 0.9, 3: 0.9, 1: 0.5}, reduction=1) == [2, 3, 1, 4]
    assert survivors({7: 0.0}, reduction=9) == [7]
    with pytest.raises(InputError, match="reduction"):
        rung_epochs(60, 0, rungs=2, reduction=1.0)


def test_stacks_hold_every_unit_once_and_only_equal_ones():
    problem = inner_problem()
    units = units_of(draw_trials(SPACE, COMMON, seed=1, count=30), range(5))
    stacks = plan_stacks(problem, units)
    planned = [unit for stack in stacks for unit in stack]
    assert len(planned) == len(units)
    assert set(planned) == set(units)
    assert len(stacks) < len(units) / 2
    for stack in stacks:
        alike = {(unit.trial.network.hidden, unit.trial.network.batch_size, unit.epochs) for unit in stack}
        assert len(alike) == 1


@pytest.mark.parametrize("batch_norm", ["none", "after"])
def test_company_changes_no_number(batch_norm):
    problem = inner_problem(members=2)
    trials = draw_trials(SPACE, Network(batch_norm=batch_norm), seed=1, count=9)
    stacks = plan_stacks(problem, units_of(trials))
    assert max(len(stack) for stack in stacks) > 2
    for stack in stacks:
        together = [one.score for one in score_stack(problem, stack)]
        backwards = [one.score for one in score_stack(problem, stack[::-1])][::-1]
        alone = [score_stack(problem, [unit])[0].score for unit in stack]
        assert together == backwards == alone


def test_company_changes_probabilities_by_rounding_only():
    problem = inner_problem()
    stack = max(plan_stacks(problem, units_of(draw_trials(SPACE, COMMON, seed=2, count=24))), key=len)
    members = [member for unit in stack for member in unit_members(problem, unit)]
    architecture = problem.architecture(stack[0].trial.network)
    options = problem.question.options(stack[0].trial.network)

    def probabilities(chosen):
        fit = fit_classifier(problem.features, problem.question.classes, chosen, architecture, options)
        return fit.stack.probabilities(problem.features)

    together = probabilities(members)
    for number in range(len(stack)):
        own = slice(2 * number, 2 * number + 2)
        np.testing.assert_allclose(together[own], probabilities(members[own]), atol=1e-6)


def test_scores_equal_those_of_plain_trainings():
    problem = inner_problem(members=2)
    for unit in units_of(draw_trials(SPACE, COMMON, seed=6, count=3), (0, 3)):
        seeds = np.array([member.seed for member in unit_members(problem, unit)]).reshape(2, 2)
        assert len(set(seeds.ravel())) == 4
        (ours,) = score_stack(problem, [unit])
        assert ours.score == pytest.approx(plain_inner_score(problem, unit, seeds), abs=1e-9)


def test_outer_test_rows_change_no_inner_score():
    units = [
        SearchUnit(trial, 2, trial.network.epochs) for trial in draw_trials(SPACE, COMMON, seed=1, count=5)
    ]
    problem = inner_problem()
    features, classes = problem.features.copy(), problem.question.classes.copy()
    rows = OUTER[2].test
    features[rows] += 50.0
    classes[rows] = 1 - classes[rows]
    other = replace(problem, features=features, question=ClassQuestion(classes))
    for unit in units:
        assert score_stack(problem, [unit])[0].score == score_stack(other, [unit])[0].score


def test_a_diverged_trial_scores_nothing_and_harms_nobody():
    good = draw_trials(SPACE, COMMON, seed=1, count=1)[0]
    bad = Trial(1, good.network.with_parameters(learning_rate=1e30))
    problem = inner_problem()
    first, second = score_stack(problem, [SearchUnit(trial, 0, 4) for trial in (good, bad)])
    assert second.score == 0.0
    assert first.score == score_stack(problem, [SearchUnit(good, 0, 4)])[0].score > 0.0


def test_trials_know_their_widths():
    assert COMMON.with_parameters(depth=3, width=16).hidden == (16, 16, 16)
