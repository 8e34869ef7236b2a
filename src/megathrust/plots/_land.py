"""Land polygons shipped with the package, so that maps draw with the network off."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.resources import files
from typing import cast

import numpy as np
import shapely
from shapely.affinity import translate

from megathrust.core import check_choice

LAND_SCALES = ("110m", "50m")


@lru_cache(maxsize=len(LAND_SCALES))
def load_land(scale: str = "50m") -> shapely.MultiPolygon:
    """Return all land as one valid multipolygon, longitude in [-180, 180].

    Parameters
    ----------
    scale : {"50m", "110m"}
        Natural Earth scale: 1:50 million for regional maps, 1:110 million for the world.

    Returns
    -------
    shapely.MultiPolygon
        Degrees east and north; cut at the antimeridian and closed along the south pole.

    Raises
    ------
    InputError
        If the scale is not shipped.

    References
    ----------
    Natural Earth 4.1.0 (public domain), as packaged in npm world-atlas 2.0.2; ``land_provenance.json``
    beside the data holds the hashes.

    Examples
    --------
    >>> load_land("110m").contains(shapely.Point(-70.0, -30.0))
    True
    """
    check_choice("scale of the land polygons", scale, LAND_SCALES)
    packed = files("megathrust.plots").joinpath("data", f"land_{scale}.wkb.gz").read_bytes()
    return cast(shapely.MultiPolygon, shapely.from_wkb(gzip.decompress(packed)))


@lru_cache(maxsize=64)
def land_around(
    lon: float, bounds: tuple[float, float, float, float], *, scale: str = "50m"
) -> shapely.Geometry:
    """Return the land in a box whose longitudes are counted from the meridian ``lon``.

    Parameters
    ----------
    lon : float
        Central meridian in degrees east.
    bounds : tuple of float
        West, east, south, north in degrees; west and east relative to ``lon``, within [-180, 180].
    scale : {"50m", "110m"}
        As for `load_land`.

    Returns
    -------
    shapely.Geometry
        Land in (longitude - ``lon``, latitude), without a seam where the antimeridian crosses the box.
    """
    west, east, south, north = bounds
    centre = float(np.mod(lon + 180.0, 360.0) - 180.0)
    box = (west, south, east, north)
    pieces = [
        shapely.clip_by_rect(translate(load_land(scale), turn - centre), *box)
        for turn in (-360.0, 0.0, 360.0)
        if turn - centre - 180.0 < east and turn - centre + 180.0 > west
    ]
    if len(pieces) == 1:
        return shapely.make_valid(pieces[0])
    # The halves on either side of the antimeridian share their cut exactly once they are snapped together.
    return shapely.union_all([shapely.make_valid(piece) for piece in pieces], grid_size=1e-6)
