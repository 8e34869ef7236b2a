"""Predictions with what judges them, in every kind of file, by models found by name."""

from __future__ import annotations

import json
from dataclasses import replace

import geopandas
import h5netcdf
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import safetensors.numpy
import xarray as xr
from torch import nn

from megathrust.core import InputError, ModelError, OutputError, TableError, sha256_of
from megathrust.evaluation import class_sets, conformal_threshold, fit_applicability
from megathrust.models import (
    FCNArchitecture,
    SavedModel,
    find_model,
    import_networks,
    load_model,
    model_card,
    model_names,
    save_model,
)
from megathrust.models._released import MODELS_VARIABLE
from megathrust.pipelines.predict import predict
from megathrust.pipelines.predict._about import about_path, warning_of
from megathrust.pipelines.run._models import training_data
from megathrust.sources import find_source
from megathrust.splits import RegionSplitter
from megathrust.testing import synthetic_table
from megathrust.training import (
    Member,
    TrainingOptions,
    fit_classifier,
)

TABLE = synthetic_table(regions={"alu": 30, "kur": 25, "sam": 20})
FOLDS = RegionSplitter().split(TABLE)


@pytest.fixture(scope="module")
def model():
    """Return two members per fold with a domain of applicability and class sets."""
    features, classes = TABLE.features(), TABLE.classes([8.0])
    members = [Member(fold.train, 10 * i + k, 1e-2) for i, fold in enumerate(FOLDS) for k in range(2)]
    stack = fit_classifier(features, classes, members, FCNArchitecture(6, 2, (8,)), TrainingOptions(10)).stack
    domain = fit_applicability(features, [(fold.train, fold.test) for fold in FOLDS])
    held_out = np.zeros((len(TABLE), 2))
    for i, fold in enumerate(FOLDS):
        held_out[fold.test] = stack.select([2 * i, 2 * i + 1]).probabilities(features[fold.test]).mean(0)
    threshold = conformal_threshold(held_out, classes, TABLE.ruptures(), coverage=0.8)
    names = (TABLE.frame["region"] + ":" + TABLE.frame["segment"].astype(str)).to_numpy()
    return SavedModel(
        stack,
        tuple(TABLE.feature_names),
        ("1",) * 6,
        (8.0,),
        tuple({"fold": fold.name, "seed": 0} for fold in FOLDS for _ in range(2)),
        {fold.name: tuple(names[fold.train]) for fold in FOLDS},
        {"target_long_name": "largest observed Mw since 1976"},
        {f"applicability.{name}": array for name, array in domain.to_arrays().items()}
        | {"class_sets.threshold": np.array([threshold])},
    )


@pytest.fixture
def new_table():
    """Return a table with a row that lacks a feature, one far from all training, one without a position."""
    frame = TABLE.frame.copy()
    frame.loc[3, "F2"] = np.nan
    frame.loc[4, "F1"] = 400.0
    frame.loc[5, ["lon", "lat"]] = np.nan
    return replace(TABLE, frame=frame)


def test_columns_that_judge_a_prediction(model, new_table):
    frame = predict(model, new_table)
    assert list(frame.columns) == [
        "region", "segment", "s_km", "lon", "lat", "probability_0", "probability_1", "probability_spread",
        "predicted_class", "class_set", "dissimilarity", "applicable", "trained_on_share", "note",
    ]  # fmt: skip
    assert frame["applicable"].isna().sum() == 1
    assert frame["class_set"][3] == ""
    assert not frame["applicable"][4]
    assert frame["dissimilarity"][4] > 10.0
    assert frame["dissimilarity"].drop([3, 4]).max() == pytest.approx(0.0, abs=1e-9)
    mean = model.stack.probabilities(TABLE.features()).mean(0)
    sets = class_sets(mean, float(model.arrays["class_sets.threshold"][0]))
    expected = ["|".join(np.flatnonzero(row).astype(str)) for row in sets]
    untouched = [i for i in range(len(TABLE)) if i not in (3, 4)]
    assert frame["class_set"][untouched].tolist() == [expected[i] for i in untouched]
    assert {"0", "1", "0|1"} >= set(frame["class_set"].drop(3))


def test_applicability_is_that_of_the_threshold(model):
    shifted = replace(
        TABLE, frame=TABLE.frame.assign(F0=TABLE.frame["F0"] + np.linspace(0.0, 6.0, len(TABLE)))
    )
    threshold = float(model.arrays["applicability.threshold"][0])
    bare = {name: array for name, array in model.arrays.items() if "rule." not in name}
    frame = predict(replace(model, arrays=bare), shifted)
    assert frame["applicable"].tolist() == (frame["dissimilarity"] <= threshold).tolist()
    assert frame["applicable"].nunique() == 2
    told = predict(model, shifted)
    # Six standard deviations in one feature: outside, and the note names it.
    assert not told["applicable"].iloc[-20:].any()
    assert told["note"].iloc[-20:].str.contains("F0").mean() >= 0.9
    assert (told["note"].str.len() > 0).equals(~told["applicable"].astype(bool))


def test_a_model_without_safeguards_leaves_their_columns_empty(model, new_table):
    frame = predict(replace(model, arrays={}), new_table)
    assert (frame["class_set"] == "").all()
    assert frame[["dissimilarity", "applicable"]].isna().all(axis=None)
    pd.testing.assert_series_equal(frame["probability_1"], predict(model, new_table)["probability_1"])


def test_imported_networks_predict_without_knowing_their_training_rows(tmp_path):
    network = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1))
    imported = import_networks(
        [network], feature_names=TABLE.feature_names[::-1], mean=0.0, std=1.0, thresholds=[8.0]
    )
    save_model(imported, tmp_path / "m")
    frame = predict(tmp_path / "m", TABLE)
    x = TABLE.frame[TABLE.feature_names[::-1]].to_numpy().copy()
    expected = imported.stack.probabilities(x)[0]
    np.testing.assert_allclose(frame[["probability_0", "probability_1"]], expected, atol=1e-7)
    assert frame["trained_on_share"].isna().all()
    predict(tmp_path / "m", TABLE, tmp_path / "p.nc")


def test_csv_and_parquet_hold_the_frame(model, new_table, tmp_path):
    frame = predict(model, new_table, tmp_path / "p.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "p.parquet"), frame, check_dtype=False)
    predict(model, new_table, tmp_path / "p.csv")
    read = pd.read_csv(tmp_path / "p.csv", dtype={"class_set": str, "note": str}, keep_default_na=True)
    np.testing.assert_allclose(read["dissimilarity"], frame["dissimilarity"], rtol=1e-9, atol=1e-12)
    assert read["class_set"].fillna("").tolist() == frame["class_set"].tolist()


def test_geojson_holds_points(model, new_table, tmp_path):
    frame = predict(model, new_table, tmp_path / "p.geojson")
    content = json.loads((tmp_path / "p.geojson").read_text())
    assert content["type"] == "FeatureCollection"
    assert "crs" not in content
    assert len(content["features"]) == len(frame)
    first, lacking, nowhere = (content["features"][row] for row in (0, 3, 5))
    assert first["id"] == "alu:0"
    assert first["geometry"] == {"type": "Point", "coordinates": [-80.0, 5.0]}
    assert first["properties"]["probability_1"] == pytest.approx(frame["probability_1"][0])
    assert first["properties"]["applicable"] is True
    assert lacking["properties"]["probability_1"] is None
    assert lacking["properties"]["applicable"] is None
    assert lacking["properties"]["note"] == "missing F2"
    assert nowhere["geometry"] is None
    read = geopandas.read_file(tmp_path / "p.geojson")
    np.testing.assert_allclose(read.geometry.x[:5], frame["lon"][:5])


def test_netcdf_holds_every_member(model, new_table, tmp_path):
    frame = predict(model, new_table, tmp_path / "p.nc")
    with xr.open_dataset(tmp_path / "p.nc", engine="h5netcdf") as data:
        assert data.attrs["Conventions"] == "CF-1.11"
        assert data["member_probability"].dims == ("member", "segment", "class")
        assert data["member_probability"].shape == (6, 75, 2)
        whole = frame["note"] == ""
        spread = data["member_probability"].values[:, :, 1].std(0)
        np.testing.assert_allclose(spread[whole], frame["probability_spread"][whole], atol=1e-6)
        np.testing.assert_allclose(data["probability"].values[whole, 1], frame["probability_1"][whole])
        assert np.isnan(data["member_probability"].values[:, 3]).all()
        assert np.isnan(data["applicable"].values[3])
        assert np.isnan(data["class_set"].values[3]).all()
        assert data["applicable"].values[4] == 0
        named = ["|".join(str(c) for c in np.flatnonzero(row == 1)) for row in data["class_set"].values]
        assert named == frame["class_set"].tolist()
        assert data["lon"].attrs["standard_name"] == "longitude"
        assert data["predicted_class"].attrs["flag_meanings"] == "below_8 at_least_8"
        assert {"region", "s_km", "lon", "lat"} <= set(data["probability"].coords)


def test_a_table_without_a_usable_row_is_refused_and_nothing_is_written(model, tmp_path):
    nothing = replace(TABLE, frame=TABLE.frame.assign(F2=np.nan))
    with pytest.raises(TableError, match=r"75 segments, missing F2\): .*--layers.* great-everywhere\."):
        predict(model, nothing, tmp_path / "p.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_coarser_feature_is_noted_and_predicted(model):
    region = TABLE.frame["region"].iloc[0]
    coarser = {"coarser_features": {region: {"F2": "global grid", "SED_AVE": "not of this model"}}}
    frame = predict(model, replace(TABLE, provenance=coarser))
    there = frame["region"] == region
    assert set(frame.loc[there, "note"]) == {"coarser than in other regions: F2"}
    assert frame.loc[there, "probability_1"].notna().all()
    assert set(frame.loc[~there, "note"]) <= {""}


def test_beside_predictions_stands_what_is_known_of_their_model(model, tmp_path):
    predict(model, TABLE, tmp_path / "p.csv")
    about = json.loads(about_path(tmp_path / "p.csv").read_text())
    assert about["thresholds"] == list(model.thresholds)
    assert about["verdict_passed"] is None
    assert "never compared" in warning_of(about)
    assert warning_of({**about, "verdict": ["it does"], "verdict_passed": True}) is None
    assert "does not beat" in warning_of({**about, "verdict": ["no"], "verdict_passed": False})
    assert "not known" in warning_of(None)


def test_models_are_found_by_name_and_path(model, tmp_path, monkeypatch):
    save_model(model, tmp_path / "released" / "trial")
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "released"))
    monkeypatch.chdir(tmp_path)
    assert "trial" in model_names()
    assert find_model("trial") == tmp_path / "released" / "trial"
    assert find_model(tmp_path / "released" / "trial") == tmp_path / "released" / "trial"
    # A folder of the user's that happens to have the name but holds no model does not hide it.
    (tmp_path / "trial").mkdir()
    assert find_model("trial") == tmp_path / "released" / "trial"
    assert len(predict("trial", TABLE)) == 75
    with pytest.raises(ModelError, match=r"there is no such model .*released model: .*trial"):
        find_model("trail")
    with pytest.raises(ModelError, match="there is no such model"):
        find_model("released/none")


@pytest.mark.parametrize("name", ["p.xlsx", "p", "p.json"])
def test_unknown_kinds_of_files_are_refused_before_anything_is_computed(name, tmp_path):
    with pytest.raises(InputError, match=r"\.csv, \.parquet, \.geojson, \.nc"):
        predict("no model", TABLE, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["csv", "parquet", "geojson", "nc"])
def test_an_unwritable_place_is_one_sentence(model, tmp_path, suffix):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        predict(model, TABLE, tmp_path / "file" / f"p.{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "geojson", "nc"])
def test_a_failed_write_leaves_nothing(model, tmp_path, monkeypatch, suffix):
    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    owner = {"csv": pd.DataFrame, "parquet": pq, "geojson": json, "nc": h5netcdf.File}[suffix]
    method = {"csv": "to_csv", "parquet": "ParquetWriter", "geojson": "dumps", "nc": "create_variable"}[
        suffix
    ]
    monkeypatch.setattr(owner, method, fail)
    with pytest.raises(KeyboardInterrupt):
        predict(model, TABLE, tmp_path / f"p.{suffix}")
    assert not list(tmp_path.iterdir())


def rewrite_arrays(folder, change):
    """Change the arrays of a model and its hash, as a careful forger would."""
    arrays = safetensors.numpy.load_file(folder / "arrays.safetensors")
    change(arrays)
    safetensors.numpy.save_file(arrays, folder / "arrays.safetensors")
    content = json.loads((folder / "model.json").read_text())
    content["arrays_sha256"] = sha256_of(folder / "arrays.safetensors")
    (folder / "model.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda f: (f / "arrays.safetensors").unlink(), "has no arrays"),
        (lambda f: (f / "arrays.safetensors").write_bytes(b"x"), "arrays of the model are not those"),
        (
            lambda f: rewrite_arrays(f, lambda a: a.pop("applicability.scale")),
            "cannot be used .*no scale",
        ),
        (
            lambda f: rewrite_arrays(f, lambda a: a.update({"applicability.shift": np.zeros(2)})),
            "shift .* has a wrong shape",
        ),
        (
            lambda f: rewrite_arrays(
                f,
                lambda a: a.update(
                    {f"applicability.{n}": a[f"applicability.{n}"][..., :5] for n in
                     ("reference", "shift", "scale", "weights")}
                ),
            ),
            "centre .* has a wrong shape",
        ),
    ],
)  # fmt: skip
def test_damaged_safeguards_are_refused(model, tmp_path, damage, sentence):
    save_model(model, tmp_path / "m")
    damage(tmp_path / "m")
    with pytest.raises(ModelError, match=sentence) as caught:
        predict(tmp_path / "m", TABLE, tmp_path / "p.csv")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "p.csv").exists()


def test_arrays_survive_a_file_and_older_models_have_none(model, tmp_path):
    save_model(model, tmp_path / "m")
    again = load_model(tmp_path / "m")
    assert set(again.arrays) == set(model.arrays)
    for name, array in model.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array)
    content = json.loads((tmp_path / "m" / "model.json").read_text())
    del content["arrays_sha256"]
    (tmp_path / "m" / "model.json").write_text(json.dumps(content))
    assert load_model(tmp_path / "m").arrays == {}


def test_a_card_says_what_is_not_recorded(model):
    card = model_card(replace(model, notes={}))
    assert "NO VERDICT" in card
    assert card.count("not recorded") >= 4
    assert "| alu | 45 |" in card


def test_a_card_tells_its_verdict_loudly(model):
    notes = {
        "verdict": ["The FCN DOES NOT BEAT the rival."],
        "verdict_passed": False,
        "scores": [{"model": "FCN", "value": 0.71, "low": 0.6, "high": None}],
        "training_data": [{"name": "a|b", "reference": "somebody (2020)", "licence": "CC BY 4.0"}],
        "exclusion_km": 50.0,
        "protocol": "seed",
        "applicability": {"threshold": 0.4, "weights": "none"},
        "class_sets": {
            "coverage": 0.9,
            "groups": "rupture",
            "threshold": None,
            "held_out": [
                {"region": "alu", "rows": 3, "coverage": 0.5, "low": 0.6, "high": 1.0, "mean_set_size": 1.0}
            ],
        },
    }
    card = model_card(replace(model, notes=notes))
    head = card.split("## Model details")[0]
    assert "DOES NOT BEAT" in head
    assert "DO NOT READ THIS MODEL AS A FINDING" in head
    assert "| FCN | 0.710 | 0.600 to undefined |" in card
    assert "a\\|b" in card
    assert "CC BY 4.0" in card
    assert "exclusion distance of 50 km" in card
    assert "| alu | 3 | 0.50 | 0.60 to 1.00 | 1.00 |" in card
    passed = model_card(replace(model, notes={**notes, "verdict_passed": True}))
    assert "AS A FINDING" not in passed


def test_training_data_names_licences():
    registered = find_source("seed_study/alu.csv")
    hashes = {"alu.csv": registered.sha256, "own.csv": "0" * 64}
    slabs = [{"key": f"slab2/alu_slab2_{what}_02.23.18.grd"} for what in ("dep", "dip", "str")]
    table = replace(TABLE, provenance={"sha256": hashes, "sources": slabs, "licence": "CC BY-SA 4.0"})
    records = training_data(table)
    assert [record["name"] for record in records] == [
        "the table", "3 files such as slab2/alu_slab2_dep_02.23.18.grd", "seed_study/alu.csv", "own.csv",
    ]  # fmt: skip
    assert [record["licence"] for record in records] == [
        "CC BY-SA 4.0", "US public domain", "no licence stated", "not known to megathrust",
    ]  # fmt: skip
    assert "10.1029/2024JB028774" in records[2]["reference"]
    assert training_data(TABLE)[0]["licence"] == "not stated by the table"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"feature_names": ("A",)}, r"number of feature names \(given: 1; allowed: 6\)"),
        ({"feature_units": ("1",) * 7}, "number of feature units"),
        ({"thresholds": ()}, r"thresholds between its classes \(given: 0; allowed: 1\)"),
    ],
)
def test_a_model_whose_parts_do_not_fit_is_refused(model, changes, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence):
        replace(model, **changes)
    save_model(model, tmp_path / "m")
    content = json.loads((tmp_path / "m" / "model.json").read_text())
    content["thresholds"] = [7.0, 8.0]
    (tmp_path / "m" / "model.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match=r"do not fit .*thresholds between its classes"):
        load_model(tmp_path / "m")
