"""Layers of the user's own: a YAML file names grids and point tables that become features without code."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from megathrust.core import COMMENTED, WHITESPACE, InputError, SourceError, quoted, read_yaml
from megathrust.sources._geotiff import read_geotiff
from megathrust.sources._grids import read_grid
from megathrust.sources._reading import named, numbers, read_table, reading, tidy
from megathrust.sources._record import RECORD, record_rows, row_record

if TYPE_CHECKING:
    import xarray as xr

STATISTICS = ("mean", "std", "min", "max", "skew", "kurtosis", "count", "gradient")
GRID_SUFFIXES = (".nc", ".grd", ".tif", ".tiff")
#: Spellings of the units of length.
LENGTHS = dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "m") | dict.fromkeys(
    ("km", "kilometre", "kilometres", "kilometer", "kilometers"), "km"
)
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")


def _known_statistic(name: str) -> str:
    percentile = re.fullmatch(r"p(\d{1,2}|100)", name)
    if name not in STATISTICS and not percentile:
        raise ValueError(f"unknown statistic {name!r}, allowed are {', '.join(STATISTICS)} and p0 to p100")
    return name


Statistic = Annotated[str, AfterValidator(_known_statistic)]


class UserLayer(BaseModel):
    """One layer of the user's own, as declared in YAML.

    Attributes
    ----------
    name : str
        Prefix of the features: capital letters, digits and underscores.
    path : Path
        netCDF or GeoTIFF grid, or point table (csv, tsv, whitespace-separated txt).
    unit, long_name, citation : str
        What the features will be labelled with.
    group : str
        Feature group.
    side : tuple of {"UP", "DG"}
        Upper-plate side, downgoing side, or both.
    statistics : tuple of str
        Of mean, std, min, max, skew, kurtosis, count, gradient (along strike), p0 to p100.
    variable : str
        Variable of a netCDF grid with several.
    lon, lat, value : str
        Column names of a point table.
    missing : float or None
        A number of the file that stands for missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    path: Path
    unit: str
    long_name: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    group: Literal["physical state", "dynamics", "kinematics", "seismicity"] = "physical state"
    side: tuple[Literal["UP", "DG"], ...] = Field(default=("UP", "DG"), min_length=1)
    statistics: tuple[Statistic, ...] = Field(default=("mean", "std"), min_length=1)
    variable: str = ""
    lon: str = "lon"
    lat: str = "lat"
    value: str = "value"
    missing: float | None = None

    @property
    def is_grid(self) -> bool:
        """Whether the layer is a grid, else it is a point table."""
        return self.path.suffix.lower() in GRID_SUFFIXES

    @model_validator(mode="after")
    def _known_file_kind(self) -> UserLayer:
        if not self.is_grid and self.path.suffix.lower() not in TABLE_SUFFIXES:
            allowed = ", ".join(GRID_SUFFIXES + TABLE_SUFFIXES)
            raise ValueError(f"unknown kind of file {self.path.name!r}, allowed are {allowed}")
        return self


class _LayerFile(BaseModel):
    """The whole YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: tuple[UserLayer, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> _LayerFile:
        names = [layer.name for layer in self.layers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"layer name used twice: {', '.join(twice)}")
        return self


def read_user_layers(path: str | os.PathLike[str]) -> tuple[UserLayer, ...]:
    """Read and check a YAML file of user layers.

    Parameters
    ----------
    path : path_like
        YAML with a list ``layers``; file names in it are relative to the YAML file's folder.

    Returns
    -------
    tuple of UserLayer
        With absolute paths, in the order of the file.

    Raises
    ------
    InputError
        If an entry is missing, unknown or of the wrong kind; the message names the place.
    SourceError
        If the YAML file or a layer's file does not exist.
    """
    with reading(path, "YAML") as file:
        content = read_yaml(file, "YAML")
    try:
        declared = _LayerFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"the layer file is wrong at {quoted(place, 60)}: {quoted(first['msg'], 90)}",
            given=f"{quoted(first['input'], 40)} in {file}",
            action="see docs/data.md for what a layer may hold",
        ) from error
    layers = tuple(
        layer.model_copy(update={"path": (file.parent / layer.path).resolve()}) for layer in declared.layers
    )
    for layer in layers:
        with reading(layer.path, "a layer"):
            pass
    return layers


def read_layer(layer: UserLayer) -> xr.DataArray | pd.DataFrame:
    """Read the data of a user layer.

    Returns
    -------
    DataArray or DataFrame
        A grid with dimensions (lat, lon), or a frame of ``lon``, ``lat``, ``value``.

    Raises
    ------
    SourceError
        If the file cannot be read as declared.
    """
    try:
        return _read_grid(layer) if layer.is_grid else _read_points(layer)
    except SourceError as error:
        raise named(f"layer {layer.name}", error) from error


def _read_grid(layer: UserLayer) -> xr.DataArray:
    if layer.path.suffix.lower() in (".tif", ".tiff"):
        grid = read_geotiff(layer.path)
    else:
        grid = read_grid(layer.path, variable=layer.variable or None)
    _check_unit(layer, str(grid.attrs["units"]))
    left_out = dict(row_record(grid).left_out)
    if layer.missing is not None:
        kept = _differs(grid, layer.missing)
        left_out["equal to the missing value of the layer"] = int((~kept).sum())
        grid = grid.where(kept)
    labels = {"units": layer.unit, "long_name": layer.long_name, "citation": layer.citation}
    record = record_rows(layer.path.name, int(grid.notnull().sum()), unit="nodes", left_out=left_out)
    return grid.rename(layer.name).assign_attrs({**labels, RECORD: record})


def _check_unit(layer: UserLayer, given: str) -> None:
    """Refuse a length in another unit than the file says; other units have too many spellings to compare."""
    told, declared = (LENGTHS.get(unit.strip().lower()) for unit in (given, layer.unit))
    if told and declared and told != declared:
        raise SourceError(
            "the file gives another unit than is declared",
            given=f"{layer.path}: {given}",
            allowed=layer.unit,
            action=f"declare the unit {told}, or convert the file",
        )


def _read_points(layer: UserLayer) -> pd.DataFrame:
    separator = {".csv": ",", ".tsv": "\t"}.get(layer.path.suffix.lower(), WHITESPACE)
    needed = (layer.lon, layer.lat, layer.value)
    with reading(layer.path, "a point table") as file:
        table = read_table(file, "point table", columns=needed, sep=separator)
        columns = dict(zip(("lon", "lat", "value"), (numbers(table[name]) for name in needed), strict=True))
        if layer.missing is not None:
            columns["value"] = np.where(_differs(columns["value"], layer.missing), columns["value"], np.nan)
        placed = np.isfinite(columns["lon"]) & np.isfinite(columns["lat"])
        return tidy(
            file,
            {name: values[placed] for name, values in columns.items()},
            units={"value": layer.unit},
            citation=layer.citation,
            left_out={"without a place": int((~placed).sum()), COMMENTED: table.attrs[COMMENTED]},
            withheld={"missing": int(np.isnan(columns["value"][placed]).sum())},
        )


def _differs(values: Any, missing: float) -> Any:
    """Return where values are not the missing one, which 32 bits may have rounded."""
    with np.errstate(over="ignore"):
        return values != np.asarray(missing).astype(values.dtype)
