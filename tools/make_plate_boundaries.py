"""Make the plate boundaries that the package ships from the GeoJSON file of PB2002.

    python tools/make_plate_boundaries.py PB2002_boundaries.json src/megathrust/plots/data

The lines are simplified, joined to one multi-line and rounded; names and kinds of boundaries are left out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import shapely

TOLERANCE_DEGREES = 0.02
DECIMALS = 3


def boundary_lines(collection: dict[str, Any]) -> shapely.MultiLineString:
    """Return all boundaries of a GeoJSON collection as one simplified multi-line."""
    lines = [shapely.LineString(each["geometry"]["coordinates"]) for each in collection["features"]]
    merged = shapely.line_merge(shapely.MultiLineString(lines))
    simple = shapely.simplify(merged, TOLERANCE_DEGREES)
    rounded = shapely.transform(simple, lambda points: points.round(DECIMALS))
    return shapely.normalize(shapely.MultiLineString(shapely.get_parts(rounded).tolist()))


def main(source: str, out: str) -> None:
    """Write the lines as gzip-compressed WKB without time stamp, with provenance and licence beside them."""
    raw = Path(source).read_bytes()
    lines = boundary_lines(json.loads(raw))
    wkb = shapely.to_wkb(lines, byte_order=1)
    Path(out, "plate_boundaries.wkb.gz").write_bytes(gzip.compress(wkb, compresslevel=9, mtime=0))
    provenance = {
        "what": "plate boundaries, degrees, longitude in [-180, 180], gzip of little-endian WKB "
        "MultiLineString",
        "data": "PB2002: Bird (2003), doi:10.1029/2001GC000252; as GeoJSON by Hugo Ahlenius, "
        "https://github.com/fraxen/tectonicplates at 339b0c56563c118307b1f4542703047f5f698fae",
        "licence": "Open Data Commons Attribution License (ODC-By) 1.0, "
        "https://opendatacommons.org/licenses/by/1-0/",
        "changes": f"lines merged, simplified within {TOLERANCE_DEGREES} degree, rounded to {DECIMALS} "
        "decimals, attributes left out",
        "made_by": "tools/make_plate_boundaries.py",
        "source_file": Path(source).name,
        "source_sha256": hashlib.sha256(raw).hexdigest(),
        "wkb_sha256": hashlib.sha256(wkb).hexdigest(),
        "lines": len(lines.geoms),
        "vertices": int(shapely.get_num_coordinates(lines)),
    }
    text = json.dumps(provenance, indent=2, sort_keys=True) + "\n"
    Path(out, "plate_boundaries_provenance.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
