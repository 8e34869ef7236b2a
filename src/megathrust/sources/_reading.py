"""What every reader of data shares: tables with named columns, and their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, MegathrustError, SourceError, read_text_table, reading
from megathrust.sources._axes import check_degrees, turned_longitudes
from megathrust.sources._record import RECORD, record_rows

__all__ = ["named", "numbers", "read_table", "reading", "tidy"]


def read_table(path: Path, kind: str, *, columns: Sequence[str], **options: Any) -> pd.DataFrame:
    """Read a delimited text table that must have some columns; see `read_text_table` for the options.

    Raises
    ------
    SourceError
        If the file is no such table, has no rows, or lacks a column.
    """
    try:
        return read_text_table(path, needed=columns, **options)
    except SourceError as error:
        raise named(kind, error) from error


def named(what: str, error: MegathrustError) -> MegathrustError:
    """Return an error whose sentence begins with the name of what could not be read."""
    return type(error)(f"{what}: {str(error).removesuffix('.')}")


def numbers(values: Any) -> FloatArray:
    """Return a column as float64, blanks as NaN.

    Raises
    ------
    ValueError
        If a value is neither a number nor blank.
    """
    series = pd.Series(values)
    if not pd.api.types.is_numeric_dtype(series):
        series = series.astype("string").str.strip()
        series = series.mask(series == "")
    array = np.asarray(pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan))
    if np.isinf(array).any():
        raise ValueError(
            f"column {series.name} holds an infinite number in data row {np.isinf(array).argmax()}"
        )
    return array


def tidy(
    path: Path,
    columns: Mapping[str, Any],
    *,
    units: Mapping[str, str],
    citation: str,
    unit: str = "rows",
    left_out: Mapping[str, int] | None = None,
    withheld: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Return a frame of the columns, longitudes in [-180, 180), with units, citation and record in ``attrs``.

    Raises
    ------
    SourceError
        If a longitude or latitude is no degrees.
    """
    frame = pd.DataFrame(dict(columns))
    if "lon" in frame:
        lon, lat = (frame[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
        check_degrees(path, lon, lat)
        frame["lon"], frame["lat"] = turned_longitudes(lon), lat
    frame.attrs = {
        "units": {"lon": "degrees_east", "lat": "degrees_north"} | dict(units),
        "citation": citation,
        "file": path.name,
        RECORD: record_rows(path.name, len(frame), unit=unit, left_out=left_out, withheld=withheld),
    }
    return frame
