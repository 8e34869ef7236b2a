"""The sea floor as lines and polygons: its fabric, its plateaus, and its depth along trenches."""

from __future__ import annotations

import os
import struct
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import SourceError
from megathrust.sources._reading import numbers, read_table, reading, tidy


def read_gmt_lines(path: str | os.PathLike[str], *, citation: str = "") -> pd.DataFrame:
    """Read the lines of a GMT multi-segment file.

    Returns
    -------
    DataFrame
        ``lon``, ``lat`` and ``line``, the number of the line from 0, in the order of the file. Lines of a
        single point are left out.

    Raises
    ------
    SourceError
        If the file holds no lines of numbers.
    """
    with reading(path, "lines of GMT") as file:
        rows: list[tuple[float, float, int]] = []
        count = -1
        for text in file.read_text(encoding="utf-8").splitlines():
            if text.startswith(">"):
                count += 1
            elif text.strip() and not text.startswith("#"):
                if count < 0:
                    raise ValueError("numbers before the first line that begins with >")
                lon, lat = map(float, text.split()[:2])
                rows.append((lon, lat, count))
        table = pd.DataFrame(rows, columns=["lon", "lat", "line"])
        if table.empty:
            raise ValueError("it holds no line")
        alone = table.groupby("line")["line"].transform("size") < 2
        kept = table[~alone].reset_index(drop=True)
        left_out = {"lines of a single point": int(alone.sum())}
        return tidy(file, kept, units={}, citation=citation, unit="points", left_out=left_out)


def read_polygons(path: str | os.PathLike[str], *, citation: str = "") -> pd.DataFrame:
    """Read the polygons of a shapefile in longitude and latitude (WGS84).

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``polygon`` and ``ring``, numbers of the polygon in the file and of the ring in it:
        rings that run clockwise are outlines, the others holes, as shapefiles have it.

    Raises
    ------
    SourceError
        If the file is no shapefile of polygons.
    """
    import shapefile

    with reading(path, "shapefile of polygons") as file:
        parts: list[pd.DataFrame] = []
        try:
            with file.open("rb") as stream, shapefile.Reader(shp=stream) as reader:
                if reader.shapeTypeName not in ("POLYGON", "POLYGONZ", "POLYGONM"):
                    raise SourceError(
                        "the shapefile holds something else than polygons",
                        given=f"{file}: {reader.shapeTypeName}",
                        allowed="POLYGON",
                    )
                for number, shape in enumerate(reader.iterShapes()):
                    points = np.array(shape.points, dtype=np.float64).reshape(-1, 2)
                    for ring, (first, last) in enumerate(pairwise([*shape.parts, len(points)])):
                        parts.append(
                            pd.DataFrame(points[first:last], columns=["lon", "lat"]).assign(
                                polygon=number, ring=ring
                            )
                        )
        except (shapefile.ShapefileException, struct.error) as error:
            raise ValueError(str(error)) from error
        if not parts:
            raise ValueError("it holds no polygon")
        return tidy(
            file, pd.concat(parts, ignore_index=True), units={}, citation=citation, unit="vertices of rings"
        )


def read_trench_depths(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the depth of the sea floor at the Slab2 trench points.

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``region`` and ``depth_km``, positive down. What ``exp``, ``jap`` and ``pan`` are
        stands in `read_trench_points`.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "table of trench depths"
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=("lon", "lat", "slab", "depth"), keep_default_na=False)
        columns: dict[str, Any] = {name: numbers(table[name]) for name in ("lon", "lat")}
        columns["region"] = table["slab"].astype(str).str.strip()
        columns["depth_km"] = numbers(table["depth"])
        return tidy(
            file,
            columns,
            units={"depth_km": "km"},
            citation="Hayes et al. (2018), doi:10.1126/science.aat4723",
        )
