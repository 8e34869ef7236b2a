"""What must hold of tests by signs of waves, whatever the table."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from megathrust.evaluation import family_p_values, rupture_scores, sign_test, trench_ranks
from megathrust.worlds import NULLS, Trenches, path_modes, random_signs, spectral_modes

SEEDS = st.integers(0, 2**31)


def signs_of(features, scores, modes, signs):
    return sign_test(modes.T @ features, modes.T @ scores, signs)


def table(seed, regions, rows):
    """Return region, arc length with gaps, and features that are smooth along trenches."""
    random = np.random.default_rng(seed)
    region = np.repeat([f"r{i}" for i in range(regions)], rows)
    s_km = np.concatenate([np.cumsum(random.choice([50.0, 50.0, 50.0, 400.0], rows)) for _ in range(regions)])
    features = np.cumsum(random.normal(size=(regions * rows, 3)), axis=0)
    return random, region, s_km, features


@given(SEEDS, st.integers(1, 3), st.integers(2, 25))
@settings(deadline=None, max_examples=40)
def test_signs_keep_means_variances_spectra_and_cross_correlations(seed, regions, rows):
    _, region, s_km, features = table(seed, regions, rows)
    rows = np.arange(len(region))
    trenches = Trenches(region, s_km, np.zeros(len(region)), rows, features)
    made = NULLS["spectral signs"](trenches, seed % 1000).features
    for name in np.unique(region):
        own = region == name
        scale = 1.0 + np.abs(features[own]).max()
        np.testing.assert_allclose(made[own].mean(0), features[own].mean(0), atol=1e-9 * scale)
        centred, new = (part - part.mean(0) for part in (features[own], made[own]))
        np.testing.assert_allclose(new.T @ new, centred.T @ centred, atol=1e-8 * scale**2)
        modes = path_modes(s_km[own], without=(2,))
        np.testing.assert_allclose(np.abs(modes.T @ new), np.abs(modes.T @ centred), atol=1e-8 * scale)
        # What lies in no wave, mean and square, stays as it is.
        np.testing.assert_allclose(
            made[own] - modes @ (modes.T @ made[own]),
            features[own] - modes @ (modes.T @ features[own]),
            atol=1e-8 * scale,
        )


@given(SEEDS, st.integers(2, 4), st.integers(4, 20), st.floats(-1e3, 1e3), st.floats(0.1, 50.0))
@settings(deadline=None, max_examples=40)
def test_what_a_region_adds_or_stretches_changes_nothing(seed, regions, rows, shift, factor):
    random, region, s_km, features = table(seed, regions, rows)
    labels = (random.random((1, regions * rows)) < 0.4).astype(float)
    labels[0, :2] = [0.0, 1.0]
    scores = rupture_scores(labels, np.arange(regions * rows)[None], region)[0]
    modes = spectral_modes(region, s_km)
    signs = random_signs(99, modes.shape[1], seed=1)
    moved = np.round(features, 3).copy()
    before = signs_of(trench_ranks(moved, region), scores, modes, signs)
    moved[region == "r0"] = factor * moved[region == "r0"] + shift
    after = signs_of(trench_ranks(np.round(moved, 9), region), scores, modes, signs)
    np.testing.assert_allclose(after.score, before.score, atol=1e-9)
    np.testing.assert_allclose(after.null, before.null, atol=1e-9)


@given(SEEDS)
@settings(deadline=None, max_examples=10)
def test_p_is_uniform_without_a_signal(seed):
    """Labels whose waves have signs of their own: every p is as likely as any other, for families, too."""
    random, region, s_km, features = table(seed, 2, 20)
    modes = spectral_modes(region, s_km)
    ranks = trench_ranks(features, region)
    label = modes @ (random.normal(size=modes.shape[1]))
    single, smallest = [], []
    for world in range(200):
        flipped = modes @ (random_signs(1, modes.shape[1], seed=seed + world)[0] * (modes.T @ label))
        test = signs_of(ranks, flipped, modes, random_signs(99, modes.shape[1], seed=world))
        single.append(test.p_value(0))
        smallest.append(family_p_values(test, ["a", "a", "b"]).corrected.min())
    # Six standard deviations of a share of 200 worlds.
    for level in (0.1, 0.3, 0.5):
        assert abs(np.mean(np.array(single) <= level) - level) < 6.0 * np.sqrt(level * (1 - level) / 200)
    assert np.mean(np.array(smallest) <= 0.1) < 0.1 + 6.0 * np.sqrt(0.09 / 200)
