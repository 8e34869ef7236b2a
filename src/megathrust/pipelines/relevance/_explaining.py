"""What networks that are trained to be explained use: rankings with their scatter, validation and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from megathrust.core import FloatArray, InputError, fill_missing
from megathrust.evaluation import Prediction, held_out_family_signs
from megathrust.explanation import (
    AttributionOptions,
    ExplainedModel,
    ExplainedStack,
    Relevance,
    fit_rank_logistic,
    occlusion,
    rank_agreement,
    relevance_spread,
)
from megathrust.features import ColumnDefinition
from megathrust.pipelines.relevance._asked import Asked
from megathrust.pipelines.relevance._checks import checks_of, label_randomisation
from megathrust.pipelines.relevance._dataset import families_of, relevance_dataset, summed
from megathrust.pipelines.relevance._effects import family_effects
from megathrust.pipelines.relevance._rankings import (
    between_encodings,
    compared_rankings,
    scattered_ranking,
    single_networks,
)
from megathrust.pipelines.relevance._record import Explanation
from megathrust.pipelines.relevance._stack import HeldOut, held_out_rows, joined
from megathrust.table import SEISMICITY_PREFIX

#: Largest corrected p of a family that stands.
LEVEL = 0.05
#: Least rank correlation between encodings of a ranking that stands.
AGREEMENT = 0.5
# Name of the ranking without networks beside those of methods.
_SPARSE = "sparse logistic on ranks"


def explain_networks(asked: Asked, *, seed: int = 0) -> Explanation:
    """Explain every held-out segment by networks that never saw it, rank, validate and check.

    Parameters
    ----------
    asked : Asked
    seed : int
        Of what the checks draw.

    Raises
    ------
    InputError
        If every method explains families as wholes.
    """
    table = asked.table
    features = table.features()
    columns = [table.columns[name] for name in table.feature_names]
    families = families_of(columns)
    held_out = held_out_rows(features, asked.folds)
    found = {
        method: joined([asked.explain(each, held_out, method) for each in asked.stacks.values()], axis=0)
        for method in asked.methods
    }
    single = [each for each in found.values() if each.features.shape[-1] == len(columns)]
    if not single:
        raise InputError(
            "no method explains single features",
            given=", ".join(asked.methods),
            action="add one that does, such as relative-lrp",
        )
    encodings = asked.encodings
    dataset = _dataset(asked, found, held_out, columns, encodings)
    # The quantity that leads: the highest class, or the magnitude.
    by_feature = single[0].features[:, -1]
    by_family = {
        method: each.features[:, -1]
        if each.features.shape[-1] != len(columns)
        else summed(each.features[:, -1], families)
        for method, each in found.items()
    }
    scenario = dataset["scenario"].to_numpy()
    sparse = _by_ranks(asked, features, held_out)
    if sparse is not None:
        by_family[_SPARSE] = summed(sparse, families)[None]
    between = between_encodings(by_family[asked.methods[0]], encodings)
    ranking = _of_families(asked, held_out, by_family, families, encodings, between, seed)
    of_features = scattered_ranking(
        by_feature, encodings, scenario, [each.name for each in columns], "feature"
    )
    of_features.insert(1, "family", families)
    if sparse is not None:
        of_features["sparse_spread"] = relevance_spread(sparse)
    standing = dict(zip(ranking["family"], ranking["stands"], strict=True))
    of_features["family_stands"] = [standing[name] for name in families]
    effects = _effects(asked, features, ranking, of_features)
    checks = {
        "rank_correlation_between_encodings": between,
        "rank_correlation_between_encodings_features": between_encodings(by_feature, encodings),
        "agreement_of_single_networks": {
            name: single_networks(by_feature[[each == name for each in encodings]], scenario)
            for name in dict.fromkeys(encodings)
        },
        **checks_of(asked, features, held_out, found, families, seed),
        **label_randomisation(asked, held_out),
    }
    return Explanation(
        dataset,
        ranking.sort_values("spread", ascending=False, kind="stable", ignore_index=True),
        of_features.sort_values("spread", ascending=False, kind="stable", ignore_index=True),
        effects,
        rank_agreement(compared_rankings(by_family, encodings, scenario)),
        checks,
    )


def _effects(
    asked: Asked, features: FloatArray, ranking: pd.DataFrame, of_features: pd.DataFrame
) -> pd.DataFrame:
    """Return the accumulated effect of the feature that leads each family."""
    leading = of_features.loc[of_features.groupby("family", sort=False)["spread"].idxmax()]
    lead = leading.set_index("family")["feature"]
    order = ranking.sort_values("spread", ascending=False, kind="stable")["family"]
    return family_effects(
        asked.stacks,
        features,
        asked.folds,
        asked.table.feature_names,
        {name: str(lead[name]) for name in order},
        contrast=asked.contrast,
    )


def _dataset(
    asked: Asked,
    found: Mapping[str, Relevance],
    held_out: HeldOut,
    columns: Sequence[ColumnDefinition],
    encodings: Sequence[str],
) -> xr.Dataset:
    explained = ExplainedStack(next(iter(asked.stacks.values())), asked.contrast, number=asked.number)
    return relevance_dataset(
        found,
        explained,
        columns,
        asked.table.frame.iloc[held_out.rows],
        held_out.backgrounds,
        members={"encoding": encodings, "network": list(range(asked.per_fold)) * len(asked.stacks)},
        segments={"scenario": asked.scenarios, "observed": asked.observed[held_out.rows]},
        more={"unit": explained.units[-1], "rule": asked.options.rule},
    )


def _of_families(
    asked: Asked,
    held_out: HeldOut,
    by_family: Mapping[str, FloatArray],
    families: Sequence[str],
    encodings: Sequence[str],
    between: float,
    seed: int,
) -> pd.DataFrame:
    """Return the ranking of families with its scatter, what the signs say, and which of them stand."""
    leading, names = by_family[asked.methods[0]], list(dict.fromkeys(families))
    ranking = scattered_ranking(leading, encodings, asked.scenarios, names, "family")
    ranking = _judged(ranking.join(_signs(asked, held_out, leading, seed)), asked, between)
    if _SPARSE in by_family:
        ranking["sparse_spread"] = relevance_spread(by_family[_SPARSE][0])
        ranking["sparse_corrected_p"] = _signs(asked, held_out, by_family[_SPARSE], seed)["corrected_p"]
    ranking.insert(1, "features", [list(families).count(name) for name in ranking["family"]])
    return ranking


def _by_ranks(asked: Asked, features: FloatArray, held_out: HeldOut) -> FloatArray | None:
    """Return what a sparse logistic regression on ranks says of the highest class, (rows, features).

    The method without networks that finds most of a known truth; none where classes are not asked, or a fold
    trains on one only.
    """
    if not np.issubdtype(asked.observed.dtype, np.integer):
        return None
    labels = (asked.observed == asked.observed.max()).astype(np.int64)
    if any(len(np.unique(labels[fold.train])) < 2 for fold in asked.folds):
        return None
    parts = []
    for fold in asked.folds:
        train = fill_missing(features[fold.train], features[fold.train])
        model = ExplainedModel(fit_rank_logistic(train, labels[fold.train]), features.shape[1])
        rows = fill_missing(features[fold.test], features[fold.train])
        found = occlusion(model, rows, held_out.backgrounds[fold.name], AttributionOptions())
        parts.append(found.features[0, 0])
    return np.concatenate(parts)


def _signs(asked: Asked, held_out: HeldOut, relevance: FloatArray, seed: int) -> pd.DataFrame:
    """Return statistic, p and corrected p of every family; NaN where nothing can be tested."""
    frame = asked.table.frame
    mean, parts, start = relevance.mean(0), [], 0
    for fold in asked.folds:
        parts.append(Prediction(fold.name, fold.test, mean[start : start + len(fold.test)]))
        start += len(fold.test)
    known = np.isfinite(asked.observed.astype(np.float64))
    observed = np.where(known, asked.observed, np.nanmin(asked.observed.astype(np.float64)))
    try:
        signs = held_out_family_signs(
            parts, observed, frame["region"].to_numpy(), frame["s_km"].to_numpy(), seed=seed
        )
    except InputError:
        nothing = np.full(mean.shape[1], np.nan)
        names = ("statistic", "p", "corrected_p", "beside_others_p")
        return pd.DataFrame(dict.fromkeys(names, nothing))
    return pd.DataFrame(
        {
            "statistic": signs.statistic,
            "p": signs.p,
            "corrected_p": signs.corrected,
            "beside_others_p": signs.beside,
        }
    )


def _judged(ranking: pd.DataFrame, asked: Asked, between: float) -> pd.DataFrame:
    """Say of every family whether it stands, and why not."""
    reasons = []
    dependent = {
        column.family or name
        for name, column in asked.table.columns.items()
        if name.startswith(SEISMICITY_PREFIX)
    }
    for row in ranking.itertuples():
        if row.family in dependent:
            reasons.append("features that leave out label events depend on the label")
        elif not asked.whole_ruptures:
            reasons.append("ruptures reach from training into test segments: nothing can be validated")
        elif not np.isfinite(row.corrected_p):
            reasons.append("no held-out chunk holds two labels")
        elif row.corrected_p > LEVEL:
            reasons.append(
                f"not shown to be right on held-out segments beyond chance (corrected p > {LEVEL:g})"
            )
        elif between < AGREEMENT:
            reasons.append(f"encodings disagree (rank correlation {between:.2f} < {AGREEMENT:g})")
        else:
            reasons.append("")
    return ranking.assign(stands=[not reason for reason in reasons], reason=reasons)
