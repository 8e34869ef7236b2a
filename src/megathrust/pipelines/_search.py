"""Search for a configuration on inner folds, and estimate what the search is worth on outer ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, IntArray, ProgressCallback, replacing_folder
from megathrust.evaluation import (
    MEAN_SCENARIO,
    PERSISTENCE,
    Prediction,
    baseline,
    paired_difference,
    rupture_weights,
    score_table,
)
from megathrust.models import derived_seed
from megathrust.pipelines._experiment import (
    Problem,
    make_splitter,
    members_of,
    network_architecture,
    predict_rivals,
    train_side_by_side,
)
from megathrust.pipelines._progress import ProgressBars
from megathrust.pipelines._record import fingerprint
from megathrust.pipelines._run import NETWORK, ensemble, make_problem
from megathrust.pipelines._search_config import SearchRunConfig
from megathrust.pipelines._search_output import draw_search, write_search
from megathrust.pipelines._search_trials import Measured, best_of, run_trials
from megathrust.pipelines._stages import StageStore
from megathrust.splits import Fold, InnerSplitter
from megathrust.table import FeatureTable
from megathrust.training import (
    InnerProblem,
    Workers,
    open_workers,
)

#: Name of the search on all rows, which decides the configuration that is handed on.
ALL_ROWS = "all"


@dataclass(frozen=True)
class SearchResult:
    """Everything a search computed, before it is written.

    Attributes
    ----------
    config : SearchRunConfig
    problem : Problem
    folds : list of Fold
        Outer folds.
    measured : list of Measured
    chosen : list of tuple of Measured
        The best trials of every outer fold by inner score, and of the search on all rows, the best first.
    scores : DataFrame
        Tidy outer scores of the refitted networks and of the rivals, with intervals.
    differences : dict of str to tuple of float
        Mean macro-F1 of the networks minus each rival's, with its 95 % interval over ruptures.
    """

    config: SearchRunConfig
    problem: Problem
    folds: list[Fold]
    measured: list[Measured]
    chosen: list[tuple[Measured, ...]]
    scores: pd.DataFrame
    differences: dict[str, tuple[float, float, float]]

    @property
    def scenarios(self) -> list[str]:
        """Names of the outer folds, then `ALL_ROWS`."""
        return [*(fold.name for fold in self.folds), ALL_ROWS]

    @property
    def rivals(self) -> list[str]:
        """Names of the rivals: those of the configuration, and persistence in any case."""
        return list(self.differences)

    def nested(self) -> pd.DataFrame:
        """Return the nested estimate: per outer fold the best trial, its inner score, and outer scores.

        The outer score of the networks is that of all chosen trials together.
        """
        part = self.scores[(self.scores["metric"] == "f1") & (self.scores["class"] == "macro")]
        outer = part.pivot(index="scenario", columns="model", values="value")
        chosen = [best[0] for best in self.chosen[: len(self.folds)]]
        inner = [each.score for each in chosen]
        names = [fold.name for fold in self.folds]
        frame = pd.DataFrame(
            {
                "scenario": [*names, MEAN_SCENARIO],
                "trial": pd.array([*(each.trial.number for each in chosen), None], dtype="Int64"),
                "inner_macro_f1": [*inner, float(np.mean(inner))],
            }
        )
        return frame.join(outer[[NETWORK, *self.rivals]].rename_axis(columns=None), on="scenario")

    def summary(self) -> list[str]:
        """Return what a reader should know first: nested scores beside the rivals'."""
        frame = self.nested().astype({"trial": "string"}).fillna({"trial": ""})
        text = frame.to_string(index=False, float_format="%.3f")
        lines = [
            f"{self.config.search.budget} trials, {len(self.measured)} trainings on "
            f"{self.config.search.inner_blocks} inner folds; macro-F1 of the nested estimate "
            f"(chosen on inner folds, scored once on the outer test segments):",
            *(f"  {line}" for line in text.splitlines()),
        ]
        for rival, (value, low, high) in self.differences.items():
            verb = "BEATS" if low > 0.0 else "DOES NOT BEAT"
            interval = f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
            lines.append(f"The {NETWORK} {verb} the rival '{rival}': difference in macro-F1 {interval}.")
        return lines


def search(
    table: FeatureTable,
    config: SearchRunConfig,
    out: str | os.PathLike[str],
    *,
    workers: int = 1,
    scheduler: str | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> SearchResult:
    """Search for the networks of a run, estimate the search's worth, and write a folder.

    Parameters
    ----------
    table : FeatureTable
        Segments with features and a label; incomplete rows are left out.
    config : SearchRunConfig
        See `load_search_config`.
    out : path_like
        The result folder; it appears only when everything is done. An interrupted search leaves a folder
        ``<out>.stages``, from which the same call goes on.
    workers : int
        Processes on this machine; see `open_workers`.
    scheduler : str, optional
        Address of a Dask scheduler that is used instead.
    overwrite : bool
        Whether an existing folder is replaced.
    progress : bool
        Whether to draw progress bars.

    Raises
    ------
    MegathrustError
        If the table or the configuration cannot be used, ``out`` cannot be written, or a worker dies.
    """
    target = Path(out)
    for name in config.search.baselines:
        baseline(name)

    with (
        replacing_folder(target, overwrite=overwrite) as folder,
        ProgressBars(visible=progress) as bars,
        open_workers(workers=workers, scheduler=scheduler) as workforce,
    ):
        problem = make_problem(table, config)
        store = StageStore(target.with_name(target.name + ".stages"), _fingerprint(problem.table, config))
        result = compute_search(problem, config, store, workforce, bars)
        write_search(result, folder)
        draw_search(result, folder, progress=bars.stage("figures"))
        store.clear()
    return result


def compute_search(
    problem: Problem, config: SearchRunConfig, store: StageStore, workers: Workers, bars: ProgressBars
) -> SearchResult:
    """Compute everything of a search."""
    splitter = make_splitter(config.protocol)
    folds = splitter.split(problem.table)
    inner = inner_problem(problem, config, folds)
    measured = run_trials(inner, config, store, workers, bars)
    count = config.search.refit_trials
    chosen = [best_of(measured, scenario, count) for scenario in range(len(inner.folds))]
    predictions = {NETWORK: _refit(problem, config, folds, chosen, store, bars.stage("refitting the chosen"))}
    names = list(dict.fromkeys((*config.search.baselines, PERSISTENCE)))
    predictions |= predict_rivals(
        problem, folds, names, config.seed, progress=bars.stage("fitting the rivals")
    )
    weights = rupture_weights(
        problem.ruptures, replicates=config.bootstrap_replicates, seed=derived_seed(config.seed, 3000)
    )
    scores = pd.concat(
        [
            score_table(name, splitter.protocol, splitter.exclusion_km, each, problem.classes, weights)
            for name, each in predictions.items()
        ],
        ignore_index=True,
    )
    differences = {
        name: paired_difference(predictions[NETWORK], predictions[name], problem.classes, weights)
        for name in names
    }
    return SearchResult(config, problem, folds, measured, chosen, scores, differences)


def inner_problem(problem: Problem, config: SearchRunConfig, folds: Sequence[Fold]) -> InnerProblem:
    """Return what trials are scored on: inner folds of every outer fold, and of all rows together."""
    protocol, network = config.protocol, config.network
    splitter = InnerSplitter(
        exclusion_km=make_splitter(protocol).exclusion_km,
        blocks=config.search.inner_blocks,
        whole_ruptures=protocol.kind == "rupture-grouped",
    )
    nobody: IntArray = np.empty(0, dtype=np.int64)
    everything = Fold(ALL_ROWS, np.arange(len(problem.classes)), nobody)
    return InnerProblem(
        features=problem.features,
        classes=problem.classes,
        folds=tuple(tuple(splitter.split(problem.table, fold)) for fold in (*folds, everything)),
        architecture=network_architecture(network, problem.features.shape[1], problem.task.heads),
        options=problem.task.options(network),
        members=config.search.inner_members,
        seed=config.seed,
        device=config.device,
    )


def _refit(
    problem: Problem,
    config: SearchRunConfig,
    folds: Sequence[Fold],
    chosen: Sequence[Sequence[Measured]],
    store: StageStore,
    progress: ProgressCallback,
) -> list[Prediction]:
    """Fit each outer fold's chosen trials on all its training rows and predict its test rows.

    The best trial is the best partly by luck: a mean over several of them leans less on it (Caruana et al.
    2004, doi:10.1145/1015330.1015432).
    """
    blocks, owners = [], []
    for number, fold in enumerate(folds):
        for place, each in enumerate(chosen[number]):
            # Networks are dealt out among the trials, the best first.
            count = len(range(place, config.search.refit_members, len(chosen[number])))
            if not count:
                continue
            network = config.run_config(each.trial).network
            seed = derived_seed(config.seed, 6000, number, place)
            blocks.append((members_of([fold], network, count, seed), network))
            owners.append(number)
    fits = train_side_by_side(
        problem.features,
        problem.task,
        blocks,
        store,
        name="refit",
        device=config.device,
        progress=progress,
    )
    probabilities: list[list[FloatArray]] = [[] for _ in folds]
    for number, fit in zip(owners, fits, strict=True):
        probabilities[number].append(fit.stack.probabilities(problem.features[folds[number].test]))
    return ensemble(folds, [np.concatenate(parts) for parts in probabilities])


def _fingerprint(table: FeatureTable, config: SearchRunConfig) -> str:
    """Return a hash of all that an inner score depends on: how trials are come by and used is left out."""
    common = {"budget": 1, "sampler": "random", "rungs": 1, "reduction": 2.0, "round_size": 1}
    common |= {"refit_members": 1, "refit_trials": 1, "baselines": ()}
    settings = config.search.model_copy(update=common)
    return fingerprint(table, config.model_copy(update={"search": settings}))
