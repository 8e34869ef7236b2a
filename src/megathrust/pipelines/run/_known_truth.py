"""The stage that plants known functions into the run's own features and counts what rankings find of them."""

from __future__ import annotations

from dataclasses import replace

from megathrust.core import fill_missing, write_csv, write_json
from megathrust.models import derived_seed
from megathrust.pipelines.relevance import Benchmark, benchmark
from megathrust.pipelines.run._explanation import rupture_folds
from megathrust.pipelines.run._folder import KNOWN_TRUTH, Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Work

_NOT_ASKED = (
    "What such a list holds of a known truth on this table was not asked (settings known_truth: {worlds: 3}, "
    "or megathrust benchmark)."
)
_WITHOUT_NETWORKS = ("sparse logistic on ranks", "none")


def _plant(run: Run, work: Work) -> None:
    sentences = [_NOT_ASKED]
    if run.config.known_truth.worlds:
        found = known_truth_of(run, work)
        write_csv(run.folder / f"{KNOWN_TRUTH}_worlds.csv", found.table)
        means = found.summary()
        chance = dict(zip(("feature_hits_by_chance", "family_hits_by_chance"), found.chance, strict=True))
        write_csv(run.folder / f"{KNOWN_TRUTH}.csv", means.assign(**chance, active=found.active))
        leading = f"{_named(run.config.relevance.methods[0], run.config.relevance.rule)}", "both"
        sentences = [found.line(*each, half=None) for each in (leading, _WITHOUT_NETWORKS)]
    write_json(run.folder / f"{KNOWN_TRUTH}.json", {"sentences": sentences})


def known_truth_of(run: Run, work: Work) -> Benchmark:
    """Ask how much of a known truth the run's own methods find, on its features, folds and networks."""
    settings, experiment, relevance = run.config.known_truth, run.experiment, run.config.relevance
    folds, _ = rupture_folds(experiment)
    table = experiment.table
    names = list(table.feature_names)
    # A truth is a function of whole features; in place of a missing one stands what networks are given.
    whole = fill_missing(table.features(), table.features())
    table = replace(table, frame=table.frame.assign(**dict(zip(names, whole.T, strict=True))))
    return benchmark(
        table,
        folds,
        worlds=settings.worlds,
        encodings=run.config.explaining.encodings,
        candidates=[(each, relevance.rule if each.endswith("lrp") else "") for each in relevance.methods],
        members=settings.members,
        network=run.tasks[0].network,
        seed=derived_seed(run.tasks[0].seed, "known truth") % 1_000_000,
        work=work,
    )


def _named(method: str, rule: str) -> str:
    return f"{method}: {rule}" if method.endswith("lrp") else method


KNOWN_TRUTH_STAGE: Stage = Stage(
    name="known truth",
    after=("explaining",),
    settings=("relevance", "known_truth"),
    writes=(f"{KNOWN_TRUTH}*",),
    compute=_plant,
)
