"""Figures of scores: by scenario, against the exclusion distance, and of the training itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from megathrust.pipelines.experiment import NETWORK, SINGLE, Judgement
from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import Run
from megathrust.plots import (
    ScenarioScoresInfo,
    exclusion_scores_info,
    plot_exclusion_scores,
    plot_scenario_scores,
    plot_training_curves,
    scenario_scores_info,
    training_curve_info,
)


def scenario_scores(run: Run, judgement: Judgement) -> ScenarioScoresInfo:
    """Return the scores of a judgement as figure and report show them."""
    splitter, scores = run.experiment.splitter, run.scores_of(judgement)
    names = [null.name for null in judgement.nulls]
    metric, score_class = judgement.predictand.metric
    return scenario_scores_info(
        # The figure has room for one null; the others speak through their p-values in the verdict.
        scores[~scores["model"].isin(names[1:])],
        networks=[NETWORK, SINGLE],
        protocol=splitter.protocol,
        exclusion_km=splitter.exclusion_km,
        metric=metric,
        score_class=score_class,
        null=names[0] if names else "no null",
        verdict=judgement.verdict,
    )


@FIGURES.register("scores by scenario")
def by_scenario(run: Run) -> Iterator[Drawing]:
    """Draw the compared score of every model in every scenario."""
    for judgement in run.judgements:
        kind, name, words = judgement.predictand.figure_of_scores
        yield Drawing(
            kind,
            name,
            partial(plot_scenario_scores, scenario_scores(run, judgement)),
            " ".join([words, *judgement.verdict.sentences]),
            run.place,
        )


@FIGURES.register("scores by exclusion distance")
def by_exclusion_distance(run: Run) -> Iterator[Drawing]:
    """Draw the mean score of the leading predictand against the exclusion distance."""
    predictand = run.judgements[0].predictand
    if not len(run.curve) or predictand.lower_is_better:
        return
    yield Drawing(
        "exclusion_scores",
        "scores_by_exclusion_distance",
        lambda: _exclusion_figure(run),
        f"Mean {predictand.metric_name} of the networks and their rivals against the exclusion distance "
        "in km.",
    )


def _exclusion_figure(run: Run) -> Any:
    scores = run.scores
    models = [NETWORK, *run.config.curve.baselines]
    info = exclusion_scores_info(
        scores[scores["model"].isin(models)],
        networks=[NETWORK],
        protocol=run.experiment.splitter.protocol,
    )
    return plot_exclusion_scores(info)


@FIGURES.register("training")
def training(run: Run) -> Iterator[Drawing]:
    """Draw the training loss of the leading task."""
    yield Drawing(
        "training_curves",
        "training",
        lambda: _training_figure(run),
        "Training loss against epoch, median and spread over the networks.",
    )


def _training_figure(run: Run) -> Any:
    losses = run.fits[0].losses
    curve = training_curve_info(np.arange(1, len(losses) + 1), losses.T)
    return plot_training_curves({"training": curve}, label=run.tasks[0].loss_name, step_label="epoch")
