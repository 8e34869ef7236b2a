"""Folds as far from their training segments as use is: what cannot be dealt or has no place."""

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.splits import Fold, NearestNeighbourSplitter
from megathrust.splits._fold import chord_to_test
from megathrust.testing import synthetic_table


def test_what_cannot_be_dealt_is_refused():
    with pytest.raises(InputError, match="no way to deal the segments into folds for new trench") as refusal:
        NearestNeighbourSplitter("new trench", 2).split(synthetic_table())
    assert "2 folds" in str(refusal.value)


def test_without_places_there_is_no_distance():
    fold, lat = Fold("0", np.array([0, 1]), np.array([2])), np.zeros(3)
    assert np.isfinite(chord_to_test(fold, np.array([0.0, 1.0, 2.0]), lat)).all()
    assert np.isnan(chord_to_test(fold, np.array([0.0, 1.0, np.nan]), lat)).all()
    assert np.isnan(chord_to_test(fold, np.array([np.nan, np.nan, 2.0]), lat)).all()
    assert np.isnan(chord_to_test(fold, np.array([0.0, np.nan, 2.0]), lat)).tolist() == [False, True]
