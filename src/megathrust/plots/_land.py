"""Land and plate boundaries shipped with the package, so that maps draw with the network off."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.resources import files
from typing import cast

import numpy as np
import shapely
from shapely.affinity import translate

from megathrust.core import check_choice, wrap_longitude

LAND_SCALES = ("110m", "50m", "10m")


def _shipped(name: str) -> shapely.Geometry:
    packed = files("megathrust.plots").joinpath("data", f"{name}.wkb.gz").read_bytes()
    return shapely.from_wkb(gzip.decompress(packed))


@lru_cache(maxsize=len(LAND_SCALES))
def load_land(scale: str = "50m") -> shapely.MultiPolygon:
    """Return all land as one valid multipolygon, longitude in [-180, 180].

    Parameters
    ----------
    scale : {"50m", "10m", "110m"}
        Natural Earth scale: 1:50 million for maps of long trenches, 1:10 million (simplified within 0.005
        degree) for those of short ones, 1:110 million for the world.

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
    return cast(shapely.MultiPolygon, _shipped(f"land_{scale}"))


@lru_cache(maxsize=1)
def load_plate_boundaries() -> shapely.MultiLineString:
    """Return the plate boundaries of PB2002 (simplified), longitude in [-180, 180].

    References
    ----------
    Bird (2003), doi:10.1029/2001GC000252, as GeoJSON by Hugo Ahlenius, under ODC-By 1.0;
    ``plate_boundaries_provenance.json`` beside the data holds source, changes and hashes.

    Examples
    --------
    >>> load_plate_boundaries().geom_type
    'MultiLineString'
    """
    return cast(shapely.MultiLineString, _shipped("plate_boundaries"))


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
    scale : {"50m", "10m", "110m"}
        As for `load_land`.

    Returns
    -------
    shapely.Geometry
        Land in (longitude - ``lon``, latitude), without a seam where the antimeridian crosses the box.
    """
    west, east, south, north = bounds
    centre = float(wrap_longitude(lon))
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


def box_around(lat: float, half_km: tuple[float, float]) -> tuple[float, float, float, float]:
    """Return west, east (from the central meridian), south and north that hold a map's window, in degrees.

    Examples
    --------
    >>> box_around(0.0, (111.0, 111.0))
    (-1.6, 1.6, -1.5, 1.5)
    """
    reach = 1.5 * max(half_km) / 111.0
    south, north = max(lat - reach, -90.0), min(lat + reach, 90.0)
    shrink = np.cos(np.radians(min(max(abs(south), abs(north)), 89.0)))
    # Rounded outwards, so that maps of one place share what was cut for them.
    east = float(min(np.ceil(10.0 * reach / shrink) / 10.0, 150.0))
    return -east, east, float(np.floor(10.0 * south) / 10.0), float(np.ceil(10.0 * north) / 10.0)
