from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import nn

from megathrust.core import InputError
from megathrust.explanation import canonical, relevance
from megathrust.models import FCNArchitecture, StackedLinear
from megathrust.testing import plain_network, relevance_plainly, synthetic_table, train_plainly
from megathrust.training import Member, TrainingOptions, fit_classifier

TABLE = synthetic_table(regions={"alu": 30, "kur": 25})
FEATURES, CLASSES = TABLE.features(), TABLE.classes([6.5, 8.0])
MEMBERS = [Member(np.arange(40), 1, 1e-2, dropout=0.2), Member(np.arange(10, 55), 2, 1e-2)]


def fitted(batch_norm="none", activation="relu"):
    architecture = FCNArchitecture(6, 3, (12, 8), activation, batch_norm)
    return fit_classifier(FEATURES, CLASSES, MEMBERS, architecture, TrainingOptions(8, 8)).stack


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("epsilon", [1e-9, 1e-2])
def test_nothing_is_lost(batch_norm, activation, epsilon):
    stack = fitted(batch_norm, activation)
    explained = relevance(stack, FEATURES, epsilon=epsilon)
    assert explained.features.shape == (2, 3, 55, 6)
    np.testing.assert_allclose(
        explained.features.sum(-1) + explained.bias, explained.delta, atol=1e-12, rtol=1e-12
    )
    with torch.no_grad():
        logits = stack(torch.tensor(FEATURES).float()).numpy().transpose(0, 2, 1)
    np.testing.assert_allclose(explained.delta, logits, atol=1e-6 * max(1.0, np.abs(logits).max()) * 5)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("epsilon", [1e-9, 1e-3])
def test_equals_the_plain_twin(activation, epsilon):
    architecture, options = FCNArchitecture(6, 3, (12, 8), activation), TrainingOptions(8, 8)
    stack = fit_classifier(FEATURES, CLASSES, MEMBERS, architecture, options).stack
    network = as_sequential(stack.select([1]))
    explained = relevance(stack, FEATURES, epsilon=epsilon)
    x = canonical(stack).scaling(torch.tensor(FEATURES).expand(2, -1, -1))[1].numpy()
    for row in (0, 17, 54):
        for chosen in range(3):
            plain, lost, output = relevance_plainly(network, x[row], chosen, epsilon)
            np.testing.assert_allclose(explained.features[1, chosen, row], plain, rtol=1e-9, atol=1e-11)
            assert explained.bias[1, chosen, row] == pytest.approx(lost, rel=1e-9, abs=1e-11)
            assert explained.delta[1, chosen, row] == pytest.approx(output)


def as_sequential(stack):
    """Return the one member of a stack as double-precision PyTorch layers, for standardised inputs."""
    architecture = stack.architecture
    network = plain_network(architecture, seed=0).double()
    ours = [layer for layer in stack.layers if isinstance(layer, StackedLinear)]
    theirs = [layer for layer in network if isinstance(layer, nn.Linear)]
    for our, their in zip(ours, theirs, strict=True):
        their.weight.data = our.weight.data[0].T.double()
        their.bias.data = our.bias.data[0].double()
    return nn.Sequential(*[layer for layer in network if isinstance(layer, nn.Linear | nn.ReLU | nn.Tanh)])


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_equals_captum(chosen):
    stack = fitted()
    explained = relevance(stack, FEATURES, epsilon=1e-6)
    for k in range(2):
        network = as_sequential(stack.select([k]))
        for layer in network:
            if isinstance(layer, nn.Linear):
                layer.rule = EpsilonRule(epsilon=1e-6)
        x = canonical(stack).scaling(torch.tensor(FEATURES).expand(2, -1, -1))[k]
        theirs = LRP(network).attribute(x.clone().requires_grad_(), target=chosen).detach().numpy()
        scale = np.abs(theirs).max(-1, keepdims=True)
        assert np.max(np.abs(explained.features[k, chosen] - theirs) / scale) < 1e-5


def test_batch_norm_is_folded_without_changing_the_function():
    for place in ("before", "after"):
        stack = fitted(place)
        network = canonical(stack)
        x = network.scaling(torch.tensor(FEATURES).expand(2, -1, -1))
        with torch.no_grad():
            np.testing.assert_allclose(
                network.forward(x)[-1].numpy(), stack(torch.tensor(FEATURES).float()).numpy(), atol=1e-4
            )


def test_a_dead_network_divides_by_no_zero():
    stack = fitted()
    for parameter in stack.parameters():
        parameter.data.zero_()
    explained = relevance(stack, FEATURES)
    assert np.all(explained.features == 0.0)
    assert np.all(explained.bias == 0.0)


def test_blocks_of_members_change_nothing(monkeypatch):
    stack = fitted()
    whole = relevance(stack, FEATURES)
    told = []
    monkeypatch.setattr("megathrust.explanation._explained.BLOCK_NUMBERS", 1)
    parts = relevance(stack, np.stack([FEATURES, FEATURES]), progress=lambda *a: told.append(a))
    np.testing.assert_allclose(parts.features, whole.features, rtol=1e-9, atol=1e-12)
    assert told == [(1, 2), (2, 2)]


def test_relevance_finds_the_drivers():
    table = synthetic_table(seed=4, noise=0.0)
    x, y = table.features(), table.classes([8.0])
    members = [Member(np.arange(len(x)), seed, 1e-2, dropout=0.2) for seed in range(10)]
    stack = fit_classifier(x, y, members, FCNArchitecture(6, 2, (32,)), TrainingOptions(30, 16)).stack
    strength = np.abs(relevance(stack, x).features[:, 1]).mean((0, 1))
    assert set(np.argsort(strength)[-2:]) == {0, 1}
    assert strength[:2].min() > 3.0 * strength[2:].max()


def test_what_cannot_be_explained_is_refused():
    stack = fitted()
    with pytest.raises(InputError, match="epsilon"):
        relevance(stack, FEATURES, epsilon=0.0)
    with pytest.raises(InputError, match="another number of features"):
        relevance(stack, FEATURES[:, :4])
    stack.layers.append(nn.Softmax(dim=-1))
    with pytest.raises(InputError, match=r"no rule for a layer \(given: Softmax"):
        canonical(stack)


def test_plain_training_is_explained_alike():
    """The trained stack and a network that PyTorch trained get the same relevance."""
    architecture, options = FCNArchitecture(6, 3, (12, 8)), TrainingOptions(4, 8)
    stack = fit_classifier(FEATURES, CLASSES, MEMBERS[:1], architecture, options).stack
    network = train_plainly(FEATURES, CLASSES, MEMBERS[0], architecture, options)
    network = nn.Sequential(*[layer for layer in network if isinstance(layer, nn.Linear | nn.ReLU)]).double()
    x = canonical(stack).scaling(torch.tensor(FEATURES)[None])[0].numpy()
    plain, _, _ = relevance_plainly(network, x[3], 2, 1e-6)
    np.testing.assert_allclose(relevance(stack, FEATURES).features[0, 2, 3], plain, atol=1e-3)
