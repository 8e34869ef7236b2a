"""Geographic grids: GMT v3 and CF netCDF (netCDF-3 and netCDF-4), whole or in blocks of rows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from megathrust.core import (
    COMPRESSION,
    GRID_NODES,
    FloatArray,
    SourceError,
    check_choice,
    check_range,
    look_through,
)
from megathrust.sources._axes import (
    Layout,
    check_axes,
    columns_kept,
    make_grid,
    turned_longitudes,
    without_markers,
)
from megathrust.sources._cf import Limits, geographic_axes
from megathrust.sources._reading import reading
from megathrust.sources._registry import is_registered

if TYPE_CHECKING:
    import xarray as xr


class GridBlock(NamedTuple):
    """Some rows of a grid.

    Attributes
    ----------
    lon : ndarray, shape (n_lon,)
        Longitude in [-180, 180), in the order of the file.
    lat : ndarray, shape (n_rows,)
        Latitude, in the order of the file.
    values : ndarray, shape (n_rows, n_lon)
        Values, NaN where missing.
    """

    lon: FloatArray
    lat: FloatArray
    values: FloatArray


@dataclass
class _OpenGrid:
    """A grid that is open for reading: axes in file order, and its variable not yet loaded."""

    name: str
    lon: FloatArray
    lat: FloatArray
    variable: xr.DataArray
    flat: bool
    left_out: dict[str, int] = field(default_factory=dict)

    def rows(self, start: int, stop: int) -> FloatArray:
        """Load some rows as floating point numbers, without the column that closes the circle."""
        n_lon = len(self.lon)
        if self.flat:
            raw = self.variable[start * n_lon : stop * n_lon].to_numpy().reshape(-1, n_lon)
        else:
            raw = self.variable[start:stop].to_numpy()
        # Integers of up to 16 bits are exact in float32, longer ones become float64.
        kind = np.result_type(raw.dtype.newbyteorder("="), np.float32)
        values, marked = without_markers(np.asarray(raw[:, : columns_kept(self.lon)], dtype=kind))
        limits = Limits.of(self.variable)
        outside = limits.outside(values)
        self._count("beyond 1e36", marked)
        self._count(f"outside the valid range {limits.low:g} to {limits.high:g}", outside)
        return np.where(outside, np.nan, values)

    def _count(self, reason: str, where: np.ndarray) -> None:
        if where.any():
            self.left_out[reason] = self.left_out.get(reason, 0) + int(where.sum())


def read_grid(
    path: str | os.PathLike[str],
    *,
    variable: str | None = None,
    unit: str = "",
    long_name: str = "",
    citation: str = "",
    layout: Layout = "wrapped",
) -> xr.DataArray:
    """Read a geographic grid.

    Parameters
    ----------
    path : path_like
        A netCDF file (netCDF-3 or netCDF-4) by the CF conventions with one-dimensional longitude and
        latitude, or an old GMT v3 grid (one-dimensional ``z`` with ``dimension``, ``x_range`` and
        ``y_range``, rows from the north).
    variable : str, optional
        Which variable; default the only one over longitude and latitude.
    unit, long_name, citation : str
        Attributes of the result; unit and long name default to those of the file.
    layout : {"wrapped", "continuous"}
        ``wrapped``: longitudes increase within [-180, 180), so a regional grid over the dateline has a gap
        in the middle. ``continuous``: longitudes increase by even steps from a western edge in [-180, 180)
        and may exceed 180, so that gradients can be taken.

    Returns
    -------
    DataArray, dimensions (lat, lon)
        Both axes increase; NaN where missing, outside the valid range of the file, or beyond 1e36, which is
        no number but a marker; a last column that repeats the first is dropped.

    Raises
    ------
    SourceError
        If the file is not such a grid, its coordinates are projected, or it holds several variables and
        none is named.
    """
    check_choice("longitude layout", layout, ("wrapped", "continuous"))
    with _opened(path, variable) as grid:
        _check_size(Path(path), len(grid.lat) * len(grid.lon))
        values = grid.rows(0, len(grid.lat))
        attributes = {
            "units": unit or str(grid.variable.attrs.get("units", "")),
            "long_name": long_name or str(grid.variable.attrs.get("long_name", grid.name)),
            "citation": citation,
        }
    return make_grid(
        Path(path),
        grid.lon,
        grid.lat,
        values,
        name=grid.name,
        layout=layout,
        attributes=attributes,
        left_out=grid.left_out,
    )


def iter_blocks(
    path: str | os.PathLike[str], variable: str | None = None, *, rows_per_block: int = 256
) -> Iterator[GridBlock]:
    """Read a grid in blocks of rows, so that memory depends on the block and not on the file.

    Parameters
    ----------
    path : path_like
        A grid as for `read_grid`. A netCDF-3 file is held in memory as a whole: convert a large one.
    variable : str, optional
        Which variable; default the only one over longitude and latitude.
    rows_per_block : int
        Rows of constant latitude per block.

    Yields
    ------
    GridBlock
        Blocks from the first row of the file to the last; every node comes exactly once.

    Raises
    ------
    SourceError
        If the file is not such a grid.
    """
    check_range("rows_per_block", rows_per_block, low=1)
    with _opened(path, variable) as grid:
        lon = turned_longitudes(grid.lon[: columns_kept(grid.lon)])
        for start in range(0, len(grid.lat), rows_per_block):
            stop = min(start + rows_per_block, len(grid.lat))
            yield GridBlock(lon, grid.lat[start:stop], grid.rows(start, stop))


def _check_size(file: Path, nodes: int) -> None:
    """Refuse a grid that is too large to be read as a whole."""
    if nodes > GRID_NODES:
        raise SourceError(
            "the grid is too large to be read as a whole",
            given=f"{file} with {nodes} nodes",
            allowed=f"at most {GRID_NODES} nodes",
            action="cut out your region, or make the grid coarser",
        )


def _check_announced(file: Path, nodes: int) -> None:
    """Refuse a file that announces more nodes than it can hold, however well they are compressed."""
    if nodes > COMPRESSION * file.stat().st_size:
        raise SourceError(
            "the grid announces more nodes than the file can hold",
            given=f"{file}: {nodes} nodes in {file.stat().st_size} bytes",
            action="get an unaltered copy",
        )


@contextmanager
def _opened(path: str | os.PathLike[str], variable: str | None) -> Iterator[_OpenGrid]:
    with reading(path, "a geographic grid", most_bytes=None) as file, _dataset(file) as dataset:
        if {"x_range", "y_range", "dimension", "z"} <= set(dataset.variables):
            grid = _old_gmt_grid(dataset)
        else:
            grid = _cf_grid(dataset, variable, file)
        check_axes(file, grid.lon, grid.lat)
        _check_announced(file, len(grid.lon) * len(grid.lat))
        yield grid


@contextmanager
def _dataset(file: Path) -> Iterator[xr.Dataset]:
    import xarray as xr

    with file.open("rb") as stream:
        magic = stream.read(4)
    with warnings.catch_warnings():
        # A file may mark missing values by two numbers; both are.
        warnings.filterwarnings("ignore", message=".*multiple fill values", category=xr.SerializationWarning)
        if magic[:3] == b"CDF" and magic[3:] in (b"\x01", b"\x02"):
            # Loaded whole: a mapped file cannot be closed while any array of it is alive.
            with xr.open_dataset(file, engine="scipy", decode_times=False, mmap=False) as dataset:
                yield dataset
        elif magic == b"\x89HDF":
            if not is_registered(file):
                look_through(file, "hdf5")
            with xr.open_dataset(file, engine="h5netcdf", decode_times=False, cache=False) as dataset:
                yield dataset
        else:
            raise SourceError(
                "the file is no netCDF grid",
                given=file,
                allowed="netCDF-3 (classic, 64-bit offset), netCDF-4",
            )


def _old_gmt_grid(dataset: xr.Dataset) -> _OpenGrid:
    """Describe a GMT v3 grid: one long ``z`` from the north-west corner, row by row."""
    n_lon, n_lat = (int(number) for number in dataset["dimension"].to_numpy())
    if n_lon < 1 or n_lat < 1:
        raise ValueError(f"{n_lon} x {n_lat} nodes")
    west, east = dataset["x_range"].to_numpy().astype(np.float64)
    south, north = dataset["y_range"].to_numpy().astype(np.float64)
    if dataset["z"].size != n_lon * n_lat:
        raise ValueError(f"{dataset['z'].size} values for {n_lon} x {n_lat} nodes")
    lon, lat = np.linspace(west, east, n_lon), np.linspace(north, south, n_lat)
    if int(dataset["z"].attrs.get("node_offset", 0)) == 1:
        # Pixel registration: the ranges are outer edges, the values belong to the centres between.
        lon = west + (np.arange(n_lon) + 0.5) * (east - west) / n_lon
        lat = north - (np.arange(n_lat) + 0.5) * (north - south) / n_lat
    return _OpenGrid("z", lon, lat, dataset["z"], flat=True)


def _cf_grid(dataset: xr.Dataset, variable: str | None, file: Path) -> _OpenGrid:
    lon_name, lat_name = geographic_axes(dataset, variable, file)
    # A single time or level is no axis to choose from.
    single = [name for name, size in dataset.sizes.items() if size == 1]
    dataset = dataset.squeeze([name for name in single if name not in (lon_name, lat_name)])
    grids = [str(name) for name in dataset.data_vars if set(dataset[name].dims) == {lat_name, lon_name}]
    if variable is None and len(grids) != 1:
        raise SourceError(
            f"the file holds {len(grids)} grids over longitude and latitude",
            given=f"{file} with {', '.join(grids) or 'none'}",
            action="name one variable",
        )
    name = variable if variable is not None else grids[0]
    if name not in dataset or set(dataset[name].dims) != {lat_name, lon_name}:
        raise SourceError(
            "no such grid in the file", given=f"{name} in {file}", allowed=", ".join(grids) or "none"
        )
    lon, lat = (np.asarray(dataset[axis].to_numpy(), dtype=np.float64) for axis in (lon_name, lat_name))
    return _OpenGrid(name, lon, lat, dataset[name].transpose(lat_name, lon_name), flat=False)
