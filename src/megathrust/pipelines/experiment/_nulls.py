"""Networks trained anew in surrogate worlds: what autocorrelation and region alone would score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, ProgressCallback, short_repr
from megathrust.evaluation import SCORE_COLUMNS, Prediction, p_value
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._signs import signs_are_valid, signs_of
from megathrust.pipelines.experiment._worlds import PLANTED, compared_scores, networks_in, surrogate
from megathrust.pipelines.tasks import Predictand, Task
from megathrust.pipelines.work import Arrays, Work
from megathrust.splits import Fold

#: Model name of single networks in score files; these nulls are distributions of single networks, too.
SINGLE = "FCN, one member"

#: Name beside those of predictands: p of the held-out signs in each world.
SIGNS = "signs"

# Surrogates trained at once; with five folds this is a stack of 50 networks.
_BLOCK = 10


@short_repr
@dataclass(frozen=True)
class Null:
    """Scores of single networks in surrogate worlds of one kind.

    Attributes
    ----------
    kind : str
        How the worlds were made.
    scores : ndarray, shape (surrogates, scenarios + 1)
        By the metric of the predictand; last that by which models are compared (`compared_scores`).
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
        (worlds, scenarios + 1), and under `SIGNS` the p of the held-out signs of the first predictand
        (worlds,), NaN where the protocol does not allow for them.
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


def _score_worlds(setting: _Setting, task: tuple[str, range], advance: ProgressCallback) -> Arrays:
    (kind, numbers), experiment = task, setting.experiment
    worlds = [surrogate(experiment, kind, number) for number in numbers]
    said = networks_in(worlds, setting.task, 1, device=setting.device, progress=advance)
    leading = setting.task.leading
    signs = np.full(len(worlds), np.nan)
    scores: dict[str, list[FloatArray]] = {each.name: [] for each in setting.task.predictands}
    for number, (each, predictions) in enumerate(zip(worlds, said, strict=True)):
        labelled = each.world.labelled
        for predictand in setting.task.predictands:
            given = predictions[predictand.name], predictand.observed[labelled]
            scores[predictand.name].append(compared_scores(predictand, *given, together=experiment.pooled))
        if signs_are_valid(experiment):
            found = signs_of(experiment, predictions[leading.name], experiment.highest[labelled])
            signs[number] = np.nan if found is None else found.p
    return {**{name: np.stack(each) for name, each in scores.items()}, SIGNS: signs}


def single_scores(
    predictand: Predictand, folds: Sequence[Fold], said: Sequence[FloatArray], *, together: bool = False
) -> FloatArray:
    """Return the scores of every single network, shape (members per fold, scenarios + 1).

    ``said`` holds, per fold, what each of its networks says of the test rows.
    """
    scored = [predictand.scored(own) for own in said]
    return np.stack(
        [
            compared_scores(
                predictand,
                [Prediction(fold.name, fold.test, own[k]) for fold, own in zip(folds, scored, strict=True)],
                predictand.observed,
                together=together,
            )
            for k in range(len(scored[0]))
        ]
    )


def p_against(null: Null, observed: float, *, lower_is_better: bool) -> float:
    """Return the p-value of the mean compared score of single networks against a null."""
    sign = -1.0 if lower_is_better else 1.0
    return p_value(sign * observed, sign * null.scores[:, -1])


def found_planted(null: Null, planted: Null, *, level: float, lower_is_better: bool) -> int:
    """Return in how many worlds with a planted signal a single network beats a null."""
    scores = planted.scores[:, -1]
    p = [p_against(null, float(score), lower_is_better=lower_is_better) for score in scores]
    return int(np.sum(np.array(p) <= level))


def null_rows(
    experiment: Experiment, predictand: Predictand, nulls: Sequence[Null], singles: FloatArray
) -> pd.DataFrame:
    """Return score rows of the single networks, of every null, and of the p-values between them.

    ``value`` is the mean over members for the single networks and the median for a null; ``low`` and
    ``high`` hold 95 % of them.
    """
    records = []
    name, score_class = predictand.metric
    sign = -1.0 if predictand.lower_is_better else 1.0
    splitter = experiment.splitter

    def add(model: str, scenario: str, metric: str, value: float, low: float, high: float) -> None:
        place = model, splitter.protocol, splitter.exclusion_km, scenario
        records.append((*place, metric, score_class, value, low, high))

    for column, scenario in enumerate([*(fold.name for fold in experiment.folds), experiment.overall]):
        observed = float(singles[:, column].mean())
        if np.isnan(observed):
            # Nothing was observed there that could be scored.
            continue
        low, high = np.quantile(singles[:, column], [0.025, 0.975])
        add(SINGLE, scenario, name, observed, float(low), float(high))
        for null in nulls:
            theirs = null.scores[np.isfinite(null.scores[:, column]), column]
            low, middle, high = np.quantile(theirs, [0.025, 0.5, 0.975])
            add(null.name, scenario, name, float(middle), float(low), float(high))
            p = p_value(sign * observed, sign * theirs)
            add(SINGLE, scenario, f"p-value against {null.kind}", p, np.nan, np.nan)
    return pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))
