"""Figures of relevance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from megathrust.explanation import relevance_spread
from megathrust.pipelines.relevance import summed
from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import Run
from megathrust.plots import (
    AgreementInfo,
    plot_agreement,
    plot_ranking,
    plot_region_heat,
    ranking_info,
    region_heat_info,
)

# How many features a figure can show and still be read.
_FEATURES_SHOWN = 25


def _why(run: Run) -> str:
    """Return, for captions, why grey rows are grey."""
    reasons = sorted({str(each) for each in run.explained("families")["reason"] if each})
    return f"Grey: {'; '.join(reasons)}." if reasons else ""


def _how(run: Run) -> str:
    dataset = run.explanation
    between = run.checks["rank_correlation_between_encodings"]
    return (
        f"{dataset.sizes['member']} networks per scenario on all features, trained to be explained, whole "
        f"ruptures held out where possible; {dataset['method'].to_numpy()[0]}, rule {dataset.attrs['rule']}; "
        f"rank correlation between encodings {'not known' if between is None else f'{between:.2f}'}."
    )


@FIGURES.register("relevance")
def relevance(run: Run) -> Iterator[Drawing]:
    """Draw what explaining networks use: families, features, regions, and how rankings agree."""
    dataset, families = run.explanation, run.explained("families")
    unit, quantity = dataset.attrs["unit"], str(dataset["class"].to_numpy()[-1])
    note = " ".join([_how(run), _why(run)])
    features = run.explained("features")
    for name, table, what in (
        ("relevance_families", families, "Families of features"),
        ("relevance_features", features, "Features"),
    ):
        info = ranking_info(table, unit=unit, count=_FEATURES_SHOWN)
        yield Drawing(
            "relevance",
            name,
            partial(plot_ranking, info, title=f"{what} by the spread of their relevance, {quantity}"),
            f"{what} ranked by the spread of their relevance, with scatter by networks, folds and encodings.",
            note,
            info,
        )
    mean = dataset["family_relevance"].isel({"method": 0, "class": -1}).mean("member")
    order = list(families["family"])
    by_region = region_heat_info(
        mean.sel(family=order).to_numpy(),
        [str(name) for name in dataset["region"].to_numpy()],
        order,
        list(families["stands"]),
        unit=unit,
    )
    yield Drawing(
        "relevance",
        "relevance_regions",
        partial(plot_region_heat, by_region, title=f"Mean relevance by region, {quantity}"),
        "Heat map of the mean relevance of every family in every region.",
        note,
        by_region,
    )
    agreement = AgreementInfo(run.explained("agreement"))
    yield Drawing(
        "relevance",
        "relevance_agreement",
        partial(plot_agreement, agreement, title="Rank correlation of rankings of families"),
        "Matrix of rank correlations between rankings by encoding, networks, folds and method.",
        "A ranking of which other networks, folds, encodings or methods know nothing says nothing.",
        agreement,
    )


@FIGURES.register("relevance of the predicting networks")
def predicting(run: Run) -> Iterator[Drawing]:
    """Draw what the predicting networks use, given that they see it, with how many saw it."""
    dataset = run.relevance
    names = [str(name) for name in dataset["feature_family"].to_numpy()]
    features = [str(name) for name in dataset["feature"].to_numpy()]
    names = [family or name for family, name in zip(names, features, strict=True)]
    values = dataset["relevance"].to_numpy().astype(np.float64)
    families = list(dict.fromkeys(names))
    spread = relevance_spread(summed(values[:, -1].mean(0), names))
    table = pd.DataFrame({"family": families, "spread": spread})
    subset = run.fits[0].stack.subset
    share = np.ones(len(features))
    if subset is not None:
        drawn = np.bincount(subset.chosen.numpy().ravel(), minlength=len(features))
        share = drawn / len(subset.chosen)
    table["share_of_networks"] = [
        float(np.mean(share[[name == family for name in names]])) for family in families
    ]
    table = table.assign(
        networks=np.nan,
        folds=np.nan,
        encodings=np.nan,
        corrected_p=np.nan,
        stands=False,
        family=[
            f"{name} (seen by {seen:.0%})"
            for name, seen in zip(families, table["share_of_networks"], strict=True)
        ],
    )
    info = ranking_info(table, unit="logit")
    yield Drawing(
        "relevance",
        "relevance_predicting",
        partial(plot_ranking, info, title="Families in the predicting networks, given that they saw them"),
        "Families ranked by the spread of their relevance in the networks that predict.",
        "Networks that predict see features that were drawn by what they tell of the label: the ranking "
        "follows the draw, and is no finding. In brackets the mean share of networks that saw a feature.",
        info,
    )
