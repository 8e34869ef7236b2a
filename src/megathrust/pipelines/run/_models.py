"""The stage that saves the networks of every task as a model, with everything that its card tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from megathrust.core import write_json
from megathrust.evaluation import ApplicabilityDomain
from megathrust.models import SavedModel, save_model
from megathrust.pipelines.experiment import (
    Answer,
    Judgement,
    domain_arrays,
    find_domain,
    run_record,
    segment_names,
    table_hash,
    versions,
)
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._likeness import feature_weights
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Work
from megathrust.sources import list_sources
from megathrust.table import FeatureTable


def _save(run: Run, work: Work) -> None:
    domain = find_domain(run.experiment, feature_weights(run))
    notes = _domain_notes(run, domain)
    for answer in run.answers:
        save_model(saved_model(run, answer, domain), run.folder / answer.task.model, overwrite=True)
    for judgement in run.judgements:
        notes |= judgement.calibration.notes()
    write_json(run.folder / "record.json", {**run_record(run.experiment, run.answers), **notes})


def _domain_notes(run: Run, domain: ApplicabilityDomain) -> dict[str, Any]:
    weights = run.config.applicability.weights
    return {"applicability": {"threshold": domain.threshold, "limit": domain.limit, "weights": weights}}


def saved_model(run: Run, answer: Answer, domain: ApplicabilityDomain) -> SavedModel:
    """Return the stack of an answer as a model that others can apply and judge."""
    experiment, task, roster = run.experiment, answer.task, answer.roster
    table = experiment.table
    names = segment_names(table)
    distance = experiment.splitter.exclusion_km
    notes: dict[str, Any] = {"title": task.title, **_domain_notes(run, domain)}
    if run.config.applicability.weights == "relevance" and task is not run.tasks[0]:
        notes["applicability"] |= {"weights": f"relevance of the networks of the task {run.tasks[0].name}"}
    arrays = domain_arrays(domain)
    if answer.fit.temperatures is not None:
        by_fold = zip(roster.fold_names, answer.fit.temperatures.tolist(), strict=True)
        notes["temperature"] = {fold: round(value, 4) for fold, value in by_fold}
    for judgement in answer.judgements:
        notes |= judgement.calibration.notes()
        arrays |= judgement.calibration.arrays()
    return SavedModel(
        stack=answer.fit.stack,
        feature_names=tuple(table.feature_names),
        feature_units=tuple(table.columns[name].unit for name in table.feature_names),
        thresholds=tuple(run.config.thresholds) if task.heads.classes else (),
        members=tuple(
            {"fold": fold, "seed": seed} for fold, seed in zip(roster.fold_names, roster.seeds, strict=True)
        ),
        folds={fold.name: tuple(names[fold.train].tolist()) for fold in experiment.folds},
        notes={
            "target": table.target(),
            "target_unit": table.columns[table.target()].unit,
            "target_long_name": table.columns[table.target()].long_name,
            "protocol": experiment.splitter.protocol,
            "exclusion_km": distance if np.isfinite(distance) else None,
            "training_regions": sorted(set(table.frame["region"])),
            "training_data": training_data(table),
            "may_be_missing": [name for name in table.feature_names if table.frame[name].isna().any()],
            "feature_sources": {name: table.columns[name].citation for name in table.feature_names},
            **notes,
            **_told(answer.judgements[0]),
            **_further(answer),
            "versions": versions(),
        },
        arrays=arrays,
    )


def _further(answer: Answer) -> dict[str, Any]:
    """Return scores and verdicts of what else the networks predict, if anything."""
    more = [_told(judgement) for judgement in answer.judgements[1:]]
    return {"further": more} if more else {}


def _told(judgement: Judgement) -> dict[str, Any]:
    """Return the mean scores of all models and the verdict, as the card tells them."""
    verdict = judgement.verdict
    return {
        "score": judgement.predictand.metric_name,
        "scored_over": judgement.over,
        "scores": [
            {"model": row.model, **{name: _number(getattr(row, name)) for name in ("value", "low", "high")}}
            for row in judgement.mean_scores().itertuples()
        ],
        "verdict": list(verdict.sentences),
        "verdict_passed": verdict.passed,
    }


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


MODELS: Stage = Stage(
    name="models",
    after=("networks", "answers", "relevance"),
    settings=("applicability",),
    writes=("model*/*", "record.json"),
    compute=_save,
)
