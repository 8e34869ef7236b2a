"""The benchmark of known truth, small."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError
from megathrust.pipelines.relevance import SMALL, Benchmark, _known_worlds, benchmark_table, run_benchmark
from megathrust.pipelines.work import ProgressBars, StageStore, Work, open_engine
from megathrust.table import write_table
from megathrust.testing import synthetic_table

TINY = SMALL.with_parameters(width=8, epochs=3)
FEW = (("relative-lrp", "epsilon"), ("shapley", ""))


ASKED = {"worlds": 2, "members": 1, "network": TINY, "candidates": FEW, "kinds": ["additive"]}


@pytest.fixture(scope="module")
def found():
    return benchmark_table(synthetic_table(), **ASKED)


@contextmanager
def work_in(folder, **options):
    with open_engine(**options) as engine, ProgressBars(visible=False) as bars:
        yield Work(StageStore(folder, ""), bars, engine)


def test_every_method_is_asked_in_every_world(found):
    table = found.table
    assert len(table) == 2 * (2 * 3 + 2)
    assert set(table["encoding"]) == {"plain", "bins", "both", "none"}
    assert table["family_hits"].between(0, 2).all()
    assert table[table["method"] == "shapley"]["feature_hits"].isna().all()
    sparse = table[table["method"] == "sparse logistic on ranks"]
    assert sparse["correlation"].between(0.3, 1.0).all()
    assert found.chance == (4 / 6, 4 / 2)


def test_the_default_is_chosen_on_one_half_and_quoted_on_the_other():
    rows = [
        ("additive", world, method, "bins", hits, hits, 0.5)
        for world in range(4)
        for method, hits in (("a", 4.0 if world % 2 == 0 else 1.0), ("b", 3.0))
    ]
    names = ["kind", "world", "method", "encoding", "feature_hits", "family_hits", "correlation"]
    made = Benchmark(pd.DataFrame(rows, columns=names), 5, 49, 10)
    assert made.chosen == ("a", "bins")
    assert "holds 1.0 of 5 true features (0.5 by chance)" in made.sentences[1]
    with pytest.raises(InputError, match="no such method"):
        made.line("c", "bins")


def test_threads_give_the_numbers_of_one_after_the_other(found, tmp_path):
    with work_in(tmp_path, workers=2) as work:
        again = benchmark_table(synthetic_table(), **ASKED, work=work)
    pd.testing.assert_frame_equal(again.table, found.table, check_exact=True)


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_processes_and_clusters_give_them_as_well(found, tmp_path):
    with work_in(tmp_path / "processes", workers=2, processes=True) as work:
        processes = benchmark_table(synthetic_table(), **ASKED, work=work)
    pd.testing.assert_frame_equal(processes.table, found.table, check_exact=True)
    distributed = pytest.importorskip("distributed")
    options = {"processes": True, "host": "127.0.0.1", "dashboard_address": None}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster,
        work_in(tmp_path / "cluster", scheduler=cluster.scheduler_address) as work,
    ):
        clustered = benchmark_table(synthetic_table(), **ASKED, work=work)
    pd.testing.assert_frame_equal(clustered.table, found.table, check_exact=True)


def test_it_goes_on_where_it_was_stopped_and_is_written_with_its_figure(found, tmp_path, monkeypatch):
    trained, whole = [], _known_worlds._networks_in_world

    def stopping(planting, world, advance):
        if len(trained) == 1:
            raise KeyboardInterrupt
        trained.append(world)
        return whole(planting, world, advance)

    monkeypatch.setattr(_known_worlds, "_networks_in_world", stopping)
    out = tmp_path / "b"
    with pytest.raises(KeyboardInterrupt):
        run_benchmark(synthetic_table(), out, workers=1, **ASKED)
    assert not out.exists()

    def counting(planting, world, advance):
        trained.append(world)
        return whole(planting, world, advance)

    monkeypatch.setattr(_known_worlds, "_networks_in_world", counting)
    again = run_benchmark(synthetic_table(), out, workers=1, **ASKED)
    assert trained == [("additive", 0), ("additive", 1)]
    pd.testing.assert_frame_equal(again.table, found.table, check_exact=True)
    assert {each.name for each in out.iterdir()} == {"answer.txt", "methods.csv", "methods.png", "worlds.csv"}
    assert np.isfinite(pd.read_csv(out / "methods.csv")["family_hits"]).all()
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.slow
def test_the_command(tmp_path):
    write_table(synthetic_table(), tmp_path / "t.parquet")
    asked = ["benchmark", "--table", str(tmp_path / "t.parquet"), "--worlds", "1", "--members", "1"]
    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "b")])
    assert done.exit_code == 0, done.output
    assert "sparse logistic on ranks" in done.output
    assert (tmp_path / "b" / "methods.png").is_file()
