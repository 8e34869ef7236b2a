"""The numbers of the search figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError
from megathrust.plots import (
    inner_outer_info,
    parallel_coordinates_info,
    parameter_importance_info,
    plot_search_history,
    search_history_info,
)

TRIALS = pd.DataFrame(
    {
        "scenario": ["0"] * 6 + ["all"],
        "trial": [0, 0, 1, 2, 2, 3, 0],
        "rung": [0, 1, 0, 0, 1, 0, 0],
        "inner_score": [0.50, 0.60, 0.40, 0.55, 0.58, 0.30, 0.7],
        "width": [32, 32, 64, 128, 128, 64, 32],
        "rate": [1e-4, 1e-4, 1e-2, 1e-3, 1e-3, 5e-4, 1e-4],
    }
)


def test_history_follows_the_trials_trained_in_full():
    histories = search_history_info(TRIALS.iloc[::-1])
    assert set(histories) == {"0", "all"}
    info = histories["0"]
    assert info.trial.tolist() == [0, 1, 2, 3]
    assert info.score.tolist() == [0.60, 0.40, 0.58, 0.30]
    assert info.finished.tolist() == [True, False, True, False]
    assert info.best.tolist() == [0.60] * 4
    with pytest.raises(InputError, match="needs a scenario"):
        plot_search_history({})


def test_parallel_coordinates_show_the_first_rung():
    info = parallel_coordinates_info(TRIALS, parameters=["width", "rate"], scenario="0", logarithmic=["rate"])
    assert info.names == ("width", "rate", "inner score")
    np.testing.assert_allclose(info.positions[:, 0], [0.0, 0.475, 1.0, 0.525])
    assert info.ticks[0] == {0.0: "32", 0.5: "64", 1.0: "128"}
    np.testing.assert_allclose(info.score, [0.5, 0.4, 0.55, 0.3])
    # Trial 0 had the best score on the last rung, though not on the first.
    assert info.best == 0
    with pytest.raises(InputError, match=r"no such scenario \(given: 7; allowed: 0, all"):
        parallel_coordinates_info(TRIALS, parameters=["width"], scenario="7")
    with pytest.raises(InputError, match="depth"):
        parallel_coordinates_info(TRIALS, parameters=["depth"], scenario="0")


def test_many_values_get_an_axis_of_their_own():
    many = pd.DataFrame(
        {"scenario": "0", "trial": range(9), "rung": 0, "inner_score": 0.5, "rate": np.logspace(-4, 0, 9)}
    )
    info = parallel_coordinates_info(many, parameters=["rate"], scenario="0", logarithmic=["rate"])
    np.testing.assert_allclose(info.positions[:, 0], np.linspace(0, 1, 9))
    assert info.ticks[0] == {0.0: "0.0001", 0.5: "0.01", 1.0: "1"}
    # All scores are equal: one height, one tick.
    assert info.ticks[1] == {0.5: "0.5"}


def test_importance_is_sorted_and_leaves_out_what_is_unknown():
    shares = pd.DataFrame({"0": [0.2, 0.8], "1": [0.4, 0.6], "2": [np.nan, np.nan]}, index=["width", "rate"])
    info = parameter_importance_info(shares)
    assert info.mean.to_dict() == pytest.approx({"rate": 0.7, "width": 0.3})
    assert list(info.table.columns) == ["0", "1"]
    assert list(info.table.index) == ["rate", "width"]
    with pytest.raises(InputError, match="no scenario has shares"):
        parameter_importance_info(shares[["2"]])


def test_inner_and_outer_scores_are_taken_as_they_are():
    nested = pd.DataFrame(
        {"scenario": ["0", "mean"], "inner_score": [0.8, 0.8], "FCN": [0.7, 0.7], "prior": [0.6, 0.6]}
    )
    info = inner_outer_info(nested, model="FCN", rivals=["prior"])
    assert info.scenarios == ("0", "mean")
    assert info.outer.tolist() == [0.7, 0.7]
    assert info.rivals["prior"].tolist() == [0.6, 0.6]
    with pytest.raises(InputError, match="nearest"):
        inner_outer_info(nested, model="FCN", rivals=["nearest"])


def test_search_records_become_tables():
    history = search_history_info(TRIALS)["0"].to_frame()
    assert history["best"].tolist() == [0.60] * 4
    lines = parallel_coordinates_info(TRIALS, parameters=["width"], scenario="0").to_frame()
    assert lines["chosen"].tolist() == [True, False, False, False]
    shares = parameter_importance_info(pd.DataFrame({"0": [0.2, 0.8]}, index=["width", "rate"])).to_frame()
    assert shares.to_numpy().tolist() == [["rate", 0.8, 0.8], ["width", 0.2, 0.2]]
    nested = pd.DataFrame({"scenario": ["0"], "inner_score": [0.8], "FCN": [0.7], "prior": [0.6]})
    table = inner_outer_info(nested, model="FCN", rivals=["prior"]).to_frame()
    assert table.to_numpy().tolist() == [["0", 0.8, 0.7, 0.6]]
