"""Where each region's trench line is from: the user's points, the package, or the edge of the slab."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from megathrust.core import InputError
from megathrust.geometry import (
    TrenchLine,
    load_trench_line,
    trench_lines_from_points,
    trench_lines_from_slab,
    trench_regions,
)
from megathrust.pipelines.build._sources import read_slab
from megathrust.sources import RowRecord, read_trench_points, row_record

PathLike = str | os.PathLike[str]

SHIPPED = "Slab2 trench points, shipped with the package"
SLAB_EDGE = "shallow edge of the slab depth grid"


class Trench(NamedTuple):
    """A trench line, where it is from, and the parts beside it that were left out.

    Attributes
    ----------
    line : TrenchLine
        The longest part.
    origin : str
        In words.
    left_out_km : tuple of float
        Lengths of the other parts.
    """

    line: TrenchLine
    origin: str
    left_out_km: tuple[float, ...] = ()

    def note(self) -> dict[str, Any]:
        """Return what the provenance says of it."""
        return {
            "origin": self.origin,
            "length_km": round(self.line.length_km, 1),
            "parts_left_out_km": [round(length, 1) for length in self.left_out_km],
        }


class Trenches(NamedTuple):
    """Trench lines by region, and what became of the rows of the user's points."""

    by_region: dict[str, Trench]
    record: RowRecord | None


def find_trenches(
    regions: Iterable[str], trench_points: PathLike | None, data_dir: PathLike | None
) -> Trenches:
    """Return the trench of each region: of the user's points, else the shipped one, else the slab's edge.

    Raises
    ------
    InputError
        If the user's points are of none of the regions, or a slab has no edge that could stand for a trench.
    SourceError
        If a file is missing, altered or cannot be read.
    """
    chosen = tuple(regions)
    own, record = _own_trenches(chosen, trench_points) if trench_points is not None else ({}, None)
    trenches = dict(own)
    for region in chosen:
        if region in own:
            continue
        if region in trench_regions():
            trenches[region] = Trench(load_trench_line(region), SHIPPED)
        else:
            trenches[region] = _longest(
                trench_lines_from_slab(
                    region,
                    read_slab(region, "dep", data_dir).data,
                    read_slab(region, "str", data_dir).data,
                ),
                SLAB_EDGE,
            )
    return Trenches({region: trenches[region] for region in chosen}, record)


def _own_trenches(regions: tuple[str, ...], trench_points: PathLike) -> tuple[dict[str, Trench], RowRecord]:
    points = read_trench_points(trench_points)
    wanted = points["region"].isin(regions)
    if not wanted.any():
        raise InputError(
            "the trench points are of none of the regions",
            given=f"{Path(trench_points).name} with slab {', '.join(sorted(set(points['region'])))}",
            allowed=", ".join(regions),
            action="write the code of the region in the column slab",
        )
    origin = f"trench points of {Path(trench_points).name}"
    trenches = {
        str(region): _longest(
            trench_lines_from_points(str(region), part["lon"], part["lat"], part["azimuth"]), origin
        )
        for region, part in points[wanted].groupby("region", sort=True)
    }
    read = row_record(points)
    left_out = dict(read.left_out)
    if not wanted.all():
        left_out["of other regions"] = int((~wanted).sum())
    return trenches, RowRecord(
        file=read.file, read=read.read, used=int(wanted.sum()), left_out=left_out, withheld=read.withheld
    )


def _longest(lines: tuple[TrenchLine, ...], origin: str) -> Trench:
    return Trench(lines[0], origin, tuple(line.length_km for line in lines[1:]))
