"""Figures of classes: confusion and reliability."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from megathrust.evaluation import predicted_class
from megathrust.pipelines.experiment import NETWORK, Judgement
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.tasks import ClassPredictand, class_names
from megathrust.plots import (
    ConfusionInfo,
    confusion_info,
    plot_confusion,
    plot_reliability,
    reliability_info,
)


@FIGURES.register("confusion")
@of_predictand(ClassPredictand)
def confusion(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw observed against predicted class."""
    infos = list(_confusions(judgement, predictand))
    yield Drawing(
        "confusion",
        "confusion",
        partial(plot_confusion, infos),
        "Observed against predicted class, all scenarios together, for the networks and their rivals.",
        run.caption,
        {info.model: info for info in infos},
    )


def _confusions(judgement: Judgement, predictand: ClassPredictand) -> Iterator[ConfusionInfo]:
    for model in (NETWORK, *predictand.compared):
        if model in judgement.predictions:
            rows = np.concatenate([each.rows for each in judgement.predictions[model]])
            predicted = np.concatenate(
                [predicted_class(each.predicted) for each in judgement.predictions[model]]
            )
            yield confusion_info(
                predictand.observed[rows],
                predicted,
                model=model,
                class_names=class_names(predictand.thresholds),
            )


@FIGURES.register("reliability")
@of_predictand(ClassPredictand)
def reliability(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw observed frequency against predicted probability, where there are two classes."""
    if predictand.n_classes > 2:
        return
    held_out = judgement.predictions[NETWORK]
    rows = np.concatenate([each.rows for each in held_out])
    info = reliability_info(
        np.concatenate([each.predicted[:, -1] for each in held_out]),
        predictand.observed[rows],
        weights=run.experiment.weights[:, rows],
    )
    yield Drawing(
        "reliability",
        "reliability",
        partial(plot_reliability, info, model=NETWORK),
        "Observed frequency against predicted probability of held-out segments, with 95 % bands from a "
        "bootstrap over ruptures.",
        run.caption,
        info,
    )
