"""Scores region by region are those of a region's own held-out segments."""

from dataclasses import replace

import numpy as np
import pytest

from megathrust.pipelines.run import run
from megathrust.pipelines.run._score_figures import by_region, region_scores
from megathrust.pipelines.settings import load_config
from megathrust.plots import plot_region_scores
from megathrust.testing import synthetic_table, tiny_settings


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    config = load_config(**tiny_settings() | {"tasks": ["classes", "magnitude"]})
    return run(synthetic_table(), config, tmp_path_factory.mktemp("region") / "run")


def test_the_brier_score_of_every_region_is_that_of_its_segments(finished):
    experiment, judgement = finished.experiment, finished.judgements[0]
    table = region_scores(finished, judgement).table.set_index(["region", "model"])
    for model, predictions in judgement.predictions.items():
        rows = np.concatenate([each.rows for each in predictions])
        chance = np.concatenate([each.predicted for each in predictions])[:, 1]
        wrong = (chance - experiment.classes[rows]) ** 2
        for region in ("alu", "kur", "sam"):
            inside = experiment.rows.region[rows] == region
            row = table.loc[region, model]
            assert row["value"] == pytest.approx(wrong[inside].mean())
            assert row["low"] <= row["value"] <= row["high"]
            assert row["segments"] == inside.sum()
    great = experiment.highest & (experiment.rows.region == "sam")
    assert table.loc[("sam", "FCN"), "ruptures"] == len(np.unique(experiment.ruptures[great]))


def test_every_predictand_is_drawn_once(finished):
    names = [drawing.name for drawing in by_region(finished)]
    assert names == ["scores_by_region", "magnitude_errors_by_region"]


def test_a_region_of_one_observation_has_no_interval_and_one_without_events_no_error(tmp_path):
    table = synthetic_table()
    frame = table.frame.copy()
    frame.loc[frame["region"] == "kur", "MW"] = 1.0
    config = load_config(**tiny_settings() | {"tasks": ["classes", "magnitude"]})
    result = run(replace(table, frame=frame), config, tmp_path / "run")
    classes, magnitudes = (region_scores(result, each).table for each in result.judgements)
    alone = classes[classes["region"] == "kur"]
    assert (alone["ruptures"] == 0).all()
    assert alone["value"].notna().all()
    assert alone[["low", "high"]].isna().all(axis=None)
    assert classes.loc[classes["region"] == "sam", "low"].notna().all()
    assert "kur" not in set(magnitudes["region"])
    assert len(plot_region_scores(region_scores(result, result.judgements[0])).axes) == 1
