"""Compare a table of ours with the trench nodes of McLellan & Audet (2020), feature by feature and region.

Usage: python tools/compare_mclellan.py DATA_DIR [--table FILE]

Their nodes lie every 25 km; those within 60 km of a trench count for the segment abreast of them, each
for the nearest trench only. Their velocity is the total rate of convergence, ours its part at right angles to
the trench: both are compared.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from megathrust.geometry import load_trench_line, locate
from megathrust.pipelines.build import open_table
from megathrust.sources import read_source
from megathrust.table import FeatureTable

NODES = "comparison/mclellan_audet2020_segments.txt"
FURTHEST_KM = 60.0

#: Column of ours -> column of theirs; ``total convergence`` is V_CN over the cosine of OBL.
PAIRS = {
    "AGE": "Age",
    "SED_AVE": "Sed_Thick",
    "DIP_UP_AVE": "Dip",
    "V_CN": "Vel",
    "total convergence": "Vel",
    "LRO_DG_AVE": "Rough",
}


def side_by_side(table: FeatureTable, data_dir: Path) -> pd.DataFrame:
    """Return the segments of ours that have nodes of theirs, with the means of these."""
    nodes = read_source(NODES, data_dir=data_dir)
    step = table.provenance["segment_km"]
    parts = []
    for region in table.frame["region"].unique():
        line = load_trench_line(region)
        s_km, n_km = locate(line, nodes["Longitude"], nodes["Latitude"], max_distance_km=FURTHEST_KM)
        near = np.isfinite(s_km)
        segment = np.floor(s_km[near] / step).astype(int)
        parts.append(nodes[near].assign(region=region, segment=segment, far_km=np.abs(n_km[near])))
    nearest = pd.concat(parts).sort_values("far_km").drop_duplicates(["Sub_Zone", "Segment"])
    means = nearest.groupby(["region", "segment"])[sorted(set(PAIRS.values()))].mean().reset_index()
    both = table.frame.merge(means, on=["region", "segment"])
    both["total convergence"] = both["V_CN"] / np.cos(np.radians(both["OBL"]))
    return both


def correlations(both: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's correlation of every pair, per region and over all segments."""

    def of(part: pd.DataFrame) -> dict[str, float]:
        found = {}
        for ours, theirs in PAIRS.items():
            pair = part[[ours, theirs]].dropna()
            found[ours] = float(spearmanr(*pair.T.to_numpy()).statistic) if len(pair) > 4 else np.nan
        return found | {"segments": len(part)}

    return pd.DataFrame({region: of(part) for region, part in both.groupby("region")} | {"all": of(both)}).T


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--table", type=Path, default=None)
    options = parser.parse_args()
    both = side_by_side(open_table(options.table), options.data_dir)
    print(correlations(both).round(2).to_string())


if __name__ == "__main__":
    main()
