"""Compare the labels made from public catalogues with those of the seed study, segment by segment.

Usage: python tools/compare_labels.py DATA_DIR [--target MW_1904] [--threshold 8.0]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.features import LABEL_WINDOWS, RuptureSources, SegmentLabels, SlabGrids, label_columns
from megathrust.geometry import load_trench_line, locate, make_segments
from megathrust.pipelines.build._labels import CATALOGUE_KEYS, TSUNAMI_KEYS
from megathrust.sources import find_slab_grid, list_sources, read_slab_grid, read_source

#: The regions for which the seed study gives positions.
REGIONS = ("alu", "kur", "sam", "sum")


def make_labels(data_dir: Path, regions: tuple[str, ...] = REGIONS) -> SegmentLabels:
    """Return the labels of the regions from the files of a data folder."""

    def read(key: str) -> object:
        return read_source(key, data_dir=data_dir, verify=False)

    def of_reader(name: str) -> list[object]:
        return [read(source.key) for source in list_sources() if source.reader == name]

    def grid(region: str, quantity: str) -> object:
        return read_slab_grid(find_slab_grid(data_dir, region, quantity))

    names = {"depth_km": "dep", "dip": "dip", "strike": "str", "uncertainty_km": "unc"}
    slabs = {region: SlabGrids(**{k: grid(region, q) for k, q in names.items()}) for region in regions}
    sources = RuptureSources(
        slip_models=of_reader("slip_model"),
        outlines=of_reader("rupture_outline"),
        tsunami_sources={day: read(key) for day, key in TSUNAMI_KEYS.items()},
    )
    segments = {region: make_segments(load_trench_line(region)) for region in regions}
    frames = {name: read(key) for name, key in CATALOGUE_KEYS.items()}
    return label_columns(frames, segments, slabs, sources=sources)


def side_by_side(labels: SegmentLabels, data_dir: Path) -> pd.DataFrame:
    """Return one row per segment of the seed study with its label and ours at the same place."""
    positions = pd.read_csv(data_dir / "seed_study" / "positions.csv").dropna(subset=["lon", "lat"])
    parts = []
    for region, place in positions.groupby("region"):
        seed = pd.read_csv(data_dir / "seed_study" / f"{region}.csv")["MR_GCMT"]
        segments = labels.segments[str(region)]
        s_km, _ = locate(segments.line, place["lon"], place["lat"])
        number = np.searchsorted(segments.edges_km, s_km, side="right") - 1
        inside = np.isfinite(s_km) & (number >= 0) & (number < len(segments))
        own = labels.frame[labels.frame["region"] == region].set_index("segment")
        ours = own.loc[number[inside]].reset_index()
        given = place[inside].reset_index(drop=True)
        seen = seed.to_numpy()[given["row"].to_numpy()]
        parts.append(ours.assign(seed=seen, row=given["row"], lon=given["lon"], lat=given["lat"]))
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--target", default="MW_1904", choices=list(LABEL_WINDOWS))
    parser.add_argument("--threshold", type=float, default=8.0)
    options = parser.parse_args()
    labels = make_labels(options.data_dir)
    both = side_by_side(labels, options.data_dir)
    print(labels.merges.to_string(index=False), "\n")
    seed = both["seed"] >= options.threshold
    table = {
        name: (seed == (both[name] >= options.threshold)).groupby(both["region"]).mean()
        for name in LABEL_WINDOWS
    }
    overall = {name: (seed == (both[name] >= options.threshold)).mean() for name in LABEL_WINDOWS}
    agreement = pd.concat([pd.DataFrame(table), pd.DataFrame(overall, index=["all"])])
    print(f"share of segments that agree on Mw >= {options.threshold:g}")
    print(agreement.assign(segments=[*both.groupby("region").size(), len(both)]).round(3).to_string(), "\n")
    name = options.target
    differs = both[seed != (both[name] >= options.threshold)]
    columns = [f"{name}_{detail}" for detail in ("rupture", "date", "quality", "source")]
    print(f"segments that differ, {name}")
    print(differs[["region", "row", "lon", "lat", "seed", name, *columns]].to_string(index=False))


if __name__ == "__main__":
    main()
