"""A run that also predicts the magnitude."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from megathrust.cli import main
from megathrust.core import InputError
from megathrust.evaluation import magnitude_scores
from megathrust.models import FCNArchitecture, Heads, derived_seed, load_model
from megathrust.pipelines.experiment import Null, make_roster
from megathrust.pipelines.experiment._nulls import p_against, single_scores
from megathrust.pipelines.predict import explain, predict
from megathrust.pipelines.run import run
from megathrust.pipelines.run._explorer import explorer_of
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import MagnitudePredictand, magnitude_task
from megathrust.splits import ChunkSplitter, Fold
from megathrust.table import FeatureTable, write_table
from megathrust.testing import synthetic_table
from megathrust.training import Member, Targets, TrainingOptions, fit_classifier, fit_stack

TINY = {
    "network": {"members": 2, "hidden": [6], "epochs": 3, "batch_size": 16, "encoding": "none"},
    "baselines": ["region prior"],
    "tasks": ["classes", "magnitude"],
    "magnitude": {"loss": "quantile", "members": 3, "baselines": ["region mean", "ridge regression"]},
    "curve": {"exclusion_km": []},
    "nulls": {"surrogates": 4, "planted": 2, "per_model": 0},
    "claims": {"worlds": 0},
    "relevance": {"methods": ["relative-lrp"]},
    "explaining": {"encodings": ["none"], "members": 1, "randomised": 0},
    "known_truth": {"worlds": 0},
    "bootstrap_replicates": 20,
}


def table_with_gaps():
    """Return a table in which every ninth segment had no event."""
    table = synthetic_table()
    frame = table.frame.copy()
    frame.loc[::9, table.target()] = 1.0
    return replace(table, frame=frame)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("magnitudes") / "run"
    return run(table_with_gaps(), load_config(**TINY), out), out


def test_files_hold_rivals_nulls_and_quantiles(done):
    result, out = done
    scores = pd.read_csv(out / "magnitude_scores.csv")
    errors = scores.query("metric == 'mae' and scenario == 'mean'")
    assert set(errors["model"]) == {
        "FCN",
        "FCN, one member",
        "nearest segment",
        "region mean",
        "ridge regression",
        "null: shifted labels",
        "null: spectral signs",
    }
    assert {"coverage", "width", "pinball", "r2", "spearman", "rmse", "bias"} <= set(scores["metric"])
    predicted = pd.read_csv(out / "magnitudes.csv")
    own = predicted[predicted["model"] == "FCN"]
    assert (own[["magnitude_q10", "magnitude_q50", "magnitude_q90"]].diff(axis=1).iloc[:, 1:] >= 0.0).all(
        axis=None
    )
    assert own["observed_magnitude"].isna().sum() == len(table_with_gaps()) // 9 + 1
    assert len(own) == len(table_with_gaps())
    record = json.loads((out / "record.json").read_text())
    assert record["verdicts"]["magnitude"]["sentences"] == list(result.judgements[1].verdict.sentences)
    page = (out / "report.html").read_text()
    assert "Predicted magnitudes" in page
    assert "mean absolute error of the magnitude" in page
    assert (out / "figures" / "magnitudes.png").is_file()
    assert (out / "figures" / "magnitude_errors_by_scenario.png").is_file()
    assert "Mean absolute error of the magnitude" in "\n".join(result.summary())
    assert any("Ranges made for 90% coverage hold" in line for line in result.summary())


def test_the_saved_networks_predict_what_the_run_predicted(done):
    result, out = done
    saved = load_model(out / "model-magnitude")
    assert saved.stack.architecture.heads == Heads(magnitude="quantile")
    assert [member["fold"] for member in saved.members] == [
        fold.name for fold in result.experiment.folds for _ in range(3)
    ]
    table = table_with_gaps()
    predicted = predict(saved, table)
    assert {"magnitude", "magnitude_spread", "magnitude_q10", "applicable"} <= set(predicted.columns)
    fold = result.experiment.folds[1]
    own = saved.stack.select(range(3, 6)).magnitudes(table.features()[fold.test]).mean(0)
    np.testing.assert_allclose(own, result.judgements[1].predictions["FCN"][1].predicted, atol=1e-6)
    margin = result.judgements[1].calibration.value
    assert np.isfinite(margin)
    np.testing.assert_allclose(predicted["magnitude_low"], predicted["magnitude_q10"] - margin, atol=1e-5)
    np.testing.assert_allclose(predicted["magnitude_high"], predicted["magnitude_q90"] + margin, atol=1e-5)
    card = (out / "model-magnitude" / "README.md").read_text()
    assert f"{margin:+.3f} units of Mw on either side" in card
    assert "Mean absolute error of the magnitude of held-out segments" in card
    assert "| nearest segment |" in card
    assert "Class sets" not in card


def test_scores_are_those_of_the_written_predictions(done):
    _, out = done
    predicted, scores = pd.read_csv(out / "magnitudes.csv"), pd.read_csv(out / "magnitude_scores.csv")
    for (model, scenario), part in predicted.groupby(["model", "scenario"]):
        ours = magnitude_scores(*part[["observed_magnitude", "magnitude"]].to_numpy().T)
        rows = scores[(scores["model"] == model) & (scores["scenario"].astype(str) == str(scenario))]
        told = rows.set_index("metric")["value"]
        for (metric, _), (value,) in ours.items():
            assert told[metric] == pytest.approx(value, abs=1e-8)


def test_networks_are_those_of_a_direct_fit(done):
    result, _ = done
    config, table, features = result.config, result.experiment.table, result.experiment.rows.features
    observed = np.where(table.magnitudes() > 1.0, table.magnitudes(), np.nan)
    folds = ChunkSplitter().split(table)
    task = magnitude_task(table, config)
    np.testing.assert_array_equal(task.leading.observed, observed)
    assert (task.network.label_smoothing, config.network.label_smoothing) == (0.0, 0.1)
    drawn = result.judgements[1].predictions["FCN"]
    members = make_roster(folds, task.network, 3, task.seed).members
    architecture = FCNArchitecture(6, 3, (6,), heads=Heads(magnitude="quantile"))
    options = TrainingOptions(3, 16, "adamw")
    stack = fit_stack(features, Targets(magnitudes=observed), members, architecture, options).stack
    for number, fold in enumerate(folds):
        own = stack.select(range(3 * number, 3 * number + 3)).magnitudes(features[fold.test])
        np.testing.assert_allclose(drawn[number].predicted, own.mean(0), atol=1e-5)


def test_test_magnitudes_change_no_prediction(done, tmp_path):
    result, _ = done
    table = table_with_gaps()
    fold = ChunkSplitter().split(table)[0]
    frame = table.frame.copy()
    frame.loc[fold.test, table.target()] = 10.0 - frame.loc[fold.test, table.target()]
    changed = run(replace(table, frame=frame), load_config(**TINY), tmp_path / "other").judgements[1]
    for model, predictions in result.judgements[1].predictions.items():
        np.testing.assert_array_equal(predictions[0].predicted, changed.predictions[model][0].predicted)


def test_classes_are_the_same_with_and_without_magnitudes(done, tmp_path):
    result, _ = done
    without = run(table_with_gaps(), load_config(**TINY | {"tasks": ["classes"]}), tmp_path / "plain")
    assert len(without.judgements) == 1
    pd.testing.assert_frame_equal(without.scores, result.scores)
    assert not (tmp_path / "plain" / "magnitudes.csv").exists()


def test_a_smaller_error_is_better_against_a_null():
    folds = [Fold("0", np.arange(2), np.arange(2, 4)), Fold("1", np.arange(2), np.arange(4, 6))]
    # Nothing happened in the second scenario: it has no error.
    magnitudes = np.array([8.0, 8.0, 8.0, 8.2, np.nan, np.nan])
    predictand = MagnitudePredictand(magnitudes, Heads(magnitude="mse"))
    said = [np.array([[8.1, 8.1], [8.0, 8.0]])[..., None], np.full((2, 2, 1), 8.0)]
    singles = single_scores(predictand, folds, said)
    np.testing.assert_allclose(singles[:, 0], [0.1, 0.1])
    assert np.isnan(singles[:, 1]).all()
    np.testing.assert_allclose(singles[:, 2], [0.1, 0.1])
    together = single_scores(predictand, folds, said, together=True)
    np.testing.assert_allclose(together, singles)
    null = Null("shifted labels", np.array([[0.5, np.nan, 0.5], [0.4, np.nan, 0.4], [0.05, np.nan, 0.05]]))
    assert p_against(null, 0.1, lower_is_better=True) == pytest.approx(0.5)
    scores = Null("n", np.array([[0.5], [0.4], [0.05]]))
    assert p_against(scores, 0.1, lower_is_better=False) == pytest.approx(0.75)


def test_settings_of_classes_do_not_reach_the_magnitude():
    network = {"class_weights": True, "sampling": "balanced"}
    config = load_config(network=network, magnitude={"loss": "huber", "huber_delta": 0.5})
    task = magnitude_task(synthetic_table(), config)
    options = task.options()
    assert (options.class_weights, options.sampling, options.huber_delta) == (False, "shuffled", 0.5)
    (member,) = make_roster([Fold("0", np.arange(1), np.arange(1, 2))], task.network, 1, 0).members
    assert member.label_smoothing == 0.0


def test_class_networks_are_those_of_a_direct_fit(done):
    result, _ = done
    experiment, folds = result.experiment, result.experiment.folds
    seed = derived_seed(0, "networks", "classes")
    members = [
        Member(fold.train, derived_seed(seed, fold.name, f"member {k}"), 1e-3, 1e-2, 0.2, 0.1)
        for fold in folds
        for k in range(2)
    ]
    options = TrainingOptions(3, 16, "adamw")
    features, shape = experiment.rows.features, FCNArchitecture(6, 2, (6,))
    stack = fit_classifier(features, experiment.classes, members, shape, options).stack
    for number, fold in enumerate(folds):
        own = stack.select(range(2 * number, 2 * number + 2)).probabilities(features[fold.test])
        predicted = result.judgements[0].predictions["FCN"][number].predicted
        np.testing.assert_allclose(predicted, own.mean(0), atol=1e-5)


@pytest.mark.parametrize("stop_at", ["experiment._answer.null_scores", "run._models.find_domain"])
def test_an_interrupted_run_gives_the_same_magnitudes(done, tmp_path, monkeypatch, stop_at):
    whole, _ = done
    with monkeypatch.context() as patched:

        def stop(*args, **kwargs):
            raise KeyboardInterrupt

        patched.setattr(f"megathrust.pipelines.{stop_at}", stop)
        with pytest.raises(KeyboardInterrupt):
            run(table_with_gaps(), load_config(**TINY), tmp_path / "run")
    assert (tmp_path / "run.stages").is_dir()
    resumed = run(table_with_gaps(), load_config(**TINY), tmp_path / "run")
    classes, magnitudes = resumed.judgements
    pd.testing.assert_frame_equal(magnitudes.scores, whole.judgements[1].scores)
    errors = {null.kind: null.scores for null in magnitudes.nulls}
    for null in classes.nulls:
        assert not np.allclose(null.scores, errors[null.kind])


def test_the_turn_of_the_huber_loss_reaches_the_networks(tmp_path):
    found = []
    for delta in (0.05, 5.0):
        section = {"loss": "huber", "huber_delta": delta, "members": 1, "baselines": []}
        config = load_config(**TINY | {"magnitude": section, "nulls": {"surrogates": 0}})
        magnitudes = run(table_with_gaps(), config, tmp_path / f"{delta}").judgements[1]
        found.append(magnitudes.predictions["FCN"][0].predicted)
        assert magnitudes.nulls == []
        assert "No null was computed" in magnitudes.verdict.sentences[-1]
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_too_few_groups_give_no_ranges(tmp_path):
    section = {
        "class_sets": {"groups": "region"},
        "magnitude": {"loss": "mse", "members": 1, "baselines": []},
    }
    result = run(table_with_gaps(), load_config(**TINY | section), tmp_path / "run")
    assert np.isinf(result.judgements[1].calibration.value)
    assert "Too few regions for ranges of 90% coverage: none are given." in result.summary()
    saved = load_model(tmp_path / "run" / "model-magnitude")
    assert "magnitude_low" not in predict(saved, table_with_gaps())
    assert (
        "None: too few regions for a coverage of 0.90."
        in (tmp_path / "run" / "model-magnitude" / "README.md").read_text()
    )


def test_ranges_go_into_every_kind_of_file(done, tmp_path):
    _, out = done
    table = table_with_gaps()
    frame = predict(out / "model-magnitude", table, tmp_path / "p.nc")
    with xr.open_dataset(tmp_path / "p.nc", engine="h5netcdf") as dataset:
        for name in ("magnitude_low", "magnitude_high"):
            np.testing.assert_allclose(dataset[name], frame[name])
            assert (
                dataset[name]
                .attrs["long_name"]
                .startswith(f"{name.split('_')[1]} end of the calibrated range")
            )


def test_a_region_without_events_is_left_out_of_the_mean(tmp_path):
    table = table_with_gaps()
    frame = table.frame.copy()
    region = sorted(set(frame["region"]))[0]
    frame.loc[frame["region"] == region, table.target()] = 1.0
    config = load_config(**TINY | {"protocol": {"kind": "leave-one-region-out"}})
    magnitudes = run(replace(table, frame=frame), config, tmp_path / "run").judgements[1]
    errors = magnitudes.scores.query("metric == 'mae' and model == 'FCN'").set_index("scenario")["value"]
    assert np.isnan(errors[region])
    # All regions together: every segment with an event counts once.
    segments = frame[frame[table.target()] > 1.0].groupby("region").size()
    assert errors["pooled"] == pytest.approx(np.average(errors[segments.index], weights=segments))
    assert np.isfinite(magnitudes.verdict.difference)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"loss": "guess"}, r"magnitude\.loss is wrong"),
        ({"loss": "mse", "baselines": ["crystal ball"]}, "unknown baseline"),
        ({"loss": "quantile", "quantiles": [0.9, 0.1]}, "do not increase"),
    ],
)
def test_wrong_settings_are_refused_in_a_sentence(section, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence) as caught:
        run(table_with_gaps(), load_config(**TINY | {"magnitude": section}), tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()
    # Nothing was computed before the sentence came.
    assert not (tmp_path / "run.stages").exists()


def test_the_command_takes_a_loss(tmp_path, monkeypatch, capsys):
    write_table(table_with_gaps(), tmp_path / "table.parquet")
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY | {"magnitude": {"members": 2}}))
    words = ["--table", "table.parquet", "--config", "tiny.yaml", "--magnitude", "huber", "--out", "run"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["megathrust", "run", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    assert "Mean absolute error" in capsys.readouterr().out
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["magnitude"]["loss"] == "huber"


def test_a_target_that_is_no_magnitude_is_reported_in_its_unit(tmp_path):
    table = synthetic_table()
    frame = table.frame.assign(RATE=np.exp(0.5 * table["F1"]))
    rate = replace(table.columns["MW"], name="RATE", unit="mm/yr", long_name="rate of slow slip")
    rates = FeatureTable(frame, {**table.columns, "RATE": rate})
    changes = {**TINY, "tasks": ["value"], "nulls": {"surrogates": 0}}
    result = run(rates, load_config(**changes, label="RATE"), tmp_path / "run")
    explorer = explorer_of(result)
    variables = {each.key: each for each in explorer.variables}
    assert explorer.first == "value"
    assert {variables[key].unit for key in ("value", "observed_value")} == {"mm/yr"}
    relevance = [each for key, each in variables.items() if key.startswith("relevance_")]
    assert {each.unit for each in relevance} == {"mm/yr"}
    assert result.explanation["class"].to_numpy()[-1] == "RATE, quantile 0.5"
    explained = explain(tmp_path / "run" / "model-value", rates)
    assert set(explained["class_unit"].to_numpy()) == {"mm/yr"}
    np.testing.assert_allclose(variables["observed_value"].values, frame["RATE"])
    assert variables["observed_value"].label == "rate of slow slip"
    assert "observed_class" not in variables
    assert "observed_value" in (tmp_path / "run" / "report.html").read_text()
