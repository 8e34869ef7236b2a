"""FCNRegressor and FCNMultiTask: magnitudes, quantiles, and classes beside them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from megathrust.core import InputError
from megathrust.models import FCNArchitecture, Heads
from megathrust.testing import synthetic_table
from megathrust.training import (
    FCNClassifier,
    FCNMultiTask,
    FCNRegressor,
    Member,
    Targets,
    TrainingOptions,
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


@pytest.mark.parametrize("uniform", [False, True])
@pytest.mark.parametrize("loss", ["mse", "huber", "quantile"])
def test_regressors_learn_and_return_to_units(loss, uniform):
    # Years and kilometres instead of magnitudes: the scale is learned.
    days = 2e4 + 300.0 * MAGNITUDES
    network = small(FCNRegressor, loss=loss, uniform=uniform, epochs=60, dropout=0.0).fit(FEATURES, days)
    assert network.score(FEATURES, days) > 0.8
    predicted = network.predict(FEATURES)
    members = network.stack_.magnitudes(FEATURES)
    np.testing.assert_allclose(predicted, members.mean(0), rtol=1e-5)
    if uniform:
        assert predicted.min() >= days.min()
        assert predicted.max() <= days.max()
    if loss != "quantile":
        with pytest.raises(InputError, match="predicts no quantiles"):
            network.predict_quantiles(FEATURES)


def test_tiny_units_are_scaled_as_well():
    moment = 1e-12 * (MAGNITUDES - 7.0)
    plain, tiny = (small(FCNRegressor).fit(FEATURES, y) for y in (MAGNITUDES - 7.0, moment))
    np.testing.assert_allclose(tiny.predict(FEATURES), 1e-12 * plain.predict(FEATURES), rtol=1e-3, atol=1e-15)


@pytest.mark.parametrize("kind", [FCNRegressor, FCNMultiTask])
def test_quantiles_are_ordered_and_their_middle_is_the_prediction(kind):
    levels = (0.05, 0.3, 0.5, 0.95)
    network = small(kind, loss="quantile", quantiles=levels, epochs=40).fit(FEATURES, MAGNITUDES)
    quantiles = network.predict_quantiles(FEATURES)
    assert quantiles.shape == (70, 4)
    assert (np.diff(quantiles, axis=1) >= 0.0).all()
    np.testing.assert_allclose(quantiles[:, 2], network.predict(FEATURES), rtol=1e-12)
    below = (MAGNITUDES[:, None] < quantiles).mean(0)
    assert (np.diff(below) > 0.0).all()
    assert below[0] < 0.25
    assert below[3] > 0.8


@pytest.mark.parametrize("ordinal", [False, True])
@pytest.mark.parametrize("loss", ["mse", "quantile"])
def test_both_tasks_are_those_of_a_direct_fit(ordinal, loss):
    observed = MAGNITUDES.copy()
    observed[[2, 40]] = np.nan
    thresholds = (7.6, 8.4)
    options = {"ordinal": ordinal, "loss": loss, "quantiles": (0.2, 0.8), "task_weights": "learned"}
    extra = {"class_weights": True, "label_smoothing": 0.1, "sampling": "balanced", "uniform": True}
    network = small(FCNMultiTask, thresholds=thresholds, encoding="periodic", **options, **extra)
    network.fit(FEATURES, observed)
    seeds = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=2)
    members = [Member(np.arange(70), int(seed), 3e-2, 1e-2, 0.2, 0.1) for seed in seeds]
    classes = np.where(np.isnan(observed), 0, TABLE.classes(thresholds))
    heads = Heads(3, ordinal, loss, (0.2, 0.8), uniform=True)
    architecture = FCNArchitecture(6, heads.n_outputs, (16,), encoding="periodic", heads=heads)
    training = TrainingOptions(
        15, 64, "adamw", class_weights=True, sampling="balanced", task_weights="learned"
    )
    stack = fit_stack(FEATURES, Targets(classes, observed), members, architecture, training).stack
    np.testing.assert_array_equal(network.to_classes(observed), classes)
    np.testing.assert_allclose(network.predict(FEATURES), stack.magnitudes(FEATURES).mean(0), atol=1e-5)
    probabilities = stack.probabilities(FEATURES).mean(0)
    ours = network.predict_class_probabilities(FEATURES)
    np.testing.assert_allclose(ours, probabilities, atol=1e-5)
    np.testing.assert_array_equal(network.predict_class(FEATURES), ours.argmax(1))


def test_segments_without_an_event_teach_their_class_only():
    without = np.where(MAGNITUDES < 7.8, np.nan, MAGNITUDES)
    network = small(FCNMultiTask, epochs=60).fit(FEATURES, without)
    lowest = network.predict_class_probabilities(FEATURES)[:, 0]
    assert lowest[np.isnan(without)].mean() > 0.7
    # Nothing stands for the magnitude of such a segment: what is predicted there is extrapolated.
    assert np.median(network.predict(FEATURES)[np.isnan(without)]) > 7.2
    known = ~np.isnan(without)
    expected = r2_score(without[known], network.predict(FEATURES)[known])
    assert network.score(FEATURES, without) == pytest.approx(expected, abs=1e-12)
    weights = np.linspace(1.0, 2.0, 70)
    weighted = r2_score(without[known], network.predict(FEATURES)[known], sample_weight=weights[known])
    assert network.score(FEATURES, without, weights) == pytest.approx(weighted, abs=1e-12)
    with pytest.raises(ValueError, match="contains NaN"):
        small(FCNRegressor).fit(FEATURES, without)
