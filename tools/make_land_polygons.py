"""Make the land polygons that the package ships from the TopoJSON files of world-atlas.

    python tools/make_land_polygons.py PACKAGE_FOLDER src/megathrust/plots/data

PACKAGE_FOLDER is the unpacked npm package world-atlas 2.0.2 (``npm pack world-atlas@2.0.2``). Its rings are
stitched across the antimeridian and around the pole; here they become valid planar polygons in [-180, 180].
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate

#: Tolerance in degrees within which the lines of each scale are simplified; 0.005 degree is 550 m, a hair's
#: breadth on a page-wide map of 1000 km, and halves the largest file.
SCALES = {"110m": 0.0, "50m": 0.0, "10m": 0.005}
DECIMALS = 4  # 0.0001 degree is 11 m, far below the 0.0036 degree (400 m) of the source's quantisation
SIMPLIFIED_DECIMALS = 3


def decode_arcs(topology: dict[str, Any]) -> list[np.ndarray]:
    """Turn the delta-encoded integer arcs into degrees (TopoJSON 1.0, section 2.1.3)."""
    scale = np.asarray(topology["transform"]["scale"])
    offset = np.asarray(topology["transform"]["translate"])
    return [np.cumsum(np.asarray(arc), axis=0) * scale + offset for arc in topology["arcs"]]


def ring_of(arcs: list[np.ndarray], indices: list[int]) -> np.ndarray:
    """Join arcs to one ring; a negative index ~i is arc i backwards, shared end points count once."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def planar(ring: np.ndarray) -> shapely.Geometry:
    """Return the area inside one ring within [-180, 180], whichever way it crosses the antimeridian."""
    lon = np.unwrap(ring[:, 0], period=360.0)
    line = np.column_stack([lon, ring[:, 1]])
    if abs(lon[-1] - lon[0]) > 180.0:  # the ring goes around a pole: close it along that pole
        pole = np.copysign(90.0, ring[:, 1].mean())
        line = np.concatenate([line, [[lon[-1], pole], [lon[0], pole]]])
    area = shapely.make_valid(shapely.Polygon(line))
    world = shapely.box(-180.0, -90.0, 180.0, 90.0)
    turns = range(int(np.floor((lon.min() + 180.0) / 360.0)), int(np.floor((lon.max() + 180.0) / 360.0)) + 1)
    return shapely.union_all([translate(area, -360.0 * turn).intersection(world) for turn in turns])


def land_polygons(topology: dict[str, Any]) -> shapely.MultiPolygon:
    """Build the valid multipolygon of all land in a TopoJSON topology."""
    arcs = decode_arcs(topology)
    areas = []
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for outer, *holes in polygons:
            area = planar(ring_of(arcs, outer))
            for hole in holes:
                area = area.difference(planar(ring_of(arcs, hole)))
            areas.append(area)
    grid = 10.0**-DECIMALS
    # Snapping to the grid and unioning on it leaves valid polygons with short decimals.
    union = shapely.union_all(areas, grid_size=grid)
    parts = [part for part in shapely.get_parts(union) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(sorted(parts, key=lambda part: (-part.area, part.bounds)))


def simplified(land: shapely.Geometry, tolerance: float) -> shapely.Geometry:
    """Return the land with fewer vertices, still valid; a tolerance of 0 leaves it as it is."""
    if not tolerance:
        return land
    return shapely.set_precision(shapely.simplify(land, tolerance), 10.0**-SIMPLIFIED_DECIMALS)


def write_scale(source: Path, target: Path, tolerance: float) -> dict[str, Any]:
    """Write one scale as gzip-compressed WKB without time stamp and return its provenance."""
    land = land_polygons(json.loads(source.read_text(encoding="utf-8")))
    land = shapely.normalize(simplified(land, tolerance))
    if not land.is_valid:
        raise SystemExit(f"{source}: {shapely.is_valid_reason(land)}")
    wkb = shapely.to_wkb(land, byte_order=1)
    target.write_bytes(gzip.compress(wkb, compresslevel=9, mtime=0))
    return {
        "source_file": source.name,
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "simplified_degrees": tolerance,
        "wkb_sha256": hashlib.sha256(wkb).hexdigest(),
        "polygons": len(land.geoms),
        "vertices": int(shapely.get_num_coordinates(land)),
    }


def main(package: str, out: str) -> None:
    """Write every scale and ``land_provenance.json`` beside them."""
    folder = Path(out)
    files = {
        f"land_{scale}.wkb.gz": write_scale(
            Path(package, f"land-{scale}.json"), folder / f"land_{scale}.wkb.gz", tolerance
        )
        for scale, tolerance in SCALES.items()
    }
    provenance = {
        "what": "land polygons, degrees, longitude in [-180, 180], gzip of little-endian WKB MultiPolygon",
        "data": "Natural Earth 4.1.0, public domain, https://www.naturalearthdata.com",
        "package": "npm world-atlas 2.0.2, ISC licence, https://github.com/topojson/world-atlas",
        "made_by": "tools/make_land_polygons.py",
        "files": files,
    }
    text = json.dumps(provenance, indent=2, sort_keys=True) + "\n"
    (folder / "land_provenance.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
