"""Nulls of tables with missing values."""

from __future__ import annotations

import numpy as np
import pytest

from megathrust.testing import synthetic_table
from megathrust.worlds import NULLS, Trenches, keeping_missing
from megathrust.worlds._missing import missing_indicators

TABLE = synthetic_table()
REGION, S_KM = (TABLE.frame[name].to_numpy() for name in ("region", "s_km"))


def trenches(features):
    return Trenches(REGION, S_KM, TABLE.magnitudes(), TABLE.ruptures(), features)


def holed():
    features = TABLE.features()
    features[:12, 1] = np.nan
    features[50:60, 3] = np.nan
    # No segment of one trench has the last feature.
    features[REGION == "kur", 5] = np.nan
    said = [np.isnan(features[:, column]).astype(float) for column in (1, 3, 5)]
    return np.column_stack([features, *said])


@pytest.mark.parametrize("kind", NULLS)
def test_worlds_miss_what_the_real_one_misses(kind):
    features = holed()
    world = keeping_missing(NULLS[kind])(trenches(features), 4)
    np.testing.assert_array_equal(np.isnan(world.features), np.isnan(features))
    np.testing.assert_array_equal(world.features[:, 6:], features[:, 6:])
    if kind not in ("shifted labels", "ruptures laid out anew"):
        known = ~np.isnan(features[:, 0])
        assert not np.allclose(world.features[known, 0], features[known, 0])


def test_complete_features_pass_as_they_are():
    features = TABLE.features()
    for kind in NULLS:
        ours = keeping_missing(NULLS[kind])(trenches(features), 4)
        theirs = NULLS[kind](trenches(features), 4)
        np.testing.assert_array_equal(ours.features, theirs.features)
        np.testing.assert_array_equal(ours.labelled, theirs.labelled)


def test_a_binary_feature_of_its_own_is_no_indicator():
    features = holed()
    binary = np.column_stack([features, (features[:, 0] > 0.0).astype(float)])
    assert missing_indicators(binary).tolist() == [False] * 6 + [True] * 3 + [False]
