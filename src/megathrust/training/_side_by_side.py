"""Independent stacks trained side by side, one thread of PyTorch each."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from megathrust.core import ProgressCallback

T = TypeVar("T")

#: A piece of work that reports its own progress.
Job = Callable[[ProgressCallback], T]


def side_by_side(
    jobs: Sequence[Job[T]], *, workers: int | None = None, progress: ProgressCallback | None = None
) -> list[T]:
    """Run independent jobs in threads and return their results in order.

    The matrices of a stack are small: two cores that each train half of the members are faster than two
    cores that share every operation, and the numbers do not depend on how many cores there are.

    Parameters
    ----------
    jobs : sequence of callable
        Each takes a progress callback and is run with one PyTorch thread.
    workers : int, optional
        Jobs at a time; as many as there are cores by default.
    progress : callable, optional
        Called with thousandths of jobs done and in all.

    Raises
    ------
    Exception
        Whatever the first failing job raised; jobs that wait are then dropped.
    """
    workers = workers or len(os.sched_getaffinity(0))
    shares = [0.0] * len(jobs)
    lock = threading.Lock()

    def run(number: int) -> T:
        def advance(done: int, total: int) -> None:
            with lock:
                shares[number] = done / total
                if progress is not None:
                    progress(round(1000 * sum(shares)), 1000 * len(jobs))

        # The setting belongs to the calling thread.
        torch.set_num_threads(1)
        result = jobs[number](advance)
        advance(1, 1)
        return result

    pool = ThreadPoolExecutor(max_workers=min(workers, max(1, len(jobs))))
    try:
        return list(pool.map(run, range(len(jobs))))
    finally:
        pool.shutdown(cancel_futures=True)
