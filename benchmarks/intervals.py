"""How often the 95 % interval of a score holds what the same networks score over all worlds.

Usage: python benchmarks/intervals.py --out OUT [--table TABLE] [--worlds 500] [--offset 1.2]

The estimand is that of these trenches and these predictions: labels are drawn anew, in four ways, on the
places of the table (the built-in one by default); predictions stay. Writes intervals.csv into OUT and prints
it: per kind of world and kind of interval the coverage, its 95 % bounds (Clopper & Pearson) and the mean
width. Scores are macro-F1 of all segments together. 500 worlds take about three minutes of one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.special import expit
from scipy.stats import binomtest, t as student

from megathrust.evaluation import bootstrap_units, confusion, rupture_weights
from megathrust.pipelines.build import open_table

KINDS = ("independent", "correlated", "regional base rates", "regional offsets")
REPLICATES = 300
# Worlds behind what the interval shall hold.
TRUTH = 3000
# Log-odds of a great rupture: mean, per standard deviation of the driver, of the noise along the trench.
MEAN, SLOPE, NOISE = -0.8, 0.8, 1.5
# Standard deviation in segments of the Gaussian that makes noise smooth: 300 km.
SMOOTH = 6.0


class Trenches:
    """Places, a driver, and the classes that unchanging networks say."""

    def __init__(self, table, seed):
        frame = table.frame.sort_values(["region", "s_km"], kind="stable")
        self.region, self.s_km = frame["region"].to_numpy(), frame["s_km"].to_numpy()
        self.names, self.code = np.unique(self.region, return_inverse=True)
        self.rows = [np.flatnonzero(self.code == k) for k in range(len(self.names))]
        ruptures = table.ruptures()[table.magnitudes() >= 8.0]
        self.lengths = np.unique(ruptures, return_counts=True)[1]
        random = np.random.default_rng(seed)
        self.driver = np.concatenate([self._smooth(random, len(rows), 3.0) for rows in self.rows])
        self.rate = random.normal(size=len(self.names))[self.code]
        said = expit(self.driver + 0.7 * self.rate - 0.6 + random.normal(0.0, 0.5, len(self.code)))
        self.said = (said > 0.5).astype(np.int64)

    @staticmethod
    def _smooth(random, count, width):
        margin = int(5 * width)
        noise = gaussian_filter1d(random.normal(size=count + 2 * margin), width)[margin:-margin]
        return noise * np.sqrt(2.0 * np.sqrt(np.pi) * width)

    def world(self, kind, offset, random):
        """Return label and rupture of every segment; what is not great stands alone, as in the tables."""
        odds = MEAN + SLOPE * self.driver
        if kind == "regional base rates":
            odds = odds + offset * self.rate
        if kind == "regional offsets":
            odds = odds + random.normal(0.0, offset, len(self.names))[self.code]
        great, rupture = np.zeros((2, len(self.code)), dtype=np.int64)
        number = len(self.code)
        for rows in self.rows:
            own = odds[rows]
            if kind == "correlated":
                own = own + NOISE * self._smooth(random, len(rows), SMOOTH)
            start = 0
            while start < len(rows):
                piece = rows[start : start + int(random.choice(self.lengths))]
                great[piece] = random.random() < expit(own[start : start + len(piece)].mean())
                rupture[piece] = number if great[piece[0]] else piece
                number += 1
                start += len(piece)
        return great, rupture

    def score(self, great, weights):
        matrices = confusion(great, self.said, 2, weights)
        hits = np.diagonal(matrices, axis1=1, axis2=2)
        both = matrices.sum(2) + matrices.sum(1)
        return np.divide(2.0 * hits, both, out=np.zeros_like(hits), where=both > 0).mean(1)


def intervals(trenches, great, rupture, seed):
    """Return the interval of every kind."""

    def drawn(units):
        units = np.unique(units, return_inverse=True)[1]
        return trenches.score(great, rupture_weights(units, replicates=REPLICATES, seed=seed))

    value = trenches.score(great, np.ones((1, len(great))))[0]
    units = bootstrap_units(trenches.region, trenches.s_km, rupture, great == 1)
    of_trenches = drawn(trenches.code)
    reach = student.ppf(0.975, len(trenches.names) - 1) * np.std(of_trenches)
    return {
        "ruptures, other segments alone": np.quantile(drawn(rupture), [0.025, 0.975]),
        "ruptures, runs between them": np.quantile(drawn(units), [0.025, 0.975]),
        "trenches": np.quantile(of_trenches, [0.025, 0.975]),
        "trenches, t": np.array([value - reach, value + reach]),
    }


def coverage(trenches, kind, args):
    random = np.random.default_rng(args.seed)
    one = np.ones((1, len(trenches.code)))
    true = np.mean(
        [trenches.score(trenches.world(kind, args.offset, random)[0], one)[0] for _ in range(TRUTH)]
    )
    found = [
        intervals(trenches, *trenches.world(kind, args.offset, random), seed) for seed in range(args.worlds)
    ]
    for name in found[0]:
        low, high = np.array([each[name] for each in found]).T
        held = int(np.sum((low <= true) & (true <= high)))
        bounds = binomtest(held, args.worlds).proportion_ci()
        yield {
            "world": kind,
            "interval": name,
            "coverage": held / args.worlds,
            "low": bounds.low,
            "high": bounds.high,
            "width": float(np.mean(high - low)),
        }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--offset", type=float, default=1.2, help="log-odds, of regions")
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    trenches = Trenches(open_table(args.table), seed=4)
    rows = []
    for kind in KINDS:
        rows += list(coverage(trenches, kind, args))
        print(pd.DataFrame(rows[-4:]).to_string(index=False, float_format="%.3f"), flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(args.out / "intervals.csv", index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
