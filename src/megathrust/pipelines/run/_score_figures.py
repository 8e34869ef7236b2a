"""Figures of scores: by scenario, against the exclusion distance, and of the training itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

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
    experiment = run.experiment
    # Surrogate worlds have single networks; each null stands beside what it is made for.
    made_for = dict.fromkeys([null.name for null in judgement.nulls], SINGLE)
    made_for |= {null.name: null.model for null in judgement.own_nulls}
    metric, score_class = judgement.predictand.metric
    # Segments without an event belong to no rupture.
    ruptured = np.isfinite(experiment.table.observed())
    tested = [(fold.name, fold.test, fold.test[ruptured[fold.test]]) for fold in experiment.folds]
    counts = pd.DataFrame(
        [(len(test), len(np.unique(experiment.ruptures[rows]))) for _, test, rows in tested],
        index=[name for name, _, _ in tested],
        columns=["segments", "ruptures"],
    )
    return scenario_scores_info(
        run.scores_of(judgement),
        networks=[NETWORK, SINGLE],
        protocol=experiment.splitter.protocol,
        exclusion_km=experiment.splitter.exclusion_km,
        metric=metric,
        score_class=score_class,
        null=made_for or "no null",
        verdict=judgement.verdict,
        counts=counts,
    )


@FIGURES.register("scores by scenario")
def by_scenario(run: Run) -> Iterator[Drawing]:
    """Draw the compared score of every model in every scenario."""
    for judgement in run.judgements:
        kind, name, words = judgement.predictand.figure_of_scores
        info = scenario_scores(run, judgement)
        yield Drawing(
            kind,
            name,
            partial(plot_scenario_scores, info),
            " ".join([words, *judgement.verdict.sentences]),
            f"{run.caption} Lines: 95 % intervals of a bootstrap over ruptures.",
            info,
        )


@FIGURES.register("scores by exclusion distance")
def by_exclusion_distance(run: Run) -> Iterator[Drawing]:
    """Draw the mean score of the leading predictand against the exclusion distance."""
    predictand = run.judgements[0].predictand
    if not len(run.curve) or predictand.lower_is_better:
        return
    scores, protocol = run.scores, run.experiment.splitter.protocol
    nulls = [null.name for null in run.judgements[0].nulls]
    info = exclusion_scores_info(
        scores[scores["model"].isin([NETWORK, SINGLE, *run.config.curve.baselines, *nulls])],
        networks=[NETWORK, SINGLE],
        protocol=protocol,
        null=dict.fromkeys(nulls, SINGLE) if nulls else "no null",
    )
    at = f"Surrogate worlds, for single networks: at {run.experiment.splitter.exclusion_km:g} km only."
    yield Drawing(
        "exclusion_scores",
        "scores_by_exclusion_distance",
        partial(plot_exclusion_scores, info),
        f"Mean {predictand.metric_name} of the networks and their rivals against the exclusion distance "
        "in km.",
        f"Held-out segments; protocol {protocol}. Lines: 95 % intervals of a bootstrap over ruptures."
        + (f" {at}" if nulls else ""),
        info,
    )


@FIGURES.register("training")
def training(run: Run) -> Iterator[Drawing]:
    """Draw the training loss of the leading task."""
    losses = run.fits[0].losses
    info = training_curve_info(np.arange(1, len(losses) + 1), losses.T)
    yield Drawing(
        "training_curves",
        "training",
        partial(plot_training_curves, {"training": info}, label=run.tasks[0].loss_name, step_label="epoch"),
        "Training loss against epoch, median and spread over the networks.",
        numbers=info,
    )
