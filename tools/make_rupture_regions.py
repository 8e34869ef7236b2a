"""Write which regions the registered rupture files touch, for ``megathrust data list --region``.

Usage: python tools/make_rupture_regions.py DATA_DIR [--output FILE.json]

A slip model, outline or tsunami source touches a region if at least half of its points lie along the region's
trench, within 300 km of it. Files that touch none are left out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from megathrust.geometry import load_trench_line, locate, trench_regions
from megathrust.sources import list_sources, read_source

OUTPUT = Path(__file__).resolve().parents[1] / "src" / "megathrust" / "sources" / "_rupture_regions.json"
LAYERS = ("slip_models", "rupture_outlines", "tsunami_sources")
FURTHEST_KM = 300.0


def points_of(rupture: object) -> np.ndarray:
    """Return longitudes and latitudes of subfaults, corners or nodes, shape (n, 2)."""
    if hasattr(rupture, "polygons"):
        corners = [ring[:, :2] for ring in rupture.polygons]
        return np.concatenate(corners) if corners else np.array([[rupture.lon, rupture.lat]])
    frame = getattr(rupture, "subfaults", rupture)
    return frame[["lon", "lat"]].to_numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    lines = {region: load_trench_line(region) for region in trench_regions()}
    touched = {}
    for source in (source for layer in LAYERS for source in list_sources(layer=layer)):
        lon, lat = points_of(read_source(source.key, data_dir=options.data_dir)).T
        regions = [
            region
            for region, line in lines.items()
            if np.isfinite(locate(line, lon, lat, max_distance_km=FURTHEST_KM)[0]).mean() >= 0.5
        ]
        if regions:
            touched[source.key] = regions
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(regions)}" for key, regions in sorted(touched.items()))
    options.output.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
    print(f"{len(touched)} files touch a region")


if __name__ == "__main__":
    main()
