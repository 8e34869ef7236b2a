"""Worlds of labels and waves along trenches: what each keeps, and what it breaks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import spearmanr

from megathrust.core import InputError
from megathrust.testing import plain_cosines
from megathrust.worlds import (
    NULLS,
    WORLDS,
    Trenches,
    driver_of,
    longer_record,
    path_modes,
    planted_world,
    random_phases,
    random_signs,
    redrawn_labels,
    spectral_modes,
    world_labels,
)
from megathrust.worlds._layouts import lay_out


def trenches(seed=0):
    """Return two trenches in shuffled rows: ruptures of 1 to 5 segments, some trenches' labels all alike."""
    random = np.random.default_rng(seed)
    region = np.repeat(["a", "b", "c"], [30, 25, 10])
    s_km = np.concatenate([25.0 + 50.0 * np.arange(n) for n in (30, 25, 10)])
    labels = np.concatenate(
        [np.repeat([1, 0, 1, 0, 1], [5, 10, 3, 10, 2]), np.repeat([0, 1], [21, 4]), np.ones(10)]
    )
    ruptures = np.concatenate([[0], np.cumsum((np.diff(labels) != 0) | (region[1:] != region[:-1]))])
    order = random.permutation(65)
    features = random.normal(size=(65, 3))
    return Trenches(region[order], s_km[order], labels[order].astype(float), ruptures[order], features[order])


def runs(labels):
    """Return the sorted lengths of runs of ones."""
    padded = np.concatenate([[0], labels, [0]])
    edges = np.flatnonzero(np.diff(padded))
    return sorted((edges[1::2] - edges[::2]).astype(int).tolist())


@pytest.mark.parametrize("kind", [kind for kind in WORLDS if kind != "regional rates"])
@pytest.mark.parametrize("slope", [0.0, 5.0])
def test_worlds_keep_every_trench_its_number_of_great_segments(kind, slope):
    real = trenches()
    driver = driver_of(real.features[:, :1], real.region)
    drawn = world_labels(kind, real, worlds=20, seed=3, driver=driver, slope=slope)
    for rows in real.along():
        np.testing.assert_array_equal(drawn.labels[:, rows].sum(1), real.labels[rows].sum())
    again = world_labels(kind, real, worlds=20, seed=3, driver=driver, slope=slope)
    np.testing.assert_array_equal(drawn.labels, again.labels)
    assert (drawn.labels != world_labels(kind, real, worlds=20, seed=4).labels).any()


def test_ruptures_laid_out_anew_keep_their_lengths_and_magnitudes():
    real = trenches()
    drawn = world_labels("independent", real, worlds=30, seed=0)
    rows = real.along()[0]
    for labels, ruptures in zip(drawn.labels[:, rows], drawn.ruptures[:, rows], strict=True):
        sizes = sorted(np.unique(ruptures[labels == 1.0], return_counts=True)[1].tolist())
        assert sizes == [2, 3, 5]
        # Neighbouring ruptures may touch, none is torn apart.
        assert sum(runs(labels)) == 10
        assert all(np.ptp(np.flatnonzero(ruptures == r)) == np.sum(ruptures == r) - 1 for r in ruptures)


def test_without_a_signal_every_place_is_as_good_as_any():
    drawn, _ = lay_out(
        np.array([1.0, 1, 0, 0, 0, 0]),
        np.array([9, 9, 1, 2, 3, 4]),
        np.zeros((6000, 6)),
        random=np.random.default_rng(0),
    )
    starts = np.argmax(drawn, axis=1)
    np.testing.assert_allclose(np.bincount(starts, minlength=5), 1200, atol=5 * np.sqrt(960))


def test_odds_of_a_rupture_are_those_of_its_place():
    """A trench of one rupture has as many worlds as places: the chain must draw them as logistic says."""
    driver = np.array([0.0, 1.0, 2.0, 0.5, -1.0])
    drawn, _ = lay_out(
        np.array([1.0, 1, 0, 0, 0]),
        np.array([7, 7, 1, 2, 3]),
        np.tile(driver, (20000, 1)),
        random=np.random.default_rng(1),
    )
    means = (driver[1:] + driver[:-1]) / 2.0
    expected = np.exp(means) / np.exp(means).sum()
    np.testing.assert_allclose(np.bincount(np.argmax(drawn, axis=1)) / 20000, expected, atol=0.015)


def test_magnitudes_move_with_their_ruptures():
    magnitudes = np.array([9.0, 9.0, 7.0, 1.0, 1.0, 8.0])
    drawn, numbers = lay_out(
        magnitudes, np.array([0, 0, 1, 2, 2, 3]), np.zeros((10, 6)), random=np.random.default_rng(0)
    )
    for labels, number in zip(drawn, numbers, strict=True):
        assert sorted(labels) == sorted(magnitudes)
        assert len(set(number[labels == 9.0])) == 1
        # Segments without an event are no rupture: they part.
        assert len(set(number[labels == 1.0])) == 2


@pytest.mark.parametrize("kind", WORLDS)
def test_a_planted_driver_is_followed(kind):
    real = trenches()
    driver = driver_of(real.features[:, :1], real.region)
    plain, planted = (
        world_labels(kind, real, worlds=100, seed=1, driver=driver, slope=slope).labels @ driver
        for slope in (0.0, 3.0)
    )
    assert planted.mean() - plain.mean() > 2.0


def test_fading_ends_fade_and_regional_rates_differ():
    real = trenches()
    rows = real.along()[1]
    share = world_labels("fading ends", real, worlds=400, seed=0).labels[:, rows].mean(0)
    assert share[10:15].mean() > 2.0 * share[[0, 1, -2, -1]].mean()
    rates = world_labels("regional rates", real, worlds=50, seed=0).labels[:, rows].mean(1)
    assert np.ptp(rates) > 0.2


def test_driver_is_centred_in_every_trench_and_has_one_spread():
    real = trenches()
    driver = driver_of(real.features[:, :2] * [1.0, 1000.0] + 7.0, real.region)
    assert driver.std() == pytest.approx(1.0)
    for rows in real.along():
        assert driver[rows].mean() == pytest.approx(0.0, abs=1e-12)
    # Both features count alike, whatever their units.
    assert spearmanr(driver, real.features[:, 0])[0] == pytest.approx(
        spearmanr(driver, real.features[:, 1])[0], abs=0.15
    )


def test_waves_of_equal_steps_are_cosines():
    values = np.random.default_rng(0).normal(size=17)
    heights = path_modes(50.0 * np.arange(17)).T @ values
    np.testing.assert_allclose(np.abs(heights), np.abs(plain_cosines(values)), atol=1e-10)


@pytest.mark.parametrize("without", [(), (1,), (2,), (1, 2)])
def test_waves_are_orthonormal_and_free_of_what_is_taken_out(without):
    s_km = np.cumsum([25.0, 50, 50, 750, 50, 50, 100, 50, 50])
    modes = path_modes(s_km, without=without)
    waves = 8 - len(without)
    assert modes.shape == (9, waves)
    np.testing.assert_allclose(modes.T @ modes, np.eye(waves), atol=1e-10)
    from_middle = s_km - (s_km[0] + s_km[-1]) / 2.0
    for power in (0, 1, 2):
        left = np.abs(modes.T @ (from_middle / 1000.0) ** power).max()
        assert (left < 1e-9) == (power in (0, *without))


def test_short_trenches_have_no_waves_and_doubled_places_are_refused():
    assert path_modes(np.array([5.0])).shape == (1, 0)
    assert spectral_modes(np.array(["a", "b"]), np.zeros(2)).shape == (2, 0)
    with pytest.raises(InputError, match="arc lengths do not increase"):
        path_modes(np.array([0.0, 50.0, 50.0]))


def test_signs_are_fair_and_the_same_again():
    signs = random_signs(2000, 7, seed=5)
    np.testing.assert_allclose(signs.mean(0), 0.0, atol=0.1)
    np.testing.assert_array_equal(signs, random_signs(2000, 7, seed=5))


def test_networks_find_the_null_of_signs_by_name():
    real = trenches()
    world = NULLS["spectral signs"](real, 1)
    np.testing.assert_array_equal(world.labelled, np.arange(65))
    assert np.abs(world.features - real.features).max() > 0.5
    for rows in real.along():
        np.testing.assert_allclose(np.cov(world.features[rows].T), np.cov(real.features[rows].T), atol=1e-10)


def magnitudes_of(real):
    """Return the same trenches with magnitudes: 8.5 where the label is high, no event (1.0) elsewhere."""
    return dataclasses.replace(real, labels=np.where(real.labels > 0.0, 8.5, 1.0))


def test_a_planted_world_keeps_labels_and_ruptures_whole():
    real = magnitudes_of(trenches())
    driver = np.linspace(-1.0, 1.0, len(real.region))
    world = planted_world(real, driver, 3)
    for rows in real.along():
        assert sorted(world.labelled[rows]) == sorted(rows)
    great = real.labels[world.labelled] > 1.0
    for number in np.unique(world.ruptures[great]):
        places = np.flatnonzero(world.ruptures == number)
        # One real rupture each, laid down in one piece along its trench.
        assert len(np.unique(real.ruptures[world.labelled[places]])) == 1
        assert len(np.unique(real.region[places])) == 1
        (trench,) = (rows for rows in real.along() if places[0] in rows)
        assert np.ptp(np.flatnonzero(np.isin(trench, places))) == len(places) - 1
    # Numbers of different ruptures differ, also between trenches; silence between two is one group.
    quiet = ~great
    assert not set(world.ruptures[great]) & set(world.ruptures[quiet])


def test_planted_ruptures_follow_the_driver_from_the_threshold_on():
    region, s_km = np.array(["a"] * 30), np.arange(30.0)
    labels = np.where(np.arange(30) < 3, 8.5, np.where(np.arange(30) < 6, 7.0, 1.0))
    ruptures = np.where(np.arange(30) < 3, 0, np.where(np.arange(30) < 6, 1, 2 + np.arange(30)))
    real = Trenches(region, s_km, labels, ruptures, np.zeros((30, 1)))
    driver = 0.5 * np.arange(30.0)
    worlds = [planted_world(real, driver, seed, threshold=8.0) for seed in range(40)]
    great, lesser = (
        np.mean([np.flatnonzero(labels[world.labelled] == label).mean() for world in worlds])
        for label in (8.5, 7.0)
    )
    assert great > 24.0
    assert 8.0 < lesser < 20.0


def test_redrawn_labels_without_errors_are_the_labels():
    real = magnitudes_of(trenches())
    none = np.zeros(len(real.region))
    drawn = redrawn_labels(real, magnitude_error=none, length_error=none, shift_error=none, worlds=2, seed=0)
    for rows in real.along():
        event = real.labels[rows] > 1.0
        parts = [np.flatnonzero(real.ruptures[rows] == n) for n in np.unique(real.ruptures[rows][event])]
        # What interrupts a rupture is overdrawn by it: only whole ones come back as they were.
        if all(np.ptp(part) == len(part) - 1 for part in parts):
            np.testing.assert_array_equal(drawn.labels[:, rows], np.tile(real.labels[rows], (2, 1)))


def test_errors_of_redrawn_labels_have_the_spread_they_are_given():
    region, s_km = np.array(["a"] * 60), np.arange(60.0)
    labels = np.where(abs(np.arange(60) - 30) <= 5, 8.5, 1.0)
    real = Trenches(region, s_km, labels, (labels > 1.0).astype(int), np.zeros((60, 1)))
    some = np.full(60, 1.0)
    drawn = redrawn_labels(
        real, magnitude_error=0.2 * some, length_error=0.1 * some, shift_error=0.3 * some, worlds=2000, seed=1
    )
    event = drawn.labels > 1.0
    assert abs(drawn.labels.max(1).mean() - 8.5) < 0.02
    assert abs(drawn.labels.max(1).std() - 0.2) < 0.02
    assert abs(np.log10(event.sum(1)).std() - 0.1) < 0.02
    middle = (event * np.arange(60)).sum(1) / event.sum(1)
    assert abs(middle.std() - 0.3 * 11) < 0.2
    # Whole and in one piece, every time.
    assert np.all(np.sum(np.diff(event.astype(int), axis=1) == 1, axis=1) <= 1)


def test_the_larger_of_two_redrawn_ruptures_gives_the_label():
    labels = np.array([8.0, 8.0, 8.8, 8.8])
    real = Trenches(np.array(["a"] * 4), np.arange(4.0), labels, np.array([0, 0, 1, 1]), np.zeros((4, 1)))
    none, long = np.zeros(4), np.full(4, 1.0)
    drawn = redrawn_labels(
        real, magnitude_error=none, length_error=long, shift_error=none, worlds=200, seed=0
    )
    both = (drawn.ruptures == 0) & (drawn.labels == 8.8)
    assert not both.any()
    assert np.any(np.all(drawn.labels == 8.8, axis=1))


def test_a_longer_record_holds_more_and_follows_its_odds():
    real = trenches()
    real = dataclasses.replace(real, labels=(real.labels > 0.0).astype(float))
    odds = np.zeros((300, len(real.region)))
    share = [longer_record(real, odds, factor=factor, seed=0).labels.mean() for factor in (0.5, 1.0, 3.0)]
    assert share[0] < share[1] < share[2]
    assert abs(share[1] - real.labels.mean()) < 0.1
    driver = driver_of(np.arange(len(real.region), dtype=float)[:, None], real.region)
    drawn = longer_record(real, np.tile(3.0 * driver, (300, 1)), factor=1.0, seed=0)
    plain = longer_record(real, odds, factor=1.0, seed=0)
    for rows in real.along():
        more = (drawn.labels - plain.labels).mean(0)[rows]
        assert np.corrcoef(more, driver[rows])[0, 1] > 0.5
    none = dataclasses.replace(real, labels=np.zeros(len(real.region)))
    with pytest.raises(InputError, match="no great rupture"):
        longer_record(none, odds, factor=1.0, seed=0)


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8])
def test_random_phases_keep_spectra_and_cross_spectra(rows):
    random = np.random.default_rng(rows)
    series = random.normal(size=(rows, 3))
    turned = random_phases(series, np.random.default_rng(1))
    assert turned.shape == series.shape
    # The slow way: every coefficient of the discrete Fourier transform by its sum.
    angles = -2.0 * np.pi * np.outer(np.arange(rows), np.arange(rows)) / rows
    waves = np.cos(angles) + 1j * np.sin(angles)
    before, after = waves @ series, waves @ turned
    for one in range(3):
        for two in range(3):
            np.testing.assert_allclose(
                before[:, one] * before[:, two].conj(), after[:, one] * after[:, two].conj(), atol=1e-9
            )
    np.testing.assert_allclose(turned.mean(0), series.mean(0), atol=1e-12)
    if rows > 2:
        assert np.abs(turned - series).max() > 0.1


def test_worlds_of_random_phases_stay_within_their_trench():
    real = trenches()
    world = NULLS["random phases"](real, 3)
    for rows in real.along():
        np.testing.assert_allclose(np.cov(world.features[rows].T), np.cov(real.features[rows].T), atol=1e-9)
    assert world.labelled.tolist() == list(range(65))
