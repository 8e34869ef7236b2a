"""One path for every question: train, predict held-out rows, compare with rivals and nulls, judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, PlantedPower, Verdict, short_repr
from megathrust.evaluation import (
    PERSISTENCE,
    POOLED_SCENARIO,
    SCORE_COLUMNS,
    Prediction,
    paired_difference,
    pooled,
    score_table,
)
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._nulls import (
    SIGNS,
    Null,
    found_planted,
    null_rows,
    null_scores,
    p_against,
    single_scores,
)
from megathrust.pipelines.experiment._own_nulls import (
    OwnNull,
    own_null_rows,
    own_null_scores,
    own_nulls_of,
)
from megathrust.pipelines.experiment._rivals import predict_rivals, rivals_of
from megathrust.pipelines.experiment._roster import Roster, make_roster
from megathrust.pipelines.experiment._signs import sign_sentences
from megathrust.pipelines.experiment._temperature import find_temperatures, tempered
from megathrust.pipelines.experiment._training import train_members
from megathrust.pipelines.experiment._worlds import PLANTED, compared_scores, ensemble
from megathrust.pipelines.settings import NETWORK
from megathrust.pipelines.tasks import Calibration, Predictand, Task
from megathrust.pipelines.work import Arrays, Work
from megathrust.training import Fit


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
        Of single networks.
    own_nulls : list of OwnNull
        Of every model that has one of its own kind, the networks as they are trained among them.
    overall : str
        Scenario by which models are compared: their mean, or all of them together.
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
    own_nulls: list[OwnNull]
    overall: str
    verdict: Verdict
    calibration: Calibration
    sign_sentences: tuple[str, ...]

    @property
    def over(self) -> str:
        """Over what models are compared, in words."""
        return "all scenarios together" if self.overall == POOLED_SCENARIO else "mean over scenarios"

    def mean_scores(self) -> pd.DataFrame:
        """Return the rows of the compared score over all scenarios, the best model first."""
        metric, score_class = self.predictand.metric
        rows = self.scores[
            (self.scores["metric"] == metric)
            & (self.scores["class"] == score_class)
            & (self.scores["scenario"] == self.overall)
        ]
        return rows.sort_values("value", ascending=self.predictand.lower_is_better)

    def summary(self, place: str) -> list[str]:
        """Return every model's score and p against its own kind, the best first, and what ranges hold."""
        p = {model: f"  {words}" for model, words in self.own_p_values().items()}
        return [
            self.predictand.heading.format(place=place, over=self.over),
            *(
                f"  {row.model:<30} {row.value:.3f}  [{row.low:.3f}, {row.high:.3f}]{p.get(row.model, '')}"
                for row in self.mean_scores().itertuples()
                if row.model not in {null.name for null in self.own_nulls}
            ),
            self.calibration.sentence(),
        ]

    def own_p_values(self) -> dict[str, str]:
        """Return the p-values of every model against its own kind, in words."""
        models = dict.fromkeys(null.model for null in self.own_nulls)
        return {
            model: ", ".join(
                f"p {null.p:.3g} ({null.kind})" for null in self.own_nulls if null.model == model
            )
            for model in models
        }

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
    """Train the networks of a task, and bring them to the temperatures of their folds if that is asked."""
    members = roster_of(experiment, task).members
    fit = train_members(
        experiment.rows.features,
        task,
        members,
        work,
        name=f"networks, {task.name}",
        title=f"{task.name}: training {len(members)} networks",
    )
    if not experiment.config.temperature.fitted or not task.heads.classes:
        return fit
    return tempered(fit, find_temperatures(experiment, task, work))


def collect(experiment: Experiment, task: Task, fit: Fit, work: Work, *, singles: bool = True) -> Arrays:
    """Return what networks and rivals say of held-out rows and what surrogate worlds score, by name.

    Parameters
    ----------
    experiment : Experiment
    task : Task
    fit : Fit
    work : Work
    singles : bool
        Whether single networks are trained in surrogate worlds, too, beside every model's own kind.
    """
    arrays: dict[str, np.ndarray] = {}
    roster = roster_of(experiment, task)
    for predictand in task.predictands:
        said = roster.said_of_test_rows(fit.stack, experiment.rows.features, predictand)
        arrays |= {f"{predictand.name}/said/{number}": own for number, own in enumerate(said)}
        title = f"{predictand.name}: fitting the rivals"
        rivals = predict_rivals(experiment, predictand, rivals_of(experiment, predictand), work, title=title)
        for name, predictions in rivals.items():
            for number, each in enumerate(predictions):
                arrays[f"{predictand.name}/rival/{name}/{number}"] = each.predicted
    for kind, scores in (null_scores(experiment, task, work) if singles else {}).items():
        arrays |= {f"{name}/null/{kind}": values for name, values in scores.items()}
    observed = {each.name: _compared(experiment, each, arrays) for each in task.predictands}
    return arrays | own_null_scores(experiment, task, observed, work)


def judge(experiment: Experiment, task: Task, fit: Fit, arrays: Arrays) -> Answer:
    """Score what was collected; the same arrays give the same judgement."""
    judgements = tuple(_judge(experiment, predictand, arrays) for predictand in task.predictands)
    return Answer(task, roster_of(experiment, task), fit, judgements)


def _predictions(
    experiment: Experiment, predictand: Predictand, arrays: Arrays
) -> dict[str, list[Prediction]]:
    """Return what networks and rivals say, by model, one prediction per scenario."""
    folds = experiment.folds
    predictions = {NETWORK: ensemble(predictand, folds, _said(experiment, predictand, arrays))}
    for name in rivals_of(experiment, predictand):
        predictions[name] = [
            Prediction(fold.name, fold.test, arrays[f"{predictand.name}/rival/{name}/{number}"])
            for number, fold in enumerate(folds)
        ]
    return predictions


def _said(experiment: Experiment, predictand: Predictand, arrays: Arrays) -> list[FloatArray]:
    return [arrays[f"{predictand.name}/said/{number}"] for number in range(len(experiment.folds))]


def _compared(experiment: Experiment, predictand: Predictand, arrays: Arrays) -> dict[str, float]:
    """Return the score by which every model is compared."""
    return {
        name: float(compared_scores(predictand, each, predictand.observed, together=experiment.pooled)[-1])
        for name, each in _predictions(experiment, predictand, arrays).items()
    }


def _judge(experiment: Experiment, predictand: Predictand, arrays: Arrays) -> Judgement:
    predictions = _predictions(experiment, predictand, arrays)
    said = _said(experiment, predictand, arrays)
    worlds = {
        kind: Null(kind, arrays[key])
        for kind in (*experiment.config.nulls.kinds, PLANTED)
        if (key := f"{predictand.name}/null/{kind}") in arrays
    }
    planted = worlds.pop(PLANTED, None)
    nulls = list(worlds.values())
    singles = single_scores(predictand, experiment.folds, said, together=experiment.pooled)
    observed = _compared(experiment, predictand, arrays)
    own_nulls = own_nulls_of(experiment, predictand, observed, arrays)
    verdict = _compare(experiment, predictand, predictions, observed)
    verdict = _beside_nulls(
        experiment, predictand, verdict, nulls, planted, float(np.nanmean(singles[:, -1]))
    )
    verdict = replace(
        verdict, own_p_values={each.kind: each.p for each in own_nulls if each.model == NETWORK}
    )
    scores = pd.concat(
        [
            *(score_predictions(experiment, predictand, name, each) for name, each in predictions.items()),
            *_own_rows(experiment, predictand, said),
            null_rows(experiment, predictand, nulls, singles),
            own_null_rows(experiment, predictand, own_nulls),
        ],
        ignore_index=True,
    )
    return Judgement(
        predictand,
        predictions,
        said,
        scores,
        nulls,
        own_nulls,
        experiment.overall,
        verdict,
        _calibrate(experiment, predictand, said),
        _judge_signs(experiment, predictions, arrays),
    )


def _compare(
    experiment: Experiment,
    predictand: Predictand,
    predictions: Mapping[str, list[Prediction]],
    observed: Mapping[str, float],
) -> Verdict:
    """Return the networks beside persistence, or the strongest rival where persistence knows nothing."""
    rival, metric, lower = PERSISTENCE, predictand.metric_name, predictand.lower_is_better
    pair = predictions[NETWORK], predictions[rival]
    if experiment.pooled:
        # Where whole regions are held out persistence is the majority class, which a guess may outdo.
        best = min if lower else max
        rival = best((name for name in observed if name != NETWORK), key=lambda name: observed[name])
        pair = [pooled(predictions[NETWORK])], [pooled(predictions[rival])]
        metric = f"{metric} of all scenarios together"
    difference = paired_difference(
        *pair, predictand.observed, experiment.weights, scores=predictand.scores, metric=predictand.metric
    )
    return Verdict(NETWORK, rival, *difference, metric=metric, lower_is_better=lower)


def _beside_nulls(
    experiment: Experiment,
    predictand: Predictand,
    verdict: Verdict,
    nulls: Sequence[Null],
    planted: Null | None,
    single: float,
) -> Verdict:
    """Return the verdict with p of single networks against every null, and what that would have seen."""
    lower = predictand.lower_is_better
    p_values = {null.kind: p_against(null, single, lower_is_better=lower) for null in nulls}
    power = None
    if planted is not None:
        found = {
            null.kind: found_planted(null, planted, level=verdict.level, lower_is_better=lower)
            for null in nulls
        }
        power = PlantedPower(experiment.config.nulls.slope, len(planted.scores), found)
    return replace(verdict, p_values=p_values, power=power)


def _judge_signs(
    experiment: Experiment, predictions: dict[str, list[Prediction]], arrays: Arrays
) -> tuple[str, ...]:
    keys = [f"{SIGNS}/null/{kind}" for kind in experiment.config.nulls.kinds]
    known = [arrays[key] for key in keys if key in arrays]
    return sign_sentences(experiment, predictions, np.concatenate(known) if known else np.zeros(0))


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
        together=experiment.pooled,
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
