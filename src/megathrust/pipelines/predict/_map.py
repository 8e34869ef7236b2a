"""A map of any table or prediction file, with its numbers beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from megathrust.core import FloatArray, InputError, OutputError, refuse_same, unknown_name
from megathrust.features import ColumnDefinition
from megathrust.pipelines.build import read_map_layers
from megathrust.pipelines.predict._about import read_about, warning_of
from megathrust.pipelines.predict._read import read_predictions
from megathrust.plots import (
    TrenchMapInfo,
    ValueStyle,
    magnitude_style,
    plot_trench_map,
    plot_world_map,
    probability_style,
    region_map,
    rupture_extents,
    save_figure,
    trench_map_info,
    value_style,
)
from megathrust.table import load_builtin_table, read_table, schema_path

PathLike = str | os.PathLike[str]

#: Tables write Mw 1 where no event was observed; no label is smaller than this otherwise.
LOWEST_LABEL = 4.0

#: A longer name of a value finds no room at its key.
_LONGEST_LABEL = 60

_FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class MapContent:
    """What a file holds: rows, meaning of the columns of a table, what is known of the model."""

    frame: pd.DataFrame
    columns: Mapping[str, ColumnDefinition]
    about: Mapping[str, Any] | None
    predicted: bool


def draw_map(
    path: PathLike | None,
    out: PathLike,
    *,
    region: str | None = None,
    value: str | None = None,
    world: bool = False,
) -> tuple[Path, ...]:
    """Draw the segments of a table or prediction file on maps, coloured by a value.

    Great ruptures are drawn where the file names them, and slab depths, volcanoes and relief where the folder
    ``MEGATHRUST_DATA`` has them.

    Parameters
    ----------
    path : path_like or None
        A table (``.parquet``, ``.csv``) or predictions (also ``.geojson``, ``.nc``); none stands for the
        built-in table.
    out : path_like
        Figure to write, ``.png``, ``.svg`` or ``.pdf``; the numbers drawn stand beside it as ``.csv``.
    region : str, optional
        Code of the one region to draw.
    value : str, optional
        Column to draw; by default the probability of the highest class, else the predicted magnitude, else
        the first observed label.
    world : bool
        Whether all regions stand on one map of the world instead of one map each.

    Returns
    -------
    tuple of Path
        The figure, then its numbers.

    Raises
    ------
    InputError
        If the file cannot be read, has no such column or region, or nothing to draw by default; or if one
        region is asked for on a map of the world.
    OutputError
        If the numbers would replace another file, or the place cannot be written.
    """
    target = Path(out)
    for written in (target, target.with_suffix(".csv")):
        refuse_same(written, path)
    if target.suffix not in _FORMATS:
        raise InputError(
            "unknown kind of figure", given=out, allowed="names ending in " + ", ".join(_FORMATS)
        )
    if world and region is not None:
        raise InputError(
            "a map of the world shows all regions",
            given=f"--world and --region {region}",
            action="leave one of the two out",
        )
    content = read_content(path)
    column = column_to_draw(content, value)
    frame = rows_of_region(content.frame, region)
    if "applicable" in frame:
        inside = frame["applicable"].astype("string").str.lower()
        frame = frame.assign(outside=inside.isin(["false", "0", "0.0"]).to_numpy())
    is_label = column in content.columns and content.columns[column].role == "target"
    info = trench_map_info(
        frame,
        value=column,
        lowest=LOWEST_LABEL if is_label else None,
        missing="no event observed" if is_label else "without value",
    )
    _check_numbers_path(target.with_suffix(".csv"), info)
    style = style_of(content, column, info.values)
    warning = warning_about(replace(content, frame=frame))
    layers = replace(
        read_map_layers(panel.region for panel in info.panels),
        ruptures=ruptures_of(content),
        label_least=8.0 if len(info.panels) == 1 else 8.5,
    )
    if world:
        figure = plot_world_map(info, style=style, layers=layers, watermark=warning)
    elif len(info.panels) == 1:
        figure = region_map(info, style=style, layers=layers, watermark=warning).figure
    else:
        figure = plot_trench_map(info, style=style, layers=layers, watermark=warning)
    place = "Built-in table" if path is None else f"File: {Path(path).name}"
    caption = f"{meaning_of(content, column)} {place}, column {column}."
    return save_figure(figure, target, formats=[target.suffix[1:]], numbers=info, caption=caption)


def rows_of_region(frame: pd.DataFrame, region: str | None) -> pd.DataFrame:
    """Return the rows of one region, or all; an unknown one is refused by name."""
    if region is None:
        return frame
    regions = dict.fromkeys(frame["region"].astype(str)) if "region" in frame else {}
    if region not in regions:
        raise unknown_name("region of the file", region, regions)
    return frame[frame["region"] == region]


def meaning_of(content: MapContent, column: str) -> str:
    """Say what is drawn, for the caption."""
    if column in content.columns:
        definition = content.columns[column]
        return f"{definition.long_name[:1].upper()}{definition.long_name[1:]} ({definition.unit})."
    if content.about is None:
        return "Values by segment of the trench."
    target = content.about.get("target")
    return f"Predictions of {content.about.get('model') or 'a saved model'}" + (
        f"; what was learned: {target}." if target else "."
    )


def ruptures_of(content: MapContent) -> pd.DataFrame | None:
    """Return the great ruptures of the first label that names them, none where none does."""
    for name, column in content.columns.items():
        named = {f"{name}_{what}" for what in ("rupture", "date", "quality")} <= set(content.frame)
        if column.role == "target" and named:
            return rupture_extents(content.frame, magnitude=name)
    return None


def read_content(given: PathLike | None) -> MapContent:
    """Read a table or predictions; none stands for the built-in table."""
    if given is None:
        table = load_builtin_table()
        return MapContent(table.frame, table.columns, None, False)
    path = Path(given)
    if schema_path(path).is_file():
        table = read_table(path, label_required=False)
        return MapContent(table.frame, table.columns, None, False)
    frame = read_predictions(path)
    return MapContent(frame, {}, read_about(path), "trained_on_share" in frame)


def column_to_draw(content: MapContent, value: str | None) -> str:
    """Return the column to draw, given by name or chosen by what the file holds."""
    frame = content.frame
    numeric = [str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    if value is not None:
        if value not in numeric:
            raise unknown_name("column of numbers", value, dict.fromkeys(numeric))
        return value
    classes = sorted(name for name in numeric if name.removeprefix("probability_").isdigit())
    labels = [name for name, column in content.columns.items() if column.role == "target"]
    chosen = [*classes[-1:], *(name for name in ("magnitude",) if name in numeric), *labels]
    if not chosen:
        raise InputError(
            "the file holds neither predictions nor an observed label to draw",
            given=", ".join(map(str, frame.columns[:12])),
            action="name a column of numbers with --value",
        )
    return chosen[0]


def style_of(content: MapContent, column: str, values: FloatArray) -> ValueStyle:
    """Return colours and label of a column by what it means in its file."""
    definition, about = content.columns.get(column), content.about or {}
    thresholds: list[float] = about.get("thresholds") or []
    if definition is not None and definition.role == "target":
        return magnitude_style(label=f"largest observed Mw ({column})")
    if definition is not None:
        label = f"{definition.long_name} ({definition.unit})"
        return value_style(values, label if len(label) <= _LONGEST_LABEL else f"{column} ({definition.unit})")
    if column.startswith("probability_") and column.removeprefix("probability_").isdigit():
        number = int(column.removeprefix("probability_"))
        highest = number == len(thresholds) > 0
        return probability_style(f"Mw ≥ {thresholds[-1]:g}" if highest else f"class {number}")
    if column.startswith("magnitude") and not column.endswith("spread"):
        return magnitude_style(
            tuple(thresholds) or (8.0,), label=f"predicted {column.replace('_', ' ')} (Mw)"
        )
    return value_style(values, column)


def warning_about(content: MapContent) -> str | None:
    """Return what a map of predictions must say in red: of its model, and of segments that are no test."""
    if not content.predicted:
        return None
    frame = content.frame
    seen = int((frame["trained_on_share"] > 0.5).sum())
    said = [warning_of(content.about) or ""]
    if seen:
        said.append(
            f"Most networks were trained on {seen} of {len(frame)} segments: there nothing is tested."
        )
    return " ".join(filter(None, said)) or None


def _check_numbers_path(path: Path, info: TrenchMapInfo) -> None:
    """Refuse to write the numbers of a map over a file that is anything else."""
    heading = ",".join(info.to_frame().columns)
    if path.is_file() and path.read_bytes()[: len(heading)] != heading.encode():
        raise OutputError(
            "the numbers of the map would replace a file that holds something else",
            given=path,
            action="give the figure another name",
        )
