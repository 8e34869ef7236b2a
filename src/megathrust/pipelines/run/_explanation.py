"""The stages that train networks to be explained, and say what of their relevance stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from megathrust.core import InputError, write_csv, write_json
from megathrust.explanation import AttributionOptions
from megathrust.models import FCNStack, derived_seed
from megathrust.pipelines.experiment import Experiment, arrays_of, fit_of, make_world, train_members
from megathrust.pipelines.relevance import (
    Asked,
    Explanation,
    compared_heat_map,
    explain_networks,
    explaining,
    explaining_members,
    families_of,
)
from megathrust.pipelines.run._folder import COMPARED, EXPLANATION, Run
from megathrust.pipelines.run._networks import write_arrays
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.tasks import Task
from megathrust.pipelines.work import Work, write_netcdf
from megathrust.splits import SPLITTERS, Fold, SplitOptions

# Ruptures that reach across are not enough: neighbours of a rupture know of it as well.
_LEAST_EXCLUSION_KM = 100.0

_RANDOM_LABELS = "ruptures laid out anew"


def _train(run: Run, work: Work) -> None:
    """Train networks on all features, in every encoding, with whole ruptures held out."""
    settings, experiment = run.config.explaining, run.experiment
    folds, _ = rupture_folds(experiment)
    for encoding in settings.encodings:
        task = _task(run, encoding)
        seed = derived_seed(task.seed, encoding)
        members = explaining_members(task.network, folds, settings.members, seed)
        name, title = f"explaining-{encoding}", f"networks to explain, {encoding}"
        fit = train_members(experiment.rows.features, task, members, work, name=name, title=title)
        write_arrays(run, name, task, arrays_of(fit))
        if settings.randomised:
            _train_randomised(run, work, task, encoding, folds)


def _train_randomised(run: Run, work: Work, task: Task, encoding: str, folds: Sequence[Fold]) -> None:
    """Train networks on labels of ruptures laid out anew, for the check of labels."""
    name, seed = f"explaining-random-{encoding}", derived_seed(task.seed, encoding, "random labels")
    world = make_world(run.experiment, _RANDOM_LABELS, seed)
    fit = train_members(
        run.experiment.rows.features,
        task,
        explaining_members(task.network, folds, run.config.explaining.randomised, seed),
        work,
        name=name,
        title=f"networks on random labels, {encoding}",
        labelled=world.labelled,
    )
    write_arrays(run, name, task, arrays_of(fit))


def _task(run: Run, encoding: str) -> Task:
    """Return the leading task, asked of networks on all features in one encoding."""
    task = run.tasks[0]
    return replace(task, network=explaining(task.network, encoding))


def _explain(run: Run, work: Work) -> None:
    asked, settings = _asked(run), run.config.relevance
    found = explain_networks(asked, seed=derived_seed(run.tasks[0].seed, "explanation"))
    write_explanation(run, found)
    if settings.normalisation is not None:
        classes = len(run.config.thresholds) + 1
        heat_map = compared_heat_map(asked, settings.normalisation, classes)
        write_csv(run.folder / f"{COMPARED}.csv", heat_map)


def _asked(run: Run) -> Asked:
    """Return the networks that were trained to be explained, and how."""
    settings, task, experiment = run.config.relevance, run.tasks[0], run.experiment
    folds, whole = rupture_folds(experiment)
    table, width = experiment.table, experiment.rows.features.shape[1]
    stacks: dict[str, FCNStack] = {}
    randomised: dict[str, FCNStack] = {}
    for encoding in run.config.explaining.encodings:
        own = _task(run, encoding)
        stacks[encoding] = fit_of(run.arrays(f"explaining-{encoding}", own), own, width).stack
        if run.config.explaining.randomised:
            arrays = run.arrays(f"explaining-random-{encoding}", own)
            randomised[encoding] = fit_of(arrays, own, width).stack
    target = table.columns[table.target()]
    number = ("magnitude", "Mw") if table.is_magnitude() else (target.name, target.unit)
    groups = tuple(families_of([table.columns[name] for name in table.feature_names]))
    return Asked(
        table,
        folds,
        whole,
        stacks,
        task.leading.observed,
        settings.methods,
        AttributionOptions(rule=settings.rule, epsilon=settings.epsilon, groups=groups),
        randomised=randomised,
        number=number,
    )


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
        ("effects", found.effects),
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
    name="explaining",
    # It trains networks of its own: only what they are like comes from that stage.
    after=("networks",),
    settings=("explaining",),
    writes=("artefacts/explaining-*.safetensors",),
    compute=_train,
)

EXPLANATION_STAGE: Stage = Stage(
    name="explanation",
    after=("explaining",),
    settings=("relevance",),
    writes=(EXPLANATION, "explanation*.csv", "explanation.json"),
    compute=_explain,
    # 2: sums of signs spread wider, since chunks are in each other's training rows.
    method=2,
)
