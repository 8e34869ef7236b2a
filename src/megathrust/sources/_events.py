"""The tidy event frame that every catalogue reader gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray, IntArray, SourceError, magnitude_from_moment
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


#: A scalar moment and an Mw of one solution differ by rounding, some 0.1 at most between agencies.
LARGEST_MISFIT = 0.3


def event_frame(
    path: Path,
    columns: Mapping[str, Any],
    *,
    source: str,
    citation: str,
    left_out: Mapping[str, int] | None = None,
    withheld: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Return a tidy event frame: all columns of `EVENT_COLUMNS`, NaN or empty text where nothing is known.

    Events without an origin time are left out. A scalar moment or tensor that differs from the Mw of its row
    by more than 0.3 is withheld, the magnitude is kept. The record in ``attrs`` counts both.

    Raises
    ------
    SourceError
        If an event has no identifier, or two have the same.
    """
    given = {"time_precision": "second", "source": source} | dict(columns)
    complete = {
        name: given.get(name, "" if name in TEXT else np.nan) for name in EVENT_COLUMNS
    }  # scalars are repeated along the frame
    frame = pd.DataFrame(complete, index=range(len(given["time"])))
    frame = frame.astype(dict.fromkeys(TEXT, "str"))
    _check_identifiers(path, frame["event_id"])
    timed = frame["time"].notna()
    frame = frame[timed].reset_index(drop=True)
    return tidy(
        path,
        frame,
        units=EVENT_COLUMNS,
        citation=citation,
        unit="events",
        left_out={"without an origin time": int((~timed).sum()), **(left_out or {})},
        withheld={**_withhold_misfits(frame), **(withheld or {})},
    )


def _check_identifiers(path: Path, identifiers: pd.Series) -> None:
    bare = identifiers.fillna("").str.strip()
    wrong = bare[bare.duplicated(keep=False) | bare.isin(["", "nan"])]
    if len(wrong):
        raise SourceError(
            "events of the catalogue do not have an identifier each",
            given=f"{path}: {named_few(sorted(set(wrong)))} in {len(wrong)} events",
            allowed="one identifier per event, each once",
            action="leave repeated events out of the file",
        )


def _withhold_misfits(frame: pd.DataFrame) -> dict[str, int]:
    """Set moments and tensors to NaN, in place, that are not those of the row's Mw; return what was set."""
    is_mw = frame["magnitude_type"].str.lower().str.startswith("mw") & frame["magnitude"].notna()
    tensor = frame[list(TENSOR)].to_numpy(dtype=np.float64)
    counts: dict[str, int] = {}
    for label, names, moment in (
        ("scalar moment", ["moment_n_m"], frame["moment_n_m"].to_numpy(dtype=np.float64)),
        ("tensor", list(TENSOR), scalar_moments(tensor)),
    ):
        known = np.isfinite(moment)
        implied = magnitude_from_moment(np.where(known & (moment > 0.0), moment, np.nan))
        misfit = np.abs(implied - frame["magnitude"].to_numpy(dtype=np.float64))
        wrong = (known & (moment <= 0.0)) | (is_mw.to_numpy() & (misfit > LARGEST_MISFIT))
        if wrong.any():
            events = named_few(list(frame.loc[wrong, "event_id"]))
            counts[f"{label} off its Mw by more than {LARGEST_MISFIT} ({events})"] = int(wrong.sum())
            frame.loc[wrong, names] = np.nan
    return counts


def scalar_moments(tensors: FloatArray) -> FloatArray:
    """Return the scalar moments of tensors, shape (n, 6) in the order of `TENSOR` (Silver & Jordan 1982)."""
    return np.asarray(np.sqrt(0.5 * (tensors[:, :3] ** 2).sum(axis=1) + (tensors[:, 3:] ** 2).sum(axis=1)))


def named_few(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many follow.

    Examples
    --------
    >>> named_few(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest


def utc_times(
    year: npt.ArrayLike,
    month: npt.ArrayLike = 1,
    day: npt.ArrayLike = 1,
    hour: npt.ArrayLike = 0,
    minute: npt.ArrayLike = 0,
    second: npt.ArrayLike = 0.0,
) -> pd.DatetimeIndex:
    """Return UTC times from their parts; seconds of 60 and years before 1 are taken as they come.

    Raises
    ------
    ValueError
        If a part is no month, day of its month, hour, minute or second.

    Examples
    --------
    >>> utc_times([1960, -479], 5, 22, 19, 11, 20.5)[0]
    Timestamp('1960-05-22 19:11:20.500000+0000', tz='UTC')
    """
    months = (np.asarray(year, np.int64) - 1970) * 12 + np.asarray(month, np.int64) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (np.asarray(day, np.int64) - 1)
    _check_parts(
        months, np.asarray(month), np.asarray(day), np.asarray(hour), np.asarray(minute), np.asarray(second)
    )
    seconds = np.asarray(hour, float) * 3600.0 + np.asarray(minute, float) * 60.0 + np.asarray(second, float)
    moments = days.astype("datetime64[us]") + np.rint(seconds * 1e6).astype("timedelta64[us]")
    return pd.DatetimeIndex(np.atleast_1d(moments)).tz_localize("UTC")


def _check_parts(months: IntArray, month: Any, day: Any, hour: Any, minute: Any, second: Any) -> None:
    """Refuse a date that the calendar would silently turn into another one."""
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]")
    for name, values, low, high in (
        ("month", month, 1, 12),
        ("day", day, 1, (following - first).astype(np.int64)),
        ("hour", hour, 0, 24),
        ("minute", minute, 0, 60),
        ("second", second, 0, 61),
    ):
        wrong = np.atleast_1d((values < low) | (values > high))
        if wrong.any():
            given = np.broadcast_to(np.atleast_1d(values), wrong.shape)[wrong][0]
            raise ValueError(f"there is no {name} {given:g} (row {int(wrong.argmax())})")


def iso_times(values: Any) -> pd.DatetimeIndex:
    """Return UTC times of ISO 8601 texts, with microseconds.

    Raises
    ------
    ValueError
        If a text is no time.
    """
    return pd.DatetimeIndex(pd.to_datetime(values, utc=True, format="ISO8601")).as_unit("us")
