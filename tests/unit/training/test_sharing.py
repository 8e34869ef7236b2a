"""Members that share weights: training, early stopping, failures, selection, files, relevance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from megathrust.core import InputError, ModelError
from megathrust.explanation import canonical, relevance
from megathrust.models import (
    FCNArchitecture,
    FCNStack,
    Heads,
    SavedModel,
    SharedLinear,
    StackedLinear,
    load_model,
    save_model,
)
from megathrust.testing import synthetic_table, train_group_plainly
from megathrust.training import Member, Targets, TrainingOptions, fit_classifier, fit_stack
from megathrust.training._adam import StackedAdam

TABLE = synthetic_table(regions={"alu": 30, "kur": 25})
FEATURES, CLASSES = TABLE.features(), TABLE.classes([8.0])
MAGNITUDES = TABLE.frame["MW"].to_numpy(dtype=np.float64)
ROWS = (np.arange(0, 40), np.arange(12, 55))
ARCHITECTURE = FCNArchitecture(6, 2, (9, 7), shared_by=3)


# Rows, rates and decay are those of a group of three, seeds and dropout those of a member.
def members(groups=(0, 1), validate=False, rates=(3e-3, 1e-2), **changes):
    return [
        Member(
            ROWS[group],
            10 * group + k + 1,
            rates[group],
            0.02 * group,
            0.2 * k,
            validation=np.setdiff1d(np.arange(55), ROWS[group]) if validate else None,
            **changes,
        )
        for group in groups
        for k in range(3)
    ]


def drawn(architecture=ARCHITECTURE, seeds=(4, 5, 6, 7, 8, 9)):
    random = np.random.default_rng(0)
    shape = len(seeds), architecture.n_features
    stack = FCNStack(architecture, random.normal(size=shape), random.uniform(0.5, 2.0, shape))
    stack.draw(seeds)
    return stack.eval()


def scrambled(architecture=ARCHITECTURE, count=6):
    """Return a stack whose every parameter, moment and scale is some number of its own."""
    stack = drawn(architecture, range(count))
    generator = torch.Generator().manual_seed(1)
    for name, tensor in stack.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2.0, generator=generator)
        elif not name.startswith("layers.0."):
            tensor.add_(torch.randn(tensor.shape, generator=generator), alpha=0.4)
    return stack


def hidden(stack):
    return [layer for layer in stack.layers if isinstance(layer, SharedLinear)]


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize(("optimizer", "schedule"), [("adam", "one_cycle"), ("adamw", "constant")])
@pytest.mark.parametrize("encoding", ["none", "piecewise_linear", "periodic"])
def test_groups_equal_the_plain_twin(batch_norm, optimizer, schedule, encoding):
    # Batch norm of cosines of tiny frequencies, all nearly 1, would leave little but rounding.
    architecture = replace(
        ARCHITECTURE, batch_norm=batch_norm, encoding=encoding, encoding_units=3, frequency_spread=0.5
    )
    options = TrainingOptions(3, 16, optimizer, schedule)
    stack = fit_classifier(FEATURES, CLASSES, members(), architecture, options).stack
    for group, rows in enumerate(ROWS):
        own = members([group])
        networks = train_group_plainly(FEATURES, CLASSES, own, architecture, options)
        x = torch.tensor((FEATURES - FEATURES[rows].mean(0)) / FEATURES[rows].std(0), dtype=torch.float32)
        for k, network in enumerate(networks):
            with torch.no_grad():
                plain = torch.softmax(network(x), dim=-1).numpy()
            ours = stack.select([3 * group + k]).probabilities(FEATURES)[0]
            np.testing.assert_allclose(ours, plain, atol=3e-5)


@pytest.mark.parametrize("encoding", ["none", "piecewise_linear"])
def test_a_group_sees_one_subset_of_the_features(encoding):
    architecture = replace(ARCHITECTURE, features_seen=4, encoding=encoding, encoding_units=3)
    options = TrainingOptions(3, 16)
    stack = fit_classifier(FEATURES, CLASSES, members(), architecture, options).stack
    chosen = stack.subset.chosen
    assert torch.equal(chosen, chosen[[0, 0, 0, 3, 3, 3]])
    assert not torch.equal(chosen[0], chosen[3])
    explained, plain = relevance(stack, FEATURES), relevance(stack.unshared(), FEATURES)
    np.testing.assert_array_equal(explained.features, plain.features)
    for group, rows in enumerate(ROWS):
        seen = FEATURES[:, chosen[3 * group].numpy()]
        small = replace(architecture, n_features=4, features_seen=None)
        networks = train_group_plainly(seen, CLASSES, members([group]), small, options)
        x = torch.tensor((seen - seen[rows].mean(0)) / seen[rows].std(0), dtype=torch.float32)
        for k, network in enumerate(networks):
            with torch.no_grad():
                expected = torch.softmax(network(x), dim=-1).numpy()
            ours = stack.select([3 * group + k]).probabilities(FEATURES)[0]
            np.testing.assert_allclose(ours, expected, atol=3e-5)


@pytest.mark.parametrize("batch_norm", ["none", "after"])
def test_groups_together_equal_groups_apart(batch_norm):
    architecture = replace(ARCHITECTURE, batch_norm=batch_norm)
    options = TrainingOptions(12, 8, patience=2)
    together = fit_classifier(FEATURES, CLASSES, members(validate=True), architecture, options)
    for group in range(2):
        alone = fit_classifier(FEATURES, CLASSES, members([group], validate=True), architecture, options)
        own = slice(3 * group, 3 * group + 3)
        assert alone.stopped == together.stopped[own]
        np.testing.assert_array_equal(alone.best_epochs, together.best_epochs[own])
        np.testing.assert_allclose(alone.losses, together.losses[:, own], atol=1e-5)
        np.testing.assert_allclose(
            alone.stack.probabilities(FEATURES),
            together.stack.probabilities(FEATURES)[own],
            atol=1e-5,
        )
        shared = together.stack.select(range(3 * group, 3 * group + 3))
        np.testing.assert_allclose(
            hidden(shared)[0].weight.detach(), hidden(alone.stack)[0].weight.detach(), atol=1e-5
        )


@pytest.mark.parametrize("decoupled", [False, True])
def test_what_is_shared_moves_by_the_mean_of_the_gradients(decoupled):
    generator = torch.Generator().manual_seed(0)
    shared = torch.randn(2, 5, generator=generator).requires_grad_()
    own = torch.randn(4, 5, generator=generator).requires_grad_()
    rates, decay = np.array([0.1, 0.1, 0.3, 0.3]), np.array([0.5, 0.5, 0.0, 0.0])
    ours = StackedAdam([shared, own], weight_decay=decay, decoupled=decoupled)
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    groups = []
    for group in range(2):
        tensors = [shared.detach()[group].clone(), own.detach()[2 * group : 2 * group + 2].clone()]
        tensors = [tensor.requires_grad_() for tensor in tensors]
        groups.append((tensors, kind(tensors, lr=rates[2 * group], weight_decay=decay[2 * group])))
    for number in range(1, 4):
        scale = torch.randn(4, 5, generator=generator)
        torch.autograd.backward(((shared.repeat_interleave(2, 0) * own - scale) ** 2).sum())
        ours.step(number, rates)
        for group, ((matrix, adapters), optimizer) in enumerate(groups):
            optimizer.zero_grad()
            torch.autograd.backward(((matrix * adapters - scale[2 * group : 2 * group + 2]) ** 2).sum())
            matrix.grad /= 2
            optimizer.step()
            np.testing.assert_allclose(shared[group].detach(), matrix.detach(), atol=1e-6)
            np.testing.assert_allclose(own[2 * group : 2 * group + 2].detach(), adapters.detach(), atol=1e-6)


def test_how_members_start():
    stack, plain = drawn(), drawn(replace(ARCHITECTURE, shared_by=1))
    ours = [layer for layer in plain.layers if isinstance(layer, StackedLinear)]
    first, second = hidden(stack)
    for layer, alone in zip((first, second), ours[:-1], strict=True):
        assert torch.equal(layer.weight, alone.weight[[0, 3]])
        assert torch.equal(layer.bias, alone.bias[[0, 0, 0, 3, 3, 3]])
        assert (layer.output_scale == 1.0).all()
    # Output layers are everyone's own, the same as without sharing.
    assert torch.equal(stack.layers[-1].weight, ours[-1].weight)
    assert set(first.input_scale.unique().tolist()) == {-1.0, 1.0}
    assert len(first.input_scale.unique(dim=0)) == 6
    assert (second.input_scale == 1.0).all()


def test_units_of_an_encoded_feature_start_with_one_scale():
    for encoding, units in (("piecewise_linear", 4), ("periodic", 8)):
        stack = drawn(replace(ARCHITECTURE, encoding=encoding, encoding_units=4))
        scale = hidden(stack)[0].input_scale.view(6, 6, units)
        assert torch.equal(scale, scale[..., :1].expand(-1, -1, units))
        assert len(scale[..., 0].unique()) == 36
        if encoding == "periodic":
            frequencies = stack.encoding.frequencies
            assert torch.equal(frequencies, frequencies[[0, 0, 0, 3, 3, 3]])
            assert not torch.equal(frequencies[0], frequencies[3])


def test_the_same_seeds_give_the_same_numbers_and_other_seeds_others():
    options = TrainingOptions(3, 8)
    one, two = (fit_classifier(FEATURES, CLASSES, members(), ARCHITECTURE, options).stack for _ in range(2))
    assert all(torch.equal(tensor, two.state_dict()[name]) for name, tensor in one.state_dict().items())
    probabilities = one.probabilities(FEATURES)
    for a in range(6):
        for b in range(a):
            assert np.abs(probabilities[a] - probabilities[b]).max() > 1e-3


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
def test_selection_unfolds_unless_groups_are_whole(batch_norm):
    stack = scrambled(replace(ARCHITECTURE, batch_norm=batch_norm))
    outputs = stack.outputs(FEATURES)
    for chosen, shared_by in (
        (range(3, 6), 3),
        ([3, 4, 5, 0, 1, 2], 3),
        (range(6), 3),
        ([4], 1),
        ([0, 1], 1),
        ([1, 2, 3], 1),
        ([0, 2, 1], 1),
        ([5, 0, 1, 5], 1),
        ([0, 1, 2, 3], 1),
    ):
        part = stack.select(chosen)
        assert part.architecture.shared_by == shared_by
        np.testing.assert_allclose(part.outputs(FEATURES), outputs[list(chosen)], rtol=1e-4, atol=2e-5)
    pairs = scrambled(replace(ARCHITECTURE, batch_norm=batch_norm, shared_by=2))
    part = pairs.select([4, 5, 0, 1])
    assert part.architecture.shared_by == 2
    expected = pairs.outputs(FEATURES)[[4, 5, 0, 1]]
    np.testing.assert_allclose(part.outputs(FEATURES), expected, rtol=1e-4, atol=2e-5)
    plain = stack.unshared()
    assert plain.members == 6
    assert not hidden(plain)
    np.testing.assert_allclose(plain.outputs(FEATURES), outputs, rtol=1e-4, atol=2e-5)
    again = FCNStack.join([stack.select([3, 4, 5]), stack.select([0, 1, 2])])
    np.testing.assert_allclose(again.outputs(FEATURES), outputs[[3, 4, 5, 0, 1, 2]], rtol=1e-5, atol=2e-5)
    state = {name: tensor.numpy() for name, tensor in stack.state_dict().items()}
    np.testing.assert_array_equal(
        FCNStack.from_arrays(stack.architecture, state).outputs(FEATURES), stack.outputs(FEATURES)
    )


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("encoding", ["none", "piecewise_linear"])
def test_relevance_equals_that_of_the_unshared_stack(batch_norm, encoding):
    architecture = replace(ARCHITECTURE, batch_norm=batch_norm, encoding=encoding, encoding_units=3)
    options = TrainingOptions(4, 8)
    stack = fit_classifier(FEATURES, CLASSES, members(), architecture, options).stack
    explained, plain = relevance(stack, FEATURES), relevance(stack.unshared(), FEATURES)
    np.testing.assert_array_equal(explained.features, plain.features)
    np.testing.assert_array_equal(explained.bias, plain.bias)
    np.testing.assert_allclose(
        explained.features.sum(-1) + explained.bias, explained.delta, atol=1e-12, rtol=1e-12
    )
    np.testing.assert_allclose(explained.delta.transpose(0, 2, 1), stack.outputs(FEATURES), atol=2e-5)
    assert len(canonical(stack).chain[0].weight) == 6


def test_blocks_that_cut_groups_change_no_relevance(monkeypatch):
    stack = scrambled()
    whole = relevance(stack, FEATURES)
    monkeypatch.setattr("megathrust.explanation._explained.BLOCK_NUMBERS", 4 * 55 * 9 * 2)
    parts = relevance(stack, FEATURES)
    np.testing.assert_allclose(parts.features, whole.features, rtol=1e-9, atol=1e-12)


def test_a_group_keeps_the_epoch_of_its_least_mean_loss():
    options = TrainingOptions(25, 8, schedule="constant")
    rates = (2e-2, 3e-2)
    done = fit_classifier(FEATURES, CLASSES, members(validate=True, rates=rates), ARCHITECTURE, options)
    assert done.best_epochs.min() < 24
    # Alone, members of a group would prefer different epochs.
    assert len(set(done.validation_losses[:, :3].argmin(0))) > 1
    for group in range(2):
        own = slice(3 * group, 3 * group + 3)
        best = int(done.validation_losses[:, own].mean(1).argmin())
        assert done.best_epochs[own].tolist() == [best] * 3
        # A training that ends there has the same parameters, shared and own.
        short = fit_classifier(
            FEATURES, CLASSES, members([group], rates=rates), ARCHITECTURE, replace(options, epochs=best + 1)
        )
        np.testing.assert_allclose(
            done.stack.probabilities(FEATURES)[own], short.stack.probabilities(FEATURES), atol=1e-5
        )


def test_a_group_loses_patience_together():
    options = TrainingOptions(40, 8, patience=2, schedule="constant")
    done = fit_classifier(FEATURES, CLASSES, members(validate=True), ARCHITECTURE, options)
    for group in range(2):
        own = slice(3 * group, 3 * group + 3)
        assert len(set(done.stopped[own])) == 1
        assert done.stopped[own][0].startswith("no lower validation loss since epoch")
        ran = np.isfinite(done.losses[:, own]).sum(0)
        assert ran.tolist() == [done.best_epochs[3 * group] + 3] * 3


@pytest.mark.parametrize("validate", [False, True])
@pytest.mark.parametrize("failing", [0, 1])
def test_a_member_that_fails_stops_its_group_only(validate, failing):
    options = TrainingOptions(5, 8)
    wild = members(validate=validate)
    # Weights of rows so large that the loss of this member alone is not finite.
    worst = 3 * failing + 1
    wild[worst] = replace(wild[worst], row_weights=np.full(len(ROWS[failing]), 3e38))
    done = fit_classifier(FEATURES, CLASSES, wild, ARCHITECTURE, options)
    healthy = 1 - failing
    assert done.stopped[3 * healthy : 3 * healthy + 3] == ("", "", "")
    assert done.stopped[worst].startswith("its training loss became")
    for other in (worst - 1, worst + 1):
        reason = f"member {worst}, which it shares weights with, failed: its training"
        assert done.stopped[other].startswith(reason)
    alone = fit_classifier(FEATURES, CLASSES, members([healthy], validate=validate), ARCHITECTURE, options)
    probabilities = done.stack.probabilities(FEATURES).reshape(2, 3, 55, 2)
    np.testing.assert_allclose(probabilities[healthy], alone.stack.probabilities(FEATURES), atol=1e-5)
    assert np.isnan(probabilities[failing]).all()


@pytest.mark.parametrize("stop_at", [4, 11])
def test_resumed_training_equals_the_uninterrupted_one_bit_for_bit(tmp_path, stop_at):
    heads = Heads(2, magnitude="mse")
    architecture = replace(ARCHITECTURE, n_outputs=3, heads=heads, batch_norm="after")
    options = TrainingOptions(4, 8, patience=3, task_weights="learned")
    path = tmp_path / "training.safetensors"

    def train(**changes):
        targets = Targets(CLASSES, MAGNITUDES)
        return fit_stack(FEATURES, targets, members(validate=True), architecture, options, **changes)

    def interrupt(done, total):
        if done == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(checkpoint=path, checkpoint_every=3, progress=interrupt)
    resumed, whole = train(checkpoint=path, checkpoint_every=3), train()
    state = whole.stack.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in resumed.stack.state_dict().items())
    np.testing.assert_array_equal(resumed.validation_losses, whole.validation_losses)
    with pytest.raises(ModelError, match="belongs to another training"):
        fit_stack(
            FEATURES,
            Targets(CLASSES, MAGNITUDES),
            members(validate=True),
            replace(architecture, shared_by=1),
            options,
            checkpoint=path,
        )


def test_saved_models_go_on_sharing(tmp_path):
    stack = scrambled(replace(ARCHITECTURE, batch_norm="after"))
    names = tuple("ABCDEF")
    notes = tuple({"fold": "0", "seed": seed} for seed in range(6))
    save_model(SavedModel(stack, names, ("1",) * 6, (8.0,), notes, {"0": ("alu:1",)}), tmp_path / "m")
    again = load_model(tmp_path / "m").stack
    assert again.architecture == stack.architecture
    np.testing.assert_array_equal(again.outputs(FEATURES), stack.outputs(FEATURES))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"train": np.arange(1, 40)}, "differ in training rows"),
        ({"validation": np.arange(40, 50)}, "differ in validation rows"),
        ({"validation": None}, "differ in validation rows"),
        ({"world": 1}, "differ in world"),
        ({"learning_rate": 1e-4}, "differ in learning rate"),
        ({"weight_decay": 0.5}, "differ in weight decay"),
    ],
)
def test_groups_of_unlike_members_are_refused(changes, sentence):
    unlike = members(validate=True)
    unlike[2] = replace(unlike[2], **changes)
    with pytest.raises(InputError, match=rf"{sentence}.*members 0 and 2"):
        fit_classifier(FEATURES, CLASSES, unlike, ARCHITECTURE, TrainingOptions(1, 8))


def test_members_of_a_group_may_differ_in_seed_dropout_and_weights_of_rows():
    weighted = [replace(m, row_weights=np.linspace(0.1, 1.0, len(m.train))) for m in members()]
    done = fit_classifier(FEATURES, CLASSES, weighted, ARCHITECTURE, TrainingOptions(2, 8))
    assert np.isfinite(done.losses).all()


def test_incomplete_groups_are_refused():
    for wrong in (members()[:5], members()[:2]):
        with pytest.raises(InputError, match=r"whole groups.*a multiple of 3 members"):
            fit_classifier(FEATURES, CLASSES, wrong, ARCHITECTURE, TrainingOptions(1, 8))
    with pytest.raises(InputError, match="members that share weights is out of range"):
        FCNArchitecture(6, 2, shared_by=0)
    shared, own = torch.zeros(1, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    optimizer = StackedAdam([shared, own], weight_decay=np.zeros(2), decoupled=False)
    torch.autograd.backward((own * shared + shared).sum())
    with pytest.raises(InputError, match="differ in learning rate or weight decay"):
        optimizer.step(1, np.array([0.1, 0.2]))


def test_only_training_and_validation_rows_of_a_group_matter():
    other, labels = FEATURES.copy(), CLASSES.copy()
    other[50:] += 100.0
    labels[50:] = 1 - labels[50:]
    own = [replace(member, validation=np.arange(40, 50)) for member in members([0])]
    one = fit_classifier(FEATURES, CLASSES, own, ARCHITECTURE, TrainingOptions(4, 8)).stack.state_dict()
    two = fit_classifier(other, labels, own, ARCHITECTURE, TrainingOptions(4, 8)).stack.state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
