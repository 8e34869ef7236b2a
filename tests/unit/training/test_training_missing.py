"""Networks on features of which values are missing."""

from __future__ import annotations

import numpy as np
import pytest

from megathrust.core import fill_missing
from megathrust.explanation import ATTRIBUTIONS, AttributionOptions, ExplainedStack, make_background
from megathrust.models import FCNArchitecture
from megathrust.testing import synthetic_table
from megathrust.training import FCNClassifier, Member, TrainingOptions, fit_classifier

TABLE = synthetic_table()
CLASSES = TABLE.classes([8.0])
TRAIN = np.arange(0, 100)


def holed(share=0.2, seed=0):
    features = TABLE.features()
    features[np.random.default_rng(seed).random(features.shape) < share] = np.nan
    return features


def fitted(features, **shape):
    architecture = FCNArchitecture(features.shape[1], 2, (8,), **shape)
    members = [Member(TRAIN, seed, learning_rate=1e-2) for seed in range(2)]
    return fit_classifier(features, CLASSES, members, architecture, TrainingOptions(epochs=4)).stack


SHAPES = [
    {},
    {"encoding": "piecewise_linear"},
    {"encoding": "periodic", "features_seen": 3},
    {"encoding": "piecewise_linear", "features_seen": 3, "batch_norm": "after"},
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_missing_value_counts_as_the_median_of_the_members_own_training_rows(shape):
    features = holed()
    stack = fitted(features, **shape)
    median = np.nanmedian(features[TRAIN], axis=0)
    np.testing.assert_allclose(stack.scaling.fill.numpy(), np.tile(median, (2, 1)), rtol=1e-6)
    told = np.where(np.isnan(features), median, features)
    np.testing.assert_allclose(stack.probabilities(features), stack.probabilities(told), atol=1e-6)
    assert np.isfinite(stack.probabilities(features)).all()


def test_nothing_is_fitted_on_what_a_test_row_lacks():
    features = holed()
    other = features.copy()
    other[100:] = np.random.default_rng(1).normal(size=other[100:].shape)
    for ours, theirs in zip(
        fitted(features, features_seen=3).state_dict().values(),
        fitted(other, features_seen=3).state_dict().values(),
        strict=True,
    ):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_feature_that_all_training_rows_lack_is_a_constant(shape):
    features = holed()
    features[TRAIN, 2] = np.nan
    stack = fitted(features, **shape)
    moved = np.where(np.isnan(features), 0.0, features)
    assert np.isfinite(stack.probabilities(moved)).all()
    assert float(stack.scaling.scale[0, 2]) == 1.0


def test_relevance_of_rows_with_missing_values_sums_to_what_it_explains():
    features = holed()
    explained = ExplainedStack(fitted(features, encoding="piecewise_linear"), "outputs")
    background = make_background(features[TRAIN])
    told = fill_missing(features, features[TRAIN])
    found = ATTRIBUTIONS["lrp"](explained, told, background, AttributionOptions())
    np.testing.assert_allclose(found.features.sum(-1) + found.bias, found.delta, atol=1e-9)
    np.testing.assert_allclose(explained.stack.outputs(features), explained.stack.outputs(told), atol=1e-5)


def test_members_without_a_fill_say_nothing_of_rows_with_missing_values():
    stack = fitted(TABLE.features())
    arrays = {name: tensor.numpy() for name, tensor in stack.state_dict().items() if "fill" not in name}
    old = type(stack).from_arrays(stack.architecture, arrays)
    said = old.probabilities(holed())
    lacking = np.isnan(holed()).any(1)
    assert np.isnan(said[:, lacking]).all()
    np.testing.assert_array_equal(said[:, ~lacking], stack.probabilities(TABLE.features())[:, ~lacking])


def test_the_classifier_takes_frames_with_empty_cells():
    network = FCNClassifier(hidden=(16,), learning_rate=1e-2, n_members=2, random_state=0)
    features = holed(0.1)
    fit = network.fit(features, CLASSES)
    assert (fit.predict(features) == CLASSES).mean() > 0.8
    with pytest.raises(ValueError, match="infinity"):
        network.fit(np.where(np.isnan(features), np.inf, features), CLASSES)
