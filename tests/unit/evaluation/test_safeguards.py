"""Applicability and class sets: plain twins, promises, and what real trenches leave of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.evaluation import (
    ApplicabilityDomain,
    class_sets,
    conformal_threshold,
    fit_applicability,
    held_out_coverage,
)
from megathrust.models import FCNArchitecture
from megathrust.pipelines.build import open_table
from megathrust.splits import ChunkSplitter, RegionSplitter
from megathrust.table import complete
from megathrust.testing import (
    plain_applicability_threshold,
    plain_conformal_threshold,
    plain_dissimilarity,
    synthetic_table,
)
from megathrust.training import Member, TrainingOptions, fit_classifier


def case(seed):
    """Return features of some scale, a fold number per row, and weights or none."""
    random = np.random.default_rng(seed)
    rows, columns, folds = random.integers(9, 40), random.integers(1, 6), random.integers(2, 5)
    features = random.normal(size=(rows, columns)) * 10.0 ** random.integers(-3, 4, size=columns)
    if seed % 4 == 1:
        features[:, -1] = 5.0
        features[:, 0] = np.arange(rows)
    if seed % 4 == 2:
        features[1] = features[0]
    weights = random.uniform(0.0, 3.0, size=columns) if seed % 2 else None
    return features, np.arange(rows) % folds, weights


def as_folds(number):
    return [(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in np.unique(number)]


@pytest.mark.parametrize("seed", range(24))
def test_applicability_equals_its_plain_twin(seed):
    features, number, weights = case(seed)
    domain = fit_applicability(features, as_folds(number), weights=weights)
    new = features[::2] * 1.1 + 0.3
    plain_weights = None if weights is None else weights.tolist()
    expected = plain_dissimilarity(new, features, plain_weights)
    np.testing.assert_allclose(domain.dissimilarity(new), expected, rtol=1e-9)
    threshold = plain_applicability_threshold(features, number, plain_weights)
    assert domain.threshold == pytest.approx(threshold, rel=1e-9)
    np.testing.assert_array_equal(
        replace(domain, rule=None).applicable(new), np.array(expected) <= domain.threshold
    )


def test_blocks_change_nothing(monkeypatch):
    features, number, _ = case(0)
    whole = fit_applicability(features, as_folds(number))
    monkeypatch.setattr("megathrust.evaluation._applicability._BLOCK_NUMBERS", 50)
    parts = fit_applicability(features, as_folds(number))
    assert parts.threshold == pytest.approx(whole.threshold, rel=1e-12)
    np.testing.assert_allclose(parts.dissimilarity(features + 1.0), whole.dissimilarity(features + 1.0))


def test_units_do_not_matter_and_training_rows_are_like_themselves():
    features, number, _ = case(4)
    domain = fit_applicability(features, as_folds(number))
    np.testing.assert_allclose(domain.dissimilarity(features), 0.0, atol=1e-12)
    other = fit_applicability(features * 1000.0 - 7.0, as_folds(number))
    new = features[:5] + 0.5
    np.testing.assert_allclose(domain.dissimilarity(new), other.dissimilarity(new * 1000.0 - 7.0), rtol=1e-9)


def test_a_weight_of_zero_takes_a_feature_out():
    random = np.random.default_rng(3)
    features, number = random.normal(size=(20, 3)), np.arange(20) % 4
    domain = fit_applicability(features, as_folds(number), weights=[1.0, 2.0, 0.0])
    far = features.copy()
    far[:, 2] += 1e6
    np.testing.assert_allclose(domain.dissimilarity(far), 0.0, atol=1e-12)
    alone = fit_applicability(features[:, :2], as_folds(number), weights=[1.0, 2.0])
    assert alone.threshold == pytest.approx(domain.threshold)


def test_rows_within_the_exclusion_distance_do_not_vouch_for_a_test_row():
    line = np.arange(30.0)[:, None]
    test = np.arange(10, 20)
    near = np.setdiff1d(np.arange(30), test)
    far = near[(near < 5) | (near >= 25)]
    assert (
        fit_applicability(line, [(near, test)]).threshold < fit_applicability(line, [(far, test)]).threshold
    )


def test_a_domain_survives_a_file():
    features, number, weights = case(3)
    domain = fit_applicability(features, as_folds(number), weights=weights)
    again = ApplicabilityDomain.from_arrays(domain.to_arrays())
    np.testing.assert_array_equal(again.dissimilarity(features + 1.0), domain.dissimilarity(features + 1.0))
    assert again.threshold == domain.threshold
    arrays = domain.to_arrays()
    for name in ("shift", "scale", "weights", "mean_distance", "threshold"):
        with pytest.raises(InputError, match=f"{name} of the domain of applicability has a wrong shape"):
            ApplicabilityDomain.from_arrays({**arrays, name: np.ones(99)})
    del arrays["weights"]
    with pytest.raises(InputError, match="not whole \\(given: no weights\\)"):
        ApplicabilityDomain.from_arrays(arrays)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"folds": []}, "needs folds"),
        ({"features": np.full((20, 2), np.inf)}, "value is infinite"),
        ({"features": np.full((20, 2), np.nan)}, "all training rows are the same"),
        ({"features": np.ones((20, 2))}, "all training rows are the same"),
        ({"weights": [1.0, -1.0]}, "weights of the features"),
        ({"weights": [0.0, 0.0]}, "weights of the features"),
        ({"weights": [1.0]}, "weights of the features"),
    ],
)
def test_bad_input_of_applicability(change, sentence):
    features, number = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    given = {"features": features, "folds": as_folds(number), "weights": None, **change}
    with pytest.raises(InputError, match=sentence):
        fit_applicability(given["features"], given["folds"], weights=given["weights"])


def test_rows_of_another_width_are_refused():
    domain = fit_applicability(np.random.default_rng(0).normal(size=(20, 2)), as_folds(np.arange(20) % 2))
    with pytest.raises(InputError, match="another number of features"):
        domain.dissimilarity(np.zeros((3, 4)))


@pytest.mark.parametrize("seed", range(40))
def test_conformal_threshold_equals_its_plain_twin(seed):
    random = np.random.default_rng(seed)
    rows, classes = int(random.integers(1, 60)), int(random.integers(2, 4))
    probabilities = random.dirichlet(np.ones(classes), size=rows)
    observed = random.integers(classes, size=rows)
    groups = random.integers(random.integers(1, 25), size=rows)
    surprises = (1.0 - probabilities[np.arange(rows), observed]).tolist()
    for coverage in (Fraction(1, 2), Fraction(4, 5), Fraction(9, 10), Fraction(1)):
        expected = plain_conformal_threshold(surprises, groups.tolist(), coverage)
        found = conformal_threshold(probabilities, observed, groups, coverage=float(coverage))
        assert found == pytest.approx(expected, abs=1e-12)


def test_one_row_per_group_is_the_plain_split_conformal_quantile():
    random = np.random.default_rng(1)
    p = random.uniform(size=99)
    found = conformal_threshold(np.stack([1.0 - p, p], 1), np.ones(99, int), np.arange(99), coverage=0.9)
    assert found == pytest.approx(np.sort(1.0 - p)[int(np.ceil(100 * 0.9)) - 1])
    assert found == conformal_threshold(np.stack([1.0 - p, p], 1), np.ones(99, int), np.arange(99))


def test_too_few_groups_promise_nothing():
    probabilities = np.tile([0.99, 0.01], (50, 1))
    regions = np.arange(50) % 8
    zeros = np.zeros(50, int)
    assert conformal_threshold(probabilities, zeros, regions, coverage=0.9) == np.inf
    assert conformal_threshold(probabilities, zeros, regions, coverage=0.8) < 0.1
    assert class_sets(probabilities, np.inf).all()


def test_sets_are_never_empty_and_grow_with_the_threshold():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), size=200)
    before = class_sets(probabilities, 0.0)
    assert (before.sum(1) == 1).all()
    for threshold in (0.3, 0.6, 0.9, 1.0):
        now = class_sets(probabilities, threshold)
        assert not (before & ~now).any()
        before = now
    assert class_sets(np.array([[0.5, 0.5]]), 0.1).tolist() == [[False, True]]


def worlds_of_groups(random, count, size, n_classes=2):
    """Return probabilities and classes of exchangeable groups whose rows share most of their noise."""
    shared = random.normal(size=(count, 1))
    score = 0.5 * shared + 0.3 * random.normal(size=(count, size))
    truth = (score + 1.2 * random.normal(size=(count, 1)) > 0.0).astype(int)
    p = 1.0 / (1.0 + np.exp(-2.0 * score))
    return np.stack([1.0 - p, p], -1), truth


def test_promise_holds_for_exchangeable_groups():
    # Sizes differ between calibration groups; a random row of a new group must be covered.
    random = np.random.default_rng(5)
    covered = []
    for _ in range(1500):
        probabilities, truth = worlds_of_groups(random, 21, 6)
        sizes = random.integers(1, 7, size=21)
        keep = np.arange(6) < sizes[:, None]
        keep[-1] = False
        groups = np.broadcast_to(np.arange(21)[:, None], keep.shape)
        threshold = conformal_threshold(probabilities[keep], truth[keep], groups[keep], coverage=0.8)
        sets = class_sets(probabilities[-1, :1], threshold)
        covered.append(sets[0, truth[-1, 0]])
    # Standard error 0.01.
    assert 0.78 <= np.mean(covered) <= 0.9


def held_out_probabilities(table, splitter, classes, *, members=3):
    folds = splitter.split(table)
    features = table.features()
    each = [
        Member(fold.train, 100 * number + k, 3e-3, 1e-2, 0.2)
        for number, fold in enumerate(folds)
        for k in range(members)
    ]
    architecture = FCNArchitecture(features.shape[1], int(classes.max()) + 1, (32,))
    stack = fit_classifier(features, classes, each, architecture, TrainingOptions(20, 32, "adamw")).stack
    probabilities = np.full((len(table), architecture.n_outputs), np.nan)
    for number, fold in enumerate(folds):
        own = stack.select(range(number * members, (number + 1) * members))
        probabilities[fold.test] = own.probabilities(features[fold.test]).mean(0)
    return probabilities


def report(name, frame):
    mean = np.average(frame["coverage"], weights=frame["rows"])
    print(f"\n{name}: coverage {mean:.2f} over all rows\n{frame.round(3).to_string(index=False)}")
    return mean


def test_coverage_per_held_out_region_of_the_synthetic_table():
    regions = {"alu": 40, "kur": 30, "sam": 60, "sum": 50}
    table = synthetic_table(seed=2, regions=regions)
    classes = table.classes([8.0])
    region = table.frame["region"].to_numpy()
    probabilities = held_out_probabilities(table, RegionSplitter(), classes)
    frame = held_out_coverage(probabilities, classes, table.ruptures(), region, coverage=0.9)
    assert frame["region"].tolist() == sorted(regions)
    assert frame["rows"].tolist() == [40, 30, 60, 50]
    # Regions of one law are exchangeable: the promise holds, with sets that still say something.
    assert report("synthetic", frame) >= 0.87
    assert frame["mean_set_size"].mean() < 1.6


@pytest.mark.data
def test_coverage_per_held_out_region_of_the_seed_study(data_dir):
    table = complete(open_table(data_dir / "seed_study"))
    classes, region = table.classes([8.0]), table.frame["region"].to_numpy()
    measured = {}
    for name, splitter in (
        ("chunks, 50 km", ChunkSplitter(exclusion_km=50.0)),
        ("regions", RegionSplitter()),
    ):
        probabilities = held_out_probabilities(table, splitter, classes)
        frame = held_out_coverage(probabilities, classes, table.ruptures(), region, coverage=0.9)
        measured[name] = frame.set_index("region")["coverage"]
        report(name, frame)
    # Along real trenches the promise fails somewhere: that is why every model tells its coverage by region.
    assert measured["regions"].min() < 0.9
    assert all(len(each) == 8 for each in measured.values())
