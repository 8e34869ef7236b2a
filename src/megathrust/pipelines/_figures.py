"""The figures and the report of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megathrust.core import REGION_NAMES, ProgressCallback, Verdict
from megathrust.evaluation import MEAN_SCENARIO, PERSISTENCE, predicted_class
from megathrust.pipelines._nulls import SINGLE, Null
from megathrust.pipelines._record import ruptures_of_highest_class, versions
from megathrust.plots import (
    ConfusionInfo,
    MagnitudeInfo,
    RelevanceInfo,
    ScenarioScoresInfo,
    confusion_info,
    exclusion_scores_info,
    magnitude_info,
    outcome_map_info,
    plot_confusion,
    plot_exclusion_scores,
    plot_magnitudes,
    plot_outcome_map,
    plot_relevance,
    plot_reliability,
    plot_scenario_scores,
    plot_training_curves,
    plot_trench_map,
    plot_world_map,
    relevance_info,
    reliability_info,
    save_figure,
    scenario_scores_info,
    strongest_relevance,
    training_curve_info,
    trench_map_info,
)
from megathrust.report import ReportFigure, RunReport, write_report

if TYPE_CHECKING:
    from megathrust.pipelines._magnitudes import MagnitudeResult
    from megathrust.pipelines._run import RunResult
    from megathrust.pipelines._tasks import Task

# How many features a heat map can show and still be read.
_FEATURES_SHOWN = 25

_FILES = {
    "config.yaml": "every setting of the run",
    "scores.csv": "tidy scores of networks, rivals and nulls, with intervals",
    "predictions.csv": "probabilities of every held-out segment by every model; no event: Mw 1",
    "relevance.nc": "relevance: member x class x segment x feature",
    "table.json": "rows and columns kept and left out, and why",
    "record.json": "seeds, versions, hashes, folds, verdict",
    "model/model.json": "the networks' description (weights beside it)",
}

_MAGNITUDE_FILES = {
    "magnitudes.csv": "magnitude of every held-out segment by every model; no event: empty",
    "magnitude_scores.csv": "tidy scores of predicted magnitudes, with intervals",
    "model-magnitude/model.json": "the description of the networks that predict it",
}


@dataclass(frozen=True)
class _Drawing:
    """One figure, and what a reader who cannot see it should know."""

    kind: str
    name: str
    draw: Callable[[], Any]
    alt: str
    caption: str = ""


def draw_run(result: RunResult, folder: Path, *, progress: ProgressCallback | None = None) -> None:
    """Draw every figure of a run into ``figures/`` and write ``report.html``."""
    scores = _all_scores(result)
    drawings = list(_drawings(result, scores))
    drawn = []
    for done, drawing in enumerate(drawings, start=1):
        (path,) = save_figure(drawing.draw(), folder / "figures" / f"{drawing.name}.png")
        drawn.append(ReportFigure(drawing.kind, path, drawing.alt, drawing.caption))
        if progress is not None:
            progress(done, len(drawings))
    write_report(folder / "report.html", _report(result, scores, tuple(drawn)))


def class_names(thresholds: Sequence[float]) -> tuple[str, ...]:
    """Return what the classes are called.

    Examples
    --------
    >>> class_names((6.4, 8.3))
    ('Mw < 6.4', '6.4 ≤ Mw < 8.3', 'Mw ≥ 8.3')
    """
    between = (f"{low:.1f} ≤ Mw < {high:.1f}" for low, high in pairwise(thresholds))
    return (f"Mw < {thresholds[0]:.1f}", *between, f"Mw ≥ {thresholds[-1]:.1f}")


def _scenario_scores(
    result: RunResult, scores: pd.DataFrame, nulls: Sequence[Null], task: Task, verdict: Verdict
) -> ScenarioScoresInfo:
    names = [null.name for null in nulls]
    metric, score_class = task.metric
    return scenario_scores_info(
        # The figure has room for one null; the others speak through their p-values in the verdict.
        scores[~scores["model"].isin(names[1:])],
        networks=[verdict.model, SINGLE],
        protocol=result.splitter.protocol,
        exclusion_km=result.splitter.exclusion_km,
        metric=metric,
        score_class=score_class,
        null=names[0] if names else "no null",
        verdict=verdict,
    )


def _all_scores(result: RunResult) -> list[ScenarioScoresInfo]:
    """Return the scores of the classes, then those of the magnitude if it was predicted."""
    scores = [_scenario_scores(result, result.scores, result.nulls, result.problem.task, result.verdict)]
    if (also := result.magnitudes) is not None:
        scores.append(_scenario_scores(result, also.scores, also.nulls, also.task, also.verdict))
    return scores


def _drawings(result: RunResult, scores: Sequence[ScenarioScoresInfo]) -> Iterator[_Drawing]:
    names = class_names(result.config.thresholds)
    frame = _held_out(result)
    splitter = result.splitter
    protocol = f"protocol {splitter.protocol}, exclusion distance {splitter.exclusion_km:g} km"
    yield _Drawing(
        "scenario_scores",
        "scores_by_scenario",
        lambda: plot_scenario_scores(scores[0]),
        "Macro-F1 of the networks and their rivals in every scenario. " + " ".join(result.verdict.sentences),
    )
    if result.config.curve.exclusion_km and np.isfinite(splitter.exclusion_km):
        yield _Drawing(
            "exclusion_scores",
            "scores_by_exclusion_distance",
            lambda: _exclusion_figure(result),
            "Mean macro-F1 of the networks and their rivals against the exclusion distance in km.",
        )
    yield _Drawing(
        "confusion",
        "confusion",
        lambda: plot_confusion(list(_confusions(result, names))),
        "Observed against predicted class, all scenarios together, for the networks and their rivals.",
        protocol,
    )
    yield _Drawing(
        "outcome_map",
        "map_probability_and_observed",
        lambda: plot_outcome_map(outcome_map_info(frame, class_names=names)),
        f"Maps of the probability of {names[-1]} and of the observed class along every trench.",
        f"Mean probability of the networks that were not fitted on the segment; {protocol}.",
    )
    yield from _overview_drawings(result, frame, names)
    if result.magnitudes is not None:
        yield from _magnitude_drawings(result.magnitudes, scores[1], protocol)
    yield from _relevance_drawings(result, names)
    yield _Drawing(
        "training_curves",
        "training",
        lambda: _training_figure(result),
        "Training loss against epoch, median and spread over the networks.",
    )


def _overview_drawings(result: RunResult, frame: pd.DataFrame, names: tuple[str, ...]) -> Iterator[_Drawing]:
    probability = f"probability of {names[-1]}"
    label = result.problem.table.columns[result.problem.table.target()].long_name
    yield _Drawing(
        "world_map",
        "map_world",
        lambda: plot_world_map(
            trench_map_info(frame, value="probability"), label=probability, low=0.0, high=1.0
        ),
        f"World map of the {probability} along every trench.",
    )
    yield _Drawing(
        "trench_map",
        "map_observed_magnitude",
        lambda: plot_trench_map(trench_map_info(frame, value="magnitude"), label=f"{label} (Mw)"),
        "Largest observed magnitude of every segment along every trench.",
        "Segments without an event stand at Mw 1: none was observed, which is not the same as small.",
    )
    if result.problem.n_classes == 2:
        yield _Drawing(
            "reliability",
            "reliability",
            lambda: plot_reliability(
                reliability_info(frame["probability"], frame["observed"]), model=result.verdict.model
            ),
            "Observed frequency against predicted probability.",
        )


def _magnitude_drawings(
    magnitudes: MagnitudeResult, scores: ScenarioScoresInfo, protocol: str
) -> Iterator[_Drawing]:
    yield _Drawing(
        "magnitude_errors",
        "magnitude_errors_by_scenario",
        lambda: plot_scenario_scores(scores),
        "Mean absolute error of predicted magnitudes in every scenario. "
        + " ".join(magnitudes.verdict.sentences),
        protocol,
    )
    yield _Drawing(
        "magnitudes",
        "magnitudes",
        lambda: plot_magnitudes(list(_magnitude_infos(magnitudes))),
        "Predicted against observed magnitude of held-out segments, for the networks and their rivals.",
        protocol,
    )


def _magnitude_infos(magnitudes: MagnitudeResult) -> Iterator[MagnitudeInfo]:
    model = magnitudes.verdict.model
    for name in (model, PERSISTENCE, "region mean", "extra trees"):
        if name not in magnitudes.predictions:
            continue
        rows = np.concatenate([each.rows for each in magnitudes.predictions[name]])
        yield magnitude_info(
            magnitudes.task.magnitudes[rows],
            np.concatenate([each.magnitudes for each in magnitudes.predictions[name]]),
            model=name,
            quantiles=np.concatenate(magnitudes.quantiles)
            if magnitudes.quantiles and name == model
            else None,
            levels=magnitudes.task.heads.quantiles,
        )


def _relevance_drawings(result: RunResult, names: tuple[str, ...]) -> Iterator[_Drawing]:
    dataset = result.relevance
    features = [str(name) for name in dataset["feature"].to_numpy()]
    families = [str(family) for family in dataset["feature_family"].to_numpy()]
    groups = {name: family or name for name, family in zip(features, families, strict=True)}
    values = dataset["relevance"].to_numpy()
    model = result.verdict.model
    warning = (
        None
        if result.verdict.passed
        else f"{model} is not shown to beat its rivals: relevance describes the model, not the Earth"
    )
    note = (
        f"Mean over {values.shape[0]} networks per scenario and {values.shape[2]} held-out segments; "
        f"{dataset.attrs['method']}."
    )
    count = min(_FEATURES_SHOWN, len(features))
    by_family = relevance_info(values, features=features, class_names=names, groups=groups)
    by_feature = strongest_relevance(relevance_info(values, features=features, class_names=names), count)
    for name, title, info in (
        ("relevance_families", "Relevance of feature families", by_family),
        ("relevance_features", f"Relevance of the {count} strongest features", by_feature),
    ):

        def draw(info: RelevanceInfo = info, title: str = title) -> Any:
            return plot_relevance(info, title=title, watermark=warning)

        yield _Drawing("relevance", name, draw, f"{title} for each class, with spread over networks.", note)


def _training_figure(result: RunResult) -> Any:
    losses = result.fit.losses
    curve = training_curve_info(np.arange(1, len(losses) + 1), losses.T)
    label = "cross-entropy with smoothed labels" if result.config.network.label_smoothing else "cross-entropy"
    return plot_training_curves({"training": curve}, label=f"{label} (nats)", step_label="epoch")


def _exclusion_figure(result: RunResult) -> Any:
    models = [result.verdict.model, *result.config.curve.baselines]
    info = exclusion_scores_info(
        result.scores[result.scores["model"].isin(models)],
        networks=[result.verdict.model],
        protocol=result.splitter.protocol,
    )
    return plot_exclusion_scores(info)


def _confusions(result: RunResult, names: tuple[str, ...]) -> Iterator[ConfusionInfo]:
    for model in (result.verdict.model, PERSISTENCE, "region prior", "extra trees"):
        if model in result.predictions:
            rows = np.concatenate([p.rows for p in result.predictions[model]])
            predicted = np.concatenate([predicted_class(p.probabilities) for p in result.predictions[model]])
            yield confusion_info(result.problem.classes[rows], predicted, model=model, class_names=names)


def _held_out(result: RunResult) -> pd.DataFrame:
    """Return one row per segment with the networks' held-out prediction."""
    predictions = result.predictions[result.verdict.model]
    rows = np.concatenate([p.rows for p in predictions])
    probabilities = np.concatenate([p.probabilities for p in predictions])
    # Published chunks share a few segments; the map shows each once.
    rows, first = np.unique(rows, return_index=True)
    frame = result.problem.table.frame.loc[rows, ["region", "s_km", "lon", "lat"]].copy()
    frame["probability"] = probabilities[first, -1]
    frame["predicted"] = predicted_class(probabilities[first])
    frame["observed"] = result.problem.classes[rows]
    frame["magnitude"] = result.problem.table.magnitudes()[rows]
    return frame.reset_index(drop=True)


def _report(
    result: RunResult, scores: Sequence[ScenarioScoresInfo], figures: tuple[ReportFigure, ...]
) -> RunReport:
    table, config = result.problem.table, result.config
    regions = ", ".join(REGION_NAMES[name] for name in sorted(set(table.frame["region"])))
    count = config.network.members
    scored = result.scores[result.scores["scenario"] == MEAN_SCENARIO]["model"].nunique()
    return RunReport(
        title="Which trench segments host great earthquakes",
        summary=(
            f"{len(result.folds) * count} networks ({count} per scenario) classify {len(table)} segments of "
            f"{regions} by {table.columns[table.target()].long_name}; classes: "
            f"{'; '.join(class_names(config.thresholds))}. {scored} models and nulls are scored on the same "
            "held-out segments."
        ),
        scores=tuple(scores),
        segments=len(table),
        ruptures=ruptures_of_highest_class(result.problem),
        dropped=_dropped(result),
        configuration=_flat(config.model_dump(mode="json")),
        record={"seed": config.seed, **versions()},
        figures=figures,
        files=_FILES if result.magnitudes is None else _FILES | _MAGNITUDE_FILES,
    )


def _dropped(result: RunResult) -> pd.DataFrame:
    table = result.problem.table
    records = [("rows read", result.rows_read, ""), ("rows kept", len(table), "")]
    for kind in ("row", "column"):
        reasons = Counter(e.reason for e in table.exclusions if e.kind == kind)
        records += [(f"{kind}s left out", count, reason) for reason, count in reasons.most_common()]
    return pd.DataFrame.from_records(records, columns=["what", "count", "reason"])


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    """Name nested settings by their path, as in ``network.epochs``."""
    result: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            result |= _flat(value, f"{prefix}{name}.")
        else:
            result[prefix + name] = value
    return result
