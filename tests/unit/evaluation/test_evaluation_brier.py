"""Parts of the Brier score against a plain loop, and the identity that they must obey."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from megathrust.evaluation import classification_scores, rupture_weights

PARTS = ("brier_reliability", "brier_resolution", "brier_uncertainty")


def plain_reliability(classes, probabilities, weights):
    """Return reliability by one loop over classes, bins and rows."""
    total = 0.0
    for c in range(probabilities.shape[1]):
        for number in range(10):
            rows = [i for i, p in enumerate(probabilities[:, c]) if min(int(p * 10), 9) == number]
            count = sum(weights[i] for i in rows)
            if count:
                said = sum(weights[i] * probabilities[i, c] for i in rows) / count
                seen = sum(weights[i] * (classes[i] == c) for i in rows) / count
                total += 0.5 * count * (said - seen) ** 2
    return total / weights.sum()


@given(st.integers(0, 2**31), st.integers(2, 4), st.integers(3, 60))
@settings(deadline=None, max_examples=50)
def test_parts_sum_to_the_score_for_every_weighting(seed, n_classes, rows):
    random = np.random.default_rng(seed)
    classes = random.integers(0, n_classes, rows)
    probabilities = random.dirichlet(np.ones(n_classes), rows)
    weights = random.integers(0, 4, (5, rows)).astype(float)
    weights[:, 0] += 1.0
    scores = classification_scores(classes, probabilities, weights)
    reliability, resolution, uncertainty = (scores[part, "all"] for part in PARTS)
    np.testing.assert_allclose(reliability - resolution + uncertainty, scores["brier", "all"], atol=1e-12)
    for i in range(len(weights)):
        assert reliability[i] == pytest.approx(plain_reliability(classes, probabilities, weights[i]))


def test_the_base_rate_is_reliable_without_resolution_and_sure_errors_are_not():
    classes = np.array([0, 0, 0, 1])
    rate = classification_scores(classes, np.tile([0.75, 0.25], (4, 1)))
    assert [rate[part, "all"][0] for part in PARTS] == pytest.approx([0.0, 0.0, 0.1875])
    wrong = classification_scores(classes, np.eye(2)[1 - classes])
    assert wrong["brier_reliability", "all"][0] == pytest.approx(1.0)
    right = classification_scores(classes, np.eye(2)[classes])
    assert right["brier_resolution", "all"][0] == pytest.approx(0.1875)


def test_a_weighting_without_rows_says_nothing():
    scores = classification_scores(np.array([0, 1]), np.eye(2), np.array([[0.0, 0.0]]))
    assert all(np.isnan(scores[part, "all"][0]) for part in PARTS)
    assert rupture_weights(np.array([0, 1]), replicates=2, seed=0).shape == (2, 2)
