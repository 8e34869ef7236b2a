"""Class sets that promise something of every class: coverage in simulation, chance bands, "cannot tell"."""

from __future__ import annotations

import numpy as np
import pytest

from megathrust.evaluation import (
    class_coverage,
    class_sets,
    class_thresholds,
    conformal_threshold,
    coverage_band,
    held_out_coverage,
)


def ruptures(count, random):
    """Return probabilities, classes and groups of ruptures of 1 to 8 rows, a quarter of them great."""
    sizes = random.integers(1, 9, size=count)
    great = random.random(count) < 0.25
    centre = np.where(great, 0.3, -1.2) + random.normal(size=count)
    group = np.repeat(np.arange(count), sizes)
    odds = centre[group] + 0.3 * random.normal(size=len(group))
    probability = 1.0 / (1.0 + np.exp(-odds))
    return np.column_stack([1.0 - probability, probability]), great[group].astype(int), group


def simulated(learn, calibrating=160, worlds=150):
    """Return the share of rows of a random new rupture of each class whose set holds it, by world."""
    shares = []
    for seed in range(worlds):
        random = np.random.default_rng(seed)
        threshold = learn(*ruptures(calibrating, random), coverage=0.9)
        probabilities, classes, group = ruptures(400, random)
        held = class_sets(probabilities, threshold)[np.arange(len(classes)), classes]
        by_group = np.bincount(group, held) / np.bincount(group)
        of_group = np.bincount(group, classes) / np.bincount(group)
        shares.append([by_group[of_group == c].mean() for c in (0, 1)])
    return np.mean(shares, axis=0)


def test_every_class_is_held_as_often_as_promised():
    small, great = simulated(class_thresholds)
    # The promise is a lower bound, exceeded by 1 / (groups + 1) at most.
    assert small == pytest.approx(0.90, abs=0.02)
    assert great == pytest.approx(0.91, abs=0.02)


def test_one_threshold_for_all_leaves_the_rare_class_out():
    small, great = simulated(conformal_threshold)
    assert small > 0.93
    assert great < 0.85


def test_a_class_of_too_few_groups_stands_in_every_set():
    random = np.random.default_rng(0)
    probabilities, classes, group = ruptures(20, random)
    threshold = class_thresholds(probabilities, classes, group, coverage=0.9)
    few = len(np.unique(group[classes == 1]))
    assert few < 9
    assert np.isinf(threshold[1])
    assert class_sets(probabilities, threshold)[:, 1].all()


def test_chance_bands_hold_what_exchangeable_groups_do():
    inside = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        probabilities, classes, group = ruptures(60, random)
        threshold = conformal_threshold(probabilities, classes, group, coverage=0.9)
        probabilities, classes, group = ruptures(25, random)
        held = class_sets(probabilities, threshold)[np.arange(len(classes)), classes]
        low, high = coverage_band(np.bincount(group), 60, 0.9)
        inside.append(low <= held.mean() <= high)
    assert np.mean(inside) >= 0.93
    # Nine tenths among 20 groups that weigh the same, their threshold from 38 others: a beta law of 40.
    half = 1.96 * np.sqrt(0.9 * 0.1 * (1 / 20 + 1 / 40))
    assert coverage_band([2] * 20, 38, 0.9) == pytest.approx((0.9 - half, min(1.0, 0.9 + half)))


def test_measured_coverage_tells_classes_bands_and_sets_that_cannot_tell():
    random = np.random.default_rng(3)
    probabilities, classes, group = ruptures(200, random)
    region = np.array(["a", "b", "c"])[group % 3]
    found = held_out_coverage(probabilities, classes, group, region, by_class=True)
    assert found["region"].tolist() == ["a", "b", "c"]
    assert ((found["low"] < 0.9) & (found["high"] > 0.9)).all()
    whole = class_thresholds(*(part[region != "a"] for part in (probabilities, classes, group)))
    sets = class_sets(probabilities[region == "a"], whole)
    own = classes[region == "a"]
    assert found["coverage_1"][0] == pytest.approx(sets[own == 1, 1].mean())
    assert found["cannot_tell"][0] == pytest.approx(sets.all(1).mean())


@pytest.mark.parametrize(("by_class", "learn"), [(True, class_thresholds), (False, conformal_threshold)])
def test_coverage_of_a_class_leaves_every_rupture_out_of_its_own_calibration(by_class, learn):
    probabilities, classes, group = ruptures(70, np.random.default_rng(3))
    found = class_coverage(probabilities, classes, group, coverage=0.9, by_class=by_class)
    held, whole = {0: [], 1: []}, {0: [], 1: []}
    for row in range(len(classes)):
        others = group != group[row]
        threshold = learn(probabilities[others], classes[others], group[others], coverage=0.9)
        own = class_sets(probabilities[[row]], threshold)[0]
        held[classes[row]].append(own[classes[row]])
        whole[classes[row]].append(own.all())
    assert found["coverage"].tolist() == pytest.approx([np.mean(held[c]) for c in (0, 1)])
    assert found["cannot_tell"].tolist() == pytest.approx([np.mean(whole[c]) for c in (0, 1)])
    assert found["rows"].tolist() == np.bincount(classes).tolist()
    sizes = np.bincount(group[classes == 1])
    assert (found["low"][1], found["high"][1]) == coverage_band(sizes[sizes > 0], found["groups"][1] - 1, 0.9)


def test_one_threshold_serves_all_classes_unless_each_is_asked_for():
    drawn = ruptures(70, np.random.default_rng(3))
    plain, same, own = (
        class_coverage(*drawn, **each) for each in ({}, {"by_class": False}, {"by_class": True})
    )
    assert plain.equals(same)
    assert not plain.equals(own)


def test_a_single_rupture_holds_every_class():
    found = class_coverage(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([1, 1]), [7, 7], by_class=True)
    assert found["coverage"].tolist() == found["cannot_tell"].tolist() == [1.0]
