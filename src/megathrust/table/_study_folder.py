"""Reader of a folder with one CSV file per region, a row per segment in order along the trench."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.core import REGION_NAMES, FloatArray, TableError, check_lonlat, read_text_table, sha256_of
from megathrust.features import SEED_STUDY_FEATURES, ColumnDefinition
from megathrust.table._schema import KEY_COLUMNS, to_numbers
from megathrust.table._table import FeatureTable

#: Takes a region and arc lengths in km, gives (lon, lat) of those points of its trench.
PositionFunction = Callable[[str, FloatArray], tuple[FloatArray, FloatArray]]

POSITIONS_FILE = "positions.csv"


def read_study_folder(
    folder: str | os.PathLike[str],
    *,
    label: str = "MR_GCMT",
    label_required: bool = True,
    segment_km: float = 50.0,
    position_of: PositionFunction | None = None,
) -> FeatureTable:
    """Read a folder laid out as the seed study's: ``<region>.csv`` files and an optional ``positions.csv``.

    Row i of a region's file is its i-th segment. Its arc length, longitude and latitude come from the
    positions file (columns region, row, s_km, lon, lat) where it has the row; else ``s_km`` is
    ``segment_km * (i + 1/2)`` and the position is what ``position_of`` says of it, or missing.

    Parameters
    ----------
    folder : path_like
        Folder with the files.
    label : str
        Column that holds the largest observed magnitude.
    label_required : bool
        Whether every file must have it; a table to predict on needs none.
    segment_km : float
        Length of a segment in km.
    position_of : callable, optional
        From region and arc lengths to (lon, lat).

    Raises
    ------
    TableError
        If a file is named after no known region, is empty, lacks a column that others have, or holds
        text where numbers belong; if no file is there.
    """
    root = Path(folder)
    files = sorted(path for path in root.glob("*.csv") if path.name != POSITIONS_FILE)
    if not files:
        raise TableError("the folder holds no region's CSV file", given=root, allowed="<region>.csv files")
    frames = {_region_of(path): _read_region(path, label, label_required) for path in files}
    names = _common_columns(frames)
    pieces = [
        frame[names].assign(region=region, segment=np.arange(len(frame))) for region, frame in frames.items()
    ]
    table = pd.concat(pieces, ignore_index=True)
    table = _with_positions(table, root / POSITIONS_FILE, segment_km, position_of)
    features = [name for name in names if name != label]
    columns = {name: KEY_COLUMNS[name] for name in ("region", "segment", "s_km", "lon", "lat")}
    columns |= {
        name: SEED_STUDY_FEATURES.get(name, ColumnDefinition(name, f"column {name}", "unknown"))
        for name in features
    }
    if label in names:
        columns[label] = ColumnDefinition(
            label, "largest observed Mw that ruptured the segment", "Mw", "target"
        )
    hashes = {path.name: sha256_of(path) for path in [*files, root / POSITIONS_FILE] if path.is_file()}
    return FeatureTable(
        table, columns, {"reader": "study folder", "sha256": hashes, "segment_km": segment_km}
    )


def _region_of(path: Path) -> str:
    if path.stem not in REGION_NAMES:
        raise TableError(
            f"{path.name} is named after no known region", given=path.stem, allowed=", ".join(REGION_NAMES)
        )
    return path.stem


def _read_region(path: Path, label: str, label_required: bool) -> pd.DataFrame:
    frame = read_text_table(path, error=TableError)
    if label not in frame and label_required:
        raise TableError(f"{path.name} lacks the label column", given=f"no {label}")
    frame = frame.apply(lambda column: to_numbers(column, str(column.name), path.name))
    if label in frame and frame[label].isna().any():
        row = int(np.flatnonzero(frame[label].isna())[0])
        raise TableError(
            f"the label {label} of {path.name} is missing",
            given=f"data row {row}",
            allowed="a magnitude in every row (1.0 where no event was observed)",
        )
    return frame


def _common_columns(frames: dict[str, pd.DataFrame]) -> list[str]:
    names = list(dict.fromkeys(name for frame in frames.values() for name in frame.columns))
    for region, frame in frames.items():
        missing = [name for name in names if name not in frame]
        if missing:
            raise TableError(f"{region}.csv lacks a column that other regions have", given=", ".join(missing))
    return names


def _with_positions(
    table: pd.DataFrame, path: Path, segment_km: float, position_of: PositionFunction | None
) -> pd.DataFrame:
    table = table.assign(s_km=np.nan, lon=np.nan, lat=np.nan)
    if path.is_file():
        needed = ("region", "row", "s_km", "lon", "lat")
        positions = read_text_table(path, needed=needed, error=TableError)
        twice = positions.duplicated(["region", "row"])
        if twice.any():
            row = positions[twice].iloc[0]
            raise TableError(f"{path.name} gives a segment twice", given=f"{row['region']}, row {row['row']}")
        for name in needed[1:]:
            positions[name] = to_numbers(positions[name], name, path.name)
        for name, limit in (("lon", 720.0), ("lat", 90.0)):
            off = positions[name].abs() > limit
            if off.any():
                raise TableError(
                    f"column {name} of {path.name} is out of range",
                    given=f"{positions[name][off].iloc[0]:g} in data row {int(off.argmax())}",
                    allowed=f"-{limit:g} to {limit:g} degrees, empty where a position is unknown",
                )
        table = (
            table.drop(columns=["s_km", "lon", "lat"])
            .merge(
                positions.rename(columns={"row": "segment"})[["region", "segment", "s_km", "lon", "lat"]],
                on=["region", "segment"],
                how="left",
                validate="one_to_one",
            )
            .astype({"s_km": np.float64, "lon": np.float64, "lat": np.float64})
        )
    table["s_km"] = table["s_km"].fillna(segment_km * (table["segment"] + 0.5))
    if position_of is not None:
        for region, rows in table[table["lon"].isna()].groupby("region").groups.items():
            lon, lat = position_of(str(region), table.loc[rows, "s_km"].to_numpy())
            table.loc[rows, "lon"], table.loc[rows, "lat"] = lon, lat
    table["lon"], table["lat"] = check_lonlat(table["lon"], table["lat"])
    return table
