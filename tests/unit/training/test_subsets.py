"""Members that see random subsets of the features."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score

from megathrust.core import InputError
from megathrust.explanation import relevance
from megathrust.models import FCNArchitecture, FCNStack, Heads, SavedModel, load_model, save_model
from megathrust.training import Member, Targets, TrainingOptions, fit_classifier, fit_stack
from megathrust.training._subsets import feature_probabilities

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(60, 7)) * [1, 10, 0.1, 1, 5, 1, 1] + [0, 3, 0, 0, -8, 0, 0]
CLASSES = (FEATURES[:, 1] / 10 + 0.3 * RANDOM.normal(size=60) > 0.3).astype(int)
OPTIONS = TrainingOptions(epochs=4, batch_size=16, optimizer="adamw")
TRAINS = [np.arange(0, 50), np.arange(9, 60), np.arange(0, 50, 2)]
MEMBERS = [Member(train, seed, learning_rate=0.01, dropout=0.3) for seed, train in enumerate(TRAINS, start=3)]


@pytest.mark.parametrize("batch_norm", ["none", "before"])
@pytest.mark.parametrize("encoding", ["none", "piecewise_linear", "periodic"])
@pytest.mark.parametrize("draw", ["uniform", "mutual_information"])
def test_a_member_is_a_network_trained_on_its_own_columns(encoding, draw, batch_norm):
    architecture = FCNArchitecture(
        7, 2, (6, 5), encoding=encoding, encoding_units=4, features_seen=3, batch_norm=batch_norm
    )
    stack = fit_classifier(
        FEATURES, CLASSES, MEMBERS, architecture, replace(OPTIONS, feature_draw=draw)
    ).stack
    together = stack.probabilities(FEATURES)
    shares = relevance(stack, FEATURES).features
    small = replace(architecture, n_features=3, features_seen=None)
    for k, member in enumerate(MEMBERS):
        columns = stack.subset.chosen[k].numpy()
        alone = fit_classifier(FEATURES[:, columns], CLASSES, [member], small, OPTIONS).stack
        assert together[k] == pytest.approx(alone.probabilities(FEATURES[:, columns])[0], abs=1e-5)
        explained = relevance(alone, FEATURES[:, columns]).features[0]
        assert shares[k][..., columns] == pytest.approx(explained, abs=1e-3)
        assert (np.delete(shares[k], columns, axis=-1) == 0.0).all()


def test_nothing_but_its_own_features_and_rows_matters_to_a_member():
    architecture = FCNArchitecture(7, 2, (6,), features_seen=3)
    options = replace(OPTIONS, feature_draw="mutual_information")
    stack = fit_classifier(FEATURES, CLASSES, MEMBERS, architecture, options).stack
    changed, other = FEATURES.copy(), CLASSES.copy()
    held_out = np.setdiff1d(np.arange(60), TRAINS[0])
    changed[held_out] *= -50.0
    other[held_out] = 1 - other[held_out]
    again = fit_classifier(changed, other, MEMBERS[:1], architecture, options).stack
    assert (again.subset.chosen[0] == stack.subset.chosen[0]).all()
    assert again.probabilities(FEATURES)[0] == pytest.approx(stack.probabilities(FEATURES)[0], abs=1e-6)
    unseen = np.setdiff1d(np.arange(7), stack.subset.chosen[0].numpy())
    poisoned = FEATURES.copy()
    poisoned[:, unseen] = 1e6
    assert (stack.probabilities(poisoned)[0] == stack.probabilities(FEATURES)[0]).all()


def test_relevance_of_a_subset_and_bias_share_sum_to_the_logit():
    heads = Heads(classes=3, ordinal=True, magnitude="mse")
    architecture = FCNArchitecture(
        7, heads.n_outputs, (6, 5), encoding="piecewise_linear", features_seen=4, heads=heads
    )
    classes = np.digitize(FEATURES[:, 1], [0.0, 8.0])
    magnitudes = 7.0 + FEATURES[:, 1] / 10
    options = replace(OPTIONS, feature_draw="mutual_information")
    stack = fit_stack(FEATURES, Targets(classes, magnitudes), MEMBERS, architecture, options).stack
    explained = relevance(stack, FEATURES)
    assert explained.features.sum(-1) + explained.bias == pytest.approx(explained.delta, abs=1e-12)


def test_joined_selected_and_saved_stacks_keep_their_subsets(tmp_path):
    architecture = FCNArchitecture(7, 2, (6,), encoding="piecewise_linear", features_seen=3)
    stack = fit_classifier(FEATURES, CLASSES, MEMBERS, architecture, OPTIONS).stack
    expected = stack.probabilities(FEATURES)
    joined = FCNStack.join([stack.select([2]), stack.select([0, 1])])
    assert (joined.probabilities(FEATURES) == expected[[2, 0, 1]]).all()
    names = tuple("abcdefg")
    model = SavedModel(stack, names, ("1",) * 7, (8.0,), ({"fold": "0", "seed": 1},) * 3, {"0": ()})
    save_model(model, tmp_path / "model")
    assert (load_model(tmp_path / "model").stack.probabilities(FEATURES) == expected).all()


def test_subsets_differ_between_seeds_and_cover_everything():
    architecture = FCNArchitecture(7, 2, (2,), features_seen=3)
    members = [Member(TRAINS[0], seed) for seed in range(60)]
    stack = fit_classifier(FEATURES, CLASSES, members, architecture, replace(OPTIONS, epochs=1)).stack
    drawn = {tuple(row) for row in stack.subset.chosen.tolist()}
    assert drawn <= set(combinations(range(7), 3))
    assert len(drawn) > 20
    by_information = replace(OPTIONS, epochs=1, feature_draw="mutual_information")
    chosen = fit_classifier(FEATURES, CLASSES, members, architecture, by_information).stack.subset.chosen
    counts = np.bincount(chosen.numpy().ravel(), minlength=7)
    assert counts.argmax() == 1
    assert counts.min() >= 1


def test_magnitudes_alone_can_guide_the_draw():
    heads = Heads(magnitude="mse")
    architecture = FCNArchitecture(7, 1, (2,), features_seen=1, heads=heads)
    magnitudes = np.where(np.arange(60) % 9 == 0, np.nan, FEATURES[:, 4])
    options = replace(OPTIONS, epochs=1, feature_draw="mutual_information")
    members = [Member(np.arange(60), seed) for seed in range(40)]
    stack = fit_stack(FEATURES, Targets(None, magnitudes), members, architecture, options).stack
    assert np.bincount(stack.subset.chosen.numpy().ravel()).argmax() == 4


@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 5))
def test_probabilities_are_the_mutual_information_of_binned_features(seed, n_classes, width):
    random = np.random.default_rng(seed)
    classes = np.concatenate([np.arange(n_classes), random.integers(0, n_classes, 70)])
    features = random.normal(size=(len(classes), width)) + classes[:, None] * random.random(width)
    edges = np.quantile(features, np.linspace(0, 1, 9)[1:-1], axis=0)
    expected = np.array(
        [
            max(mutual_info_score(classes, np.digitize(features[:, f], edges[:, f])), 1e-6)
            for f in range(width)
        ]
    )
    assert feature_probabilities(features, classes) == pytest.approx(expected / expected.sum(), rel=1e-9)


def test_probabilities_rank_features_as_scikit_learns_estimator_does():
    random = np.random.default_rng(4)
    classes = np.arange(800) % 2
    features = random.normal(size=(800, 5)) + classes[:, None] * [0.0, 2.0, 0.5, 1.0, 4.0]
    by_neighbours = mutual_info_classif(features, classes, random_state=0)
    assert (np.argsort(feature_probabilities(features, classes)) == np.argsort(by_neighbours)).all()
    assert feature_probabilities(np.ones((9, 3)), np.arange(9) % 2) == pytest.approx(1 / 3)


@pytest.mark.parametrize("share", [0.03, 0.1, 0.3, 0.9])
def test_an_indicator_tells_as_much_as_its_opposite(share):
    classes = (np.arange(400) < 400 * share).astype(int)
    features = np.stack([classes, 1 - classes, np.random.default_rng(1).random(400)], axis=1)
    probabilities = feature_probabilities(features.astype(float), classes)
    assert probabilities[0] == pytest.approx(probabilities[1])
    assert probabilities[0] > 0.4


def test_unknown_magnitudes_are_refused_in_a_sentence():
    architecture = FCNArchitecture(7, 1, (2,), features_seen=2, heads=Heads(magnitude="mse"))
    options = replace(OPTIONS, feature_draw="mutual_information")
    with pytest.raises(InputError, match="trains on no known magnitude"):
        fit_stack(FEATURES, Targets(None, np.full(60, np.nan)), MEMBERS, architecture, options)


def test_a_table_of_few_features_shows_them_all():
    architecture = FCNArchitecture(7, 2, (2,), encoding_units=np.int64(3))
    assert architecture.seeing(3).features_seen == 3
    assert architecture.seeing(np.int64(3)).n_seen == 3
    assert [architecture.seeing(count).features_seen for count in (None, 7, 10)] == [None] * 3
    assert type(architecture.encoding_units) is type(architecture.seeing(np.int64(2)).features_seen) is int


def test_more_features_than_there_are_cannot_be_seen():
    with pytest.raises(InputError, match="the number of features that a member sees"):
        FCNArchitecture(7, 2, (2,), features_seen=8)
    with pytest.raises(InputError, match="draw of features"):
        TrainingOptions(feature_draw="magic")
