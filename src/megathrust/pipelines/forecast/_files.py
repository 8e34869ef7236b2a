"""A sealed forecast: a folder of plain files whose seal breaks with the first changed byte."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from megathrust.core import (
    FolderKind,
    InputError,
    look_through,
    reading,
    replacing_folder,
    sha256_of,
)
from megathrust.pipelines.forecast._gridded import gridded
from megathrust.pipelines.forecast._make import Forecast
from megathrust.pipelines.work import write_netcdf

MANIFEST = "forecast.json"
NETCDF = "forecast.nc"
GEOJSON = "forecast.geojson"
GRIDDED = "forecast.dat"
SEGMENTS = "segments.csv"
REGIONS = "regions.csv"
BRANCHES = "branches.csv"
_FOLDER = FolderKind(
    "forecast", (MANIFEST, NETCDF), lambda folder: (GEOJSON, GRIDDED, SEGMENTS, REGIONS, BRANCHES)
)


def write_forecast(forecast: Forecast, out: str | os.PathLike[str], *, overwrite: bool = False) -> str:
    """Write a forecast and return its seal, 64 hexadecimal digits that can be published before the events.

    Parameters
    ----------
    forecast : Forecast
    out : path_like
        Folder: ``forecast.nc`` (netCDF, CF), ``forecast.geojson`` (points, RFC 7946), ``forecast.dat`` (the
        gridded form of pyCSEP), ``segments.csv`` and ``regions.csv`` (probabilities with intervals),
        ``branches.csv`` (rates of three weighted branches per region, from which input of OpenQuake can be
        written) and ``forecast.json`` (period, settings, the SHA-256 of every file, and the seal).
    overwrite : bool

    Raises
    ------
    OutputError
        If the folder exists or cannot be written.
    InputError
        If a segment has no position or azimuth.
    """
    with replacing_folder(out, _FOLDER, overwrite=overwrite) as folder:
        write_netcdf(_dataset(forecast), folder / NETCDF)
        (folder / GEOJSON).write_text(json.dumps(_features(forecast)) + "\n", encoding="utf-8")
        grid = gridded(forecast.segments, forecast.edges, forecast.expected)
        (folder / GRIDDED).write_text(grid, encoding="ascii")
        for name, frame in (
            (SEGMENTS, forecast.segment_probabilities),
            (REGIONS, forecast.region_probabilities),
            (BRANCHES, forecast.branches),
        ):
            frame.to_csv(folder / name, index=False, float_format="%.6g")
        content = {
            **forecast.about,
            "files": {path.name: sha256_of(path) for path in sorted(folder.iterdir())},
        }
        content["seal"] = _seal(content)
        (folder / MANIFEST).write_bytes(_written(content))
    return str(content["seal"])


def read_forecast(folder: str | os.PathLike[str]) -> Forecast:
    """Read a sealed forecast.

    Raises
    ------
    InputError
        If the folder is no forecast, or any byte of it was altered since it was written.
    """
    place = Path(folder)
    try:
        raw = (place / MANIFEST).read_bytes()
        content: dict[str, Any] = json.loads(raw)
        files = dict(content["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "the folder is no forecast", given=place, allowed="a folder that megathrust forecast wrote"
        ) from error
    altered = [
        name
        for name, value in files.items()
        if not (place / name).is_file() or sha256_of(place / name) != value
    ]
    if raw != _written(content) or content.get("seal") != _seal(content):
        altered.append(MANIFEST)
    if altered:
        raise InputError(
            "the forecast was altered since it was sealed",
            given=", ".join(altered),
            action="score the folder as it was written, or none",
        )
    with reading(place / NETCDF, "a forecast", error=InputError) as file:
        # A stranger can seal any file.
        look_through(file, "hdf5")
        return _forecast(place, content)


def _seal(content: dict[str, Any]) -> str:
    bare = {name: value for name, value in content.items() if name != "seal"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _written(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()


def _dataset(forecast: Forecast) -> xr.Dataset:
    segments = forecast.segments
    units = {"s_km": "km", "lon": "degrees_east", "lat": "degrees_north", "azimuth": "degrees"}
    coords: dict[str, Any] = {
        name: ("segment", segments[name].to_numpy(), {"units": unit}) for name, unit in units.items()
    }
    return xr.Dataset(
        {
            "expected": (
                ("segment", "magnitude_bin"),
                forecast.expected,
                {"units": "1", "long_name": "expected number of events that begin here in the period"},
            ),
            "reference": (
                "segment",
                forecast.reference,
                {"units": "1", "long_name": "expected number, spread evenly over each region"},
            ),
            "length": ("segment", segments["length_km"].to_numpy(), {"units": "km"}),
        },
        coords={
            **coords,
            "region": ("segment", segments["region"].to_numpy().astype(str)),
            "segment_number": ("segment", segments["segment"].to_numpy()),
            "magnitude_bin": (
                "magnitude_bin",
                np.asarray(forecast.edges),
                {"units": "1", "long_name": "lower edge of the bin in Mw; the last one is open above"},
            ),
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": forecast.about["title"],
            "history": f"made {forecast.about['made']} by megathrust {forecast.about['megathrust']}",
            "start": forecast.about["start"],
            "end": forecast.about["end"],
        },
    )


def _features(forecast: Forecast) -> dict[str, Any]:
    """Return points with the probability of every threshold."""
    wide = forecast.segment_probabilities.pivot(
        index=["region", "segment"], columns="magnitude", values="probability"
    )
    features = []
    for row in forecast.segments.itertuples():
        told = {
            f"p_{name:g}": round(float(value), 6) for name, value in wide.loc[row.region, row.segment].items()
        }
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [float(row.lon), float(row.lat)]},
                "properties": {"region": row.region, "segment": int(row.segment), **told},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _forecast(place: Path, content: dict[str, Any]) -> Forecast:
    with xr.open_dataset(place / NETCDF, engine="h5netcdf") as dataset:
        data = dataset.load()
    segments = pd.DataFrame(
        {
            "region": data["region"].to_numpy().astype(str),
            "segment": data["segment_number"].to_numpy(),
            **{name: data[name].to_numpy() for name in ("s_km", "lon", "lat", "azimuth")},
            "length_km": data["length"].to_numpy(),
        }
    )
    about = {name: value for name, value in content.items() if name != "files"}
    return Forecast(
        segments,
        tuple(round(float(edge), 3) for edge in data["magnitude_bin"].to_numpy()),
        data["expected"].to_numpy(),
        data["reference"].to_numpy(),
        pd.read_csv(place / SEGMENTS),
        pd.read_csv(place / REGIONS),
        pd.read_csv(place / BRANCHES),
        about,
    )
