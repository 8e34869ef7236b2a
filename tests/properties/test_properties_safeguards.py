"""What holds of applicability and class sets for any table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from megathrust.evaluation import class_sets, conformal_threshold, fit_applicability

seeds = st.integers(0, 2**32 - 1)


def drawn(seed):
    random = np.random.default_rng(seed)
    features = random.normal(size=(int(random.integers(6, 25)), int(random.integers(1, 5))))
    number = np.arange(len(features)) % 3
    return features, [(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(3)], random


@given(seeds, st.floats(0.01, 100.0), st.floats(-50.0, 50.0))
def test_applicability_knows_no_units(seed, factor, offset):
    features, folds, random = drawn(seed)
    new = random.normal(size=(5, features.shape[1])) * 2.0
    plain = fit_applicability(features, folds)
    other = fit_applicability(features * factor + offset, folds)
    assert other.threshold == pytest.approx(plain.threshold, rel=1e-6)
    np.testing.assert_allclose(
        other.dissimilarity(new * factor + offset), plain.dissimilarity(new), rtol=1e-6, atol=1e-9
    )


@given(seeds)
def test_training_rows_and_most_held_out_rows_are_applicable(seed):
    features, folds, _ = drawn(seed)
    domain = fit_applicability(features, folds)
    assert replace(domain, rule=None).applicable(features).all()
    assert domain.threshold > 0.0
    # A row at twice the span of the training rows is unlike them, in every direction.
    far = features + 100.0 * np.ptp(features, axis=0)
    assert not domain.applicable(far).any()


@given(seeds, st.integers(2, 4), st.integers(1, 30))
def test_class_sets_cover_their_calibration_rows(seed, n_classes, n_groups):
    random = np.random.default_rng(seed)
    rows = int(random.integers(n_groups, 60))
    probabilities = random.dirichlet(np.ones(n_classes), size=rows)
    classes = random.integers(n_classes, size=rows)
    groups = np.concatenate([np.arange(n_groups), random.integers(n_groups, size=rows - n_groups)])
    before = -1.0
    for coverage in (0.3, 0.6, 0.9):
        threshold = conformal_threshold(probabilities, classes, groups, coverage=coverage)
        assert threshold >= before
        before = threshold
        held = class_sets(probabilities, threshold)[np.arange(rows), classes]
        share = np.mean([held[groups == group].mean() for group in range(n_groups)])
        assert share >= coverage - 1e-9


@given(seeds, st.integers(1, 20))
def test_copies_of_a_row_weigh_no_more_than_the_row(seed, copies):
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(2), size=25)
    classes, groups = random.integers(2, size=25), np.arange(25)
    plain = conformal_threshold(probabilities, classes, groups, coverage=0.8)
    rows = np.concatenate([np.arange(25), np.full(copies, 7)])
    again = conformal_threshold(probabilities[rows], classes[rows], groups[rows], coverage=0.8)
    assert again == plain
