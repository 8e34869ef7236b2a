"""The search as a user starts it: any number of workers, killed and resumed, and what it may look at."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from megathrust.cli import main
from megathrust.core import InputError, ModelError
from megathrust.pipelines.experiment._training import train
from megathrust.pipelines.search import _search, _trials, load_search_config, search
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import class_task
from megathrust.table import read_table, write_table
from megathrust.testing import synthetic_table
from megathrust.training import Member

TINY = {
    "baselines": ["region prior"],
    "bootstrap_replicates": 20,
    "curve": {"exclusion_km": [50]},
    "network": {"members": 2},
    "nulls": {"surrogates": 0},
    "search": {
        "budget": 9,
        "inner_blocks": 2,
        "inner_members": 1,
        "rungs": 2,
        "refit_members": 2,
        "refit_trials": 2,
        "baselines": ["region prior"],
        "space": {
            "depth": [1, 2],
            "width": [6],
            "batch_size": [16, 32],
            "epochs": [3, 4],
            "encoding_units": [3],
        },
    },
}

# Starts warm children by forking, so that many of them can be killed in little time.
KILLER = """
import os, random, signal, sys, time
from megathrust.pipelines.search import load_search_config, search
from megathrust.table import read_table
table, config, out = sys.argv[1:]
def attempt(target, killed_after):
    child = os.fork()
    if child == 0:
        search(read_table(table), load_search_config(None, config), target, workers=1)
        os._exit(0)
    if killed_after is None:
        return os.waitpid(child, 0)[1]
    time.sleep(killed_after)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]
random.seed(1)
started = time.perf_counter()
assert attempt(out + "-whole", None) == 0
whole = time.perf_counter() - started
ends = [attempt(out, random.uniform(0.05, 0.6) * whole) for _ in range(10)]
print(sum(os.WIFSIGNALED(end) for end in ends), "killed")
print(os.path.exists(out) or attempt(out, None) == 0, "at last")
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with a table, a configuration, and one finished search by the command."""
    folder = tmp_path_factory.mktemp("search")
    write_table(synthetic_table(regions={"alu": 24, "kur": 22, "sam": 30}), folder / "table.parquet")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    said = start(folder, "--out", folder / "found")
    (folder / "said.txt").write_text(said.stdout)
    return folder


def start(folder, *words):
    """Run the command in a process of its own."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "megathrust", "search", "--preset", "quick"),
            *("--table", folder / "table.parquet", "--config", folder / "tiny.yaml"),
            *map(str, words),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def trials(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "trials.csv").drop(columns="seconds")


def settings(**changes):
    return load_search_config(None, None, **TINY | {"search": TINY["search"] | changes})


def test_folder_is_whole(world):
    names = {str(p.relative_to(world / "found")) for p in (world / "found").rglob("*") if p.is_file()}
    assert names == {
        "best.yaml",
        "figures/history.png",
        "figures/importance.png",
        "figures/inner_outer.png",
        "figures/parallel_coordinates.png",
        "nested.csv",
        "record.json",
        "scores.csv",
        "search.yaml",
        "trials.csv",
    }
    assert not list(world.glob("*.stages"))
    said = (world / "said.txt").read_text()
    assert "9 trials, 72 trainings on 2 inner folds" in said
    assert "rival 'nearest segment'" in said


def test_trials_are_halved_on_inner_scores(world):
    frame = trials(world / "found")
    assert frame.groupby(["scenario", "rung"]).size().unstack().to_numpy().tolist() == [[9, 3]] * 6
    assert (frame.query("rung == 1")["epochs_trained"] == frame.query("rung == 1")["epochs"]).all()
    nested = pd.read_csv(world / "found" / "nested.csv").set_index("scenario")
    for scenario, part in frame.groupby("scenario"):
        first, last = (part[part["rung"] == rung].set_index("trial")["inner_macro_f1"] for rung in (0, 1))
        assert first[last.index].min() >= first.drop(last.index).max()
        if scenario != "all":
            assert nested.loc[scenario, "trial"] == last.idxmax()
            assert nested.loc[scenario, "inner_macro_f1"] == last.max()


def test_nested_scores_stand_beside_the_rivals(world):
    nested = pd.read_csv(world / "found" / "nested.csv")
    assert list(nested.columns) == [
        "scenario", "trial", "inner_macro_f1", "FCN", "region prior", "nearest segment",
    ]  # fmt: skip
    assert nested["scenario"].tolist() == ["0", "1", "2", "3", "4", "mean"]
    plain = nested.iloc[:-1, 2:]
    np.testing.assert_allclose(nested.iloc[-1, 2:].astype(float), plain.mean())
    scores = pd.read_csv(world / "found" / "scores.csv")
    row = scores.query("model == 'FCN' and scenario == '3' and metric == 'f1' and `class` == 'macro'")
    assert row["value"].item() == pytest.approx(nested["FCN"][3])
    assert row["low"].item() <= row["value"].item() <= row["high"].item()


def test_resolved_configuration_repeats_the_search(world):
    again = load_search_config(None, world / "found" / "search.yaml")
    assert again == load_search_config("quick", world / "tiny.yaml")
    result = search(read_table(world / "table.parquet"), again, world / "again")
    pd.testing.assert_frame_equal(trials(world / "again"), trials(world / "found"))
    assert (world / "again" / "nested.csv").read_bytes() == (world / "found" / "nested.csv").read_bytes()
    assert len(result.chosen) == 6


def test_best_configuration_is_one_that_run_accepts(world, monkeypatch, capsys):
    best = load_config(None, world / "found" / "best.yaml")
    chosen = trials(world / "found").query("scenario == 'all' and rung == 1")
    chosen = chosen.loc[chosen["inner_macro_f1"].idxmax()]
    assert best.network.hidden == (6,) * chosen["depth"]
    assert best.network.learning_rate == chosen["learning_rate"]
    assert best.network.members == 2
    words = ["run", "--table", world / "table.parquet", "--config", world / "found" / "best.yaml"]
    monkeypatch.setattr("sys.argv", ["megathrust", *map(str, words), "--out", str(world / "run")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    assert (world / "run" / "report.html").is_file()
    assert "Quote nested.csv" in (world / "found" / "best.yaml").read_text()
    capsys.readouterr()


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_any_number_of_processes_gives_the_same_table(world, workers):
    start(world, "--out", world / f"by{workers}", "--workers", workers, "--processes")
    pd.testing.assert_frame_equal(trials(world / f"by{workers}"), trials(world / "found"), check_exact=True)
    assert (world / f"by{workers}" / "nested.csv").read_bytes() == (world / "found/nested.csv").read_bytes()


@pytest.mark.slow
def test_killed_at_ten_random_points_and_resumed_gives_the_same_table(world):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            KILLER,
            *map(str, (world / "table.parquet", world / "tiny.yaml", world / "late")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    killed, last = done.stdout.splitlines()
    assert int(killed.split()[0]) >= 5
    assert last == "True at last"
    pd.testing.assert_frame_equal(trials(world / "late"), trials(world / "late-whole"), check_exact=True)
    assert (world / "late" / "nested.csv").read_bytes() == (world / "late-whole/nested.csv").read_bytes()
    assert not (world / "late.stages").exists()


def test_an_interrupted_search_keeps_its_trials(world, monkeypatch):
    table, counted = read_table(world / "table.parquet"), []
    score = _trials.score_stack

    def counting(problem, units, advance):
        counted.append(len(units))
        if len(counted) == 3:
            raise KeyboardInterrupt
        return score(problem, units, advance)

    monkeypatch.setattr(_trials, "score_stack", counting)
    with pytest.raises(KeyboardInterrupt):
        search(table, settings(), world / "stopped", workers=1)
    done = sum(counted[:2])
    assert len(list((world / "stopped.stages").glob("*.stage"))) == 2
    assert not (world / "stopped").exists()
    counted.append(0)
    result = search(table, settings(), world / "stopped", workers=1)
    assert sum(counted[4:]) == len(result.measured) - done


def test_a_smaller_budget_is_the_beginning_of_a_larger_one(world):
    few = search(read_table(world / "table.parquet"), settings(budget=4), world / "few")
    frame = trials(world / "found").query("rung == 0 and trial < 4").reset_index(drop=True)
    own = trials(world / "few").query("rung == 0").reset_index(drop=True)
    pd.testing.assert_frame_equal(own, frame, check_exact=True)
    assert len(few.measured) == 6 * (4 + 2)


def test_what_a_scenario_tests_decides_nothing_about_its_trial(world):
    """Turn features and labels of the first scenario's test rows upside down: its search is the same."""
    table = read_table(world / "table.parquet")
    result = search(table, settings(budget=3), world / "plain")
    frame = table.frame.copy()
    rows = result.folds[0].test
    frame.loc[rows, "MW"] = (16.0 - frame.loc[rows, "MW"]).round(1)
    frame.loc[rows, table.feature_names] = 100.0 - frame.loc[rows, table.feature_names]
    other = search(replace(table, frame=frame), settings(budget=3), world / "turned")
    own, theirs = ([m for m in one.measured if m.scenario == 0] for one in (result, other))
    assert [replace(m, seconds=0.0) for m in own] == [replace(m, seconds=0.0) for m in theirs]
    assert [each.trial for each in other.chosen[0]] == [each.trial for each in result.chosen[0]]
    assert other.nested()["FCN"][0] != result.nested()["FCN"][0]


def test_tpe_learns_from_each_scenario_alone(world):
    table = read_table(world / "table.parquet")
    config = settings(sampler="tpe", rungs=1, budget=7, round_size=4)
    result = search(table, config, world / "tpe")
    frame = trials(world / "tpe")
    assert frame.groupby("scenario")["trial"].apply(list).tolist() == [list(range(7))] * 6
    first, later = (frame[(frame["trial"] < 4) == early] for early in (True, False))
    assert first.groupby("trial")["learning_rate"].nunique().max() == 1
    assert later.groupby("trial")["learning_rate"].nunique().min() > 1
    assert len(result.measured) == 42


def test_regions_and_ruptures_can_be_held_out_inside_too(world):
    table = read_table(world / "table.parquet")
    config = settings(budget=2, rungs=1).model_copy(
        update={"protocol": settings().protocol.model_copy(update={"kind": "leave-one-region-out"})}
    )
    assert search(table, config, world / "regions").scenarios == ["alu", "kur", "sam", "all"]


@pytest.fixture
def refused(world, monkeypatch, capsys):
    """Start the command with one wrong thing and return what it says."""

    def say(content):
        (world / "wrong.yaml").write_text(yaml.safe_dump(TINY | content))
        words = ("--table", world / "table.parquet", "--config", world / "wrong.yaml", "--out", world / "no")
        monkeypatch.setattr("sys.argv", ["megathrust", "search", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 2
        assert not (world / "no").exists()
        return capsys.readouterr().err

    return say


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"sampler": "tpe"}, "TPE learns from trainings of full length"),
        ({"space": {"learning_rate": {"low": 0.1, "high": 0.01}}}, "low must not lie above high"),
        ({"space": {"dropout": {"low": 0.0, "high": 0.5, "log": True}}}, "must start above 0"),
        (
            {"space": {"learning_rate": {"low": 0.0, "high": 0.1}}},
            "learning_rate cannot be 0: Input should be",
        ),
        ({"space": {"dropout": {"low": 0.0, "high": 1.0}}}, "dropout cannot be 1: Input should be less than"),
        ({"space": {"width": []}}, "search.space.width is wrong"),
        ({"budget": 0}, "search.budget is wrong"),
        ({"inner_blocks": 40}, "inner fold 0/"),
        ({"baselines": ["crystal ball"]}, "unknown baseline"),
    ],
)
def test_a_wrong_section_is_named(refused, section, sentence):
    assert sentence in refused({"search": TINY["search"] | section})


def test_an_unknown_entry_is_named(world):
    with pytest.raises(InputError, match=r"search\.budgt is wrong"):
        load_search_config(None, None, search={"budgt": 3})
    assert load_search_config("seed", None, search={"budget": None}).search.budget == 40


def test_a_failed_network_is_refused_in_a_sentence():
    table = synthetic_table(regions={"alu": 30, "kur": 25})
    task = class_task(table, load_config(network={"epochs": 3}))
    members = [Member(np.arange(50), seed, learning_rate=1e30) for seed in range(2)]
    with pytest.raises(ModelError, match=r"training of a network failed \(given: 2 of 2 networks"):
        train(table.features(), np.arange(55), task, members, device="cpu")


def test_what_is_made_of_the_trials_asks_for_no_new_training(tmp_path):
    table = synthetic_table(regions={"alu": 30, "kur": 25})
    config = load_search_config(**TINY)
    other = config.model_copy(
        update={"search": config.search.model_copy(update={"refit_trials": 1, "baselines": ()})}
    )
    assert _search._fingerprint(table, config) == _search._fingerprint(table, other)
    seeded = config.model_copy(update={"seed": 1})
    assert _search._fingerprint(table, config) != _search._fingerprint(table, seeded)


def test_networks_of_the_magnitude_are_searched_for_too(tmp_path):
    table = synthetic_table(regions={"alu": 30, "kur": 25})
    section = TINY["search"] | {"budget": 2, "rungs": 1, "baselines": None}
    config = load_search_config(**TINY | {"search": section}, tasks=["magnitude"])
    result = search(table, config, tmp_path / "found")
    nested = pd.read_csv(tmp_path / "found" / "nested.csv")
    assert list(nested.columns[2:]) == ["inner_mae", "FCN", "nearest segment", "region mean", "extra trees"]
    assert (nested["inner_mae"] > 0.0).all()
    for number in range(5):
        own = [each for each in result.measured if each.scenario == number]
        assert nested["trial"][number] == max(own, key=lambda each: each.score).trial.number
    assert "mean absolute error of the magnitude of the nested estimate" in result.summary()[0]


def test_a_search_is_of_one_task(tmp_path):
    config = load_search_config(**TINY, tasks=["classes", "magnitude"])
    with pytest.raises(InputError, match="a search finds the networks of one task"):
        search(synthetic_table(), config, tmp_path / "found")
    assert not list(tmp_path.iterdir())
