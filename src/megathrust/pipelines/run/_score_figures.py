"""Figures of scores: by scenario, against the exclusion distance, and of the training itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from megathrust.evaluation import POOLED_SCENARIO, Prediction, pooled
from megathrust.pipelines.experiment import NETWORK, SINGLE, Judgement, score_predictions
from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import Run
from megathrust.plots import (
    RegionScoresInfo,
    ScenarioScoresInfo,
    exclusion_scores_info,
    plot_exclusion_scores,
    plot_region_scores,
    plot_scenario_scores,
    plot_training_curves,
    region_scores_info,
    scenario_scores_info,
    training_curve_info,
)

# Fewer observations than these in a region give no interval.
_LEAST_UNITS = 5


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


def region_scores(run: Run, judgement: Judgement) -> RegionScoresInfo:
    """Return what every model scores in every region, on all its held-out segments together.

    A region of one class has no macro-F1 to speak of: classes are judged by the Brier score, magnitudes by
    their mean absolute error.
    """
    experiment, predictand = run.experiment, judgement.predictand
    metric = ("mae", "all") if predictand.lower_is_better else ("brier", "all")
    region = experiment.rows.region.astype(str)
    parts = []
    for model, predictions in judgement.predictions.items():
        said = pooled(predictions)
        own = [
            Prediction(str(name), said.rows[inside], said.predicted[inside])
            for name in np.unique(region[said.rows])
            for inside in [region[said.rows] == name]
        ]
        parts.append(score_predictions(replace(experiment, together=True), predictand, model, own))
    scores = pd.concat(parts)
    scores = scores[(scores["metric"] == metric[0]) & (scores["class"] == metric[1])]
    scores = scores[(scores["scenario"] != POOLED_SCENARIO) & scores["value"].notna()]
    scores = scores.rename(columns={"scenario": "region"})
    tested = pooled(judgement.predictions[NETWORK]).rows
    tested = tested[np.isfinite(np.asarray(predictand.observed, dtype=np.float64)[tested])]
    rows = pd.DataFrame({"region": region, "unit": experiment.units, "rupture": experiment.ruptures})
    rows = rows.iloc[tested]
    units = rows.groupby("region")["unit"].nunique()
    great = rows[experiment.highest[tested]].groupby("region")["rupture"].nunique()
    counted = great if experiment.table.is_magnitude() else units
    table = scores.assign(
        segments=scores["region"].map(rows["region"].value_counts()),
        ruptures=scores["region"].map(counted).fillna(0).astype(int),
    )
    # A bootstrap of a few observations knows no interval.
    few = table["region"].map(units) < _LEAST_UNITS
    table.loc[few, ["low", "high"]] = np.nan
    columns = ["region", "segments", "ruptures", "model", "value", "low", "high"]
    label = "mean absolute error" if predictand.lower_is_better else "Brier score of held-out segments"
    return region_scores_info(table[columns], networks=[NETWORK], label=label)


@FIGURES.register("scores by region")
def by_region(run: Run) -> Iterator[Drawing]:
    """Draw what every model scores in every region."""
    counted = "great ruptures" if run.experiment.table.is_magnitude() else "blocks"
    for judgement in run.judgements:
        predictand = judgement.predictand
        info = region_scores(run, judgement)
        stem = predictand.figure_of_scores[1].removesuffix("_by_scenario")
        yield Drawing(
            "scenario_scores",
            f"{stem}_by_region",
            partial(plot_region_scores, info),
            f"{info.label} of the networks and their rivals, region by region.",
            f"{run.caption} In brackets: segments, {counted}. Line: 95 % interval of the networks, of a "
            f"bootstrap over ruptures and the runs between them, where there are {_LEAST_UNITS}: one "
            "or two ruptures say next to nothing of a region.",
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
