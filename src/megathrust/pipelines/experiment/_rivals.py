"""The rivals on the same splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, ProgressCallback
from megathrust.evaluation import PERSISTENCE, Prediction, Rows
from megathrust.models import derived_seed
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.tasks import Predictand
from megathrust.pipelines.work import Arrays, Work
from megathrust.splits import Fold


@dataclass(frozen=True)
class _Fitted:
    """One rival on one fold."""

    name: str
    fold: Fold
    seed: int


def rivals_of(experiment: Experiment, predictand: Predictand) -> list[str]:
    """Return the rivals asked for, and those without which there is no verdict."""
    # It needs persistence, and what knows nothing where whole regions are left out.
    floor = (predictand.floor,) if experiment.pooled else ()
    return list(dict.fromkeys((*predictand.asked, PERSISTENCE, *floor)))


def predict_rivals(
    experiment: Experiment, predictand: Predictand, names: Sequence[str], work: Work, *, title: str
) -> dict[str, list[Prediction]]:
    """Return the predictions of every rival on every fold."""
    folds, seed = experiment.folds, experiment.config.seed
    tasks = []
    for name in names:
        tasks += [
            _Fitted(name, fold, derived_seed(seed, "rivals", predictand.name, name, fold.name))
            for fold in folds
        ]
    done = iter(
        work.compute(
            f"rival, {predictand.name}",
            _predict_rival,
            (experiment.rows, predictand),
            tasks,
            keys=[[each.name, each.seed, len(each.fold.train), int(each.fold.train.sum())] for each in tasks],
            title=title,
            # Forests of scikit-learn set the warnings of the whole process: two at once would mix them up.
            threads=False,
        )
    )
    return {
        name: [Prediction(fold.name, fold.test, np.asarray(next(done)["predicted"])) for fold in folds]
        for name in names
    }


def _predict_rival(shared: tuple[Rows, Predictand], task: _Fitted, advance: ProgressCallback) -> Arrays:
    rows, predictand = shared
    fold = task.fold
    predicted: FloatArray = predictand.rival(task.name)(
        rows.take(fold.train), predictand.observed[fold.train], rows.take(fold.test), task.seed
    )
    return {"predicted": predicted}
