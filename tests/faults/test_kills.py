"""Kills of commands; `kill_campaign.py` is the long run, and so is the mark ``slow``."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from fault_commands import COMMANDS, PREDICT, RUN, bytes_of, finish, left_over, run, start
from kill_campaign import campaign


@pytest.mark.parametrize("name", ["predict .nc"])
def test_a_kill_at_any_moment_loses_nothing(world, tmp_path, name):
    outcome = campaign(world, tmp_path, name, kills=3, rng=random.Random(7))
    assert outcome.faults == []


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_many_kills_lose_nothing(world, tmp_path, name):
    kills = int(os.environ.get("KILLS", "8"))
    outcome = campaign(world, tmp_path, name, kills=kills, rng=random.Random(8))
    assert outcome.faults == []


@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_an_interruption_says_what_is_kept_and_how_to_go_on(place, number, code):
    process = start(place, *RUN, "--out", "out/run")
    stages = place / "out" / "run.stages"
    deadline = time.monotonic() + 60
    while not list(stages.glob("*.stage")) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process, number)
    done = finish(place, process)
    assert done.code == code
    (sentence,) = (line for line in done.err.strip().splitlines() if not line.startswith("["))
    assert str(stages) in sentence
    assert "the same command goes on from there" in sentence
    assert stages.is_dir()
    assert run(place, *RUN, "--out", "out/run").code == 0
    assert bytes_of(place / "out" / "run") == bytes_of(place / "base")
    assert left_over(place) == []


@pytest.mark.slow
def test_two_runs_into_one_folder_never_meet(place):
    first = start(place, *RUN, "--out", "out/run")
    deadline = time.monotonic() + 60
    while not (place / "out" / "run.stages").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    second = run(place, *RUN, "--out", "out/run", "--seed", "9")
    assert second.refused, second
    assert "another process" in second.err
    assert finish(place, first).code == 0
    assert bytes_of(place / "out" / "run") == bytes_of(place / "base")


def test_a_killed_writer_of_a_table_leaves_the_old_pair_or_the_new_one(place, monkeypatch):
    from pathlib import Path

    from megathrust.table import read_table, write_table
    from megathrust.testing import synthetic_table

    table = synthetic_table()
    fewer = table.drop_columns(["F5"], "not wanted")
    replace = Path.replace
    for stop in range(1, 4):
        write_table(table, place / "pair.csv")
        moves = iter(range(1, 10))

        def die(self, target, stop=stop, moves=moves):
            if next(moves) == stop:
                os._exit(9)
            return replace(self, target)

        process = os.fork()
        if process == 0:
            Path.replace = die
            write_table(fewer, place / "pair.csv")
            os._exit(0)
        os.waitpid(process, 0)
        names = read_table(place / "pair.csv").feature_names
        assert names in (table.feature_names, fewer.feature_names)
        assert stop > 2 or names == table.feature_names


def test_predictions_of_a_killed_command_are_not_said_to_be_of_another_model(place):
    from megathrust.pipelines.predict._about import read_about

    assert run(place, *PREDICT, "--out", "p.csv").code == 0
    assert read_about(place / "p.csv")["model"] == "model"
    (place / "p.csv").write_text((place / "p.csv").read_text().replace("alu", "sam"))
    assert read_about(place / "p.csv") is None
