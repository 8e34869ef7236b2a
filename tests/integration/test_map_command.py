"""``megathrust map`` on tables and predictions of every kind, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError, OutputError, SourceError
from megathrust.pipelines.predict import _map as module, draw_map, predict
from megathrust.table import load_builtin_table, write_table

REGIONS = ("ker", "van")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table of two regions, the first over the dateline, and predictions for it in four kinds of file."""
    place = tmp_path_factory.mktemp("maps")
    table = load_builtin_table()
    own = table.frame[table.frame["region"].isin(REGIONS)].reset_index(drop=True)
    write_table(replace(table, frame=own), place / "table.parquet")
    for end in ("csv", "parquet", "geojson", "nc"):
        predict("great-everywhere", replace(table, frame=own), place / f"predicted.{end}")
    return place


@pytest.fixture
def seen(monkeypatch):
    """What the functions that draw are given."""
    calls = []
    for name in ("plot_trench_map", "plot_world_map", "region_map"):
        draw = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda info, draw=draw, **more: calls.append(more) or draw(info, **more)
        )
    return calls


@pytest.mark.parametrize("end", ["csv", "parquet", "geojson", "nc"])
def test_probabilities_of_every_kind_of_file_are_the_numbers_drawn(folder, tmp_path, seen, end):
    figure, numbers = draw_map(folder / f"predicted.{end}", tmp_path / "map.png", region="ker")
    drawn = pd.read_csv(numbers)
    expected = pd.read_csv(folder / "predicted.csv").query("region == 'ker'")
    np.testing.assert_allclose(drawn["value"], expected["probability_1"], rtol=1e-6)
    assert drawn["lon"].abs().max() > 174.0
    assert figure.stat().st_size > 10_000
    assert seen[0]["style"].label == "probability of Mw ≥ 8"
    assert "great-everywhere does not beat its rivals" in seen[0]["watermark"]
    assert "there nothing is tested" in seen[0]["watermark"]


def test_labels_of_a_table_leave_segments_without_event_empty(folder, tmp_path, seen):
    run = CliRunner().invoke(app, ["map", str(folder / "table.parquet"), "--out", str(tmp_path / "map.svg")])
    assert run.exit_code == 0, run.output
    assert run.output.split() == [str(tmp_path / "map.svg"), str(tmp_path / "map.csv")]
    drawn, table = pd.read_csv(tmp_path / "map.csv"), load_builtin_table().frame
    label = table[table["region"].isin(REGIONS)]["MW_1904"].to_numpy()
    np.testing.assert_allclose(drawn["value"], np.where(label == 1.0, np.nan, label))
    assert seen[0]["watermark"] is None
    assert seen[0]["style"].label == "largest observed Mw (MW_1904)"


def test_any_column_of_numbers(folder, tmp_path, seen):
    draw_map(folder / "table.parquet", tmp_path / "map.pdf", value="V_CN")
    assert seen[0]["style"].label == "convergence rate normal to the trench (mm/yr)"
    draw_map(folder / "predicted.csv", tmp_path / "spread.png", value="probability_spread")
    assert len(pd.read_csv(tmp_path / "spread.csv")) == len(pd.read_csv(folder / "predicted.csv"))


def test_predictions_alone_say_that_nothing_is_known_of_their_model(folder, tmp_path, seen):
    pd.read_csv(folder / "predicted.csv").to_csv(tmp_path / "alone.csv", index=False)
    draw_map(tmp_path / "alone.csv", tmp_path / "map.png")
    assert "is not known" in seen[0]["watermark"]
    assert seen[0]["style"].label == "probability of class 1"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"value": "probabilty_1"}, r"unknown column of numbers .*did you mean probability_1\."),
        ({"region": "ker", "world": True}, r"shows all regions .*leave one of the two out"),
        ({"region": "kerr"}, r"unknown region of the file .*did you mean ker\."),
        ({"out": "map.jpg"}, r"unknown kind of figure .*\.png, \.svg, \.pdf"),
        ({"path": "missing.csv"}, r"there is no such file"),
        ({"path": "predicted.txt"}, r"unknown kind of file .*\.geojson, \.nc"),
        ({"path": "broken.geojson"}, r"the file cannot be read .*broken\.geojson"),
        ({"path": "places.csv"}, r"neither predictions nor an observed label .*--value"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(folder, tmp_path, options, sentence):
    (folder / "broken.geojson").write_text("{")
    (folder / "places.csv").write_text("region,s_km,lon,lat\nker,25,179,-30\n")
    path, out = options.get("path", "predicted.csv"), options.get("out", "map.png")
    chosen = {name: value for name, value in options.items() if name not in ("path", "out")}
    with pytest.raises(InputError, match=sentence):
        draw_map(folder / path, tmp_path / out, **chosen)
    assert list(tmp_path.iterdir()) == []


def test_the_world_and_what_the_data_folder_has(folder, tmp_path, seen, monkeypatch, data_dir):
    monkeypatch.setenv("MEGATHRUST_DATA", str(data_dir))
    out = tmp_path / "world.svg"
    run = CliRunner().invoke(app, ["map", str(folder / "table.parquet"), "--out", str(out), "--world"])
    assert run.exit_code == 0, run.output
    layers = seen[0]["layers"]
    assert sorted(layers.slab) == sorted(REGIONS)
    assert layers.slab["ker"].max() > 500.0
    assert layers.relief.min() < -8000.0
    assert len(layers.volcanoes) > 700
    assert set(layers.ruptures["region"]) == set(REGIONS)
    # SVG keeps its words as shapes; what the layers are from is said of them.
    assert "Hayes et al. 2018" in layers.credit
    monkeypatch.setenv("MEGATHRUST_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match="data folder does not exist"):
        draw_map(folder / "table.parquet", tmp_path / "again.svg")
    monkeypatch.setenv("MEGATHRUST_DATA", str(tmp_path))
    draw_map(folder / "table.parquet", tmp_path / "bare.svg")
    assert seen[-1]["layers"].relief is None
    assert seen[-1]["layers"].credit == ""


def test_the_built_in_table_needs_no_file(tmp_path, seen):
    run = CliRunner().invoke(app, ["map", "--region", "sam", "--out", str(tmp_path / "sam.png")])
    assert run.exit_code == 0, run.output
    label = load_builtin_table().frame.query("region == 'sam'")["MW_1904"].to_numpy()
    drawn = pd.read_csv(tmp_path / "sam.csv")["value"]
    np.testing.assert_allclose(drawn, np.where(label == 1.0, np.nan, label))
    assert {1960, 2010} <= set(seen[0]["layers"].ruptures["year"])


def test_numbers_never_replace_another_file(folder):
    before = (folder / "predicted.csv").read_bytes()
    with pytest.raises(InputError, match=r"would replace an input .*predicted\.csv.*another place"):
        draw_map(folder / "predicted.csv", folder / "predicted.png")
    assert (folder / "predicted.csv").read_bytes() == before
    assert not (folder / "predicted.png").exists()
    (folder / "notes.csv").write_text("years of work")
    with pytest.raises(OutputError, match=r"hold.* something else .*notes\.csv.*another name"):
        draw_map(folder / "predicted.csv", folder / "notes.png")
    assert (folder / "notes.csv").read_text() == "years of work"
    draw_map(folder / "predicted.csv", folder / "map.png")
    draw_map(folder / "predicted.csv", folder / "map.png")
