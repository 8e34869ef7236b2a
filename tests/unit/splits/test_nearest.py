"""Folds as far from their training segments as use is: what cannot be dealt is refused."""

import pytest

from megathrust.core import InputError
from megathrust.splits import NearestNeighbourSplitter
from megathrust.testing import synthetic_table


def test_what_cannot_be_dealt_is_refused():
    with pytest.raises(InputError, match="no way to deal the segments into folds for new trench") as refusal:
        NearestNeighbourSplitter("new trench", 2).split(synthetic_table())
    assert "2 folds" in str(refusal.value)
