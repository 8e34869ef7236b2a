"""The same bytes wherever the work is done, whatever dies meanwhile."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from megathrust.pipelines.build import build_table
from megathrust.pipelines.run import run
from megathrust.pipelines.search import load_search_config, search
from megathrust.pipelines.settings import load_config
from megathrust.table import write_table
from megathrust.testing import synthetic_table

TINY = {
    "tasks": ["classes", "magnitude"],
    "network": {"members": 2, "hidden": [6], "epochs": 3, "batch_size": 16},
    "magnitude": {"members": 2},
    "baselines": ["region prior", "extra trees"],
    "curve": {"exclusion_km": [0, 50], "members": 1, "baselines": ["nearest segment"]},
    "nulls": {
        "surrogates": 6,
        "planted": 2,
        "per_model": 3,
        "exceedances": 1,
        "models": ["FCN", "region prior"],
    },
    "claims": {"worlds": 1},
    "relevance": {"methods": ["relative-lrp"]},
    "explaining": {"encodings": ["none"], "members": 1, "randomised": 0},
    "known_truth": {"worlds": 1, "members": 1},
    "bootstrap_replicates": 20,
}
SEARCH = {
    "bootstrap_replicates": 20,
    "network": {"members": 2},
    "search": {
        "budget": 6,
        "inner_blocks": 2,
        "inner_members": 1,
        "refit_members": 2,
        "baselines": ["region prior"],
        "space": {
            "depth": [1, 2], "width": [6], "batch_size": [16, 32], "epochs": [3, 4], "encoding_units": [3]
        },
    },
}  # fmt: skip

# Kills itself ahead of each stage of a run, and again when a stage has written but is not yet on record.
KILLER = """
import dataclasses, os, signal, sys
from megathrust.pipelines.run import FIGURES, _run
from megathrust.pipelines.settings import load_config
from megathrust.table import read_table
table, config, out = sys.argv[1:]
FIGURES._entries = {"scores by scenario": FIGURES["scores by scenario"]}
def attempt(stages, target):
    child = os.fork()
    if child == 0:
        _run.STAGES = stages
        _run.run(read_table(table), load_config(None, config), target, workers=1)
        os._exit(0)
    return os.waitpid(child, 0)[1]
def dying(stage, afterwards):
    def compute(run, work):
        if afterwards:
            stage.compute(run, work)
        os.kill(os.getpid(), signal.SIGKILL)
    return dataclasses.replace(stage, compute=compute)
whole = _run.STAGES
killed = 0
for number, stage in enumerate(whole):
    for afterwards in (False, True):
        changed = (*whole[:number], dying(stage, afterwards), *whole[number + 1:])
        killed += os.WIFSIGNALED(attempt(changed, out))
        assert not os.path.exists(out)
assert attempt(whole, out) == 0 == attempt(whole, out + "-whole")
print(killed, "killed")
"""


def digests(folder, names=None):
    paths = [path for path in Path(folder).rglob("*") if path.is_file()]
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }
    return found if names is None else {name: found[name] for name in names}


@pytest.mark.slow
def test_killed_in_every_stage_a_run_ends_with_the_same_bytes(tmp_path):
    write_table(synthetic_table(regions={"alu": 24, "sam": 30}), tmp_path / "table.parquet")
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY | {"tasks": ["classes"]}))
    words = [
        sys.executable,
        "-c",
        KILLER,
        tmp_path / "table.parquet",
        tmp_path / "tiny.yaml",
        tmp_path / "out",
    ]
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "24 killed"
    assert digests(tmp_path / "out") == digests(tmp_path / "out-whole")
    assert not list(tmp_path.glob("*.stages"))


def cluster_of(workers):
    distributed = pytest.importorskip("distributed")
    options = {"processes": True, "host": "127.0.0.1", "dashboard_address": None}
    return distributed.LocalCluster(n_workers=workers, threads_per_worker=1, **options)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A run and a search done in threads of this process."""
    folder = tmp_path_factory.mktemp("local")
    run(synthetic_table(), load_config(**TINY), folder / "run")
    search(synthetic_table(), load_search_config(**SEARCH), folder / "search")
    return folder


SEARCHED = ("nested.csv", "scores.csv", "best.yaml")


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_cluster_gives_the_bytes_of_threads(local, tmp_path, workers):
    with cluster_of(workers) as cluster:
        there = cluster.scheduler_address
        run(synthetic_table(), load_config(**TINY), tmp_path / "run", scheduler=there)
        search(synthetic_table(), load_search_config(**SEARCH), tmp_path / "search", scheduler=there)
    assert digests(tmp_path / "run") == digests(local / "run")
    assert digests(tmp_path / "search", SEARCHED) == digests(local / "search", SEARCHED)


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_cluster_builds_the_same_table(data_dir):
    with cluster_of(2) as cluster:
        there = build_table(
            data_dir, regions=["man", "ker"], labels=False, scheduler=cluster.scheduler_address
        )
    assert there.frame.equals(build_table(data_dir, regions=["man", "ker"], labels=False).frame)


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_killed_worker_of_a_cluster_loses_nothing(local, tmp_path):
    distributed = pytest.importorskip("distributed")
    with cluster_of(2) as cluster, distributed.Client(cluster.scheduler_address) as client:
        victims = list(client.run(os.getpid).values())
        killed = [
            threading.Timer(3.0 + 4.0 * i, os.kill, (pid, signal.SIGKILL)) for i, pid in enumerate(victims)
        ]
        for timer in killed:
            timer.start()
        run(synthetic_table(), load_config(**TINY), tmp_path / "run", scheduler=cluster.scheduler_address)
        for timer in killed:
            timer.join()
        assert set(client.run(os.getpid).values()).isdisjoint(victims)
    assert digests(tmp_path / "run") == digests(local / "run")


@pytest.mark.slow
def test_processes_give_the_bytes_of_threads(local, tmp_path):
    run(synthetic_table(), load_config(**TINY), tmp_path / "run", processes=True, workers=2)
    assert digests(tmp_path / "run") == digests(local / "run")
