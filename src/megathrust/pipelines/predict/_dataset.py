"""Predictions as a dataset with axes, after the CF conventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from megathrust.core import BoolArray, FloatArray
from megathrust.models import PredictionColumn

#: What stands in a byte where nothing is known.
UNKNOWN = -1

# A variable of a dataset: its axes, its values, its attributes.
_Variable = tuple[str | tuple[str, ...], np.ndarray[Any, Any], dict[str, object]]


@dataclass(frozen=True)
class SegmentPredictions:
    """Predictions of a table's segments, ready to be written.

    Everything is NaN, and every set empty, for a segment that lacks a feature.

    Attributes
    ----------
    frame : DataFrame
        See `predict`.
    columns : tuple of PredictionColumn
        What its columns mean.
    members : int
        How many networks there are.
    target : str
        What the classes are classes of, and the magnitudes magnitudes of, in words.
    probabilities : ndarray, shape (members, segments, classes), or None
        By each network; none without classes.
    class_sets : ndarray of bool, shape (segments, classes), or None
        Which classes stand in the set of each segment.
    thresholds : tuple of float
        Magnitudes between the classes.
    magnitudes : ndarray, shape (members, segments), or None
        By each network; none without magnitudes.
    quantiles : ndarray, shape (members, segments, levels), or None
        By each network; none but under the quantile loss.
    levels : tuple of float
        Levels of the quantiles.
    """

    frame: pd.DataFrame
    columns: tuple[PredictionColumn, ...]
    members: int
    target: str
    probabilities: FloatArray | None = None
    class_sets: BoolArray | None = None
    thresholds: tuple[float, ...] = ()
    magnitudes: FloatArray | None = None
    quantiles: FloatArray | None = None
    levels: tuple[float, ...] = ()


def prediction_dataset(predictions: SegmentPredictions) -> xr.Dataset:
    """Return predictions as a dataset after the CF conventions, with those of every member.

    Parameters
    ----------
    predictions : SegmentPredictions

    Returns
    -------
    Dataset
        With classes ``member_probability`` (member, segment, class) and ``probability`` (segment, class);
        with magnitudes ``member_magnitude`` (member, segment) and ``magnitude`` (segment); with quantiles
        ``member_magnitude_quantile`` (member, segment, quantile) and ``magnitude_quantile`` (segment,
        quantile); and the other columns of the frame along ``segment``. Truth values are bytes with flags,
        -1 where nothing is known.
    """
    variables: dict[str, _Variable] = {}
    coordinates: dict[str, _Variable] = {
        "member": (
            "member",
            np.arange(predictions.members),
            _words("network", standard_name="realization", units="1"),
        ),
        **_places(predictions),
    }
    predicted = []
    if predictions.probabilities is not None:
        variables |= _class_variables(predictions, predictions.probabilities)
        numbers = np.arange(predictions.probabilities.shape[2])
        coordinates["class"] = (
            "class",
            numbers.astype(np.int8),
            _words("class", **_class_flags(predictions)),
        )
        predicted.append("classes")
    if predictions.magnitudes is not None:
        variables |= _magnitude_variables(predictions, predictions.magnitudes)
        predicted.append("magnitudes")
    if predictions.quantiles is not None:
        variables |= _quantile_variables(predictions, predictions.quantiles)
        levels = np.asarray(predictions.levels, dtype=np.float64)
        coordinates["quantile"] = ("quantile", levels, _words("level of the quantile", units="1"))
    variables |= _judging_variables(predictions)
    attributes = {
        "Conventions": "CF-1.11",
        "title": f"Predicted {' and '.join(predicted)} of trench segments",
        "comment": f"target: {predictions.target}; no event observed is censored, not small",
    }
    dataset = xr.Dataset(variables, coordinates, attributes)
    for variable in dataset.data_vars.values():
        if "flag_values" in variable.attrs:
            variable.encoding["_FillValue"] = np.int8(UNKNOWN)
    return dataset


def _class_variables(predictions: SegmentPredictions, probabilities: FloatArray) -> dict[str, _Variable]:
    frame = predictions.frame
    columns = [f"probability_{c}" for c in range(probabilities.shape[2])]
    pair = ("segment", "class")
    return {
        "probability": (
            pair,
            frame[columns].to_numpy(dtype=np.float64),
            _words("probability of the class, mean over members", units="1"),
        ),
        "member_probability": (
            ("member", *pair),
            probabilities.astype(np.float32),
            _words("probability of the class by each network", units="1"),
        ),
        "probability_spread": _number(predictions, "probability_spread"),
        "predicted_class": (
            "segment",
            _as_bytes(frame["predicted_class"]),
            _words(_declared(predictions, "predicted_class").meaning, **_class_flags(predictions)),
        ),
        "class_set": (
            pair,
            _set_bytes(predictions, probabilities.shape[2]),
            _words(
                "whether the class stands in the class set of the segment", **_flags([0, 1], ["no", "yes"])
            ),
        ),
    }


def _magnitude_variables(predictions: SegmentPredictions, magnitudes: FloatArray) -> dict[str, _Variable]:
    frame, target = predictions.frame, predictions.target
    ends = {
        f"magnitude_{end}": _number(predictions, f"magnitude_{end}")
        for end in ("low", "high")
        if f"magnitude_{end}" in frame
    }
    return {
        **ends,
        "magnitude": _number(predictions, "magnitude"),
        "member_magnitude": (
            ("member", "segment"),
            magnitudes.astype(np.float32),
            _words(f"{target}, by each network", units="1"),
        ),
        "magnitude_spread": _number(predictions, "magnitude_spread"),
    }


def _quantile_variables(predictions: SegmentPredictions, quantiles: FloatArray) -> dict[str, _Variable]:
    target, pair = predictions.target, ("segment", "quantile")
    return {
        "magnitude_quantile": (
            pair,
            quantiles.mean(0),
            _words(f"quantile of {target}, mean over members", units="1"),
        ),
        "member_magnitude_quantile": (
            ("member", *pair),
            quantiles.astype(np.float32),
            _words(f"quantile of {target}, by each network", units="1"),
        ),
    }


def _judging_variables(predictions: SegmentPredictions) -> dict[str, _Variable]:
    frame, flags = predictions.frame, _flags([0, 1], ["outside", "inside"])
    inside = _words(_declared(predictions, "applicable").meaning, **flags)
    return {
        "dissimilarity": _number(predictions, "dissimilarity"),
        "applicable": ("segment", _as_bytes(frame["applicable"]), inside),
        "trained_on_share": _number(predictions, "trained_on_share"),
        "note": _text(predictions, "note"),
    }


def _places(predictions: SegmentPredictions) -> dict[str, _Variable]:
    places = {name: _number(predictions, name) for name in ("segment", "s_km", "lon", "lat")}
    for name, standard in (("lon", "longitude"), ("lat", "latitude")):
        places[name][2]["standard_name"] = standard
    return {
        "region": _text(predictions, "region"),
        # The axis has the name of the column.
        "segment_number": places.pop("segment"),
        **places,
    }


def _text(predictions: SegmentPredictions, name: str) -> _Variable:
    meaning = _declared(predictions, name).meaning
    return "segment", predictions.frame[name].to_numpy().astype(str), _words(meaning)


def _number(predictions: SegmentPredictions, name: str) -> _Variable:
    column = _declared(predictions, name)
    return "segment", predictions.frame[name].to_numpy(), _words(column.meaning, units=column.unit)


def _declared(predictions: SegmentPredictions, name: str) -> PredictionColumn:
    return next(column for column in predictions.columns if column.name == name)


def _words(long_name: str, **attributes: object) -> dict[str, object]:
    return {"long_name": long_name, **attributes}


def _flags(values: npt.ArrayLike, meanings: Sequence[str]) -> dict[str, object]:
    return {"flag_values": np.asarray(values, dtype=np.int8), "flag_meanings": " ".join(meanings)}


def _class_flags(predictions: SegmentPredictions) -> dict[str, object]:
    numbers = range(len(predictions.thresholds) + 1)
    return _flags(numbers, [_class_words(predictions.thresholds, number) for number in numbers])


def _as_bytes(values: pd.Series) -> npt.NDArray[np.int8]:
    return np.asarray(values.astype("Float64").fillna(UNKNOWN).to_numpy(dtype=np.int8))


def _set_bytes(predictions: SegmentPredictions, classes: int) -> npt.NDArray[np.int8]:
    frame, sets = predictions.frame, predictions.class_sets
    result = np.full((len(frame), classes), UNKNOWN, dtype=np.int8)
    if sets is not None:
        known = frame["predicted_class"].notna().to_numpy()
        result[known] = sets[known]
    return result


def _class_words(thresholds: tuple[float, ...], number: int) -> str:
    """Return a class in one word, as flag_meanings needs it."""
    if number == 0:
        return f"below_{thresholds[0]:g}"
    if number == len(thresholds):
        return f"at_least_{thresholds[-1]:g}"
    return f"{thresholds[number - 1]:g}_to_below_{thresholds[number]:g}"
