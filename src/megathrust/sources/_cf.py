"""What the CF conventions say of a netCDF grid: which axes are degrees, and which values are valid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from megathrust.core import BoolArray, FloatArray, SourceError

if TYPE_CHECKING:
    import xarray as xr
    from pyproj import CRS

LON_NAMES = ("lon", "longitude", "x")
LAT_NAMES = ("lat", "latitude", "y")
# CF 1.11, sections 4.1 and 4.2: the spellings of each unit.
EAST = {f"degree{s}{mark}" for s in ("", "s") for mark in ("_east", "_E", "E")}
NORTH = {f"degree{s}{mark}" for s in ("", "s") for mark in ("_north", "_N", "N")}
#: Units that do not tell which axis it is, and those that GMT v3 wrote for want of a better one.
DEGREES = {"", "degree", "degrees", "deg", "user_x_unit", "user_y_unit"}
#: Attributes of a variable that describe a reference system.
MAPPING_ATTRIBUTES = {"grid_mapping_name", "crs_wkt", "spatial_ref"}


def geographic_axes(dataset: xr.Dataset, variable: str | None, file: Path) -> tuple[str, str]:
    """Return the names of the axes of longitude and latitude.

    Raises
    ------
    SourceError
        If there are none, or the coordinates are projected, rotated, curvilinear or of an unknown unit.
    """
    _check_mappings(dataset, variable, file)
    _check_units(dataset, file)
    lon_name = _axis(dataset, LON_NAMES, EAST, "longitude", file)
    lat_name = _axis(dataset, LAT_NAMES, NORTH, "latitude", file)
    for name, values in dataset.variables.items():
        told = _text(values, "units") in EAST or values.attrs.get("standard_name") == "longitude"
        if {lon_name, lat_name} <= set(values.dims) and (told or str(name).lower() in LON_NAMES[:2]):
            raise _projected(file, f"longitudes {name} over {' and '.join(map(str, values.dims))}")
    return lon_name, lat_name


def _check_mappings(dataset: xr.Dataset, variable: str | None, file: Path) -> None:
    """Refuse a reference system other than degrees from Greenwich: that of the variable, else any."""
    grids = [variable] if variable in dataset else list(dataset.data_vars)
    named = {name.strip(":") for grid in grids for name in _text(dataset[grid], "grid_mapping").split()}
    for name, values in dataset.variables.items():
        about = {str(key): value for key, value in values.attrs.items()}
        if not MAPPING_ATTRIBUTES & set(about) or (named and str(name) not in named):
            continue
        kind = str(about.get("grid_mapping_name", ""))
        text = str(about.get("crs_wkt") or about.get("spatial_ref") or "")
        meridian = float(about.get("longitude_of_prime_meridian", 0.0))
        geographic = kind in ("", "latitude_longitude")
        if text:
            system = _system(text, str(name), file)
            geographic &= system.is_geographic
            kind = kind or system.name
            meridian = meridian or (system.prime_meridian.longitude if system.prime_meridian else 0.0)
        if not geographic or meridian != 0.0:
            raise _projected(file, kind + (f", prime meridian {meridian:g}" if meridian else ""))


def _system(text: str, name: str, file: Path) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise _projected(file, f"an unreadable reference system in {name}: {text[:60]}") from error


def _check_units(dataset: xr.Dataset, file: Path) -> None:
    """Refuse axes that say that they are projected, by their unit or standard name."""
    for axis in _axes(dataset):
        unit, standard = _text(dataset[axis], "units"), _text(dataset[axis], "standard_name")
        odd = axis.lower() in LON_NAMES + LAT_NAMES and unit not in EAST | NORTH | DEGREES
        if odd or standard.startswith(("projection_", "grid_")):
            raise _projected(file, ", ".join(filter(None, (f"axis {axis} in {unit or 'no unit'}", standard))))


def _axes(dataset: xr.Dataset) -> list[str]:
    return [str(dimension) for dimension in dataset.dims if dimension in dataset.variables]


def _axis(dataset: xr.Dataset, names: tuple[str, ...], units: set[str], label: str, file: Path) -> str:
    """Return the name of an axis: by its unit or standard name, else by its own name."""
    axes = _axes(dataset)
    told = [axis for axis in axes if _text(dataset[axis], "units") in units]
    told = told or [axis for axis in axes if _text(dataset[axis], "standard_name") == label]
    free = [axis for axis in axes if _text(dataset[axis], "units") not in EAST | NORTH]
    found = told or [axis for axis in free if axis.lower() in names]
    if len(found) != 1:
        raise SourceError(
            f"the grid has {'several axes' if found else 'no axis'} of {label}",
            given=f"{file} with axes {', '.join(map(str, dataset.dims))}",
            allowed=f"one with the unit {min(units, key=len)}, or named {' or '.join(names)}",
        )
    return found[0]


def _text(values: xr.DataArray | xr.Variable, name: str) -> str:
    """Return an attribute as text; xarray moves some of them to the encoding."""
    return str(values.attrs.get(name, values.encoding.get(name, ""))).strip()


def _projected(file: Path, given: str) -> SourceError:
    return SourceError(
        "the grid is in projected or unknown coordinates",
        given=f"{given}, in {file}",
        allowed="one-dimensional longitude and latitude in degrees",
        action="convert it, for example with: gdalwarp -t_srs EPSG:4326 -of netCDF IN OUT.nc",
    )


@dataclass(frozen=True)
class Limits:
    """The valid range of a variable, in the unit of its values."""

    low: float
    high: float
    slack: float = 0.0

    @classmethod
    def of(cls, variable: xr.DataArray) -> Limits:
        """Read ``valid_range``, ``valid_min``, ``valid_max`` (NUG appendix B, CF 1.11 section 2.5.1).

        Of a packed variable they are packed numbers where they have its integer type, else plain ones.
        """
        about, packing = variable.attrs, variable.encoding
        low, high = about.get("valid_min"), about.get("valid_max")
        if "valid_range" in about:
            low, high = np.ravel(about["valid_range"])[:2]
        scale = float(np.ravel(packing.get("scale_factor", 1.0))[0])
        offset = float(np.ravel(packing.get("add_offset", 0.0))[0])
        packed = bool({"scale_factor", "add_offset"} & set(packing))
        limits, slack = [], 0.0
        for given, default in ((low, -np.inf), (high, np.inf)):
            number = np.ravel(default if given is None else given)[0]
            if packing.get("_Unsigned") == "true" and number < 0 and np.issubdtype(number.dtype, np.integer):
                number = number.view(f"u{number.dtype.itemsize}")
            if packed and np.issubdtype(number.dtype, np.integer):
                # Packed numbers are whole, so half a step beyond the limit is still the limit, rounded.
                slack = 0.5 * abs(scale)
                limits.append(float(number) * scale + offset)
            else:
                limits.append(float(number))
        return cls(min(limits), max(limits), slack or (1e-3 * abs(scale) if packed else 0.0))

    def outside(self, values: FloatArray) -> BoolArray:
        """Return where values are known and outside, compared in the type of the values."""
        low, high = (values.dtype.type(limit) for limit in (self.low - self.slack, self.high + self.slack))
        return np.asarray((values < low) | (values > high))
