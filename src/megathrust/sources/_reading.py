"""What every reader shares: one sentence for a file that cannot be read, and tables with named columns."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, MegathrustError, SourceError, check_lonlat


@contextmanager
def reading(path: str | os.PathLike[str], kind: str) -> Iterator[Path]:
    """Turn what may go wrong while a file is read into one `SourceError`.

    Parameters
    ----------
    path : path_like
        The file.
    kind : str
        What it is read as, for the message.
    """
    file = Path(path)
    if not file.is_file():
        raise SourceError("the file does not exist", given=file, action="check the name and the folder")
    try:
        yield file
    except MegathrustError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError) as error:
        # The libraries below report a damaged file with any of these.
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise SourceError(
            f"the file cannot be read as {kind}",
            given=f"{file}: {reason}",
            action="check that it is whole and of this format",
        ) from error


def read_table(path: Path, kind: str, *, columns: Sequence[str], **options: Any) -> pd.DataFrame:
    """Read a delimited text table and check that it has rows and the columns that are needed.

    Raises
    ------
    SourceError
        If the table has no rows, or a column is missing.
    """
    frame = pd.read_csv(path, **options)
    frame.columns = [str(name).strip() for name in frame.columns]
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise SourceError(
            f"the file is no {kind}: columns are missing",
            given=f"{path} without {', '.join(missing)}",
            allowed=", ".join(columns),
        )
    if frame.empty:
        raise SourceError(f"the {kind} has no rows", given=path)
    return frame


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
    return np.asarray(pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan))


def tidy(
    path: Path, columns: Mapping[str, Any], *, units: Mapping[str, str], citation: str, **attributes: Any
) -> pd.DataFrame:
    """Return a frame of the columns, longitudes in [-180, 180), with units and citation in its ``attrs``."""
    frame = pd.DataFrame(dict(columns))
    if "lon" in frame:
        lon, lat = check_lonlat(frame["lon"], frame["lat"])
        frame["lon"], frame["lat"] = lon, lat
    frame.attrs = {
        "units": {"lon": "degrees_east", "lat": "degrees_north"} | dict(units),
        "citation": citation,
        "file": path.name,
        **attributes,
    }
    return frame
