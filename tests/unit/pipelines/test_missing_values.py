"""Runs on tables of which values are missing: every segment, or complete ones with a warning."""

from __future__ import annotations

import numpy as np
import pytest

from megathrust.evaluation import BASELINES, DEFAULT_RIVALS, MAGNITUDE_BASELINES
from megathrust.models import load_model
from megathrust.pipelines.experiment import make_experiment
from megathrust.pipelines.predict import explain, predict
from megathrust.pipelines.run import run
from megathrust.pipelines.settings import load_config
from megathrust.table import FeatureTable, load_builtin_table
from megathrust.testing import synthetic_table

SMALL = {
    "network": {"members": 1, "epochs": 2},
    "nulls": {
        "surrogates": 2,
        "planted": 0,
        "per_model": 0,
        "kinds": ["shifted labels", "autoregressive features"],
    },
    "baselines": ["logistic, 1 feature", "extra trees"],
    "curve": {"exclusion_km": []},
    "bootstrap_replicates": 20,
    "claims": {"worlds": 0},
    "known_truth": {"worlds": 0},
    "figures": {"kinds": []},
}


def holed_table():
    table = synthetic_table()
    frame = table.frame.copy()
    frame.loc[frame["MW"] < 7.0, "F2"] = np.nan
    frame.loc[3, ["F0", "F1"]] = np.nan
    return FeatureTable(frame, table.columns)


def test_every_segment_of_the_builtin_table_is_used():
    table = load_builtin_table()
    experiment = make_experiment(table, load_config("quick"))
    assert len(experiment.table) == experiment.rows_read == 895
    assert experiment.size().startswith("895 of 895 segments used, 142 of which lack a feature")
    assert experiment.warning() is None
    tested = np.sort(np.concatenate([fold.test for fold in experiment.folds]))
    np.testing.assert_array_equal(tested, np.arange(895))


def test_leaving_incomplete_segments_out_says_what_it_costs():
    experiment = make_experiment(load_builtin_table(), load_config("quick", missing_values="leave_out"))
    assert experiment.size() == "753 of 895 segments complete"
    warning = experiment.warning()
    assert warning is not None
    assert "142 segments that lack a feature were left out; 5% of them" in warning
    assert "against 37% of those kept" in warning


@pytest.mark.parametrize("name", DEFAULT_RIVALS)
def test_rivals_take_missing_values(name):
    experiment = make_experiment(holed_table(), load_config("quick"))
    fold = experiment.folds[1]
    given = experiment.rows.take(fold.train), experiment.classes[fold.train], experiment.rows.take(fold.test)
    probabilities = BASELINES[name](*given, 2, 0)
    assert np.isfinite(probabilities).all()
    assert np.allclose(probabilities.sum(1), 1.0)


@pytest.mark.parametrize("name", list(MAGNITUDE_BASELINES))
def test_rivals_of_magnitudes_take_missing_values(name):
    experiment = make_experiment(holed_table(), load_config("quick"))
    fold = experiment.folds[1]
    magnitudes = experiment.table.magnitudes()
    given = experiment.rows.take(fold.train), magnitudes[fold.train], experiment.rows.take(fold.test)
    assert np.isfinite(MAGNITUDE_BASELINES[name](*given, 0)).all()


def test_a_run_uses_predicts_and_explains_segments_that_lack_a_feature(tmp_path):
    table = holed_table()
    finished = run(table, load_config(**SMALL), tmp_path / "run")
    lacking = table.frame["F2"].isna().sum() + 1
    assert finished.summary()[0].startswith(f"130 of 130 segments used, {lacking} of which lack a feature")
    assert np.isfinite(finished.relevance["relevance"].to_numpy()).all()
    saved = load_model(tmp_path / "run" / "model")
    assert saved.feature_names[-2:] == ("MISSING_F0", "MISSING_F2")
    said = predict(saved, table)
    assert said["probability_1"].notna().all()
    assert said["note"][3] == "counts as the median of the training segments: F0, F1"
    assert explain(saved, table)["relevance"].sizes["segment"] == 130
    frame = table.frame.copy()
    frame.loc[5, "F4"] = np.nan
    # What no training segment lacked has no meaning where it is missing.
    other = predict(saved, FeatureTable(frame, table.columns))
    assert np.isnan(other["probability_1"][5])
    assert other["note"][5].startswith("missing F4")
