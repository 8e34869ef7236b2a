"""Figures of a search on small invented numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.plots import (
    inner_outer_info,
    parallel_coordinates_info,
    parameter_importance_info,
    plot_inner_outer,
    plot_parallel_coordinates,
    plot_parameter_importance,
    plot_search_history,
    search_history_info,
)


def trials() -> pd.DataFrame:
    """Thirty invented trials of three scenarios on two rungs."""
    rng = np.random.default_rng(2)
    count = 30
    parameters = {
        "depth": rng.integers(1, 4, count),
        "width": 2 ** rng.integers(5, 9, count),
        "learning_rate": 10 ** rng.uniform(-4, -1, count),
        "dropout": rng.uniform(0, 0.5, count),
    }
    parts = []
    for number, scenario in enumerate(("0", "1", "all")):
        first = 0.8 - 0.1 * np.abs(np.log10(parameters["learning_rate"]) + 2.5 + 0.3 * number)
        part = pd.DataFrame({"scenario": scenario, "trial": range(count), "rung": 0, "inner_score": first})
        part = part.assign(**parameters)
        last = part.nlargest(10, "inner_score").assign(rung=1)
        last["inner_score"] += rng.normal(0.02, 0.02, len(last))
        parts += [part, last]
    return pd.concat(parts, ignore_index=True)


def search_history() -> Figure:
    return plot_search_history(search_history_info(trials()))


def parallel_coordinates() -> Figure:
    names = ["depth", "width", "learning_rate", "dropout"]
    return plot_parallel_coordinates(
        parallel_coordinates_info(trials(), parameters=names, scenario="all", logarithmic=["learning_rate"])
    )


def parameter_importance() -> Figure:
    shares = {"0": [0.1, 0.2, 0.6, 0.1], "1": [0.05, 0.3, 0.5, 0.15], "all": [0.2, 0.2, 0.4, 0.2]}
    return plot_parameter_importance(
        parameter_importance_info(pd.DataFrame(shares, index=["depth", "width", "learning_rate", "dropout"]))
    )


def inner_outer() -> Figure:
    nested = pd.DataFrame(
        {
            "scenario": ["0", "1", "2", "mean"],
            "inner_score": [0.85, 0.80, 0.82, 0.823],
            "FCN": [0.80, 0.83, 0.70, 0.777],
            "nearest segment": [0.86, 0.89, 0.74, 0.83],
            "region prior": [0.71, 0.69, 0.79, 0.73],
        }
    )
    info = inner_outer_info(nested, model="FCN", rivals=["nearest segment", "region prior"])
    return plot_inner_outer(info, model="FCN")
