"""Predictions of magnitudes, quantiles and ordered classes, alone and together, in every kind of file."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from megathrust.models import (
    FCNArchitecture,
    Heads,
    SavedModel,
    load_model,
    model_card,
    save_model,
)
from megathrust.pipelines.predict import predict
from megathrust.splits import RegionSplitter
from megathrust.testing import synthetic_table
from megathrust.training import (
    FCNMultiTask,
    Member,
    Targets,
    TrainingOptions,
    fit_stack,
)

TABLE = synthetic_table(regions={"alu": 30, "kur": 25, "sam": 20})
FOLDS = RegionSplitter().split(TABLE)


@pytest.fixture
def new_table():
    """Return a table with a row that lacks a feature, one far from all training, one without a position."""
    frame = TABLE.frame.copy()
    frame.loc[3, "F2"] = np.nan
    frame.loc[4, "F1"] = 400.0
    frame.loc[5, ["lon", "lat"]] = np.nan
    return replace(TABLE, frame=frame)


HEADS = {
    "magnitude": Heads(magnitude="mse"),
    "uniform quantiles": Heads(magnitude="quantile", quantiles=(0.025, 0.1, 0.7), uniform=True),
    "both": Heads(3, magnitude="huber"),
    "ordinal, quantiles": Heads(3, ordinal=True, magnitude="quantile"),
    "ordinal": Heads(3, ordinal=True),
}


@pytest.fixture(scope="module", params=HEADS.values(), ids=HEADS.keys())
def headed(request, tmp_path_factory):
    """Return a saved and loaded model of other heads, two members per fold."""
    heads = request.param
    magnitudes = TABLE.magnitudes()
    targets = Targets(
        TABLE.classes([7.6, 8.4]) if heads.classes else None, magnitudes if heads.magnitude_outputs else None
    )
    members = [Member(fold.train, 10 * i + k, 1e-2) for i, fold in enumerate(FOLDS) for k in range(2)]
    architecture = FCNArchitecture(6, heads.n_outputs, (8,), heads=heads)
    stack = fit_stack(TABLE.features(), targets, members, architecture, TrainingOptions(10)).stack
    thresholds = (7.6, 8.4) if heads.classes else ()
    notes = {"target_long_name": "largest observed Mw since 1976"}
    folds = tuple({"fold": "f", "seed": 0} for _ in members)
    model = SavedModel(stack, tuple(TABLE.feature_names), ("1",) * 6, thresholds, folds, {"f": ()}, notes)
    folder = tmp_path_factory.mktemp("headed") / "m"
    save_model(model, folder)
    return load_model(folder)


def expected_columns(heads):
    columns = ["region", "segment", "s_km", "lon", "lat"]
    if heads.classes:
        columns += ["probability_0", "probability_1", "probability_2", "probability_spread"]
        columns += ["predicted_class", "class_set"]
    if heads.magnitude_outputs:
        columns += ["magnitude", "magnitude_spread"]
    if heads.magnitude == "quantile":
        levels = {0.025: "q2.5", 0.1: "q10", 0.5: "q50", 0.7: "q70", 0.9: "q90"}
        columns += [f"magnitude_{levels[level]}" for level in heads.quantiles]
    return [*columns, "dissimilarity", "applicable", "trained_on_share", "note"]


def test_columns_follow_the_heads(headed, new_table):
    heads, stack = headed.stack.architecture.heads, headed.stack
    frame = predict(headed, new_table)
    assert list(frame.columns) == expected_columns(heads)
    whole = frame["note"] == ""
    features = new_table.features()[whole]
    numbers = frame.filter(regex="probability|magnitude")
    assert numbers[~whole].isna().all(axis=None)
    assert numbers[whole].notna().all(axis=None)
    if heads.classes:
        mean = stack.probabilities(features).mean(0)
        np.testing.assert_allclose(frame.loc[whole, [f"probability_{c}" for c in range(3)]], mean)
        assert frame["predicted_class"][whole].tolist() == mean.argmax(1).tolist()
    if heads.magnitude_outputs:
        by_member = stack.magnitudes(features)
        np.testing.assert_allclose(frame["magnitude"][whole], by_member.mean(0))
        np.testing.assert_allclose(frame["magnitude_spread"][whole], by_member.std(0), atol=1e-9)
    if heads.magnitude == "quantile":
        quantiles = frame.filter(like="magnitude_q").to_numpy()[whole]
        np.testing.assert_allclose(quantiles, stack.quantiles(features).mean(0))
        assert (np.diff(quantiles, axis=1) >= 0.0).all()


def test_every_kind_of_file_holds_what_the_heads_predict(headed, new_table, tmp_path):
    heads = headed.stack.architecture.heads
    frame = predict(headed, new_table, tmp_path / "p.csv")
    columns = list(frame.filter(regex="probability|magnitude|predicted_class"))
    numbers = frame[columns].to_numpy(dtype=np.float64, na_value=np.nan)
    read = pd.read_csv(tmp_path / "p.csv")
    assert list(read.columns) == expected_columns(heads)
    np.testing.assert_allclose(read[columns], numbers, rtol=1e-9)
    predict(headed, new_table, tmp_path / "p.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "p.parquet"), frame, check_dtype=False)
    predict(headed, new_table, tmp_path / "p.geojson")
    collection = json.loads((tmp_path / "p.geojson").read_text())
    properties = pd.DataFrame([feature["properties"] for feature in collection["features"]])
    np.testing.assert_allclose(properties[columns].astype(float), numbers, rtol=1e-8, atol=1e-9)
    assert collection["features"][3]["properties"][columns[0]] is None


def test_netcdf_has_the_axes_of_the_heads(headed, new_table, tmp_path):
    heads, stack = headed.stack.architecture.heads, headed.stack
    frame = predict(headed, new_table, tmp_path / "p.nc")
    whole = (frame["note"] == "").to_numpy()
    features = new_table.features()[whole]
    with xr.open_dataset(tmp_path / "p.nc", engine="h5netcdf") as data:
        assert ("class" in data.dims) == ("probability" in data) == bool(heads.classes)
        assert ("magnitude" in data) == bool(heads.magnitude_outputs)
        assert ("quantile" in data.dims) == (heads.magnitude == "quantile")
        assert data["member"].attrs["standard_name"] == "realization"
        assert data.sizes["member"] == 6
        assert all("units" in data[name].attrs for name in data if name.startswith(("magn", "member_")))
        if heads.classes:
            assert data["predicted_class"].attrs["flag_meanings"] == "below_7.6 7.6_to_below_8.4 at_least_8.4"
            np.testing.assert_allclose(data["probability"].values.sum(1)[whole], 1.0, atol=1e-6)
        if heads.magnitude_outputs:
            assert data["magnitude"].attrs == {
                "long_name": "largest observed Mw since 1976, mean over members", "units": "1"
            }  # fmt: skip
            np.testing.assert_array_equal(data["magnitude"], frame["magnitude"])
            np.testing.assert_array_equal(data["magnitude_spread"], frame["magnitude_spread"])
            assert data["member_magnitude"].dims == ("member", "segment")
            by_member = data["member_magnitude"].values
            np.testing.assert_allclose(by_member[:, whole], stack.magnitudes(features), rtol=1e-6)
            assert np.isnan(by_member[:, ~whole]).all()
        if heads.magnitude == "quantile":
            np.testing.assert_array_equal(data["quantile"], heads.quantiles)
            columns = frame.filter(like="magnitude_q").to_numpy()
            np.testing.assert_allclose(data["magnitude_quantile"], columns, rtol=1e-12)
            assert data["member_magnitude_quantile"].dims == ("member", "segment", "quantile")
            by_member = data["member_magnitude_quantile"].values[:, whole]
            np.testing.assert_allclose(by_member, stack.quantiles(features), rtol=1e-6)
        predicted = [name for name in ("classes", "magnitudes") if name in data.attrs["title"]]
        assert predicted == ["classes"] * bool(heads.classes) + ["magnitudes"] * bool(heads.magnitude_outputs)


def test_a_table_with_one_whole_row_gives_empty_columns_elsewhere_for_every_head(headed, tmp_path):
    one = replace(TABLE, frame=TABLE.frame.assign(F2=np.where(TABLE.frame.index == 3, 0.5, np.nan)))
    for suffix in ("csv", "parquet", "geojson", "nc"):
        frame = predict(headed, one, tmp_path / f"p.{suffix}")
        numbers = frame.filter(regex="probability|magnitude")
        assert numbers.drop(index=3).isna().all(axis=None)
        assert numbers.loc[3].notna().all()


def test_a_card_describes_the_heads(headed):
    heads = headed.stack.architecture.heads
    card = model_card(headed)
    outputs = card.split("## What it predicts")[1].split("##")[0]
    assert ("3 classes parted at Mw 7.6, 8.4" in outputs) == bool(heads.classes)
    assert ("cumulative logits" in outputs) == heads.ordinal
    assert ("`magnitude`" in outputs) == bool(heads.magnitude_outputs)
    assert ("at the levels 0.1, 0.5, 0.9" in outputs) == ("0.1, 0.5, 0.9" in card)
    assert ("rank among the training rows" in outputs) == heads.uniform
    assert ("beyond the largest one in training" in card) == heads.uniform
    assert ("## Class sets" in card) == bool(heads.classes)
    assert ("not the error of a prediction" in card) == bool(heads.magnitude_outputs)
    assert "- 6 features; encoding: none; hidden layers 8 (relu, batch norm: none); " in card
    assert ("leave them more often" in card) == (heads.magnitude == "quantile")
    loss = {"mse": "squared error", "huber": "Huber loss", "quantile": "pinball loss"}
    assert heads.magnitude == "none" or loss[heads.magnitude] in outputs


def test_models_of_estimators_are_saved_and_predict(tmp_path):
    shape = {"features_seen": 3, "encoding": "piecewise_linear", "encoding_units": 4}
    network = FCNMultiTask((8,), thresholds=(7.6, 8.4), n_members=2, epochs=5, random_state=0, **shape)
    network.fit(TABLE.features(), TABLE.magnitudes())
    model = SavedModel(
        network.stack_, tuple(TABLE.feature_names), ("1",) * 6, network.thresholds, ({}, {}), {}
    )
    save_model(model, tmp_path / "m")
    frame = predict(tmp_path / "m", TABLE)
    np.testing.assert_allclose(frame["magnitude"], network.predict(TABLE.features()), atol=1e-5)
    np.testing.assert_allclose(
        frame[["probability_0", "probability_1", "probability_2"]],
        network.predict_class_probabilities(TABLE.features()),
        atol=1e-5,
    )
    assert frame["trained_on_share"].isna().all()
    assert "3 of them seen by each network; encoding: piecewise_linear (4 units);" in model_card(model)
