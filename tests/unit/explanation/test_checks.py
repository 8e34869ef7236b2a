"""Checks and rankings on cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import RobustScaler

from megathrust.core import InputError
from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    Background,
    Explained,
    ExplainedModel,
    ExplainedStack,
    Relevance,
    complexity,
    conservation,
    feature_clusters,
    feature_flipping,
    fit_rank_logistic,
    left_over,
    make_background,
    parameter_randomisation,
    rank_agreement,
    rank_correlation,
    relevance_spread,
    seed_study_relevance,
    sparseness,
    spread_sources,
    stability_selection,
    tree_permutation,
)
from megathrust.explanation._checks import FILLS, _stand_in
from megathrust.models import FCNArchitecture
from megathrust.testing import synthetic_table
from megathrust.training import Member, TrainingOptions, fit_classifier

TABLE = synthetic_table(noise=0.0)
X, Y = TABLE.features(), TABLE.classes([8.0])
MEMBERS = [Member(np.arange(100), seed, 1e-2) for seed in range(4)]
STACK = fit_classifier(X, Y, MEMBERS, FCNArchitecture(6, 2, (16,)), TrainingOptions(25, 16)).stack
BACKGROUND = make_background(X[:100], count=16)
FOUND = ATTRIBUTIONS["relative-lrp"](ExplainedStack(STACK), X[100:], BACKGROUND, AttributionOptions())


class Linear:
    """A model whose relevance is known."""

    slopes = np.array([3.0, -2.0, 0.0, 1.0])

    def predict(self, x):
        return x @ self.slopes


def test_a_spread_does_not_cancel_and_knows_its_drivers():
    spread = relevance_spread(FOUND.features[:, 0]).mean(0)
    assert set(np.argsort(spread)[-2:]) == {0, 1}
    assert conservation(FOUND) < 1e-12
    assert left_over(FOUND) < 1e-3
    turned = np.array([[1.0, 2.0], [-1.0, np.nan]])
    np.testing.assert_allclose(relevance_spread(turned), [1.0, 2.0])


def test_scatter_is_told_apart_by_its_source():
    random = np.random.default_rng(0)
    encodings, folds = np.repeat(["plain", "bins"], 50), np.tile(np.repeat(list("abcde"), 10), 2)
    of_folds = dict(zip(["a", "b", "c", "d", "e"], random.normal(0, 2.0, (5, 40)), strict=True))
    spreads = np.array(
        [(8.0 if e == "bins" else 0.0) + of_folds[f] for e, f in zip(encodings, folds, strict=True)]
    )
    spreads = spreads + random.normal(0, 0.5, (100, 40))
    parts = spread_sources(spreads, encodings, folds).mean()
    assert parts["networks"] == pytest.approx(0.5, rel=0.1)
    assert parts["folds"] == pytest.approx(2.0, rel=0.2)
    assert parts["encodings"] == pytest.approx(8.0 / np.sqrt(2.0), rel=0.05)


def test_agreement_of_rankings():
    table = rank_agreement({"a": np.arange(5.0), "b": np.arange(5.0) ** 3, "c": np.ones(5)})
    assert table.loc["a", "b"] == 1.0
    assert np.isnan(table.loc["a", "c"])
    assert rank_correlation(np.arange(4.0), -np.arange(4.0)) == -1.0


def test_flipping_falls_faster_in_the_order_of_relevance():
    explained = ExplainedStack(STACK)
    relevance = FOUND.features[:, 0].mean(0)
    for fill in ("median", "conditional"):
        ours, chance = feature_flipping(explained, X[100:], relevance, BACKGROUND, fill=fill)
        assert ours[0] == chance[0] == 1.0
        assert ours[1:-1].mean() < chance[1:-1].mean() - 0.1
        assert ours[-1] == pytest.approx(chance[-1])
    with pytest.raises(InputError, match="fill"):
        feature_flipping(explained, X[100:], relevance, BACKGROUND, fill="zero")


def test_flipping_of_a_linear_model_takes_away_what_it_says():
    x = np.abs(np.random.default_rng(1).normal(size=(30, 4)))
    start = Background(np.zeros((1, 4)), np.ones(1))
    curve, _ = feature_flipping(ExplainedModel(Linear(), 4), x, x * Linear.slopes, start)
    side = np.sign(x @ Linear.slopes)[:, None]
    parts = np.sort(x * Linear.slopes * side, axis=1)[:, ::-1]
    whole = parts.sum(1).mean()
    expected = 1.0 - np.concatenate([[0.0], np.cumsum(parts, axis=1).mean(0) / whole])
    np.testing.assert_allclose(curve, expected, atol=1e-12)


class TwoQuantities(Explained):
    """The first feature alone, and ahead of all what leads: the second one, three times, and the first."""

    members, names, units, n_features = 1, ("aside", "leading"), ("1", "1"), 2

    def values(self, features):
        return np.stack([features[:, 0], features @ [1.0, 3.0]])[None]


def test_flipping_is_of_the_leading_quantity_which_is_the_last():
    x, start = np.ones((4, 2)), Background(np.zeros((1, 2)), np.ones(1))
    curve, _ = feature_flipping(TwoQuantities(), x, x * [1.0, 3.0], start)
    np.testing.assert_allclose(curve, [1.0, 0.25, 0.0], atol=1e-12)


def test_parameters_drawn_anew_are_compared_by_the_leading_quantity():
    method, told = ATTRIBUTIONS["relative-lrp"], []

    def aside_the_same(explained, features, background, options):
        found = method(explained, features, background, options).features
        told.append(np.concatenate([np.broadcast_to(np.arange(6.0), found.shape), found], axis=1))
        nothing = np.zeros(told[-1].shape[:3])
        return Relevance(told[-1], nothing, nothing)

    explained = ExplainedStack(STACK)
    drawn = parameter_randomisation(explained, X[100:], BACKGROUND, aside_the_same, AttributionOptions())
    assert drawn == rank_correlation(*(relevance_spread(each[:, 1]).mean(0) for each in told))
    assert drawn < 0.99


def test_parameters_drawn_anew_change_the_ranking():
    explained = ExplainedStack(STACK)
    method = ATTRIBUTIONS["relative-lrp"]
    before = {name: value.clone() for name, value in STACK.state_dict().items()}
    drawn = parameter_randomisation(explained, X[100:], BACKGROUND, method, AttributionOptions(), seed=1)
    assert drawn < 0.9
    assert all((STACK.state_dict()[name] == value).all() for name, value in before.items())


def test_complexity_and_sparseness_of_known_shares():
    shares = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, -5.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(complexity(shares), [4.0, 1.0, 4.0])
    np.testing.assert_allclose(sparseness(shares), [0.0, 0.75, 0.0])


def test_methods_without_networks_find_the_drivers_on_held_out_rows():
    slopes = fit_rank_logistic(X[:100], Y[:100]).slopes
    assert set(np.argsort(np.abs(slopes))[-2:]) == {0, 1}
    model = ExplainedModel(fit_rank_logistic(X[:100], Y[:100]), 6)
    found = ATTRIBUTIONS["occlusion"](model, X[100:], BACKGROUND, AttributionOptions())
    np.testing.assert_allclose(found.bias, 0.0, atol=1e-9)
    chosen = stability_selection(X, Y, TABLE.ruptures(), draws=20)
    assert chosen[:2].min() > chosen[2:].max() - 0.2
    lost = tree_permutation(X[:100], Y[:100], X[100:], Y[100:], [[0, 1], [2, 3], [4, 5]])
    assert int(np.argmax(lost)) == 0
    again = tree_permutation(X[:100], Y[:100], X[100:], Y[100:], [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(lost, again)
    probabilities = fit_rank_logistic(X, Y).predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(1), 1.0)


@pytest.mark.parametrize("fill", FILLS)
def test_what_stands_in_for_features_knows_no_units(fill):
    taken = np.random.default_rng(0).random(X[:20].shape) < 0.5
    units = np.array([1e-3, 1e3, 1.0, 1e-2, 10.0, 0.1])
    background = Background(BACKGROUND.features * units, BACKGROUND.weights)
    plain = _stand_in(X[:20], taken, BACKGROUND, fill)
    np.testing.assert_allclose(_stand_in(X[:20] * units, taken, background, fill), plain * units)


def test_every_draw_holds_half_of_the_ruptures_each_as_a_whole(monkeypatch):
    drawn = []
    ruptures = np.repeat(np.arange(10), 3)

    def fit(features, labels, *, strength):
        drawn.append(features[:, 0])
        return fit_rank_logistic(X, Y)

    monkeypatch.setattr("megathrust.explanation._without_networks.fit_rank_logistic", fit)
    stability_selection(ruptures[:, None].astype(float), np.arange(30) % 2, ruptures, draws=20)
    assert len(drawn) == 20
    for each in drawn:
        assert np.unique(each, return_counts=True)[1].tolist() == [3] * 5
    assert len({tuple(each) for each in drawn}) > 10


def test_clusters_hold_features_of_which_every_two_go_together():
    random = np.random.default_rng(3)
    base = random.normal(size=(200, 3))
    x = np.column_stack([base, base[:, 0] + 0.1 * random.normal(size=200), -(base[:, 1] ** 3), np.ones(200)])
    found = feature_clusters(x, list("abcdef"))
    assert found.labels == ("a", "b", "c", "a", "b", "f")
    ranks = np.argsort(np.argsort(x[:, :5], axis=0), axis=0)
    together = np.abs(np.corrcoef(ranks.T))
    for label in set(found.labels[:5]):
        own = [number for number, each in enumerate(found.labels[:5]) if each == label]
        assert together[np.ix_(own, own)].min() >= 0.7
    # A chain of neighbours is no cluster: its ends do not go together.
    chain = np.cumsum(random.normal(size=(400, 12)), axis=1)
    labels = feature_clusters(chain, [str(number) for number in range(12)]).labels
    assert labels[0] != labels[-1]
    assert len(found.tree) == 5


def test_the_least_correlation_itself_holds_a_cluster_together():
    # Their ranks have a correlation of exactly one half.
    x = np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]])
    assert feature_clusters(x, ["a", "b"], correlation=0.5).labels == ("a", "a")
    assert feature_clusters(x, ["a", "b"], correlation=0.51).labels == ("a", "b")


def test_the_seed_studys_way_is_its_own_segment_by_segment():
    random = np.random.default_rng(4)
    relevance = random.normal(size=(40, 9)) * np.exp(random.normal(size=(40, 1)))
    relevance[3] = [5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0]
    observed, predicted = random.random(40) < 0.6, random.random(40) < 0.6
    rescaled = [
        RobustScaler().fit_transform(relevance[[row]].T)[:, 0]
        for row in range(40)
        if observed[row] and predicted[row]
    ]
    expected = np.median(rescaled, axis=0)
    np.testing.assert_allclose(seed_study_relevance(relevance, observed, predicted), expected, atol=1e-12)
    assert np.isnan(seed_study_relevance(relevance, observed, ~observed)).all()


def test_the_seed_studys_way_cancels_what_a_spread_keeps_and_knows_no_size():
    # The first feature raises and lowers the output in turn, hardly anything else does anything.
    relevance = np.array([[4.0, 0.1, 0.2, 0.3], [-4.0, 0.1, 0.2, 0.3]] * 5)
    right = np.ones(10, dtype=bool)
    found = seed_study_relevance(relevance, right, right)
    assert abs(found[0]) < abs(found[3])
    assert relevance_spread(relevance).argmax() == 0
    sizes = np.linspace(0.01, 100.0, 10)[:, None]
    np.testing.assert_allclose(seed_study_relevance(relevance * sizes, right, right), found)
