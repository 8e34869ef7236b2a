"""The whole method on one table, or one stage of it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from megathrust.core import InputError
from megathrust.pipelines.run._figures import check_figures
from megathrust.pipelines.run._folder import Run, start_run, write_config
from megathrust.pipelines.run._graph import STAGES, settings_from
from megathrust.pipelines.run._stage import RUN_FOLDER, bring_up_to_date
from megathrust.pipelines.settings import RunConfig, changed
from megathrust.pipelines.work import ProgressBars, Work, open_engine, workplace
from megathrust.sources import user_data_dir
from megathrust.table import FeatureTable


def run(
    table: FeatureTable,
    config: RunConfig,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> Run:
    """Run the whole method on a table and write the run folder.

    Parameters
    ----------
    table : FeatureTable
        Segments with features and a label; incomplete rows are left out and recorded.
    config : RunConfig
        See `load_config`.
    out : path_like
        The run folder; it appears only when everything is done. An interrupted run leaves a folder
        ``<out>.stages``, from which the same call goes on.
    overwrite : bool
        Whether an existing run folder is replaced.
    progress : bool
        Whether to draw progress bars.
    workers : int, optional
        Tasks at a time on this machine; as many as there are cores by default.
    processes : bool
        Whether they run in processes instead of threads.
    scheduler : str, optional
        Address of a Dask scheduler whose workers do the work instead.

    Returns
    -------
    Run
        The folder, opened.

    Raises
    ------
    MegathrustError
        If the table or the configuration cannot be used, or ``out`` cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.pipelines.settings import load_config
    >>> from megathrust.testing import synthetic_table, tiny_settings
    >>> config = load_config(**tiny_settings())
    >>> with TemporaryDirectory() as folder:
    ...     run(synthetic_table(), config, f"{folder}/first").summary()[0][:42]
    '130 of 130 segments complete, 6 features, '
    """
    # Maps read a data folder: one that is not there is refused now, not when the figures are drawn.
    user_data_dir()
    check_figures(config)
    with (
        workplace(out, RUN_FOLDER, overwrite=overwrite) as (folder, store),
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        begun = start_run(folder, config, table)
        begun.check()
        bring_up_to_date(begun, STAGES, Work(store, bars, engine, config.device))
    return Run(out)


def again(
    folder: str | os.PathLike[str],
    stage: str,
    *,
    changes: Mapping[str, Any] | None = None,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> Run:
    """Do one stage of a finished run again, and whatever depends on it.

    Parameters
    ----------
    folder : path_like
        Of a finished run; it is replaced as a whole, or not at all.
    stage : str
        ``"answers"``, ``"relevance"``, ``"figures"`` or ``"report"``.
    changes : mapping, optional
        Entries of the configuration that this stage or a later one brings in.
    progress, workers, processes, scheduler
        As for `run`.

    Raises
    ------
    InputError
        If the folder is no run, or a setting belongs to an earlier stage.
    """
    finished = Run(folder)
    config = changed(finished.config, changes or {})
    check_figures(config)
    allowed = settings_from(stage)
    early = [
        name
        for name in type(config).model_fields
        if name not in allowed and getattr(config, name) != getattr(finished.config, name)
    ]
    if early:
        raise InputError(
            f"a setting belongs to an earlier stage than {stage}",
            given=", ".join(early),
            allowed=", ".join(allowed) or "none for this stage",
            action="make another run with it",
        )
    with (
        workplace(folder, RUN_FOLDER, overwrite=True, start_from=finished.folder) as (place, store),
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        write_config(place, config)
        bring_up_to_date(Run(place), STAGES, Work(store, bars, engine, config.device), again=stage)
    return Run(folder)


def open_run(folder: str | os.PathLike[str]) -> Run:
    """Return a finished run.

    Raises
    ------
    InputError
        If the folder is no run.

    Examples
    --------
    >>> run = open_run("out/first")  # doctest: +SKIP
    >>> for line in run.summary():  # doctest: +SKIP
    ...     print(line)
    """
    return Run(Path(folder))
