"""Encodings and heads: the stack against networks that PyTorch's own layers train one by one."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn

from megathrust.core import InputError, ModelError
from megathrust.explanation import canonical, relevance
from megathrust.models import (
    FCNArchitecture,
    FCNStack,
    Heads,
    PiecewiseLinearEncoding,
    SavedModel,
    load_model,
    save_model,
)
from megathrust.testing import (
    PlainEncoding,
    plain_network,
    plain_probabilities,
    relevance_plainly,
    synthetic_table,
    train_plainly,
)
from megathrust.training import Member, Targets, TrainingOptions, fit_classifier, fit_stack, make_stack

TABLE = synthetic_table(regions={"alu": 30, "kur": 25})
FEATURES, CLASSES = TABLE.features().copy(), TABLE.classes([7.6, 8.4])
# One feature with few different values: fewer bins than were asked for.
FEATURES[:, 5] = np.round(FEATURES[:, 5])
MAGNITUDES = TABLE.frame["MW"].to_numpy(dtype=np.float64).copy()
MAGNITUDES[[3, 20, 41]] = np.nan

HEADS = {
    "classes": Heads(3),
    "ordinal": Heads(3, ordinal=True),
    "ordinal of two": Heads(2, ordinal=True),
    "mse": Heads(magnitude="mse"),
    "huber, uniform": Heads(magnitude="huber", uniform=True),
    "quantile": Heads(magnitude="quantile", quantiles=(0.2, 0.5, 0.9)),
    "both": Heads(3, magnitude="mse"),
    "ordinal and quantile, uniform": Heads(3, True, "quantile", (0.1, 0.6), True),
}


def members(smoothing=0.0):
    """Return members of unequal folds, rates, decays, dropout and seeds, one with weights of its rows.

    The labels of two of them are smoothed, if at all.
    """
    weights = np.linspace(0.0, 2.0, 50)
    return [
        Member(np.arange(0, 40), 11, 3e-3, 0.0, 0.0),
        Member(np.arange(5, 55), 12, 1e-2, 0.1, 0.3, smoothing, row_weights=weights),
        # 25 rows in batches of 8 are 4 steps of 6 or 7 rows.
        Member(np.arange(0, 50, 2), 13, 1e-3, 0.01, 0.5, smoothing / 2.0),
    ]


def targets_of(heads):
    classes = np.minimum(CLASSES, heads.classes - 1) if heads.classes else None
    return Targets(classes, MAGNITUDES if heads.magnitude_outputs else None)


def fitted(heads, options, chosen=None, **shape):
    architecture = FCNArchitecture(6, heads.n_outputs, (9, 7), heads=heads, **shape)
    return fit_stack(FEATURES, targets_of(heads), chosen or suited(heads), architecture, options)


def suited(heads):
    return members(0.2 if heads.classes else 0.0)


@pytest.mark.parametrize("heads", HEADS.values(), ids=HEADS.keys())
@pytest.mark.parametrize(
    ("encoding", "batch_norm"),
    # Behind batch norm a bin that is full for a whole batch has no gradient but rounding, that Adam enlarges.
    [("none", "after"), ("piecewise_linear", "none"), ("periodic", "before")],
)
def test_stack_of_k_equals_k_separate_trainings(heads, encoding, batch_norm):
    options = TrainingOptions(3, 8, "adamw", task_weights="learned")
    shape = {"encoding": encoding, "encoding_units": 5, "batch_norm": batch_norm}
    together = fitted(heads, options, **shape)
    for k, member in enumerate(suited(heads)):
        alone = fitted(heads, options, [member], **shape)
        ours = together.stack.select([k]).outputs(FEATURES)
        # Adam divides by the size of gradients: rounding of small ones grows from step to step.
        np.testing.assert_allclose(ours, alone.stack.outputs(FEATURES), atol=3e-5)
        np.testing.assert_allclose(together.losses[:, k], alone.losses[:, 0], atol=1e-5)


OPTIONS = {
    "plain": TrainingOptions(4, 8),
    "learned": TrainingOptions(4, 8, "adamw", task_weights="learned"),
    "weighted": TrainingOptions(4, 8, class_weights=True, magnitude_weight=0.3, huber_delta=0.4),
    "balanced": TrainingOptions(4, 8, schedule="constant", sampling="balanced"),
}


@pytest.mark.parametrize("heads", HEADS.values(), ids=HEADS.keys())
@pytest.mark.parametrize("name", OPTIONS)
def test_stack_equals_pytorch_for_every_head(heads, name):
    options = OPTIONS[name]
    if not heads.classes and name != "plain":
        options = TrainingOptions(4, 8, huber_delta=0.4)
    encoding = {"plain": "piecewise_linear", "weighted": "periodic"}.get(name, "none")
    shape = {"encoding": encoding, "encoding_units": 4}
    stack = fitted(heads, options, **shape).stack
    architecture, targets = stack.architecture, targets_of(heads)
    for k, member in enumerate(suited(heads)):
        network = train_plainly(
            FEATURES, targets.classes, member, architecture, options, magnitudes=targets.magnitudes
        )
        part = FEATURES[member.train]
        x = torch.tensor((FEATURES - part.mean(0)) / part.std(0), dtype=torch.float32)
        own = stack.select([k])
        with torch.no_grad():
            plain = network(x)
        np.testing.assert_allclose(own.outputs(FEATURES)[0], plain.numpy(), atol=5e-5)
        if heads.classes:
            expected = plain_probabilities(plain, heads).numpy()
            np.testing.assert_allclose(own.probabilities(FEATURES)[0], expected, atol=5e-5)


@pytest.mark.parametrize("units", [1, 3, 20])
def test_bins_equal_the_plain_twin(units):
    architecture = FCNArchitecture(6, 2, (4,), encoding="piecewise_linear", encoding_units=units)
    stack = make_stack(FEATURES[None], Targets(CLASSES[None]), members(), architecture, TrainingOptions())
    wide = np.concatenate([FEATURES, 10.0 * FEATURES])
    for k, member in enumerate(members()):
        part = FEATURES[member.train]
        scaled = (part - part.mean(0)) / part.std(0)
        plain = PlainEncoding(architecture, scaled, stack.select([k]))
        x = torch.tensor((wide - part.mean(0)) / part.std(0)).float()
        ours = stack.select([k]).encoding(x[None])[0]
        np.testing.assert_allclose(ours.numpy(), plain(x).numpy(), rtol=2e-5, atol=2e-5)


def test_bins_hold_equal_numbers_of_rows_and_constants_stay_silent():
    layer = PiecewiseLinearEncoding(1, 2, 4)
    x = np.stack([np.arange(101.0), np.full(101, 3.0)], axis=1)
    layer.fit(0, x)
    encoded = layer(torch.tensor(x).float()[None])[0].numpy()
    np.testing.assert_allclose(encoded[:, :4].sum(1), np.arange(101.0) / 25.0, atol=1e-6)
    assert np.all(encoded[:, 4:] == 0.0)
    beyond = layer(torch.tensor([[[125.0, 99.0]]]))[0, 0].numpy()
    np.testing.assert_allclose(beyond, [1, 1, 1, 2, 0, 0, 0, 0], atol=1e-6)


def as_plain(stack, train):
    """Return a stack of one member as double-precision PyTorch layers for standardised inputs."""
    network = plain_network(stack.architecture, 0, train).double()
    ours = [layer for layer in stack.layers if hasattr(layer, "draw") and hasattr(layer, "weight")]
    theirs = [layer for layer in network if isinstance(layer, nn.Linear)]
    for our, their in zip(ours, theirs, strict=True):
        their.weight.data, their.bias.data = our.weight.data[0].T.double(), our.bias.data[0].double()
    if stack.architecture.encoding == "periodic":
        network[0].frequencies.data = stack.encoding.frequencies.data[0].double()
    return nn.Sequential(*[part for part in network if isinstance(part, nn.Linear | nn.ReLU | PlainEncoding)])


@pytest.mark.parametrize("encoding", ["piecewise_linear", "periodic"])
@pytest.mark.parametrize("epsilon", [1e-9, 1e-3])
def test_relevance_passes_through_encodings(encoding, epsilon):
    stack = fitted(HEADS["classes"], TrainingOptions(8, 8), encoding=encoding, encoding_units=5).stack
    explained = relevance(stack, FEATURES, epsilon=epsilon)
    assert explained.features.shape == (3, 3, 55, 6)
    total = explained.features.sum(-1) + explained.bias
    np.testing.assert_allclose(total, explained.delta, atol=1e-11)
    member = members()[1]
    part = FEATURES[member.train]
    network = as_plain(stack.select([1]), ((part - part.mean(0)) / part.std(0)))
    x = canonical(stack).scaling(torch.tensor(FEATURES).expand(3, -1, -1))[1].numpy()
    for row in (0, 17, 54):
        for chosen in range(3):
            plain, lost, output = relevance_plainly(network, x[row], chosen, epsilon)
            # The stack keeps its bins in single precision.
            size = np.abs(plain).max()
            np.testing.assert_allclose(explained.features[1, chosen, row], plain, atol=1e-5 * size)
            assert explained.bias[1, chosen, row] == pytest.approx(lost, abs=1e-5 * size)
            assert explained.delta[1, chosen, row] == pytest.approx(output, abs=1e-5)


@pytest.mark.parametrize("heads", HEADS.values(), ids=HEADS.keys())
@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
def test_nothing_is_lost_for_any_head(heads, batch_norm):
    stack = fitted(
        heads, TrainingOptions(4, 8), encoding="piecewise_linear", encoding_units=4, batch_norm=batch_norm
    ).stack
    explained = relevance(stack, FEATURES, epsilon=1e-2)
    total = explained.features.sum(-1) + explained.bias
    scale = 1.0 + np.abs(explained.features).sum(-1) + np.abs(explained.bias)
    assert np.max(np.abs(total - explained.delta) / scale) < 1e-12
    ours = stack.outputs(FEATURES).transpose(0, 2, 1)
    np.testing.assert_allclose(explained.delta, ours, atol=1e-4)


def test_predictions_of_every_head():
    options = TrainingOptions(80, 24)
    learners = [Member(np.arange(0, 45), seed, 2e-2) for seed in range(3)]
    known = np.isfinite(MAGNITUDES)
    spread = np.nanstd(MAGNITUDES)
    for heads in HEADS.values():
        stack = fitted(heads, options, learners).stack
        if heads.classes:
            probabilities = stack.probabilities(FEATURES)
            np.testing.assert_allclose(probabilities.sum(-1), 1.0, atol=1e-5)
            wanted = np.minimum(CLASSES, heads.classes - 1)
            assert (probabilities.mean(0).argmax(-1) == wanted)[:45].mean() > 0.75
        if heads.magnitude_outputs:
            miss = np.abs(stack.magnitudes(FEATURES) - MAGNITUDES)[:, known][:, :40]
            assert miss.mean() < 0.5 * spread
        if heads.magnitude == "quantile":
            quantiles = stack.quantiles(FEATURES)
            assert quantiles.shape == (3, 55, len(heads.quantiles))
            assert np.all(np.diff(quantiles, axis=-1) >= 0.0)


def test_quantiles_hold_their_share():
    random = np.random.default_rng(5)
    x = random.normal(size=(600, 1))
    magnitude = 7.5 + 0.4 * x[:, 0] + 0.3 * random.normal(size=600)
    heads = Heads(magnitude="quantile", quantiles=(0.1, 0.5, 0.9))
    architecture = FCNArchitecture(1, 3, (16,), heads=heads)
    fit = fit_stack(
        x, Targets(None, magnitude), [Member(np.arange(600), 0, 1e-2)], architecture, TrainingOptions(40, 50)
    )
    below = (magnitude[:, None] < fit.stack.quantiles(x)[0]).mean(0)
    np.testing.assert_allclose(below, heads.quantiles, atol=0.05)


@pytest.mark.parametrize("uniform", [False, True])
def test_magnitudes_go_there_and_back(uniform):
    heads = Heads(magnitude="mse", uniform=uniform)
    architecture = FCNArchitecture(6, 1, (4,), heads=heads)
    stack = make_stack(
        FEATURES[None], Targets(None, MAGNITUDES[None]), members(), architecture, TrainingOptions()
    )
    train = members()[0].train
    known = train[np.isfinite(MAGNITUDES[train])]
    scaled = stack.magnitude_scale.scaled(0, MAGNITUDES)
    assert np.isnan(scaled[3])
    if uniform:
        assert np.nanmin(scaled) >= 0.0
        assert np.nanmax(scaled) <= 1.0
        assert abs(scaled[known].mean() - 0.5) < 0.02
    else:
        assert abs(scaled[known].mean()) < 1e-6
    back = stack.magnitude_scale.magnitudes(np.stack([scaled[known]] * 3))[0]
    np.testing.assert_allclose(back, MAGNITUDES[known], atol=1e-2)


def test_a_row_without_weight_changes_nothing():
    heads = HEADS["both"]
    weights = np.ones(40)
    weights[7] = 0.0
    one = Member(np.arange(40), 1, 1e-2, row_weights=weights)
    changed = Targets(CLASSES.copy(), MAGNITUDES.copy())
    changed.classes[7] = (CLASSES[7] + 1) % 3
    architecture = FCNArchitecture(6, 4, (5,), heads=heads)
    first, second = (
        fit_stack(FEATURES, targets, [one], architecture, TrainingOptions(3, 8)).stack.outputs(FEATURES)
        for targets in (targets_of(heads), changed)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("encoding", ["none", "piecewise_linear", "periodic"])
def test_saved_and_loaded_with_heads_and_encodings(encoding, tmp_path):
    heads = HEADS["ordinal and quantile, uniform"]
    stack = fitted(heads, TrainingOptions(2, 8), encoding=encoding, frequency_spread=0.3).stack
    names, units = tuple(TABLE.feature_names), ("1",) * 6
    model = SavedModel(stack, names, units, (7.6, 8.4), ({},) * 3, {"0": ("alu:1",)})
    save_model(model, tmp_path / "m")
    again = load_model(tmp_path / "m").stack
    assert again.architecture == stack.architecture
    np.testing.assert_array_equal(again.quantiles(FEATURES), stack.quantiles(FEATURES))
    np.testing.assert_array_equal(again.probabilities(FEATURES), stack.probabilities(FEATURES))
    joined = FCNStack.join([again.select([2]), again.select([0, 1])])
    np.testing.assert_allclose(joined.magnitudes(FEATURES), stack.magnitudes(FEATURES)[[2, 0, 1]], atol=1e-5)
    description = json.loads((tmp_path / "m" / "model.json").read_text())
    description["architecture"]["heads"]["quantiles"] = [0.9, 0.1]
    (tmp_path / "m" / "model.json").write_text(json.dumps(description))
    with pytest.raises(ModelError, match="do not fit"):
        load_model(tmp_path / "m")


def test_models_from_before_there_were_heads_are_read(tmp_path):
    stack = fit_classifier(
        FEATURES, CLASSES, members(), FCNArchitecture(6, 3, (4,)), TrainingOptions(1, 8)
    ).stack
    save_model(SavedModel(stack, ("A",) * 6, ("1",) * 6, (7.6, 8.4), ({},) * 3, {}), tmp_path / "m")
    description = json.loads((tmp_path / "m" / "model.json").read_text())
    for name in ("heads", "encoding", "encoding_units", "frequency_spread"):
        del description["architecture"][name]
    (tmp_path / "m" / "model.json").write_text(json.dumps(description))
    again = load_model(tmp_path / "m").stack
    np.testing.assert_array_equal(again.probabilities(FEATURES), stack.probabilities(FEATURES))


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="predicts nothing"):
        Heads()
    with pytest.raises(InputError, match="number of classes"):
        Heads(1, ordinal=True)
    with pytest.raises(InputError, match="do not increase"):
        Heads(magnitude="quantile", quantiles=(0.5, 0.1))
    with pytest.raises(InputError, match="another number of outputs"):
        FCNArchitecture(6, 2, heads=Heads(3))
    with pytest.raises(InputError, match="unknown encoding"):
        FCNArchitecture(6, 2, encoding="fourier")
    with pytest.raises(InputError, match="do not agree on magnitudes"):
        fit_stack(
            FEATURES,
            Targets(CLASSES),
            members(),
            FCNArchitecture(6, 4, heads=HEADS["both"]),
            TrainingOptions(1),
        )
    only = FCNArchitecture(6, 1, (4,), heads=HEADS["mse"])
    with pytest.raises(InputError, match="label smoothing need classes"):
        fit_stack(FEATURES, Targets(None, MAGNITUDES), members(0.1), only, TrainingOptions(1))
    with pytest.raises(InputError, match="no known magnitude"):
        fit_stack(FEATURES, Targets(None, MAGNITUDES * np.nan), members(), only, TrainingOptions(1))
    with pytest.raises(InputError, match="weight of a row"):
        Member(np.arange(2), 0, row_weights=np.array([1.0, -1.0]))
    classifier = fit_classifier(
        FEATURES, CLASSES, members(), FCNArchitecture(6, 3, (4,)), TrainingOptions(1)
    ).stack
    for question in ("magnitudes", "quantiles"):
        with pytest.raises(InputError, match="predicts no"):
            getattr(classifier, question)(FEATURES)
    regressor = fitted(HEADS["mse"], TrainingOptions(1)).stack
    with pytest.raises(InputError, match="predicts no classes"):
        regressor.probabilities(FEATURES)
