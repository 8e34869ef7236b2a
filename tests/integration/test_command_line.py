"""The program as a user starts it: whole runs on a small synthetic table, and bad input."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.models import load_model
from megathrust.pipelines.run import run
from megathrust.pipelines.settings import load_config, preset_names
from megathrust.table import read_table


def test_run_folder_is_whole(world):
    names = {str(p.relative_to(world / "run")) for p in (world / "run").rglob("*") if p.is_file()}
    figures = {name for name in names if name.startswith("figures/")}
    assert names - figures == {
        "artefacts/answers-classes.safetensors",
        "artefacts/claims.json",
        "artefacts/curve.parquet",
        "artefacts/explaining-none-classes.safetensors",
        "artefacts/explaining-piecewise_linear-classes.safetensors",
        "artefacts/explaining-random-none-classes.safetensors",
        "artefacts/explaining-random-piecewise_linear-classes.safetensors",
        "artefacts/networks-classes.safetensors",
        "citations.bib",
        "explanation.json",
        "explanation.nc",
        "explanation_agreement.csv",
        "explanation_effects.csv",
        "explanation_families.csv",
        "explanation_features.csv",
        "config.yaml",
        "families.csv",
        "families_by_cut.csv",
        "known_truth.json",
        "model/README.md",
        "model/arrays.safetensors",
        "model/model.json",
        "model/weights.safetensors",
        "predictions.csv",
        "record.json",
        "relevance.nc",
        "report.html",
        "scores.csv",
        "segments.csv",
        "segments.geojson",
        "stages.json",
        "table.json",
        "table.parquet",
        "table.parquet.schema.json",
        "verdict.json",
    }
    drawn = json.loads((world / "run" / "figures" / "index.json").read_text())
    stems = {each["file"].removesuffix(".png") for each in drawn}
    assert {"map_probability", "map_world_outcome", "trench_sam", "scores_by_scenario", "training"} <= stems
    assert figures == {
        "figures/index.json",
        *(f"figures/{stem}.{kind}" for stem in stems for kind in ("png", "csv")),
    }
    assert not list(world.glob("*.stages"))


def test_run_says_loudly_how_it_compares(world):
    said = (world / "said.txt").read_text()
    assert "130 of 130 segments complete, 6 features" in said
    for name in ("FCN", "nearest segment", "region prior", "null: spectral signs"):
        assert name in said
    assert "rival 'nearest segment'" in said
    answers = json.loads((world / "run" / "verdict.json").read_text())
    for each in answers:
        assert each["question"] in said
        assert all(sentence in said for sentence in each["answer"])
    # The primary question comes first; what is not shown is said with what could have been.
    assert answers[0]["question"].startswith("Which families of features go with MW >= 8")
    assert any(
        "would have shown a slope of" in each["answer"][0] or "would not have shown" in each["answer"][0]
        for each in answers
    )
    for each in answers:
        assert all("of 2 worlds" in sentence for sentence in each["answer"] if "to beat the null" in sentence)


def test_scores_are_tidy_and_hold_rivals_and_nulls(world):
    scores = pd.read_csv(world / "run" / "scores.csv")
    assert list(scores.columns) == [
        "model", "protocol", "exclusion_km", "scenario", "metric", "class", "value", "low", "high",
    ]  # fmt: skip
    own = scores.query("exclusion_km == 50 and metric == 'f1' and `class` == 'macro' and scenario == 'mean'")
    fitted = {"FCN", "nearest segment", "region prior", "logistic regression"}
    signs, turned = "null: spectral signs", "null: shifted labels"
    nulls = {signs, turned, *(f"{turned}, {model}" for model in fitted)}
    # A lookup does not see what signs change.
    nulls |= {f"{signs}, FCN", f"{signs}, logistic regression"}
    assert set(own["model"]) == fitted | {"FCN, one member"} | nulls
    assert scores["exclusion_km"].unique().tolist() == [50, 0]
    assert not scores.duplicated(["model", "exclusion_km", "scenario", "metric", "class"]).any()


def test_predictions_agree_with_scores(world):
    predictions = pd.read_csv(world / "run" / "predictions.csv")
    scores = pd.read_csv(world / "run" / "scores.csv")
    part = predictions.query("model == 'FCN' and scenario == 2")
    accuracy = (part["observed_class"] == part["predicted_class"]).mean()
    row = scores.query("model == 'FCN' and scenario == '2' and metric == 'accuracy' and exclusion_km == 50")
    assert row["value"].item() == pytest.approx(accuracy)
    assert len(predictions.query("model == 'FCN'")) == 130
    np.testing.assert_allclose(part["probability_0"] + part["probability_1"], 1.0, atol=1e-6)


def test_relevance_adds_up_in_the_file(world):
    with xr.open_dataset(world / "run" / "relevance.nc", engine="h5netcdf") as data:
        assert data["relevance"].dims == ("member", "class", "segment", "feature")
        assert data["relevance"].shape == (2, 2, 130, 6)
        total = data["relevance"].astype(float).sum("feature") + data["bias_share"]
        np.testing.assert_allclose(total, data["delta"], atol=1e-6)


def test_the_explanation_adds_up_and_says_what_stands(world):
    with xr.open_dataset(world / "run" / "explanation.nc", engine="h5netcdf") as data:
        assert data["relevance"].dims == ("method", "member", "class", "segment", "feature")
        total = data["family_relevance"].sum("family") + data["bias"]
        np.testing.assert_allclose(total, data["delta"].broadcast_like(total), atol=1e-5)
        driver = data["family_relevance"].isel({"method": 0, "class": -1}).sel(family="driver").mean("member")
        shown = pd.Series(driver, [data["region"].to_numpy(), data["segment_number"].to_numpy()])
    told = pd.read_csv(world / "run" / "segments.csv").set_index(["region", "segment"])["relevance_driver"]
    np.testing.assert_allclose(told[shown.index], shown, rtol=1e-5)
    families = pd.read_csv(world / "run" / "explanation_families.csv")
    assert set(families["family"]) == {"driver", "noise"}
    assert families["corrected_p"].between(0.0, 1.0).all()
    said = json.loads((world / "run" / "explanation.json").read_text())
    assert "rank correlation between encodings" in said["sentences"][0]


def test_a_model_is_explained_on_a_table_from_the_command_line(world):
    out = world / "explained.nc"
    asked = ["explain", str(world / "run" / "model"), "--table", str(world / "table.parquet")]
    done = CliRunner().invoke(app, [*asked, "--out", str(out), "--method", "lrp", "--method", "shapley"])
    assert done.exit_code == 0, done.output
    assert str(out) in done.output
    with xr.open_dataset(out, engine="h5netcdf") as data:
        assert data["method"].to_numpy().tolist() == ["lrp: epsilon", "shapley"]
        assert 0.0 < float(data["held_out"].mean()) < 1.0


def test_record_repeats_the_run(world):
    record = json.loads((world / "run" / "record.json").read_text())
    assert record["ruptures"] == int(read_table(world / "table.parquet").ruptures().max()) + 1
    seeds = record["member_seeds"]["classes"]
    assert len(seeds) == len(set(seeds)) == 10
    assert [fold["test"] for fold in record["folds"]] == [26, 26, 26, 26, 26]
    config = yaml.safe_load((world / "run" / "config.yaml").read_text())
    assert config["network"]["members"] == 2


def test_a_fresh_process_gives_the_same_numbers(world, in_a_fresh_process):
    # Figures are compared where a stage is done again.
    config = yaml.safe_load((world / "run" / "config.yaml").read_text())
    (world / "bare.yaml").write_text(yaml.safe_dump(config | {"figures": {"kinds": ["training"]}}))
    done = in_a_fresh_process(
        "run", "--table", world / "table.parquet", "--config", world / "bare.yaml", "--out", world / "again"
    )
    assert done.returncode == 0, done.stderr
    for name in ("scores.csv", "predictions.csv", "table.json", "families.csv", "explanation_families.csv"):
        assert (world / "again" / name).read_bytes() == (world / "run" / name).read_bytes(), name
    weights = "model/weights.safetensors"
    assert (world / "again" / weights).read_bytes() == (world / "run" / weights).read_bytes()


@pytest.mark.usefixtures("undrawn")
def test_another_seed_gives_other_numbers(world):
    table = read_table(world / "table.parquet")
    result = run(table, load_config(None, world / "tiny.yaml", seed=1, claims={"worlds": 0}), world / "seed1")
    scores = pd.read_csv(world / "run" / "scores.csv")
    assert not np.allclose(result.scores["value"], scores["value"], equal_nan=True)


@pytest.mark.parametrize("kind", ["rupture-grouped", "leave-one-region-out"])
def test_other_protocols_and_three_classes(world, kind):
    config = load_config(
        None,
        world / "tiny.yaml",
        protocol={"kind": kind, "exclusion_km": 0},
        thresholds=(7.6, 8.2),
        claims={"worlds": 0},
    )
    result = run(read_table(world / "table.parquet"), config, world / f"run-{kind}")
    assert set(result.scores["protocol"]) == {kind}
    (sentence,) = result.judgements[0].sign_sentences
    assert ("where whole regions are left out" in sentence) == (kind == "leave-one-region-out")
    assert result.relevance["relevance"].shape[1] == 3
    assert (world / f"run-{kind}" / "report.html").is_file()


def test_predict_on_a_new_table(world, megathrust):
    table = read_table(world / "table.parquet")
    frame = table.frame.drop(columns="MW")[["region", "s_km", *reversed(table.feature_names)]]
    frame.loc[3, "F2"] = np.nan
    frame.to_csv(world / "new.csv", index=False)
    done = megathrust(
        "predict", "--model", world / "run" / "model", "--table", world / "new.csv", "--out", world / "p.csv"
    )
    assert done.returncode == 0, done.stderr
    assert "129 segments predicted, 1 without all features" in done.stdout
    predicted = pd.read_csv(world / "p.csv")
    assert predicted["note"][3] == "missing F2"
    assert predicted["probability_1"].isna().sum() == 1
    assert predicted["trained_on_share"].between(0.7, 0.8).any()
    # The mean over all members at a held-out segment mixes members that saw it with those that did not.
    assert predicted["probability_spread"].gt(0).sum() == 129


def test_the_model_of_a_run_carries_what_judges_it(world):
    record = json.loads((world / "run" / "record.json").read_text())
    assert record["class_sets"]["coverage"] == 0.9
    assert [row["region"] for row in record["class_sets"]["held_out"]] == ["alu", "kur", "sam"]
    assert record["applicability"]["threshold"] > 0.0
    said = (world / "said.txt").read_text()
    assert "Class sets made for 90% coverage hold the observed class in" in said
    card = (world / "run" / "model" / "README.md").read_text()
    for line in record["verdicts"]["classes"]["sentences"]:
        assert f"**{line}**" in card
    scores = pd.read_csv(world / "run" / "scores.csv")
    row = scores.query("model == 'FCN' and metric == 'f1' and `class` == 'macro' and scenario == 'mean'")
    assert f"| FCN | {row.query('exclusion_km == 50')['value'].item():.3f} |" in card
    assert "| null: spectral signs |" in card
    assert "exclusion distance of 50 km" in card
    assert record["table_sha256"] in card


@pytest.mark.usefixtures("undrawn")
def test_relevance_may_weigh_the_features_and_regions_may_be_the_groups(world):
    changes = {"applicability": {"weights": "relevance"}, "class_sets": {"groups": "region", "coverage": 0.5}}
    config = load_config(None, world / "tiny.yaml", nulls={"surrogates": 0}, claims={"worlds": 0}, **changes)
    result = run(read_table(world / "table.parquet"), config, world / "weighed")
    plain = load_model(world / "run" / "model").arrays
    weighed = load_model(world / "weighed" / "model").arrays
    relevance = abs(result.relevance["relevance"]).mean(["member", "class", "segment"])
    np.testing.assert_allclose(weighed["applicability.weights"], relevance / relevance.max(), rtol=1e-6)
    assert np.all(plain["applicability.weights"] == 1.0)
    assert np.all(weighed["class_sets.threshold"] <= 1.0)


@pytest.mark.parametrize("suffix", ["parquet", "geojson", "nc"])
def test_predict_by_name_into_every_kind_of_file(world, megathrust, monkeypatch, suffix):
    monkeypatch.setenv("MEGATHRUST_MODELS", str(world / "run"))
    out = world / f"named.{suffix}"
    done = megathrust("predict", "--model", "model", "--table", world / "table.parquet", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "130 segments predicted, 0 without all features, 2 outside the model's domain" in done.stdout
    assert out.stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--table", "none.parquet"], "there is no such table"),
        (["--table", "{}/table.parquet", "--preset", "slow"], "unknown preset (given: slow; allowed: quick"),
        (["--table", "{}/table.parquet", "--config", "none.yaml"], "the file does not exist"),
        (
            ["--table", "{}/table.parquet", "--config", "{}/table.parquet"],
            "cannot be read as a YAML configuration",
        ),
        (["--table", "{}/table.parquet", "--label", "MW_1900"], "the table has no such target"),
        (["--table", "{}/table.parquet", "--seed", "-1"], "the configuration entry seed is wrong"),
        (["--table", "{}/table.parquet", "--device", "quantum"], "the device cannot be used"),
        (["--table", "{}/table.parquet", "--config", "{}/far.yaml"], "would train on no segment"),
        (["--table", "{}/table.parquet", "--config", "{}/typo.yaml"], "entry network.epoch is wrong"),
        (["--table", "{}/table.parquet", "--config", "{}/rival.yaml"], "unknown baseline"),
        (["--table", "{}/table.parquet", "--config", "{}/sure.yaml"], "entry class_sets.coverage is wrong"),
    ],
)
def test_bad_input_of_run(world, megathrust, words, sentence, assert_refused):
    (world / "far.yaml").write_text("protocol: {exclusion_km: 9000}")
    (world / "typo.yaml").write_text("network: {epoch: 3}")
    (world / "rival.yaml").write_text("baselines: [oracle]\nnetwork: {members: 1, epochs: 1}")
    (world / "sure.yaml").write_text("class_sets: {coverage: 1.0}")
    out = world / "refused"
    done = megathrust("run", *[word.format(world) for word in words], "--out", out)
    assert_refused(done, sentence, out)
    assert not (world / "refused.stages").exists()


def test_unwritable_or_taken_output(world, megathrust, assert_refused):
    table = ["--table", world / "table.parquet", "--config", world / "tiny.yaml"]
    assert_refused(megathrust("run", *table, "--out", world / "table.parquet" / "x"), "cannot be written")
    assert_refused(megathrust("run", *table, "--out", world / "run"), "pass --overwrite")


def test_bad_input_of_predict(world, megathrust, assert_refused):
    model, table = world / "run" / "model", world / "table.parquet"
    out = world / "q.csv"

    def predict(model=model, table=table, out=out):
        return megathrust("predict", "--model", model, "--table", table, "--out", out)

    other = read_table(table)
    other.drop_columns(["F4"], "test").frame.drop(columns="MW").to_csv(world / "other.csv", index=False)
    assert_refused(predict(table=world / "other.csv"), "made for other features", out)
    assert_refused(predict(model=world), "there is no such model", out)
    assert_refused(predict(out=world / "q.xlsx"), "unknown kind of prediction file")
    assert_refused(predict(model="unheard-of"), "a model folder or a released model", out)
    altered = world / "altered"
    altered.mkdir()
    (altered / "model.json").write_bytes((model / "model.json").read_bytes())
    weights = bytearray((model / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (altered / "weights.safetensors").write_bytes(weights)
    assert_refused(predict(model=altered), "not those it was saved with", out)
    (altered / "weights.safetensors").write_bytes((model / "weights.safetensors").read_bytes())
    assert_refused(predict(model=altered), "the model has no arrays", out)
    (altered / "model.json").write_text("[]")
    assert_refused(predict(model=altered), "no model of megathrust", out)


@pytest.mark.slow
def test_no_table_means_the_built_in_one(megathrust, world):
    done = megathrust("run", "--config", world / "tiny.yaml", "--out", world / "none")
    assert done.returncode == 0, done.stderr
    assert "895 of 895 segments used, 142 of which lack a feature" in done.stdout


def test_version_and_presets(megathrust):
    assert megathrust("--version").stdout.strip()
    assert preset_names() == ["quick", "seed", "seed-fault"]
    for name in preset_names():
        assert load_config(name).protocol.kind == "seed"
