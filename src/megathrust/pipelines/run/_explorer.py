"""What the page of a run lets a reader explore, a function per heading of a segment's card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, IntArray
from megathrust.evaluation import class_sets, predicted_class
from megathrust.pipelines.experiment import NETWORK, Judgement
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._likeness import held_out_likeness
from megathrust.pipelines.run._map_frames import LOWEST_MAGNITUDE, ruptures_of
from megathrust.pipelines.run._segment_relevance import (
    explained_by,
    family_relevance,
    feature_relevance,
)
from megathrust.pipelines.tasks import ClassPredictand, MagnitudePredictand, class_names
from megathrust.plots import (
    ValueStyle,
    class_style,
    fold_style,
    magnitude_style,
    outcome_style,
    probability_style,
    relevance_style,
    spread_style,
    value_style,
)
from megathrust.report import Explorer, Variable

_KEYS = ["region", "segment"]
# How many features of a family that stands a card can show and still be read.
_FEATURES_OF_A_FAMILY = 3
_RELEVANCE = "Relevance"
_NEGATIVE, _TOO_HIGH, _POSITIVE, _TOO_LOW = range(4)


@dataclass(frozen=True)
class _Rows:
    """Rows of the table as it was given, and which of them the run kept."""

    given: pd.DataFrame
    place: IntArray

    def spread_out(self, values: Any) -> np.ndarray:
        """Put values of kept rows where they belong among all, NaN elsewhere."""
        result = np.full(len(self.given), np.nan)
        result[self.place] = values
        return result


def explorer_of(run: Run) -> Explorer:
    """Return what the page of a run shows of every segment."""
    table = run.table
    given = table.frame.reset_index(drop=True)
    kept = pd.MultiIndex.from_frame(run.experiment.table.frame[_KEYS])
    rows = _Rows(given, pd.MultiIndex.from_frame(given[_KEYS]).get_indexer(kept))
    reasons = {e.name: e.reason for e in run.experiment.table.exclusions if e.kind == "row"}
    names = given["region"].astype(str) + ":" + given["segment"].astype(str)
    left_out = np.ones(len(given), dtype=bool)
    left_out[rows.place] = False
    segments = given[["region", "segment", "s_km", "lon", "lat"]].assign(
        left_out=left_out, reason=names.map(reasons).where(left_out, None)
    )
    variables = (
        *_predicted(run, rows),
        *_observed(run, rows),
        *_rivals(run, rows),
        *_held_out(run, rows),
        *_relevance(run, rows),
        *_features(run, rows),
    )
    known = {variable.key for variable in variables}
    highest = f"probability_{len(run.config.thresholds)}"
    strip = {"magnitude": "observed_magnitude", "probability": highest}
    return Explorer(
        segments,
        variables,
        first=variables[0].key,
        ruptures=ruptures_of(run),
        strip={part: key for part, key in strip.items() if key in known},
        thresholds=tuple(run.config.thresholds),
        notes=_notes(run, list(dict.fromkeys(variable.group for variable in variables))),
    )


def _first_said(run: Run, values: Sequence[Any]) -> np.ndarray:
    """Return values of test rows, given fold by fold, for all kept rows; of rows tested twice the first."""
    result = np.full((len(run.experiment.table), *np.shape(values[0])[1:]), np.nan)
    for fold, part in reversed(list(zip(run.experiment.folds, values, strict=True))):
        result[fold.test] = part
    return result


def _predicted(run: Run, rows: _Rows) -> Iterator[Variable]:
    for judgement in run.judgements:
        if isinstance(judgement.predictand, ClassPredictand):
            yield from _predicted_classes(run, rows, judgement)
        elif isinstance(judgement.predictand, MagnitudePredictand):
            yield from _predicted_numbers(run, rows, judgement, judgement.predictand)


def _predicted_classes(run: Run, rows: _Rows, judgement: Judgement) -> Iterator[Variable]:
    names = class_names(run.config.thresholds)
    mean = _first_said(run, [each.predicted for each in judgement.predictions[NETWORK]])
    spread = rows.spread_out(_first_said(run, [said[:, :, -1].std(0) for said in judgement.said]))
    tested = np.isfinite(mean).all(1)
    said, observed = np.full(len(mean), np.nan), run.experiment.classes.astype(np.float64)
    said[tested] = predicted_class(mean[tested])
    outcome = np.select(
        [said > observed, said < observed, observed > 0], [_TOO_HIGH, _TOO_LOW, _POSITIVE], _NEGATIVE
    ).astype(np.float64)
    outcome[~tested] = np.nan
    sets: list[str | None] = [None] * len(mean)
    held = class_sets(mean[tested], judgement.calibration.applied)
    for row, those in zip(np.flatnonzero(tested), held, strict=True):
        sets[row] = " or ".join(name for name, inside in zip(names, those, strict=True) if inside)
    group = "Prediction"
    yield Variable(
        f"probability_{len(names) - 1}",
        f"probability of {names[-1]}",
        group,
        rows.spread_out(mean[:, -1]),
        probability_style(names[-1]),
        spread=spread,
        listed=True,
    )
    yield Variable("disagreement", "spread of the probability over networks", group, spread, spread_style())
    yield Variable(
        "predicted_class", "predicted class", group, rows.spread_out(said), class_style(names), crossed=True
    )
    words = ("lowest class, right", "predicted too high", "higher class, right", "predicted too low")
    style = outcome_style() if len(names) == 2 else outcome_style(words)
    yield Variable("outcome", "outcome", group, rows.spread_out(outcome), style, listed=True, crossed=True)
    coverage = judgement.calibration.coverage
    texts = pd.Series(sets, dtype=object).reindex(range(len(mean)))
    whole = pd.Series([None] * len(rows.given), dtype=object)
    whole.iloc[rows.place] = texts.to_numpy()
    yield Variable("class_set", f"class set, made for {coverage:.0%} coverage", group, whole)


def _predicted_numbers(
    run: Run, rows: _Rows, judgement: Judgement, predictand: MagnitudePredictand
) -> Iterator[Variable]:
    mean = rows.spread_out(_first_said(run, [each.predicted for each in judgement.predictions[NETWORK]]))
    spread = _first_said(run, [predictand.scored(said).std(0) for said in judgement.said])
    yield Variable(
        predictand.name,
        f"predicted {predictand.name}",
        "Prediction",
        mean,
        _number_style(run, mean, f"predicted {predictand.quantity}"),
        unit=_unit(run),
        spread=rows.spread_out(spread),
        listed=True,
    )


def _unit(run: Run) -> str:
    table = run.experiment.table
    return table.columns[table.target()].unit


def _number_style(run: Run, values: FloatArray, label: str, name: str | None = None) -> ValueStyle:
    """Return the style of magnitudes, or of numbers of another kind."""
    if run.table.is_magnitude(name or run.experiment.table.target()):
        return magnitude_style(run.config.thresholds, label=label)
    return value_style(values, label)


def _target_values(run: Run, rows: _Rows, name: str) -> FloatArray:
    """Return a target of the table; of magnitudes NaN where no event was observed."""
    values: FloatArray = np.array(rows.given[name], dtype=np.float64)
    if run.table.is_magnitude(name):
        values[values < LOWEST_MAGNITUDE] = np.nan
    return values


def _observed(run: Run, rows: _Rows) -> Iterator[Variable]:
    table, target, group = run.table, run.experiment.table.target(), "Observation"
    observed, is_magnitude = _target_values(run, rows, target), table.is_magnitude(target)
    label = "largest observed magnitude" if is_magnitude else table.columns[target].long_name
    yield Variable(
        "observed_magnitude" if is_magnitude else "observed_value",
        label,
        group,
        observed,
        _number_style(run, observed, "largest observed Mw" if is_magnitude else label),
        unit=_unit(run),
        listed=True,
    )
    if is_magnitude:
        names = class_names(run.config.thresholds)
        classes = rows.spread_out(run.experiment.classes.astype(np.float64))
        yield Variable("observed_class", "observed class", group, classes, class_style(names), crossed=True)
    for end, label in (
        ("date", "day"),
        ("rupture", "event"),
        ("quality", "grade of the extent, A best"),
        ("source", "source of the extent"),
    ):
        name = f"{target}_{end}"
        if name in rows.given:
            values = rows.given[name].astype(object).where(rows.given[name].notna(), None)
            words = [None if value in (None, "") else str(value) for value in values]
            yield Variable(
                name, f"{label} of that event" if end == "date" else label, group, words, listed=end == "date"
            )
    for other in (name for name in table.target_names if name != target):
        values, column = _target_values(run, rows, other), table.columns[other]
        style = _number_style(run, values, column.long_name, other) if np.isfinite(values).any() else None
        yield Variable(other, column.long_name, "Other labels", values, style, unit=column.unit)


def _rivals(run: Run, rows: _Rows) -> Iterator[Variable]:
    for judgement in run.judgements:
        predictand = judgement.predictand
        classes = isinstance(predictand, ClassPredictand)
        what = f"probability_{len(run.config.thresholds)}" if classes else predictand.name
        for name, predictions in judgement.predictions.items():
            if name != NETWORK:
                said = _first_said(run, [each.predicted for each in predictions])
                highest = rows.spread_out(said[:, -1] if said.ndim == 2 else said)
                style = (
                    probability_style(class_names(run.config.thresholds)[-1])
                    if classes
                    else _number_style(run, highest, f"predicted {what}")
                )
                label = name if classes else f"{name}, {what}"
                unit = "" if classes else _unit(run)
                yield Variable(f"{what}, {name}", label, "Rivals", highest, style, unit=unit)


def _held_out(run: Run, rows: _Rows) -> Iterator[Variable]:
    experiment, group = run.experiment, "Validation"
    numbers = [np.full(len(fold.test), number) for number, fold in enumerate(experiment.folds)]
    names = [f"scenario {fold.name}" for fold in experiment.folds]
    fold = rows.spread_out(_first_said(run, numbers))
    yield Variable("fold", "held out in", group, fold, fold_style(names), listed=True, crossed=True)
    likeness = held_out_likeness(run)
    values = rows.spread_out(_first_said(run, likeness.dissimilarity))
    yield Variable(
        "dissimilarity",
        f"dissimilarity to the training segments; outside above {likeness.domain.limit:.2f}",
        group,
        values,
        value_style(values, "dissimilarity", low=0.0),
    )


def _relevance(run: Run, rows: _Rows) -> Iterator[Variable]:
    """Give the relevance of every family, and of the leading features of families that stand."""
    families, features = run.explained("families"), run.explained("features")
    of_families, of_features = (each(run).of(rows.given) for each in (family_relevance, feature_relevance))
    unit = run.explanation.attrs["unit"]
    for each in families.sort_values("stands", ascending=False, kind="stable").itertuples():
        label = f"relevance of {each.family}" + ("" if each.stands else ", not shown to stand")
        mean, spread = (part[each.family] for part in of_families)
        yield _relevance_variable(f"relevance_{each.family}", label, unit, mean, spread, each.reason)
    inside = features[features["family_stands"] & (features["feature"] != features["family"])]
    for each in inside.groupby("family", sort=False).head(_FEATURES_OF_A_FAMILY).itertuples():
        label = f"relevance of {each.feature}, in {each.family}"
        mean, spread = (part[each.feature] for part in of_features)
        yield _relevance_variable(f"relevance_{each.family}_{each.feature}", label, unit, mean, spread)


def _relevance_variable(
    key: str, label: str, unit: str, mean: pd.Series, spread: pd.Series, why_grey: str = ""
) -> Variable:
    limit = float(np.nanquantile(np.abs(mean), 0.98)) or 1.0
    return Variable(
        key,
        label,
        f"{_RELEVANCE}, grey: {why_grey}" if why_grey else _RELEVANCE,
        mean,
        relevance_style(limit, stands=not why_grey),
        unit=unit,
        spread=spread,
    )


def _notes(run: Run, groups: Sequence[str]) -> dict[str, str]:
    """Return a sentence for headings of the card; what relevance is, stands under its first heading."""
    notes = {
        "Prediction": f"By the networks that were not fitted on the segment; {run.place}.",
        "Rivals": "What simple models say of the segment that were not fitted on it either.",
    }
    grey = "The networks use it; that they are right about it is not shown."
    own = [group for group in groups if group.startswith(_RELEVANCE)]
    notes |= {group: grey for group in own if group != _RELEVANCE}
    whole = (
        f"{explained_by(run)} Behind ± the spread over networks and encodings. It describes the networks, "
        "not the Earth."
    )
    return notes | {own[0]: f"{whole} {notes.get(own[0], '')}".strip()}


def _features(run: Run, rows: _Rows) -> Iterator[Variable]:
    table = run.table
    by_family: dict[str, list[str]] = {}
    for name in table.feature_names:
        by_family.setdefault(table.columns[name].family or "other", []).append(name)
    for family, names in by_family.items():
        for name in names:
            values: FloatArray = rows.given[name].to_numpy(dtype=np.float64)
            column = table.columns[name]
            style = value_style(values, name) if np.isfinite(values).any() else None
            yield Variable(
                name, column.long_name, f"Feature: {family}", values, style, unit=column.unit, ranked=True
            )
