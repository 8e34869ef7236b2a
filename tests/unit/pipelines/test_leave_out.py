"""Features that a configuration leaves out."""

from __future__ import annotations

import pytest

from megathrust.core import InputError
from megathrust.pipelines.experiment import make_experiment
from megathrust.pipelines.settings import load_config
from megathrust.testing import synthetic_table

TABLE = synthetic_table()


def experiment(*patterns):
    return make_experiment(TABLE, load_config("quick", features={"leave_out": list(patterns)}))


def test_names_and_patterns_are_left_out_and_recorded():
    left = experiment("F1", "F[34]").table
    assert left.feature_names == [name for name in TABLE.feature_names if name not in ("F1", "F3", "F4")]
    assert [(each.name, each.reason) for each in left.exclusions] == [
        (name, "left out by the configuration") for name in ("F1", "F3", "F4")
    ]


def test_a_row_is_not_lost_for_a_feature_that_is_left_out():
    frame = TABLE.frame.copy()
    frame.loc[3, "F2"] = float("nan")
    holed = type(TABLE)(frame, TABLE.columns)
    config = load_config("quick", features={"leave_out": ["F2"]})
    assert len(make_experiment(holed, config).table) == len(TABLE)
    complete = load_config("quick", missing_values="leave_out")
    assert len(make_experiment(holed, complete).table) == len(TABLE) - 1


def test_a_pattern_without_any_feature_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match=r"unknown feature to leave out \(given: FF1; .*did you mean F1\."):
        experiment("FF1")
    with pytest.raises(InputError, match=r"entry features\.leave is wrong"):
        load_config("quick", features={"leave": ["F1"]})
