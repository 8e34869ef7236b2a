"""FCNClassifier among scikit-learn's own tools."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from megathrust.core import InputError
from megathrust.explain import relevance
from megathrust.splits import ChunkSplitter
from megathrust.testing import synthetic_table
from megathrust.training import FCNClassifier, Member, TrainingOptions, fit_classifier

TABLE = synthetic_table(regions={"alu": 40, "kur": 30})
FEATURES = TABLE.features()
LABELS = np.array(["smaller", "great"])[TABLE.classes([8.0])]


def small(**changes):
    settings = {"hidden": (16,), "learning_rate": 3e-2, "epochs": 15, "n_members": 2, "random_state": 0}
    return FCNClassifier(**{**settings, **changes})


@parametrize_with_checks([small()])
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


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


def test_same_state_same_numbers_other_state_other_numbers():
    first, again, other = (small(random_state=s).fit(FEATURES, LABELS) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.predict_proba(FEATURES), again.predict_proba(FEATURES))
    assert not np.allclose(first.predict_proba(FEATURES), other.predict_proba(FEATURES))
    cloned = clone(first).fit(FEATURES, LABELS)
    np.testing.assert_array_equal(first.predict_proba(FEATURES), cloned.predict_proba(FEATURES))


def test_copies_by_pickle_predict_the_same():
    network = small().fit(FEATURES, LABELS)
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(network.predict_proba(FEATURES), again.predict_proba(FEATURES))


def test_in_pipelines_cross_validation_and_search():
    folds = [(fold.train, fold.test) for fold in ChunkSplitter(exclusion_km=0.0).split(TABLE)]
    pipeline = make_pipeline(StandardScaler(), small())
    scores = cross_val_score(pipeline, FEATURES, LABELS, cv=folds)
    assert scores.shape == (5,)
    assert scores.mean() > 0.75
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
    ],
)
def test_wrong_parameters_are_refused_by_fit(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        small(**changes).fit(FEATURES, LABELS)


def test_nothing_is_predicted_before_fitting():
    with pytest.raises(NotFittedError):
        small().predict(FEATURES)


def test_views_are_as_good_as_arrays():
    backwards = FEATURES[:, ::-1]
    view, array = (small().fit(x, LABELS).predict_proba(x) for x in (backwards, backwards.copy()))
    np.testing.assert_array_equal(view, array)
