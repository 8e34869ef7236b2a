"""Each rule against its plain twin, Captum, and its own law."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from captum.attr import LRP, DeepLift
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule, GammaRule
from torch import nn

from megathrust.core import InputError
from megathrust.explanation import (
    ATTRIBUTIONS,
    COMPOSITES,
    RULES,
    AttributionOptions,
    Background,
    ExplainedStack,
    check_rule,
    conservation,
    make_background,
    relevance,
)
from megathrust.models import FCNArchitecture, import_networks
from megathrust.testing import plain_rule_relevance
from megathrust.training import Member, TrainingOptions, fit_classifier

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(7, 5))
GRID = [((6,), "relu"), ((9, 4), "relu"), ((4, 8, 5), "relu"), ((6, 6), "tanh"), ((5, 5), "elu")]
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "elu": nn.ELU}


def network_of(hidden, activation, outputs=1, seed=0, norm=False):
    """Return a random double-precision network of PyTorch."""
    torch.manual_seed(seed)
    layers, width = [], 5
    for units in hidden:
        layers.append(nn.Linear(width, units))
        if norm:
            layers.append(nn.BatchNorm1d(units))
            layers[-1].running_mean.normal_()
            layers[-1].running_var.uniform_(0.5, 2.0)
        layers.append(ACTIVATIONS[activation]())
        width = units
    layers.append(nn.Linear(width, outputs))
    return nn.Sequential(*layers).double().eval()


def stack_of(network, outputs):
    """Return the stack of a network, in double precision."""
    thresholds = [7.0 + number for number in range(outputs - 1)]
    names = [f"f{number}" for number in range(5)]
    return import_networks(
        [network], feature_names=names, mean=0.0, std=1.0, thresholds=thresholds
    ).stack.double()


@pytest.mark.parametrize(("hidden", "activation"), GRID)
@pytest.mark.parametrize("rule", [*RULES, *COMPOSITES])
def test_every_rule_equals_its_plain_twin(hidden, activation, rule):
    network = network_of(hidden, activation, outputs=2)
    found = relevance(stack_of(network, 2), X, rule=rule, epsilon=1e-6, contrast="log-odds")
    single = nn.Sequential(*network[:-1], nn.Linear(hidden[-1], 1)).double()
    single[-1].weight.data = network[-1].weight.data[1:] - network[-1].weight.data[:1]
    single[-1].bias.data = network[-1].bias.data[1:] - network[-1].bias.data[:1]
    names = dict(COMPOSITES).get(rule, (rule,) * 3)
    rules = [names[0], *[names[1]] * (len(hidden) - 1), names[2]]
    for row in range(3):
        plain, lost, output = plain_rule_relevance(single, X[row], rules, epsilon=1e-6)
        scale = max(np.abs(plain).max(), abs(lost), 1.0)
        np.testing.assert_allclose(found.features[0, 0, row], plain, atol=1e-10 * scale)
        assert found.bias[0, 0, row] == pytest.approx(lost, abs=1e-10 * scale)
        assert found.delta[0, 0, row] == pytest.approx(output, abs=1e-12)


def test_the_box_rule_knows_the_range_of_the_background():
    network = network_of((6, 4), "relu", outputs=2)
    background = Background(X[:4], np.full(4, 0.25))
    explained = ExplainedStack(stack_of(network, 2), "outputs")
    found = ATTRIBUTIONS["lrp"](explained, X, background, AttributionOptions(rule="z-box", epsilon=1e-9))
    box = X[:4].min(0), X[:4].max(0)
    single = nn.Sequential(*network[:-1], nn.Linear(4, 1)).double()
    single[-1].weight.data, single[-1].bias.data = network[-1].weight.data[:1], network[-1].bias.data[:1]
    plain = [plain_rule_relevance(single, row, ["z-box"] * 3, box=box)[0] for row in X]
    expected = np.array(plain) - np.mean(plain[:4], axis=0)
    np.testing.assert_allclose(found.features[0, 0], expected, atol=1e-9)


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
@pytest.mark.parametrize("hidden", [(6,), (9, 4), (4, 8, 5)])
@pytest.mark.parametrize(
    ("rule", "theirs"),
    [
        ("epsilon", lambda: EpsilonRule(epsilon=1e-9)),
        ("gamma", lambda: GammaRule(gamma=0.25)),
        ("z-plus", lambda: Alpha1_Beta0_Rule()),
    ],
)
def test_rules_equal_those_of_captum(dtype, bound, hidden, rule, theirs):
    x = np.abs(X)
    for seed in range(4):
        network = network_of(hidden, "relu", outputs=3, seed=seed)
        if rule != "epsilon":
            # Captum takes the bias as it is where the published rules take its positive part as well.
            for layer in network:
                if isinstance(layer, nn.Linear):
                    layer.bias.data.zero_()
        found = relevance(stack_of(network, 3), x, rule=rule, epsilon=1e-9).features
        network = network.to(dtype)
        for chosen in range(3):
            # Captum takes the rules off again after every call.
            for layer in network:
                if isinstance(layer, nn.Linear):
                    layer.rule = theirs()
            inputs = torch.tensor(x).to(dtype).requires_grad_()
            captum = LRP(network).attribute(inputs, target=chosen).detach().double().numpy()
            scale = np.abs(captum).max(-1, keepdims=True) + 1e-3
            off = np.abs(found[0, chosen] - captum) / scale
            # In float32 Captum's own rounding grows where a denominator nearly vanishes.
            assert (np.max(off) if dtype == torch.float64 else np.quantile(off, 0.9)) < bound


@pytest.mark.parametrize(("hidden", "activation"), GRID)
def test_relative_epsilon_is_deep_lift(hidden, activation):
    network = network_of(hidden, activation, outputs=2)
    background = Background(X[:3], np.array([0.5, 0.25, 0.25]))
    explained = ExplainedStack(stack_of(network, 2), "outputs")
    found = ATTRIBUTIONS["relative-lrp"](explained, X[3:], background, AttributionOptions(epsilon=1e-12))
    theirs = 0.0
    for start, weight in zip(background.features, background.weights, strict=True):
        with warnings.catch_warnings():
            # Captum warns that it hangs hooks into the network.
            warnings.simplefilter("ignore")
            rows = torch.tensor(X[3:]), torch.tensor(start[None])
            lifted = DeepLift(network, eps=1e-12).attribute(*rows, target=1)
            theirs = theirs + weight * lifted.detach().numpy()
    np.testing.assert_allclose(found.features[0, 1], theirs, atol=1e-8)


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("rule", [*RULES, *COMPOSITES])
def test_nothing_is_lost_by_any_rule(rule, norm):
    explained = ExplainedStack(stack_of(network_of((9, 4), "relu", 3, norm=norm), 3))
    background = make_background(X, count=3)
    for method in ("lrp", "relative-lrp"):
        found = ATTRIBUTIONS[method](explained, X, background, AttributionOptions(rule=rule))
        scale = max(1.0, np.abs(found.features).max(), np.abs(found.bias).max())
        total = found.features.sum(-1) + found.bias
        np.testing.assert_allclose(total / scale, found.delta / scale, atol=1e-12)


def test_the_law_of_each_rule():
    network = network_of((6, 4), "relu", outputs=2)
    stack = stack_of(network, 2)

    def of(rule):
        return relevance(stack, np.abs(X), rule=rule, epsilon=1e-12)

    flat = of("flat").features
    np.testing.assert_allclose(flat, np.broadcast_to(flat[..., :1], flat.shape), atol=1e-9)
    # Without gamma's favour for negative weights what is positive stays positive.
    positive = of("z-plus")
    signs = np.sign(positive.delta)[..., None]
    assert (positive.features * signs >= -1e-12).all()
    squares = of("w-square").features
    assert (squares * np.sign(squares.sum(-1, keepdims=True)) >= -1e-12).all()
    parts = relevance(stack, np.abs(X), rule="alpha-beta", epsilon=1e-12)
    assert not np.allclose(parts.features, positive.features)


def test_an_unknown_rule_is_refused_with_rules_and_composites():
    with pytest.raises(InputError, match="did you mean epsilon-plus"):
        check_rule("epsilon-plsu")
    assert check_rule("epsilon-plus") == "epsilon-plus"


@pytest.mark.parametrize("encoding", ["none", "piecewise_linear", "periodic"])
@pytest.mark.parametrize("method", ["relative-lrp", "lrp", "integrated-gradients", "shapley"])
def test_single_precision_says_the_same_to_five_digits(encoding, method):
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 5))
    architecture = FCNArchitecture(5, 2, (12, 8), encoding=encoding, encoding_units=4)
    y = (x[:, 0] > 0).astype(int)
    members = [Member(np.arange(40), seed, 1e-2) for seed in range(2)]
    stack = fit_classifier(x, y, members, architecture, TrainingOptions(5)).stack
    background = make_background(x[:20], count=4)
    found = [
        ATTRIBUTIONS[method](
            ExplainedStack(stack, precision=precision), x[20:], background, AttributionOptions(epsilon=1e-3)
        )
        for precision in ("float64", "float32")
    ]
    assert found[1].features.dtype == np.float64
    scale = np.abs(found[0].features).max()
    np.testing.assert_allclose(found[1].features, found[0].features, atol=1e-5 * scale)
    assert conservation(found[1]) < 1e-5
    assert conservation(found[0]) < 1e-12
    with pytest.raises(InputError, match="float32, float64"):
        ExplainedStack(stack, precision="float16")
