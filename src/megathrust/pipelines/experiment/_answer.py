"""One path for every question: train, predict held-out rows, compare with rivals and nulls, judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, PlantedPower, Verdict, short_repr
from megathrust.evaluation import (
    MEAN_SCENARIO,
    PERSISTENCE,
    SCORE_COLUMNS,
    Prediction,
    paired_difference,
    score_table,
)
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._nulls import (
    PLANTED,
    SIGNS,
    Null,
    found_planted,
    null_rows,
    null_scores,
    p_against,
    single_scores,
)
from megathrust.pipelines.experiment._rivals import predict_rivals
from megathrust.pipelines.experiment._roster import Roster, make_roster
from megathrust.pipelines.experiment._signs import sign_sentences, signs_are_valid, signs_of
from megathrust.pipelines.experiment._training import train_members
from megathrust.pipelines.tasks import Calibration, Predictand, Task
from megathrust.pipelines.work import Arrays, Work
from megathrust.splits import Fold
from megathrust.training import Fit

#: Model name of the stack in score files: the mean of what its members say.
NETWORK = "FCN"


@short_repr
@dataclass(frozen=True)
class Judgement:
    """What networks and their rivals said of one predictand, and how it scores.

    Attributes
    ----------
    predictand : Predictand
    predictions : dict of str to list of Prediction
        By model, one per scenario.
    said : list of ndarray
        Per fold, what each of its networks says of the test rows, (members, test rows, numbers).
    scores : DataFrame
        Tidy scores of networks, rivals and nulls.
    nulls : list of Null
    verdict : Verdict
        The networks against persistence and their nulls.
    calibration : Calibration
        On the held-out predictions.
    sign_sentences : tuple of str
        What the signs of held-out predictions say, or why they were not asked for.
    """

    predictand: Predictand
    predictions: dict[str, list[Prediction]]
    said: list[FloatArray]
    scores: pd.DataFrame
    nulls: list[Null]
    verdict: Verdict
    calibration: Calibration
    sign_sentences: tuple[str, ...]

    def mean_scores(self) -> pd.DataFrame:
        """Return the rows of the compared score over scenarios, the best model first."""
        metric, score_class = self.predictand.metric
        rows = self.scores[
            (self.scores["metric"] == metric)
            & (self.scores["class"] == score_class)
            & (self.scores["scenario"] == MEAN_SCENARIO)
        ]
        return rows.sort_values("value", ascending=self.predictand.lower_is_better)

    def summary(self, place: str) -> list[str]:
        """Return the mean score of every model, the best first, and what ranges hold."""
        return [
            self.predictand.heading.format(place=place),
            *(
                f"  {row.model:<30} {row.value:.3f}  [{row.low:.3f}, {row.high:.3f}]"
                for row in self.mean_scores().itertuples()
            ),
            self.calibration.sentence(),
        ]

    def frame(self, keys: pd.DataFrame) -> pd.DataFrame:
        """Return one row per model, scenario and held-out segment, with the key columns of the table."""
        parts = []
        for name, predictions in self.predictions.items():
            for number, each in enumerate(predictions):
                part = keys.iloc[each.rows].reset_index(drop=True)
                part.insert(0, "scenario", each.scenario)
                part.insert(0, "model", name)
                own = self.predictand.own_columns(self.said[number]) if name == NETWORK else {}
                columns = self.predictand.observed_columns(each.rows)
                parts.append(part.assign(**columns, **self.predictand.columns(each.predicted), **own))
        return pd.concat(parts, ignore_index=True)


@short_repr
@dataclass(frozen=True)
class Answer:
    """What one task came to.

    Attributes
    ----------
    task : Task
    roster : Roster
        Who trained on what.
    fit : Fit
        The networks, fold by fold.
    judgements : tuple of Judgement
        One per predictand of the task.
    """

    task: Task
    roster: Roster
    fit: Fit
    judgements: tuple[Judgement, ...]


def ask(experiment: Experiment, task: Task, work: Work) -> Answer:
    """Train networks on a task, and judge them beside their rivals and nulls.

    Parameters
    ----------
    experiment : Experiment
        Table, folds and settings.
    task : Task
        See `tasks_of`.
    work : Work
        Whatever an interrupted call had finished is recalled from its store.
    """
    fit = train_task(experiment, task, work)
    return judge(experiment, task, fit, collect(experiment, task, fit, work))


def roster_of(experiment: Experiment, task: Task) -> Roster:
    """Return the members that a task trains for every fold of an experiment."""
    return make_roster(experiment.folds, task.network, task.members, task.seed)


def train_task(experiment: Experiment, task: Task, work: Work) -> Fit:
    """Train the networks of a task."""
    members = roster_of(experiment, task).members
    return train_members(
        experiment.rows.features,
        task,
        members,
        work,
        name=f"networks, {task.name}",
        title=f"{task.name}: training {len(members)} networks",
    )


def collect(experiment: Experiment, task: Task, fit: Fit, work: Work) -> Arrays:
    """Return what networks and rivals say of held-out rows and what surrogate worlds score, by name."""
    arrays: dict[str, np.ndarray] = {}
    roster = roster_of(experiment, task)
    for predictand in task.predictands:
        said = roster.said_of_test_rows(fit.stack, experiment.rows.features, predictand)
        arrays |= {f"{predictand.name}/said/{number}": own for number, own in enumerate(said)}
        title = f"{predictand.name}: fitting the rivals"
        rivals = predict_rivals(experiment, predictand, _rivals_of(predictand), work, title=title)
        for name, predictions in rivals.items():
            for number, each in enumerate(predictions):
                arrays[f"{predictand.name}/rival/{name}/{number}"] = each.predicted
    for kind, scores in null_scores(experiment, task, work).items():
        arrays |= {f"{name}/null/{kind}": values for name, values in scores.items()}
    return arrays


def judge(experiment: Experiment, task: Task, fit: Fit, arrays: Arrays) -> Answer:
    """Score what was collected; the same arrays give the same judgement."""
    judgements = tuple(_judge(experiment, predictand, arrays) for predictand in task.predictands)
    return Answer(task, roster_of(experiment, task), fit, judgements)


def _rivals_of(predictand: Predictand) -> list[str]:
    # The verdict needs persistence, whatever other rivals the configuration names.
    return list(dict.fromkeys((*predictand.asked, PERSISTENCE)))


def _judge(experiment: Experiment, predictand: Predictand, arrays: Arrays) -> Judgement:
    folds, splitter, weights = experiment.folds, experiment.splitter, experiment.weights
    said = [arrays[f"{predictand.name}/said/{number}"] for number in range(len(folds))]
    predictions = {NETWORK: ensemble(predictand, folds, said)}
    for name in _rivals_of(predictand):
        predictions[name] = [
            Prediction(fold.name, fold.test, arrays[f"{predictand.name}/rival/{name}/{number}"])
            for number, fold in enumerate(folds)
        ]
    worlds = {
        kind: Null(kind, arrays[key])
        for kind in (*experiment.config.nulls.kinds, PLANTED)
        if (key := f"{predictand.name}/null/{kind}") in arrays
    }
    planted = worlds.pop(PLANTED, None)
    nulls = list(worlds.values())
    singles = single_scores(predictand, folds, said)
    tables = [score_predictions(experiment, predictand, name, predictions[name]) for name in predictions]
    rows_of_nulls = null_rows(nulls, singles, predictand, folds, splitter)
    own = _own_rows(experiment, predictand, said)
    difference = paired_difference(
        predictions[NETWORK],
        predictions[PERSISTENCE],
        predictand.observed,
        weights,
        scores=predictand.scores,
        metric=predictand.metric,
    )
    mean_single = float(np.nanmean(singles))
    lower = predictand.lower_is_better
    verdict = Verdict(
        NETWORK,
        PERSISTENCE,
        *difference,
        {null.kind: p_against(null, mean_single, lower_is_better=lower) for null in nulls},
        metric=predictand.metric_name,
        lower_is_better=lower,
    )
    if planted is not None:
        found = {
            null.kind: found_planted(null, planted, level=verdict.level, lower_is_better=lower)
            for null in nulls
        }
        slope = experiment.config.nulls.slope
        verdict = replace(verdict, power=PlantedPower(slope, len(planted.scores), found))
    scores = pd.concat([*tables, *own, rows_of_nulls], ignore_index=True)
    calibration = _calibrate(experiment, predictand, said)
    sentences = _judge_signs(experiment, predictions, arrays)
    return Judgement(predictand, predictions, said, scores, nulls, verdict, calibration, sentences)


def _judge_signs(
    experiment: Experiment, predictions: dict[str, list[Prediction]], arrays: Arrays
) -> tuple[str, ...]:
    asked = predictions if signs_are_valid(experiment) else {}
    found = {name: signs_of(experiment, each) for name, each in asked.items()}
    keys = [f"{SIGNS}/null/{kind}" for kind in experiment.config.nulls.kinds]
    known = [arrays[key] for key in keys if key in arrays]
    return sign_sentences(
        experiment,
        {name: signs for name, signs in found.items() if signs is not None},
        np.concatenate(known) if known else np.zeros(0),
    )


def ensemble(predictand: Predictand, folds: Sequence[Fold], said: Sequence[FloatArray]) -> list[Prediction]:
    """Return each fold's mean over its own members."""
    return [
        Prediction(fold.name, fold.test, predictand.scored(own).mean(0))
        for fold, own in zip(folds, said, strict=True)
    ]


def score_predictions(
    experiment: Experiment, predictand: Predictand, name: str, predictions: Sequence[Prediction]
) -> pd.DataFrame:
    """Return the score table of one model in an experiment."""
    splitter = experiment.splitter
    return score_table(
        name,
        splitter.protocol,
        splitter.exclusion_km,
        predictions,
        predictand.observed,
        experiment.weights,
        scores=predictand.scores,
    )


def _own_rows(
    experiment: Experiment, predictand: Predictand, said: Sequence[FloatArray]
) -> list[pd.DataFrame]:
    """Return scores of what only networks say, in every scenario, without intervals."""
    splitter = experiment.splitter
    records = [
        (NETWORK, splitter.protocol, splitter.exclusion_km, fold.name, *key, float(values[0]), np.nan, np.nan)
        for fold, own in zip(experiment.folds, said, strict=True)
        for key, values in predictand.own_scores(
            predictand.observed[fold.test], own.mean(0), np.ones((1, len(fold.test)))
        ).items()
    ]
    return [pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))] if records else []


def _calibrate(experiment: Experiment, predictand: Predictand, said: Sequence[FloatArray]) -> Calibration:
    settings = experiment.config.class_sets
    rows = np.concatenate([fold.test for fold in experiment.folds])
    region = experiment.rows.region[rows]
    groups = experiment.ruptures[rows] if settings.groups == "rupture" else region
    means = np.concatenate([own.mean(0) for own in said])
    return predictand.calibrate(rows, means, groups, region, settings.coverage)
