"""Accumulated effects: the curve of an additive function, whatever goes with what."""

from __future__ import annotations

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.explanation import ExplainedModel, accumulated_effect


class Curved:
    """An additive function of the first two features."""

    def predict(self, x):
        return np.sin(x[:, 0]) + 5.0 * x[:, 1]


def test_an_additive_function_gives_its_own_curve_though_features_go_together():
    random = np.random.default_rng(0)
    first = random.uniform(-2.0, 2.0, 4000)
    x = np.column_stack([first, first + 0.3 * random.normal(size=4000), random.normal(size=4000)])
    parts = [(ExplainedModel(Curved(), 3), x[:1500]), (ExplainedModel(Curved(), 3), x[1500:])]
    found = accumulated_effect(parts, 0, bins=20)
    curve = np.sin(found.values)
    np.testing.assert_allclose(found.effect[0, 0] - found.effect[0, 0, 0], curve - curve[0], atol=1e-9)
    assert abs(found.effect[0, 0].mean()) < 0.05
    assert accumulated_effect(parts, 2).rise == pytest.approx(0.0)


def test_a_feature_that_does_not_vary_has_no_effect():
    x = np.ones((5, 2))
    found = accumulated_effect([(ExplainedModel(Curved(), 2), x)], 0)
    assert found.effect.tolist() == [[[0.0]]]
    with pytest.raises(InputError, match="number of bins"):
        accumulated_effect([(ExplainedModel(Curved(), 2), x)], 0, bins=0)
