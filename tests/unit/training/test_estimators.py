"""FCNClassifier, FCNRegressor and FCNMultiTask among scikit-learn's own tools."""

from __future__ import annotations

import inspect
import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, PredefinedSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from megathrust.core import InputError
from megathrust.explanation import relevance
from megathrust.models import Heads
from megathrust.splits import ChunkSplitter
from megathrust.testing import synthetic_table
from megathrust.training import (
    FCNClassifier,
    FCNMultiTask,
    FCNRegressor,
    Member,
    TrainingOptions,
    fit_classifier,
    fit_stack,
)

TABLE = synthetic_table(regions={"alu": 40, "kur": 30})
FEATURES = TABLE.features()
LABELS = np.array(["smaller", "great"])[TABLE.classes([8.0])]
MAGNITUDES = TABLE.magnitudes()
REGIONS = TABLE.frame["region"].to_numpy()
ALL = (FCNClassifier, FCNRegressor, FCNMultiTask)


def small(kind=FCNClassifier, **changes):
    settings = {"hidden": (16,), "learning_rate": 3e-2, "epochs": 15, "n_members": 2, "random_state": 0}
    return kind(**{**settings, **changes})


def target(kind):
    return LABELS if kind is FCNClassifier else MAGNITUDES


def predictions(network, x=FEATURES):
    """Return everything that an estimator predicts, as numbers."""
    if isinstance(network, FCNClassifier):
        return network.predict_proba(x)
    if isinstance(network, FCNRegressor):
        return network.predict(x)
    return np.column_stack([network.predict(x), network.predict_class_probabilities(x)])


def not_held(estimator):
    reason = (
        "a weight is a factor in the loss, a repeated row also counts in the scaling and has its own mask"
    )
    return {"check_sample_weight_equivalence_on_dense_data": reason}


CHECKED = [
    *(small(kind) for kind in ALL),
    small(FCNRegressor, loss="quantile", uniform=True, encoding="piecewise_linear"),
    # The checks' targets lie around these thresholds.
    small(FCNMultiTask, thresholds=(0.0, 1.5), ordinal=True, loss="huber", task_weights="learned"),
]


@parametrize_with_checks(CHECKED, expected_failed_checks=not_held)
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", ALL)
def test_the_docstring_names_every_parameter_and_the_check_that_does_not_hold(kind):
    words = set(re.findall(r"\w+", kind.__doc__))
    assert set(inspect.signature(kind).parameters) <= words
    assert set(not_held(kind)) <= words


def test_is_the_stack_and_nothing_else():
    network = small(n_members=3).fit(FEATURES, LABELS)
    seeds = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=3)
    members = [Member(np.arange(70), int(seed), 3e-2, 1e-2, 0.2) for seed in seeds]
    # Sorted labels: "great" is code 0.
    codes = (LABELS == "smaller").astype(int)
    options = TrainingOptions(15, 64, "adamw")
    fit = fit_classifier(FEATURES, codes, members, network.stack_.architecture, options)
    expected = fit.stack.probabilities(FEATURES).mean(0)
    np.testing.assert_allclose(network.predict_proba(FEATURES), expected, atol=1e-6)
    np.testing.assert_array_equal(network.losses_, fit.losses)


def test_string_labels_and_probabilities():
    network = small().fit(FEATURES, LABELS)
    assert network.classes_.tolist() == ["great", "smaller"]
    probabilities = network.predict_proba(FEATURES)
    assert probabilities.shape == (70, 2)
    np.testing.assert_allclose(probabilities.sum(1), 1.0, atol=1e-12)
    assert set(network.predict(FEATURES)) <= {"great", "smaller"}
    assert network.score(FEATURES, LABELS) > 0.8
    assert relevance(network.stack_, FEATURES).features.shape == (2, 2, 70, 6)


@pytest.mark.parametrize("kind", ALL)
def test_same_state_same_numbers_other_state_other_numbers(kind):
    first, again, other = (small(kind, random_state=s).fit(FEATURES, target(kind)) for s in (0, 0, 1))
    np.testing.assert_array_equal(predictions(first), predictions(again))
    assert not np.allclose(predictions(first), predictions(other))
    cloned = clone(first).fit(FEATURES, target(kind))
    np.testing.assert_array_equal(predictions(first), predictions(cloned))


@pytest.mark.parametrize("kind", ALL)
def test_copies_by_pickle_predict_the_same(kind):
    network = small(kind).fit(FEATURES, target(kind))
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(predictions(network), predictions(again))


@pytest.mark.parametrize("kind", ALL)
def test_in_pipelines_and_cross_validation(kind):
    folds = [(fold.train, fold.test) for fold in ChunkSplitter(exclusion_km=0.0).split(TABLE)]
    pipeline = make_pipeline(StandardScaler(), small(kind))
    scores = cross_val_score(pipeline, FEATURES, target(kind), cv=folds)
    assert scores.shape == (5,)
    assert np.median(scores) > (0.75 if kind is FCNClassifier else 0.3)
    # The same folds as a column of numbers; the chunks hold every row once.
    chunk = np.concatenate([np.full(len(test), number) for number, (_, test) in enumerate(folds)])
    column = np.empty(len(TABLE), dtype=int)
    column[np.concatenate([test for _, test in folds])] = chunk
    same = cross_val_score(pipeline, FEATURES, target(kind), cv=PredefinedSplit(column))
    np.testing.assert_array_equal(scores, same)


def test_in_a_search():
    folds = [(fold.train, fold.test) for fold in ChunkSplitter(exclusion_km=0.0).split(TABLE)]
    search = GridSearchCV(small(), {"hidden": [(4,), (8, 8)], "epochs": [5]}, cv=folds[:2])
    assert search.fit(FEATURES, LABELS).best_estimator_.epochs == 5


def test_own_standardisation_makes_a_scaler_needless():
    plain = small().fit(FEATURES, LABELS)
    scaled = make_pipeline(StandardScaler(), small()).fit(FEATURES, LABELS)
    np.testing.assert_allclose(plain.predict_proba(FEATURES), scaled.predict_proba(FEATURES), atol=1e-4)


def test_frames_give_their_names():
    frame = pd.DataFrame(FEATURES, columns=TABLE.feature_names)
    network = small().fit(frame, LABELS)
    assert network.feature_names_in_.tolist() == TABLE.feature_names
    assert network.n_features_in_ == 6
    with pytest.raises(ValueError, match="feature names should match"):
        network.predict(frame[frame.columns[::-1]])


def test_parameters_round_trip():
    network = FCNClassifier().set_params(hidden=(3,), dropout=0.5)
    assert network.get_params()["hidden"] == (3,)
    assert clone(network).dropout == 0.5


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"n_members": 0}, "the number of members"),
        ({"activation": "maxout"}, "unknown activation"),
        ({"hidden": ()}, "a hidden layer has no unit"),
        ({"dropout": 1.0}, "the dropout rate"),
        ({"optimizer": "sgd"}, "unknown optimizer"),
        ({"device": "quantum"}, "the device cannot be used"),
        ({"encoding": "fourier"}, "unknown encoding"),
        ({"encoding_units": 0}, "the number of units of an encoding"),
        ({"patience": 3}, "patience needs rows to validate on .*give fit the block"),
    ],
)
@pytest.mark.parametrize("kind", ALL)
def test_wrong_parameters_are_refused_by_fit(kind, changes, sentence):
    with pytest.raises(InputError, match=sentence.replace(" .*", ".*")) as caught:
        small(kind, **changes).fit(FEATURES, target(kind))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        (FCNClassifier, {"sampling": "lucky"}, "unknown sampling"),
        (FCNClassifier, {"label_smoothing": 1.0}, "the label smoothing"),
        (FCNRegressor, {"loss": "none"}, r"unknown loss \(given: 'none'; allowed: huber, mse, quantile\)"),
        (FCNRegressor, {"quantiles": (0.9, 0.1)}, "the quantile levels do not increase"),
        (FCNRegressor, {"huber_delta": 0.0}, "the turn of the Huber loss"),
        (FCNMultiTask, {"loss": "none"}, "unknown loss"),
        (FCNMultiTask, {"thresholds": (8.0, 7.0)}, "the thresholds do not increase"),
        (FCNMultiTask, {"thresholds": ()}, "the thresholds do not increase"),
        (FCNMultiTask, {"task_weights": "guessed"}, "unknown weighting of tasks"),
        (FCNMultiTask, {"magnitude_weight": -1.0}, "the weight of the magnitude"),
    ],
)
def test_wrong_parameters_of_heads_are_refused_by_fit(kind, changes, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        small(kind, **changes).fit(FEATURES, target(kind))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"sample_weight": np.zeros(70)}, "sample_weight is zero in every row"),
        ({"sample_weight": -np.ones(70)}, "the least weight of a row"),
        ({"sample_weight": np.ones(69)}, "inconsistent numbers of samples"),
        ({"sample_weight": np.full(70, np.nan)}, "sample_weight contains NaN"),
        ({"blocks": np.ones(69)}, "inconsistent numbers of samples"),
        ({"blocks": ["alu"] * 70}, "cannot validate on one block and train on another"),
    ],
)
def test_wrong_rows_are_refused_by_fit(kind, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        small(kind).fit(FEATURES, target(kind), **arguments)


@pytest.mark.parametrize("kind", ALL)
def test_nothing_is_predicted_before_fitting(kind):
    with pytest.raises(NotFittedError):
        small(kind).predict(FEATURES)


def test_views_are_as_good_as_arrays():
    backwards = FEATURES[:, ::-1]
    view, array = (small().fit(x, LABELS).predict_proba(x) for x in (backwards, backwards.copy()))
    np.testing.assert_array_equal(view, array)


@pytest.mark.parametrize("kind", ALL)
def test_a_row_of_weight_zero_is_as_good_as_absent(kind):
    keep = np.arange(70) % 5 != 2
    weights = np.where(keep, np.linspace(0.5, 2.0, 70), 0.0)
    network = small(kind, encoding="piecewise_linear")
    weighted = predictions(clone(network).fit(FEATURES, target(kind), weights))
    without = clone(network).fit(FEATURES[keep], target(kind)[keep], weights[keep])
    np.testing.assert_array_equal(weighted, predictions(without))
    assert not np.allclose(weighted, predictions(clone(network).fit(FEATURES, target(kind))))


@pytest.mark.parametrize("kind", ALL)
# Under the quantile loss rounding decides on which side of a row at the kink the gradient stands.
@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_weights_are_repeated_rows_in_full_batches_of_even_scaling(kind, loss):
    random = np.random.default_rng(4)
    # Signs and their opposites with equal weights: mean 0 and spread 1, however often a pair comes.
    half = random.choice([-1.0, 1.0], size=(20, 4))
    counts = np.tile(random.integers(1, 4, size=20), 2)
    x = np.concatenate([half, -half])
    magnitude = 8.0 + 0.5 * x[:, 0] * np.tile(random.choice([-1.0, 1.0], size=20), 2)
    y = magnitude >= 8.0 if kind is FCNClassifier else magnitude
    changes = {} if kind is FCNClassifier else {"loss": loss}
    network = small(kind, dropout=0.0, batch_size=200, **changes)
    weighted = clone(network).fit(x, y, counts)
    repeated = clone(network).fit(x.repeat(counts, axis=0), y.repeat(counts))
    np.testing.assert_allclose(predictions(weighted, x), predictions(repeated, x), atol=2e-4)
    unweighted = clone(network).fit(x, y)
    assert np.abs(predictions(weighted, x) - predictions(unweighted, x)).max() > 5e-3


@pytest.mark.parametrize("kind", ALL)
def test_blocks_are_validated_in_turn(kind):
    network = small(kind, n_members=3, patience=2, epochs=40).fit(FEATURES, target(kind), blocks=REGIONS)
    assert np.isfinite(network.validation_losses_[0]).all()
    assert (network.best_epochs_ >= 0).all()
    assert any("no lower validation loss" in reason for reason in network.stopped_)
    # Sorted, "alu" comes first: networks 0 and 2 never see it, network 1 never sees "kur".
    scaling = network.stack_.scaling.shift.numpy()
    for number, left_out in enumerate(("alu", "kur", "alu")):
        mean = FEATURES[left_out != REGIONS].mean(0)
        np.testing.assert_allclose(scaling[number], mean, atol=1e-6)
    again = small(kind, n_members=3).fit(FEATURES, target(kind))
    assert (again.best_epochs_ == -1).all()


def test_blocks_go_through_cross_validation():
    blocks = np.arange(70) // 7
    folds = [(fold.train, fold.test) for fold in ChunkSplitter(exclusion_km=50.0).split(TABLE)]
    network = small(FCNRegressor, patience=5)
    scores = cross_val_score(network, FEATURES, MAGNITUDES, cv=folds, params={"blocks": blocks})
    assert np.isfinite(scores).all()


def test_failed_networks_are_left_out_with_a_warning_or_all_refused():
    # The square of such an error is beyond float32.
    wild = np.where(np.arange(70) == 3, 1e25, FEATURES[:, 0])
    weights = np.where(np.arange(70) == 3, 1e-30, 1.0)
    network = small(FCNRegressor, learning_rate=1e30, epochs=4)
    with pytest.raises(InputError, match=r"every network failed.*became (nan|inf).*lower learning rate"):
        network.fit(FEATURES, wild, weights)


def test_a_network_that_fails_alone_is_left_out(monkeypatch):
    def fit_and_fail(*arguments, **keywords):
        fit = fit_stack(*arguments, **keywords)
        for tensor in fit.stack.state_dict().values():
            tensor[1] = torch.nan
        return replace(fit, stopped=("", "its training loss became nan in epoch 2", ""))

    monkeypatch.setattr("megathrust.training._ensemble.fit_stack", fit_and_fail)
    with pytest.warns(ConvergenceWarning, match=r"1 of 3 networks failed .* \(network 1: its training loss"):
        network = small(FCNMultiTask, n_members=3).fit(FEATURES, MAGNITUDES)
    assert network.stack_.members == 2
    assert np.isfinite(predictions(network)).all()


def test_ordered_classes_and_smoothed_labels_reach_the_engine():
    classes = TABLE.classes([7.6, 8.4])
    network = small(ordinal=True, label_smoothing=0.2, encoding="piecewise_linear", encoding_units=4)
    heads = network.fit(FEATURES, classes).stack_.architecture.heads
    assert heads == Heads(3, ordinal=True)
    assert network.stack_.architecture.n_encoded == 24
    assert network.score(FEATURES, classes) > 0.6
    sharp = small(ordinal=True, encoding="piecewise_linear", encoding_units=4).fit(FEATURES, classes)
    assert network.predict_proba(FEATURES).max() < sharp.predict_proba(FEATURES).max()


def test_a_single_width_is_a_layer():
    assert small(hidden=16).fit(FEATURES, LABELS).stack_.architecture.hidden == (16,)


@pytest.mark.parametrize("kind", ALL)
def test_networks_may_see_some_features_only(kind):
    network = small(kind, n_members=100, epochs=1, features_seen=2, feature_draw="mutual_information")
    network.fit(FEATURES, target(kind))
    seen = network.stack_.subset.chosen.numpy()
    assert seen.shape == (100, 2)
    # F0 and F1 alone decide the magnitude; an even draw would give a third.
    assert np.isin(seen, (0, 1)).mean() > 0.45
    with pytest.raises(InputError, match="features that a network sees"):
        small(kind, features_seen=7).fit(FEATURES, target(kind))
    with pytest.raises(InputError, match="luck"):
        small(kind, features_seen=2, feature_draw="luck").fit(FEATURES, target(kind))


@pytest.mark.parametrize("kind", ALL)
def test_networks_may_share_their_matrices(kind):
    network = small(kind, n_members=4, shared_by=2).fit(FEATURES, target(kind))
    assert network.stack_.architecture.shared_by == 2
    assert np.isfinite(predictions(network)).all()
    with pytest.raises(InputError, match="shared by 3"):
        small(kind, n_members=4, shared_by=3).fit(FEATURES, target(kind))
    with pytest.raises(InputError, match="members that share weights differ in training rows"):
        small(kind, shared_by=2).fit(FEATURES, target(kind), blocks=REGIONS)
