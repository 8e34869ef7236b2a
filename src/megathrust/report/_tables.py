"""Score tables as text: models, rivals and null in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import FloatArray
from megathrust.plots import ScenarioScoresInfo


@dataclass(frozen=True)
class ScoreCell:
    """One number of a score table as text, and whether it is the best of its column."""

    text: str
    interval: str
    best: bool


@dataclass(frozen=True)
class ScoreRow:
    """One model of a score table; ``kind`` is "network", "rival" or "null"."""

    name: str
    kind: str
    cells: tuple[ScoreCell, ...]


@dataclass(frozen=True)
class ScoreTable:
    """A score table as text: its caption, the scenarios as columns, and its rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[ScoreRow, ...]


def score_table(info: ScenarioScoresInfo) -> ScoreTable:
    """Write scores with rivals and null as one table of text; the best model of a column is marked."""
    scenarios = tuple(dict.fromkeys(info.table.columns.get_level_values(0)))
    values = info.table.xs("value", axis=1, level=1)[list(scenarios)]
    best = values.min() if info.lower_is_better else values.max()
    rows = [
        ScoreRow(
            f"{line.name.removesuffix(f', {line.of}')}, for {line.of}" if line.of else line.name,
            line.kind,
            tuple(
                _cell(*row, best=line.kind != "null" and row[0] == best[scenario])
                for scenario, row in zip(scenarios, _numbers(line.values, scenarios), strict=True)
            ),
        )
        for line in info.lines
    ]
    caption = (
        f"{info.label} ({info.range}) per scenario, protocol {info.protocol}, exclusion distance "
        f"{info.exclusion_km:g} km. Brackets hold intervals; bold is the best model of a column. "
        "A null gives its median and the range of 95 % of its worlds."
    )
    return ScoreTable(caption, tuple(map(info.name_of, scenarios)), tuple(rows))


def _numbers(values: pd.DataFrame, scenarios: Sequence[str]) -> FloatArray:
    """Return value, low and high of each scenario, NaN where there is none."""
    chosen = values[["value", "low", "high"]].reindex(list(scenarios))
    return np.asarray(chosen.to_numpy(dtype=np.float64))


def _cell(value: float, low: float, high: float, *, best: bool) -> ScoreCell:
    if not np.isfinite(value):
        return ScoreCell("–", "", best=False)
    interval = f"[{low:.3f}, {high:.3f}]" if np.isfinite(low) and np.isfinite(high) else ""
    return ScoreCell(f"{value:.3f}", interval, bool(best))
