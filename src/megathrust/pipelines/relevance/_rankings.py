"""Rankings by relevance: their scatter by source, and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from megathrust.core import FloatArray
from megathrust.explanation import rank_correlation, relevance_spread, spread_sources


def scattered_ranking(
    relevance: FloatArray, encodings: Sequence[str], scenario: np.ndarray, names: Sequence[str], what: str
) -> pd.DataFrame:
    """Return the spread of the mean relevance, by encoding as well, and its scatter by source."""
    table = pd.DataFrame({what: list(names), "spread": relevance_spread(relevance.mean(0))})
    for name in dict.fromkeys(encodings):
        own = relevance[[each == name for each in encodings]]
        table[name] = relevance_spread(own.mean(0))
    cells = [(member, fold) for member in range(len(relevance)) for fold in dict.fromkeys(scenario)]
    alone = np.stack([relevance_spread(relevance[member, scenario == fold]) for member, fold in cells])
    sources = spread_sources(alone, [encodings[member] for member, _ in cells], [fold for _, fold in cells])
    return table.join(sources.drop(columns="mean"))


def between_encodings(relevance: FloatArray, encodings: Sequence[str]) -> float:
    """Return the least rank correlation between the rankings of two encodings; NaN with one."""
    spreads = [
        relevance_spread(relevance[[each == name for each in encodings]].mean(0))
        for name in dict.fromkeys(encodings)
    ]
    pairs = [rank_correlation(a, b) for number, a in enumerate(spreads) for b in spreads[number + 1 :]]
    return min(pairs) if pairs else float("nan")


def single_networks(relevance: FloatArray, scenario: np.ndarray) -> float:
    """Return the mean rank correlation of single networks' rankings, each of another scenario.

    Every network ranks by the segments that it never saw; NaN with one scenario.
    """
    folds = list(dict.fromkeys(scenario))
    found = []
    for network in relevance:
        spreads = [relevance_spread(network[scenario == fold]) for fold in folds]
        found += [rank_correlation(a, b) for number, a in enumerate(spreads) for b in spreads[number + 1 :]]
    return float(np.mean(found)) if found else float("nan")


def compared_rankings(
    by_family: Mapping[str, FloatArray], encodings: Sequence[str], scenario: np.ndarray
) -> dict[str, FloatArray]:
    """Return the rankings whose agreement is shown."""
    named: dict[str, FloatArray] = {}
    leading = next(iter(by_family.values()))
    for name in dict.fromkeys(encodings):
        named[f"encoding: {name}"] = relevance_spread(leading[[each == name for each in encodings]].mean(0))
    for half, start in (("odd", 0), ("even", 1)):
        if len(leading) > 1:
            named[f"networks: {half}"] = relevance_spread(leading[start::2].mean(0))
    folds = list(dict.fromkeys(scenario))
    for half, chosen in (("odd", folds[::2]), ("even", folds[1::2])):
        if chosen:
            named[f"folds: {half}"] = relevance_spread(leading[:, np.isin(scenario, chosen)].mean(0))
    for method, values in by_family.items():
        named[f"method: {method}"] = relevance_spread(values.mean(0))
    return named
