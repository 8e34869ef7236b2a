"""Open the table of a run, with positions along the trench where the table has none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError, sha256_of
from megathrust.geometry import SEED_STUDY_ALIGNMENT, load_trench_line, trench_regions
from megathrust.pipelines.build._ruptures import read_ruptures
from megathrust.pipelines.build._table import build_table
from megathrust.pipelines.settings import BuildConfig
from megathrust.sources import find_source, read_events
from megathrust.table import (
    FeatureTable,
    PositionFunction,
    iter_table,
    load_builtin_ruptures,
    load_builtin_table,
    read_table,
)


def open_table(
    path: str | os.PathLike[str] | None,
    *,
    label: str | None = None,
    label_required: bool = True,
    build: BuildConfig | None = None,
) -> FeatureTable:
    """Read the table of a run; segments without a position get one from their arc length.

    Parameters
    ----------
    path : path_like or None
        File or folder, see `read_table`; none stands for the built-in table.
    label : str, optional
        Label column.
    label_required : bool
        Whether a table without any label is refused.
    build : BuildConfig, optional
        Where no path is given: build the table from public data instead of taking the built-in one.

    Raises
    ------
    TableError
        If it cannot be used.

    Examples
    --------
    >>> len(open_table(None))
    895
    """
    if path is None and build is not None:
        table = build_table(**build.model_dump())
        if label_required:
            table.target(label)
        return table
    if path is None:
        return load_builtin_table(label=label, label_required=label_required)
    return read_table(
        path, label=label, label_required=label_required, position_of=_positions_for(Path(path))
    )


def iter_open_table(path: str | os.PathLike[str], *, label_required: bool = True) -> Iterator[FeatureTable]:
    """Read the table of a path in blocks; see `open_table`.

    Raises
    ------
    TableError
        If it cannot be used.
    """
    return iter_table(path, label_required=label_required, position_of=_positions_for(Path(path)))


def open_ruptures(path: str | os.PathLike[str] | None) -> pd.DataFrame:
    """Read ruptures that `write_ruptures` wrote; none stands for those of the built-in table.

    Raises
    ------
    TableError
        If the file is none of that kind.
    """
    if path is None:
        return load_builtin_ruptures()
    return read_ruptures(path)


def open_events(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read ruptures (``.parquet``), or a catalogue in any layout of `megathrust.sources.read_events`.

    Raises
    ------
    TableError
        If a ``.parquet`` file holds no ruptures.
    SourceError
        If the file is no catalogue.
    """
    return read_ruptures(path) if Path(path).suffix == ".parquet" else read_events(path)


def _positions_for(folder: Path) -> PositionFunction:
    def position_of(region: str, s_km: FloatArray) -> tuple[FloatArray, FloatArray]:
        return position_on_trench(region, s_km + _offset_km(folder / f"{region}.csv", region))

    return position_of


def _offset_km(path: Path, region: str) -> float:
    """Return where the seed study's arc length starts on our trench line; 0 for any other table."""
    try:
        published = find_source(f"seed_study/{region}.csv").sha256
    except InputError:
        # The seed study has no such region.
        return 0.0
    return SEED_STUDY_ALIGNMENT[region] if sha256_of(path) == published else 0.0


def position_on_trench(region: str, s_km: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude at arc lengths along a region's trench, missing beyond its ends."""
    if region not in trench_regions():
        return np.full(len(s_km), np.nan), np.full(len(s_km), np.nan)
    line = load_trench_line(region)
    inside = (s_km >= 0.0) & (s_km <= line.length_km)
    lon, lat = line.at(np.where(inside, s_km, 0.0))
    return np.where(inside, lon, np.nan), np.where(inside, lat, np.nan)
