"""Networks trained anew in surrogate worlds: what autocorrelation and region alone would score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, ProgressCallback, short_repr
from megathrust.evaluation import MEAN_SCENARIO, SCORE_COLUMNS, Prediction, p_value
from megathrust.models import derived_seed
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._roster import make_roster
from megathrust.pipelines.experiment._signs import signs_are_valid, signs_of
from megathrust.pipelines.experiment._training import train
from megathrust.pipelines.tasks import Predictand, Task, scores_of_members
from megathrust.pipelines.work import Arrays, Work
from megathrust.splits import Fold, Splitter
from megathrust.worlds import NULLS, World, driver_of, keeping_missing, planted_world, whole_features

#: Model name of single networks in score files; the nulls are distributions of single networks, too.
SINGLE = "FCN, one member"

#: Kind of the worlds that hold a signal: what a comparison with the nulls would have seen.
PLANTED = "planted signal"

#: Name beside those of predictands: p of the held-out signs in each world.
SIGNS = "signs"

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

    experiment: Experiment
    task: Task
    device: str


def null_scores(experiment: Experiment, task: Task, work: Work) -> dict[str, dict[str, FloatArray]]:
    """Train one network per surrogate world and fold and score it there, for every kind of null.

    World i depends on the run's seed and on i only, not on how many worlds there are. Each has folds of its
    own: where ruptures are kept whole, they are those of that world.

    Returns
    -------
    dict
        By kind of null, and `PLANTED` where worlds with a signal are asked for; then by predictand: scores
        (worlds, scenarios), and under `SIGNS` the p of the held-out signs of the first predictand (worlds,),
        NaN where the protocol does not allow for them.
    """
    settings = experiment.config.nulls
    # Worlds with a signal say what the nulls let be seen: without nulls they say nothing.
    planted = settings.planted if settings.kinds and settings.surrogates else 0
    counts = dict.fromkeys(settings.kinds, settings.surrogates) | {PLANTED: planted}
    return {
        kind: _scores_of_kind(experiment, task, kind, count, work) for kind, count in counts.items() if count
    }


def _scores_of_kind(
    experiment: Experiment, task: Task, kind: str, count: int, work: Work
) -> dict[str, FloatArray]:
    blocks = [range(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    done = work.compute(
        f"null, {task.name}",
        _score_worlds,
        _Setting(experiment, task, work.device),
        [(kind, block) for block in blocks],
        keys=[[kind, block.start, block.stop] for block in blocks],
        title=f"{task.name}, {'worlds with a' if kind == PLANTED else 'null:'} {kind}",
    )
    return {name: np.concatenate([arrays[name] for arrays in done]) for name in done[0]}


def make_world(experiment: Experiment, kind: str, seed: int) -> World:
    """Return a surrogate world of an experiment: of a null, or with a planted signal."""
    if kind != PLANTED:
        return keeping_missing(NULLS[kind])(experiment.trenches, seed)
    settings = experiment.config.nulls
    features = whole_features(experiment.trenches)
    feature = int(np.random.default_rng(seed).integers(features.shape[1]))
    driver = driver_of(features[:, [feature]], experiment.rows.region)
    return planted_world(
        experiment.trenches, settings.slope * driver, seed, threshold=experiment.config.thresholds[-1]
    )


def _score_worlds(setting: _Setting, task: tuple[str, range], advance: ProgressCallback) -> Arrays:
    (kind, numbers), experiment = task, setting.experiment
    seeds = [derived_seed(experiment.config.seed, "null", kind, f"world {number}") for number in numbers]
    worlds = [make_world(experiment, kind, seed) for seed in seeds]
    folds = [tuple(experiment.splitter.split(experiment.table, world.ruptures)) for world in worlds]
    features = np.stack([world.features for world in worlds])
    labelled = np.stack([world.labelled for world in worlds])
    members = [
        replace(member, world=number)
        for number, (own, seed) in enumerate(zip(folds, seeds, strict=True))
        for member in make_roster(own, setting.task.network, 1, seed).members
    ]
    stack = train(features, labelled, setting.task, members, device=setting.device, progress=advance).stack
    scenarios = len(experiment.folds)
    scores = {each.name: np.empty((len(worlds), scenarios)) for each in setting.task.predictands}
    signs = np.full(len(worlds), np.nan)
    leading = setting.task.predictands[0]
    for number, own in enumerate(folds):
        predictions = []
        for place, fold in enumerate(own):
            network = stack.select([number * scenarios + place])
            for predictand in setting.task.predictands:
                said = predictand.said_by(network, features[number, fold.test])
                rows = labelled[number, fold.test][None]
                scores[predictand.name][number, place] = scores_of_members(predictand, said, rows)[0]
                if predictand is leading:
                    predictions.append(Prediction(fold.name, fold.test, predictand.scored(said)[0]))
        if signs_are_valid(experiment):
            found = signs_of(experiment, predictions, experiment.highest[labelled[number]])
            signs[number] = np.nan if found is None else found.p
    return {**scores, SIGNS: signs}


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


def found_planted(null: Null, planted: Null, *, level: float, lower_is_better: bool) -> int:
    """Return in how many worlds with a planted signal a single network beats a null."""
    means = np.nanmean(planted.scores, axis=1)
    p = [p_against(null, float(mean), lower_is_better=lower_is_better) for mean in means]
    return int(np.sum(np.array(p) <= level))


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
