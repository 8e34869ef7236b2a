"""Checks of a table's frame with pandera, whose findings become one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pa

from megathrust.core import (
    ABSURD,
    REGION_NAMES,
    InputError,
    TableError,
    did_you_mean,
    quoted,
    wrap_longitude,
)
from megathrust.features import ColumnDefinition

_DEGREES = "degrees"

#: Unit of the targets that are magnitudes; any other target is a number of its own kind, and may be missing.
MAGNITUDE_UNIT = "Mw"

#: What a region may be called: the codes of Slab2, and any that a user gives in their manner.
REGION_CODE = "[a-z]{3}"
_REGION_CODES = "three lower-case letters, such as sam or a code of your own"

#: The columns that say which segment a row is, in the order of every table.
KEY_COLUMNS = {
    definition.name: definition
    for definition in (
        ColumnDefinition("region", "Slab2 code of the subduction zone", "1", "key"),
        ColumnDefinition("segment", "number of the segment along the trench, from 0", "1", "key"),
        ColumnDefinition("s_km", "arc length along the trench to the segment's centre", "km", "key"),
        ColumnDefinition("lon", "longitude of the segment's centre", _DEGREES, "key"),
        ColumnDefinition("lat", "latitude of the segment's centre", _DEGREES, "key"),
        ColumnDefinition("azimuth", "trench azimuth, the slab dips to its right", _DEGREES, "key"),
    )
}

_KEY_CHECKS = {
    "region": pa.Column(
        object, pa.Check(lambda column: column.astype(str).str.fullmatch(REGION_CODE)), coerce=True
    ),
    "segment": pa.Column(
        np.float64, [pa.Check.in_range(0, 2**32, include_max=False), pa.Check(lambda column: column % 1 == 0)]
    ),
    "s_km": pa.Column(np.float64, pa.Check.in_range(0.0, 40_100.0)),
    "lon": pa.Column(np.float64, pa.Check.in_range(-180.0, 180.0, include_max=False), nullable=True),
    "lat": pa.Column(np.float64, pa.Check.in_range(-90.0, 90.0), nullable=True),
    "azimuth": pa.Column(
        np.float64, pa.Check.in_range(0.0, 360.0, include_max=False), nullable=True, required=False
    ),
}

_LONGEST_NAME = 300

_NUMBERS = tuple(name for name in KEY_COLUMNS if name != "region")

_MAGNITUDES = "a magnitude from -2 to 10 in every row (1.0 where no event was observed)"

_ALLOWED = {
    "region": _REGION_CODES,
    "segment": "whole numbers from 0 to 4294967295",
    "s_km": "0 to 40100 km",
    "lon": "degrees in any layout, -720 to 720",
    "lat": "-90 to 90 degrees",
    "azimuth": "0 to 360 degrees",
}


def check_region_code(region: str) -> str:
    """Return a region's code if it is one.

    Raises
    ------
    InputError
        If it is anything but three lower-case letters.

    Examples
    --------
    >>> check_region_code("sam")
    'sam'
    """
    if not re.fullmatch(REGION_CODE, region):
        raise InputError(
            "this is no code of a region",
            given=repr(region),
            allowed=_REGION_CODES,
            action=did_you_mean(region, REGION_NAMES),
        )
    return region


def check_frame(frame: pd.DataFrame, columns: Mapping[str, ColumnDefinition]) -> pd.DataFrame:
    """Return ``frame`` with its columns in the schema's order, checked.

    Raises
    ------
    TableError
        With the first column and row that break the schema.
    """
    if frame.empty:
        raise TableError("the table has no rows", action="give a table with at least one segment")
    _check_column_names(frame, columns)
    # One frame at once: a column at a time would copy all columns before it again.
    frame = pd.DataFrame(
        {
            name: to_numbers(frame[name], name)
            if definition.role in ("feature", "target") or name in _NUMBERS
            else _flat(frame[name], name)
            for name, definition in columns.items()
        },
        index=frame.index,
    )
    frame["lon"] = _any_layout(frame["lon"])
    checks = dict(_KEY_CHECKS)
    for name, definition in columns.items():
        if definition.role == "feature":
            checks[name] = pa.Column(np.float64, nullable=True)
        elif definition.role == "target":
            checks[name] = (
                pa.Column(np.float64, pa.Check.in_range(-2.0, 10.0))
                if definition.unit == MAGNITUDE_UNIT
                else pa.Column(np.float64, nullable=True)
            )
    try:
        checked = pa.DataFrameSchema(checks, strict=False).validate(frame)
    except (pa.errors.SchemaError, pa.errors.SchemaErrors) as error:
        targets = [name for name, definition in columns.items() if definition.role == "target"]
        raise _as_sentence(error, targets) from error
    checked = checked.astype({"segment": np.int64})
    doubled = checked.duplicated(["region", "segment"])
    if doubled.any():
        row = checked[doubled].iloc[0]
        raise TableError("a segment stands twice in the table", given=f"{row['region']}:{row['segment']}")
    return checked


def _any_layout(lon: pd.Series) -> pd.Series:
    """Bring longitudes of up to two turns to [-180, 180); those within keep every bit."""
    turned = ((lon < -180.0) | (lon >= 180.0)) & (lon.abs() <= 720.0)
    return lon.mask(turned, wrap_longitude(lon))


def to_numbers(values: pd.Series, name: str, where: str = "the table") -> pd.Series:
    """Return a column as float64.

    Raises
    ------
    TableError
        If a value is text; the sentence names the first one and its row.
    """
    try:
        numbers = pd.to_numeric(_flat(values, name), errors="coerce")
    except (TypeError, ValueError, OverflowError) as error:
        raise TableError(f"column {name} of {where} holds no numbers", given=str(error)) from error
    if numbers.dtype.kind == "c" or not pd.api.types.is_numeric_dtype(numbers):
        raise TableError(f"column {name} of {where} holds no numbers", given=numbers.dtype)
    bad = numbers.isna() & values.notna()
    if bad.any():
        position = int(np.flatnonzero(bad.to_numpy())[0])
        raise TableError(
            f"column {name} of {where} holds text",
            given=f"{quoted(repr(values.iloc[position]), 80)} in data row {position}",
            allowed="numbers, or an empty cell where a value is missing",
        )
    array = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    absurd = np.abs(array) >= ABSURD
    if absurd.any():
        row = int(np.flatnonzero(absurd)[0])
        kind = "an infinite number" if np.isinf(array[row]) else "a number that stands for missing"
        raise TableError(
            f"column {name} of {where} holds {kind}",
            given=f"{array[row]:g} in data row {row}",
            allowed=f"numbers below {ABSURD:g}, or an empty cell where a value is missing",
        )
    return pd.Series(array, index=values.index, name=values.name)


def _flat(values: pd.Series, name: str) -> pd.Series:
    """Return a column whose cells can be compared with one another."""
    if values.dtype == object and values.map(lambda value: isinstance(value, list | dict | np.ndarray)).any():
        raise TableError(f"column {name} of the table holds lists", allowed="one value in a cell")
    return values


def _check_column_names(frame: pd.DataFrame, columns: Mapping[str, ColumnDefinition]) -> None:
    missing = [name for name in (*list(KEY_COLUMNS)[:5], *columns) if name not in frame]
    if missing:
        raise TableError("the table lacks a column", given="no " + ", ".join(dict.fromkeys(missing)))
    for name, definition in columns.items():
        for text in (name, definition.long_name, definition.unit, definition.family, definition.group):
            if not text.isprintable() or "$" in text or len(text) > _LONGEST_NAME:
                # Figures take dollars for formulas; nothing may fail when all is trained.
                raise TableError(
                    "a name or unit of a column cannot be drawn",
                    given=f"{quoted(text, 60)} of column {quoted(name, 60)}",
                    allowed=f"at most {_LONGEST_NAME} printable characters without $",
                )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise TableError("the table has a column twice", given=twice[0])


def _as_sentence(error: pa.errors.SchemaError | pa.errors.SchemaErrors, targets: Sequence[str]) -> TableError:
    if isinstance(error, pa.errors.SchemaErrors):
        error = error.schema_errors[0]
    column = str(getattr(error.schema, "name", "table"))
    cases = getattr(error, "failure_cases", None)
    given = "a missing value"
    if isinstance(cases, pd.DataFrame) and len(cases):
        case = cases.iloc[0]
        value = case["failure_case"]
        row = "" if pd.isna(case["index"]) else f" in data row {int(case['index'])}"
        given = ("nothing" if pd.isna(value) else quoted(value, 80)) + row
    allowed = _MAGNITUDES if column in targets else _ALLOWED.get(column)
    return TableError(f"column {column} is not as it must be", given=given, allowed=allowed)
