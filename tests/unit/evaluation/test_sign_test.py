"""The test by signs of waves: plain twins, corrections, intervals, and what it may not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from megathrust.core import InputError
from megathrust.evaluation import (
    Prediction,
    SignTest,
    family_p_values,
    held_out_signs,
    rupture_scores,
    sign_test,
    trench_ranks,
)
from megathrust.testing import plain_corrected, plain_cosines, plain_scores
from megathrust.worlds import random_signs, spectral_modes


def signs_of(features, scores, modes, signs):
    return sign_test(modes.T @ features, modes.T @ scores, signs)


def case(seed, rows=24, features=5):
    random = np.random.default_rng(seed)
    region = np.repeat(["a", "b"], rows // 2)
    s_km = np.tile(50.0 * np.arange(rows // 2), 2)
    values = random.normal(size=(rows, features))
    labels = (random.random(rows) < 0.4).astype(float)
    labels[:2] = [0.0, 1.0]
    return region, s_km, values, labels


@pytest.mark.parametrize("seed", range(8))
def test_scores_and_corrected_p_equal_their_plain_twins(seed):
    region, s_km, values, labels = case(seed)
    families = ["x", "y", "x", "z", "y"]
    signs = random_signs(49, 22, seed=seed)
    test = signs_of(values, labels, spectral_modes(region, s_km), signs)
    waves = np.stack(
        [np.concatenate([plain_cosines(column[region == name]) for name in "ab"]) for column in values.T],
        axis=1,
    )
    heights = np.concatenate([plain_cosines(labels[region == name]) for name in "ab"])
    expected = plain_scores(waves * heights[:, None], signs)
    np.testing.assert_allclose(np.vstack([test.score, test.null]), expected, atol=1e-10)
    found = family_p_values(test, families)
    plain = plain_corrected(np.round(np.vstack([test.score, test.null]), 12).tolist(), families)
    assert dict(zip(found.families, found.corrected.tolist(), strict=True)) == pytest.approx(plain)


def test_corrected_p_is_never_smaller_and_keeps_the_order():
    region, s_km, values, labels = case(3)
    test = signs_of(values, labels, spectral_modes(region, s_km), random_signs(199, 22, seed=0))
    found = family_p_values(test, list("abcde"))
    assert np.all(found.corrected >= found.p)
    order = np.argsort(found.p, kind="stable")
    assert np.all(np.diff(found.corrected[order]) >= 0.0)
    # The last family is compared with nothing but itself.
    last = max(found.p[order[-1]], found.corrected[order[-2]])
    assert found.corrected[order[-1]] == pytest.approx(last)


def test_one_family_needs_no_correction_and_a_copy_costs_nothing():
    region, s_km, values, labels = case(5)
    modes, signs = spectral_modes(region, s_km), random_signs(199, 22, seed=0)
    alone = family_p_values(signs_of(values[:, :1], labels, modes, signs), ["a"])
    assert alone.corrected.tolist() == alone.p.tolist()
    twice = family_p_values(signs_of(values[:, [0, 0]], labels, modes, signs), ["a", "b"])
    np.testing.assert_allclose(twice.corrected, alone.p[0])


def test_effect_is_the_correlation_within_trenches():
    region, s_km, values, labels = case(1)
    test = signs_of(values, labels, spectral_modes(region, s_km), random_signs(999, 22, seed=0))
    within = np.empty((24, 6))
    for name in "ab":
        both = np.column_stack([values, labels])[region == name]
        within[region == name] = both - both.mean(0)
    expected = np.corrcoef(within.T)[-1, :-1]
    np.testing.assert_allclose(test.effect, expected, atol=1e-10)
    for feature in range(5):
        inside = test.low[feature] < 0.0 < test.high[feature]
        # An interval without 0 is a two-sided p below 5 %.
        assert inside == (test.p_value(feature) > 0.051) or abs(test.p_value(feature) - 0.05) < 0.005


def test_an_expected_sign_halves_p_or_costs_it():
    null = np.random.default_rng(0).normal(size=(9999, 1))
    test = SignTest(np.array([2.0]), null, *np.zeros((3, 1)))
    assert test.p_value(0, expected="positive") == pytest.approx(test.p_value(0) / 2.0, rel=0.15)
    assert test.p_value(0, expected="negative") > 0.9


def test_a_rupture_counts_once_however_long():
    region = np.array(["a"] * 6)
    labels = np.array([[8.5, 8.5, 8.5, 1.0, 9.0, 1.0]])
    scores = rupture_scores(labels, np.array([[4, 4, 4, 0, 2, 0]]), region)[0]
    assert scores[:3].sum() == pytest.approx((4.0 - 1.5) / 6.0)
    assert scores[4] == pytest.approx((6.0 - 1.5) / 6.0)
    assert scores[[3, 5]].tolist() == [0.0, 0.0]


def test_worlds_and_regions_do_not_share_ruptures():
    labels, ruptures = np.array([[1.0, 0, 1, 0], [1.0, 1, 0, 1]]), np.zeros((2, 4), dtype=int)
    scores = rupture_scores(labels, ruptures, np.array(["a", "a", "b", "b"]))
    for world in range(2):
        alone = rupture_scores(labels[[world]], ruptures[[world]], np.array(["a", "a", "b", "b"]))
        np.testing.assert_array_equal(scores[[world]], alone)
    # A trench that ruptured all over says nothing.
    assert scores[1, :2].tolist() == [0.0, 0.0]


def test_ties_share_their_rank_and_regions_do_not_mix():
    ranks = trench_ranks(np.array([[1.0], [5.0], [5.0], [100.0]]), np.array(["a", "a", "a", "b"]))
    np.testing.assert_allclose(ranks[:, 0], [-1.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0, 0.0])


def test_a_constant_feature_has_no_score_and_one_label_is_refused():
    region, s_km, values, labels = case(0)
    values[:, 2] = 7.0
    modes, signs = spectral_modes(region, s_km), random_signs(99, 22, seed=0)
    test = signs_of(trench_ranks(values, region), labels, modes, signs)
    assert (test.score[2], test.effect[2], test.p_value(2)) == (0.0, 0.0, 1.0)
    with pytest.raises(InputError, match="no trench holds two different labels"):
        signs_of(values, np.zeros(24), modes, signs)


def chunks(seed, said):
    """Return predictions for two chunks of each of two trenches, their labels, and where they are."""
    region, s_km, _, labels = case(seed, rows=80)
    rows = np.arange(80)
    folds = [rows[(s_km < 1000.0) == first] for first in (True, False)]
    return [Prediction(str(k), own, said(labels)[own]) for k, own in enumerate(folds)], labels, region, s_km


def test_means_of_chunks_and_order_of_rows_change_nothing():
    random = np.random.default_rng(0)
    noise = random.normal(size=80)
    given = chunks(2, lambda labels: labels + noise)
    plain = held_out_signs(*given, worlds=999)
    shift = {"a": 3.0, "b": -7.0}
    moved = [
        Prediction(p.scenario, p.rows, p.predicted + [shift[r] for r in given[2][p.rows]]) for p in given[0]
    ]
    shifted = held_out_signs(moved, *given[1:], worlds=999)
    assert shifted.statistic == pytest.approx(plain.statistic)
    assert shifted.p == plain.p
    turned = [Prediction(p.scenario, p.rows[::-1], p.predicted[::-1]) for p in given[0]]
    assert held_out_signs(turned, *given[1:], worlds=999).statistic == pytest.approx(plain.statistic)
    two = [
        Prediction(p.scenario, p.rows, np.column_stack([1.0 - p.predicted, p.predicted])) for p in given[0]
    ]
    assert held_out_signs(two, *given[1:], worlds=999).p == plain.p


def test_held_out_signs_find_what_is_there_and_reject_no_more_often_than_they_say():
    truth = chunks(4, lambda labels: labels + 0.5 * np.random.default_rng(1).normal(size=80))
    assert held_out_signs(*truth, worlds=999).p < 0.01
    opposite = chunks(4, lambda labels: -labels)
    assert held_out_signs(*opposite, worlds=999).p > 0.99
    p = [
        held_out_signs(
            *chunks(seed, lambda labels: np.random.default_rng(9 + len(labels)).normal(size=80)),
            worlds=199,
            seed=seed,
        ).p
        for seed in range(300)
    ]
    assert 0.42 < np.mean(p) < 0.58
    assert np.mean(np.array(p) <= 0.1) < 0.1


def test_random_sums_of_held_out_signs_spread_a_fifth_wider_than_coins():
    noise = np.random.default_rng(2).normal(size=80)
    predictions, *rest = chunks(7, lambda labels: labels + 4.0 * noise)
    found = held_out_signs(predictions, *rest)
    # The sum of many signs is normal.
    assert found.p == pytest.approx(norm.sf(found.statistic / 1.2), abs=0.01)
    assert abs(found.p - norm.sf(found.statistic)) > 0.02
    # In one scenario nothing is taught twice.
    rows = np.concatenate([each.rows for each in predictions])
    said = np.concatenate([each.predicted for each in predictions])
    alone = held_out_signs([Prediction("all", rows, said)], *rest)
    assert alone.p == pytest.approx(norm.sf(alone.statistic), abs=0.01)


def test_what_differs_by_the_rounding_of_single_precision_is_constant():
    random = np.random.default_rng(0)
    predictions, *rest = chunks(2, lambda labels: 0.4 + 1e-8 * random.normal(size=80))
    with pytest.raises(InputError, match="two labels and two predictions"):
        held_out_signs(predictions, *rest)


def test_beyond_what_was_known_only_the_rest_counts():
    noise = np.random.default_rng(3).normal(size=80)
    predictions, labels, region, s_km = chunks(4, lambda labels: labels + 0.3 * noise)
    random = np.random.default_rng(6)
    known = [each.predicted + 0.05 * random.normal(size=len(each.rows)) for each in predictions]
    assert held_out_signs(predictions, labels, region, s_km, beyond=known, worlds=999).p > 0.01
    other = np.random.default_rng(5).normal(size=80)
    unlike = [other[each.rows] for each in predictions]
    assert held_out_signs(predictions, labels, region, s_km, beyond=unlike, worlds=999).p < 0.01
    flat = [np.full(len(each.rows), 0.3) for each in predictions]
    plain = held_out_signs(predictions, labels, region, s_km, worlds=999)
    assert held_out_signs(predictions, labels, region, s_km, beyond=flat, worlds=999) == plain
    for unfit in (
        [0.3 * each.predicted + 0.1 for each in predictions],
        known[:1],
        [known[0], known[1] * np.nan],
    ):
        with pytest.raises(InputError):
            held_out_signs(predictions, labels, region, s_km, beyond=unfit)


def test_a_prediction_that_never_varies_within_a_chunk_is_refused():
    given = chunks(0, lambda labels: np.repeat([0.2, 0.7], 40))
    with pytest.raises(InputError, match="two labels and two predictions"):
        held_out_signs(*given)
