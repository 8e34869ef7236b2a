"""Known truth: how many true features and families a method finds on a user's own table and folds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import (
    FloatArray,
    FolderKind,
    InputError,
    ProgressCallback,
    check_range,
    replacing_folder,
)
from megathrust.explanation import (
    AttributionOptions,
    ExplainedModel,
    fit_rank_logistic,
    occlusion,
    relevance_spread,
    tree_permutation,
)
from megathrust.models import Heads
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
from megathrust.plots import benchmark_info, plot_benchmark, save_figure
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
_ACTIVE = 5
_FOLDER = FolderKind(
    "benchmark", ("answer.txt", "methods.csv", "worlds.csv"), lambda folder: ("methods.png",)
)
_COLUMNS = ["kind", "world", "method", "encoding", "feature_hits", "family_hits", "correlation"]


@dataclass(frozen=True)
class Benchmark:
    """What methods find of a known truth.

    Attributes
    ----------
    table : DataFrame
        One row per world, method and encoding: kind (of truth), world, method, encoding (plain, bins, waves,
        both for the mean of all, or none), feature_hits (of the true features among as many first ones),
        family_hits (of the families that matter most), correlation (mean over held-out segments of the
        correlation of relevance and truth over features; NaN for methods that rank families or rank only).
    active : int
        Features that act in every world, each of another family.
    features, families : int
        How many there are.
    """

    table: pd.DataFrame
    active: int
    features: int
    families: int

    def summary(self, half: str | None = None) -> pd.DataFrame:
        """Return means over worlds by method and encoding, the best first.

        Parameters
        ----------
        half : {"first", "second"}, optional
            Worlds of even or of odd number only; all by default.
        """
        table = self.table
        if half is not None:
            table = table[table["world"] % 2 == (0 if half == "first" else 1)]
        means = table.groupby(["method", "encoding"], sort=False)[_COLUMNS[4:]].mean().reset_index()
        means["worlds"] = table.groupby(["kind"])["world"].nunique().sum()
        order = means[["feature_hits", "family_hits"]].fillna(0.0).sum(axis=1)
        return means.loc[order.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)

    @property
    def chance(self) -> tuple[float, float]:
        """Hits among features and among families by chance."""
        return self.active**2 / self.features, self.active**2 / self.families

    @property
    def chosen(self) -> tuple[str, str]:
        """Method and encoding with the most hits on the first half of the worlds."""
        best = self.summary("first").iloc[0]
        return str(best["method"]), str(best["encoding"])

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was chosen on one half, and what the other half says of it."""
        if self.table["world"].max() < 1:
            return ("One world of a kind: nothing can be chosen on one half and quoted on the other.",)
        method, encoding = self.chosen
        return (
            f"Most hits on the first half of the worlds: {method} ({encoding}). The second half says:",
            self.line(method, encoding),
        )

    def line(self, method: str, encoding: str, half: str | None = "second") -> str:
        """Return what a ranking by a method is worth on this table.

        Parameters
        ----------
        method, encoding : str
        half : {"first", "second"}, optional
            Of the worlds; all of them (None) for a method that was not chosen by them.
        """
        rows = self.summary(half)
        row = rows[(rows["method"] == method) & (rows["encoding"] == encoding)]
        if row.empty:
            raise InputError(
                "the benchmark has no such method",
                given=f"{method}, {encoding}",
                allowed="; ".join(f"{m}, {e}" for m, e in zip(rows["method"], rows["encoding"], strict=True)),
            )
        by_chance = self.chance
        features, worlds = row["feature_hits"].item(), row["worlds"].item()
        single = (
            f"{features:.1f} of {self.active} true features ({by_chance[0]:.1f} by chance) and "
            if np.isfinite(features)
            else ""
        )
        return (
            f"On this table a top-{self.active} list of {method} ({encoding}) holds {single}"
            f"{row['family_hits'].item():.1f} of {self.active} true families ({by_chance[1]:.1f}); "
            f"{worlds} worlds of known truth."
        )


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


def write_benchmark(found: Benchmark, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write ``worlds.csv``, ``methods.csv``, ``methods.png`` and ``answer.txt`` into a folder.

    Raises
    ------
    OutputError
        If the folder exists already, or cannot be written.
    """
    means = found.summary()
    info = benchmark_info(means, chance=found.chance, active=found.active)
    with replacing_folder(folder, _FOLDER, overwrite=overwrite) as part:
        save_figure(plot_benchmark(info), Path(part, "methods.png"), caption=" ".join(found.sentences))
        for name, table in (("worlds.csv", found.table), ("methods.csv", means)):
            table.to_csv(Path(part, name), index=False, float_format="%.10g", lineterminator="\n")
        Path(part, "answer.txt").write_text("\n".join(found.sentences) + "\n", encoding="utf-8")


def benchmark_content(found: Benchmark) -> dict[str, Any]:
    """Return a benchmark as it stands in JSON."""
    records = found.summary().to_dict(orient="records")
    methods = [
        {name: None if value != value else value for name, value in record.items()} for record in records
    ]
    return {"sentences": list(found.sentences), "methods": methods}


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
    progress: ProgressCallback | None = None,
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
    progress : callable, optional
        Called with (worlds done, worlds in all).

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
    families = families_of([table.columns[name] for name in table.feature_names])
    active = min(_ACTIVE, len(set(families)))
    features = table.features()
    held_out = held_out_rows(features, folds)
    rows = []
    for kind_number, kind in enumerate(kinds):
        for world in range(worlds):
            truth = known_truth(features, families, kind=kind, active=active, seed=1000 * seed + world)
            due = _due(truth, features, folds, held_out)
            for name, encoding, found in _found(
                features, truth, folds, held_out, families, encodings, candidates, members, network, world
            ):
                rows.append((kind, world, name, encoding, *_hits(found, due, families, truth)))
            if progress is not None:
                progress(kind_number * worlds + world + 1, len(kinds) * worlds)
    return Benchmark(pd.DataFrame(rows, columns=_COLUMNS), active, features.shape[1], len(set(families)))


def _due(truth: KnownTruth, features: FloatArray, folds: Sequence[Fold], held_out: HeldOut) -> FloatArray:
    parts = []
    for fold in folds:
        background = held_out.backgrounds[fold.name]
        parts.append(truth.relevance(features[fold.test], background.features, background.weights))
    return np.concatenate(parts)


def _found(
    features: FloatArray,
    truth: KnownTruth,
    folds: Sequence[Fold],
    held_out: HeldOut,
    families: Sequence[str],
    encodings: Sequence[str],
    candidates: Sequence[tuple[str, str]],
    members: int,
    network: Network,
    seed: int,
) -> Iterator[tuple[str, str, FloatArray]]:
    """Yield method, encoding, and relevance (rows, features or families) or a ranking (both of them,)."""
    stacks = {}
    for encoding in encodings:
        own = explaining(network, encoding)
        with single_threaded():
            stacks[encoding] = fit_stack(
                features,
                Targets(truth.labels),
                explaining_members(own, folds, members, seed),
                own.architecture(features.shape[1], Heads(2)),
                own.options(),
            ).stack
    for method, rule in candidates:
        options = AttributionOptions(
            rule=rule or "epsilon",
            steps=1,
            exact_groups=1,
            groups=tuple(families) if method == "shapley" else None,
        )
        both = []
        for encoding, stack in stacks.items():
            found = explain_held_out(stack, features, folds, held_out.backgrounds, method, options)
            both.append(found.features[:, 0].mean(0))
            yield f"{method}: {rule}" if rule else method, ENCODING_NAMES[encoding], both[-1]
        yield f"{method}: {rule}" if rule else method, "both", np.mean(both, axis=0)
    yield from _without_networks(features, truth, folds, held_out, families)


def _without_networks(
    features: FloatArray, truth: KnownTruth, folds: Sequence[Fold], held_out: HeldOut, families: Sequence[str]
) -> Iterator[tuple[str, str, FloatArray]]:
    """Yield what is found by sparse regression on ranks and by trees."""
    by_ranks, by_trees = [], []
    names = list(dict.fromkeys(families))
    groups = [[number] for number in range(len(families))]
    groups += [np.flatnonzero(np.asarray(families) == name).tolist() for name in names]
    for fold in folds:
        train, labels = features[fold.train], truth.labels[fold.train]
        model = ExplainedModel(fit_rank_logistic(train, labels), features.shape[1])
        background = held_out.backgrounds[fold.name]
        found = occlusion(model, features[fold.test], background, AttributionOptions())
        by_ranks.append(found.features[0, 0])
        by_trees.append(tree_permutation(train, labels, features[fold.test], truth.labels[fold.test], groups))
    yield "sparse logistic on ranks", "none", np.concatenate(by_ranks)
    yield "extra trees, permuted", "none", np.mean(by_trees, axis=0)


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
