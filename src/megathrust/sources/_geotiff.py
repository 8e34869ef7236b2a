"""Geographic GeoTIFF grids, as GDAL reads them: one band, longitude and latitude in degrees."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from megathrust.core import FloatArray, SourceError, look_through
from megathrust.sources._axes import check_axes, make_grid, without_markers
from megathrust.sources._reading import reading
from megathrust.sources._registry import is_registered

if TYPE_CHECKING:
    import xarray as xr

#: A gigabyte of numbers: more is read in blocks, from netCDF.
MOST_PIXELS = 2**27


def read_geotiff(
    path: str | os.PathLike[str], *, unit: str = "", long_name: str = "", citation: str = ""
) -> xr.DataArray:
    """Read a GeoTIFF in geographic coordinates.

    Parameters
    ----------
    path : path_like
        One band of any numbers, tiled or not, longitude and latitude in degrees.
    unit, long_name, citation : str
        Attributes of the result; the unit defaults to that of the file.

    Returns
    -------
    DataArray, dimensions (lat, lon)
        Values at pixel centres, with scale and offset of the file; latitude and longitude increase,
        longitude within [-180, 180); NaN where the file marks missing values by a number or a mask.

    Raises
    ------
    SourceError
        If the file is projected or rotated, does not say where it lies, has several bands, or is too large
        for memory.
    """
    with reading(path, "a geographic GeoTIFF") as file, _opened(file) as raster:
        _check_layout(raster, file)
        lon, lat = _pixel_centres(raster)
        check_axes(file, lon, lat)
        attributes = {
            "units": unit or (raster.units[0] or ""),
            "long_name": long_name or (raster.descriptions[0] or ""),
            "citation": citation,
        }
        return make_grid(
            file, lon, lat, _values(raster), name=file.stem, layout="wrapped", attributes=attributes
        )


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    import rasterio

    # GDAL's own errors have no public name in rasterio.
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings():
        # Such a file is refused in a sentence.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        if not is_registered(file):
            look_through(file, "geotiff")
        try:
            with rasterio.open(file, driver="GTiff") as raster:
                yield raster
        except CPLE_BaseError as error:
            raise ValueError(str(error)) from error


def _check_layout(raster: Any, file: Path) -> None:
    from rasterio.enums import ColorInterp

    bands = [kind for kind in raster.colorinterp if kind is not ColorInterp.alpha]
    if len(bands) != 1 or raster.colorinterp[0] is ColorInterp.alpha:
        raise _refuse(file, f"{raster.count} bands", "one band")
    if raster.subdatasets:
        raise _refuse(file, f"{len(raster.subdatasets)} images", "one image")
    if raster.dtypes[0].startswith("complex"):
        raise _refuse(file, "complex numbers", "integers or floating point numbers")
    if raster.width * raster.height > MOST_PIXELS:
        raise _refuse(file, f"too many pixels, {raster.width} x {raster.height}", f"at most {MOST_PIXELS}")
    if raster.transform.is_identity:
        raise _refuse(file, "no pixel scale with one tie point", "a georeferenced GeoTIFF")
    if raster.transform.b or raster.transform.d:
        raise _refuse(file, "rotated rows", "rows along parallels")
    if raster.crs is not None and not _in_degrees(raster.crs):
        name = raster.crs.to_string().partition("\n")[0][:80]
        raise _refuse(file, f"projected coordinates, {name}", "longitude and latitude in degrees")


def _in_degrees(crs: Any) -> bool:
    """Whether coordinates of a reference system are degrees from Greenwich."""
    from pyproj import CRS

    if not crs.is_geographic:
        return False
    size = crs.units_factor[1]
    meridian = CRS.from_wkt(crs.to_wkt()).prime_meridian
    return abs(size - np.pi / 180.0) < 1e-9 and (meridian is None or meridian.longitude == 0.0)


def _pixel_centres(raster: Any) -> tuple[FloatArray, FloatArray]:
    """Return longitude of the columns and latitude of the rows."""
    place = raster.transform
    lon = place.c + (np.arange(raster.width) + 0.5) * place.a
    lat = place.f + (np.arange(raster.height) + 0.5) * place.e
    return lon, lat


def _values(raster: Any) -> FloatArray:
    kind = np.dtype(raster.dtypes[0])
    # GDAL rounds a missing value that is no whole number, and so marks a real integer.
    rounded = kind.kind in "iu" and raster.nodata is not None and raster.nodata != np.round(raster.nodata)
    band = raster.read(1, masked=not rounded)
    # Integers of up to 16 bits are exact in float32, longer ones become float64.
    values = np.ma.getdata(band).astype(np.result_type(kind, np.float32))
    scale, offset = raster.scales[0], raster.offsets[0]
    values, _ = without_markers(values)
    if (scale, offset) != (1.0, 0.0):
        values = values.astype(np.float64) * scale + offset
    return np.where(np.ma.getmaskarray(band), np.nan, values)


def _refuse(file: Path, given: str, allowed: str) -> SourceError:
    return SourceError(
        "this GeoTIFF cannot be used as a layer",
        given=f"{file}: {given}",
        allowed=allowed,
        action="convert it, for example with: gdalwarp -t_srs EPSG:4326 -of netCDF IN OUT.nc",
    )
