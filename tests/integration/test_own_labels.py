"""Events, ruptures and a target of the user's own, from files through the command line to a run."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError
from megathrust.pipelines.build import build_table
from megathrust.pipelines.predict import predict
from megathrust.pipelines.run import run
from megathrust.pipelines.settings import load_config
from megathrust.table import read_table, with_target, write_table
from megathrust.testing import synthetic_table

TINY = {
    "network": {"members": 2, "hidden": [6], "epochs": 3, "batch_size": 16, "encoding": "none"},
    "magnitude": {"members": 2, "baselines": ["region mean", "ridge regression"]},
    "curve": {"exclusion_km": []},
    "nulls": {"surrogates": 2, "planted": 1, "per_model": 2},
    "claims": {"worlds": 4},
    "relevance": {"methods": ["relative-lrp"]},
    "explaining": {"encodings": ["none"], "members": 1, "randomised": 0},
    "known_truth": {"worlds": 0},
    "bootstrap_replicates": 20,
}


def feature(coordinates, **properties):
    told = {"quality": "B", "source": "trenches on the coast"} | properties
    return {
        "type": "Feature",
        "properties": told,
        "geometry": {"type": "LineString", "coordinates": coordinates},
    }


@pytest.fixture(scope="module")
def cascadia(data_dir, tmp_path_factory):
    """The table of Cascadia that the command builds from files of one's own, with what it says."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine.csv").write_text(
        "id,time,lon,lat,depth,mw\n"
        "a,1992-04-25T18:06:05,-124.2,40.3,10,7.3\n"
        "b,2005-01-01T05:00,-124.0,45.0,15,2.0\n"
    )
    features = [
        feature([[-125.3, 41.0], [-127.0, 49.0]], name="T13", date="0500", mw=8.8, quality="D"),
        feature([[-125.3, 40.6], [-125.3, 44.0]], name="half", date="1700-01-26", mw=8.9),
        feature([[143.0, 37.0], [144.0, 40.0]], name="Tohoku", date="2011-03-11", mw=9.0),
    ]
    (folder / "mine.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    lat, lon = np.meshgrid(np.arange(40.0, 51.0, 0.1), np.arange(-128.0, -120.0, 0.1))
    layer = pd.DataFrame({"lon": lon.ravel(), "lat": lat.ravel(), "value": 0.5 + 0.04 * (lat.ravel() - 45.0)})
    layer.to_csv(folder / "coupling.csv", index=False)
    (folder / "layers.yaml").write_text(
        "layers:\n"
        "  - {name: COUPLING, path: coupling.csv, unit: '1', long_name: coupling, citation: me, side: [UP]}\n"
    )
    arguments = ["build", "--data-dir", data_dir, "--regions", "cas", "--out", folder / "cas.parquet"]
    arguments += ["--events", folder / "mine.csv", "--ruptures", folder / "mine.geojson"]
    arguments += ["--layers", folder / "layers.yaml", "--target", "COUPLING_UP_AVE"]
    result = CliRunner().invoke(app, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return read_table(folder / "cas.parquet"), result.output


@pytest.mark.data
class TestBuild:
    def test_ruptures_enter_labels_with_their_quality_and_source(self, cascadia):
        table, said = cascadia
        frame = table.frame
        south = frame[frame["MW_HISTORICAL_source"] == "trenches on the coast"]
        assert 6 <= len(south) <= 9
        assert set(south["MW_HISTORICAL"]) == {8.9}
        assert set(south["MW_HISTORICAL_quality"]) == {"B"}
        assert set(south["MW_HISTORICAL_date"]) == {"1700-01-27"}
        assert re.search(r"half \(cas\) is noaa\d+ and gives a label to [6-9] segments", said)
        assert "Tohoku is not used, of the region kur, which is not built" in said

    def test_a_rupture_older_than_all_targets_makes_one_of_its_own(self, cascadia):
        table, _ = cascadia
        assert table.target_names == ["COUPLING_UP_AVE", "MW_1904", "MW_1976", "MW_HISTORICAL", "MW_0500"]
        assert (table.frame["MW_0500"] == 8.8).sum() >= 8
        assert table.frame.loc[table.frame["MW_0500"] == 8.8, "MW_0500_quality"].eq("D").all()

    def test_events_are_counted_and_proved_by_their_hash(self, cascadia):
        table, said = cascadia
        assert "mine.csv: 2 usable events, 1 also in other catalogues" in said
        assert "# mine.csv: 2 events read, 2 used" in said
        assert "# mine.geojson: 3 ruptures read, 2 used; left out: 1 of the region kur" in said
        own = {entry["file"] for entry in table.provenance["own_files"]}
        assert own == {"coupling.csv", "mine.csv", "mine.geojson"}

    def test_the_target_is_in_table_and_schema_and_its_twin_is_not(self, cascadia):
        table, _ = cascadia
        assert table.columns["COUPLING_UP_AVE"].role == "target"
        assert not [name for name in table.feature_names if name.startswith("COUPLING")]
        observed = table.observed()
        inside = np.isfinite(observed)
        assert inside.mean() > 0.8
        # The layer grows with latitude by .04 a degree.
        slope = np.polyfit(table.frame["lat"][inside], observed[inside], 1)[0]
        assert 0.02 < slope < 0.05

    def test_events_without_labels_are_refused(self, data_dir):
        with pytest.raises(InputError, match=r"reads no events and no ruptures.*events mine.csv"):
            build_table(data_dir, regions=["cas"], labels=False, events="mine.csv")


class TestRun:
    @pytest.fixture
    def other(self):
        """A table whose first feature is the target, missing in some rows."""
        table = synthetic_table()
        frame = table.frame.copy()
        frame.loc[::10, "F0"] = np.nan
        return with_target(type(table)(frame, table.columns), "F0")

    def test_one_column_is_regressed_scored_drawn_and_told(self, other, tmp_path):
        config = load_config(**TINY, tasks=["value"])
        done = run(other, config, tmp_path / "run")
        scores = pd.read_csv(tmp_path / "run" / "value_scores.csv")
        models = set(scores["model"])
        assert {"FCN", "region mean", "ridge regression"} <= models
        assert any(name.startswith("null: ") for name in models)
        values = pd.read_csv(tmp_path / "run" / "values.csv")
        own = values[values["model"] == "FCN"].set_index(["region", "segment"])
        truth = other.frame.set_index(["region", "segment"])["F0"].dropna()
        assert len(own) == len(truth)
        np.testing.assert_allclose(own["observed_value"], truth.loc[own.index], rtol=1e-9)
        assert (tmp_path / "run" / "figures" / "values.png").is_file()
        assert "in the highest class" not in done.summary()[0]
        card = (tmp_path / "run" / "model-value" / "README.md").read_text()
        assert "feature F0" in card
        with pytest.raises(InputError, match="predicts another target"):
            predict(tmp_path / "run" / "model-value", other)

    @pytest.mark.parametrize(("task", "words"), [("magnitude", "no magnitude"), ("classes", "of one class")])
    def test_a_task_that_does_not_fit_the_target_is_refused(self, other, tmp_path, task, words):
        config = load_config(**TINY, tasks=[task], thresholds=[9.9])
        with pytest.raises(InputError, match=words):
            run(other, config, tmp_path / "run")

    def test_a_magnitude_is_no_value(self, tmp_path):
        with pytest.raises(InputError, match="the target is a magnitude"):
            run(synthetic_table(), load_config(**TINY, tasks=["value"]), tmp_path / "run")

    def test_a_table_of_ones_own_says_so_in_its_schema(self, other, tmp_path):
        write_table(other, tmp_path / "other.csv")
        assert read_table(tmp_path / "other.csv").target_names[0] == "F0"
