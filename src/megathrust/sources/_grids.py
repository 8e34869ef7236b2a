"""Geographic grids: GMT v3 and CF netCDF (netCDF-3 and netCDF-4), whole or in blocks of rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from megathrust.core import FloatArray, SourceError, check_choice, check_range, wrap_longitude
from megathrust.sources._reading import reading

if TYPE_CHECKING:
    import xarray as xr

Layout = Literal["wrapped", "continuous"]

LON_NAMES = ("lon", "longitude", "x")
LAT_NAMES = ("lat", "latitude", "y")


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


@dataclass(frozen=True)
class _OpenGrid:
    """A grid that is open for reading: axes in file order, and its variable not yet loaded."""

    name: str
    lon: FloatArray
    lat: FloatArray
    variable: xr.DataArray
    flat: bool

    def rows(self, start: int, stop: int) -> FloatArray:
        """Load some rows as floating point numbers, without the column that closes the circle."""
        n_lon = len(self.lon)
        if self.flat:
            raw = self.variable[start * n_lon : stop * n_lon].to_numpy().reshape(-1, n_lon)
        else:
            raw = self.variable[start:stop].to_numpy()
        # Integers of up to 16 bits are exact in float32, longer ones become float64.
        kind = np.result_type(raw.dtype.newbyteorder("="), np.float32)
        return np.asarray(raw[:, : self.n_lon_kept], dtype=kind)

    @property
    def n_lon_kept(self) -> int:
        """Number of columns without a last one that repeats the first."""
        span = abs(self.lon[-1] - self.lon[0])
        step = span / max(len(self.lon) - 1, 1)
        return len(self.lon) - (1 if abs(span - 360.0) < 1e-3 * step else 0)


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
        A netCDF file (netCDF-3 or netCDF-4) with one-dimensional longitude and latitude, or an old GMT v3
        grid (one-dimensional ``z`` with ``dimension``, ``x_range`` and ``y_range``, rows from the north).
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
        Both axes increase; NaN where missing; a last column that repeats the first is dropped.

    Raises
    ------
    SourceError
        If the file is not such a grid, or holds several variables and none is named.
    """
    import xarray as xr

    check_choice("longitude layout", layout, ("wrapped", "continuous"))
    with _opened(path, variable) as grid:
        values = grid.rows(0, len(grid.lat))
        attributes = {
            "units": unit or str(grid.variable.attrs.get("units", "")),
            "long_name": long_name or str(grid.variable.attrs.get("long_name", grid.name)),
            "citation": citation,
            "file": Path(path).name,
        }
    lon = _laid_out(grid.lon[: grid.n_lon_kept], layout)
    by_lon, by_lat = np.argsort(lon, kind="stable"), np.argsort(grid.lat, kind="stable")
    return xr.DataArray(
        values[np.ix_(by_lat, by_lon)],
        coords={
            "lat": ("lat", grid.lat[by_lat], {"units": "degrees_north"}),
            "lon": ("lon", lon[by_lon], {"units": "degrees_east"}),
        },
        dims=("lat", "lon"),
        name=grid.name,
        attrs=attributes,
    )


def iter_blocks(
    path: str | os.PathLike[str], variable: str | None = None, *, rows_per_block: int = 256
) -> Iterator[GridBlock]:
    """Read a grid in blocks of rows, so that memory depends on the block and not on the file.

    Parameters
    ----------
    path : path_like
        A grid as for `read_grid`.
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
        lon = wrap_longitude(grid.lon[: grid.n_lon_kept])
        for start in range(0, len(grid.lat), rows_per_block):
            stop = min(start + rows_per_block, len(grid.lat))
            yield GridBlock(lon, grid.lat[start:stop], grid.rows(start, stop))


def even_longitudes(lon: FloatArray) -> FloatArray:
    """Shift longitudes by whole turns so that the western edge lies in [-180, 180).

    Examples
    --------
    >>> even_longitudes(np.array([190.0, 200.0]))
    array([-170., -160.])
    """
    return np.asarray(lon - 360.0 * np.floor((lon.min() + 180.0) / 360.0))


def _laid_out(lon: FloatArray, layout: Layout) -> FloatArray:
    return wrap_longitude(lon) if layout == "wrapped" else even_longitudes(lon)


@contextmanager
def _opened(path: str | os.PathLike[str], variable: str | None) -> Iterator[_OpenGrid]:
    import xarray as xr

    with reading(path, "a geographic grid") as file:
        with file.open("rb") as stream:
            magic = stream.read(4)
        if magic[:3] == b"CDF" and magic[3:] in (b"\x01", b"\x02"):
            engine: Literal["scipy", "h5netcdf"] = "scipy"
        elif magic == b"\x89HDF":
            engine = "h5netcdf"
        else:
            raise SourceError(
                "the file is no netCDF grid",
                given=file,
                allowed="netCDF-3 (classic, 64-bit offset), netCDF-4",
            )
        with xr.open_dataset(file, engine=engine, decode_times=False, cache=False) as dataset:
            if {"x_range", "y_range", "dimension", "z"} <= set(dataset.variables):
                yield _old_gmt_grid(dataset)
            else:
                yield _cf_grid(dataset, variable, file)


def _old_gmt_grid(dataset: xr.Dataset) -> _OpenGrid:
    """Describe a GMT v3 grid: one long ``z`` from the north-west corner, row by row."""
    n_lon, n_lat = (int(number) for number in dataset["dimension"].to_numpy())
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
    # A single time or level is no axis to choose from.
    single = [name for name, size in dataset.sizes.items() if size == 1]
    dataset = dataset.squeeze([name for name in single if str(name).lower() not in LON_NAMES + LAT_NAMES])
    lon_name, lat_name = _axis(dataset, LON_NAMES, file), _axis(dataset, LAT_NAMES, file)
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


def _axis(dataset: xr.Dataset, names: tuple[str, ...], file: Path) -> str:
    """Return the name of the longitude or latitude axis."""
    for dimension in dataset.dims:
        if str(dimension).lower() in names and dimension in dataset.variables:
            return str(dimension)
    raise SourceError(
        "the grid has no axis of " + ("longitude" if names is LON_NAMES else "latitude"),
        given=f"{file} with axes {', '.join(map(str, dataset.dims))}",
        allowed=" or ".join(names),
    )
