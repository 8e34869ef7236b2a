"""Predictions as CSV, Parquet, GeoJSON and netCDF files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from megathrust.core import BoolArray, FloatArray, InputError, replacing

# What stands in a byte of a netCDF file where nothing is known.
_UNKNOWN = -1


@dataclass(frozen=True)
class SegmentPredictions:
    """Predictions of a table's segments, ready to be written.

    Attributes
    ----------
    frame : DataFrame
        See `predict`.
    members : ndarray, shape (members, segments, classes)
        Probabilities by each network; NaN for a segment that lacks a feature.
    class_sets : ndarray of bool, shape (segments, classes), or None
        Which classes stand in the set of each segment; all false for a segment that lacks a feature.
    thresholds : tuple of float
        Magnitudes between the classes.
    target : str
        What the classes are classes of, in words.
    """

    frame: pd.DataFrame
    members: FloatArray
    class_sets: BoolArray | None
    thresholds: tuple[float, ...]
    target: str


def check_prediction_path(out: str | os.PathLike[str]) -> Path:
    """Return the path of a prediction file if its kind is known.

    Raises
    ------
    InputError
        If its name ends in something else.
    """
    path = Path(out)
    if path.suffix not in _WRITERS:
        raise InputError(
            "unknown kind of prediction file", given=out, allowed="names ending in " + ", ".join(_WRITERS)
        )
    return path


def write_predictions(predictions: SegmentPredictions, out: Path) -> None:
    """Write a prediction file, whole or not at all; its name tells the kind.

    Raises
    ------
    OutputError
        If the place cannot be written.
    """
    with replacing(out) as part:
        _WRITERS[out.suffix](predictions, part)


def prediction_collection(frame: pd.DataFrame) -> dict[str, object]:
    """Return predictions as a GeoJSON feature collection of points.

    Parameters
    ----------
    frame : DataFrame
        See `predict`.

    Returns
    -------
    dict
        One feature per segment, ``id`` ``region:segment``; what is missing is null, and so is the geometry
        of a segment without a position.

    References
    ----------
    RFC 7946, Butler et al. (2016), doi:10.17487/RFC7946.
    """
    # pandas turns what is missing into null, which JSON's own writer does not.
    records = json.loads(frame.to_json(orient="records", double_precision=10))
    features = []
    for record in records:
        lon, lat = record.pop("lon"), record.pop("lat")
        point = None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
        name = f"{record['region']}:{record['segment']}"
        features.append({"type": "Feature", "id": name, "geometry": point, "properties": record})
    return {"type": "FeatureCollection", "features": features}


def prediction_dataset(predictions: SegmentPredictions) -> xr.Dataset:
    """Return predictions as a dataset after the CF conventions, with every member's probabilities.

    Parameters
    ----------
    predictions : SegmentPredictions

    Returns
    -------
    Dataset
        ``member_probability`` (member, segment, class), ``probability`` (segment, class) and the columns of
        the frame along ``segment``; truth values are bytes with flags, -1 where nothing is known.
    """
    frame, members = predictions.frame, predictions.members
    numbers = np.arange(members.shape[2])
    class_flags = _flags(numbers, [_class_words(predictions.thresholds, int(c)) for c in numbers])
    mean = frame[[f"probability_{c}" for c in numbers]].to_numpy(dtype=np.float64)
    pair = ("segment", "class")
    variables = {
        "probability": (pair, mean, _words("probability of the class, mean over members", units="1")),
        "member_probability": (
            ("member", *pair),
            members.astype(np.float32),
            _words("probability of the class by each network", units="1"),
        ),
        "predicted_class": (
            "segment",
            _as_bytes(frame["predicted_class"]),
            _words("most probable class", **class_flags),
        ),
        "class_set": (
            pair,
            _set_bytes(predictions),
            _words(
                "whether the class stands in the class set of the segment", **_flags([0, 1], ["no", "yes"])
            ),
        ),
        "applicable": (
            "segment",
            _as_bytes(frame["applicable"]),
            _words(
                "whether the segment lies in the domain of applicability",
                **_flags([0, 1], ["outside", "inside"]),
            ),
        ),
        "note": ("segment", frame["note"].to_numpy().astype(str), _words("why numbers are missing")),
        **{
            name: ("segment", frame[name].to_numpy(), _words(meaning, units="1"))
            for name, meaning in _NUMBERS.items()
        },
    }
    coordinates = {
        "class": ("class", numbers.astype(np.int8), _words("class", **class_flags)),
        "member": (
            "member",
            np.arange(len(members)),
            _words("network", standard_name="realization", units="1"),
        ),
        **_places(frame),
    }
    attributes = {
        "Conventions": "CF-1.11",
        "title": "Predicted classes of trench segments",
        "comment": f"target: {predictions.target}; no event observed is censored, not small",
    }
    return xr.Dataset(variables, coordinates, attributes)


_NUMBERS = MappingProxyType(
    {
        "probability_spread": "standard deviation over members of the probability of the highest class",
        "dissimilarity": "dissimilarity index with respect to the training segments",
        "trained_on_share": "share of the members that were trained on the segment",
    }
)


def _places(frame: pd.DataFrame) -> dict[str, tuple[str, np.ndarray, dict[str, object]]]:
    return {
        "region": (
            "segment",
            frame["region"].to_numpy().astype(str),
            _words("Slab2 code of the subduction zone"),
        ),
        "segment_number": (
            "segment",
            frame["segment"].to_numpy(),
            _words("number of the segment along the trench"),
        ),
        "s_km": ("segment", frame["s_km"].to_numpy(), _words("arc length along the trench", units="km")),
        "lon": (
            "segment",
            frame["lon"].to_numpy(),
            _words("longitude", units="degrees_east", standard_name="longitude"),
        ),
        "lat": (
            "segment",
            frame["lat"].to_numpy(),
            _words("latitude", units="degrees_north", standard_name="latitude"),
        ),
    }


def _words(long_name: str, **attributes: object) -> dict[str, object]:
    return {"long_name": long_name, **attributes}


def _flags(values: npt.ArrayLike, meanings: Sequence[str]) -> dict[str, object]:
    return {"flag_values": np.asarray(values, dtype=np.int8), "flag_meanings": " ".join(meanings)}


def _as_bytes(values: pd.Series) -> npt.NDArray[np.int8]:
    return np.asarray(values.astype("Float64").fillna(_UNKNOWN).to_numpy(dtype=np.int8))


def _set_bytes(predictions: SegmentPredictions) -> npt.NDArray[np.int8]:
    frame, sets = predictions.frame, predictions.class_sets
    result = np.full((len(frame), predictions.members.shape[2]), _UNKNOWN, dtype=np.int8)
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


def _write_csv(predictions: SegmentPredictions, path: Path) -> None:
    predictions.frame.to_csv(path, index=False, float_format="%.10g")


def _write_parquet(predictions: SegmentPredictions, path: Path) -> None:
    predictions.frame.to_parquet(path, index=False)


def _write_geojson(predictions: SegmentPredictions, path: Path) -> None:
    collection = prediction_collection(predictions.frame)
    path.write_text(json.dumps(collection, allow_nan=False) + "\n", encoding="utf-8")


def _write_netcdf(predictions: SegmentPredictions, path: Path) -> None:
    dataset = prediction_dataset(predictions)
    flags = ("predicted_class", "class_set", "applicable")
    encoding: dict[str, dict[str, object]] = {name: {"_FillValue": np.int8(_UNKNOWN)} for name in flags}
    encoding["member_probability"] = {"zlib": True, "complevel": 4}
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)


#: By the end of a file's name.
_WRITERS: MappingProxyType[str, Callable[[SegmentPredictions, Path], None]] = MappingProxyType(
    {".csv": _write_csv, ".parquet": _write_parquet, ".geojson": _write_geojson, ".nc": _write_netcdf}
)
