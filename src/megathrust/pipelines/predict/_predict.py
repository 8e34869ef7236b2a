"""Apply a saved model to another table."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.core import BLOCK_ROWS, BoolArray, FloatArray, InputError, TableError, refuse_same
from megathrust.evaluation import class_sets, magnitude_range, predicted_class
from megathrust.models import (
    FCNStack,
    PredictionColumn,
    SavedModel,
    find_model,
    load_model,
    prediction_columns,
    quantile_column,
)
from megathrust.pipelines.build import iter_open_table
from megathrust.pipelines.experiment import segment_names, stored_domain
from megathrust.pipelines.predict._about import write_about
from megathrust.pipelines.predict._dataset import SegmentPredictions
from megathrust.pipelines.predict._files import check_prediction_path, writing_predictions
from megathrust.pipelines.predict._usable import check_usable, has_numbers, known_or_filled, notes_of
from megathrust.pipelines.tasks import CLASS_THRESHOLD, RANGE_MARGIN, ends_of
from megathrust.table import MAGNITUDE_UNIT, FeatureTable, schema_path, with_indicators


def predict(
    model: str | os.PathLike[str] | SavedModel, table: FeatureTable, out: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Predict classes, magnitudes or both of every segment of a table with every member of a saved stack.

    Parameters
    ----------
    model : str, path_like or SavedModel
        A model folder, the name of a released model (see `find_model`), or what `load_model` gave.
    table : FeatureTable
        Needs the model's features, in any order; a label is not needed.
    out : path_like, optional
        File for the result: ``.csv``, ``.parquet``, ``.geojson`` (points, RFC 7946) or ``.nc`` (netCDF after
        the CF conventions, with the predictions of every member). Beside it ``<out>.about.json`` names the
        model with its target, thresholds and verdict.

    Returns
    -------
    DataFrame
        A row per segment, in the table's order, and where it is.

        Of a model with classes: ``probability_<class>`` (mean over members), ``probability_spread``
        (standard deviation over members, of the highest class), ``predicted_class``, ``class_set`` (classes
        that are not too surprising, such as ``0|1``; see `conformal_threshold` for what is promised of it).

        Of a model with magnitudes: ``magnitude`` (Mw, mean over members; of quantiles the median),
        ``magnitude_spread`` (standard deviation over members), and under the quantile loss a column such as
        ``magnitude_q10`` for every level in percent (mean over members). ``magnitude_low`` and
        ``magnitude_high`` are the ends of a calibrated range (see `megathrust.evaluation.magnitude_margin`),
        where the model was saved with its margin.

        Of every model: ``dissimilarity`` (index with respect to the training segments) and ``applicable``
        (whether it is at most the model's threshold, no feature lies far beyond the training segments or far
        from what the others say of it, and all go together; the note names the features),
        ``trained_on_share`` (share of the members that saw this very segment in training: there the
        prediction is no test). A segment that lacks a feature has
        empty numbers and its reason in ``note``, unless the model was trained on segments that lacked it,
        too: then the missing value counts as the median of those, and ``note`` says so. The note also tells
        features that are coarser there than in other regions; a column is empty where the model was saved
        without what it needs.

    Raises
    ------
    ModelError
        If the model cannot be used, or was made for features that the table lacks.
    TableError
        If no segment has every feature.
    InputError
        If ``out`` ends in something else.
    OutputError
        If ``out`` cannot be written.

    Examples
    --------
    >>> from megathrust.table import load_builtin_table
    >>> table = load_builtin_table()
    >>> few = table.select_rows(table["region"] == "cas", "another region")
    >>> predict("great-regions", few)[["region", "segment", "predicted_class"]].head(2)
    region  segment  predicted_class
    0    cas        0                0
    1    cas        1                0
    """
    target = None if out is None else check_prediction_path(out)
    saved = model if isinstance(model, SavedModel) else load_model(model)
    table = with_indicators(table, saved.feature_names)
    check_usable(saved, table)
    frames = []
    with _written(saved, model, target) as write:
        for block in table.blocks(BLOCK_ROWS):
            predictions = _predictions(saved, block)
            write(predictions)
            frames.append(predictions.frame)
    return pd.concat(frames)


@dataclass
class PredictionCount:
    """How many segments were predicted.

    Attributes
    ----------
    segments : int
        Rows of the table.
    without : int
        Segments that lack a feature, or of which the networks give no finite number.
    outside : int or None
        Predicted segments outside the domain of applicability; none where the model was saved without it.
    """

    segments: int = 0
    without: int = 0
    outside: int | None = None

    def add(self, frame: pd.DataFrame) -> None:
        """Count the predictions of a block."""
        self.segments += len(frame)
        self.without += int((~has_numbers(frame["note"])).sum())
        known = frame["applicable"].dropna().astype(bool)
        if len(known):
            self.outside = (self.outside or 0) + int((~known).sum())


def predict_file(
    model: str | os.PathLike[str], table: str | os.PathLike[str], out: str | os.PathLike[str]
) -> PredictionCount:
    """Predict every segment of a table file, block by block: memory does not grow with the table.

    Parameters
    ----------
    model : str or path_like
        A model folder, or the name of a released model.
    table : path_like
        Segment table; it needs no label.
    out : path_like
        As for `predict`, which writes the same bytes.

    Raises
    ------
    MegathrustError
        As by `predict`, and if ``out`` is the table.
    """
    target = check_prediction_path(out)
    refuse_same(target, table, schema_path(table))
    saved = load_model(model)
    refuse_same(target, *(find_model(model) / name for name in ("model.json", "weights.safetensors")))
    count = PredictionCount()
    unusable: Exception | None = None
    with _written(saved, model, target) as write:
        for block in iter_open_table(table, label_required=False):
            block = with_indicators(block, saved.feature_names)
            try:
                check_usable(saved, block)
            except TableError as error:
                # The whole table is of no use only if each block is.
                unusable = unusable or error
            predictions = _predictions(saved, block)
            write(predictions)
            count.add(predictions.frame)
        if unusable is not None and count.without == count.segments:
            raise unusable
    return count


@contextmanager
def _written(
    saved: SavedModel, model: str | os.PathLike[str] | SavedModel, target: Path | None
) -> Iterator[Callable[[SegmentPredictions], None]]:
    """Give a function that writes predictions to a file, if there is one; their model is told beside."""
    if target is None:
        yield lambda predictions: None
        return
    name = None if isinstance(model, SavedModel) else Path(model).name
    with writing_predictions(
        target, lambda whole: write_about(saved, name, _declared(saved), target, whole)
    ) as write:
        yield write


def _declared(saved: SavedModel) -> tuple[PredictionColumn, ...]:
    return prediction_columns(saved.stack.architecture.heads, target=_target(saved))


def _target(saved: SavedModel) -> str:
    return str(saved.notes.get("target_long_name") or "largest observed Mw")


def _predictions(saved: SavedModel, table: FeatureTable) -> SegmentPredictions:
    unit = saved.notes.get("target_unit", MAGNITUDE_UNIT)
    if unit != MAGNITUDE_UNIT:
        raise InputError(
            "predictions are of classes and magnitudes, and this model predicts another target",
            given=f"{saved.notes['target']} in {unit}",
            action="its values for held-out segments stand in values.csv of its run",
        )
    values = table.frame[list(saved.feature_names)]
    whole: BoolArray = np.asarray(known_or_filled(saved, table).all(axis=1), dtype=bool)
    features = values.to_numpy(dtype=np.float64)[whole]
    heads, stack = saved.stack.architecture.heads, saved.stack
    frame = table.frame[["region", "segment", "s_km", "lon", "lat"]].copy()
    said = _said(stack, features)
    # Numbers beyond all training may overflow within a network: then nothing is predicted.
    finite = np.logical_and.reduce([np.isfinite(each).all(axis=(0, 2)) for each in said.values()])
    sure = whole.copy()
    sure[whole] = finite
    spread = {kind: _spread_out(each[:, finite], sure) for kind, each in said.items()}
    probabilities, magnitudes, quantiles = (
        spread.get(kind) for kind in ("probabilities", "magnitudes", "quantiles")
    )
    magnitudes = None if magnitudes is None else magnitudes[..., 0]
    sets = None
    if probabilities is not None:
        sets = _class_sets(saved, probabilities.mean(0), sure)
        _add_classes(frame, probabilities, sets, sure)
    if magnitudes is not None:
        frame["magnitude"], frame["magnitude_spread"] = magnitudes.mean(0), magnitudes.std(0)
    if quantiles is not None:
        for level, values_there in zip(heads.quantiles, quantiles.mean(0).T, strict=True):
            frame[quantile_column(level)] = values_there
    margin = _stored(saved, RANGE_MARGIN)
    if margin is not None and magnitudes is not None:
        ends = magnitudes[..., None] if quantiles is None else quantiles
        frame["magnitude_low"], frame["magnitude_high"] = magnitude_range(*ends_of(ends.mean(0)), margin)
    _add_judgement(frame, saved, features[finite], sure)
    frame["trained_on_share"] = _trained_on_share(saved, table)
    frame["note"] = _with_reasons(saved, notes_of(saved, table, sure), features[finite], sure)
    declared = _declared(saved)
    return SegmentPredictions(
        frame[[column.name for column in declared if column.name in frame]],
        declared,
        stack.members,
        _target(saved),
        probabilities,
        sets,
        saved.thresholds,
        magnitudes,
        quantiles,
        heads.quantiles,
    )


def _said(stack: FCNStack, features: FloatArray) -> dict[str, FloatArray]:
    """Return what every network says of some rows, (members, rows, numbers), by kind."""
    heads = stack.architecture.heads
    said: dict[str, FloatArray] = {}
    if heads.classes:
        said["probabilities"] = stack.probabilities(features)
    if heads.magnitude_outputs:
        said["magnitudes"] = stack.magnitudes(features)[..., None]
    if heads.gives_quantiles:
        said["quantiles"] = stack.quantiles(features)
    return said


def _add_classes(
    frame: pd.DataFrame, probabilities: FloatArray, sets: BoolArray | None, whole: BoolArray
) -> None:
    mean = probabilities.mean(0)
    for c, column in enumerate(mean.T):
        frame[f"probability_{c}"] = column
    frame["probability_spread"] = probabilities[:, :, -1].std(0)
    highest = _spread_out(predicted_class(mean[whole]).astype(np.float64)[None], whole)[0]
    frame["predicted_class"] = pd.array(highest, dtype="Int64")
    frame["class_set"] = _set_names(sets, len(frame))


def _add_judgement(frame: pd.DataFrame, saved: SavedModel, features: FloatArray, whole: BoolArray) -> None:
    domain = stored_domain(saved)
    dissimilarity = inside = np.full((1, len(features)), np.nan)
    if domain is not None:
        dissimilarity = domain.dissimilarity(features)[None]
        inside = domain.applicable(features).astype(np.float64)[None]
    frame["dissimilarity"] = _spread_out(dissimilarity, whole)[0]
    frame["applicable"] = pd.array(_spread_out(inside, whole)[0], dtype="boolean")


def _with_reasons(saved: SavedModel, notes: list[str], features: FloatArray, whole: BoolArray) -> list[str]:
    """Return the notes of all rows, with why a row is outside the domain of applicability."""
    domain = stored_domain(saved)
    if domain is None:
        return notes
    outside = dict(
        zip(np.flatnonzero(whole).tolist(), domain.reasons(features, saved.feature_names), strict=True)
    )
    return ["; ".join(filter(None, [note, outside.get(row, "")])) for row, note in enumerate(notes)]


def _spread_out(values: FloatArray, whole: BoolArray) -> FloatArray:
    """Put the whole rows of values (members, whole rows, ...) where they belong, NaN elsewhere."""
    result = np.full((len(values), len(whole), *values.shape[2:]), np.nan)
    result[:, whole] = values
    return result


def _stored(saved: SavedModel, name: str) -> float | None:
    """Return a number that a model keeps, none where it was saved without."""
    stored: FloatArray | None = saved.arrays.get(name)
    return None if stored is None else float(stored.item())


def _class_sets(saved: SavedModel, mean: FloatArray, whole: BoolArray) -> BoolArray | None:
    threshold: FloatArray | None = saved.arrays.get(CLASS_THRESHOLD)
    if threshold is None:
        return None
    sets = np.zeros((len(whole), mean.shape[1]), dtype=bool)
    sets[whole] = class_sets(mean[whole], threshold)
    return sets


def _set_names(sets: BoolArray | None, count: int) -> list[str]:
    if sets is None:
        return [""] * count
    return ["|".join(str(c) for c in np.flatnonzero(row)) for row in sets]


def _trained_on_share(saved: SavedModel, table: FeatureTable) -> FloatArray:
    names = segment_names(table)
    if not {str(member.get("fold")) for member in saved.members} <= set(saved.folds):
        # Nobody recorded what the networks were trained on, such as imported ones.
        return np.full(len(names), np.nan)
    networks = Counter(str(member["fold"]) for member in saved.members)
    seen: Counter[str] = Counter()
    for fold, count in networks.items():
        seen.update(dict.fromkeys(saved.folds[fold], count))
    return np.array([seen[name] / len(saved.members) for name in names])
