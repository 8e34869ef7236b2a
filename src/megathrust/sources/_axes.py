"""What any geographic grid must be: axes in degrees, every node once, values that can be numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from megathrust.core import BoolArray, FloatArray, SourceError, wrap_longitude
from megathrust.sources._record import RECORD, record_rows

if TYPE_CHECKING:
    import xarray as xr

Layout = Literal["wrapped", "continuous"]

#: Two turns: longitudes of any layout lie within, metres and markers such as 999 or -9999 beyond.
FURTHEST_LONGITUDE = 720.0
#: No quantity of a layer comes near; what lies beyond stands for missing in GMT, ArcGIS, netCDF and ICGEM.
LARGEST_VALUE = 1e36


def check_degrees(file: Path, lon: FloatArray, lat: FloatArray) -> None:
    """Raise if numbers that are known cannot be longitudes and latitudes in degrees.

    Raises
    ------
    SourceError
        With the number that is furthest off.
    """
    for name, values, limit in (("longitude", lon, FURTHEST_LONGITUDE), ("latitude", lat, 90.0)):
        off = np.abs(values[~np.isnan(values)])
        if off.size and off.max() > limit + 1e-9:
            raise SourceError(
                f"a {name} is out of range, so these are no degrees or stand in another order",
                given=f"{file}: {float(values[np.nanargmax(np.abs(values))]):g}",
                allowed=f"-{limit:g} to {limit:g} degrees",
                action="give longitude and latitude in degrees, and empty fields where a place is unknown",
            )


def check_axes(file: Path, lon: FloatArray, lat: FloatArray) -> None:
    """Raise if axes of a grid are not degrees, or a node stands twice.

    Raises
    ------
    SourceError
        If an axis is empty, holds something else than degrees, or repeats itself.
    """
    for name, axis in (("longitude", lon), ("latitude", lat)):
        if not axis.size or not np.isfinite(axis).all():
            raise SourceError(
                f"the axis of {name} is empty or has missing numbers", given=file, allowed="finite degrees"
            )
    check_degrees(file, lon, lat)
    turned = np.sort(turned_longitudes(lon[: columns_kept(lon)]))
    wide = np.ptp(lon) > 360.0 + 1e-6
    if wide or (np.diff(turned) == 0.0).any() or (np.diff(np.sort(lat)) == 0.0).any():
        raise SourceError(
            "the grid gives a node twice",
            given=f"{file}, {lon.min():g} to {lon.max():g} E, {lat.min():g} to {lat.max():g} N",
            allowed="at most one turn, and each row once",
        )


def columns_kept(lon: FloatArray) -> int:
    """Return the number of columns without a last one that repeats the first."""
    span = abs(lon[-1] - lon[0])
    step = span / max(len(lon) - 1, 1)
    return len(lon) - (1 if abs(span - 360.0) < 1e-3 * step else 0)


def turned_longitudes(lon: FloatArray) -> FloatArray:
    """Bring longitudes to [-180, 180); those within keep every bit."""
    return np.where((lon >= -180.0) & (lon < 180.0), lon, wrap_longitude(lon))


def even_longitudes(lon: FloatArray) -> FloatArray:
    """Shift longitudes by whole turns so that the western edge lies in [-180, 180).

    Examples
    --------
    >>> even_longitudes(np.array([190.0, 200.0]))
    array([-170., -160.])
    """
    return np.asarray(lon - 360.0 * np.floor((lon.min() + 180.0) / 360.0))


def without_markers(values: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return values without the largest numbers of their type, and where those stood."""
    with np.errstate(invalid="ignore"):
        marked = np.abs(values) >= LARGEST_VALUE
    return np.where(marked, np.nan, values), marked


def make_grid(
    file: Path,
    lon: FloatArray,
    lat: FloatArray,
    values: FloatArray,
    *,
    name: str,
    layout: Layout,
    attributes: dict[str, str],
    left_out: Mapping[str, int] | None = None,
) -> xr.DataArray:
    """Return a grid with increasing axes: ``lon`` and ``lat`` are checked, a closing column is dropped.

    ``left_out`` counts by reason nodes that are missing though the file gives a number.
    """
    import xarray as xr

    kept = columns_kept(lon)
    lon = turned_longitudes(lon[:kept]) if layout == "wrapped" else even_longitudes(lon[:kept])
    values = values[:, :kept]
    by_lon, by_lat = np.argsort(lon, kind="stable"), np.argsort(lat, kind="stable")
    used = int(np.isfinite(values).sum())
    reasons = dict(left_out or {})
    reasons["missing"] = values.size - used - sum(reasons.values())
    record = record_rows(file.name, used, unit="nodes", left_out=reasons)
    return xr.DataArray(
        values[np.ix_(by_lat, by_lon)],
        coords={
            "lat": ("lat", lat[by_lat], {"units": "degrees_north"}),
            "lon": ("lon", lon[by_lon], {"units": "degrees_east"}),
        },
        dims=("lat", "lon"),
        name=name,
        attrs={**attributes, "file": file.name, RECORD: record},
    )
