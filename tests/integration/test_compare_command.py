"""Runs side by side: what differs, by how much on shared segments, and what cannot be compared."""

from __future__ import annotations

import html
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import f1_score

from megathrust.core import InputError
from megathrust.pipelines.run import compare, open_run, run, write_comparison
from megathrust.pipelines.run._shared import shared_segments
from megathrust.pipelines.settings import load_config
from megathrust.table import read_table
from megathrust.testing import synthetic_table


@pytest.fixture(scope="module")
def other(world, tmp_path_factory):
    """A run of another seed on a table without the trench of Alaska, some of whose labels differ."""
    table = read_table(world / "table.parquet")
    few = table.select_rows((table["region"] != "alu").to_numpy(), "another region")
    few.frame.loc[few.frame.index[:10], "MW"] = 6.0
    config = load_config(None, world / "tiny.yaml", seed=1, curve={"exclusion_km": []})
    return run(few, config, tmp_path_factory.mktemp("other") / "run").folder


def test_differences_stand_on_segments_that_both_label_alike(world, other):
    compared = compare([world / "run", other])
    assert compared.runs["segments"].tolist() == [130, 90]
    assert {"seed", "table (sha256)"} <= set(compared.settings["setting"])
    first, second = (
        pd.read_csv(folder / "predictions.csv").query("model == 'FCN'") for folder in (world / "run", other)
    )
    both = first.merge(second, on=["region", "segment"], suffixes=("_1", "_2"))
    same = both[both["observed_class_1"] == both["observed_class_2"]]
    row = compared.differences.query("model == 'networks' and score == 'macro-F1'").squeeze()
    assert row["segments"] == len(same) < len(both) == 90
    scores = [
        f1_score(same["observed_class_1"], same[f"predicted_class_{side}"], average="macro")
        for side in (1, 2)
    ]
    assert [row["of first"], row["of second"]] == pytest.approx(scores)
    assert row["second - first"] == pytest.approx(scores[1] - scores[0])
    assert row["low"] <= row["second - first"] <= row["high"]
    assert "share 90 segments, matched by place within half a segment (of 130 and 90)" in compared.notes[0]
    assert f"; {90 - len(same)} of them, which the two label with other classes" in compared.notes[0]


def test_numbers_that_begin_elsewhere_do_not_pair_other_places():
    table = synthetic_table().frame
    shifted = table[table["segment"] >= 5].assign(segment=lambda frame: frame["segment"] - 5)
    rows, others = shared_segments(table, shifted)
    pairs = table.iloc[rows].reset_index(), shifted.iloc[others].reset_index()
    assert len(rows) == len(shifted) == 115
    np.testing.assert_array_equal(pairs[0]["lat"], pairs[1]["lat"])
    np.testing.assert_array_equal(pairs[0]["segment"], pairs[1]["segment"] + 5)
    far = table.assign(lat=table["lat"] - 20.0, lon=table["lon"] + 60.0)
    assert len(shared_segments(table, far)[0]) == 0


def test_without_places_only_equal_numbers_and_distances_pair():
    table = synthetic_table().frame.assign(lon=np.nan, lat=np.nan)
    rows, others = shared_segments(table, table.iloc[::-1])
    assert sorted(rows) == list(range(130))
    np.testing.assert_array_equal(others, 129 - rows)
    assert len(shared_segments(table, synthetic_table().frame)[0]) == 0


def test_a_run_does_not_differ_from_itself(world):
    compared = compare([world / "run", world / "run"])
    assert compared.runs["run"].tolist() == ["run (1)", "run (2)"]
    assert compared.settings.empty
    np.testing.assert_array_equal(compared.differences[["second - first", "low", "high"]], 0.0)


def test_other_classes_are_shown_side_by_side_and_not_compared(world, tmp_path):
    shutil.copytree(world / "run", tmp_path / "changed")
    path = tmp_path / "changed" / "config.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"thresholds": [8.1]}))
    with pytest.raises(InputError, match=r"changed by --config"):
        compare([world / "run", tmp_path / "changed"])
    # As a run of an earlier version, which recorded nothing of its settings.
    stages = json.loads((tmp_path / "changed" / "stages.json").read_text())
    del stages["settings"]
    (tmp_path / "changed" / "stages.json").write_text(json.dumps(stages))
    compared = compare([world / "run", tmp_path / "changed"])
    assert compared.differences.empty
    assert "other classes" in compared.notes[0]


def test_a_page_of_three_runs_holds_every_table(world, other, tmp_path):
    page = write_comparison(compare([world / "run", other, world / "run"]), tmp_path / "page.html")
    text = page.read_text(encoding="utf-8")
    for words in (
        "Settings that differ",
        "Networks on the segments that two runs share",
        "3 runs; 90 segments",
    ):
        assert words in text
    with pytest.raises(InputError, match=r"a name ending in \.html"):
        write_comparison(compare([world / "run", other]), tmp_path / "page.pdf")


def test_one_run_or_none_is_refused(world):
    with pytest.raises(InputError, match="a comparison needs two runs"):
        compare([world / "run"])
    with pytest.raises(InputError, match="the folder is no run"):
        compare([world / "run", world])


def test_runs_verdicts_and_models_show_themselves_in_a_notebook(world):
    finished = open_run(world / "run")
    text = finished._repr_html_()
    assert "nearest segment" in text
    assert all(html.escape(line) in text for line in finished.judgements[0].verdict.sentences)
    assert "<table" in text
    frame = finished.explore(height=700)._repr_html_()
    assert frame.startswith("<iframe")
    assert "height:700px" in frame
    assert "&lt;!doctype html&gt;" in frame
    from megathrust.models import load_model

    shown = load_model(world / "run" / "model")._repr_html_()
    assert "largest observed Mw" in shown


def test_a_run_without_its_report_says_how_to_write_it(world, tmp_path):
    shutil.copytree(world / "run", tmp_path / "run")
    (tmp_path / "run" / "report.html").unlink()
    with pytest.raises(InputError, match="megathrust report"):
        open_run(tmp_path / "run").explore()
