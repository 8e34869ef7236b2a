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
    classification_scores,
    p_value,
    shifted_rows,
)
from megathrust.models import derived_seed
from megathrust.pipelines._config import RunConfig
from megathrust.pipelines._experiment import Problem, members_of, train
from megathrust.pipelines._stages import StageStore
from megathrust.splits import Fold, Splitter
from megathrust.training import Job, side_by_side

#: Model name of single networks in score files; the nulls are distributions of single networks, too.
SINGLE = "FCN, one member"

# Surrogates trained at once; with five folds this is a stack of 25 networks.
_BLOCK = 5


@dataclass(frozen=True)
class Null:
    """Macro-F1 of single networks in surrogate worlds of one kind.

    Attributes
    ----------
    kind : str
        How the worlds were made.
    scores : ndarray, shape (surrogates, scenarios)
    """

    kind: str
    scores: FloatArray

    @property
    def name(self) -> str:
        """Model name in score files."""
        return f"null: {self.kind}"


def null_scores(
    problem: Problem,
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
            what = [kind, worlds.start, worlds.stop]
            arrays = store.compute_or_recall(
                "null", what, lambda: {"scores": _score_worlds(problem, folds, config, kind, worlds, advance)}
            )
            return np.asarray(arrays["scores"])

        return work

    count = config.nulls.surrogates
    blocks = [range(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    workers = None if config.device == "cpu" else 1
    return Null(
        kind, np.concatenate(side_by_side([job(b) for b in blocks], workers=workers, progress=progress))
    )


def _score_worlds(
    problem: Problem,
    folds: Sequence[Fold],
    config: RunConfig,
    kind: str,
    worlds: range,
    advance: ProgressCallback,
) -> FloatArray:
    rows = problem.rows
    seeds = [derived_seed(config.seed, 2000, world) for world in worlds]
    features: FloatArray = problem.features[None]
    classes: IntArray = problem.classes[None]
    if kind == "shifted labels":
        orders = [shifted_rows(rows.region, rows.s_km, surrogates=1, seed=seed) for seed in seeds]
        classes = problem.classes[np.concatenate(orders)]
    else:
        noise = (
            autoregressive_features(problem.features, rows.region, rows.s_km, surrogates=1, seed=seed)
            for seed in seeds
        )
        features = np.concatenate(list(noise))
    members = [
        replace(member, world=world)
        for world, seed in enumerate(seeds)
        for member in members_of(folds, config.network, 1, seed)
    ]
    fit = train(
        features, classes, members, config.network, problem.n_classes, device=config.device, progress=advance
    )
    scores = np.empty((len(worlds), len(folds)))
    every_world = np.broadcast_to(features, (len(worlds), *features.shape[1:]))
    for number, fold in enumerate(folds):
        stack = fit.stack.select(range(number, len(members), len(folds)))
        probabilities = stack.probabilities(every_world[:, fold.test])
        for world in range(len(worlds)):
            observed = classes[min(world, len(classes) - 1)][fold.test]
            scores[world, number] = _macro_f1(observed, probabilities[world])
    return scores


def single_scores(problem: Problem, folds: Sequence[Fold], members: Sequence[FloatArray]) -> FloatArray:
    """Return macro-F1 of every single network, shape (members per fold, scenarios)."""
    return np.array(
        [
            [_macro_f1(problem.classes[fold.test], one) for one in probabilities]
            for fold, probabilities in zip(folds, members, strict=True)
        ]
    ).T


def _macro_f1(classes: IntArray, probabilities: FloatArray) -> float:
    return float(classification_scores(classes, probabilities)["f1", "macro"][0])


def null_rows(
    nulls: Sequence[Null], singles: FloatArray, folds: Sequence[Fold], splitter: Splitter
) -> pd.DataFrame:
    """Return score rows of the single networks, of every null, and of the p-values between them.

    ``value`` is the mean over members for the single networks and the median for a null; ``low`` and
    ``high`` hold 95 % of them.
    """
    records = []

    def add(model: str, scenario: str, metric: str, value: float, low: float, high: float) -> None:
        records.append(
            (model, splitter.protocol, splitter.exclusion_km, scenario, metric, "macro", value, low, high)
        )

    names = [*(fold.name for fold in folds), MEAN_SCENARIO]
    ours = np.column_stack([singles, singles.mean(1)])
    for column, scenario in enumerate(names):
        low, high = np.quantile(ours[:, column], [0.025, 0.975])
        add(SINGLE, scenario, "f1", float(ours[:, column].mean()), float(low), float(high))
        for null in nulls:
            theirs = np.column_stack([null.scores, null.scores.mean(1)])[:, column]
            low, middle, high = np.quantile(theirs, [0.025, 0.5, 0.975])
            add(null.name, scenario, "f1", float(middle), float(low), float(high))
            p = p_value(float(ours[:, column].mean()), theirs)
            add(SINGLE, scenario, f"p-value against {null.kind}", p, np.nan, np.nan)
    return pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))
