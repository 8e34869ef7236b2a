"""Draw every feature of a table as a small map of all trenches, many to a page, to be looked at.

Usage: python tools/contact_sheet.py OUT_FOLDER [--table FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

from megathrust.pipelines.build import open_table
from megathrust.table import FeatureTable

PER_PAGE = (6, 3)


def draw(table: FeatureTable, names: list[str], path: Path) -> None:
    """Draw one page; missing values are black crosses, colours run from the 2nd to the 98th percentile."""
    rows, columns = PER_PAGE
    figure, axes = plt.subplots(rows, columns, figsize=(17, 22), layout="constrained")
    # The Pacific in the middle: no trench of the table crosses 30 degrees east.
    lon = np.mod(table.frame["lon"] - 30.0, 360.0) + 30.0
    for axis, name in zip(axes.flat, [*names, *[None] * (rows * columns)], strict=False):
        if name is None:
            axis.set_axis_off()
            continue
        values = table.frame[name].to_numpy(dtype=float)
        known = np.isfinite(values)
        low, high = np.percentile(values[known], [2.0, 98.0])
        axis.plot(lon[~known], table.frame["lat"][~known], "kx", markersize=4)
        colours = axis.scatter(
            lon[known], table.frame["lat"][known], c=values[known], s=9, cmap="viridis", vmin=low, vmax=high
        )
        figure.colorbar(colours, ax=axis, shrink=0.9)
        axis.set_title(
            f"{name} [{table.columns[name].unit}], {np.count_nonzero(~known)} missing", fontsize=10
        )
    figure.savefig(path, dpi=70)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--table", type=Path, help="table to draw; default the built-in one")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    table = open_table(options.table, label_required=False)
    names = [*table.feature_names, *table.target_names]
    size = PER_PAGE[0] * PER_PAGE[1]
    for page, first in enumerate(range(0, len(names), size), start=1):
        draw(table, names[first : first + size], options.out / f"features_{page}.png")


if __name__ == "__main__":
    main()
