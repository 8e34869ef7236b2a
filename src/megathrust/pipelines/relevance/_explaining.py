"""What networks that are trained to be explained use: rankings with their scatter, validation and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from megathrust.core import FloatArray, InputError, fill_missing
from megathrust.evaluation import Prediction, held_out_family_signs
from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    ExplainedModel,
    ExplainedStack,
    Relevance,
    complexity,
    conservation,
    feature_flipping,
    fit_rank_logistic,
    left_over,
    occlusion,
    parameter_randomisation,
    rank_agreement,
    rank_correlation,
    relevance_spread,
    sparseness,
    spread_sources,
)
from megathrust.features import ColumnDefinition
from megathrust.models import FCNStack
from megathrust.pipelines.relevance._dataset import families_of, relevance_dataset, summed
from megathrust.pipelines.relevance._effects import family_effects
from megathrust.pipelines.relevance._record import Explanation
from megathrust.pipelines.relevance._stack import (
    ENCODING_NAMES,
    HeldOut,
    explain_held_out,
    held_out_rows,
    joined,
)
from megathrust.splits import Fold
from megathrust.table import SEISMICITY_PREFIX, FeatureTable

#: Largest corrected p of a family that stands.
LEVEL = 0.05
#: Least rank correlation between encodings of a ranking that stands.
AGREEMENT = 0.5
# Name of the ranking without networks beside those of methods.
_SPARSE = "sparse logistic on ranks"


@dataclass(frozen=True)
class Asked:
    """What an explanation is made of.

    Attributes
    ----------
    table : FeatureTable
        Complete rows.
    folds : sequence of Fold
    whole_ruptures : bool
        Whether no rupture lies both in training and in test rows of a fold.
    stacks : mapping of str to FCNStack
        By encoding, as many members for every fold, fold by fold.
    observed : ndarray, shape (rows,)
        Class or magnitude.
    methods : sequence of str
        Of `megathrust.explanation.ATTRIBUTIONS`, the leading one first.
    options : AttributionOptions
    contrast : str
    randomised : mapping of str to FCNStack
        By encoding, networks that were trained on labels that know nothing of the features; may be empty.
    """

    table: FeatureTable
    folds: Sequence[Fold]
    whole_ruptures: bool
    stacks: Mapping[str, FCNStack]
    observed: np.ndarray
    methods: Sequence[str]
    options: AttributionOptions
    contrast: str = "log-odds"
    randomised: Mapping[str, FCNStack] = field(default_factory=dict)


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
    found = {method: _by_method(asked, features, held_out, method) for method in asked.methods}
    single = [each for each in found.values() if each.features.shape[-1] == len(columns)]
    if not single:
        raise InputError(
            "no method explains single features",
            given=", ".join(asked.methods),
            action="add one that does, such as relative-lrp",
        )
    encodings = _encodings(asked)
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
    between = _between_encodings(by_family[asked.methods[0]], encodings)
    ranking = _of_families(asked, held_out, by_family, families, encodings, between, seed)
    of_features = _ranking(by_feature, encodings, scenario, [each.name for each in columns], "feature")
    of_features.insert(1, "family", families)
    if sparse is not None:
        of_features["sparse_spread"] = relevance_spread(sparse)
    standing = dict(zip(ranking["family"], ranking["stands"], strict=True))
    of_features["family_stands"] = [standing[name] for name in families]
    leading = of_features.loc[of_features.groupby("family", sort=False)["spread"].idxmax()]
    order = ranking.sort_values("spread", ascending=False, kind="stable")["family"]
    lead = leading.set_index("family")["feature"]
    effects = family_effects(
        asked.stacks,
        features,
        asked.folds,
        table.feature_names,
        {name: str(lead[name]) for name in order},
        contrast=asked.contrast,
    )
    checks = {
        "rank_correlation_between_encodings": between,
        "rank_correlation_between_encodings_features": _between_encodings(by_feature, encodings),
        "agreement_of_single_networks": {
            name: _single_networks(by_feature[[each == name for each in encodings]], scenario)
            for name in dict.fromkeys(encodings)
        },
        **_checks(asked, features, held_out, found, families, seed),
        **_label_randomisation(asked, features, held_out),
    }
    return Explanation(
        dataset,
        ranking.sort_values("spread", ascending=False, kind="stable", ignore_index=True),
        of_features.sort_values("spread", ascending=False, kind="stable", ignore_index=True),
        effects,
        rank_agreement(_rankings(by_family, encodings, scenario)),
        checks,
    )


def _encodings(asked: Asked) -> list[str]:
    """Return the encoding of every member of all stacks, in words."""
    count = _per_fold(asked)
    return [ENCODING_NAMES.get(name, name) for name in asked.stacks for _ in range(count)]


def _per_fold(asked: Asked) -> int:
    return next(iter(asked.stacks.values())).members // len(asked.folds)


def _scenarios(asked: Asked) -> np.ndarray:
    """Return the fold that tests each held-out row."""
    return np.repeat([fold.name for fold in asked.folds], [len(fold.test) for fold in asked.folds])


def _dataset(
    asked: Asked,
    found: Mapping[str, Relevance],
    held_out: HeldOut,
    columns: Sequence[ColumnDefinition],
    encodings: Sequence[str],
) -> xr.Dataset:
    explained = ExplainedStack(next(iter(asked.stacks.values())), asked.contrast)
    return relevance_dataset(
        found,
        explained,
        columns,
        asked.table.frame.iloc[held_out.rows],
        held_out.backgrounds,
        members={"encoding": encodings, "network": list(range(_per_fold(asked))) * len(asked.stacks)},
        segments={"scenario": _scenarios(asked), "observed": asked.observed[held_out.rows]},
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
    ranking = _ranking(leading, encodings, _scenarios(asked), names, "family")
    ranking = _judged(ranking.join(_signs(asked, held_out, leading, seed)), asked, between)
    if _SPARSE in by_family:
        ranking["sparse_spread"] = relevance_spread(by_family[_SPARSE][0])
        ranking["sparse_corrected_p"] = _signs(asked, held_out, by_family[_SPARSE], seed)["corrected_p"]
    ranking.insert(1, "features", [list(families).count(name) for name in ranking["family"]])
    return ranking


def _by_method(asked: Asked, features: FloatArray, held_out: HeldOut, method: str) -> Relevance:
    parts = [
        explain_held_out(
            stack,
            features,
            asked.folds,
            held_out.backgrounds,
            method,
            asked.options,
            contrast=asked.contrast,
        )
        for stack in asked.stacks.values()
    ]
    return joined(parts, axis=0)


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


def _ranking(
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


def _between_encodings(relevance: FloatArray, encodings: Sequence[str]) -> float:
    """Return the least rank correlation between the rankings of two encodings; NaN with one."""
    spreads = [
        relevance_spread(relevance[[each == name for each in encodings]].mean(0))
        for name in dict.fromkeys(encodings)
    ]
    pairs = [rank_correlation(a, b) for number, a in enumerate(spreads) for b in spreads[number + 1 :]]
    return min(pairs) if pairs else float("nan")


def _single_networks(relevance: FloatArray, scenario: np.ndarray) -> float:
    """Return the mean rank correlation of single networks' rankings, each of another scenario.

    Every network ranks by the segments that it never saw; NaN with one scenario.
    """
    folds = list(dict.fromkeys(scenario))
    found = []
    for network in relevance:
        spreads = [relevance_spread(network[scenario == fold]) for fold in folds]
        found += [rank_correlation(a, b) for number, a in enumerate(spreads) for b in spreads[number + 1 :]]
    return float(np.mean(found)) if found else float("nan")


def _label_randomisation(asked: Asked, features: FloatArray, held_out: HeldOut) -> dict[str, float]:
    """Return the rank correlation of rankings of features with those of networks that learnt random labels.

    Near 0 where relevance tells of what labels teach; near 1 where it tells of the features alone (Adebayo et
    al. 2018, arXiv:1810.03292, data randomisation).
    """
    method = next((each for each in asked.methods if each not in ("shapley", "occlusion")), asked.methods[0])
    numbers = {}
    for name, drawn in asked.randomised.items():
        both = [
            explain_held_out(
                stack,
                features,
                asked.folds,
                held_out.backgrounds,
                method,
                asked.options,
                contrast=asked.contrast,
            ).features[:, -1]
            for stack in (asked.stacks[name], drawn)
        ]
        spreads = [relevance_spread(each).mean(0) for each in both]
        numbers[f"label_randomisation_{ENCODING_NAMES.get(name, name)}"] = rank_correlation(*spreads)
    return numbers


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
            reasons.append(f"not right on held-out segments beyond chance (corrected p > {LEVEL:g})")
        elif between < AGREEMENT:
            reasons.append(f"encodings disagree (rank correlation {between:.2f} < {AGREEMENT:g})")
        else:
            reasons.append("")
    return ranking.assign(stands=[not reason for reason in reasons], reason=reasons)


def _rankings(
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


def _checks(
    asked: Asked,
    features: FloatArray,
    held_out: HeldOut,
    found: Mapping[str, Relevance],
    families: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for method, each in found.items():
        mean = each.features[:, -1].mean(0)
        numbers[method] = {
            "conservation": conservation(each),
            "left_over": left_over(each),
            "complexity": float(complexity(mean).mean()),
            "sparseness": float(sparseness(mean).mean()),
        }
    # Of the first fold, so that checks cost less than what they check.
    fold = asked.folds[0]
    background = held_out.backgrounds[fold.name]
    rows = fill_missing(features[fold.test], features[fold.train])
    for name, stack in asked.stacks.items():
        count = stack.members // len(asked.folds)
        own = ExplainedStack(stack.select(range(count)), asked.contrast)
        label = ENCODING_NAMES.get(name, name)
        attribution = ATTRIBUTIONS[asked.methods[0]]
        there = attribution(own, rows, background, asked.options)
        relevance = there.features[:, 0].mean(0)
        groups = None if relevance.shape[1] == len(families) else families
        numbers[f"flipping_{label}"] = {}
        for fill in ("median", "conditional"):
            ours, chance = feature_flipping(
                own, rows, relevance, background, groups=groups, fill=fill, orders=3, seed=seed
            )
            numbers[f"flipping_{label}"][fill] = {
                "by_relevance": float(ours.mean()),
                "at_random": float(chance.mean()),
            }
        numbers[f"parameter_randomisation_{label}"] = parameter_randomisation(
            own, rows, background, attribution, asked.options, seed=seed
        )
    return numbers
