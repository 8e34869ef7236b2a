"""The stage that trains networks to be explained, and says what of their relevance stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from megathrust.core import InputError, write_csv, write_json
from megathrust.explanation import AttributionOptions
from megathrust.models import FCNStack, derived_seed
from megathrust.pipelines.experiment import Experiment, train_members
from megathrust.pipelines.relevance import (
    Asked,
    Explanation,
    explain_networks,
    explaining,
    explaining_members,
    families_of,
)
from megathrust.pipelines.run._folder import EXPLANATION, Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Work, write_netcdf
from megathrust.splits import SPLITTERS, Fold, SplitOptions

# Ruptures that reach across are not enough: neighbours of a rupture know of it as well.
_LEAST_EXCLUSION_KM = 100.0


def _explain(run: Run, work: Work) -> None:
    write_explanation(run, explanation_of(run.experiment, run, work))


def explanation_of(experiment: Experiment, run: Run, work: Work) -> Explanation:
    """Train networks on all features, in every encoding, with whole ruptures held out, and explain them."""
    settings, task = run.config.relevance, run.tasks[0]
    folds, whole = rupture_folds(experiment)
    features = experiment.rows.features
    stacks: dict[str, FCNStack] = {}
    for encoding in settings.encodings:
        own = replace(task, network=explaining(task.network, encoding))
        members = explaining_members(own.network, folds, settings.members, derived_seed(task.seed, encoding))
        name, title = f"explaining-{encoding}", f"networks to explain, {encoding}"
        stacks[encoding] = train_members(features, own, members, work, name=name, title=title).stack
    table = experiment.table
    groups = tuple(families_of([table.columns[name] for name in table.feature_names]))
    asked = Asked(
        table,
        folds,
        whole,
        stacks,
        task.leading.observed,
        settings.methods,
        AttributionOptions(rule=settings.rule, epsilon=settings.epsilon, groups=groups),
    )
    return explain_networks(asked, seed=derived_seed(task.seed, "explanation"))


def rupture_folds(experiment: Experiment) -> tuple[tuple[Fold, ...], bool]:
    """Return folds that hold out whole ruptures, and True; those of the run, where there are none."""
    if getattr(experiment.splitter, "whole_ruptures", False):
        return experiment.folds, True
    protocol = experiment.config.protocol.model_dump()
    protocol.pop("kind")
    protocol["exclusion_km"] = max(protocol["exclusion_km"], _LEAST_EXCLUSION_KM)
    try:
        folds = SPLITTERS["rupture-grouped"](SplitOptions(**protocol)).split(experiment.table)
    except InputError:
        return experiment.folds, False
    classes = experiment.classes
    if any(len(set(classes[fold.train])) < 2 for fold in folds):
        return experiment.folds, False
    return tuple(folds), True


def write_explanation(run: Run, found: Explanation) -> None:
    """Write the record, the rankings and the checks."""
    write_netcdf(found.dataset, run.folder / EXPLANATION)
    agreement = found.agreement.rename_axis("ranking").reset_index()
    for name, table in (
        ("families", found.families),
        ("features", found.features),
        ("agreement", agreement),
    ):
        write_csv(run.folder / f"explanation_{name}.csv", table)
    write_json(
        run.folder / "explanation.json", {"sentences": found.sentences, "checks": _known(found.checks)}
    )


def _known(checks: Any) -> Any:
    """Return numbers as JSON has them: what is not known is null."""
    if isinstance(checks, Mapping):
        return {name: _known(each) for name, each in checks.items()}
    return checks if math.isfinite(checks) else None


EXPLAINING: Stage = Stage(
    name="explanation",
    after=("networks",),
    settings=("relevance",),
    writes=(EXPLANATION, "explanation*.csv", "explanation.json"),
    compute=_explain,
)
