"""Figures of explanations on small invented numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.explanation import feature_clusters
from megathrust.plots import (
    AgreementInfo,
    benchmark_info,
    clusters_info,
    compared_info,
    contrast_info,
    effects_info,
    plot_agreement,
    plot_benchmark,
    plot_clusters,
    plot_compared,
    plot_contrasts,
    plot_effects,
    plot_ranking,
    plot_region_heat,
    ranking_info,
    region_heat_info,
)


def explained_families() -> pd.DataFrame:
    names = ("slab dip", "sediment", "curvature", "age")
    table = pd.DataFrame({"family": names, "spread": [0.9, 0.7, 0.4, 0.2]})
    scatter = {
        "networks": 0.1,
        "folds": [0.2, 0.1, 0.15, 0.05],
        "encodings": 0.3,
        "bins": [0.8, 0.6, 0.5, 0.1],
    }
    return table.assign(
        **scatter,
        plain=[1.0, 0.8, 0.3, 0.3],
        corrected_p=[0.01, 0.3, 0.6, 0.9],
        stands=[True, False, False, False],
    )


def ranking() -> Figure:
    families = explained_families().assign(claim_p=[0.04, 0.5, np.nan, 0.9])
    return plot_ranking(ranking_info(families, unit="log-odds"), title="Relevance of families")


def region_heat() -> Figure:
    relevance = np.linspace(-0.5, 0.8, 32).reshape(8, 4)
    families = list(explained_families()["family"])
    regions = np.repeat(["sam", "kur", "sum", "izu"], 2)
    info = region_heat_info(relevance, regions, families, [True, False, False, False], unit="log-odds")
    return plot_region_heat(info, title="Relevance by region")


def agreement() -> Figure:
    names = ["plain", "bins", "fold 0", "relative-lrp", "shapley"]
    values = np.clip(1.0 - 0.3 * np.abs(np.subtract.outer(range(5), range(5))), -1.0, 1.0)
    return plot_agreement(AgreementInfo(pd.DataFrame(values, names, names)), title="Rankings agree")


def benchmark() -> Figure:
    rows = [
        (method, encoding, 2.0 + 0.3 * row + shift, 2.5 + 0.3 * row + shift, 0.2 + 0.1 * row, 10)
        for row, method in enumerate(("lrp", "relative-lrp", "shapley"))
        for encoding, shift in (("plain", 0.0), ("bins", 0.4))
    ]
    columns = ["method", "encoding", "feature_hits", "family_hits", "correlation", "worlds"]
    return plot_benchmark(benchmark_info(pd.DataFrame(rows, columns=columns), chance=(0.5, 2.5), active=5))


def contrasts() -> Figure:
    random = np.random.default_rng(0)
    values = random.normal(size=(80, 3))
    relevance = values * [1.0, -0.5, 0.2]
    info = contrast_info(relevance, values, ["SED_AVE", "AGE", "SLX"], [True, False, False], unit="log-odds")
    return plot_contrasts(info, title="Relevance by value")


def effects() -> Figure:
    steps = np.linspace(0.0, 1.0, 8)
    parts = [
        pd.DataFrame(
            {
                "family": family,
                "feature": feature,
                "value": scale * steps,
                "effect": slope * (steps - 0.5),
                "sd": 0.2,
                "plain": 1.2 * slope * (steps - 0.5),
                "bins": 0.8 * slope * (steps - 0.5),
                "agreement": words,
            }
        )
        for family, feature, scale, slope, words in (
            ("sediment", "SED_AVE", 4.0, 2.0, "as expected"),
            ("age", "AGE", 120.0, 1.0, "against what is expected"),
            ("geoid", "EGO_UP_AVE", 60.0, -1.5, "falls; nothing is expected"),
            ("velocity", "V_TN", 90.0, 0.2, "networks disagree"),
        )
    ]
    units = {"SED_AVE": "km", "AGE": "Ma", "EGO_UP_AVE": "m", "V_TN": "mm/yr"}
    stands = {"sediment": True, "age": False, "geoid": False, "velocity": False}
    info = effects_info(pd.concat(parts), stands=stands, units=units, unit="log-odds")
    return plot_effects(info, title="Accumulated effects")


def clusters() -> Figure:
    random = np.random.default_rng(1)
    base = random.normal(size=(60, 4))
    features = np.column_stack([base, base[:, :3] + 0.3 * random.normal(size=(60, 3))])
    names = ["SED_AVE", "AGE", "SLX", "V_UP", "SED_STD", "V_TN", "IFW"]
    found = feature_clusters(features, names)
    families = ["sediment", "age", "slab extent", "velocity", "sediment", "velocity", "interface width"]
    return plot_clusters(
        clusters_info(found.tree, names, families, found.labels), title="Features that go together"
    )


def compared() -> Figure:
    names = ["SED_AVE", "SED_STD", "AGE", "V_UP", "V_TN"]
    heat_map = pd.DataFrame(
        {
            "feature": names,
            "family": ["sediment", "sediment", "age", "velocity", "velocity"],
            "class_0": [0.4, -1.2, 2.5, 0.0, 1.0],
            "class_1": [1.4, 3.2, -0.5, 0.1, np.nan],
        }
    ).assign(segments_0=120, segments_1=80)
    ranking = pd.DataFrame({"feature": names, "spread": [0.5, 0.1, 0.2, 0.7, 0.3]})
    ranking["family_stands"] = [True, True, False, False, False]
    info = compared_info(heat_map, ranking, ["Mw < 8.0", "Mw ≥ 8.0"], unit="log-odds")
    return plot_compared(info, title="Summed up in two ways")
