"""What a table is built from: which files, read from the data folder or fetched, and which are absent."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from megathrust.core import SourceError
from megathrust.features import PlateOutlines, stand_in_plate
from megathrust.geometry import TrenchLine
from megathrust.pipelines.build._keys import GLOBAL_KEYS, SLAB_LAYERS
from megathrust.sources import (
    RowRecord,
    find_incoming_plate,
    find_slab_grid,
    list_sources,
    read_incoming_plate,
    read_slab_grid,
    read_source,
    row_record,
    user_data_dir,
)

PathLike = str | os.PathLike[str]


class ReadFile(NamedTuple):
    """What was read, its file, its key in the registry (empty for a file of the user's own), its record."""

    data: Any
    path: Path | None
    key: str
    record: RowRecord


@dataclass
class RegionSources:
    """Layers of one region as read, those that it lacks with the reason, and the files."""

    layers: dict[str, Any] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    files: list[ReadFile] = field(default_factory=list)
    stands_in: bool = False

    @property
    def keys(self) -> list[str]:
        """Keys of the registered files."""
        return [file.key for file in self.files if file.key]

    @property
    def own_files(self) -> list[Path]:
        """Files that the registry does not know."""
        return [file.path for file in self.files if not file.key and file.path is not None]

    def add(self, name: str, file: ReadFile) -> None:
        """Take a layer in; of its file only the record stays."""
        self.layers[name] = file.data
        self.files.append(file._replace(data=None))


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


def read_global(data_dir: PathLike | None, done: Callable[[], None]) -> tuple[dict[str, Any], list[ReadFile]]:
    """Read every global layer; ``done`` is called after each.

    Returns
    -------
    layers : dict
        By name.
    files : list of ReadFile
        Without their data.

    Raises
    ------
    SourceError
        If a file is missing, altered or cannot be read.
    """
    layers, files = {}, []
    for name, key in GLOBAL_KEYS.items():
        layers[name] = read_source(key, data_dir=data_dir)
        files.append(ReadFile(None, None, key, row_record(layers[name])))
        done()
    layers["plate_outlines"] = PlateOutlines(layers["plate_outlines"])
    return layers, files


def read_region(line: TrenchLine, data_dir: PathLike | None, relief: Any, sediment: Any) -> RegionSources:
    """Read the layers of one region; only its slab is indispensable.

    Parameters
    ----------
    line : TrenchLine
        The region's trench.
    data_dir : path_like or None
        Folder of files at hand.
    relief, sediment : DataArray
        Global heights and sediment thickness, for a region without a table of its incoming plate.

    Raises
    ------
    SourceError
        If a slab grid of the region is missing, or a registered file is missing, altered or unreadable.
    """
    region, result = line.region, RegionSources()
    for name, quantity in SLAB_LAYERS.items():
        result.add(name, read_slab(region, quantity, data_dir))
    path = find_incoming_plate(data_dir, region)
    if path is not None:
        plate = read_incoming_plate(path)
        result.add("incoming_plate", ReadFile(plate, path, _registered(path), row_record(plate)))
        return result
    result.stands_in = True
    plate = stand_in_plate(line, relief, sediment)
    if len(plate):
        result.layers["incoming_plate"] = plate
    else:
        result.absent["incoming_plate"] = "no table of the incoming plate, and no sea floor enters here"
    return result


def read_slab(region: str, quantity: str, data_dir: PathLike | None) -> ReadFile:
    """Read a slab grid of a region: the registered one, or one of the user's own.

    Raises
    ------
    SourceError
        If it is missing, altered or cannot be read.
    """
    path = find_slab_grid(data_dir, region, quantity)
    grid = read_slab_grid(path)
    return ReadFile(grid, path, _registered(path), row_record(grid))


def _registered(path: Path) -> str:
    """Return the key of a file that stands where the registry has it, empty for one of the user's own."""
    key = f"{path.parent.name}/{path.name}"
    return key if key in {source.key for source in list_sources()} else ""
