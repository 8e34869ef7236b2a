"""Figures of classes: confusion, maps, reliability."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from megathrust.evaluation import predicted_class
from megathrust.pipelines.experiment import NETWORK, Judgement
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.tasks import ClassPredictand, class_names
from megathrust.plots import (
    ConfusionInfo,
    confusion_info,
    outcome_map_info,
    plot_confusion,
    plot_outcome_map,
    plot_reliability,
    plot_trench_map,
    plot_world_map,
    reliability_info,
    trench_map_info,
)


@FIGURES.register("confusion")
@of_predictand(ClassPredictand)
def confusion(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw observed against predicted class."""
    yield Drawing(
        "confusion",
        "confusion",
        lambda: plot_confusion(list(_confusions(judgement, predictand))),
        "Observed against predicted class, all scenarios together, for the networks and their rivals.",
        run.place,
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


@FIGURES.register("maps")
@of_predictand(ClassPredictand)
def maps(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw probability and observed class along every trench, and the largest observed magnitude."""
    names = class_names(predictand.thresholds)
    frame = held_out(run, judgement, predictand)
    probability = f"probability of {names[-1]}"
    table = run.experiment.table
    yield Drawing(
        "outcome_map",
        "map_probability_and_observed",
        lambda: plot_outcome_map(outcome_map_info(frame, class_names=names)),
        f"Maps of the {probability} and of the observed class along every trench.",
        f"Mean probability of the networks that were not fitted on the segment; {run.place}.",
    )
    yield Drawing(
        "world_map",
        "map_world",
        lambda: plot_world_map(
            trench_map_info(frame, value="probability"), label=probability, low=0.0, high=1.0
        ),
        f"World map of the {probability} along every trench.",
    )
    yield Drawing(
        "trench_map",
        "map_observed_magnitude",
        lambda: plot_trench_map(
            trench_map_info(frame, value="magnitude"), label=f"{table.columns[table.target()].long_name} (Mw)"
        ),
        "Largest observed magnitude of every segment along every trench.",
        "Segments without an event stand at Mw 1: none was observed, which is not the same as small.",
    )


@FIGURES.register("reliability")
@of_predictand(ClassPredictand)
def reliability(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw observed frequency against predicted probability, where there are two classes."""
    if predictand.n_classes > 2:
        return
    frame = held_out(run, judgement, predictand)
    yield Drawing(
        "reliability",
        "reliability",
        lambda: plot_reliability(reliability_info(frame["probability"], frame["observed"]), model=NETWORK),
        "Observed frequency against predicted probability.",
    )


def held_out(run: Run, judgement: Judgement, predictand: ClassPredictand) -> pd.DataFrame:
    """Return one row per segment with the networks' held-out prediction of its class."""
    predictions = judgement.predictions[NETWORK]
    rows = np.concatenate([each.rows for each in predictions])
    probabilities = np.concatenate([each.predicted for each in predictions])
    # Published chunks share a few segments; the map shows each once.
    rows, first = np.unique(rows, return_index=True)
    table = run.experiment.table
    frame = table.frame.loc[rows, ["region", "s_km", "lon", "lat"]].copy()
    frame["probability"] = probabilities[first, -1]
    frame["predicted"] = predicted_class(probabilities[first])
    frame["observed"] = predictand.observed[rows]
    frame["magnitude"] = table.magnitudes()[rows]
    return frame.reset_index(drop=True)
