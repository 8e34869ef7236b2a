"""Known truth: how many true features and families a method finds on a user's own table and folds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import InputError
from megathrust.plots import benchmark_info, plot_benchmark, save_figure

COLUMNS = ["kind", "world", "method", "encoding", "feature_hits", "family_hits", "correlation"]


@dataclass(frozen=True)
class Benchmark:
    """What methods find of a known truth.

    Attributes
    ----------
    table : DataFrame
        One row per world, method and encoding: kind (of truth), world, method, encoding (plain, bins, waves,
        both for the mean of all, or none), feature_hits (of the true features among as many first ones),
        family_hits (of the families that matter most), correlation (mean over held-out segments of the
        correlation of relevance and truth over features; NaN for methods that rank families or rank only).
    active : int
        Features that act in every world, each of another family.
    features, families : int
        How many there are.
    """

    table: pd.DataFrame
    active: int
    features: int
    families: int

    def summary(self, half: str | None = None) -> pd.DataFrame:
        """Return means over worlds by method and encoding, the best first.

        Parameters
        ----------
        half : {"first", "second"}, optional
            Worlds of even or of odd number only; all by default.
        """
        table = self.table
        if half is not None:
            table = table[table["world"] % 2 == (0 if half == "first" else 1)]
        means = table.groupby(["method", "encoding"], sort=False)[COLUMNS[4:]].mean().reset_index()
        means["worlds"] = table.groupby(["kind"])["world"].nunique().sum()
        order = means[["feature_hits", "family_hits"]].fillna(0.0).sum(axis=1)
        return means.loc[order.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)

    @property
    def chance(self) -> tuple[float, float]:
        """Hits among features and among families by chance."""
        return self.active**2 / self.features, self.active**2 / self.families

    @property
    def chosen(self) -> tuple[str, str]:
        """Method and encoding with the most hits on the first half of the worlds."""
        best = self.summary("first").iloc[0]
        return str(best["method"]), str(best["encoding"])

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was chosen on one half, and what the other half says of it."""
        if self.table["world"].max() < 1:
            return ("One world of a kind: nothing can be chosen on one half and quoted on the other.",)
        method, encoding = self.chosen
        return (
            f"Most hits on the first half of the worlds: {method} ({encoding}). The second half says:",
            self.line(method, encoding),
        )

    def line(self, method: str, encoding: str, half: str | None = "second") -> str:
        """Return what a ranking by a method is worth on this table.

        Parameters
        ----------
        method, encoding : str
        half : {"first", "second"}, optional
            Of the worlds; all of them (None) for a method that was not chosen by them.
        """
        rows = self.summary(half)
        row = rows[(rows["method"] == method) & (rows["encoding"] == encoding)]
        if row.empty:
            raise InputError(
                "the benchmark has no such method",
                given=f"{method}, {encoding}",
                allowed="; ".join(f"{m}, {e}" for m, e in zip(rows["method"], rows["encoding"], strict=True)),
            )
        by_chance = self.chance
        features, worlds = row["feature_hits"].item(), row["worlds"].item()
        single = (
            f"{features:.1f} of {self.active} true features ({by_chance[0]:.1f} by chance) and "
            if np.isfinite(features)
            else ""
        )
        return (
            f"On this table a top-{self.active} list of {method} ({encoding}) holds {single}"
            f"{row['family_hits'].item():.1f} of {self.active} true families ({by_chance[1]:.1f}); "
            f"{worlds} worlds of known truth."
        )


def write_benchmark(found: Benchmark, folder: Path) -> None:
    """Write ``worlds.csv``, ``methods.csv``, ``methods.png`` and ``answer.txt`` into a folder."""
    means = found.summary()
    info = benchmark_info(means, chance=found.chance, active=found.active)
    save_figure(plot_benchmark(info), folder / "methods.png", caption=" ".join(found.sentences))
    for name, table in (("worlds.csv", found.table), ("methods.csv", means)):
        table.to_csv(folder / name, index=False, float_format="%.10g", lineterminator="\n")
    (folder / "answer.txt").write_text("\n".join(found.sentences) + "\n", encoding="utf-8")


def benchmark_content(found: Benchmark) -> dict[str, Any]:
    """Return a benchmark as it stands in JSON."""
    records = found.summary().to_dict(orient="records")
    methods = [
        {name: None if value != value else value for name, value in record.items()} for record in records
    ]
    return {"sentences": list(found.sentences), "methods": methods}
