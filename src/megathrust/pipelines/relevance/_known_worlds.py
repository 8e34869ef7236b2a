"""Worlds of known truth: what methods find of functions that are planted into a table's own features."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, ProgressCallback, check_range
from megathrust.explanation import (
    AttributionOptions,
    ExplainedModel,
    fit_rank_logistic,
    occlusion,
    relevance_spread,
    tree_permutation,
)
from megathrust.models import Heads
from megathrust.pipelines.experiment import versions
from megathrust.pipelines.relevance._benchmark import COLUMNS, Benchmark
from megathrust.pipelines.relevance._dataset import families_of, summed
from megathrust.pipelines.relevance._stack import (
    ENCODING_NAMES,
    ENCODINGS,
    HeldOut,
    explain_held_out,
    explaining,
    explaining_members,
    held_out_rows,
)
from megathrust.pipelines.work import Arrays, Work, passing_work
from megathrust.splits import SPLITTERS, Fold, SplitOptions
from megathrust.table import FeatureTable, complete
from megathrust.training import Network, Targets, fit_stack, single_threaded
from megathrust.worlds import TRUTHS, KnownTruth, known_truth

#: Settings of the networks of the benchmark: small, so that many worlds can be trained.
SMALL = Network(hidden=(64, 64), learning_rate=5e-3, dropout=0.3, batch_size=128, epochs=40, encoding_units=8)
#: Methods and rules that are compared; those of one name are averaged over both encodings as well.
CANDIDATES: tuple[tuple[str, str], ...] = (
    ("relative-lrp", "epsilon"),
    ("relative-lrp", "epsilon-gamma"),
    ("relative-lrp", "epsilon-plus"),
    ("lrp", "epsilon"),
    ("lrp", "epsilon-plus"),
    ("lrp", "epsilon-alpha-beta"),
    ("lrp", "epsilon-gamma-box"),
    ("gradient-times-input", ""),
    ("integrated-gradients", ""),
    ("occlusion", ""),
    ("shapley", ""),
)
_WITHOUT_NETWORKS = (("sparse logistic on ranks", "none"), ("extra trees, permuted", "none"))
_ACTIVE = 5

# Kind of truth and number of the world.
_World = tuple[str, int]


@dataclass(frozen=True)
class _Planting:
    """Where truths are planted, and who looks for them."""

    features: FloatArray
    families: tuple[str, ...]
    folds: tuple[Fold, ...]
    held_out: HeldOut
    active: int
    encodings: tuple[str, ...]
    candidates: tuple[tuple[str, str], ...]
    members: int
    network: Network
    seed: int

    @property
    def fingerprint(self) -> str:
        """A hash of all that a world's numbers depend on."""
        settings = [self.families, self.active, self.encodings, self.candidates, self.members, self.seed]
        text = json.dumps([settings, dataclasses.asdict(self.network), versions()], sort_keys=True)
        found = hashlib.sha256(text.encode())
        for array in (self.features, *(rows for fold in self.folds for rows in (fold.train, fold.test))):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()

    @property
    def searched(self) -> list[tuple[str, str]]:
        """Method and encoding of everything that networks say, in the order in which they say it."""
        return [
            (f"{method}: {rule}" if rule else method, encoding)
            for method, rule in self.candidates
            for encoding in (*(ENCODING_NAMES[each] for each in self.encodings), "both")
        ]

    def truth(self, world: _World) -> KnownTruth:
        """Return the function that is planted into a world; it depends on seed and number only."""
        kind, number = world
        seed = 1000 * self.seed + number
        return known_truth(self.features, self.families, kind=kind, active=self.active, seed=seed)

    def due(self, truth: KnownTruth) -> FloatArray:
        """Return what every feature of every held-out segment is due."""
        parts = []
        for fold in self.folds:
            background = self.held_out.backgrounds[fold.name]
            parts.append(truth.relevance(self.features[fold.test], background.features, background.weights))
        return np.concatenate(parts)


def benchmark_table(
    table: FeatureTable,
    *,
    protocol: str = "seed",
    exclusion_km: float = 50.0,
    max_missing_share: float = 0.2,
    **asked: Any,
) -> Benchmark:
    """Run `benchmark` on the complete rows of a table.

    Parameters
    ----------
    table : FeatureTable
    protocol : str
        Who is held out, one of `megathrust.splits.SPLITTERS`.
    exclusion_km : float
    max_missing_share : float
        Columns that lack more are left out, so that rows are not.
    **asked
        As for `benchmark`.
    """
    whole = complete(table, max_missing_share=max_missing_share)
    folds = SPLITTERS[protocol](SplitOptions(exclusion_km)).split(whole)
    return benchmark(whole, folds, **asked)


def benchmark(
    table: FeatureTable,
    folds: Sequence[Fold],
    *,
    worlds: int = 10,
    kinds: Sequence[str] = tuple(TRUTHS),
    encodings: Sequence[str] = ENCODINGS,
    candidates: Sequence[tuple[str, str]] = CANDIDATES,
    members: int = 3,
    network: Network = SMALL,
    seed: int = 0,
    work: Work | None = None,
) -> Benchmark:
    """Plant known functions into a table's own features and see what of them methods find.

    Parameters
    ----------
    table : FeatureTable
        Complete rows.
    folds : sequence of Fold
        Relevance is that of held-out segments.
    worlds : int
        Of every kind.
    kinds : sequence of str
        Of `megathrust.worlds.TRUTHS`.
    encodings, candidates, members, network
        Of the networks that are trained on every world, and what explains them.
    seed : int
    work : Work, optional
        Where worlds are worked through, and what an interrupted command had finished; in turn by default.
        Where never changes a number.

    References
    ----------
    Mamalakis et al. (2022), doi:10.1017/eds.2022.7.

    Examples
    --------
    >>> from megathrust.splits import ChunkSplitter
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table()
    >>> found = benchmark(table, ChunkSplitter(0.0).split(table), worlds=1, members=1, kinds=["additive"],
    ...     candidates=[("relative-lrp", "epsilon")])  # doctest: +SKIP
    """
    check_range("the number of worlds", worlds, low=1)
    families = tuple(families_of([table.columns[name] for name in table.feature_names]))
    features = table.features()
    planting = _Planting(
        features,
        families,
        tuple(folds),
        held_out_rows(features, folds),
        min(_ACTIVE, len(set(families))),
        tuple(encodings),
        tuple(candidates),
        members,
        network,
        seed,
    )
    planted = [(kind, number) for kind in kinds for number in range(worlds)]
    if work is None:
        with passing_work(workers=1) as alone:
            rows = _searched(planting, planted, alone)
    else:
        rows = _searched(planting, planted, work)
    return Benchmark(pd.DataFrame(rows, columns=COLUMNS), planting.active, len(families), len(set(families)))


def _searched(
    planting: _Planting, planted: Sequence[_World], work: Work
) -> list[tuple[str, int, str, str, float, float, float]]:
    """Return a row for every world, method and encoding."""
    own = work.keyed(planting.fingerprint)
    by_networks = own.compute(
        "known truth, networks",
        _networks_in_world,
        planting,
        planted,
        keys=[list(world) for world in planted],
        title="networks in worlds of known truth",
    )
    others = own.compute(
        "known truth, without networks",
        _others_in_world,
        planting,
        planted,
        keys=[list(world) for world in planted],
        title="models without networks there",
        # Forests of scikit-learn set the warnings of the whole process.
        threads=False,
    )
    return [
        (*world, *entry, *hits)
        for world, a, b in zip(planted, by_networks, others, strict=True)
        for part, entries in ((a, planting.searched), (b, _WITHOUT_NETWORKS))
        for entry, hits in zip(entries, part["hits"].tolist(), strict=True)
    ]


def _networks_in_world(planting: _Planting, world: _World, advance: ProgressCallback) -> Arrays:
    """Train and explain networks, one after the other; return hits and correlation of every entry."""
    with single_threaded():
        return _hits_of(planting, world, _by_networks(planting, planting.truth(world), world[1], advance))


def _others_in_world(planting: _Planting, world: _World, advance: ProgressCallback) -> Arrays:
    """Return the same of models without networks."""
    return _hits_of(planting, world, _without_networks(planting, planting.truth(world)))


def _hits_of(planting: _Planting, world: _World, found: Iterator[FloatArray]) -> Arrays:
    truth = planting.truth(world)
    due = planting.due(truth)
    return {"hits": np.array([_hits(each, due, planting.families, truth) for each in found])}


def _by_networks(
    planting: _Planting, truth: KnownTruth, seed: int, advance: ProgressCallback
) -> Iterator[FloatArray]:
    """Yield relevance (rows, features or families) in the order of `_Planting.searched`."""
    features, folds = planting.features, planting.folds
    stacks = []
    for encoding in planting.encodings:
        own = explaining(planting.network, encoding)
        fit = fit_stack(
            features,
            Targets(truth.labels),
            explaining_members(own, folds, planting.members, seed),
            own.architecture(features.shape[1], Heads(2)),
            own.options(),
        )
        stacks.append(fit.stack)
        advance(len(stacks), len(planting.encodings))
    for method, rule in planting.candidates:
        options = AttributionOptions(
            rule=rule or "epsilon",
            steps=1,
            exact_groups=1,
            groups=planting.families if method == "shapley" else None,
        )
        each = [
            explain_held_out(stack, features, folds, planting.held_out.backgrounds, method, options)
            .features[:, 0]
            .mean(0)
            for stack in stacks
        ]
        yield from (*each, np.mean(each, axis=0))


def _without_networks(planting: _Planting, truth: KnownTruth) -> Iterator[FloatArray]:
    """Yield relevance by sparse regression on ranks, and a ranking (features and families,) by trees."""
    by_ranks, by_trees = [], []
    features, families = planting.features, planting.families
    groups = [[number] for number in range(len(families))]
    groups += [np.flatnonzero(np.asarray(families) == name).tolist() for name in dict.fromkeys(families)]
    for fold in planting.folds:
        train, labels = features[fold.train], truth.labels[fold.train]
        model = ExplainedModel(fit_rank_logistic(train, labels), features.shape[1])
        background = planting.held_out.backgrounds[fold.name]
        found = occlusion(model, features[fold.test], background, AttributionOptions())
        by_ranks.append(found.features[0, 0])
        by_trees.append(tree_permutation(train, labels, features[fold.test], truth.labels[fold.test], groups))
    yield np.concatenate(by_ranks)
    yield np.mean(by_trees, axis=0)


def _hits(
    found: FloatArray, due: FloatArray, families: Sequence[str], truth: KnownTruth
) -> tuple[float, float, float]:
    count = len(truth.features)
    names = list(dict.fromkeys(families))
    true_features = set(truth.features.tolist())
    true_families = {names.index(families[number]) for number in true_features}
    correlation = np.nan
    if found.ndim == 1:
        of_features, of_families = found[: len(families)], found[len(families) :]
    elif found.shape[1] == len(families):
        of_features, of_families = relevance_spread(found), relevance_spread(summed(found, families))
        correlation = _correlation(found, due)
    else:
        of_features, of_families = None, relevance_spread(found)
        correlation = np.nan
    feature_hits = np.nan if of_features is None else _in_front(of_features, count, true_features)
    return feature_hits, _in_front(of_families, len(true_families), true_families), correlation


def _in_front(ranking: FloatArray, count: int, true: set[int]) -> float:
    return float(len(set(np.argsort(-ranking, kind="stable")[:count].tolist()) & true))


def _correlation(found: FloatArray, due: FloatArray) -> float:
    """Return the mean over segments of the correlation of relevance and truth over features."""
    a, b = (each - each.mean(1, keepdims=True) for each in (found, due))
    size = np.sqrt(np.sum(a**2, axis=1) * np.sum(b**2, axis=1))
    return float(np.mean(np.sum(a * b, axis=1)[size > 0.0] / size[size > 0.0])) if (size > 0.0).any() else 0.0
