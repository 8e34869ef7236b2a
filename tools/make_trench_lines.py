"""Compute the trench lines that the package ships from the Slab2 trench points.

Usage: python tools/make_trench_lines.py DATA_DIR [OUTPUT]

DATA_DIR holds boundaries/trenches_usgs_2017.csv, as the data registry names it. The same input gives the same
bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from megathrust.core import REGION_NAMES, replacing, sha256_of
from megathrust.geometry import trench_lines_from_points

OUTPUT = Path(__file__).parents[1] / "src" / "megathrust" / "geometry" / "data" / "trench_lines.json"

PROVENANCE = {
    "source": "Slab2 trench points, file "
    "misc/trenches/trenches_usgs_2017.csv of github.com/usgs/slab2 at commit f53d627",
    "citation": "Hayes, G. P., et al. (2018), Slab2, a comprehensive subduction zone geometry model, "
    "Science 362, 58-61, doi:10.1126/science.aat4723",
    "licence": "public domain (work of the U.S. Geological Survey)",
    "computed_by": "tools/make_trench_lines.py: points without duplicates, in order along strike, the "
    "downgoing plate on the right; the longest part where a trench has gaps of more than 100 km",
    "regions_left_out": "jap is izu and kur joined; pan and exp have no slab",
    "units": "degrees east and north",
}


def main(data_dir: str, output: str = str(OUTPUT)) -> None:
    source = Path(data_dir) / "boundaries" / "trenches_usgs_2017.csv"
    points = pd.read_csv(source)
    entries = []
    for region in sorted(set(points["slab"]) & set(REGION_NAMES)):
        own = points[points["slab"] == region]
        line = trench_lines_from_points(region, own["lon"], own["lat"], own["az"])[0]
        content = {"lon": line.lon.round(5).tolist(), "lat": line.lat.round(5).tolist()}
        entries.append(f'"{region}": {json.dumps(content, separators=(",", ":"))}')
    head = json.dumps(PROVENANCE | {"source_sha256": sha256_of(source)}, indent=1)
    with replacing(output) as part:
        text = f'{{"provenance": {head},\n"lines": {{\n' + ",\n".join(entries) + "\n}}\n"
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
