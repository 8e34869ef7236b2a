"""Networks trained anew in surrogate worlds: what autocorrelation and region alone would score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, IntArray, ProgressCallback
from megathrust.evaluation import (
    MEAN_SCENARIO,
    SCORE_COLUMNS,
    autoregressive_features,
    p_value,
    shifted_rows,
)
from megathrust.models import derived_seed
from megathrust.pipelines._config import RunConfig
from megathrust.pipelines._experiment import Problem, members_of, train
from megathrust.pipelines._stages import Arrays, StageStore
from megathrust.pipelines._tasks import Task
from megathrust.splits import Fold, Splitter
from megathrust.training import Job, side_by_side

#: Model name of single networks in score files; the nulls are distributions of single networks, too.
SINGLE = "FCN, one member"

# Surrogates trained at once; with five folds this is a stack of 25 networks.
_BLOCK = 5


@dataclass(frozen=True)
class Null:
    """Scores of single networks in surrogate worlds of one kind.

    Attributes
    ----------
    kind : str
        How the worlds were made.
    scores : ndarray, shape (surrogates, scenarios)
        By the metric of the task.
    """

    kind: str
    scores: FloatArray

    @property
    def name(self) -> str:
        """Model name in score files."""
        return f"null: {self.kind}"


def null_scores(
    problem: Problem,
    task: Task,
    folds: Sequence[Fold],
    config: RunConfig,
    kind: str,
    store: StageStore,
    *,
    progress: ProgressCallback | None = None,
) -> Null:
    """Train one network per surrogate world and fold and score it there.

    World i depends on the run's seed and on i only, not on how many worlds there are.
    """

    def job(worlds: range) -> Job[FloatArray]:
        def work(advance: ProgressCallback) -> FloatArray:
            what = [kind, worlds.start, worlds.stop, *task.metric]

            def compute() -> Arrays:
                return {"scores": _score_worlds(problem, task, folds, config, kind, worlds, advance)}

            return np.asarray(store.compute_or_recall("null", what, compute)["scores"])

        return work

    count = config.nulls.surrogates
    blocks = [range(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    workers = None if config.device == "cpu" else 1
    return Null(
        kind, np.concatenate(side_by_side([job(b) for b in blocks], workers=workers, progress=progress))
    )


def _score_worlds(
    problem: Problem,
    task: Task,
    folds: Sequence[Fold],
    config: RunConfig,
    kind: str,
    worlds: range,
    advance: ProgressCallback,
) -> FloatArray:
    rows = problem.rows
    seeds = [derived_seed(config.seed, 2000, world) for world in worlds]
    features: FloatArray = problem.features[None]
    labelled: IntArray = np.arange(len(problem.table))[None]
    if kind == "shifted labels":
        orders = [shifted_rows(rows.region, rows.s_km, surrogates=1, seed=seed) for seed in seeds]
        labelled = np.concatenate(orders)
    else:
        noise = (
            autoregressive_features(problem.features, rows.region, rows.s_km, surrogates=1, seed=seed)
            for seed in seeds
        )
        features = np.concatenate(list(noise))
    network = task.network(config.network)
    members = [
        replace(member, world=world)
        for world, seed in enumerate(seeds)
        for member in members_of(folds, network, 1, seed)
    ]
    fit = train(features, labelled, task, members, network, device=config.device, progress=advance)
    scores = np.empty((len(worlds), len(folds)))
    every_world = np.broadcast_to(features, (len(worlds), *features.shape[1:]))
    labels = np.broadcast_to(labelled, (len(worlds), labelled.shape[1]))
    for number, fold in enumerate(folds):
        stack = fit.stack.select(range(number, len(members), len(folds)))
        scores[:, number] = task.score(stack, every_world[:, fold.test], labels[:, fold.test])
    return scores


def single_scores(task: Task, folds: Sequence[Fold], members: Sequence[FloatArray]) -> FloatArray:
    """Return the score of every single network, shape (members per fold, scenarios).

    ``members`` holds, per fold, what each of its networks says of the test rows.
    """
    return np.stack(
        [
            task.score_of(own, np.broadcast_to(fold.test, (len(own), len(fold.test))))
            for fold, own in zip(folds, members, strict=True)
        ],
        axis=1,
    )


def p_against(null: Null, observed: float, task: Task) -> float:
    """Return the p-value of the mean score of single networks, defined scenarios only, against a null."""
    sign = -1.0 if task.lower_is_better else 1.0
    return p_value(sign * observed, sign * np.nanmean(null.scores, axis=1))


def null_rows(
    nulls: Sequence[Null], singles: FloatArray, task: Task, folds: Sequence[Fold], splitter: Splitter
) -> pd.DataFrame:
    """Return score rows of the single networks, of every null, and of the p-values between them.

    ``value`` is the mean over members for the single networks and the median for a null; ``low`` and
    ``high`` hold 95 % of them.
    """
    records = []
    name, score_class = task.metric
    sign = -1.0 if task.lower_is_better else 1.0

    def add(model: str, scenario: str, metric: str, value: float, low: float, high: float) -> None:
        place = model, splitter.protocol, splitter.exclusion_km, scenario
        records.append((*place, metric, score_class, value, low, high))

    def with_mean(scores: FloatArray) -> FloatArray:
        return np.column_stack([scores, np.nanmean(scores, axis=1)])

    ours = with_mean(singles)
    by_null = [(null, with_mean(null.scores)) for null in nulls]
    for column, scenario in enumerate([*(fold.name for fold in folds), MEAN_SCENARIO]):
        observed = float(ours[:, column].mean())
        if np.isnan(observed):
            # Nothing was observed there that could be scored.
            continue
        low, high = np.quantile(ours[:, column], [0.025, 0.975])
        add(SINGLE, scenario, name, observed, float(low), float(high))
        for null, scores in by_null:
            theirs = scores[np.isfinite(scores[:, column]), column]
            low, middle, high = np.quantile(theirs, [0.025, 0.5, 0.975])
            add(null.name, scenario, name, float(middle), float(low), float(high))
            p = p_value(sign * observed, sign * theirs)
            add(SINGLE, scenario, f"p-value against {null.kind}", p, np.nan, np.nan)
    return pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))
