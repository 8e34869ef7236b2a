"""Search for a configuration on inner folds, and estimate what the search is worth on outer ones."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.evaluation import PERSISTENCE, Prediction, paired_difference
from megathrust.models import derived_seed
from megathrust.pipelines.experiment import (
    NETWORK,
    Block,
    Experiment,
    ensemble,
    fingerprint,
    make_experiment,
    make_roster,
    predict_rivals,
    score_predictions,
    train_blocks,
)
from megathrust.pipelines.search._config import SearchRunConfig
from megathrust.pipelines.search._output import SEARCH_FOLDER, draw_search, write_search
from megathrust.pipelines.search._result import ALL_ROWS, SearchResult
from megathrust.pipelines.search._trials import Measured, best_of, run_trials
from megathrust.pipelines.tasks import TASKS, Task, tasks_of
from megathrust.pipelines.work import ProgressBars, Work, open_engine, workplace
from megathrust.splits import Fold, InnerSplitter
from megathrust.table import FeatureTable
from megathrust.training import InnerProblem


def search(
    table: FeatureTable,
    config: SearchRunConfig,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> SearchResult:
    """Search for the networks of a run, estimate the search's worth, and write a folder.

    Parameters
    ----------
    table : FeatureTable
        Segments with features and a label; incomplete rows are left out.
    config : SearchRunConfig
        See `load_search_config`; it names one task.
    out : path_like
        The result folder; it appears only when everything is done. An interrupted search leaves a folder
        ``<out>.stages``, from which the same call goes on.
    overwrite : bool
        Whether an existing folder is replaced.
    progress : bool
        Whether to draw progress bars.
    workers : int, optional
        Tasks at a time on this machine; as many as there are cores by default.
    processes : bool
        Whether they run in processes instead of threads.
    scheduler : str, optional
        Address of a Dask scheduler whose workers do the work instead.

    Raises
    ------
    MegathrustError
        If the table or the configuration cannot be used, ``out`` cannot be written, or a worker dies.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.pipelines.search import load_search_config
    >>> from megathrust.testing import synthetic_table
    >>> small = {"budget": 2, "inner_blocks": 2, "inner_members": 1, "refit_members": 1, "refit_trials": 1}
    >>> small |= {"rungs": 1, "space": {"epochs": [2], "depth": [1], "width": [4]}}
    >>> config = load_search_config(search=small, bootstrap_replicates=20)
    >>> with TemporaryDirectory() as folder:
    ...     found = search(synthetic_table(), config, f"{folder}/found")
    >>> len(found.nested())
    6
    """
    with (
        workplace(out, SEARCH_FOLDER, overwrite=overwrite) as (folder, store),
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        experiment = make_experiment(table, config)
        work = Work(store, bars, engine, config.device).keyed(_fingerprint(experiment.table, config))
        result = compute_search(experiment, config, work)
        write_search(result, folder)
        draw_search(result, folder, progress=bars.stage("figures"))
    return result


def compute_search(experiment: Experiment, config: SearchRunConfig, work: Work) -> SearchResult:
    """Compute everything of a search."""
    task = _only_task(experiment, config)
    predictand = task.leading
    asked = predictand.compared if config.search.baselines is None else config.search.baselines
    names = list(dict.fromkeys((*asked, PERSISTENCE)))
    for name in names:
        predictand.rival(name)
    inner = inner_problem(experiment, task, config)
    measured = run_trials(inner, config, task, work)
    count = config.search.refit_trials
    chosen = [best_of(measured, scenario, count) for scenario in range(len(inner.folds))]
    predictions = {NETWORK: _refit(experiment, task, config, chosen, work)}
    predictions |= predict_rivals(experiment, predictand, names, work, title="fitting the rivals")
    scores = pd.concat(
        [score_predictions(experiment, predictand, name, predictions[name]) for name in predictions],
        ignore_index=True,
    )
    differences = {
        name: paired_difference(
            predictions[NETWORK],
            predictions[name],
            predictand.observed,
            experiment.weights,
            scores=predictand.scores,
            metric=predictand.metric,
        )
        for name in names
    }
    return SearchResult(config, experiment, task, measured, chosen, scores, differences)


def _only_task(experiment: Experiment, config: SearchRunConfig) -> Task:
    tasks = tasks_of(experiment.table, config)
    if len(tasks) > 1:
        raise InputError(
            "a search finds the networks of one task", given=", ".join(config.tasks), allowed=", ".join(TASKS)
        )
    return tasks[0]


def inner_problem(experiment: Experiment, task: Task, config: SearchRunConfig) -> InnerProblem:
    """Return what trials are scored on: inner folds of every outer fold, and of all rows together."""
    outer, features = experiment.splitter, experiment.rows.features
    splitter = InnerSplitter(
        exclusion_km=outer.exclusion_km,
        blocks=config.search.inner_blocks,
        whole_ruptures=outer.whole_ruptures,
    )
    nobody: IntArray = np.empty(0, dtype=np.int64)
    everything = Fold(ALL_ROWS, np.arange(len(features)), nobody)
    return InnerProblem(
        features=features,
        question=task,
        folds=tuple(
            tuple(splitter.split(experiment.table, fold)) for fold in (*experiment.folds, everything)
        ),
        members=config.search.inner_members,
        seed=config.seed,
        device=config.device,
    )


def _refit(
    experiment: Experiment,
    task: Task,
    config: SearchRunConfig,
    chosen: Sequence[Sequence[Measured]],
    work: Work,
) -> list[Prediction]:
    """Fit each outer fold's chosen trials on all its training rows and predict its test rows.

    The best trial is the best partly by luck: a mean over several of them leans less on it (Caruana et al.
    2004, doi:10.1145/1015330.1015432).
    """
    blocks, owners = [], []
    for number, fold in enumerate(experiment.folds):
        for place, each in enumerate(chosen[number]):
            # Networks are dealt out among the trials, the best first.
            count = len(range(place, config.search.refit_members, len(chosen[number])))
            if not count:
                continue
            own = TASKS[task.name](experiment.table, config.run_config(each.trial))
            seed = derived_seed(config.seed, "refit", fold.name, f"place {place}")
            blocks.append(Block(own, make_roster([fold], own.network, count, seed).members))
            owners.append(number)
    features = experiment.rows.features
    fits = train_blocks(features, blocks, work, name="refit", title="refitting the chosen")
    said: list[list[FloatArray]] = [[] for _ in experiment.folds]
    for number, fit in zip(owners, fits, strict=True):
        test = experiment.folds[number].test
        said[number].append(task.leading.said_by(fit.stack, features[test]))
    return ensemble(task.leading, experiment.folds, [np.concatenate(parts) for parts in said])


def _fingerprint(table: FeatureTable, config: SearchRunConfig) -> str:
    """Return a hash of all that an inner score depends on: how trials are come by and used is left out."""
    common = {"budget": 1, "sampler": "random", "rungs": 1, "reduction": 2.0, "round_size": 1}
    common |= {"refit_members": 1, "refit_trials": 1, "baselines": ()}
    settings = config.search.model_copy(update=common)
    return fingerprint(table, config.model_copy(update={"search": settings}))
