"""A page on which any table or prediction file is explored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.core import InputError
from megathrust.pipelines.predict._map import (
    LOWEST_LABEL,
    MapContent,
    PathLike,
    column_to_draw,
    meaning_of,
    read_content,
    rows_of_region,
    ruptures_of,
    style_of,
    warning_about,
)
from megathrust.report import Explorer, MapPage, Variable, map_page, write_page
from megathrust.table import MAGNITUDE_UNIT

_KEYS = ("region", "segment", "s_km", "lon", "lat")
_LISTED = 8


def explore_map(
    path: PathLike | None, out: PathLike, *, region: str | None = None, value: str | None = None
) -> tuple[Path, ...]:
    """Write a page with a map, a straightened trench, and a card of every segment of a file.

    Parameters
    ----------
    path : path_like
        A table (``.parquet``, ``.csv``) or predictions (also ``.geojson``, ``.nc``).
    out : path_like
        Page to write, ``.html``: one file that opens anywhere, with the network off.
    region : str, optional
        Code of the one region to show.
    value : str, optional
        Column that the map shows first; by default as `draw_map` does.

    Returns
    -------
    tuple of Path
        The page.

    Raises
    ------
    InputError
        If the file cannot be read, or has no such column or region.
    OutputError
        If the place cannot be written.
    """
    if Path(out).suffix != ".html":
        raise InputError("unknown kind of page", given=out, allowed="a name ending in .html")
    content = read_content(path)
    first = column_to_draw(content, value)
    content = replace(content, frame=rows_of_region(content.frame, region).reset_index(drop=True))
    warning = warning_about(content)
    page = MapPage(
        title=f"Segments of {Path(path).name if path else 'the built-in table'}",
        summary=f"{meaning_of(content, first)} {len(content.frame)} segments of "
        f"{content.frame['region'].nunique()} regions.",
        explorer=_explorer(content, first),
        warnings=[warning] if warning else [],
    )
    return (write_page(out, map_page(page)),)


def _explorer(content: MapContent, first: str) -> Explorer:
    frame = content.frame
    if missing := [name for name in _KEYS if name not in frame and name != "segment"]:
        raise InputError(
            "the file lacks a column", given=f"no {', '.join(missing)}", allowed=", ".join(_KEYS)
        )
    number = frame["segment"] if "segment" in frame else frame.groupby("region").cumcount()
    segments = frame[["region", "s_km", "lon", "lat"]].assign(segment=number, left_out=False)
    doubled = segments.duplicated(["region", "segment"])
    if doubled.any():
        row = segments[doubled].iloc[0]
        raise InputError(
            "a segment stands twice in the file",
            given=f"{row['region']}:{row['segment']}",
            action="keep the rows of one model, such as FCN",
        )
    variables = tuple(_variables(content, first))
    known = {variable.key for variable in variables}
    labels = [name for name, column in content.columns.items() if column.role == "target"]
    magnitude = next((name for name in ("magnitude", *labels) if name in known), "")
    chance = first if first.startswith("probability_") else ""
    strip = {"magnitude": magnitude, "probability": chance}
    return Explorer(
        segments,
        variables,
        first=first,
        ruptures=ruptures_of(content),
        strip={part: key for part, key in strip.items() if key},
        thresholds=tuple((content.about or {}).get("thresholds") or ()),
    )


def _variables(content: MapContent, first: str) -> Iterator[Variable]:
    frame = content.frame
    names = [first, *(str(name) for name in frame.columns if name not in (*_KEYS, first))]
    for number, name in enumerate(names):
        column, values = content.columns.get(name), frame[name]
        group = "Prediction" if column is None else "Observation"
        if column is not None and column.role == "feature":
            group = f"Feature: {column.family or 'other'}"
        label, unit = (name, "") if column is None else (column.long_name, column.unit)
        listed = number < _LISTED if column is None else column.role == "target" or name.endswith("_date")
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            words = [None if pd.isna(value) or value == "" else str(value) for value in values]
            yield Variable(name, label, group, words, listed=listed)
            continue
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        if column is not None and column.role == "target" and unit == MAGNITUDE_UNIT:
            # Tables write Mw 1 where no event was observed.
            numbers[numbers < LOWEST_LABEL] = np.nan
        style = style_of(content, name, numbers) if np.isfinite(numbers).any() else None
        ranked = group.startswith("Feature")
        yield Variable(
            name, label, group, numbers, style, unit=unit, ranked=ranked, listed=listed or name == first
        )
