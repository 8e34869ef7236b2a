"""Networks trained anew in surrogate worlds: what autocorrelation and region alone would score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, ProgressCallback, short_repr
from megathrust.evaluation import MEAN_SCENARIO, SCORE_COLUMNS, Rows, p_value
from megathrust.models import derived_seed
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._roster import make_roster
from megathrust.pipelines.experiment._training import train
from megathrust.pipelines.tasks import Predictand, Task, scores_of_members
from megathrust.pipelines.work import Arrays, Work
from megathrust.splits import Fold, Splitter
from megathrust.worlds import NULLS, keeping_missing

#: Model name of single networks in score files; the nulls are distributions of single networks, too.
SINGLE = "FCN, one member"

# Surrogates trained at once; with five folds this is a stack of 25 networks.
_BLOCK = 5


@short_repr
@dataclass(frozen=True)
class Null:
    """Scores of single networks in surrogate worlds of one kind.

    Attributes
    ----------
    kind : str
        How the worlds were made.
    scores : ndarray, shape (surrogates, scenarios)
        By the metric of the predictand.
    """

    kind: str
    scores: FloatArray

    @property
    def name(self) -> str:
        """Model name in score files."""
        return f"null: {self.kind}"


@dataclass(frozen=True)
class _Setting:
    """What all surrogate worlds of a run share."""

    rows: Rows
    folds: tuple[Fold, ...]
    task: Task
    seed: int
    device: str


def null_scores(experiment: Experiment, task: Task, work: Work) -> list[dict[str, FloatArray]]:
    """Train one network per surrogate world and fold and score it there, for every kind of null.

    World i depends on the run's seed and on i only, not on how many worlds there are.

    Returns
    -------
    list of dict
        In the order of the configuration's nulls, by predictand: scores (surrogates, scenarios).
    """
    config = experiment.config
    count = config.nulls.surrogates
    setting = _Setting(experiment.rows, experiment.folds, task, config.seed, work.device)
    blocks = [range(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    results = []
    for kind in config.nulls.kinds if count else ():
        tasks = [(kind, block) for block in blocks]
        done = work.compute(
            f"null, {task.name}",
            _score_worlds,
            setting,
            tasks,
            keys=[[kind, block.start, block.stop] for block in blocks],
            title=f"{task.name}, null: {kind}",
        )
        names = [predictand.name for predictand in task.predictands]
        results.append({name: np.concatenate([arrays[name] for arrays in done]) for name in names})
    return results


def _score_worlds(setting: _Setting, task: tuple[str, range], advance: ProgressCallback) -> Arrays:
    (kind, numbers), rows, folds = task, setting.rows, setting.folds
    seeds = [derived_seed(setting.seed, "null", kind, f"world {number}") for number in numbers]
    worlds = [keeping_missing(NULLS[kind])(rows.features, rows.region, rows.s_km, seed) for seed in seeds]
    features = np.stack([world.features for world in worlds])
    labelled = np.stack([world.labelled for world in worlds])
    members = [
        replace(member, world=world)
        for world, seed in enumerate(seeds)
        for member in make_roster(folds, setting.task.network, 1, seed).members
    ]
    fit = train(features, labelled, setting.task, members, device=setting.device, progress=advance)
    scores = {each.name: np.empty((len(worlds), len(folds))) for each in setting.task.predictands}
    for number, fold in enumerate(folds):
        stack = fit.stack.select(range(number, len(members), len(folds)))
        for predictand in setting.task.predictands:
            said = predictand.said_by(stack, features[:, fold.test])
            scores[predictand.name][:, number] = scores_of_members(predictand, said, labelled[:, fold.test])
    return scores


def single_scores(predictand: Predictand, folds: Sequence[Fold], said: Sequence[FloatArray]) -> FloatArray:
    """Return the score of every single network, shape (members per fold, scenarios).

    ``said`` holds, per fold, what each of its networks says of the test rows.
    """
    return np.stack(
        [
            scores_of_members(predictand, own, np.broadcast_to(fold.test, (len(own), len(fold.test))))
            for fold, own in zip(folds, said, strict=True)
        ],
        axis=1,
    )


def p_against(null: Null, observed: float, *, lower_is_better: bool) -> float:
    """Return the p-value of the mean score of single networks, defined scenarios only, against a null."""
    sign = -1.0 if lower_is_better else 1.0
    return p_value(sign * observed, sign * np.nanmean(null.scores, axis=1))


def null_rows(
    nulls: Sequence[Null],
    singles: FloatArray,
    predictand: Predictand,
    folds: Sequence[Fold],
    splitter: Splitter,
) -> pd.DataFrame:
    """Return score rows of the single networks, of every null, and of the p-values between them.

    ``value`` is the mean over members for the single networks and the median for a null; ``low`` and
    ``high`` hold 95 % of them.
    """
    records = []
    name, score_class = predictand.metric
    sign = -1.0 if predictand.lower_is_better else 1.0

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
