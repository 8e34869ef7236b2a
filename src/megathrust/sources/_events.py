"""The tidy event frame that every catalogue reader gives."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.sources._reading import tidy

TENSOR = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
PLANES = ("strike1", "dip1", "rake1", "strike2", "dip2", "rake2")
AXES = ("t_azimuth", "t_plunge", "b_azimuth", "b_plunge", "p_azimuth", "p_plunge")

#: Columns of an event frame with their units; every catalogue reader gives all of them, in this order.
EVENT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "event_id": "",
        "time": "UTC",
        "time_precision": "",
        "lon": "degrees_east",
        "lat": "degrees_north",
        "depth_km": "km",
        "magnitude": "",
        "magnitude_type": "",
        "source": "",
        "moment_n_m": "N m",
    }
    | dict.fromkeys(TENSOR, "N m")
    | dict.fromkeys(PLANES + AXES, "degrees")
)
TEXT = ("event_id", "time_precision", "magnitude_type", "source")


def event_frame(path: Path, columns: Mapping[str, Any], *, source: str, citation: str) -> pd.DataFrame:
    """Return a tidy event frame: all columns of `EVENT_COLUMNS`, NaN or empty text where nothing is known."""
    given = {"time_precision": "second", "source": source} | dict(columns)
    complete = {
        name: given.get(name, "" if name in TEXT else np.nan) for name in EVENT_COLUMNS
    }  # scalars are repeated along the frame
    frame = pd.DataFrame(complete, index=range(len(given["time"])))
    frame = frame.astype(dict.fromkeys(TEXT, "str"))
    return tidy(path, frame, units=EVENT_COLUMNS, citation=citation)


def utc_times(
    year: npt.ArrayLike,
    month: npt.ArrayLike = 1,
    day: npt.ArrayLike = 1,
    hour: npt.ArrayLike = 0,
    minute: npt.ArrayLike = 0,
    second: npt.ArrayLike = 0.0,
) -> pd.DatetimeIndex:
    """Return UTC times from their parts; seconds of 60 and years before 1 are taken as they come.

    Examples
    --------
    >>> utc_times([1960, -479], 5, 22, 19, 11, 20.5)[0]
    Timestamp('1960-05-22 19:11:20.500000+0000', tz='UTC')
    """
    months = (np.asarray(year, np.int64) - 1970) * 12 + np.asarray(month, np.int64) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (np.asarray(day, np.int64) - 1)
    seconds = np.asarray(hour, float) * 3600.0 + np.asarray(minute, float) * 60.0 + np.asarray(second, float)
    moments = days.astype("datetime64[us]") + np.rint(seconds * 1e6).astype("timedelta64[us]")
    return pd.DatetimeIndex(np.atleast_1d(moments)).tz_localize("UTC")


def iso_times(values: Any) -> pd.DatetimeIndex:
    """Return UTC times of ISO 8601 texts, with microseconds.

    Raises
    ------
    ValueError
        If a text is no time.
    """
    return pd.DatetimeIndex(pd.to_datetime(values, utc=True, format="ISO8601")).as_unit("us")
