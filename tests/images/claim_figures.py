"""Figures of claims and forecasts on small invented numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from megathrust.plots import (
    associations_info,
    dissimilarity_info,
    plot_associations,
    plot_dissimilarity,
    plot_family_cuts,
    plot_family_losses,
    plot_molchan,
    plot_protocol_scores,
    plot_region_scores,
    region_scores_info,
)


def associations() -> Figure:
    names = ("slab dip", "sediment", "curvature")
    effects = np.array([0.4, -0.2, 0.05])
    table = pd.DataFrame({"family": names, "feature": ("DIP", "SED_AVE", "K_MEAN"), "effect": effects})
    table = table.assign(low=effects - 0.15, high=effects + 0.2, p=[0.001, 0.03, 0.6])
    table["corrected_p"] = [0.01, 0.3, 1.0]
    return plot_associations(associations_info(table, label="Mw ≥ 8", level=0.04))


def dissimilarity() -> Figure:
    rng = np.random.default_rng(3)
    index = rng.gamma(4.0, 0.1, 240)
    errors = {"FCN": rng.gamma(2.0, 0.2 * (0.5 + index)), "region prior": rng.gamma(2.0, 0.25, 240)}
    return plot_dissimilarity(
        dissimilarity_info(
            index,
            errors,
            outside=index + rng.normal(0.0, 0.1, 240) > 0.8,
            weights=rng.poisson(1.0, (100, 24)).repeat(10, axis=1),
            threshold=0.75,
        )
    )


def family_cuts() -> Figure:
    names, cuts = ("slab dip", "sediment", "curvature"), (7.5, 8.0, np.nan)
    table = pd.DataFrame([(name, cut) for name in names for cut in cuts], columns=["family", "threshold"])
    table = table.assign(effect=np.linspace(-0.4, 0.5, 9), p=np.linspace(0.01, 0.9, 9))
    return plot_family_cuts(table, label="MW_1904")


def family_losses() -> Figure:
    table = pd.DataFrame({"family": ("slab dip", "sediment", "curvature"), "loss": 0.5})
    table = table.assign(without=[0.58, 0.52, 0.49], without_low=[0.53, 0.48, 0.46])
    table = table.assign(without_high=[0.64, 0.55, 0.51])
    return plot_family_losses(table.assign(p=[0.003, 0.2, 0.7], corrected_p=[0.01, 0.4, 0.7]))


def molchan() -> Figure:
    alarm = np.linspace(0.0, 1.0, 21)
    curves = {"FCN": (alarm, (1.0 - alarm) ** 2), "nearest segment": (alarm, 1.0 - alarm)}
    return plot_molchan(curves, events=12)


def protocols() -> Figure:
    models, columns = ("FCN", "extra trees", "guess by class shares"), ("random", "seed 200 km", "regions")
    table = pd.DataFrame([(one, two) for two in columns for one in models], columns=["model", "protocol"])
    value = np.linspace(0.9, 0.4, 9)
    table = table.assign(value=value, low=value - 0.1, high=value + 0.08, null="spectral signs")
    table = table.assign(null_value=value - np.linspace(-0.1, 0.2, 9), p=np.linspace(0.9, 0.01, 9))
    table.loc[table["model"] == "guess by class shares", ["null_value", "p"]] = np.nan
    return plot_protocol_scores(table, metric="macro-F1")


def region_scores() -> Figure:
    models, regions = ("FCN", "nearest segment", "region prior"), ("sam", "kur", "man")
    table = pd.DataFrame([(one, two) for two in regions for one in models], columns=["model", "region"])
    table["segments"] = table["region"].map({"sam": 120, "kur": 60, "man": 51})
    table["ruptures"] = table["region"].map({"sam": 12, "kur": 7, "man": 0})
    value = np.linspace(0.3, 0.05, 9)
    table = table.assign(value=value, low=value * 0.7, high=value * 1.4)
    return plot_region_scores(region_scores_info(table, networks=["FCN"], label="Brier score"))
