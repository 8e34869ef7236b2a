"""From a key of the registry to data: fetch the file, read it with its reader."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from megathrust.core import WHITESPACE, ProgressCallback, read_text_table
from megathrust.sources._catalogues import (
    read_comcat,
    read_focal_join,
    read_gcmt_geojson,
    read_gcmt_list,
    read_isc_gem,
    read_isc_gem_usgs,
    read_noaa,
)
from megathrust.sources._event_tables import read_fdsn_csv, read_isc_gem_csv, read_isc_gem_kmz
from megathrust.sources._fetch import fetch
from megathrust.sources._grids import read_grid
from megathrust.sources._kinematics import (
    read_pb2002_steps,
    read_plate_lines,
    read_rotation_poles,
    read_trench_kinematics,
)
from megathrust.sources._obspy_events import read_obspy_events
from megathrust.sources._points import (
    read_arc_volcanoes,
    read_crust1,
    read_incoming_plate,
    read_seamounts,
    read_strain_rates,
    read_trench_points,
)
from megathrust.sources._reading import reading, tidy
from megathrust.sources._registry import DataSource, find_source
from megathrust.sources._ruptures import read_rupture_outline, read_tsunami_source
from megathrust.sources._seafloor import read_gmt_lines, read_polygons, read_trench_depths
from megathrust.sources._slab import read_slab_grid
from megathrust.sources._srcmod import read_slip_model


def _read_plain_grid(path: Path, source: DataSource) -> Any:
    return read_grid(
        path,
        variable=source.variable or None,
        unit=source.unit,
        long_name=source.long_name,
        citation=source.reference,
    )


def _read_plain_table(path: Path, source: DataSource, sep: str = ",") -> pd.DataFrame:
    with reading(path, "a table") as file:
        return tidy(file, read_text_table(file, sep=sep), units={}, citation=source.reference)


def _alone(reader: Callable[[Path], Any]) -> Callable[[Path, DataSource], Any]:
    """Make a reader of a path into one that is also given the source."""
    return lambda path, source: reader(path)


#: What each reader name of the registry stands for.
READERS: Mapping[str, Callable[[Path, DataSource], Any]] = MappingProxyType(
    {
        "arc_volcanoes": _alone(read_arc_volcanoes),
        "blank_table": partial(_read_plain_table, sep=WHITESPACE),
        "comcat": _alone(read_comcat),
        "crust1": _alone(read_crust1),
        "fdsn_csv": _alone(read_fdsn_csv),
        "focal_join": _alone(read_focal_join),
        "gcmt_geojson": _alone(read_gcmt_geojson),
        "gcmt_list": _alone(read_gcmt_list),
        "gmt_lines": lambda path, source: read_gmt_lines(path, citation=source.reference),
        "grid": _read_plain_grid,
        "incoming_plate": _alone(read_incoming_plate),
        "isc_gem": _alone(read_isc_gem),
        "isc_gem_csv": _alone(read_isc_gem_csv),
        "isc_gem_kmz": _alone(read_isc_gem_kmz),
        "isc_gem_usgs": _alone(read_isc_gem_usgs),
        "noaa": _alone(read_noaa),
        "obspy_events": lambda path, source: read_obspy_events(path, citation=source.reference),
        "pb2002_steps": _alone(read_pb2002_steps),
        "plate_lines": _alone(read_plate_lines),
        "polygons": lambda path, source: read_polygons(path, citation=source.reference),
        "rotation_poles": _alone(read_rotation_poles),
        "rupture_outline": _alone(read_rupture_outline),
        "seamounts": _alone(read_seamounts),
        "slab_grid": _alone(read_slab_grid),
        "slip_model": _alone(read_slip_model),
        "strain_rate": _alone(read_strain_rates),
        "table": _read_plain_table,
        "trench_depths": _alone(read_trench_depths),
        "trench_kinematics": _alone(read_trench_kinematics),
        "trench_points": _alone(read_trench_points),
        "tsunami_source": lambda path, source: read_tsunami_source(path, citation=source.reference),
    }
)


def read_source(
    key: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    verify: bool = True,
    progress: ProgressCallback | None = None,
) -> Any:
    """Fetch a registered file and read it with the reader that the registry names.

    Parameters
    ----------
    key, data_dir, verify, progress
        As for `fetch`.

    Returns
    -------
    DataArray, DataFrame, SlipModel or RuptureOutline
        What the reader of that format gives.

    Raises
    ------
    InputError
        If the registry does not hold the key.
    SourceError
        If the file cannot be had or read.
    """
    source = find_source(key)
    path = fetch(key, data_dir=data_dir, verify=verify, progress=progress)
    return READERS[source.reader](path, source)
