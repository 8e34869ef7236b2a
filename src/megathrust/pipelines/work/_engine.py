"""Where independent tasks are worked through: threads or processes of this machine, or a Dask cluster."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar

from megathrust.core import InputError, MegathrustError, ProgressCallback, check_range

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_CONNECT_TIMEOUT = "10s"

# How often tasks are sent out that were lost with a worker of a cluster.
_ROUNDS = 5
# Seconds after which a scheduler has noticed that a worker is gone.
_NOTICED = 1.0


class Engine(Protocol):
    """Runs ``function(shared, task, advance)`` for every task; gives (position, result) as results come in.

    ``function`` stands at the top level of a module, so that other processes find it; its result depends on
    its arguments only, never on the engine. ``moved`` is called with how many tasks are done, in fractions
    where the engine hears of a task's own progress.

    Attributes
    ----------
    isolated : bool
        Whether tasks run in other processes, so that they need not share Python's lock.
    """

    isolated: bool

    def __call__(
        self,
        function: Callable[[S, T, ProgressCallback], R],
        shared: S,
        tasks: Sequence[T],
        moved: Callable[[float], None],
    ) -> Iterator[tuple[int, R]]:
        """Run independent tasks."""


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def open_engine(
    *, workers: int | None = None, processes: bool = False, scheduler: str | None = None
) -> Iterator[Engine]:
    """Open a place where independent tasks are worked through, and close it again.

    Parameters
    ----------
    workers : int, optional
        Tasks at a time on this machine; as many as there are cores by default.
    processes : bool
        Whether they run in processes of their own instead of threads. A script that asks for this keeps its
        own start behind ``if __name__ == "__main__"``.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``; its workers are then used.

    Raises
    ------
    InputError
        If the scheduler cannot be reached or has no workers, or dask is not installed.
    MegathrustError
        If a worker process dies.
    """
    at_once = available_cores() if workers is None else workers
    check_range("the number of workers", at_once, low=1)
    if scheduler is not None:
        with _on_cluster(scheduler) as cluster:
            yield cluster
    elif processes:
        with _in_processes(at_once) as pool:
            yield pool
    elif at_once > 1:
        yield _Threads(at_once)
    else:
        yield IN_TURN


class _InTurn:
    """An engine of one thread, the calling one."""

    isolated = False

    def __call__(
        self,
        function: Callable[[S, T, ProgressCallback], R],
        shared: S,
        tasks: Sequence[T],
        moved: Callable[[float], None],
    ) -> Iterator[tuple[int, R]]:
        for position, task in enumerate(tasks):
            yield position, function(shared, task, _share_of(moved, position))
            moved(position + 1.0)


#: One task after another, in the calling thread.
IN_TURN: Engine = _InTurn()


def _share_of(moved: Callable[[float], None], before: int) -> ProgressCallback:
    return lambda done, total: moved(before + done / total)


class _Threads:
    """An engine of threads, which hear of each other's progress."""

    isolated = False

    def __init__(self, count: int) -> None:
        self._count = count

    def __call__(
        self,
        function: Callable[[S, T, ProgressCallback], R],
        shared: S,
        tasks: Sequence[T],
        moved: Callable[[float], None],
    ) -> Iterator[tuple[int, R]]:
        shares = [0.0] * len(tasks)
        lock = threading.Lock()

        def work(position: int) -> R:
            def advance(done: int, total: int) -> None:
                with lock:
                    shares[position] = done / total
                    moved(sum(shares))

            result = function(shared, tasks[position], advance)
            advance(1, 1)
            return result

        pool = concurrent.futures.ThreadPoolExecutor(self._count)
        try:
            places = {pool.submit(work, position): position for position in range(len(tasks))}
            for done in concurrent.futures.as_completed(places):
                yield places[done], done.result()
        finally:
            # What already runs is waited for: a thread cannot be stopped half-way.
            pool.shutdown(cancel_futures=True)


@contextmanager
def _in_processes(workers: int) -> Iterator[Engine]:
    # Forking a process in which PyTorch has started threads can hang.
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare
    )
    with tempfile.TemporaryDirectory(prefix="megathrust-") as folder:
        try:
            yield _Processes(pool, Path(folder))
        except BrokenProcessPool as error:
            raise MegathrustError(
                "a worker process died",
                given=f"{workers} workers",
                action="repeat the command with fewer workers if memory is short: finished work is kept",
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


class _Processes:
    """An engine of processes of this machine."""

    isolated = True

    def __init__(self, pool: concurrent.futures.ProcessPoolExecutor, folder: Path) -> None:
        self._pool, self._folder, self._calls = pool, folder, count()

    def __call__(
        self,
        function: Callable[[S, T, ProgressCallback], R],
        shared: S,
        tasks: Sequence[T],
        moved: Callable[[float], None],
    ) -> Iterator[tuple[int, R]]:
        # What all tasks share is written once and read once by each process.
        path = self._folder / f"{next(self._calls)}.shared"
        path.write_bytes(pickle.dumps(shared))
        places = {
            self._pool.submit(_with_shared, function, str(path), task): i for i, task in enumerate(tasks)
        }
        for done, future in enumerate(concurrent.futures.as_completed(places), start=1):
            yield places[future], future.result()
            moved(float(done))
        path.unlink()


def _with_shared(function: Callable[[Any, Any, ProgressCallback], Any], path: str, task: Any) -> Any:
    return function(_read_shared(path), task, _unheard)


@lru_cache(maxsize=1)
def _read_shared(path: str) -> Any:
    # The file was written by the parent of this process, in a folder that only its user can read.
    return pickle.loads(Path(path).read_bytes())  # nosec B301


def _unheard(done: int, total: int) -> None:
    """Drop the progress of a task that is done elsewhere."""


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
def _on_cluster(address: str) -> Iterator[Engine]:
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
        yield _Cluster(distributed, client)


class _Cluster:
    """An engine of the workers of a Dask scheduler."""

    isolated = True

    def __init__(self, distributed: Any, client: Any) -> None:
        self._distributed, self._client = distributed, client

    def __call__(
        self,
        function: Callable[[S, T, ProgressCallback], R],
        shared: S,
        tasks: Sequence[T],
        moved: Callable[[float], None],
    ) -> Iterator[tuple[int, R]]:
        client, left = self._client, dict(enumerate(tasks))
        for _ in range(_ROUNDS):
            # By its content, the same data of an earlier call could be let go of while this one needs it.
            try:
                everywhere = client.scatter(shared, broadcast=True, hash=False)
            except (OSError, TimeoutError):
                # A worker died on the way to it: the scheduler needs a moment to notice.
                time.sleep(_NOTICED)
                continue
            places = {
                client.submit(function, everywhere, task, _unheard, pure=False): i for i, task in left.items()
            }
            for future in self._distributed.as_completed(places, loop=client.loop):
                try:
                    result = future.result()
                except concurrent.futures.CancelledError:
                    # What the tasks share died with its last worker: they are sent out again.
                    continue
                del left[places[future]]
                yield places[future], result
                moved(float(len(tasks) - len(left)))
            if not left:
                return
        raise MegathrustError(
            "the workers of the cluster die again and again",
            given=f"{len(left)} of {len(tasks)} tasks are left",
            action="give them more memory and repeat the command: finished work is kept",
        )
