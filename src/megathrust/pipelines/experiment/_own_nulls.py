"""Every model against its own kind: what it scores where it learned in worlds without a signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, ProgressCallback, short_repr
from megathrust.evaluation import LOOKUPS, SCORE_COLUMNS, Prediction, sequential_p_value
from megathrust.models import derived_seed
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.experiment._worlds import (
    Surrogate,
    compared_scores,
    make_world,
    networks_in,
    surrogate,
)
from megathrust.pipelines.settings import NETWORK
from megathrust.pipelines.tasks import Predictand, Task
from megathrust.pipelines.work import Arrays, Work

# Worlds of a round at least: a few at once keep all cores at work, and cost no more than these.
_ROUND = 4


@short_repr
@dataclass(frozen=True)
class OwnNull:
    """What one model scores in worlds of one kind, in which it learned as it does in the real one.

    Attributes
    ----------
    model, kind : str
    scores : ndarray, shape (worlds,)
        By the metric of the predictand, as models are compared; in the order of the worlds.
    p : float
        Of the model's score among them, by sequential stopping (`sequential_p_value`).
    """

    model: str
    kind: str
    scores: FloatArray
    p: float

    @property
    def name(self) -> str:
        """Model name in score files."""
        return f"null: {self.kind}, {self.model}"


@dataclass(frozen=True)
class _Learner:
    """A model that learns in worlds of one kind; no rival: the networks of the task, as many as it has."""

    experiment: Experiment
    task: Task
    predictands: tuple[Predictand, ...]
    kind: str
    device: str
    rival: str | None = None


def own_nulls_wanted(experiment: Experiment, names: Sequence[str]) -> list[str]:
    """Return which models get a null of their own.

    Networks with a temperature get none: those of surrogate worlds have no temperature, and the most probable
    class of many together depends on it.
    """
    settings = experiment.config.nulls
    if not (settings.surrogates and settings.per_model and settings.kinds):
        return []
    if experiment.config.temperature.fitted:
        names = [name for name in names if name != NETWORK]
    return [name for name in names if settings.models is None or name in settings.models]


def own_null_scores(
    experiment: Experiment, task: Task, observed: Mapping[str, Mapping[str, float]], work: Work
) -> dict[str, FloatArray]:
    """Let every model learn in surrogate worlds until its p-value is settled.

    A lookup gets none where the worlds of a kind differ in their features only: it says the same in all.

    Parameters
    ----------
    experiment : Experiment
    task : Task
    observed : mapping
        By predictand, then by model: the compared score in the real world.
    work : Work

    Returns
    -------
    dict
        From the name of an array (`own_null_key`) to the scores in the worlds (worlds,).
    """
    found: dict[str, FloatArray] = {}
    for kind in experiment.config.nulls.kinds:
        blind = frozenset() if _moves_labels(experiment, kind) else LOOKUPS
        networks = _Learner(experiment, task, task.predictands, kind, work.device)
        learners = [networks] if own_nulls_wanted(experiment, [NETWORK]) else []
        for predictand in task.predictands:
            names = [name for name in observed[predictand.name] if name not in {NETWORK, *blind}]
            learners += [
                replace(networks, predictands=(predictand,), rival=name)
                for name in own_nulls_wanted(experiment, names)
            ]
        for learner in learners:
            model = learner.rival or NETWORK
            real = {each.name: observed[each.name][model] for each in learner.predictands}
            for name, scores in _scores_of(learner, real, work).items():
                found[own_null_key(name, kind, model)] = scores
    return found


def _moves_labels(experiment: Experiment, kind: str) -> bool:
    labelled = make_world(experiment, kind, 0).labelled
    return bool(np.any(labelled != np.arange(len(labelled))))


def own_null_key(predictand: str, kind: str, model: str) -> str:
    """Return the name of an array of scores."""
    return f"{predictand}/own null/{kind}/{model}"


def _scores_of(learner: _Learner, real: Mapping[str, float], work: Work) -> dict[str, FloatArray]:
    settings = learner.experiment.config.nulls
    signs = {each.name: -1.0 if each.lower_is_better else 1.0 for each in learner.predictands}

    def settled(name: str, done: Sequence[Arrays]) -> tuple[int, int]:
        """Return how many more worlds are needed at least, and how many were needed if none."""
        drawn = signs[name] * np.array([float(arrays[name][0]) for arrays in done])
        reached = int(np.sum(~(drawn < signs[name] * real[name])))
        _, worlds = sequential_p_value(signs[name] * real[name], drawn, exceedances=settings.exceedances)
        return max(settings.exceedances - reached, 0), worlds

    def wanted(done: Sequence[Arrays]) -> int:
        more = max(settled(name, done)[0] for name in real) if done else settings.exceedances
        return max(more, _ROUND) if more else 0

    model = learner.rival or NETWORK
    words = "of the networks" if learner.rival is None else f"of {model}"
    done = work.compute_while(
        f"own null, {learner.task.name}",
        _score_world,
        learner,
        wanted=wanted,
        most=settings.per_model,
        key=[learner.kind, model, sorted(real.items())],
        title=f"{learner.task.name}, {learner.kind}, {words}",
        # As in the real world: forests of scikit-learn set the warnings of the whole process.
        threads=learner.rival is None,
    )
    return {
        name: np.array([float(arrays[name][0]) for arrays in done[: settled(name, done)[1]]]) for name in real
    }


def _score_world(learner: _Learner, number: int, advance: ProgressCallback) -> Arrays:
    experiment, task = learner.experiment, learner.task
    each = surrogate(experiment, learner.kind, number)
    if learner.rival is None:
        (said,) = networks_in([each], task, task.members, device=learner.device, progress=advance)
    else:
        said = {one.name: _rival_in(each, experiment, one, learner.rival) for one in learner.predictands}
    return {
        one.name: compared_scores(
            one, said[one.name], one.observed[each.world.labelled], together=experiment.pooled
        )[-1:]
        for one in learner.predictands
    }


def _rival_in(each: Surrogate, experiment: Experiment, predictand: Predictand, name: str) -> list[Prediction]:
    """Return what a rival that learned in a world says there."""
    rows = replace(experiment.rows, features=each.world.features)
    rival, observed = predictand.rival(name), predictand.observed[each.world.labelled]
    said = []
    for fold in each.folds:
        seed = derived_seed(each.seed, name, fold.name)
        given = rows.take(fold.train), observed[fold.train], rows.take(fold.test), seed
        said.append(Prediction(fold.name, fold.test, rival(*given)))
    return said


def own_nulls_of(
    experiment: Experiment, predictand: Predictand, observed: Mapping[str, float], arrays: Arrays
) -> list[OwnNull]:
    """Return the nulls of every model that has one, from its score in the real world by name."""
    settings, sign = experiment.config.nulls, -1.0 if predictand.lower_is_better else 1.0
    found = []
    for model, real in observed.items():
        for kind in settings.kinds:
            scores = arrays.get(own_null_key(predictand.name, kind, model))
            if scores is not None:
                p, _ = sequential_p_value(sign * real, sign * scores, exceedances=settings.exceedances)
                found.append(OwnNull(model, kind, scores, p))
    return found


def own_null_rows(experiment: Experiment, predictand: Predictand, nulls: Sequence[OwnNull]) -> pd.DataFrame:
    """Return score rows of every null, and of the p-value of the model that it is made for.

    ``value`` is the median over worlds, ``low`` and ``high`` hold 95 % of them. Where few worlds settled p,
    these are rough.
    """
    metric, score_class = predictand.metric
    place = experiment.splitter.protocol, experiment.splitter.exclusion_km, experiment.overall
    records: list[tuple[object, ...]] = []
    for null in nulls:
        known = null.scores[np.isfinite(null.scores)]
        low, middle, high = np.quantile(known, [0.025, 0.5, 0.975]) if len(known) else [np.nan] * 3
        records.append((null.name, *place, metric, score_class, middle, low, high))
        p = f"p-value against {null.kind}"
        records.append((null.model, *place, p, score_class, null.p, np.nan, np.nan))
    return pd.DataFrame.from_records(records, columns=list(SCORE_COLUMNS))
