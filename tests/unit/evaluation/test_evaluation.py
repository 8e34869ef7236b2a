from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import binom
from sklearn import metrics

from megathrust.core import InputError, PlantedPower, Verdict
from megathrust.evaluation import (
    BASELINES,
    DEFAULT_RIVALS,
    GUESS,
    MEAN_SCENARIO,
    POOLED_SCENARIO,
    Prediction,
    Rows,
    bootstrap_units,
    classification_scores,
    nearest_segment,
    p_value,
    paired_difference,
    pooled,
    predicted_class,
    region_prior,
    rupture_weights,
    score_table,
    sequential_p_value,
)
from megathrust.worlds import autoregressive_features
from megathrust.worlds._surrogates import lag_one_correlation, shifted_rows


def sample(seed, n_classes, rows=60):
    random = np.random.default_rng(seed)
    classes = random.integers(0, n_classes, rows)
    # Rounded, so that ties occur.
    probabilities = np.round(random.dirichlet(np.ones(n_classes), rows), 1) + 1e-2
    probabilities /= probabilities.sum(1, keepdims=True)
    weights = random.integers(0, 4, (3, rows)).astype(float)
    return classes, probabilities, weights


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_scikit_learn_for_every_weighting(seed, n_classes):
    classes, probabilities, weights = sample(seed, n_classes)
    ours = classification_scores(classes, probabilities, weights)
    predicted = predicted_class(probabilities)
    for i, weight in enumerate(weights):
        f1 = metrics.f1_score(classes, predicted, average="macro", sample_weight=weight)
        assert ours["f1", "macro"][i] == pytest.approx(f1)
        assert ours["accuracy", "all"][i] == pytest.approx(
            metrics.accuracy_score(classes, predicted, sample_weight=weight)
        )
        assert ours["balanced_accuracy", "all"][i] == pytest.approx(
            metrics.balanced_accuracy_score(classes, predicted, sample_weight=weight)
        )
        for c in range(1, n_classes):
            scored = (classes == c, probabilities[:, c])
            auc = metrics.roc_auc_score(*scored, sample_weight=weight)
            precision = metrics.average_precision_score(*scored, sample_weight=weight)
            assert ours["roc_auc", str(c)][i] == pytest.approx(auc)
            assert ours["average_precision", str(c)][i] == pytest.approx(precision)
        np.testing.assert_allclose(
            [[ours["confusion", f"{a}>{b}"][i] for b in range(n_classes)] for a in range(n_classes)],
            metrics.confusion_matrix(classes, predicted, sample_weight=weight),
        )
    if n_classes == 2:
        brier = metrics.brier_score_loss(classes, probabilities[:, 1], sample_weight=weights[0])
        assert ours["brier", "all"][0] == pytest.approx(brier)
    loss = metrics.log_loss(classes, probabilities, sample_weight=weights[0])
    assert ours["log_score", "all"][0] == pytest.approx(loss)


def test_undefined_scores_are_missing_not_zero():
    scores = classification_scores(np.array([1, 1]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    assert np.isnan(scores["roc_auc", "1"][0])
    assert np.isnan(scores["f1", "0"][0])
    assert scores["f1", "macro"][0] == 1.0


def test_a_class_without_a_column_is_refused():
    with pytest.raises(InputError, match="no column"):
        classification_scores(np.array([2]), np.array([[0.5, 0.5]]))


def test_weights_resample_whole_ruptures():
    ruptures = np.array([0, 0, 1, 2, 2, 2])
    weights = rupture_weights(ruptures, replicates=200, seed=3)
    assert np.array_equal(weights[:, 0], weights[:, 1])
    assert np.array_equal(weights[:, 3], weights[:, 5])
    np.testing.assert_array_equal(weights[:, [0, 2, 3]].sum(1), 3.0)


def test_intervals_widen_when_rows_belong_together():
    random = np.random.default_rng(0)
    classes = random.integers(0, 2, 200)
    right = np.repeat(random.random(20) < 0.7, 10)
    probabilities = np.eye(2)[np.where(right, classes, 1 - classes)]
    widths = []
    for ruptures in (np.arange(200), np.repeat(np.arange(20), 10)):
        weights = rupture_weights(ruptures, replicates=500, seed=0)
        table = score_table("m", "p", 0.0, [Prediction("0", np.arange(200), probabilities)], classes, weights)
        row = table.query("metric == 'accuracy' and scenario == '0'").iloc[0]
        assert row["low"] < row["value"] < row["high"]
        widths.append(row["high"] - row["low"])
    assert widths[1] > 2.0 * widths[0]


def test_mean_scenario_is_the_plain_mean():
    classes, probabilities, _ = sample(1, 2)
    parts = [
        Prediction("0", np.arange(30), probabilities[:30]),
        Prediction("1", np.arange(30, 60), probabilities[30:]),
    ]
    table = score_table("m", "p", 0.0, parts, classes, np.ones((20, 60)))
    f1 = table.query("metric == 'f1' and `class` == 'macro'").set_index("scenario")["value"]
    assert f1[MEAN_SCENARIO] == pytest.approx((f1["0"] + f1["1"]) / 2)


def rows_of(region, s_km):
    return Rows(np.zeros((len(region), 1)), np.array(region), np.array(s_km, dtype=float))


def test_nearest_segment_takes_the_lower_of_two_and_stays_in_its_region():
    train = rows_of(["a", "a", "b"], [0.0, 100.0, 40.0])
    test = rows_of(["a", "a", "b", "c"], [50.0, 51.0, 0.0, 0.0])
    got = nearest_segment(train, np.array([0, 1, 1]), test, 2, 0)
    np.testing.assert_allclose(got, [[1, 0], [0, 1], [0, 1], [1 / 3, 2 / 3]])


def test_region_prior_counts_a_half_as_positive():
    train = rows_of(["a", "a", "b"], [0.0, 1.0, 2.0])
    got = region_prior(train, np.array([0, 1, 0]), rows_of(["a", "b", "c"], [0, 0, 0]), 2, 0)
    np.testing.assert_allclose(got[:, 1], [0.5, 0.0, 1 / 3])
    assert predicted_class(got).tolist() == [1, 0, 0]


@pytest.mark.parametrize("name", DEFAULT_RIVALS)
def test_rivals_give_probabilities_and_the_same_again(name):
    random = np.random.default_rng(0)
    region = np.repeat(["a", "b"], 40)
    rows = Rows(random.normal(size=(80, 4)), region, np.tile(np.arange(40.0), 2))
    classes = np.repeat([0, 1, 2, 1], 20)
    train, test = np.arange(0, 80, 2), np.arange(1, 80, 2)
    first, again = (
        BASELINES[name](rows.take(train), classes[train], rows.take(test), 3, 5) for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first.sum(1), 1.0)
    assert first.min() >= 0.0


@pytest.mark.parametrize("name", DEFAULT_RIVALS)
def test_rivals_live_with_a_class_that_training_lacks(name):
    rows = Rows(np.random.default_rng(0).normal(size=(20, 3)), np.repeat("a", 20), np.arange(20.0))
    for classes in (np.repeat([0, 2], 10), np.zeros(20, dtype=int)):
        got = BASELINES[name](rows, classes, rows, 3, 0)
        assert got.shape == (20, 3)
        assert np.all(got[:, 1] == 0.0)


def test_unknown_rival_is_refused():
    with pytest.raises(InputError, match="unknown baseline"):
        BASELINES["oracle"]


def test_shifted_labels_keep_each_trench():
    region = np.array(["b", "a", "a", "b", "a", "b"])
    s_km = np.array([2.0, 0.0, 2.0, 0.0, 1.0, 1.0])
    orders = shifted_rows(region, s_km, surrogates=50, seed=1)
    for order in orders:
        for name in "ab":
            rows = np.flatnonzero(region == name)
            along = rows[np.argsort(s_km[rows])]
            shifted = order[along].tolist()
            turns = [along.tolist()[k:] + along.tolist()[:k] for k in (1, 2)]
            assert shifted in turns


def test_noise_keeps_mean_spread_and_correlation_per_region():
    random = np.random.default_rng(2)
    region = np.repeat(["a", "b"], 150)
    s_km = np.tile(np.arange(150.0), 2)
    truth = (
        np.cumsum(random.normal(size=(300, 2)), axis=0) * 0.1 + np.where(region == "a", 0.0, 10.0)[:, None]
    )
    noise = autoregressive_features(truth, region, s_km, surrogates=400, seed=0)
    for name in "ab":
        part, made = truth[region == name], noise[:, region == name]
        np.testing.assert_allclose(made.mean((0, 1)), part.mean(0), atol=0.25 * part.std(0).max())
        np.testing.assert_allclose(made.std((0, 1)), part.std(0), rtol=0.15)
        wanted = lag_one_correlation(part)
        measured = np.mean([lag_one_correlation(one) for one in made], axis=0)
        np.testing.assert_allclose(measured, wanted, atol=0.06)
    assert abs(np.corrcoef(noise[:, 0, 0], noise[:, 150, 0])[0, 1]) < 0.2


def test_p_value_never_reaches_zero():
    assert p_value(1.0, np.zeros(99)) == 0.01
    assert p_value(0.0, np.zeros(99)) == 1.0


def test_paired_difference_of_equal_models_is_nothing():
    classes, probabilities, _ = sample(0, 2)
    weights = rupture_weights(np.arange(60), replicates=50, seed=0)
    one = [Prediction("0", np.arange(60), probabilities)]
    assert paired_difference(one, one, classes, weights) == (0.0, 0.0, 0.0)
    other = [Prediction("0", np.arange(59), probabilities[:59])]
    with pytest.raises(InputError, match="different rows"):
        paired_difference(one, other, classes, weights)


@pytest.mark.parametrize(
    ("low", "p_values", "passed"),
    [(0.01, {"n": 0.01}, True), (-0.01, {"n": 0.01}, False), (0.01, {"n": 0.2}, False), (0.01, {}, False)],
)
def test_verdict_needs_rival_and_null(low, p_values, passed):
    verdict = Verdict("FCN", "nearest segment", 0.05, low, 0.1, p_values)
    assert verdict.passed == passed
    assert ("NOT SHOWN" in " ".join(verdict.sentences) or not p_values) == (not passed)
    if p_values == {"n": 0.2}:
        assert "what this comparison could have seen was not computed" in verdict.sentences[1]
        seen = dataclasses.replace(verdict, power=PlantedPower(4.0, 20, {"n": 3}))
        assert seen.sentences[1].endswith("with a planted slope of 4 it does in 3 of 20 worlds.")
    # The mirror image of an error.
    error = Verdict("FCN", "nearest segment", -0.05, -0.1, -low, p_values, metric="MAE", lower_is_better=True)
    assert error.passed == passed
    assert "difference in MAE -0.050" in error.sentences[0]


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.95])
def test_an_interval_holds_as_many_replicates_as_it_promises(coverage):
    replicates = np.arange(1.0, 1002.0)
    held_out = [Prediction("0", np.arange(1), np.array([0.0]))]
    table = score_table(
        "model",
        "protocol",
        50.0,
        held_out,
        np.zeros(1),
        replicates[:, None],
        scores=lambda observed, predicted, weights: {("score", "all"): weights[:, 0]},
        coverage=coverage,
    )
    for row in table.itertuples():
        inside = (replicates >= row.low) & (replicates <= row.high)
        assert inside.mean() == pytest.approx(coverage, abs=0.003)
        assert abs((replicates < row.low).sum() - (replicates > row.high).sum()) <= 1


def test_an_interval_that_holds_nothing_is_refused():
    held_out = [Prediction("0", np.arange(2), np.eye(2))]
    with pytest.raises(InputError, match="the coverage of the intervals is out of range"):
        score_table("model", "protocol", 50.0, held_out, np.arange(2), np.ones((9, 2)), coverage=0.0)


def test_no_class_is_the_most_probable_of_nothing():
    with pytest.raises(InputError, match="not finite"):
        predicted_class(np.array([[0.4, 0.6], [np.nan, np.nan]]))


def test_scores_of_whole_regions_are_pooled():
    # Regions of one class: macro-F1 of each is 0, 1 or a half, whatever the model is worth.
    classes = np.array([0, 0, 0, 1, 1, 1, 0, 1])
    right = np.eye(2)[[0, 0, 1, 1, 1, 1, 0, 0]]
    parts = [Prediction(str(i), rows, right[rows]) for i, rows in enumerate(np.split(np.arange(8), [3, 6]))]
    table = score_table("FCN", "regions", np.inf, parts, classes, np.ones((20, 8)), together=True)
    f1 = table[(table["metric"] == "f1") & (table["class"] == "macro")].set_index("scenario")["value"]
    whole = classification_scores(classes, right)["f1", "macro"][0]
    assert list(f1.index) == ["0", "1", "2", POOLED_SCENARIO]
    assert f1[POOLED_SCENARIO] == pytest.approx(whole)
    assert f1[["0", "1", "2"]].mean() != pytest.approx(whole, abs=0.02)
    assert pooled(parts).rows.tolist() == list(range(8))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8])
def test_a_guess_scores_a_half_whatever_the_shares_and_the_larger_class_less(share):
    random = np.random.default_rng(3)
    classes = (random.random(4000) < share).astype(int)
    rows = Rows(np.zeros((4000, 1)), np.array(["sam"] * 4000), 50.0 * np.arange(4000.0))
    drawn = BASELINES[GUESS](rows, classes, rows, 2, 5)
    assert drawn[:, 1].mean() == pytest.approx(share, abs=0.03)
    assert classification_scores(classes, drawn)["f1", "macro"][0] == pytest.approx(0.5, abs=0.03)
    larger = BASELINES["majority class"](rows, classes, rows, 2, 5)
    assert classification_scores(classes, larger)["f1", "macro"][0] < 0.5
    assert not np.array_equal(BASELINES[GUESS](rows, classes, rows, 2, 6), drawn)


@pytest.mark.parametrize(("exceedances", "most"), [(1, 5), (3, 9), (10, 19), (10, 12)])
def test_sequential_p_is_no_smaller_than_it_may_be(exceedances, most):
    # Exact: without a signal the chance to be reached by a world is uniform; integrate over it.
    chance = (np.arange(4000) + 0.5) / 4000
    reached: dict[float, float] = {}
    for worlds in range(exceedances, most + 1):
        at = binom.pmf(exceedances - 1, worlds - 1, chance) * chance
        reached[exceedances / worlds] = reached.get(exceedances / worlds, 0.0) + at.mean()
    for few in range(exceedances):
        p = (1 + few) / (1 + most)
        reached[p] = reached.get(p, 0.0) + binom.pmf(few, most, chance).mean()
    assert sum(reached.values()) == pytest.approx(1.0, abs=1e-4)
    for level in sorted(reached):
        assert sum(share for p, share in reached.items() if p <= level) <= level + 1e-3


def test_sequential_p_by_hand_and_drawn():
    null = np.array([0.2, 0.9, 0.1, 0.8, 0.3])
    assert sequential_p_value(0.8, null, exceedances=2) == (0.5, 4)
    assert sequential_p_value(0.8, null[:3], exceedances=2) == (0.5, 3)
    assert sequential_p_value(0.95, null, exceedances=2) == (p_value(0.95, null), 5)
    # What is not defined counts against the model.
    assert sequential_p_value(0.8, np.array([np.nan, np.nan, 0.1]), exceedances=2) == (1.0, 2)
    with pytest.raises(InputError, match="exceedances"):
        sequential_p_value(0.8, null, exceedances=0)
    random = np.random.default_rng(0)
    p = [sequential_p_value(random.normal(), random.normal(size=99), exceedances=10)[0] for _ in range(4000)]
    for level in (0.05, 0.1, 0.3):
        assert np.mean(np.array(p) <= level) == pytest.approx(level, abs=0.015)


def test_runs_between_great_ruptures_are_one_observation_each():
    region = np.array(["b"] * 4 + ["a"] * 6)
    s_km = np.concatenate([25.0 + 50.0 * np.arange(4), 25.0 + 50.0 * np.arange(6)])
    ruptures = np.array([10, 11, 12, 13, 4, 4, 5, 6, 6, 7])
    great = np.array([0, 0, 0, 0, 1, 1, 0, 1, 1, 0], dtype=bool)
    order = np.random.default_rng(0).permutation(10)
    units = np.empty(10, dtype=int)
    units[order] = bootstrap_units(region[order], s_km[order], ruptures[order], great[order])
    groups = {tuple(np.flatnonzero(units == unit)) for unit in np.unique(units)}
    assert groups == {(0, 1, 2, 3), (4, 5), (6,), (7, 8), (9,)}
    assert sorted(np.unique(units)) == list(range(5))
    # Neighbouring great ruptures stay two; a great rupture that is interrupted stays one.
    units = bootstrap_units(
        np.array(["a"] * 5), np.arange(5.0), np.array([1, 2, 9, 1, 1]), np.array([1, 1, 0, 1, 1], bool)
    )
    assert units[0] == units[3] == units[4]
    assert len({units[0], units[1], units[2]}) == 3


def test_intervals_over_runs_are_wider_where_neighbours_go_together():
    random = np.random.default_rng(2)
    region = np.array(["a"] * 400)
    great = np.repeat(random.random(40) < 0.2, 10)
    said = np.repeat(random.random(40) < 0.2, 10).astype(int)
    lone = np.where(great, np.repeat(np.arange(40), 10), 100 + np.arange(400))
    units = bootstrap_units(region, np.arange(400.0), np.repeat(np.arange(40), 10), great)
    widths = []
    for each in (np.unique(lone, return_inverse=True)[1], units):
        weights = rupture_weights(each, replicates=400, seed=0)
        f1 = classification_scores(great.astype(int), np.eye(2)[said], weights)["f1", "macro"]
        widths.append(np.ptp(np.quantile(f1, [0.025, 0.975])))
    assert widths[1] > 1.05 * widths[0]
