"""One grid or point table of the user's, sampled beside a table that already stands."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from megathrust.core import FloatArray, InputError, check_choice
from megathrust.features import WINDOW_KM, compute_features, window_features
from megathrust.geometry import Segments, load_trench_line, locate, make_segments, trench_regions
from megathrust.sources import UserLayer, read_layer
from megathrust.table import FeatureTable

# Segments of a table lie on the trench line that it was built along; from the line of another version they
# lie a little off.
_NEAR_KM = 100.0
_FAMILY = "own layer"
SIDES = ("UP", "DG")


def add_layer(
    table: FeatureTable, path: str | os.PathLike[str], *, side: str | None = None, statistic: str = "mean"
) -> FeatureTable:
    """Return a table with one more feature per side: a statistic of a layer within 300 km of the trench.

    Parameters
    ----------
    table : FeatureTable
        With segments along trenches that the package knows.
    path : path_like
        netCDF or GeoTIFF grid, or point table with columns lon, lat, value.
    side : {"UP", "DG"}, optional
        Upper-plate or downgoing side; both by default, as two features of one family.
    statistic : str
        As in a layer file: mean, std, min, max, p95, ...

    Raises
    ------
    InputError
        If the statistic is unknown, or no trench of the table is known.
    SourceError
        If the file cannot be read as a grid or point table.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.table import load_builtin_table
    >>> table = load_builtin_table()
    >>> with TemporaryDirectory() as folder:
    ...     points = pd.DataFrame({"lon": [-73.0], "lat": [-36.0], "value": [60.0]})
    ...     points.to_csv(f"{folder}/heat.csv", index=False)
    ...     wider = add_layer(table, f"{folder}/heat.csv", side="UP")
    >>> wider.feature_names[-1], int(wider.frame["OWN_UP_AVE"].notna().sum())
    ('OWN_UP_AVE', 1)
    """
    if side is not None:
        check_choice("side", side, SIDES)
    sides = SIDES if side is None else (side,)
    layer = _layer(Path(path), sides, statistic)
    data = {layer.name: (WINDOW_KM, read_layer(layer))}
    declared = window_features(
        layer.name,
        layer.long_name,
        layer.unit,
        layer=layer.name,
        group=layer.group,
        family=_FAMILY,
        citation=layer.citation,
        sides=sides,
        statistics=[statistic],
    )
    percentiles = [float(statistic[1:])] if statistic[0] == "p" else []
    values = pd.DataFrame(np.nan, index=table.frame.index, columns=[each.name for each in declared])
    known = [name for name in dict.fromkeys(table.frame["region"]) if name in trench_regions()]
    if not known:
        raise InputError(
            "no trench of the table is known, so a layer cannot be sampled along it",
            given=", ".join(dict.fromkeys(table.frame["region"])),
            allowed=", ".join(trench_regions()),
            action="build the table with --layers, which samples along any trench",
        )
    for region in known:
        rows = table.frame.index[table.frame["region"] == region]
        segments, number = _segments_of(table.frame.loc[rows])
        computed = compute_features(declared, segments, data, {}, percentiles=percentiles).frame
        on_line = (number >= 0) & (number < len(segments))
        values.loc[rows[on_line]] = computed.to_numpy()[number[on_line]]
    columns = {**table.columns, **{each.name: each.column for each in declared}}
    return replace(table, frame=pd.concat([table.frame, values], axis=1), columns=columns)


def _layer(path: Path, sides: tuple[str, ...], statistic: str) -> UserLayer:
    try:
        return UserLayer.model_validate(
            {
                "name": "OWN",
                "path": path,
                "unit": "its own unit",
                "long_name": path.stem,
                "citation": f"the user's file {path.name}",
                "side": sides,
                "statistics": (statistic,),
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError("the layer cannot be used", given=path.name, allowed=first["msg"]) from error


def _segments_of(rows: pd.DataFrame) -> tuple[Segments, np.ndarray]:
    """Return segments along the shipped line that fit the rows of one region, and which of them each is."""
    line = load_trench_line(str(rows["region"].iloc[0]))
    place: FloatArray = locate(
        line, rows["lon"].to_numpy(), rows["lat"].to_numpy(), max_distance_km=_NEAR_KM, keep_beyond_ends=True
    )[0]
    step = float(np.median(np.diff(np.sort(rows["s_km"].to_numpy())))) if len(rows) > 1 else 50.0
    # Where within a step the segments begin, at most half a step to either side of the line's start.
    phase = place % step - step / 2.0
    start = float(np.nanmedian(phase)) if np.isfinite(place).any() else 0.0
    # A first segment that begins a little before the line is the one that begins with it.
    start = start + step if start < -step / 4.0 else max(start, 0.0)
    segments = make_segments(line, step, start_km=start)
    number = np.round((place - step / 2.0 - start) / step)
    return segments, np.where(np.isfinite(number), number, -1).astype(np.int64)
