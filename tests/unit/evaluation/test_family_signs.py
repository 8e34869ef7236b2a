"""Held-out signs of families: level without signal, and what a right family gets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from megathrust.core import InputError
from megathrust.evaluation import Prediction, held_out_family_signs, held_out_signs

REGION = np.repeat(np.array(["a", "b", "c", "d"]), 40)
S_KM = np.tile(50.0 * np.arange(40), 4)
ROWS = np.arange(160)
FOLDS = [ROWS[part == ROWS // 20 % 2] for part in (0, 1)]


def smooth(random, columns):
    return gaussian_filter1d(random.normal(size=(160, columns)), 2.0, axis=0)


def test_one_family_is_the_test_of_predictions():
    random = np.random.default_rng(0)
    said, observed = smooth(random, 1), (smooth(random, 1)[:, 0] > 0).astype(float)
    parts = [Prediction(str(number), rows, said[rows]) for number, rows in enumerate(FOLDS)]
    single = [Prediction(str(number), rows, said[rows, 0]) for number, rows in enumerate(FOLDS)]
    families = held_out_family_signs(parts, observed, REGION, S_KM, worlds=999)
    whole = held_out_signs(single, observed, REGION, S_KM, worlds=999)
    assert families.statistic[0] == pytest.approx(whole.statistic)
    assert families.p[0] == pytest.approx(whole.p, abs=0.002)
    assert families.corrected[0] == families.p[0]


def test_the_level_holds_without_signal_and_a_right_family_is_found():
    random = np.random.default_rng(2)
    claimed, found, wrong = [], [], []
    for world in range(150):
        observed = (smooth(random, 1)[:, 0] > 0).astype(float)
        said = smooth(random, 5)
        for planted, results in ((False, claimed), (True, found)):
            shown = said.copy()
            if planted:
                shown[:, 2] += 0.7 * observed
            parts = [Prediction("x", rows, shown[rows]) for rows in FOLDS]
            signs = held_out_family_signs(parts, observed, REGION, S_KM, worlds=199, seed=world)
            passed = signs.corrected <= 0.05
            results.append(passed[2] if planted else passed.any())
            if planted:
                wrong.append(np.delete(passed, 2).any())
    # Independent smooth series in chunks of 20: no more than 8 of 150 are expected.
    assert np.mean(claimed) <= 0.11
    assert np.mean(found) > 0.9
    assert np.mean(wrong) <= 0.12


def test_chunks_that_teach_each_other_do_not_make_a_claim():
    """A linear model of five smooth features, each chunk of two folds told by the labels of the other."""
    random = np.random.default_rng(8)
    claimed = []
    for world in range(200):
        label = (smooth(random, 1)[:, 0] > 0).astype(float)
        features = smooth(random, 5)
        parts = []
        for test, train in (FOLDS, FOLDS[::-1]):
            weights = features[train].T @ (label[train] - label[train].mean())
            parts.append(Prediction("x", test, features[test] * weights))
        signs = held_out_family_signs(parts, label, REGION, S_KM, worlds=199, seed=world)
        claimed.append(signs.corrected.min() <= 0.05)
    # Sums that spread as independent signs say make 20 claims.
    assert np.sum(claimed) <= 10


def test_the_correction_never_helps_and_constant_families_say_nothing():
    random = np.random.default_rng(4)
    observed = (smooth(random, 1)[:, 0] > 0).astype(float)
    said = smooth(random, 4)
    said[:, 1] = 7.0 + 1e-15 * observed
    signs = held_out_family_signs([Prediction("x", ROWS, said)], observed, REGION, S_KM, worlds=199)
    assert (signs.corrected >= signs.p - 1e-12).all()
    assert signs.statistic[1] == 0.0
    assert signs.p[1] == 1.0
    turned = held_out_family_signs(
        [Prediction("x", ROWS[::-1].copy(), said[::-1])], observed, REGION, S_KM, worlds=199
    )
    np.testing.assert_allclose(turned.statistic, signs.statistic)


def test_without_two_labels_there_is_nothing_to_test():
    with pytest.raises(InputError, match="no chunk of a region"):
        held_out_family_signs([Prediction("x", ROWS, np.ones((160, 2)))], np.zeros(160), REGION, S_KM)


@pytest.mark.parametrize("noise", [0, 4])
def test_a_family_that_only_goes_with_the_true_one_loses_beside_it(noise):
    random = np.random.default_rng(5)
    s_km, region = np.arange(200.0), np.repeat(["a", "b", "c", "d"], 50)
    claimed = {"corrected": np.zeros(2 + noise), "beside": np.zeros(2 + noise)}
    for world in range(40):
        label = np.repeat(random.integers(0, 2, 40), 5).astype(float)
        true = label + random.normal(size=200)
        follower = true + 0.7 * random.normal(size=200)
        every = [true, 0.3 * follower, *random.normal(size=(noise, 200))]
        said = [Prediction("0", np.arange(200), np.stack(every, axis=1))]
        found = held_out_family_signs(said, label, region, s_km, worlds=199, seed=world)
        for name, counts in claimed.items():
            counts += getattr(found, name) <= 0.05
    assert claimed["corrected"][:2].min() >= 35
    assert claimed["beside"][0] >= 24
    assert (claimed["beside"][1:] <= 6).all()
