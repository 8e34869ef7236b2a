"""Synthetic tables whose drivers are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from megathrust.features import ColumnDefinition
from megathrust.table import KEY_COLUMNS, FeatureTable


def synthetic_table(
    *, seed: int = 0, regions: Mapping[str, int] | None = None, features: int = 6, noise: float = 0.3
) -> FeatureTable:
    """Return a table of autocorrelated features of which F0 and F1 alone decide the magnitude.

    Parameters
    ----------
    seed : int
    regions : mapping of str to int, optional
        Segments per region.
    features : int
        Feature columns F0, F1, ...; two at least.
    noise : float
        Standard deviation of what the magnitude has besides F0 + F1.

    Returns
    -------
    FeatureTable
        Segments of 50 km; magnitudes around 8 with a spread near 0.7, rounded to tenths.
    """
    random = np.random.default_rng(seed)
    regions = regions or {"alu": 40, "kur": 30, "sam": 60}
    names = [f"F{i}" for i in range(features)]
    parts = []
    for region, count in regions.items():
        # Stationary AR(1) along the trench with correlation 0.8 from one segment to the next.
        values = lfilter([0.6], [1.0, -0.8], random.standard_normal((count + 50, features)), axis=0)[50:]
        part = pd.DataFrame(values, columns=names)
        driven = 8.0 + 0.5 * (part["F0"] + part["F1"]) + noise * random.standard_normal(count)
        part.insert(0, "region", region)
        part.insert(1, "segment", np.arange(count))
        part.insert(2, "s_km", 25.0 + 50.0 * np.arange(count))
        part.insert(3, "lon", np.linspace(-80.0, -70.0, count))
        part.insert(4, "lat", np.linspace(5.0, -40.0, count))
        part["MW"] = driven.clip(5.0, 9.6).round(1)
        parts.append(part)
    keys = ("region", "segment", "s_km", "lon", "lat")
    columns = {key: KEY_COLUMNS[key] for key in keys}
    columns |= {
        name: ColumnDefinition(
            name, f"feature {name}", "1", family="driver" if name in ("F0", "F1") else "noise"
        )
        for name in names
    }
    columns["MW"] = ColumnDefinition("MW", "largest observed Mw", "Mw", "target")
    return FeatureTable(pd.concat(parts, ignore_index=True), columns, {"seed": seed})


def tiny_settings() -> dict[str, Any]:
    """Return settings of a run that ends in seconds, for examples and tests: it says nothing of anything.

    Examples
    --------
    >>> from megathrust.pipelines.settings import load_config
    >>> load_config(**tiny_settings()).network.epochs
    1
    """
    return {
        "network": {"members": 1, "hidden": [6], "epochs": 1},
        "baselines": ["region prior"],
        "curve": {"exclusion_km": []},
        "nulls": {"surrogates": 0},
        "claims": {"worlds": 0},
        "explaining": {"encodings": ["none"], "members": 1, "randomised": 0},
        "relevance": {"methods": ["relative-lrp"]},
        "known_truth": {"worlds": 0},
        "figures": {"kinds": []},
        "bootstrap_replicates": 20,
    }
