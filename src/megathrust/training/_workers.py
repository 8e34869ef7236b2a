"""Independent tasks in this process, in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from typing import Any, TypeVar

from megathrust.core import InputError, MegathrustError, check_range

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_CONNECT_TIMEOUT = "10s"


def work_through(
    function: Callable[[S, T], R],
    shared: S,
    tasks: Sequence[T],
    *,
    workers: int = 1,
    scheduler: str | None = None,
) -> Iterator[tuple[int, R]]:
    """Run ``function(shared, task)`` for every task and give (position, result) as results come in.

    Parameters
    ----------
    function : callable
        At the top level of a module, so that other processes find it.
    shared : object
        What every task needs.
    tasks : sequence
        Independent of each other.
    workers : int
        Processes on this machine; with 1 everything runs in this one. A script that asks for more keeps
        its own start behind ``if __name__ == "__main__"``.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``; its workers are then used.

    Raises
    ------
    InputError
        If the scheduler cannot be reached or dask is not installed.
    MegathrustError
        If a worker process died.
    """
    check_range("the number of workers", workers, low=1)
    if scheduler is not None:
        yield from _on_cluster(function, shared, tasks, scheduler)
    elif workers == 1 or len(tasks) < 2:
        for position, task in enumerate(tasks):
            yield position, function(shared, task)
    else:
        yield from _in_processes(function, shared, tasks, min(workers, len(tasks)))


def _in_processes(
    function: Callable[[S, T], R], shared: S, tasks: Sequence[T], workers: int
) -> Iterator[tuple[int, R]]:
    # Forking a process in which PyTorch has started threads can hang.
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare
    )
    try:
        positions = {pool.submit(function, shared, task): i for i, task in enumerate(tasks)}
        for done in concurrent.futures.as_completed(positions):
            yield positions[done], done.result()
    except BrokenProcessPool as error:
        raise MegathrustError(
            "a worker process died",
            given=f"{workers} workers",
            action="repeat the command with fewer workers if memory is short: finished work is kept",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    # An interrupt from the keyboard reaches every process of the group; the parent deals with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """End this worker when its parent is killed: it would else wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _on_cluster(
    function: Callable[[S, T], R], shared: S, tasks: Sequence[T], address: str
) -> Iterator[tuple[int, R]]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise InputError(
            "a cluster needs dask, which is not installed", action="pip install 'megathrust[distributed]'"
        ) from error
    try:
        client = distributed.Client(address, timeout=_CONNECT_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            "the scheduler cannot be reached",
            given=address,
            allowed="the address that dask prints at its start, such as tcp://10.0.0.1:8786",
        ) from error
    with client:
        # An empty cluster would keep the tasks waiting without a word.
        if not client.scheduler_info()["workers"]:
            raise InputError("the scheduler has no workers", given=address, action="start some, then repeat")
        everywhere = client.scatter(shared, broadcast=True)
        positions = {client.submit(function, everywhere, task, pure=False): i for i, task in enumerate(tasks)}
        for done in distributed.as_completed(positions):
            yield positions[done], done.result()
