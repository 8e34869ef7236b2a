"""Limits of several deviations: what they flag, what they find, and a plain search for better ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from megathrust.evaluation._planted import plant_outliers, share_limits


def flagged(rows, limits):
    return float((rows > limits).any(1).mean())


def plain_best(usual, planted, share):
    """Return the most that limits find whose numbers of rows beyond them stand in a tenth of proportions."""
    count, found = len(usual), 0.0
    ordered = np.sort(usual, axis=0)[::-1]
    tenths = [each for each in product(range(11), repeat=usual.shape[1]) if sum(each) == 10]
    for parts in tenths:
        for total in np.arange(1, 3 * share * count, 0.25):
            beyond = [int(total * part / 10) for part in parts]
            limits = [ordered[k, j] for j, k in enumerate(beyond)]
            if flagged(usual, limits) <= share:
                found = max(found, float(np.mean([flagged(rows, limits) for rows in planted])))
    return found


@pytest.mark.parametrize("seed", range(2))
def test_no_limits_in_such_proportions_find_more(seed):
    random = np.random.default_rng(seed)
    usual = random.normal(size=(60, 3)) * [1.0, 2.0, 1.0]
    planted = [usual[:40] + shift for shift in ([2.0, 0.0, 0.5], [0.0, 3.0, 1.0])]
    limits = share_limits(usual, planted, 0.1)
    assert flagged(usual, limits) <= 0.1
    found = float(np.mean([flagged(rows, limits) for rows in planted]))
    assert found == pytest.approx(plain_best(usual, planted, 0.1), abs=1e-12)


def test_a_deviation_that_finds_nothing_gets_no_share():
    random = np.random.default_rng(0)
    usual = random.normal(size=(400, 3))
    found_by_the_second = random.normal([-9.0, 2.0, -9.0], size=(400, 3))
    limits = share_limits(usual, [found_by_the_second], 0.05)
    assert limits[0] == usual[:, 0].max()
    assert limits[2] == usual[:, 2].max()
    assert flagged(usual, limits) == pytest.approx(0.05, abs=0.003)


def test_few_rows_and_ties_flag_no_more_than_asked():
    usual = np.repeat([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], 5, axis=0)
    limits = share_limits(usual, [usual + 0.5], 0.05)
    np.testing.assert_array_equal(limits, [1.0, 1.0])


def test_what_is_planted():
    random = np.random.default_rng(0)
    points = random.normal(size=(50, 8))
    points[:, 7] = points[:, 7] > 0.0
    one, five, permuted = plant_outliers(points)
    np.testing.assert_allclose(np.sort(np.abs(one - points), axis=1)[:, -2:], [[0.0, 6.0]] * 50)
    np.testing.assert_allclose(np.sort(np.abs(five - points), axis=1), [[0.0] * 3 + [3.0] * 5] * 50)
    np.testing.assert_array_equal(np.sort(permuted, axis=0), np.sort(points, axis=0))
    np.testing.assert_array_equal(one[:, 7], points[:, 7])
    np.testing.assert_array_equal(plant_outliers(points)[0], one)
