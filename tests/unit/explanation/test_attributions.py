"""Attributions against their definitions, and what encodings must not change."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from megathrust.core import InputError
from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    Background,
    ExplainedModel,
    ExplainedStack,
    coalitions,
    make_background,
    make_contrast,
)
from megathrust.models import FCNArchitecture, FCNStack, Heads, PiecewiseLinearEncoding
from megathrust.testing import plain_integrated_gradients, plain_shapley, synthetic_table
from megathrust.training import Member, Targets, TrainingOptions, fit_stack

TABLE = synthetic_table(regions={"alu": 30, "kur": 25})
X, MAGNITUDES = TABLE.features(), TABLE.magnitudes()
FAMILIES = ("a", "a", "b", "c", "c", "c")
BACKGROUND = make_background(X[:40], count=5)
SMALL = AttributionOptions(groups=FAMILIES)


def trained(encoding="none", seen=None, heads=None, shared_by=1):
    heads = heads or Heads(2)
    shape = FCNArchitecture(
        6, heads.n_outputs, (10, 7), encoding=encoding, features_seen=seen, heads=heads, shared_by=shared_by
    )
    members = [Member(np.arange(40), seed, 1e-2) for seed in range(2)]
    thresholds = [7.5, 8.0, 8.5][: max(heads.classes - 1, 0)]
    targets = Targets(
        TABLE.classes(thresholds) if heads.classes else None,
        MAGNITUDES if heads.magnitude != "none" else None,
    )
    return fit_stack(X, targets, members, shape, TrainingOptions(10, 16)).stack


@pytest.mark.parametrize(("encoding", "seen"), [("none", None), ("piecewise_linear", 4), ("periodic", None)])
def test_shapley_values_of_families_equal_the_definition(encoding, seen):
    explained = ExplainedStack(trained(encoding, seen))
    few = Background(X[:2], np.array([0.25, 0.75]))
    found = ATTRIBUTIONS["shapley"](explained, X[40:42], few, SMALL)

    def value_of(member):
        return lambda row: float(explained.values(row[None])[member, 0, 0])

    for member in range(2):
        for row in range(2):
            plain = plain_shapley(value_of(member), X[40 + row], few.features, few.weights, FAMILIES)
            np.testing.assert_allclose(found.features[member, 0, row], plain, atol=1e-5)
    assert np.abs(found.bias).max() < 1e-5


def test_random_orders_come_near_the_exact_values_within_their_error():
    explained = ExplainedStack(trained("piecewise_linear").select([0]))
    exact = ATTRIBUTIONS["shapley"](explained, X[40:], BACKGROUND, AttributionOptions())
    drawn = ATTRIBUTIONS["shapley"](
        explained, X[40:], BACKGROUND, AttributionOptions(exact_groups=2, permutations=200, seed=1)
    )
    off = np.abs(drawn.features - exact.features) / np.maximum(drawn.error, 1e-5)
    assert 0.3 < np.sqrt(np.mean(np.minimum(off, 10.0) ** 2)) < 2.0
    # Every background segment has its own orders, so that nothing is left over.
    np.testing.assert_allclose(drawn.bias, 0.0, atol=1e-9)


class Product:
    """A model in which all features meet, so that every order gives values of its own."""

    def predict(self, x):
        return np.prod(x + 3.0, axis=1)


def test_as_many_orders_are_drawn_as_asked_each_with_its_reverse():
    explained = ExplainedModel(Product(), 6)

    def found(permutations):
        options = AttributionOptions(exact_groups=2, permutations=permutations)
        return ATTRIBUTIONS["shapley"](explained, X[40:42], BACKGROUND, options).features

    four, five, six = (found(permutations) for permutations in (4, 5, 6))
    np.testing.assert_array_equal(five, four)
    assert np.abs(six - four).max() > 1e-6


def test_weights_of_coalitions_are_those_of_orders():
    weights = np.array([each for _, each in coalitions(4)])
    np.testing.assert_allclose(weights.sum(0), 0.0, atol=1e-15)
    np.testing.assert_allclose(np.where(weights > 0, weights, 0).sum(0), 1.0)
    assert len({tuple(who) for who, _ in coalitions(4)}) == 16


def test_from_one_coalition_to_the_next_one_group_comes_in_or_goes():
    who = np.array([each for each, _ in coalitions(5)])
    assert (np.count_nonzero(who[1:] != who[:-1], axis=1) == 1).all()


def test_any_model_is_explained_by_its_values_as_networks_are():
    stack = trained()

    class AsModel:
        def predict(self, x):
            return ExplainedStack(stack).values(x)[0, 0]

    for method in ("occlusion", "shapley"):
        ours = ATTRIBUTIONS[method](ExplainedStack(stack), X[:9], BACKGROUND, SMALL)
        asked = ATTRIBUTIONS[method](ExplainedModel(AsModel(), 6), X[:9], BACKGROUND, SMALL)
        np.testing.assert_allclose(asked.features[0], ours.features[0], atol=2e-6)
        orders = AttributionOptions(exact_groups=1)
        ours = ATTRIBUTIONS["shapley"](ExplainedStack(stack), X[:9], BACKGROUND, orders)
        asked = ATTRIBUTIONS["shapley"](ExplainedModel(AsModel(), 6), X[:9], BACKGROUND, orders)
        np.testing.assert_allclose(asked.features[0], ours.features[0], atol=1e-9)


def test_a_linear_model_gets_slope_times_difference_from_every_method():
    linear = LinearRegression().fit(X, MAGNITUDES)
    expected = linear.coef_ * (X - BACKGROUND.weights @ BACKGROUND.features)
    for method in ("occlusion", "shapley"):
        found = ATTRIBUTIONS[method](ExplainedModel(linear, 6), X, BACKGROUND, AttributionOptions())
        np.testing.assert_allclose(found.features[0, 0], expected, atol=1e-9)


def test_models_of_scikit_learn_have_no_inside_to_look_into():
    forest = ExtraTreesClassifier(10, random_state=0).fit(X, TABLE.classes([8.0]))
    found = ATTRIBUTIONS["occlusion"](ExplainedModel(forest, 6), X, BACKGROUND, AttributionOptions())
    assert np.isfinite(found.features).all()
    with pytest.raises(InputError, match="looks into networks"):
        ATTRIBUTIONS["relative-lrp"](ExplainedModel(forest, 6), X, BACKGROUND, AttributionOptions())
    with pytest.raises(InputError, match="predicts nothing"):
        ExplainedModel(object(), 6)
    logistic = LogisticRegression().fit(X, TABLE.classes([8.0]))
    said = ExplainedModel(logistic, 6).values(X)[0, 0]
    np.testing.assert_allclose(said, logistic.decision_function(X), atol=1e-6)


@pytest.mark.parametrize("encoding", ["none", "piecewise_linear", "periodic"])
def test_integrated_gradients_equal_the_definition_in_feature_units(encoding):
    stack = trained(encoding).double()
    explained = ExplainedStack(stack)
    steps = 16
    options = AttributionOptions(steps=steps)
    found = ATTRIBUTIONS["integrated-gradients"](explained, X[40:44], BACKGROUND, options)

    def contrast(row):
        outputs = stack(row[None])[1, 0]
        return outputs[1] - outputs[0]

    for place, row in enumerate(X[40:44]):
        plain = 0.0
        medoids = len(BACKGROUND.weights)
        for number, weight in enumerate(BACKGROUND.weights):
            shares = (np.arange(steps) + (number + 0.5) / medoids) / steps
            start = BACKGROUND.features[number]
            plain = plain + weight * plain_integrated_gradients(contrast, row, start, shares)
        np.testing.assert_allclose(found.features[1, 0, place], plain, atol=1e-9)
    fine = ATTRIBUTIONS["integrated-gradients"](
        explained, X[40:44], BACKGROUND, AttributionOptions(steps=512)
    )
    assert np.abs(fine.bias).max() < 0.01 * np.abs(fine.delta).max()


def test_expected_gradients_are_integrated_gradients_by_chance():
    explained = ExplainedStack(trained())
    sure = ATTRIBUTIONS["integrated-gradients"](explained, X[40:], BACKGROUND, AttributionOptions(steps=200))
    drawn = ATTRIBUTIONS["expected-gradients"](explained, X[40:], BACKGROUND, AttributionOptions(draws=2000))
    off = np.abs(drawn.features - sure.features) / (drawn.error + 1e-9)
    assert np.quantile(off, 0.9) < 3.5
    assert np.sqrt(np.mean(off**2)) > 0.3
    few = ATTRIBUTIONS["expected-gradients"](explained, X[40:], BACKGROUND, AttributionOptions(draws=2))
    assert few.error.max() > 10.0 * drawn.error.max()
    with pytest.raises(InputError, match="the number of draws is out of range"):
        AttributionOptions(draws=1)


def plain_and_binned(linear):
    """Return two stacks of the same function: features as they are, and in bins."""
    random = np.random.default_rng(5)
    shift, scale = X[:40].mean(0)[None], X[:40].std(0)[None]
    plain = FCNStack(FCNArchitecture(6, 2, (8, 6)), shift, scale)
    binned = FCNStack(FCNArchitecture(6, 2, (8, 6), encoding="piecewise_linear"), shift, scale)
    assert isinstance(binned.encoding, PiecewiseLinearEncoding)
    binned.encoding.fit(0, (X[:40] - shift[0]) / scale[0])
    plain.double(), binned.double()
    with torch.no_grad():
        lower, slope = binned.encoding.lower[0], binned.encoding.slope[0]
        # Widths of bins in double precision, so that the two functions are one.
        slope[:, :-1] = 1.0 / lower.diff(dim=1)
        first = torch.tensor(random.normal(size=(6, 8)))
        plain.layers[1].weight[0] = first
        # What a bin adds to a linear function is its width times the slope; the lowest edge goes to the bias.
        binned.layers[2].weight[0] = (first[:, None] / slope.clamp(min=1e-9)[..., None]).reshape(48, 8)
        binned.layers[2].bias[0] = plain.layers[1].bias[0] + lower[:, 0] @ first
        if linear:
            plain.layers[1].bias[0] += 100.0
            binned.layers[2].bias[0] += 100.0
        for ours, theirs in ((plain.layers[4], binned.layers[5]), (plain.layers[7], binned.layers[8])):
            ours.weight[0] = torch.tensor(random.normal(size=tuple(ours.weight[0].shape)))
            if linear:
                ours.bias[0] = 500.0
            theirs.weight[0], theirs.bias[0] = ours.weight[0], ours.bias[0]
    return ExplainedStack(plain), ExplainedStack(binned)


@pytest.mark.parametrize("linear", [True, False])
def test_the_same_function_plain_and_binned_has_the_same_relevance(linear):
    plain, binned = plain_and_binned(linear)
    np.testing.assert_allclose(plain.values(X), binned.values(X), rtol=1e-9)
    options = AttributionOptions(epsilon=1e-9)
    for method in ("relative-lrp", "integrated-gradients", "gradient-times-input", "occlusion", "shapley"):
        ours = ATTRIBUTIONS[method](plain, X, BACKGROUND, options).features
        theirs = ATTRIBUTIONS[method](binned, X, BACKGROUND, options).features
        np.testing.assert_allclose(theirs, ours, atol=1e-6 * np.abs(ours).max() + 1e-6, err_msg=method)
    # From zero on, the encoding decides where zero is: not the same relevance.
    from_zero = [ATTRIBUTIONS["lrp"](each, X, BACKGROUND, options).features for each in (plain, binned)]
    assert linear or np.abs(from_zero[0] - from_zero[1]).max() > 0.05 * np.abs(from_zero[0]).max()


@pytest.mark.parametrize(
    ("heads", "names"),
    [
        (Heads(2), ["class 1 against class 0"]),
        (Heads(3), [f"class {number} against the others" for number in range(3)]),
        (Heads(3, ordinal=True), ["above class 0", "above class 1"]),
        (Heads(0, magnitude="mse"), ["magnitude"]),
        (Heads(0, magnitude="quantile"), [f"magnitude, quantile {level}" for level in (0.1, 0.9, 0.5)]),
        (Heads(2, magnitude="huber", uniform=True), ["magnitude", "class 1 against class 0"]),
    ],
)
def test_what_is_explained_of_every_head(heads, names):
    stack = trained(heads=heads)
    explained = ExplainedStack(stack)
    assert list(explained.names) == names
    values, outputs = explained.values(X), stack.outputs(X).transpose(0, 2, 1)
    if heads.classes == 2:
        # The class leads, and what leads comes last.
        np.testing.assert_allclose(values[:, -1], outputs[:, 1] - outputs[:, 0], atol=1e-4)
        odds = np.log(stack.probabilities(X)[..., 1] / stack.probabilities(X)[..., 0])
        np.testing.assert_allclose(values[:, -1], odds, atol=1e-3)
    if heads.classes == 3 and not heads.ordinal:
        np.testing.assert_allclose(values[:, 1], 1.5 * (outputs[:, 1] - outputs.mean(1)), atol=1e-4)
    if heads.magnitude == "quantile":
        # Where quantiles cross, what is predicted is the middle one.
        np.testing.assert_allclose(np.median(values, axis=1), stack.magnitudes(X), atol=1e-4)
        assert np.isclose(values[:, -1], stack.magnitudes(X), atol=1e-4).mean() > 0.7
    if heads.magnitude == "mse":
        np.testing.assert_allclose(values[:, 0], stack.magnitudes(X), atol=1e-4)
        assert explained.units == ("Mw",)
    for method in ("lrp", "relative-lrp", "shapley"):
        found = ATTRIBUTIONS[method](explained, X[:7], BACKGROUND, SMALL)
        total = found.features.sum(-1) + found.bias
        np.testing.assert_allclose(total, found.delta, atol=1e-9)
    assert make_contrast(stack, "outputs").weight.shape[2] == heads.n_outputs


def test_members_that_share_weights_are_explained_alike():
    stack = trained(shared_by=2)
    ours = ATTRIBUTIONS["relative-lrp"](ExplainedStack(stack), X, BACKGROUND, SMALL)
    theirs = ATTRIBUTIONS["relative-lrp"](ExplainedStack(stack.unshared()), X, BACKGROUND, SMALL)
    np.testing.assert_allclose(ours.features, theirs.features, atol=1e-5)


def test_a_background_stands_for_its_rows():
    background = make_background(X, count=8)
    assert len(background.weights) == 8
    assert background.weights.sum() == pytest.approx(1.0)
    assert all((row == X).all(1).any() for row in background.features)
    turned = make_background(X[::-1].copy(), count=8)
    assert {tuple(row) for row in turned.features} == {tuple(row) for row in background.features}
    # Fewer rows than medoids, equal rows, constant features.
    assert len(make_background(np.ones((3, 2)), count=5).weights) == 1
    scaled = (X - X.mean(0)) / X.std(0)

    def cost(rows):
        places = (rows - X.mean(0)) / X.std(0)
        return np.linalg.norm(scaled[:, None] - places, axis=2).min(1).mean()

    random = np.random.default_rng(0)
    assert cost(background.features) < min(cost(X[random.choice(55, 8, replace=False)]) for _ in range(20))
    with pytest.raises(InputError, match="no shares"):
        Background(X[:2], np.array([0.5, 0.6]))
    with pytest.raises(InputError, match="lacks a feature"):
        Background(np.full((1, 2), np.nan), np.ones(1))


def test_only_what_is_drawn_has_a_standard_error():
    explained = ExplainedStack(trained())
    found = {name: method(explained, X[:3], BACKGROUND, SMALL) for name, method in ATTRIBUTIONS.items()}
    assert [name for name, each in found.items() if each.error is not None] == ["expected-gradients"]


def test_progress_reaches_the_end():
    for method in ATTRIBUTIONS:
        told = []
        options = AttributionOptions(
            groups=FAMILIES, steps=2, draws=2, progress=lambda *at, told=told: told.append(at)
        )
        ATTRIBUTIONS[method](ExplainedStack(trained()), X[:5], BACKGROUND, options)
        assert told[-1][0] == told[-1][1], method
