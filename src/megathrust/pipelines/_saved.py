"""The model that a run leaves, with everything that its card tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import Verdict
from megathrust.models import FCNStack, SavedModel
from megathrust.pipelines._record import segment_names, table_hash, versions
from megathrust.sources import list_sources
from megathrust.table import FeatureTable

if TYPE_CHECKING:
    from megathrust.pipelines._magnitudes import MagnitudeResult
    from megathrust.pipelines._run import RunResult


def saved_model(result: RunResult) -> SavedModel:
    """Return the stack of a run as a model that others can apply and judge."""
    seeds = [member.seed for member in result.network_members()]
    safeguards = result.safeguards
    return _saved(
        result,
        result.fit.stack,
        seeds,
        result.config.thresholds,
        _told(result.macro_f1(), result.verdict) | safeguards.notes(),
        safeguards.arrays(),
    )


def saved_magnitude_model(result: RunResult, magnitudes: MagnitudeResult) -> SavedModel:
    """Return the stack that predicts the magnitude as a model of its own."""
    safeguards = result.safeguards
    notes = {name: value for name, value in safeguards.notes().items() if name != "class_sets"}
    if safeguards.weights == "relevance":
        notes["applicability"] |= {"weights": "relevance of the networks that classify"}
    notes |= _told(magnitudes.errors(), magnitudes.verdict) | magnitudes.ranges.notes()
    arrays = safeguards.domain_arrays() | magnitudes.ranges.arrays()
    title = "Model card: the largest observed magnitude of trench segments"
    return _saved(result, magnitudes.stack, magnitudes.seeds, (), {"title": title, **notes}, arrays)


def _told(scores: pd.DataFrame, verdict: Verdict) -> dict[str, Any]:
    """Return the mean scores of all models and the verdict, as the card tells them."""
    return {
        "score": verdict.metric,
        "scores": [
            {"model": row.model, **{name: _number(getattr(row, name)) for name in ("value", "low", "high")}}
            for row in scores.itertuples()
        ],
        "verdict": list(verdict.sentences),
        "verdict_passed": verdict.passed,
    }


def _saved(
    result: RunResult,
    stack: FCNStack,
    seeds: Sequence[int],
    thresholds: tuple[float, ...],
    notes: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
) -> SavedModel:
    """Return a stack with as many networks for every fold of a run as a model."""
    table = result.problem.table
    names = segment_names(table)
    per_fold = len(seeds) // len(result.folds)
    members = tuple(
        {"fold": result.folds[number // per_fold].name, "seed": seed} for number, seed in enumerate(seeds)
    )
    distance = result.splitter.exclusion_km
    return SavedModel(
        stack=stack,
        feature_names=tuple(table.feature_names),
        feature_units=tuple(table.columns[name].unit for name in table.feature_names),
        thresholds=thresholds,
        members=members,
        folds={fold.name: tuple(names[fold.train].tolist()) for fold in result.folds},
        notes={
            "target": table.target(),
            "target_long_name": table.columns[table.target()].long_name,
            "protocol": result.splitter.protocol,
            "exclusion_km": distance if np.isfinite(distance) else None,
            "training_regions": sorted(set(table.frame["region"])),
            "training_data": training_data(table),
            **notes,
            "versions": versions(),
        },
        arrays=dict(arrays),
    )


def training_data(table: FeatureTable) -> list[dict[str, str]]:
    """Return name, source and licence of what a table was made of, as far as its provenance tells.

    Files that the registry knows by key or hash carry its citation and licence, those of one citation and
    licence together; of others the hash is all that is known. The table itself is named by the hash of its
    rows.
    """
    provenance = table.provenance
    registered = list_sources()
    by_key = {source.key: source for source in registered}
    by_hash = {source.sha256: source for source in registered}
    named = [entry["key"] for entry in provenance.get("sources", ()) if isinstance(entry, Mapping)]
    hashes: Mapping[str, Any] = provenance.get("sha256", {})
    found = [by_key[key] for key in named if key in by_key]
    found += [by_hash[value] for value in hashes.values() if value in by_hash]
    groups: dict[tuple[str, str], list[str]] = {}
    for source in found:
        groups.setdefault((source.reference, source.licence), []).append(source.key)
    records = [
        {
            "name": keys[0] if len(keys) == 1 else f"{len(keys)} files such as {keys[0]}",
            "reference": reference,
            "licence": licence,
        }
        for (reference, licence), keys in groups.items()
    ]
    records += [
        {"name": name, "reference": f"own file, sha256 {value}", "licence": "not known to megathrust"}
        for name, value in hashes.items()
        if value not in by_hash
    ]
    whole = str(provenance.get("licence", "not stated by the table"))
    return [
        {"name": "the table", "reference": f"sha256 of its rows {table_hash(table)}", "licence": whole},
        *records,
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
