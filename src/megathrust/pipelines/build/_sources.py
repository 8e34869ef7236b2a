"""What a table is built from: which files, read from the data folder or fetched, and which are absent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from megathrust.core import InputError, SourceError
from megathrust.features import PlateOutlines
from megathrust.geometry import TrenchLine, load_trench_line, trench_lines_from_points, trench_regions
from megathrust.sources import (
    find_slab_grid,
    layer_source,
    list_sources,
    read_slab_grid,
    read_source,
    read_trench_points,
    source_path,
    user_data_dir,
)

PathLike = str | os.PathLike[str]

#: Global layers by the name that features know, with the key of the file.
GLOBAL_KEYS: Mapping[str, str] = {
    "gravity": "potential_field/earth-gravity-10arcmin.nc",
    "geoid": "potential_field/earth-geoid-10arcmin.nc",
    "topography": "seafloor/earth-topography-10arcmin.nc",
    "seafloor_age": "seafloor/age.3.20.nc",
    "seafloor_age_cao2024": "seafloor/Cao2024_SEAFLOOR_AGE_grid_0.00Ma.nc",
    "strain_rate": "kinematics/hmtk_average_strain_minimal.csv",
    "plate_outlines": "boundaries/PB2002_plates.dig.txt",
    "plate_poles": "kinematics/MORVEL56NNR_poles.txt",
}

#: Slab2 grids by the name that features know, with the quantity in the file's name.
SLAB_LAYERS: Mapping[str, str] = {
    "slab_depth": "dep",
    "slab_dip": "dip",
    "slab_strike": "str",
    "slab_uncertainty": "unc",
}


@dataclass
class RegionSources:
    """Layers of one region as read, those that it lacks with the reason, and the files."""

    layers: dict[str, Any] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    own_files: list[str] = field(default_factory=list)


def regions_with_slab(data_dir: PathLike | None) -> tuple[str, ...]:
    """Return the Slab2 codes of which the data folder has a depth grid, else those of the registry.

    Raises
    ------
    SourceError
        If the folder does not exist or has none.
    """
    folder = user_data_dir(data_dir)
    if folder is None:
        return tuple(source.region for source in list_sources(layer="slab_depth"))
    found = sorted({path.name.split("_")[0] for path in folder.glob("slab2/*_slab2_dep_*.*")})
    if not found:
        raise SourceError(
            "the data folder holds no slab depth grid",
            given=folder / "slab2",
            allowed="files <region>_slab2_dep_<date>.grd",
            action="put Slab2 grids there or fetch them with megathrust data fetch",
        )
    return tuple(found)


def read_global(data_dir: PathLike | None, done: Callable[[], None]) -> dict[str, Any]:
    """Read every global layer; ``done`` is called after each.

    Raises
    ------
    SourceError
        If a file is missing, altered or cannot be read.
    """
    layers = {}
    for name, key in GLOBAL_KEYS.items():
        layers[name] = read_source(key, data_dir=data_dir)
        done()
    layers["plate_outlines"] = PlateOutlines(layers["plate_outlines"])
    return layers


def read_region(region: str, data_dir: PathLike | None) -> RegionSources:
    """Read the layers of one region; only its slab is indispensable.

    Raises
    ------
    SourceError
        If a slab grid of the region is missing, or a registered file is missing, altered or unreadable.
    """
    result = RegionSources()
    for name, quantity in SLAB_LAYERS.items():
        _read_slab(result, name, quantity, region, data_dir)
    try:
        key = layer_source("incoming_plate", region).key
    except SourceError:
        result.absent["incoming_plate"] = "no table of the incoming plate for this region"
    else:
        result.layers["incoming_plate"] = read_source(key, data_dir=data_dir)
        result.keys.append(key)
    return result


def _read_slab(
    result: RegionSources, name: str, quantity: str, region: str, data_dir: PathLike | None
) -> None:
    registered = {source.region: source.key for source in list_sources(layer=name)}
    at_hand = user_data_dir(data_dir) is None or (
        region in registered and source_path(registered[region], data_dir=data_dir).is_file()
    )
    if region in registered and at_hand:
        result.layers[name] = read_source(registered[region], data_dir=data_dir)
        result.keys.append(registered[region])
        return
    path = find_slab_grid(data_dir, region, quantity)
    result.layers[name] = read_slab_grid(path)
    result.own_files.append(str(path))


def trench_lines(regions: Iterable[str], trench_points: PathLike | None) -> dict[str, TrenchLine]:
    """Return the trench line of each region: from the user's points where given, else the shipped one.

    Raises
    ------
    InputError
        If a region has neither.
    """
    own: dict[str, TrenchLine] = {}
    if trench_points is not None:
        for region, points in read_trench_points(trench_points).groupby("region", sort=True):
            longest = trench_lines_from_points(str(region), points["lon"], points["lat"], points["azimuth"])[
                0
            ]
            own[str(region)] = longest
    lines = {}
    for region in regions:
        if region not in own and region not in trench_regions():
            raise InputError(
                "there is no trench line of this region",
                given=region,
                allowed=", ".join(trench_regions()),
                action="give its trench points with --trench-points (columns lon, lat, az, bound, slab)",
            )
        lines[region] = own[region] if region in own else load_trench_line(region)
    return lines
