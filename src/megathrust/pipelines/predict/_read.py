"""Prediction files of every kind, read back as a frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from megathrust.core import InputError, read_text_table


def read_predictions(path: Path) -> pd.DataFrame:
    """Read a file that `predict` wrote, or any table with a place per row.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.parquet``, ``.geojson`` or ``.nc``.

    Returns
    -------
    DataFrame
        A row per segment; of netCDF what has no axis but the segment, and the probabilities.

    Raises
    ------
    InputError
        If the file is not there, of another kind, or cannot be read.
    """
    readers = {".csv": _csv, ".parquet": pd.read_parquet, ".geojson": _geojson, ".nc": _netcdf}
    if path.suffix not in readers:
        raise InputError("unknown kind of file", given=path, allowed="names ending in " + ", ".join(readers))
    if not path.is_file():
        raise InputError("there is no such file", given=path, action="name a table or a prediction file")
    try:
        return readers[path.suffix](path)
    except (OSError, ValueError, LookupError) as error:
        if isinstance(error, InputError):
            raise
        reason = " ".join(str(error).split())[:160]
        raise InputError("the file cannot be read", given=f"{path}: {reason}") from error


def _csv(path: Path) -> pd.DataFrame:
    return read_text_table(path, error=InputError)


def _geojson(path: Path) -> pd.DataFrame:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    rows: list[dict[str, Any]] = []
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"] if feature["geometry"] else (None, None)
        rows.append({**feature["properties"], "lon": lon, "lat": lat})
    return pd.DataFrame(rows)


def _netcdf(path: Path) -> pd.DataFrame:
    import xarray as xr

    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        flat = [str(name) for name, variable in dataset.variables.items() if variable.dims == ("segment",)]
        frame = pd.DataFrame({name: dataset[name].to_numpy() for name in flat})
        if "probability" in dataset:
            for number, column in enumerate(dataset["probability"].transpose("class", "segment").to_numpy()):
                frame[f"probability_{number}"] = column
    return frame
