"""Worlds of known truth: what each feature is due, by the definition of the Shapley value."""

from __future__ import annotations

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.testing import plain_shapley
from megathrust.worlds import TRUTHS, known_truth

X = np.random.default_rng(1).normal(size=(80, 8))
FAMILIES = list("aabbccdd")


@pytest.mark.parametrize("kind", list(TRUTHS))
def test_what_a_feature_is_due_is_its_shapley_value(kind):
    world = known_truth(X, FAMILIES, kind=kind, active=4, seed=3)
    background, weights = X[:3], np.array([0.5, 0.3, 0.2])
    due = world.relevance(X[10:13], background, weights)
    each = [str(number) if number in world.features else "rest" for number in range(8)]
    names = list(dict.fromkeys(each))
    for row in range(3):
        plain = plain_shapley(lambda x: float(world.odds(x[None])[0]), X[10 + row], background, weights, each)
        expected = dict(zip(names, plain, strict=True))
        assert expected["rest"] == pytest.approx(0.0)
        for number in range(8):
            value = expected[str(number)] if number in world.features else 0.0
            assert due[row, number] == pytest.approx(value, abs=1e-12)
    delta = world.odds(X) - weights @ world.odds(background)
    np.testing.assert_allclose(world.relevance(X, background, weights).sum(1), delta, atol=1e-12)


@pytest.mark.parametrize("kind", list(TRUTHS))
def test_a_world_is_of_its_seed_and_of_different_families(kind):
    world, again = (known_truth(X, FAMILIES, kind=kind, active=4, seed=5) for _ in range(2))
    assert np.array_equal(world.labels, again.labels)
    assert len({FAMILIES[number] for number in world.features}) == 4
    assert world.odds(X).std() == pytest.approx(4.0)
    assert 0.3 < world.labels.mean() < 0.7
    others = [known_truth(X, FAMILIES, kind=kind, active=4, seed=seed).features for seed in range(6)]
    assert len({tuple(each) for each in others}) > 2


def test_more_features_than_families_are_refused():
    with pytest.raises(InputError, match="fewer families"):
        known_truth(X, ["a"] * 8, active=2)
