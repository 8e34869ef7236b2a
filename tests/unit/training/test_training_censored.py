"""The censored likelihood: a plain twin, planted laws recovered, and a run from settings to columns."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from megathrust.core import InputError
from megathrust.evaluation import censored_log_score
from megathrust.models import FCNArchitecture, FCNStack, Heads
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.testing import synthetic_table
from megathrust.training import Member, Targets, TrainingOptions, fit_stack
from megathrust.training._losses import magnitude_losses

CENSORED = Heads(magnitude="censored")


def test_the_loss_is_that_of_the_normal_law_row_by_row():
    random = np.random.default_rng(0)
    outputs = torch.tensor(random.normal(size=(2, 9, 2)) * 2.0)
    wanted = torch.tensor(random.normal(size=(2, 9)))
    wanted[:, ::3] = torch.nan
    weights, floor = torch.tensor(random.uniform(0.0, 2.0, (2, 9))), torch.tensor([-0.2, 0.4])
    weights = weights.double()
    got = magnitude_losses(outputs, wanted, weights, CENSORED, floor=floor.double())
    for member in range(2):
        total = 0.0
        for row in range(9):
            raw, centre = outputs[member, row].tolist()
            spread = np.log1p(np.exp(raw)) + 0.05
            label, least = float(wanted[member, row]), float(floor[member])
            if label >= least:
                cost = -norm.logpdf(label, centre, spread) - 0.5 * np.log(2.0 * np.pi)
            else:
                cost = -norm.logcdf(least, centre, spread)
            total += float(weights[member, row]) * cost
        assert float(got[member]) == pytest.approx(total / float(weights[member].sum()))


def test_gradients_are_finite_where_labels_are_unknown_or_laws_are_far_off():
    outputs = torch.tensor([[[0.0, 60.0], [-40.0, -60.0], [0.0, 0.0]]], requires_grad=True)
    wanted = torch.tensor([[torch.nan, 1.0, torch.nan]])
    loss = magnitude_losses(outputs, wanted, torch.ones(1, 3), CENSORED, floor=torch.tensor([0.0]))
    (slope,) = torch.autograd.grad(loss.sum(), outputs)
    assert torch.isfinite(loss).all()
    assert torch.isfinite(slope).all()


def censored_rows(rows=1500, completeness=7.0):
    """Return one feature, true magnitudes 6.8 + 0.6 x +- 0.5, and labels unknown below completeness."""
    random = np.random.default_rng(1)
    x = random.normal(size=(rows, 1))
    true = 6.8 + 0.6 * x[:, 0] + 0.5 * random.normal(size=rows)
    return x, true, np.where(true >= completeness, true, np.nan)


def fitted(loss):
    x, _, labels = censored_rows()
    heads = Heads(magnitude=loss, quantiles=(0.1, 0.5, 0.9))
    shape = FCNArchitecture(1, heads.n_outputs, (16,), heads=heads)
    members = [Member(np.arange(len(x)), seed, learning_rate=1e-2) for seed in range(2)]
    options = TrainingOptions(epochs=30, completeness=7.0)
    return fit_stack(x, Targets(magnitudes=labels), members, shape, options).stack


def test_a_planted_law_is_recovered_below_completeness_where_squares_are_far_off():
    stack, squares = fitted("censored"), fitted("mse")
    x = np.linspace(-1.5, 1.5, 7)[:, None]
    true = 6.8 + 0.6 * x[:, 0]
    quantiles = stack.quantiles(x).mean(0)
    assert np.abs(quantiles[:, 1] - true).max() < 0.25
    spread = (quantiles[:, 2] - quantiles[:, 0]) / (2.0 * norm.ppf(0.9))
    np.testing.assert_allclose(spread, 0.5, atol=0.15)
    np.testing.assert_allclose(stack.magnitudes(x).mean(0), quantiles[:, 1])
    assert squares.magnitudes(x).mean(0)[0] - true[0] > 1.0


def test_a_label_below_completeness_says_no_more_than_none():
    x, true, labels = censored_rows(200)
    stacks = []
    for given in (labels, np.where(np.isnan(labels), np.minimum(true, 6.9), labels)):
        shape = FCNArchitecture(1, 2, (4,), heads=CENSORED)
        stack = FCNStack(shape, np.zeros((1, 1)), np.ones((1, 1)))
        stack.draw([1])
        stack.magnitude_scale.fit(0, labels)
        outputs = stack(torch.tensor(x).float())
        scaled = torch.tensor(stack.magnitude_scale.scaled(0, given))[None].float()
        floor = torch.tensor(stack.magnitude_scale.scaled(0, np.array([7.0]))).float()
        stacks.append(magnitude_losses(outputs, scaled, torch.ones(1, 200), CENSORED, floor=floor).item())
    assert stacks[0] == pytest.approx(stacks[1], rel=1e-6)


def test_the_log_score_is_least_for_the_law_that_made_the_labels():
    x, _, labels = censored_rows()
    levels = (0.1, 0.5, 0.9)

    def score(shift, spread):
        centre = 6.8 + shift + 0.6 * x[:, 0]
        law = centre[:, None] + spread * norm.ppf(levels)
        return censored_log_score(labels, law, levels, completeness=7.0)["censored_log_score", "all"][0]

    best = score(0.0, 0.5)
    assert all(score(*other) > best for other in ((0.2, 0.5), (-0.2, 0.5), (0.0, 0.3), (0.0, 0.9)))
    seen = labels >= 7.0
    by_hand = np.where(
        seen, norm.logpdf(labels, 6.8 + 0.6 * x[:, 0], 0.5), norm.logcdf(7.0, 6.8 + 0.6 * x[:, 0], 0.5)
    )
    assert best == pytest.approx(-by_hand.mean())
    with pytest.raises(InputError, match="one quantile tells no spread"):
        censored_log_score(labels, np.ones((len(labels), 1)), (0.5,), completeness=7.0)


def test_a_task_asks_for_it_and_scores_segments_without_an_event():
    config = load_config(
        "quick", tasks=["magnitude"], magnitude={"loss": "censored", "completeness": 7.4, "members": 1}
    )
    task = tasks_of(synthetic_table(), config)[0]
    assert task.options().completeness == 7.4
    assert task.heads.n_outputs == 2
    predictand = task.leading
    said = np.tile([6.0, 7.0, 8.0], (5, 1))
    scores = predictand.own_scores(np.array([np.nan, 7.5, 8.0, 6.0, np.nan]), said, np.ones((1, 5)))
    assert {"censored_log_score", "coverage", "pinball"} <= {metric for metric, _ in scores}
    assert list(predictand.own_columns(said[None])) == [
        "magnitude_spread", "magnitude_q10", "magnitude_q50", "magnitude_q90",
    ]  # fmt: skip


def test_ranks_have_no_completeness():
    with pytest.raises(InputError, match="ranks know no completeness"):
        Heads(magnitude="censored", uniform=True)
