"""Tables as Parquet or CSV files with a schema beside them."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow

from megathrust.core import TableError, read_text_table, replacing, write_json
from megathrust.features import SEED_STUDY_FEATURES, ColumnDefinition
from megathrust.table._schema import KEY_COLUMNS
from megathrust.table._study_folder import PositionFunction, read_study_folder
from megathrust.table._table import Exclusion, FeatureTable

_FORMATS = (".parquet", ".csv")


def schema_path(path: str | os.PathLike[str]) -> Path:
    """Return where the schema of a table file stands: ``<file>.schema.json``."""
    return Path(path).with_name(Path(path).name + ".schema.json")


def write_table(table: FeatureTable, path: str | os.PathLike[str]) -> None:
    """Write a table as ``.parquet`` or ``.csv``, with its schema in a JSON file beside it.

    Raises
    ------
    TableError
        If the name ends in neither.
    OutputError
        If the place cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.testing import synthetic_table
    >>> with TemporaryDirectory() as folder:
    ...     write_table(synthetic_table(), f"{folder}/mine.parquet")
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['mine.parquet', 'mine.parquet.schema.json']
    """
    target = _checked_suffix(Path(path))
    with replacing(target) as part:
        if target.suffix == ".parquet":
            table.frame.to_parquet(part, index=False)
        else:
            table.frame.to_csv(part, index=False)
    write_json(
        schema_path(target),
        {
            # A list, because the order of the columns is part of the schema.
            "columns": [dataclasses.asdict(definition) for definition in table.columns.values()],
            "provenance": dict(table.provenance),
            "exclusions": [dataclasses.asdict(exclusion) for exclusion in table.exclusions],
        },
    )


def read_table(
    path: str | os.PathLike[str],
    *,
    label: str | None = None,
    label_required: bool = True,
    position_of: PositionFunction | None = None,
) -> FeatureTable:
    """Read a table from a ``.parquet`` or ``.csv`` file, or from a folder of one CSV file per region.

    Without a schema beside the file, columns are taken for what their names say: the key columns, the
    label, and features for the rest.

    Parameters
    ----------
    path : path_like
        File or folder.
    label : str, optional
        Name of the label column; ``MR_GCMT`` where no schema says otherwise.
    label_required : bool
        Whether a table without any label is refused.
    position_of : callable, optional
        Passed to `read_study_folder`.

    Raises
    ------
    TableError
        If the file is absent, of another kind, or breaks the schema.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.testing import synthetic_table
    >>> with TemporaryDirectory() as folder:
    ...     write_table(synthetic_table(), f"{folder}/mine.csv")
    ...     read_table(f"{folder}/mine.csv")
    FeatureTable(130 segments of 3 regions, 6 features, targets: MW)
    """
    source = Path(path)
    if source.is_dir():
        return read_study_folder(
            source, label=label or "MR_GCMT", label_required=label_required, position_of=position_of
        )
    if not source.is_file():
        raise TableError(
            "there is no such table",
            given=source,
            allowed="a .parquet or .csv file, or a folder of <region>.csv files",
        )
    frame = _read_frame(_checked_suffix(source))
    if schema_path(source).is_file():
        table = _with_schema(frame, schema_path(source))
    else:
        table = _without_schema(frame, label or "MR_GCMT", source.name)
    if label_required:
        table.target(label)
    return table


def _checked_suffix(path: Path) -> Path:
    if path.suffix not in _FORMATS:
        raise TableError(
            "unknown kind of table file", given=path.name, allowed="names ending in .parquet or .csv"
        )
    return path


def _read_frame(path: Path) -> pd.DataFrame:
    try:
        return (
            pd.read_parquet(path)
            if path.suffix == ".parquet"
            else read_text_table(path, needed=("region", "s_km"), error=TableError)
        )
    except pyarrow.ArrowInvalid as error:
        raise TableError(
            f"{path.name} is no readable {path.suffix} file", given=str(error).splitlines()[0]
        ) from error


def _with_schema(frame: pd.DataFrame, path: Path) -> FeatureTable:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        columns = {entry["name"]: ColumnDefinition(**entry) for entry in content["columns"]}
        exclusions = [Exclusion(**entry) for entry in content.get("exclusions", [])]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise TableError(f"{path.name} is no table schema", given=str(error)) from error
    return FeatureTable(frame, columns, content.get("provenance", {}), exclusions)


def _without_schema(frame: pd.DataFrame, label: str, name: str) -> FeatureTable:
    missing = [key for key in ("region", "s_km") if key not in frame]
    if missing:
        raise TableError(f"{name} lacks a column", given="no " + ", ".join(missing))
    if "segment" not in frame:
        frame = frame.assign(segment=frame.groupby("region").cumcount())
    for key in ("lon", "lat"):
        if key not in frame:
            frame = frame.assign(**{key: float("nan")})
    columns = {key: KEY_COLUMNS[key] for key in KEY_COLUMNS if key in frame}
    columns |= {
        str(column): SEED_STUDY_FEATURES.get(
            str(column), ColumnDefinition(str(column), f"column {column}", "unknown")
        )
        for column in frame.columns
        if column not in columns and column != label and not str(column).startswith("Unnamed:")
    }
    if label in frame:
        columns[label] = ColumnDefinition(label, "largest observed Mw", "Mw", "target")
    return FeatureTable(frame, columns, {"reader": f"{name} without a schema"})
