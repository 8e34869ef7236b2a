"""The magnitude stage of a run: networks and rivals that predict the largest observed Mw itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, ProgressCallback, Verdict
from megathrust.evaluation import (
    MAGNITUDE_BASELINES,
    MEAN_SCENARIO,
    PERSISTENCE,
    SCORE_COLUMNS,
    MagnitudePrediction,
    magnitude_baseline,
    magnitude_score_table,
    paired_error_difference,
    quantile_scores,
)
from megathrust.models import FCNStack, Heads, derived_seed
from megathrust.pipelines._config import RunConfig
from megathrust.pipelines._experiment import Problem, members_of, train_in_blocks
from megathrust.pipelines._magnitude_ranges import MagnitudeRanges, find_ranges, outermost
from megathrust.pipelines._nulls import Null, null_rows, null_scores, p_against, single_scores
from megathrust.pipelines._predict import quantile_column
from megathrust.pipelines._progress import ProgressBars
from megathrust.pipelines._stages import StageStore
from megathrust.pipelines._tasks import MagnitudeTask
from megathrust.splits import Fold, Splitter
from megathrust.table import NO_EVENT_MAGNITUDE
from megathrust.training import Job, side_by_side

# Keep the seeds of this stage's networks and rivals apart from those of the classes.
_NETWORKS, _RIVALS = 7000, 8000


@dataclass(frozen=True)
class MagnitudeResult:
    """What the networks and their rivals said of the magnitude, and how it scores.

    Attributes
    ----------
    task : MagnitudeTask
    stack : FCNStack
        The networks, fold by fold.
    seeds : list of int
        One for each of them.
    predictions : dict of str to list of MagnitudePrediction
        By model.
    spread : list of ndarray
        Per fold, standard deviation over its networks, (test rows,).
    quantiles : list of ndarray, optional
        Per fold, mean over its networks of the predicted quantiles, (test rows, levels).
    scores : DataFrame
        Tidy scores of networks, rivals and nulls.
    nulls : list of Null
    verdict : Verdict
        By mean absolute error.
    ranges : MagnitudeRanges
        Calibrated on the held-out predictions.
    """

    task: MagnitudeTask
    stack: FCNStack
    seeds: list[int]
    predictions: dict[str, list[MagnitudePrediction]]
    spread: list[FloatArray]
    quantiles: list[FloatArray] | None
    scores: pd.DataFrame
    nulls: list[Null]
    verdict: Verdict
    ranges: MagnitudeRanges

    def errors(self) -> pd.DataFrame:
        """Return the score rows of the mean absolute error over scenarios, lowest first."""
        chosen = (self.scores["metric"] == "mae") & (self.scores["scenario"] == MEAN_SCENARIO)
        return self.scores[chosen].sort_values("value")

    def summary(self) -> list[str]:
        """Return the mean absolute error of every model, lowest first, and the verdict."""
        lines = [
            "Mean absolute error of the magnitude (units of Mw; segments with an event), with 95 % interval:"
        ]
        lines += [
            f"  {row.model:<30} {row.value:.3f}  [{row.low:.3f}, {row.high:.3f}]"
            for row in self.errors().itertuples()
        ]
        return [*lines, *self.verdict.sentences, self.ranges.sentence()]

    def frame(self, problem: Problem) -> pd.DataFrame:
        """Return one row per model, scenario and held-out segment."""
        keys = problem.table.frame[["region", "segment", "s_km", "lon", "lat"]]
        parts = []
        for name, predictions in self.predictions.items():
            for number, each in enumerate(predictions):
                part = keys.iloc[each.rows].reset_index(drop=True)
                part.insert(0, "scenario", each.scenario)
                part.insert(0, "model", name)
                part["observed_magnitude"] = self.task.magnitudes[each.rows]
                part["magnitude"] = each.magnitudes
                if name == self.verdict.model:
                    part["magnitude_spread"] = self.spread[number]
                    if self.quantiles is not None:
                        levels = self.task.heads.quantiles
                        part[[quantile_column(level) for level in levels]] = self.quantiles[number]
                parts.append(part)
        return pd.concat(parts, ignore_index=True)


def magnitude_heads(config: RunConfig) -> Heads | None:
    """Return the head that learns the magnitude, none where none is asked for.

    Raises
    ------
    InputError
        If the levels of the quantiles do not fit.
    """
    asked = config.magnitude
    if asked.loss == "none":
        return None
    return Heads(magnitude=asked.loss, quantiles=asked.quantiles, uniform=asked.uniform)


def magnitude_task(problem: Problem, heads: Heads, huber_delta: float) -> MagnitudeTask:
    """Return the magnitudes of a table, NaN where there was no event, and the head that learns them."""
    known = problem.table.magnitudes()
    return MagnitudeTask(np.where(known > NO_EVENT_MAGNITUDE, known, np.nan), heads, huber_delta)


def compute_magnitudes(
    problem: Problem,
    folds: Sequence[Fold],
    splitter: Splitter,
    config: RunConfig,
    model: str,
    weights: FloatArray,
    store: StageStore,
    bars: ProgressBars,
) -> MagnitudeResult | None:
    """Train networks on the magnitude, if asked to, and score them beside their rivals and nulls.

    Parameters
    ----------
    problem : Problem
    folds : sequence of Fold
    splitter : Splitter
        That made the folds.
    config : RunConfig
        Without a loss of the magnitude nothing is computed.
    model : str
        Name of the networks in score files.
    weights : ndarray, shape (replicates, rows)
        From `rupture_weights`.
    store : StageStore
    bars : ProgressBars
    """
    heads = magnitude_heads(config)
    if heads is None:
        return None
    task = magnitude_task(problem, heads, config.magnitude.huber_delta)
    stack, seeds = _trained(problem, task, folds, config, store, bars)
    count = config.magnitude.members
    stacks = [stack.select(range(i * count, (i + 1) * count)) for i in range(len(folds))]
    own = [stack.magnitudes(problem.features[fold.test]) for stack, fold in zip(stacks, folds, strict=True)]
    ours = [
        MagnitudePrediction(fold.name, fold.test, each.mean(0)) for fold, each in zip(folds, own, strict=True)
    ]
    names = list(dict.fromkeys((*config.magnitude.baselines, PERSISTENCE)))
    rivals = _rivals(problem, task, folds, names, config.seed, bars.stage("magnitude: fitting the rivals"))
    predictions = {model: ours, **rivals}
    nulls = [
        null_scores(
            problem, task, folds, config, kind, store, progress=bars.stage(f"magnitude, null: {kind}")
        )
        for kind in (config.nulls.kinds if config.nulls.surrogates else ())
    ]
    singles = single_scores(task, folds, own)
    place = splitter.protocol, splitter.exclusion_km
    tables = [
        magnitude_score_table(name, *place, each, task.magnitudes, weights)
        for name, each in predictions.items()
    ]
    quantiles, ends = None, [outermost(each, None) for each in own]
    if task.heads.magnitude == "quantile":
        by_member = _quantiles(stacks, problem, folds)
        ends = [outermost(*each) for each in zip(own, by_member, strict=True)]
        quantiles = [each.mean(0) for each in by_member]
        tables.append(_quantile_rows(model, splitter, folds, quantiles, task))
    verdict = Verdict(
        model,
        PERSISTENCE,
        *paired_error_difference(ours, predictions[PERSISTENCE], task.magnitudes, weights),
        {null.kind: p_against(null, float(np.nanmean(singles)), task) for null in nulls},
        metric="mean absolute error of the magnitude",
        lower_is_better=True,
    )
    scores = pd.concat([*tables, null_rows(nulls, singles, task, folds, splitter)], ignore_index=True)
    spread = [each.std(0) for each in own]
    ranges = find_ranges(problem, folds, task.magnitudes, ends, config.class_sets)
    return MagnitudeResult(task, stack, seeds, predictions, spread, quantiles, scores, nulls, verdict, ranges)


def _trained(
    problem: Problem,
    task: MagnitudeTask,
    folds: Sequence[Fold],
    config: RunConfig,
    store: StageStore,
    bars: ProgressBars,
) -> tuple[FCNStack, list[int]]:
    """Return the trained networks fold by fold, and their seeds."""
    network = task.network(config.network)
    members = members_of(folds, network, config.magnitude.members, derived_seed(config.seed, _NETWORKS))
    stack = train_in_blocks(
        problem.features,
        task,
        members,
        network,
        store,
        name="magnitudes",
        device=config.device,
        progress=bars.stage(f"magnitude: training {len(members)} networks"),
    ).stack
    return stack, [member.seed for member in members]


def _rivals(
    problem: Problem,
    task: MagnitudeTask,
    folds: Sequence[Fold],
    names: Sequence[str],
    seed: int,
    progress: ProgressCallback,
) -> dict[str, list[MagnitudePrediction]]:
    rows, magnitudes = problem.rows, task.magnitudes

    def job(name: str, number: int) -> Job[MagnitudePrediction]:
        fold, rival = folds[number], magnitude_baseline(name)
        own_seed = derived_seed(seed, _RIVALS + list(MAGNITUDE_BASELINES).index(name), number)

        def work(advance: ProgressCallback) -> MagnitudePrediction:
            predicted = rival(rows.take(fold.train), magnitudes[fold.train], rows.take(fold.test), own_seed)
            return MagnitudePrediction(fold.name, fold.test, predicted)

        return work

    jobs = [job(name, number) for name in names for number in range(len(folds))]
    found = iter(side_by_side(jobs, progress=progress))
    return {name: [next(found) for _ in folds] for name in names}


def _quantiles(stacks: Sequence[FCNStack], problem: Problem, folds: Sequence[Fold]) -> list[FloatArray]:
    return [stack.quantiles(problem.features[fold.test]) for stack, fold in zip(stacks, folds, strict=True)]


def _quantile_rows(
    model: str,
    splitter: Splitter,
    folds: Sequence[Fold],
    quantiles: Sequence[FloatArray],
    task: MagnitudeTask,
) -> pd.DataFrame:
    """Return coverage, width and loss of the quantiles in every scenario, without intervals."""
    records = [
        (model, splitter.protocol, splitter.exclusion_km, fold.name, *key, float(values[0]), np.nan, np.nan)
        for fold, own in zip(folds, quantiles, strict=True)
        for key, values in quantile_scores(task.magnitudes[fold.test], own, task.heads.quantiles).items()
    ]
    return pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))
