"""Compare a table of ours with the published table of the seed study, feature by feature.

Usage: python tools/compare_seed_study.py DATA_DIR [--table FILE] [--markdown]

The segments of the seed study lie on other lines than ours. In alu, kur, sam, sum its positions are projected
on our trench; in cam, izu, ker, ryu, without published positions, its arc lengths are shifted by the lag at
which the geoid fits best (`megathrust.geometry.SEED_STUDY_ALIGNMENT`). Our values are interpolated there.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from megathrust.features import SEED_STUDY_FEATURES
from megathrust.geometry import SEED_STUDY_ALIGNMENT, load_trench_line, locate
from megathrust.pipelines.build import open_table
from megathrust.table import FeatureTable

WITH_POSITIONS = ("alu", "kur", "sam", "sum")

#: Medians over the four regions with positions that the project set itself to reach.
TO_REACH = {
    "EGO_UP_AVE": 0.93, "SED_AVE": 0.95, "AGE": 0.85, "FRE_DG_AVE": 0.75, "FRE_UP_AVE": 0.7, "DXT_200": 0.7,
    "DXT_400": 0.7, "LRO_DG_AVE": 0.5, "CRM_UP_AVE": 0.4, "SDM_400": 0.4, "DLT_UP_AVE": 0.4,
}  # fmt: skip


def seed_arc_lengths(region: str, rows: int, data_dir: Path) -> np.ndarray:
    """Return the arc lengths on our trench of the seed study's segments, NaN where they are unknown."""
    if region not in WITH_POSITIONS:
        return 25.0 + 50.0 * np.arange(rows) + SEED_STUDY_ALIGNMENT[region]
    positions = pd.read_csv(data_dir / "seed_study" / "positions.csv")
    own = positions[positions["region"] == region].set_index("row").reindex(np.arange(rows))
    s_km, _ = locate(load_trench_line(region), own["lon"], own["lat"], keep_beyond_ends=True)
    return s_km


def ours_at(table: FeatureTable, region: str, name: str, s_km: np.ndarray) -> np.ndarray:
    """Interpolate a column of ours, NaN outside the trench or beside a missing value."""
    own = table.frame[table.frame["region"] == region]
    return np.interp(s_km, own["s_km"], own[name], left=np.nan, right=np.nan)


def correlations(table: FeatureTable, data_dir: Path) -> pd.DataFrame:
    """Return Spearman's correlation per feature (rows) and region (columns), and the median of four."""
    columns = {}
    for region in SEED_STUDY_ALIGNMENT:
        seed = pd.read_csv(data_dir / "seed_study" / f"{region}.csv")
        s_km = seed_arc_lengths(region, len(seed), data_dir)
        found = {}
        for name in SEED_STUDY_FEATURES:
            pair = np.stack([ours_at(table, region, name, s_km), seed[name].to_numpy(dtype=float)])
            pair = pair[:, np.isfinite(pair).all(axis=0)]
            varied = pair.shape[1] > 2 and np.all(np.ptp(pair, axis=1) > 0.0)
            found[name] = float(spearmanr(*pair).statistic) if varied else np.nan
        columns[region] = found
    result = pd.DataFrame(columns)
    result["median"] = result[list(WITH_POSITIONS)].median(axis=1)
    result["to reach"] = pd.Series(TO_REACH)
    return result


def label_agreement(table: FeatureTable, data_dir: Path, target: str, threshold: float = 8.0) -> pd.DataFrame:
    """Return per region how many common segments agree on having reached a magnitude."""
    rows = {}
    for region in SEED_STUDY_ALIGNMENT:
        seed = pd.read_csv(data_dir / "seed_study" / f"{region}.csv")["MR_GCMT"].to_numpy()
        s_km = seed_arc_lengths(region, len(seed), data_dir)
        own = table.frame[table.frame["region"] == region]
        half = table.provenance["segment_km"] / 2.0
        nearest = np.abs(own["s_km"].to_numpy()[None, :] - np.nan_to_num(s_km, nan=-1e9)[:, None])
        common = nearest.min(axis=1) <= half
        ours = own[target].to_numpy()[nearest.argmin(axis=1)]
        agree = (ours >= threshold) == (seed >= threshold)
        rows[region] = {"segments": int(common.sum()), "agree": int(agree[common].sum())}
    result = pd.DataFrame(rows).T
    result.loc["four with positions"] = result.loc[list(WITH_POSITIONS)].sum()
    result.loc["all"] = result.loc[list(SEED_STUDY_ALIGNMENT)].sum()
    result["share"] = result["agree"] / result["segments"]
    return result


def _markdown(frame: pd.DataFrame) -> str:
    text = frame.apply(lambda column: column.map(lambda value: "" if pd.isna(value) else f"{value:.2f}"))
    lines = ["| | " + " | ".join(text.columns) + " |", "|---" * (text.shape[1] + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(row) + " |" for name, row in zip(text.index, text.values, strict=True)
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--table", type=Path, help="table to compare; default the built-in one")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    options = parser.parse_args()
    table = open_table(options.table, label_required=False)
    found = correlations(table, options.data_dir)
    print(_markdown(found) if options.markdown else found.round(2).to_string())
    for target in table.target_names:
        print(f"\nagreement of {target} with the seed study on Mw >= 8")
        agreement = label_agreement(table, options.data_dir, target)
        print(_markdown(agreement) if options.markdown else agreement.round(3).to_string())


if __name__ == "__main__":
    main()
