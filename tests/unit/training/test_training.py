from __future__ import annotations

from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from megathrust.core import InputError
from megathrust.models import ACTIVATIONS, FCNArchitecture, FCNStack, StackedBatchNorm, stream
from megathrust.testing import synthetic_table, train_plainly
from megathrust.training import BatchStreams, Member, TrainingOptions, fit_classifier
from megathrust.training._fit import standardization
from megathrust.training._schedule import one_cycle

TABLE = synthetic_table(regions={"alu": 30, "kur": 25})
FEATURES, CLASSES = TABLE.features(), TABLE.classes([8.0])


def members(**changes):
    """Return members of unequal folds, rates and seeds; the steps per epoch differ, too."""
    return [
        Member(np.arange(0, 40), 11, 3e-3, 0.0, 0.0),
        Member(np.arange(5, 55), 12, 1e-2, 0.1, 0.3),
        Member(np.arange(0, 55, 2), 13, 1e-3, 0.01, 0.5),
    ]


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_stack_of_k_equals_k_separate_trainings(batch_norm, optimizer):
    architecture = FCNArchitecture(6, 2, (9, 7), batch_norm=batch_norm)
    options = TrainingOptions(6, 8, optimizer, class_weights=True)
    together = fit_classifier(FEATURES, CLASSES, members(), architecture, options)
    for k, member in enumerate(members()):
        alone = fit_classifier(FEATURES, CLASSES, [member], architecture, options)
        np.testing.assert_allclose(
            together.stack.select([k]).probabilities(FEATURES),
            alone.stack.probabilities(FEATURES),
            atol=2e-6,
        )
        np.testing.assert_allclose(together.losses[:, k], alone.losses[:, 0], atol=1e-5)


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "elu"])
@pytest.mark.parametrize(("optimizer", "schedule"), [("adam", "one_cycle"), ("adamw", "constant")])
def test_stack_equals_pytorch_layer_by_layer(batch_norm, activation, optimizer, schedule):
    architecture = FCNArchitecture(6, 2, (9, 7), activation, batch_norm)
    options = TrainingOptions(5, 8, optimizer, schedule, class_weights=True)
    stack = fit_classifier(FEATURES, CLASSES, members(), architecture, options).stack
    for k, member in enumerate(members()):
        network = train_plainly(FEATURES, CLASSES, member, architecture, options)
        part = FEATURES[member.train]
        x = torch.tensor((FEATURES - part.mean(0)) / part.std(0), dtype=torch.float32)
        with torch.no_grad():
            plain = torch.softmax(network(x), dim=-1).numpy()
        np.testing.assert_allclose(stack.select([k]).probabilities(FEATURES)[0], plain, atol=2e-5)


def test_a_changed_test_row_changes_no_fitted_number():
    architecture, options = FCNArchitecture(6, 2, (5,), batch_norm="after"), TrainingOptions(3, 8)
    member = Member(np.arange(0, 40), 1, dropout=0.2)
    other, labels = FEATURES.copy(), CLASSES.copy()
    other[45] += 100.0
    labels[45] = 1 - labels[45]
    one, two = (
        fit_classifier(x, y, [member], architecture, options).stack.state_dict()
        for x, y in ((FEATURES, CLASSES), (other, labels))
    )
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_worlds_of_features_and_labels():
    architecture, options = FCNArchitecture(6, 2, (5,)), TrainingOptions(3, 8)
    worlds = np.stack([FEATURES, FEATURES[::-1]])
    labels = np.stack([CLASSES, 1 - CLASSES])
    base = members()[:1]
    both = [*base, replace(base[0], world=1)]
    together = fit_classifier(worlds, labels, both, architecture, options).stack
    second = fit_classifier(worlds[1], labels[1], base, architecture, options).stack
    np.testing.assert_allclose(
        together.select([1]).probabilities(FEATURES), second.probabilities(FEATURES), atol=1e-6
    )


@pytest.mark.parametrize(("steps", "peak"), [(7, 0.1), (100, 1e-3), (23, 1.0)])
def test_one_cycle_equals_pytorch(steps, peak):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=steps, cycle_momentum=False)
    for step in range(steps):
        ours = one_cycle(step, [steps, 1], [peak, peak])
        assert ours[0] == pytest.approx(schedule.get_last_lr()[0], rel=1e-6)
        optimizer.step()
        if step < steps - 1:
            schedule.step()
    assert one_cycle(steps, [steps], [peak])[0] == 0.0


def test_each_epoch_shows_each_training_row_once():
    streams = BatchStreams(members(), batch_size=8, epochs=2, widths=(3,))
    assert streams.steps.tolist() == [10, 14, 8]
    for k, member in enumerate(members()):
        per_epoch = int(streams.steps_per_epoch[k])
        fresh = BatchStreams(members(), batch_size=8, epochs=2, widths=(3,))
        seen = [fresh.step(number) for number in range(2 * per_epoch)]
        for epoch in range(2):
            part = seen[epoch * per_epoch : (epoch + 1) * per_epoch]
            rows = np.concatenate([r[k][p[k]] for r, p, _ in part])
            assert np.array_equal(np.sort(rows), member.train)
        assert min(p[k].sum() for _, p, _ in seen) >= 2


@pytest.mark.parametrize("encoding", ["none", "piecewise_linear", "periodic"])
def test_inputs_that_are_kept_and_inputs_computed_anew_train_the_same_networks(encoding, monkeypatch):
    shape = {"encoding": encoding, "encoding_units": 4, "features_seen": 3, "batch_norm": "before"}
    architecture = FCNArchitecture(6, 2, (9, 7), **shape)
    holed = np.where(np.arange(6) == np.arange(55)[:, None] % 9, np.nan, FEATURES)
    held = np.arange(3, 9)
    validated = [replace(each, train=np.setdiff1d(each.train, held), validation=held) for each in members()]
    validated[1] = replace(validated[1], world=1)
    asked = Mock(wraps=FCNStack.inputs)
    monkeypatch.setattr(FCNStack, "inputs", lambda stack, x: asked(stack, x))
    fits, calls = [], []
    for most in (1 << 26, 0):
        monkeypatch.setattr("megathrust.training._trainer.MOST_INPUTS", most)
        asked.reset_mock()
        given = np.stack([holed, -2.0 * holed]), CLASSES, validated
        fits.append(fit_classifier(*given, architecture, TrainingOptions(5, 8)))
        calls.append(asked.call_count)
    kept, anew = fits
    assert calls[0] == 1 < calls[1]
    np.testing.assert_allclose(kept.losses, anew.losses, atol=1e-5)
    np.testing.assert_allclose(kept.validation_losses, anew.validation_losses, atol=1e-5)
    ours, theirs = (fit.stack.outputs(FEATURES) for fit in fits)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_word_of_the_generator_is_four_draws_of_dropout():
    # Below 65536 * 0.25 a unit is dropped.
    member = Member(np.arange(6), 5, dropout=0.25)
    _, _, (mask,) = BatchStreams([member], batch_size=6, epochs=1, widths=(3,)).step(0)
    words = [int(word) for word in stream(5, "dropout").integers(0, 1 << 64, size=5, dtype=np.uint64)]
    draws = [(word >> (16 * place)) & 0xFFFF for word in words for place in range(4)]
    assert (mask.flatten() > 0).tolist() == [draw >= 16384 for draw in draws[:18]]


def test_dropout_keeps_the_wanted_share_and_the_mean():
    wide = [Member(np.arange(50), 3, dropout=rate) for rate in (0.0, 0.25, 0.5)]
    streams = BatchStreams(wide, batch_size=50, epochs=1, widths=(400, 100))
    _, _, masks = streams.step(0)
    assert [tuple(mask.shape) for mask in masks] == [(3, 50, 400), (3, 50, 100)]
    for k, rate in enumerate((0.0, 0.25, 0.5)):
        mask = masks[0][k]
        assert float((mask == 0).float().mean()) == pytest.approx(rate, abs=0.02)
        assert set(np.unique(mask)) <= {0.0, np.float32(1.0 / (1.0 - rate))}


def test_a_constant_feature_stays_zero():
    constant = FEATURES.copy()
    constant[:, 2] = 1e6 + 0.1
    shift, scale = standardization(constant[None], members())
    assert np.all(scale[:, 2] == 1.0)
    np.testing.assert_allclose(constant[:, 2] - shift[0, 2], 0.0, atol=1e-9)


def test_batch_norm_of_a_single_row_stays_finite():
    norm = StackedBatchNorm(2, 3).train()
    x = torch.ones(2, 1, 3)
    assert torch.isfinite(norm(x, torch.tensor([[1.0], [0.0]]))).all()
    assert torch.equal(norm.running_var, torch.ones(2, 3))
    assert torch.equal(norm.running_mean[1], torch.zeros(3))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_learns(activation):
    options = TrainingOptions(15, 16)
    fit = fit_classifier(
        FEATURES, CLASSES, [Member(np.arange(55), 0, 1e-2)], FCNArchitecture(6, 2, (8,), activation), options
    )
    assert fit.losses[-1, 0] < fit.losses[0, 0]


def test_progress_reaches_its_end():
    told = []
    options = TrainingOptions(2, 8)
    fit_classifier(
        FEATURES, CLASSES, members(), FCNArchitecture(6, 2, (4,)), options, progress=lambda *a: told.append(a)
    )
    assert told == [(i + 1, 14) for i in range(14)]


def test_bad_input_is_refused():
    architecture, options = FCNArchitecture(6, 2, (4,)), TrainingOptions(2, 8)
    missing = FEATURES.copy()
    missing[3, 1] = np.inf
    with pytest.raises(InputError, match="row 3, column 1"):
        fit_classifier(missing, CLASSES, members(), architecture, options)
    with pytest.raises(InputError, match="another number of features"):
        fit_classifier(FEATURES[:, :5], CLASSES, members(), architecture, options)
    with pytest.raises(InputError, match="class is out of range"):
        fit_classifier(FEATURES, CLASSES + 1, members(), architecture, options)
    with pytest.raises(InputError, match="without members"):
        fit_classifier(FEATURES, CLASSES, [], architecture, options)
    with pytest.raises(InputError, match="row that is not there"):
        fit_classifier(FEATURES[:30], CLASSES[:30], members(), architecture, options)
    with pytest.raises(InputError, match=r"device cannot be used \(given: quantum"):
        fit_classifier(FEATURES, CLASSES, members(), architecture, options, device="quantum")
    with pytest.raises(InputError, match="dropout"):
        Member(np.arange(3), 0, dropout=1.0)
    with pytest.raises(InputError, match="batch size"):
        TrainingOptions(batch_size=1)
    with pytest.raises(InputError, match="hidden layer has no unit"):
        FCNArchitecture(6, 2, ())
    with pytest.raises(InputError, match="unknown activation"):
        FCNArchitecture(6, 2, (3,), "swish")


def test_stacks_are_taken_apart_and_joined():
    architecture = FCNArchitecture(6, 2, (4,))
    stack = fit_classifier(FEATURES, CLASSES, members(), architecture, TrainingOptions(2, 8)).stack
    again = FCNStack.join([stack.select([0, 1]), stack.select([2])])
    np.testing.assert_array_equal(again.probabilities(FEATURES), stack.probabilities(FEATURES))
    with pytest.raises(InputError, match="one architecture"):
        FCNStack.join([stack, FCNStack(FCNArchitecture(6, 3, (4,)), np.zeros((1, 6)), np.ones((1, 6)))])
    with pytest.raises(InputError, match="input scaling"):
        FCNStack(architecture, np.zeros((1, 5)), np.ones((1, 5)))
