"""Where heavy work is done: the same results by every engine, dead workers, absent schedulers."""

from __future__ import annotations

import os
from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest

from megathrust.core import InputError, MegathrustError
from megathrust.pipelines.work import ProgressBars, StageStore, Work, open_engine
from megathrust.pipelines.work._engine import _Cluster


def scaled(shared, task, advance):
    advance(1, 2)
    return {"x": np.arange(3) * shared + task}


def die(shared, task, advance):
    os._exit(3)


def fail(shared, task, advance):
    if task == 1:
        raise InputError("the second task fails")
    return {"x": np.zeros(1)}


def results(**options):
    moved = []
    with open_engine(**options) as engine:
        found = dict(engine(scaled, 10, range(5), moved.append))
    assert moved[-1] == 5.0
    assert moved == sorted(moved)
    return [found[i]["x"].tolist() for i in range(5)]


EXPECTED = [[0 + i, 10 + i, 20 + i] for i in range(5)]


@pytest.mark.parametrize("options", [{"workers": 1}, {"workers": 3}, {"workers": 2, "processes": True}])
def test_every_engine_gives_the_same(options):
    assert results(**options) == EXPECTED


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_cluster_gives_the_same():
    distributed = pytest.importorskip("distributed")
    options = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster:
        assert results(scheduler=cluster.scheduler_address) == EXPECTED
    with (
        distributed.LocalCluster(n_workers=0, **options) as cluster,
        pytest.raises(InputError, match="no workers"),
        open_engine(scheduler=cluster.scheduler_address),
    ):
        pass


def use_and_kill():
    with open_engine(workers=2, processes=True) as engine:
        list(engine(die, None, range(4), print))


def test_a_dead_worker_is_named_and_no_workers_are_refused():
    with pytest.raises(MegathrustError, match="a worker process died"):
        use_and_kill()
    with pytest.raises(InputError, match="number of workers"), open_engine(workers=0):
        pass


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_an_absent_scheduler_is_named(address, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("megathrust.pipelines.work._engine._CONNECT_TIMEOUT", "500ms")
    sentence = r"scheduler cannot be reached \(given: " + address
    with pytest.raises(InputError, match=sentence), open_engine(scheduler=address):
        pass


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_finished_before_a_failure_is_recalled(tmp_path, workers):
    with open_engine(workers=workers) as engine, ProgressBars(visible=False) as bars:
        work = Work(StageStore(tmp_path, "f"), bars, engine)
        with pytest.raises(InputError, match="second task"):
            work.compute("a", fail, None, [0, 1], keys=[0, 1], title="failing")
        assert work.store.recall("a", 0)["x"].tolist() == [0.0]
        done = work.compute("a", scaled, 10, [0, 1], keys=[0, 1], title="going on")
        assert [each["x"].tolist() for each in done] == [[0.0], [1, 11, 21]]
        assert work.keyed("other").store.recall("a", 0) is None


@pytest.mark.parametrize(("lost", "whole"), [(2, True), (99, False)])
def test_a_worker_that_dies_while_data_go_to_it_is_waited_for(monkeypatch, lost, whole):
    sent = []

    def scatter(shared, **options):
        sent.append(shared)
        if len(sent) <= lost:
            raise OSError("Stream is closed")
        return shared

    def submit(function, *given, pure):
        future = Future()
        future.set_result(function(*given))
        return future

    monkeypatch.setattr("megathrust.pipelines.work._engine._NOTICED", 0.0)
    client = SimpleNamespace(scatter=scatter, submit=submit, loop=None)
    cluster = _Cluster(SimpleNamespace(as_completed=lambda futures, loop: list(futures)), client)
    if whole:
        found = dict(cluster(scaled, 10, range(5), lambda done: None))
        assert [found[i]["x"].tolist() for i in range(5)] == EXPECTED
        assert len(sent) == lost + 1
    else:
        with pytest.raises(MegathrustError, match="die again and again"):
            list(cluster(scaled, 10, range(5), lambda done: None))
