"""Every model against its own kind, and what is scored where whole regions are held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.evaluation import BASELINES, GUESS, Prediction, classification_scores, sequential_p_value
from megathrust.models import derived_seed
from megathrust.pipelines.experiment import NETWORK, ask, make_experiment
from megathrust.pipelines.experiment._answer import _compare, _compared, _predictions
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.pipelines.work import ProgressBars, StageStore, Work, open_engine
from megathrust.splits import ChunkSplitter
from megathrust.testing import synthetic_table
from megathrust.worlds import NULLS

KIND = "ruptures laid out anew"
SMALL = {
    "network": {"members": 2, "epochs": 3},
    "nulls": {"surrogates": 2, "planted": 0, "per_model": 12, "exceedances": 3, "kinds": [KIND]},
    "baselines": ["region prior", "logistic regression"],
    "bootstrap_replicates": 50,
}


def asked(folder, workers=1, table=None, **changes):
    config = load_config(**{**SMALL, **changes})
    experiment = make_experiment(synthetic_table() if table is None else table, config)
    (task,) = tasks_of(experiment.table, config)
    with ProgressBars(visible=False) as bars, open_engine(workers=workers) as engine:
        answer = ask(experiment, task, Work(StageStore(folder, "x"), bars, engine))
    return experiment, answer.judgements[0]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    return asked(tmp_path_factory.mktemp("stages"))


def test_a_rival_learns_in_every_world_as_it_does_in_the_real_one(judged):
    experiment, judgement = judged
    table, region = experiment.table, experiment.rows.region
    null = next(each for each in judgement.own_nulls if each.model == "logistic regression")
    for number, score in enumerate(null.scores[:3]):
        # The plain way: a world, its folds, and the rival's own function.
        seed = derived_seed(0, "null", KIND, f"world {number}")
        world = NULLS[KIND](experiment.trenches, seed)
        classes = experiment.classes[world.labelled]
        means = []
        for fold in ChunkSplitter().split(table, world.ruptures):
            said = BASELINES["logistic regression"](
                experiment.rows.take(fold.train), classes[fold.train], experiment.rows.take(fold.test), 2, 0
            )
            means.append(classification_scores(classes[fold.test], said)["f1", "macro"][0])
        assert score == pytest.approx(np.mean(means))
    assert region.size == len(table)


def test_every_model_has_a_p_value_against_its_own_kind(judged):
    _, judgement = judged
    assert {null.model for null in judgement.own_nulls} == set(judgement.predictions)
    means = judgement.mean_scores().set_index("model")["value"]
    rows = judgement.scores.set_index(["model", "metric", "scenario"])["value"]
    for null in judgement.own_nulls:
        p, worlds = sequential_p_value(means[null.model], null.scores, exceedances=3)
        assert null.p == p == rows[null.model, f"p-value against {KIND}", "mean"]
        assert len(null.scores) == worlds <= 12
        assert means[null.name] == pytest.approx(np.median(null.scores))
        # No more worlds than settle it: the last one is the third that reaches the score, or the last of all.
        assert worlds == 12 or null.scores[-1] >= means[null.model]
    assert judgement.verdict.own_p_values == {
        null.kind: null.p for null in judgement.own_nulls if null.model == NETWORK
    }
    text = "\n".join(judgement.summary("here"))
    assert f"({KIND})" in text
    assert "as many networks in each world of" in "\n".join(judgement.verdict.sentences)


def test_a_lookup_is_not_compared_with_worlds_that_change_features_only(tmp_path):
    nulls = {**SMALL["nulls"], "per_model": 4, "kinds": ["spectral signs", "shifted labels"]}
    _, judgement = asked(tmp_path, nulls=nulls)
    found = {(null.model, null.kind) for null in judgement.own_nulls}
    assert ("region prior", "shifted labels") in found
    assert {model for model, kind in found if kind == "spectral signs"} == {NETWORK, "logistic regression"}


def test_worlds_are_the_same_in_threads_and_after_an_interruption(judged, tmp_path, monkeypatch):
    _, judgement = judged
    _, other = asked(tmp_path, workers=2)

    def broken(*given):
        raise AssertionError("what was finished is worked out again")

    monkeypatch.setattr("megathrust.pipelines.experiment._own_nulls.surrogate", broken)
    _, recalled = asked(tmp_path)
    for one, two, three in zip(judgement.own_nulls, other.own_nulls, recalled.own_nulls, strict=True):
        np.testing.assert_array_equal(one.scores, two.scores)
        np.testing.assert_array_equal(one.scores, three.scores)
        assert one.p == two.p == three.p


def test_models_may_be_named_and_none_wanted(tmp_path):
    _, judgement = asked(tmp_path, nulls={**SMALL["nulls"], "models": ["region prior"]})
    assert [null.model for null in judgement.own_nulls] == ["region prior"]
    assert judgement.verdict.own_p_values == {}
    _, without = asked(tmp_path, nulls={**SMALL["nulls"], "per_model": 0})
    assert without.own_nulls == []
    with pytest.raises(InputError, match="model"):
        load_config(nulls={"models": ["regoin prior"]})


def regional_table():
    """Return a table whose label is that of the region, and networks could know it from no other region."""
    table = synthetic_table(regions={"alu": 30, "cam": 30, "kur": 30, "sam": 30})
    great = table.frame["region"].isin(["alu", "sam"]).to_numpy()
    random = np.random.default_rng(1)
    magnitudes = np.where(great ^ (random.random(len(table)) < 0.1), 8.5, 7.0)
    frame = table.frame.assign(MW=magnitudes)
    # Features say the region, backwards.
    frame[table.feature_names] = random.normal(size=(len(table), len(table.feature_names)))
    return replace(table, frame=frame)


def test_regions_left_out_are_scored_together_and_beside_a_guess(tmp_path):
    protocol = {"kind": "leave-one-region-out"}
    experiment, judgement = asked(tmp_path, table=regional_table(), protocol=protocol)
    means = judgement.mean_scores().set_index("model")["value"]
    assert judgement.overall == experiment.overall == "pooled"
    assert GUESS in means.index
    assert (
        judgement.verdict.rival
        == means.drop([NETWORK, "FCN, one member"], errors="ignore")[
            [name for name in judgement.predictions if name != NETWORK]
        ].idxmax()
    )
    assert "of all scenarios together" in judgement.verdict.sentences[0]
    said = judgement.predictions[NETWORK]
    rows = np.concatenate([each.rows for each in said])
    probabilities = np.concatenate([each.predicted for each in said])
    expected = classification_scores(experiment.classes[rows], probabilities)["f1", "macro"][0]
    assert means[NETWORK] == pytest.approx(expected)
    assert not (judgement.verdict.beats_rival and means[NETWORK] < 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_below_a_guess_never_beats_where_regions_are_held_out(seed):
    table = synthetic_table(regions=dict.fromkeys(("alu", "cam", "kur", "sam"), 150))
    random = np.random.default_rng(seed)
    great = random.random(len(table)) < 0.35
    table = replace(table, frame=table.frame.assign(MW=np.where(great, 8.5, 7.0)))
    config = load_config(**{**SMALL, "protocol": {"kind": "leave-one-region-out"}, "seed": seed})
    experiment = make_experiment(table, config)
    (task,) = tasks_of(experiment.table, config)
    # Networks that say one class nearly always: more than the majority class, less than a guess.
    arrays = {}
    for number, fold in enumerate(experiment.folds):
        chance = np.where(random.random(len(fold.test)) < 0.12, 0.9, 0.1)
        arrays[f"classes/said/{number}"] = np.stack([1.0 - chance, chance], axis=1)[None]
        for name in ("region prior", "logistic regression", "nearest segment", GUESS):
            given = experiment.rows.take(fold.train), experiment.classes[fold.train]
            arrays[f"classes/rival/{name}/{number}"] = BASELINES[name](
                *given, experiment.rows.take(fold.test), 2, seed
            )
    predictand = task.leading
    predictions = _predictions(experiment, predictand, arrays)
    observed = _compared(experiment, predictand, arrays)
    assert observed["nearest segment"] < observed[NETWORK] < observed[GUESS]
    verdict = _compare(experiment, predictand, predictions, observed)
    assert verdict.rival != "nearest segment"
    assert not verdict.beats_rival
    assert isinstance(predictions[NETWORK][0], Prediction)
