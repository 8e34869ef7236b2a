"""The models that come with the package: whole, applicable by name, also to a region built from raw data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.features import COARSER_FEATURES, SEISMICITY_FEATURES, TOO_COARSE_FEATURES
from megathrust.models import find_model, load_model, model_card, model_names
from megathrust.pipelines.predict import predict
from megathrust.table import load_builtin_table, write_table


def run(arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code


FOLDER = Path(__file__).resolve().parents[2] / "models"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def test_every_configuration_has_its_model():
    assert NAMES == ["great-chunks", "great-everywhere", "great-regions"]
    assert set(NAMES) <= set(model_names())


@pytest.mark.parametrize("name", NAMES)
class TestReleased:
    def test_card_tells_scores_rivals_nulls_and_licences(self, name):
        model = load_model(find_model(name))
        card = (FOLDER / name / "README.md").read_text(encoding="utf-8")
        assert card == model_card(model)
        assert all(f" {feature}," in card or f" {feature} |" in card for feature in model.feature_names)
        assert "not recorded" not in card.split("## What it needs")[1].split("##")[0]
        for word in ("nearest segment", "region prior", "extra trees", "null:", "CC-BY-SA", "NOT"):
            assert word in card
        assert (
            model.notes["protocol"]
            == yaml.safe_load((FOLDER / f"{name}.yaml").read_text())["protocol"]["kind"]
        )

    def test_networks_have_not_seen_what_they_were_scored_on(self, name):
        model, table = load_model(find_model(name)), load_builtin_table()
        frame = predict(model, table)
        known = frame["note"] == ""
        assert known.sum() > 600
        assert frame.loc[known, "probability_1"].between(0.0, 1.0).all()
        # A segment is held out of its own fold, and of those whose exclusion distance reaches it.
        folds = len({member["fold"] for member in model.members})
        assert (frame.loc[known, "trained_on_share"] <= 1.0 - 1.0 / folds + 1e-9).all()

    def test_predicts_by_name_from_the_command_line_in_four_formats(self, name, tmp_path):
        table = tmp_path / "table.csv"
        builtin = load_builtin_table()
        own = builtin.frame.query("region == 'cas'").reset_index(drop=True)
        write_table(replace(builtin, frame=own), table)
        for end in ("csv", "parquet", "geojson", "nc"):
            out = tmp_path / f"predicted.{end}"
            assert run(["predict", "--model", name, "--table", str(table), "--out", str(out)]) == 0
            assert out.stat().st_size > 1000
        frame = pd.read_csv(tmp_path / "predicted.csv")
        with xr.open_dataset(tmp_path / "predicted.nc") as dataset:
            assert dataset.sizes["segment"] == len(frame)
        assert {"probability_1", "probability_spread", "class_set", "applicable"} <= set(frame.columns)


def test_great_everywhere_needs_what_slab2_and_global_layers_give_alone():
    model, table = load_model(find_model("great-everywhere")), load_builtin_table()
    incoming = {*COARSER_FEATURES, *TOO_COARSE_FEATURES}
    assert not {*SEISMICITY_FEATURES, *incoming, "AGE", "OBL"} & set(model.feature_names)
    without = table.drop_columns(
        [name for name in table.feature_names if name not in model.feature_names], ""
    )
    frame = predict(model, without)
    assert frame["probability_1"].notna().groupby(frame["region"]).mean().min() > 0.85


@pytest.mark.slow
def test_applies_to_a_region_built_from_raw_data(data_dir, tmp_path):
    table, out = tmp_path / "man.parquet", tmp_path / "predicted.csv"
    assert run(["build", "--data-dir", str(data_dir), "--regions", "man", "--out", str(table)]) == 0
    assert run(["predict", "--model", "great-regions", "--table", str(table), "--out", str(out)]) == 0
    frame = pd.read_csv(out)
    builtin = predict("great-regions", load_builtin_table()).query("region == 'man'")
    assert len(frame) == len(builtin) > 10
    np.testing.assert_allclose(frame["probability_1"], builtin["probability_1"], atol=1e-6)
