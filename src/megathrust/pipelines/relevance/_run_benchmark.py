"""The benchmark of known truth, from a table to a folder."""

from __future__ import annotations

import os
from typing import Any

from megathrust.core import FolderKind
from megathrust.pipelines.relevance._benchmark import Benchmark, write_benchmark
from megathrust.pipelines.relevance._known_worlds import benchmark_table
from megathrust.pipelines.work import ProgressBars, Work, open_engine, passing_work, workplace
from megathrust.table import FeatureTable

_FOLDER = FolderKind(
    "benchmark", ("answer.txt", "methods.csv", "worlds.csv"), lambda folder: ("methods.png",)
)


def run_benchmark(
    table: FeatureTable,
    out: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
    **asked: Any,
) -> Benchmark:
    """Run `benchmark_table`, and write its folder where one is asked for.

    Parameters
    ----------
    table : FeatureTable
    out : path_like, optional
        Folder of ``worlds.csv``, ``methods.csv``, ``methods.png`` and ``answer.txt``; it appears only when
        everything is done. An interrupted benchmark leaves a folder ``<out>.stages``, from which the same
        call goes on.
    overwrite : bool
        Whether an existing folder is replaced.
    progress : bool
        Whether to draw progress bars.
    workers : int, optional
        Worlds at a time on this machine; as many as there are cores by default.
    processes : bool
        Whether they run in processes instead of threads.
    scheduler : str, optional
        Address of a Dask scheduler whose workers do the work instead.
    **asked
        As for `benchmark_table`.

    Raises
    ------
    InputError
        If the table cannot be used.
    OutputError
        If the folder exists already, or cannot be written.
    """
    if out is None:
        with passing_work(
            progress=progress, workers=workers, processes=processes, scheduler=scheduler
        ) as work:
            return benchmark_table(table, work=work, **asked)
    with (
        workplace(out, _FOLDER, overwrite=overwrite) as (folder, store),
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        found = benchmark_table(table, work=Work(store, bars, engine), **asked)
        write_benchmark(found, folder)
    return found
