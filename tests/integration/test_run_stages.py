"""A run as stages on disk: interrupted, one of them again, and every task."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from megathrust.models import load_model
from megathrust.pipelines.run import FIGURES, open_run, run
from megathrust.pipelines.run._graph import STAGES
from megathrust.pipelines.run._stage import _key
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.work import StageStore
from megathrust.plots import save_figure
from megathrust.table import read_table

#: Where networks are trained: those that predict or are explained, and those of surrogate worlds.
TRAINING = (
    "megathrust.pipelines.experiment._training.train",
    "megathrust.pipelines.experiment._worlds.train",
)
#: The same, but for networks to be explained.
OTHERS = ("megathrust.pipelines.run._networks.train_task", "megathrust.pipelines.run._curve.train_members")


@pytest.mark.usefixtures("undrawn")
def test_an_interrupted_run_goes_on(world, monkeypatch):
    config = load_config(None, world / "tiny.yaml", seed=7)
    table = read_table(world / "table.parquet")
    with monkeypatch.context() as patched:

        def stop(*args, **kwargs):
            raise KeyboardInterrupt

        patched.setattr("megathrust.pipelines.run._relevance.relevance_dataset", stop)
        with pytest.raises(KeyboardInterrupt):
            run(table, config, world / "later")
    assert not (world / "later").exists()
    assert len(list((world / "later.stages").glob("*.stage"))) == 57

    def no_training(*args, **kwargs):
        raise AssertionError("trained again")

    # Networks to be explained come after the place where it stopped; all others were there.
    with monkeypatch.context() as patched:
        for place in (*OTHERS, TRAINING[1]):
            patched.setattr(place, no_training)
        resumed = run(table, config, world / "later")
    assert not (world / "later.stages").exists()
    whole = run(table, config, world / "uninterrupted")
    pd.testing.assert_frame_equal(resumed.scores, whole.scores)


def test_numbers_of_a_method_that_changed_are_not_kept(world):
    result = open_run(world / "run")
    (stage,) = (each for each in STAGES if each.name == "explanation")
    keys = {"explaining": "the same"}
    assert _key(result, stage, keys) == _key(result, stage, keys)
    for other in (stage.method + 1, 1):
        assert _key(result, dataclasses.replace(stage, method=other), keys) != _key(result, stage, keys)


def test_a_damaged_stage_is_not_recalled(tmp_path):
    store = StageStore(tmp_path / "s", "f")
    store.keep("a", 1, {"x": np.arange(3)})
    assert store.recall("a", 1)["x"].tolist() == [0, 1, 2]
    assert store.recall("a", 2) is None
    (file,) = (tmp_path / "s").iterdir()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert store.recall("a", 1) is None
    assert not file.exists()


def files_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.usefixtures("every_figure")
def test_a_stage_of_a_finished_run_is_done_again_without_training(world, megathrust, monkeypatch):
    shutil.copytree(world / "run", world / "redone")
    before = files_of(world / "run")
    (world / "redone" / "report.html").unlink()

    def no_training(*args, **kwargs):
        raise AssertionError("trained again")

    for place in TRAINING:
        monkeypatch.setattr(place, no_training)
    assert megathrust("report", world / "redone").returncode == 0
    assert files_of(world / "redone") == before
    assert megathrust("figures", world / "redone").returncode == 0
    assert files_of(world / "redone") == before
    (world / "epsilon.yaml").write_text("relevance: {epsilon: 0.1}")
    done = megathrust("explain", world / "redone", "--config", world / "epsilon.yaml")
    assert done.returncode == 0, done.stderr
    after = files_of(world / "redone")
    scored = ["scores.csv", "predictions.csv"]
    assert all(before[name] == after[name] for name in scored)
    assert before["relevance.nc"] != after["relevance.nc"]
    assert "epsilon = 0.1" in open_run(world / "redone").relevance.attrs["method"]
    assert not list(world.glob("redone.stages"))


@pytest.mark.usefixtures("every_figure")
def test_the_figures_asked_for_are_drawn_their_captions_inside(world, megathrust, assert_refused):
    shutil.copytree(world / "run", world / "drawn")
    (world / "kinds.yaml").write_text("figures: {kinds: [confusion, folds], formats: [svg, pdf]}")
    done = megathrust("figures", world / "drawn", "--config", world / "kinds.yaml")
    assert done.returncode == 0, done.stderr
    figures = world / "drawn" / "figures"
    names = {f"{name}.{end}" for name in ("confusion", "map_folds") for end in ("png", "svg", "pdf", "csv")}
    assert {path.name for path in figures.iterdir()} == names | {"index.json"}
    plain, own = (open_run(world / name) for name in ("run", "drawn"))
    assert own.caption.startswith(f"{len(plain.experiment.table)} held-out segments")
    (drawing,) = FIGURES["confusion"](own)
    bare = save_figure(drawing.draw(), world / "bare")[0]
    height, without = (
        int.from_bytes(path.read_bytes()[20:24], "big") for path in (figures / "confusion.png", bare)
    )
    assert height > without
    (world / "unknown.yaml").write_text("figures: {kinds: [fold]}")
    refused = megathrust("figures", world / "drawn", "--config", world / "unknown.yaml")
    assert_refused(refused, "did you mean folds")
    assert {path.name for path in figures.iterdir()} == names | {"index.json"}


def test_evaluate_again_trains_nulls_only_and_refuses_the_rest(
    world, megathrust, monkeypatch, assert_refused
):
    shutil.copytree(world / "run", world / "judged")
    monkeypatch.setattr("megathrust.pipelines.experiment._training.train", None)
    (world / "more.yaml").write_text("nulls: {surrogates: 4}")
    done = megathrust("evaluate", world / "judged", "--config", world / "more.yaml")
    assert done.returncode == 0, done.stderr
    assert [len(null.scores) for null in open_run(world / "judged").judgements[0].nulls] == [4, 4]
    (world / "other.yaml").write_text("network: {epochs: 4}")
    refused = megathrust("evaluate", world / "judged", "--config", world / "other.yaml")
    assert_refused(refused, "a setting belongs to an earlier stage than answers (given: network; allowed: ")
    assert_refused(megathrust("report", world), "the folder is no run")


FEW = {
    "nulls": {"surrogates": 2, "planted": 1, "per_model": 2},
    "magnitude": {"members": 2, "baselines": ["region mean", "ridge regression"]},
}


def test_classes_and_magnitude_by_one_trunk(world):
    config = load_config(None, world / "tiny.yaml", tasks=["both"], **FEW)
    result = run(read_table(world / "table.parquet"), config, world / "both")
    assert [judgement.predictand.name for judgement in result.judgements] == ["classes", "magnitude"]
    assert len(result.answers) == 1
    assert {"scores.csv", "magnitude_scores.csv"} <= {path.name for path in (world / "both").iterdir()}
    saved = load_model(world / "both" / "model")
    assert (saved.stack.architecture.heads.classes, saved.stack.architecture.heads.magnitude) == (2, "mse")
    card = (world / "both" / "model" / "README.md").read_text()
    for judgement in result.judgements:
        assert judgement.verdict.sentences[0] in card
    assert result.relevance.sizes["class"] == 3


@pytest.mark.usefixtures("every_figure")
def test_a_magnitude_alone(world):
    config = load_config(None, world / "tiny.yaml", tasks=["magnitude"], **FEW)
    result = run(read_table(world / "table.parquet"), config, world / "alone")
    assert result.scores.query("scenario == 'mean' and metric == 'mae'")["exclusion_km"].unique().size == 2
    assert result.relevance["relevance"].dims == ("member", "class", "segment", "feature")
    assert not (world / "alone" / "model").exists()


def test_tasks_that_predict_the_same_are_refused(world, megathrust, assert_refused):
    words = ["--table", world / "table.parquet", "--task", "classes", "--task"]
    assert_refused(
        megathrust("run", *words, "both", "--out", world / "x"), "two tasks of a run predict the same"
    )
    assert_refused(
        megathrust("run", *words, "clases", "--out", world / "x"), "unknown task (given: clases", world / "x"
    )


@pytest.mark.usefixtures("undrawn")
def test_whole_ruptures_far_away_let_signs_be_asked(world):
    protocol = {"kind": "rupture-grouped", "exclusion_km": 100.0}
    config = load_config(None, world / "tiny.yaml", baselines=["region prior"], protocol=protocol)
    result = run(read_table(world / "table.parquet"), config, world / "signs")
    sentence, further = result.judgements[0].sign_sentences
    assert further.startswith("The same beyond the labels along the trench, 100 km away and more: FCN p = ")
    assert sentence.startswith(
        "Held-out predictions and the label within chunks (signs, one-sided): FCN p = "
    )
    assert "nearest segment p = " in sentence
    assert sentence.endswith("of 6 worlds.")
    assert sentence in {words for each in result.verdict for words in each["answer"]}
    plain = open_run(world / "run").judgements[0].sign_sentences[0]
    assert "without whole ruptures at 100 km and more they are void" in plain


@pytest.mark.usefixtures("undrawn")
def test_a_table_that_cannot_be_tested_still_runs(world):
    table = read_table(world / "table.parquet")
    level = np.where(table.frame["region"] == "sam", 9.0, 6.0)
    config = load_config(None, world / "tiny.yaml", nulls={"surrogates": 0}, curve={"exclusion_km": []})
    result = run(dataclasses.replace(table, frame=table.frame.assign(MW=level)), config, world / "level")
    assert result.verdict[0]["shown"] is None
    assert "not tested: no trench holds two different labels" in result.verdict[0]["answer"][0]
    assert not (world / "level" / "families.csv").exists()
