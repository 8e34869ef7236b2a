"""Land and plate boundaries as the map of a page reads them: whole hundredths of a degree, as differences."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from shapely.geometry.polygon import orient

from megathrust.core import FloatArray
from megathrust.plots import load_land, load_plate_boundaries

# What the map shows when it is zoomed in is simplified to this, in degrees; smaller islands are left out.
_TOLERANCE, _SMALLEST = 0.04, 0.02

Ring = list[int]


@lru_cache(maxsize=1)
def world_content() -> dict[str, list[list[Ring]] | list[Ring]]:
    """Return coarse and fine land (polygons of rings, clockwise as D3 wants them) and plate boundaries."""
    fine = shapely.simplify(load_land("50m"), _TOLERANCE)
    return {
        "coarse": _polygons(load_land("110m"), 0.0),
        "fine": _polygons(fine, _SMALLEST),
        "boundaries": [_packed(line) for line in shapely.get_parts(load_plate_boundaries())],
    }


def _polygons(land: shapely.Geometry, smallest: float) -> list[list[Ring]]:
    turned = (orient(part, sign=-1.0) for part in shapely.get_parts(land) if part.area > smallest)
    return [[_packed(ring) for ring in (each.exterior, *each.interiors)] for each in turned]


def _packed(line: shapely.Geometry) -> Ring:
    points: FloatArray = shapely.get_coordinates(line)
    whole = np.round(points * 100.0).astype(np.int64)
    whole[1:] -= whole[:-1].copy()
    return [int(number) for number in whole.ravel()]
