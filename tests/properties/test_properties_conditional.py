"""Worlds in which some features keep only what the others say of them."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from megathrust.core import InputError
from megathrust.worlds import Trenches, path_modes, without_own

SEEDS = st.integers(0, 2**31)


def trenches(seed, rows=40, features=5):
    random = np.random.default_rng(seed)
    region = np.repeat(["a", "b"], rows)
    s_km = np.concatenate([np.cumsum(random.choice([50.0, 100.0], size=rows)) for _ in range(2)])
    x = random.normal(size=(2 * rows, features)).cumsum(0)
    x[:, 1] += x[:, 0]
    return Trenches(region, s_km, np.zeros(2 * rows), np.arange(2 * rows), x)


def own_part(real, columns):
    """Return what is left of columns by a regression on the others, both less their regional means."""
    centred = real.features.copy()
    for name in ("a", "b"):
        centred[real.region == name] -= centred[real.region == name].mean(0)
    others = np.delete(centred, columns, axis=1)
    return centred[:, columns] - others @ np.linalg.pinv(others) @ centred[:, columns]


@given(SEEDS)
@settings(max_examples=30)
def test_others_and_what_they_say_stay_and_own_waves_keep_their_size(seed):
    real = trenches(seed)
    world = without_own([1, 3])(real, seed % 1000)
    np.testing.assert_array_equal(world.features[:, [0, 2, 4]], real.features[:, [0, 2, 4]])
    np.testing.assert_array_equal(world.labelled, np.arange(80))
    changed = world.features[:, [1, 3]] - real.features[:, [1, 3]]
    assert np.abs(changed).max() > 0.01
    for name in ("a", "b"):
        own = real.region == name
        # Mean and square are no waves: they stay.
        modes = path_modes(real.s_km[own], without=(2,))
        rest = changed[own] - modes @ (modes.T @ changed[own])
        np.testing.assert_allclose(rest, 0.0, atol=1e-8 * np.abs(real.features).max())
        # A wave of the own part, what a line through the others leaves, keeps its size or turns over.
        before = modes.T @ own_part(real, [1, 3])[own]
        after = before + modes.T @ changed[own]
        np.testing.assert_allclose(np.abs(after), np.abs(before), atol=1e-7 * np.abs(real.features).max())


@given(SEEDS)
@settings(max_examples=30)
def test_what_others_say_wholly_stays_as_it_is(seed):
    real = trenches(seed)
    real.features[:, 4] = 2.0 * real.features[:, 0] - real.features[:, 2] + 7.0
    world = without_own([4])(real, 1)
    np.testing.assert_allclose(world.features, real.features, atol=1e-7 * np.abs(real.features).max())


def test_missing_values_are_refused():
    real = trenches(0)
    real.features[3, 1] = np.nan
    with pytest.raises(InputError, match="a feature is missing somewhere"):
        without_own([1])(real, 0)
