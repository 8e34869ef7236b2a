"""Drop one family: networks beside networks for which the family says only what the others say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import (
    FloatArray,
    FolderKind,
    InputError,
    ProgressCallback,
    check_choice,
    short_repr,
    unknown_name,
    write_csv,
    write_json,
)
from megathrust.evaluation import log_losses, neighbour_log_odds, sequential_p_value
from megathrust.models import derived_seed
from megathrust.pipelines.experiment import (
    Experiment,
    Surrogate,
    fingerprint,
    make_experiment,
    networks_in,
)
from megathrust.pipelines.relevance import SMALL, families_of
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import Task, tasks_of
from megathrust.pipelines.work import Arrays, ProgressBars, StageStore, Work, open_engine, workplace
from megathrust.plots import plot_family_losses, save_figure
from megathrust.splits import Fold
from megathrust.table import MISSING_FAMILY, SEISMICITY_PREFIX, FeatureTable
from megathrust.worlds import World, keeping_missing, without_own

#: What networks are told besides the features: nothing (worlds keep what regions say), or the labels along
#: the trench as well.
BEYOND = ("region", "neighbours")
#: Corrected p at which a family is said to tell networks something.
LEVEL = 0.05
_TABLE, _ANSWER, _FIGURE = "family_losses.csv", "family_losses.json", "family_losses.png"
_FOLDER = FolderKind("losses without families", (_TABLE, _ANSWER), lambda folder: (_FIGURE,))
# Worlds of a round at least, so that all cores have work.
_ROUND = 4


@short_repr
@dataclass(frozen=True)
class FamilyLosses:
    """What networks lose on segments that they never saw, family by family.

    Attributes
    ----------
    table : DataFrame
        One row per family, the smallest p first: family, features (how many), loss (mean log loss per
        observation in nats, of networks on the table as it is), without (median of networks for which the
        family says nothing of its own), without_low, without_high (95 % of them), p, corrected_p (Holm),
        worlds.
    size : str
        What it rests on.
    beyond : {"region", "neighbours"}
        Beyond what a family must tell something.
    """

    table: pd.DataFrame
    size: str
    beyond: str = "region"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Which families tell networks something, and how sure that is."""
        shown = self.table[self.table["corrected_p"] <= LEVEL]
        first = self.table.iloc[0]
        named = ", ".join(shown["family"]) if len(shown) else "none"
        known = "the region" if self.beyond == BEYOND[0] else "the region, the neighbours' labels"
        return (
            f"Families that tell networks something of segments never seen, beyond {known} and what other "
            f"features say linearly (corrected p at most {LEVEL:g}): {named} ({self.size}). How often that "
            "errs, and what it can see: docs/claims.md.",
            f"Strongest: {first['family']}, log loss {first['loss']:.3f} beside {first['without']:.3f} "
            f"[{first['without_low']:.3f}, {first['without_high']:.3f}] without what it alone says, "
            f"p = {first['p']:.3g}, corrected {first['corrected_p']:.3g}.",
        )

    def content(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "sentences": list(self.sentences),
            "rests_on": self.size,
            "level": LEVEL,
            "beyond": self.beyond,
            "families": self.table.to_dict(orient="records"),
        }


def family_losses(
    table: FeatureTable,
    *,
    families: Sequence[str] | None = None,
    beyond: str = "region",
    threshold: float = 8.0,
    label: str | None = None,
    worlds: int = 499,
    exceedances: int = 5,
    network: dict[str, Any] | None = None,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> FamilyLosses:
    """Ask of every family whether networks do worse without what it alone says.

    Small networks on all features, whole ruptures held out at 100 km, are trained on the table as it is, and
    in worlds in which a family keeps only what the other features say of it linearly (`without_own`): a curve
    or a product of others counts as its own. A family tells something where held-out losses are smaller than
    in nearly all of its worlds. Worlds are drawn until
    ``exceedances`` of them do as well (Besag & Clifford 1991), ``worlds`` at most.

    Parameters
    ----------
    table : FeatureTable
    families : sequence of str, optional
        Chosen before looking; all by default. Features of seismicity depend on labels and take no part.
    beyond : {"region", "neighbours"}
        "neighbours": networks are given `neighbour_log_odds` as one more feature, in all worlds the same, so
        that a family must tell what the labels along the trench, as far away as those of held-out segments,
        do not.
    threshold : float
        Whether the largest observed Mw reached it.
    label : str, optional
        Label column; the table's first target by default.
    worlds, exceedances : int
        Holm's correction over all families needs more worlds than families / 0.05.
    network : mapping, optional
        Settings of the networks that differ, such as ``{"members": 5}``.
    seed : int
    out : path_like, optional
        Folder for ``family_losses.csv``, ``.json``, ``.png``. An interrupted call goes on from
        ``<out>.stages``.
    overwrite, progress, workers, processes, scheduler
        As for `megathrust.run`.

    Raises
    ------
    InputError
        If there is no such family, or only one.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> quick = {"members": 1, "hidden": [4], "epochs": 2}
    >>> found = family_losses(synthetic_table(), worlds=2, exceedances=1, network=quick)
    >>> sorted(found.table["family"])
    ['driver', 'noise']
    """
    check_choice("beyond", beyond, BEYOND)
    experiment = family_experiment(table, threshold=threshold, label=label, network=network, seed=seed)
    groups = family_columns(experiment, families)
    config = experiment.config
    with (
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        if out is None:
            with TemporaryDirectory() as place:
                work = Work(StageStore(Path(place), ""), bars, engine, config.device)
                return losses_of(experiment, groups, worlds, exceedances, work, beyond=beyond)
        with workplace(out, _FOLDER, overwrite=overwrite) as (folder, store):
            work = Work(store, bars, engine, config.device).keyed(fingerprint(experiment.table, config))
            found = losses_of(experiment, groups, worlds, exceedances, work, beyond=beyond)
            _write(found, folder)
            return found


def family_experiment(
    table: FeatureTable,
    *,
    threshold: float = 8.0,
    label: str | None = None,
    network: dict[str, Any] | None = None,
    seed: int = 0,
) -> Experiment:
    """Return small networks on all features but those of seismicity, whole ruptures held out at 100 km."""
    small = {
        "members": 3,
        "hidden": list(SMALL.hidden),
        "epochs": SMALL.epochs,
        "learning_rate": SMALL.learning_rate,
        "dropout": SMALL.dropout,
        "batch_size": SMALL.batch_size,
        "encoding": "none",
        "features_seen": None,
        "label_smoothing": 0.0,
    }
    config = load_config(
        protocol={"kind": "rupture-grouped", "exclusion_km": 100.0},
        network=small | dict(network or {}),
        thresholds=[threshold],
        label=label,
        seed=seed,
    )
    late = [name for name in table.feature_names if name.startswith(SEISMICITY_PREFIX)]
    return make_experiment(table.drop_columns(late, "depends on labels") if late else table, config)


def family_columns(experiment: Experiment, wanted: Sequence[str] | None = None) -> dict[str, list[int]]:
    """Return the columns of every family, or of those wanted."""
    table = experiment.table
    families = families_of([table.columns[name] for name in table.feature_names])
    groups = {
        name: [place for place, each in enumerate(families) if each == name]
        for name in dict.fromkeys(families)
        if name != MISSING_FAMILY
    }
    if len(groups) < 2:
        raise InputError(
            "all features are of one family: nothing is left without it",
            given=", ".join(groups) or "no feature",
        )
    for name in wanted or ():
        if name not in groups:
            raise unknown_name("family", name, groups)
    return {name: groups[name] for name in wanted or groups}


@dataclass(frozen=True)
class _Asked:
    experiment: Experiment
    task: Task
    columns: tuple[int, ...]
    seed: int
    beyond: str


def losses_of(
    experiment: Experiment,
    groups: dict[str, list[int]],
    most: int,
    exceedances: int,
    work: Work,
    *,
    beyond: str = "region",
) -> FamilyLosses:
    """Train networks with and without every family, worlds until p is settled; see `family_losses`."""
    (task,) = tasks_of(experiment.table, experiment.config)
    seed = experiment.config.seed
    real = _loss(_Asked(experiment, task, (), seed, beyond), 0, lambda done, total: None)["loss"][0]
    rows = []
    for name, columns in groups.items():
        asked = _Asked(experiment, task, tuple(columns), derived_seed(seed, "without", name), beyond)

        def wanted(done: Sequence[Arrays]) -> int:
            reached = sum(bool(arrays["loss"][0] <= real) for arrays in done)
            return max(exceedances - reached, _ROUND) if reached < exceedances else 0

        title = f"{task.name}, without {name}"
        done = work.compute_while(
            "without a family",
            _loss,
            asked,
            wanted=wanted,
            most=most,
            key=[name, beyond, float(real)],
            title=title,
        )
        losses = np.array([float(arrays["loss"][0]) for arrays in done])
        p, used = sequential_p_value(-real, -losses, exceedances=exceedances)
        low, middle, high = np.quantile(losses[:used], [0.025, 0.5, 0.975])
        rows.append((name, len(columns), real, middle, low, high, p, used))
    names = ["family", "features", "loss", "without", "without_low", "without_high", "p", "worlds"]
    table = pd.DataFrame(rows, columns=names).sort_values("p", kind="stable", ignore_index=True)
    table.insert(7, "corrected_p", _holm(table["p"].to_numpy()))
    size = f"{len(experiment.table)} segments, {experiment.ruptures_of_highest_class} ruptures"
    return FamilyLosses(table, size, beyond)


def _holm(p: FloatArray) -> FloatArray:
    """Correct increasing p-values for looking at all of them (Holm 1979)."""
    return np.minimum(np.maximum.accumulate(p * np.arange(len(p), 0, -1)), 1.0)


def _loss(asked: _Asked, number: int, advance: ProgressCallback) -> Arrays:
    """Return the held-out log loss of networks in one world: per observation, not per segment."""
    experiment, task = asked.experiment, asked.task
    seed = derived_seed(asked.seed, f"world {number}")
    world = World(experiment.rows.features, np.arange(len(experiment.table)), experiment.ruptures)
    if asked.columns:
        world = keeping_missing(without_own(asked.columns))(experiment.trenches, seed)
    surrogates = [Surrogate(world, experiment.folds, seed)]
    if asked.beyond == "neighbours":
        surrogates = [
            Surrogate(_with_neighbours(world, experiment, fold), (fold,), derived_seed(seed, fold.name))
            for fold in experiment.folds
        ]
    device = experiment.config.device
    worlds = networks_in(surrogates, task, task.members, device=device, progress=advance)
    said = [each for world_said in worlds for each in world_said[task.leading.name]]
    rows = np.concatenate([each.rows for each in said])
    chance = np.concatenate([each.predicted for each in said])
    surprise = log_losses(experiment.classes[rows], chance)
    units = experiment.units[rows]
    # A rupture of twenty segments is one observation, and so is the run of segments between two of them.
    counts = np.bincount(units)
    means = np.bincount(units, weights=surprise)[counts > 0] / counts[counts > 0]
    return {"loss": np.array([means.mean()])}


def _with_neighbours(world: World, experiment: Experiment, fold: Fold) -> World:
    """Return a world with one more feature: what the fold's training labels along the trench say."""
    said = neighbour_log_odds(
        experiment.classes > 0,
        experiment.ruptures,
        experiment.rows.region,
        experiment.rows.s_km,
        fold.train,
        exclusion_km=experiment.config.protocol.exclusion_km,
    )
    return replace(world, features=np.column_stack([world.features, said]))


def _write(found: FamilyLosses, folder: Path) -> None:
    write_csv(folder / _TABLE, found.table)
    write_json(folder / _ANSWER, found.content())
    save_figure(plot_family_losses(found.table), folder / _FIGURE, caption=" ".join(found.sentences))
