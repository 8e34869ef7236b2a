"""Independent tasks in this process, in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol, TypeVar

from megathrust.core import InputError, MegathrustError, check_range

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_CONNECT_TIMEOUT = "10s"


class Workers(Protocol):
    """Runs ``function(shared, task)`` for every task and gives (position, result) as results come in."""

    def __call__(
        self, function: Callable[[S, T], R], shared: S, tasks: Sequence[T]
    ) -> Iterator[tuple[int, R]]:
        """Run independent tasks."""


@contextmanager
def open_workers(*, workers: int = 1, scheduler: str | None = None) -> Iterator[Workers]:
    """Open a place where independent tasks are worked through, and close it again.

    The function that is given to it stands at the top level of a module, so that other processes find it.

    Parameters
    ----------
    workers : int
        Processes on this machine; with 1 everything runs in this one. A script that asks for more keeps
        its own start behind ``if __name__ == "__main__"``.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``; its workers are then used.

    Raises
    ------
    InputError
        If the scheduler cannot be reached or has no workers, or dask is not installed.
    MegathrustError
        If a worker process dies.

    Examples
    --------
    >>> import operator
    >>> with open_workers() as workers:
    ...     list(workers(operator.mul, 3, [1, 2]))
    [(0, 3), (1, 6)]
    """
    check_range("the number of workers", workers, low=1)
    if scheduler is not None:
        with _on_cluster(scheduler) as cluster:
            yield cluster
    elif workers > 1:
        with _in_processes(workers) as processes:
            yield processes
    else:
        yield _here


def _here(function: Callable[[S, T], R], shared: S, tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
    for position, task in enumerate(tasks):
        yield position, function(shared, task)


@contextmanager
def _in_processes(workers: int) -> Iterator[Workers]:
    # Forking a process in which PyTorch has started threads can hang.
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare
    )

    def work(function: Callable[[S, T], R], shared: S, tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        positions = {pool.submit(function, shared, task): i for i, task in enumerate(tasks)}
        for done in concurrent.futures.as_completed(positions):
            yield positions[done], done.result()

    try:
        yield work
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


@contextmanager
def _on_cluster(address: str) -> Iterator[Workers]:
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

    def work(function: Callable[[S, T], R], shared: S, tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        everywhere = client.scatter(shared, broadcast=True)
        positions = {client.submit(function, everywhere, task, pure=False): i for i, task in enumerate(tasks)}
        for done in distributed.as_completed(positions, loop=client.loop):
            yield positions[done], done.result()

    with client:
        # An empty cluster would keep the tasks waiting without a word.
        if not client.scheduler_info()["workers"]:
            raise InputError("the scheduler has no workers", given=address, action="start some, then repeat")
        yield work
