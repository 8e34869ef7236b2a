"""Open the table of a run, with positions along the trench where the table has none."""

from __future__ import annotations

import os

from megathrust.core import FloatArray, InputError
from megathrust.geometry import load_trench_line, trench_regions
from megathrust.table import FeatureTable, read_table


def open_table(
    path: str | os.PathLike[str] | None, *, label: str | None = None, label_required: bool = True
) -> FeatureTable:
    """Read the table of a run; segments without a position get one from their arc length.

    Raises
    ------
    InputError
        If no table is named.
    TableError
        If it cannot be used.
    """
    if path is None:
        raise InputError(
            "no table was named",
            action="pass --table FILE (.parquet or .csv) or --table FOLDER (one <region>.csv per region)",
        )
    return read_table(path, label=label, label_required=label_required, position_of=position_on_trench)


def position_on_trench(region: str, s_km: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude at arc lengths along a region's trench, missing beyond its ends."""
    if region not in trench_regions():
        return s_km * float("nan"), s_km * float("nan")
    line = load_trench_line(region)
    lon, lat = line.at(s_km.clip(0.0, line.length_km))
    beyond = (s_km < 0.0) | (s_km > line.length_km)
    lon[beyond], lat[beyond] = float("nan"), float("nan")
    return lon, lat
