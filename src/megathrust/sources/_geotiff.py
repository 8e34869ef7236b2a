"""Geographic GeoTIFF grids, read through Pillow: one band, north up, degrees."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from megathrust.core import FloatArray, SourceError, wrap_longitude
from megathrust.sources._reading import reading

if TYPE_CHECKING:
    import xarray as xr

# Tags and keys of OGC GeoTIFF 1.1 (OGC 19-008r4), and GDAL's tag of the missing value.
PIXEL_SCALE, TIE_POINT, GEO_KEYS, NO_DATA = 33550, 33922, 34735, 42113
MODEL_TYPE, RASTER_TYPE = 1024, 1025
GEOGRAPHIC, PIXEL_IS_POINT = 2, 2


def read_geotiff(
    path: str | os.PathLike[str], *, unit: str = "", long_name: str = "", citation: str = ""
) -> xr.DataArray:
    """Read a GeoTIFF in geographic coordinates.

    Parameters
    ----------
    path : path_like
        One band of integers or 32-bit floats, north up, longitude and latitude in degrees.
    unit, long_name, citation : str
        Attributes of the result.

    Returns
    -------
    DataArray, dimensions (lat, lon)
        Values at pixel centres; latitude and longitude increase, longitude within [-180, 180); NaN where
        the file marks missing values.

    Raises
    ------
    SourceError
        If the file is projected, rotated, has several bands, or is too large for memory.
    """
    import xarray as xr

    with reading(path, "a geographic GeoTIFF") as file:
        with _open_image(file) as image:
            tags = dict(image.tag_v2)
            lon, lat = _pixel_centres(tags, image.width, image.height, file)
            raw = np.asarray(image)
        if raw.ndim != 2:
            raise _refuse(file, f"{raw.shape[2]} bands", "one band")
        values = raw.astype(np.result_type(raw.dtype, np.float32))
        if NO_DATA in tags:
            missing = float(str(tags[NO_DATA]).strip("\x00 "))
            values[raw == np.asarray(missing).astype(raw.dtype)] = np.nan
    lon = wrap_longitude(lon)
    by_lon, by_lat = np.argsort(lon, kind="stable"), np.argsort(lat, kind="stable")
    return xr.DataArray(
        values[np.ix_(by_lat, by_lon)],
        coords={
            "lat": ("lat", lat[by_lat], {"units": "degrees_north"}),
            "lon": ("lon", lon[by_lon], {"units": "degrees_east"}),
        },
        dims=("lat", "lon"),
        name=file.stem,
        attrs={"units": unit, "long_name": long_name, "citation": citation, "file": file.name},
    )


def _open_image(file: Path) -> Any:
    """Open a TIFF, refusing one that Pillow takes for too large to be held in memory."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return Image.open(file, formats=["TIFF"])
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _refuse(file, "too many pixels", f"at most {Image.MAX_IMAGE_PIXELS} pixels") from error


def _pixel_centres(
    tags: dict[int, Any], width: int, height: int, file: Path
) -> tuple[FloatArray, FloatArray]:
    """Return longitude of the columns and latitude of the rows from the GeoTIFF tags."""
    if PIXEL_SCALE not in tags or TIE_POINT not in tags or len(tags[TIE_POINT]) != 6:
        raise _refuse(file, "no pixel scale with one tie point", "a north-up georeferenced GeoTIFF")
    entries = np.reshape(tags.get(GEO_KEYS, ()), (-1, 4))[1:]
    keys = {int(key): int(value) for key, location, _, value in entries if location == 0}
    if keys.get(MODEL_TYPE, GEOGRAPHIC) != GEOGRAPHIC:
        raise _refuse(file, "projected coordinates", "longitude and latitude in degrees")
    step_lon, step_lat = tags[PIXEL_SCALE][:2]
    column, row, _, west, north, _ = tags[TIE_POINT]
    centre = 0.0 if keys.get(RASTER_TYPE) == PIXEL_IS_POINT else 0.5
    lon = west + (np.arange(width) - column + centre) * step_lon
    lat = north - (np.arange(height) - row + centre) * step_lat
    return lon, lat


def _refuse(file: Path, given: str, allowed: str) -> SourceError:
    return SourceError(
        "this GeoTIFF cannot be used as a layer",
        given=f"{file}: {given}",
        allowed=allowed,
        action="convert it, for example with: gdalwarp -t_srs EPSG:4326 -of netCDF IN OUT.nc",
    )
