"""Tables as Parquet or CSV files with a schema beside them."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from megathrust.core import (
    BLOCK_ROWS,
    TABLE_CELLS,
    TABLE_COLUMNS,
    TableError,
    iter_text_table,
    look_through,
    read_json,
    read_text_table,
    reading,
    replacing,
    sha256_of,
    write_json,
)
from megathrust.features import SEED_STUDY_FEATURES, ColumnDefinition
from megathrust.table._schema import KEY_COLUMNS
from megathrust.table._study_folder import PositionFunction, read_study_folder
from megathrust.table._table import Exclusion, FeatureTable

_FORMATS = (".parquet", ".csv")

# Entries of a schema file: the hash of the rows that it belongs to, and the schema before, while both move.
_ROWS, _BEFORE = "rows_sha256", "before"


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
    beside = schema_path(target)
    with replacing(target) as part:
        if target.suffix == ".parquet":
            table.frame.to_parquet(part, index=False)
        else:
            table.frame.to_csv(part, index=False)
        schema = {
            # A list, because the order of the columns is part of the schema.
            "columns": [dataclasses.asdict(definition) for definition in table.columns.values()],
            "provenance": dict(table.provenance),
            "exclusions": [dataclasses.asdict(exclusion) for exclusion in table.exclusions],
            _ROWS: sha256_of(part),
        }
        before = _schema_now(target)
        # Between the two moves the file beside holds the schema of the old rows and of the new ones.
        write_json(beside, {**schema, **({_BEFORE: before} if before else {})})
    if before:
        write_json(beside, schema)


def _schema_now(target: Path) -> dict[str, Any] | None:
    """Return the schema of the rows that a file holds now, none where there are none or it cannot be told."""
    beside = schema_path(target)
    if not target.is_file() or not beside.is_file():
        return None
    try:
        return _schema_of(target)
    except TableError:
        return None


def _schema_of(table: Path) -> dict[str, Any]:
    """Return the schema beside a table that belongs to its rows.

    Raises
    ------
    TableError
        If it is no schema, or a kill left two of which neither belongs to the rows.
    """
    beside = schema_path(table)
    content = read_json(beside, "a table schema", error=TableError)
    if not isinstance(content, dict):
        raise TableError(f"{beside.name} is no table schema", allowed="an object with columns")
    before = content.pop(_BEFORE, None)
    if before is None:
        return content
    rows = sha256_of(table)
    for schema in (content, before):
        if isinstance(schema, dict) and schema.get(_ROWS) == rows:
            return schema
    raise TableError(
        "the table and the schema beside it do not belong together",
        given=table,
        action="write the table again",
    )


def is_as_written(path: str | os.PathLike[str]) -> bool:
    """Return whether the rows of a table are those that its schema was written with.

    A table whose schema does not tell counts as such.
    """
    told = _schema_of(Path(path)).get(_ROWS)
    return told is None or told == sha256_of(path)


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
    return next(_tables(source, None, label=label, label_required=label_required))


def iter_table(
    path: str | os.PathLike[str],
    *,
    rows_per_block: int = BLOCK_ROWS,
    label: str | None = None,
    label_required: bool = True,
    position_of: PositionFunction | None = None,
) -> Iterator[FeatureTable]:
    """Read a table in blocks of rows, so that memory depends on the block and not on the file.

    Parameters
    ----------
    path, label, label_required, position_of
        As for `read_table`. A folder is read as a whole.
    rows_per_block : int
        Rows of every block but the last.

    Yields
    ------
    FeatureTable
        Blocks of rows in the order of the file.

    Raises
    ------
    TableError
        As by `read_table`; of a row, when its block is due.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.testing import synthetic_table
    >>> with TemporaryDirectory() as folder:
    ...     write_table(synthetic_table(), f"{folder}/mine.csv")
    ...     [len(block) for block in iter_table(f"{folder}/mine.csv", rows_per_block=50)]
    [50, 50, 30]
    """
    source = Path(path)
    if source.is_dir():
        whole = read_table(source, label=label, label_required=label_required, position_of=position_of)
        return whole.blocks(rows_per_block)
    return _tables(source, rows_per_block, label=label, label_required=label_required)


def _tables(
    source: Path, rows_per_block: int | None, *, label: str | None, label_required: bool
) -> Iterator[FeatureTable]:
    """Give a table as a whole or in blocks."""
    if not source.exists():
        raise TableError(
            "there is no such table",
            given=source,
            allowed="a .parquet or .csv file, or a folder of <region>.csv files",
        )
    _checked_suffix(source)
    with reading(source, f"a {source.suffix} table", error=TableError, most_bytes=None):
        schema = _parsed_schema(source) if schema_path(source).is_file() else None
        seen, numbering, start = _Seen(), Counter[str](), 0
        for frame in _frames(source, rows_per_block):
            # Rows are numbered as in the file.
            frame.index = pd.RangeIndex(start, start + len(frame))
            if schema is None:
                table = _without_schema(frame, label or "MR_GCMT", source.name, numbering)
            else:
                table = FeatureTable(frame, schema.columns, schema.provenance, schema.exclusions)
            if label_required:
                table.target(label)
            if rows_per_block is not None:
                seen.add(table)
            start += len(frame)
            yield table


class _Seen:
    """Which segments stood in the blocks so far, eight bytes each."""

    def __init__(self) -> None:
        self._keys: list[npt.NDArray[np.int64]] = []
        self._regions: dict[str, int] = {}
        self._count = self._sorted = 0

    def add(self, table: FeatureTable) -> None:
        """Take up a block; refuse it if a segment of it stood in an earlier one."""
        frame = table.frame
        numbers = [self._regions.setdefault(region, len(self._regions)) for region in frame["region"]]
        keys = np.asarray(numbers, dtype=np.int64) * 2**32 + frame["segment"].to_numpy()
        known = [np.isin(keys, block) for block in self._merged()]
        twice = np.logical_or.reduce(known) if known else np.zeros(len(keys), dtype=bool)
        if twice.any():
            row = frame[twice].iloc[0]
            raise TableError("a segment stands twice in the table", given=f"{row['region']}:{row['segment']}")
        self._keys.append(np.sort(keys))

    def _merged(self) -> list[npt.NDArray[np.int64]]:
        # Blocks of like size are merged, so that a look takes logarithmic time.
        while len(self._keys) > 1 and len(self._keys[-1]) >= len(self._keys[-2]) / 2:
            last = self._keys.pop()
            self._keys[-1] = np.sort(np.concatenate([self._keys[-1], last]), kind="stable")
        return self._keys


def _checked_suffix(path: Path) -> Path:
    if path.suffix not in _FORMATS:
        raise TableError(
            "unknown kind of table file", given=path.name, allowed="names ending in .parquet or .csv"
        )
    return path


def _frames(path: Path, rows_per_block: int | None) -> Iterator[pd.DataFrame]:
    if path.suffix == ".csv":
        needed = ("region", "s_km")
        if rows_per_block is None:
            yield read_text_table(path, needed=needed, error=TableError)
        else:
            yield from iter_text_table(path, rows_per_block=rows_per_block, needed=needed, error=TableError)
        return
    look_through(path, "parquet")
    # Read as it is needed: a file may be one group of rows of half a gigabyte.
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        if columns > TABLE_COLUMNS or (rows_per_block is None and rows * columns > TABLE_CELLS):
            raise TableError(
                "the table is too large to be read as a whole",
                given=f"{path}, {rows} rows of {columns} columns",
                allowed=f"{TABLE_CELLS} cells, {TABLE_COLUMNS} columns",
            )
        nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
        if nested:
            raise TableError(
                "a column of the table holds lists", given=nested[0], allowed="one value in a cell"
            )
        if rows_per_block is None:
            yield file.read().to_pandas()
        else:
            for batch in file.iter_batches(batch_size=rows_per_block, use_threads=False):
                yield batch.to_pandas()


@dataclasses.dataclass(frozen=True)
class _Schema:
    """What stands beside a table."""

    columns: dict[str, ColumnDefinition]
    exclusions: list[Exclusion]
    provenance: dict[str, Any]


class _Provenance(BaseModel):
    """What is known of where a table comes from; entries that nobody looks at may hold anything."""

    model_config = ConfigDict(extra="allow")

    sources: list[dict[str, Any]] = []
    sha256: dict[str, str] = {}
    coarser_features: dict[str, dict[str, str]] = {}
    empty_features: dict[str, dict[str, str]] = {}


class _SchemaFile(BaseModel):
    """The whole JSON file beside a table."""

    columns: list[ColumnDefinition] = Field(min_length=1, max_length=TABLE_COLUMNS)
    exclusions: list[Exclusion] = []
    provenance: _Provenance = _Provenance()


def _parsed_schema(table: Path) -> _Schema:
    beside = schema_path(table)
    try:
        content = _SchemaFile.model_validate(_schema_of(table))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TableError(f"{beside.name} is no table schema", given=f"{place}: {first['msg']}") from error
    columns = {definition.name: definition for definition in content.columns}
    if len(columns) != len(content.columns):
        raise TableError(f"{beside.name} is no table schema", given="a column stands twice")
    return _Schema(columns, content.exclusions, content.provenance.model_dump(exclude_unset=True))


def _without_schema(frame: pd.DataFrame, label: str, name: str, numbering: Counter[str]) -> FeatureTable:
    """Return rows as a table of what their names say; ``numbering`` counts the segments of regions so far."""
    missing = [key for key in ("region", "s_km") if key not in frame]
    if missing:
        raise TableError(f"{name} lacks a column", given="no " + ", ".join(missing))
    if "segment" not in frame:
        regions = frame["region"].astype(str)
        frame = frame.assign(segment=frame.groupby(regions).cumcount() + regions.map(lambda r: numbering[r]))
        numbering.update(regions)
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
