"""Predictions as CSV, Parquet, GeoJSON and netCDF files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from megathrust.core import InputError, replacing
from megathrust.pipelines.predict._dataset import UNKNOWN, SegmentPredictions, prediction_dataset


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


def _write_csv(predictions: SegmentPredictions, path: Path) -> None:
    predictions.frame.to_csv(path, index=False, float_format="%.10g")


def _write_parquet(predictions: SegmentPredictions, path: Path) -> None:
    predictions.frame.to_parquet(path, index=False)


def _write_geojson(predictions: SegmentPredictions, path: Path) -> None:
    collection = prediction_collection(predictions.frame)
    path.write_text(json.dumps(collection, allow_nan=False) + "\n", encoding="utf-8")


def _write_netcdf(predictions: SegmentPredictions, path: Path) -> None:
    dataset = prediction_dataset(predictions)
    encoding: dict[str, dict[str, object]] = {}
    for name, variable in dataset.data_vars.items():
        if "flag_values" in variable.attrs:
            encoding[str(name)] = {"_FillValue": np.int8(UNKNOWN)}
        elif "member" in variable.dims:
            encoding[str(name)] = {"zlib": True, "complevel": 4}
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)


#: By the end of a file's name.
_WRITERS: MappingProxyType[str, Callable[[SegmentPredictions, Path], None]] = MappingProxyType(
    {".csv": _write_csv, ".parquet": _write_parquet, ".geojson": _write_geojson, ".nc": _write_netcdf}
)
