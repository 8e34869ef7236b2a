"""Figures of relevance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from megathrust.core import fill_missing
from megathrust.explanation import feature_clusters, relevance_spread
from megathrust.pipelines.relevance import families_of, summed
from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import KNOWN_TRUTH, Run
from megathrust.pipelines.run._segment_relevance import leading_quantity
from megathrust.plots import (
    AgreementInfo,
    benchmark_info,
    clusters_info,
    contrast_info,
    effects_info,
    plot_agreement,
    plot_benchmark,
    plot_clusters,
    plot_contrasts,
    plot_effects,
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
        f"rank correlation between encodings {'not known' if between is None else f'{between:.2f}'}. "
        f"{' '.join(run.known_truth)}"
    )


@FIGURES.register("relevance")
def relevance(run: Run) -> Iterator[Drawing]:
    """Draw what explaining networks use: families, features, regions, and how rankings agree."""
    dataset, families = run.explanation, run.explained("families")
    unit, quantity = dataset.attrs["unit"], leading_quantity(run)
    note = " ".join([_how(run), _why(run)])
    features = run.explained("features")
    for name, table, what in (
        ("relevance_families", _beside_claims(run, families), "Families of features"),
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
    yield from _of_segments(run, note)
    yield from _effects(run, note)
    yield _clusters(run)
    yield from _known_truth(run)
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


def _beside_claims(run: Run, families: pd.DataFrame) -> pd.DataFrame:
    """Put beside every family what the run's test without a model says of it."""
    known = {each["family"]: each["corrected_p"] for each in run.claims.get("families") or ()}
    if not known:
        return families
    return families.assign(claim_p=[float(known.get(name, np.nan)) for name in families["family"]])


def _of_segments(run: Run, note: str) -> Iterator[Drawing]:
    """Draw relevance against the value of the feature."""
    dataset, features = run.explanation, run.explained("features")
    relevance = dataset["relevance"].isel({"class": -1}).mean("member")
    values = relevance.transpose("method", "segment", "feature").to_numpy().astype(np.float64)
    single = values[np.isfinite(values).all(axis=(1, 2))][0]
    names = [str(name) for name in dataset["feature"].to_numpy()]
    frame = run.experiment.table.frame.set_index(["region", "segment"])
    place = pd.MultiIndex.from_arrays([dataset["region"].to_numpy(), dataset["segment_number"].to_numpy()])
    standing = dict(zip(features["feature"], features["family_stands"], strict=True))
    info = contrast_info(
        single,
        frame.loc[place, names].to_numpy(dtype=np.float64),
        names,
        [bool(standing[name]) for name in names],
        unit=dataset.attrs["unit"],
    )
    yield Drawing(
        "relevance",
        "relevance_contrast",
        partial(plot_contrasts, info, title="Relevance of every segment, by the value of the feature"),
        "Points for every held-out segment: relevance of a feature, coloured by the feature's value.",
        note,
        info,
    )


def _effects(run: Run, note: str) -> Iterator[Drawing]:
    """Draw accumulated effects of families beside published expectations of their signs."""
    table, families = run.explained("effects"), run.explained("families")
    columns = run.experiment.table.columns
    info = effects_info(
        table,
        stands=dict(zip(families["family"], families["stands"], strict=True)),
        units={name: columns[name].unit for name in dict.fromkeys(table["feature"])},
        unit=run.explanation.attrs["unit"],
    )
    sources = dict.fromkeys(f"{row.feature}: {row.source}." for row in table.itertuples() if row.source)
    yield Drawing(
        "relevance",
        "relevance_effects",
        partial(plot_effects, info, title="Accumulated effect of the leading feature of every family"),
        "Curves of the accumulated local effect of one feature of every family, with what is expected of it.",
        " ".join([note, "Expected:" if sources else "", *sources]),
        info,
    )


def _clusters(run: Run) -> Drawing:
    """Draw the tree of features that say nearly the same."""
    table = run.experiment.table
    names = list(table.feature_names)
    values = table.features()
    found = feature_clusters(fill_missing(values, values), names)
    families = families_of([table.columns[name] for name in names])
    info = clusters_info(found.tree, names, families, found.labels)
    return Drawing(
        "relevance",
        "feature_clusters",
        partial(plot_clusters, info, title="Features that go together, from the data alone"),
        "Dendrogram of the features by absolute rank correlation, with their families.",
        f"{len(table)} segments; complete linkage: every two features of a cluster correlate at least as "
        "strongly. What belongs to one of them networks may credit to another.",
        info,
    )


def _known_truth(run: Run) -> Iterator[Drawing]:
    """Draw what rankings hold of functions that were planted into the run's own features."""
    path = run.folder / f"{KNOWN_TRUTH}.csv"
    if not path.is_file():
        return
    table = pd.read_csv(path)
    first = table.iloc[0]
    chance = float(first["feature_hits_by_chance"]), float(first["family_hits_by_chance"])
    info = benchmark_info(table, chance=chance, active=int(first["active"]))
    yield Drawing(
        "relevance",
        "known_truth",
        partial(plot_benchmark, info),
        "Hits of methods among true features and families, in worlds of known truth.",
        " ".join(run.known_truth),
        info,
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
