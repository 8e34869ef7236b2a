"""Prediction files of every kind, read back as a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from megathrust.core import (
    COMPRESSION,
    TABLE_CELLS,
    InputError,
    look_through,
    read_json,
    read_text_table,
    reading,
)


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
    readers = {".csv": _csv, ".parquet": _parquet, ".geojson": _geojson, ".nc": _netcdf}
    if path.suffix not in readers:
        raise InputError("unknown kind of file", given=path, allowed="names ending in " + ", ".join(readers))
    if not path.is_file():
        raise InputError("there is no such file", given=path, action="name a table or a prediction file")
    with reading(path, f"predictions in {path.suffix}", error=InputError) as file:
        return readers[path.suffix](file)


def _csv(path: Path) -> pd.DataFrame:
    return read_text_table(path, error=InputError)


def _parquet(path: Path) -> pd.DataFrame:
    look_through(path, "parquet")
    about = pq.ParquetFile(path).metadata
    if about.num_rows * about.num_columns > TABLE_CELLS:
        raise InputError("the file has too many cells for a map", given=path, allowed=TABLE_CELLS)
    return pd.read_parquet(path)


def _geojson(path: Path) -> pd.DataFrame:
    features = read_json(path, "GeoJSON", error=InputError)["features"]
    rows: list[dict[str, Any]] = []
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"] if feature["geometry"] else (None, None)
        rows.append({**feature["properties"], "lon": lon, "lat": lat})
    return pd.DataFrame(rows)


def _netcdf(path: Path) -> pd.DataFrame:
    import xarray as xr

    look_through(path, "hdf5")
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        if sum(dataset[name].size for name in dataset.variables) > COMPRESSION * path.stat().st_size:
            raise InputError("the file announces more than it can hold", given=path)
        flat = [str(name) for name, variable in dataset.variables.items() if variable.dims == ("segment",)]
        frame = pd.DataFrame({name: dataset[name].to_numpy() for name in flat})
        if "probability" in dataset:
            for number, column in enumerate(dataset["probability"].transpose("class", "segment").to_numpy()):
                frame[f"probability_{number}"] = column
    return frame
