from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from megathrust.core import InputError
from megathrust.evaluation import (
    MAGNITUDE_BASELINES,
    MEAN_SCENARIO,
    SCORE_COLUMNS,
    Prediction,
    Rows,
    held_out_range_coverage,
    magnitude_margin,
    magnitude_range,
    magnitude_scores,
    paired_difference,
    quantile_scores,
    rupture_weights,
    score_table,
    with_known_magnitudes,
)
from megathrust.testing import plain_conformal_threshold

ERRORS = {"scores": magnitude_scores, "metric": ("mae", "all")}


def sample(seed, rows=50):
    random = np.random.default_rng(seed)
    # Rounded, so that ties occur.
    observed = np.round(random.normal(8.0, 0.6, rows), 1)
    predicted = np.round(observed + random.normal(0.0, 0.5, rows), 1)
    weights = random.integers(0, 4, (3, rows)).astype(float)
    return observed, predicted, weights


@pytest.mark.parametrize("seed", range(8))
def test_scores_equal_those_of_repeated_rows(seed):
    observed, predicted, weights = sample(seed)
    ours = magnitude_scores(observed, predicted, weights)
    for i, weight in enumerate(weights.astype(int)):
        o, p = np.repeat(observed, weight), np.repeat(predicted, weight)
        expected = {
            "mae": metrics.mean_absolute_error(o, p),
            "rmse": metrics.root_mean_squared_error(o, p),
            "bias": (p - o).mean(),
            "r2": metrics.r2_score(o, p),
            "spearman": stats.spearmanr(o, p).statistic,
        }
        for name, value in expected.items():
            assert ours[name, "all"][i] == pytest.approx(value, abs=1e-12)


def test_segments_without_an_event_do_not_count():
    observed, predicted, weights = sample(1)
    longer = np.append(observed, [np.nan, np.nan])
    more = magnitude_scores(
        longer, np.append(predicted, [1.0, 12.0]), np.pad(weights, ((0, 0), (0, 2))) + 1.0
    )
    expected = magnitude_scores(observed, predicted, weights + 1.0)
    for key, values in expected.items():
        np.testing.assert_array_equal(more[key], values)
    nothing = magnitude_scores(np.array([np.nan]), np.array([8.0]))
    assert all(np.isnan(values).all() for values in nothing.values())


def test_a_constant_has_no_correlation_and_an_even_truth_no_r2():
    scores = magnitude_scores(np.array([7.1, 8.3, 8.9]), np.full(3, 8.1))
    assert np.isnan(scores["spearman", "all"][0])
    # The second weighting leaves rows of one magnitude only.
    weights = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    scores = magnitude_scores(np.array([8.1, 8.1, 8.9]), np.array([8.0, 8.2, 8.4]), weights)
    assert np.isfinite(scores["r2", "all"][0])
    assert np.isnan(scores["r2", "all"][1])
    assert np.isnan(scores["spearman", "all"][1])
    assert scores["mae", "all"][1] == pytest.approx(0.1)


def test_predictions_that_are_no_number_are_refused():
    with pytest.raises(InputError, match=r"not finite \(given: row 1\)"):
        magnitude_scores(np.array([8.0, 8.0]), np.array([8.0, np.nan]))
    with pytest.raises(InputError, match="observed"):
        magnitude_scores(np.array([8.0]), np.array([8.0, 8.1]))


@pytest.mark.parametrize("seed", range(4))
def test_quantile_scores_equal_their_definitions(seed):
    observed, predicted, weights = sample(seed)
    levels = (0.1, 0.5, 0.9)
    quantiles = predicted[:, None] + np.array([-0.5, 0.0, 0.4])
    observed[3] = np.nan
    ours = quantile_scores(observed, quantiles, levels, weights)
    known = np.isfinite(observed)
    o, q = observed[known], quantiles[known]
    for i, weight in enumerate(weights[:, known]):
        losses = [
            metrics.mean_pinball_loss(o, q[:, k], alpha=level, sample_weight=weight)
            for k, level in enumerate(levels)
        ]
        assert ours["pinball", "all"][i] == pytest.approx(np.mean(losses))
        assert ours["width", "all"][i] == pytest.approx(0.9)
        inside = (o >= q[:, 0]) & (o <= q[:, 2])
        assert ours["coverage", "all"][i] == pytest.approx(np.average(inside, weights=weight))
        assert ours["below", "0.5"][i] == pytest.approx(np.average(o <= q[:, 1], weights=weight))
    with pytest.raises(InputError, match="levels"):
        quantile_scores(observed, quantiles, (0.1, 0.9))


def trench_rows(seed, rows=40):
    random = np.random.default_rng(seed)
    region = random.choice(["alu", "kur"], rows)
    return Rows(random.normal(size=(rows, 4)), region, np.round(random.uniform(0.0, 900.0, rows), -1))


@pytest.mark.parametrize("seed", range(5))
def test_lookups_know_the_trench_only(seed):
    random = np.random.default_rng(seed)
    train, test = trench_rows(seed), trench_rows(seed + 100, 30)
    test.region[4] = "sam"
    magnitudes = random.normal(8.0, 0.5, 40)
    magnitudes[[5, 9]] = np.nan
    known = np.isfinite(magnitudes)
    nearest = with_known_magnitudes(MAGNITUDE_BASELINES["nearest segment"])(train, magnitudes, test, 0)
    means = with_known_magnitudes(MAGNITUDE_BASELINES["region mean"])(train, magnitudes, test, 0)
    for row in range(30):
        same = [i for i in np.flatnonzero(known) if train.region[i] == test.region[row]]
        if not same:
            assert nearest[row] == means[row] == pytest.approx(magnitudes[known].mean())
            continue
        at = min(same, key=lambda i: (abs(train.s_km[i] - test.s_km[row]), train.s_km[i]))
        assert nearest[row] == magnitudes[at]
        assert means[row] == pytest.approx(magnitudes[same].mean())


@pytest.mark.parametrize("name", MAGNITUDE_BASELINES)
def test_every_rival_learns_from_rows_with_an_event(name):
    train, test = trench_rows(1, 60), trench_rows(2, 30)
    magnitudes = 8.0 + 0.5 * train.features[:, 0]
    rival = with_known_magnitudes(MAGNITUDE_BASELINES[name])
    expected = rival(train.take(np.arange(50)), magnitudes[:50], test, 3)
    magnitudes[50:] = np.nan
    predicted = rival(train, magnitudes, test, 3)
    np.testing.assert_array_equal(predicted, expected)
    assert predicted.shape == (30,)
    assert 6.0 < predicted.min() <= predicted.max() < 10.0
    if name not in ("training mean", "region mean", "nearest segment"):
        assert np.corrcoef(predicted, test.features[:, 0])[0, 1] > 0.7
    with pytest.raises(InputError, match="no training row has a magnitude"):
        with_known_magnitudes(MAGNITUDE_BASELINES[name])(train, np.full(60, np.nan), test, 0)


def test_an_unknown_rival_is_refused():
    with pytest.raises(InputError, match="unknown baseline"):
        MAGNITUDE_BASELINES["astrology"]


def scenarios(predicted):
    parts = (np.arange(0, 20), np.arange(20, 50))
    return [Prediction(f"scenario {i}", rows, predicted[rows]) for i, rows in enumerate(parts)]


def test_score_rows_carry_intervals_over_ruptures():
    observed, predicted, _ = sample(4)
    weights = rupture_weights(np.arange(50) // 5, replicates=200, seed=1)
    table = score_table("FCN", "seed", 50.0, scenarios(predicted), observed, weights, scores=magnitude_scores)
    assert tuple(table.columns) == SCORE_COLUMNS
    mae = table.query("metric == 'mae'").set_index("scenario")
    assert mae.loc["scenario 1", "value"] == pytest.approx(np.abs(predicted - observed)[20:].mean())
    assert mae.loc[MEAN_SCENARIO, "value"] == pytest.approx(mae["value"].iloc[:2].mean())
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


def test_the_better_model_has_the_smaller_error():
    observed, predicted, _ = sample(4)
    weights = rupture_weights(np.arange(50) // 5, replicates=200, seed=1)
    better = scenarios(observed + 0.1)
    difference, low, high = paired_difference(better, scenarios(predicted), observed, weights, **ERRORS)
    assert low <= difference <= high < 0.0
    expected = [0.1 - np.abs(predicted - observed)[each.rows].mean() for each in better]
    assert difference == pytest.approx(np.mean(expected))
    with pytest.raises(InputError, match="different rows"):
        paired_difference(better[::-1], scenarios(predicted), observed, weights, **ERRORS)


@pytest.mark.parametrize("seed", range(20))
def test_the_margin_equals_its_plain_twin(seed):
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 60))
    observed, middle = random.normal(8.0, 0.5, (2, rows))
    low, high = middle - random.uniform(0.0, 1.0, rows), middle + random.uniform(0.0, 1.0, rows)
    groups = random.integers(random.integers(1, 25), size=rows)
    scores = [max(a - y, y - b) for a, b, y in zip(low, high, observed, strict=True)]
    for coverage in (Fraction(1, 2), Fraction(4, 5), Fraction(9, 10)):
        expected = plain_conformal_threshold(scores, groups.tolist(), coverage)
        found = magnitude_margin(observed, low, high, groups, coverage=float(coverage))
        assert found == pytest.approx(expected, abs=1e-12)


def test_ranges_hold_what_they_promise_for_groups_of_one_law():
    random = np.random.default_rng(3)
    held = []
    for _ in range(300):
        # Groups of one common deviation, of unequal sizes; the last one is new.
        groups = np.repeat(np.arange(21), random.integers(1, 8, 21))
        observed = 8.0 + random.normal(0.0, 0.4, 21)[groups] + random.normal(0.0, 0.2, len(groups))
        predicted = np.full(len(groups), 8.0)
        known = groups < 20
        margin = magnitude_margin(
            observed[known], predicted[known], predicted[known], groups[known], coverage=0.8
        )
        low, high = magnitude_range(predicted[~known], predicted[~known], margin)
        held.append(np.mean((observed[~known] >= low) & (observed[~known] <= high)))
    assert 0.78 < np.mean(held) < 0.9


def test_segments_without_an_event_calibrate_nothing():
    observed, predicted, _ = sample(2)
    groups = np.arange(50) // 2
    expected = magnitude_margin(observed, predicted - 0.2, predicted + 0.2, groups)
    more = np.append(observed, [np.nan] * 30)
    wide = np.append(predicted, np.zeros(30))
    found = magnitude_margin(more, wide - 0.2, wide + 0.2, np.append(groups, np.arange(100, 130)))
    assert found == expected
    assert magnitude_margin(np.array([np.nan]), *np.zeros((2, 1)), [0]) == np.inf


def test_ends_that_would_cross_meet():
    low, high = magnitude_range(np.array([7.0, 7.9]), np.array([9.0, 8.1]), -0.5)
    np.testing.assert_allclose([low, high], [[7.5, 8.0], [8.5, 8.0]])


def test_coverage_is_measured_in_regions_that_did_not_calibrate():
    observed = np.array([8.0, 8.2, 7.0, 7.4, np.nan, 8.8])
    predicted = np.array([8.1, 8.1, 8.1, 8.1, 8.1, 8.1])
    region = np.array(["alu", "alu", "kur", "kur", "kur", "sam"])
    groups = np.arange(6)
    usual, nine_tenths = (
        held_out_range_coverage(observed, predicted, predicted, groups, region, **options)
        for options in ({}, {"coverage": 0.9})
    )
    assert usual.equals(nine_tenths)
    frame = held_out_range_coverage(observed, predicted, predicted, groups, region, coverage=0.5)
    assert frame["region"].tolist() == ["alu", "kur", "sam"]
    assert frame["rows"].tolist() == [2, 2, 1]
    for name, part in frame.set_index("region").iterrows():
        others = (region != name) & np.isfinite(observed)
        margin = np.sort(np.abs(observed - predicted)[others])[int(np.ceil(0.5 * (others.sum() + 1))) - 1]
        assert part["margin"] == pytest.approx(margin)
        own = (region == name) & np.isfinite(observed)
        assert part["coverage"] == np.mean(np.abs(observed - predicted)[own] <= margin + 1e-9)
        assert part["mean_width"] == pytest.approx(2.0 * margin)
    alone = held_out_range_coverage(observed[:2], predicted[:2], predicted[:2], groups[:2], region[:2])
    assert alone["margin"].tolist() == [np.inf]
    assert alone["coverage"].tolist() == [1.0]
