"""What repeats a run: versions, seeds, hashes, folds."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from megathrust import __version__
from megathrust.core import Verdict
from megathrust.pipelines._config import RunConfig
from megathrust.pipelines._experiment import Problem
from megathrust.splits import Fold, shared_rupture_share
from megathrust.table import FeatureTable

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "torch", "xarray")


def versions() -> dict[str, str]:
    """Return the versions of the package, of Python and of the libraries that make the numbers."""
    return {
        "megathrust": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _LIBRARIES},
    }


def table_hash(table: FeatureTable) -> str:
    """Return a SHA-256 of the values of a table, whatever file they came from."""
    rows = pd.util.hash_pandas_object(table.frame, index=False).to_numpy()
    names = json.dumps(list(table.columns))
    return hashlib.sha256(names.encode() + np.ascontiguousarray(rows).tobytes()).hexdigest()


def fingerprint(table: FeatureTable, config: RunConfig) -> str:
    """Return a SHA-256 of all that a run's numbers depend on."""
    text = json.dumps([table_hash(table), config.model_dump(mode="json"), versions()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def segment_names(table: FeatureTable) -> np.ndarray:
    """Return ``region:segment`` of every row."""
    frame = table.frame
    return np.asarray(frame["region"].astype(str) + ":" + frame["segment"].astype(str), dtype=object)


def fold_table(problem: Problem, folds: Sequence[Fold]) -> list[dict[str, Any]]:
    """Return sizes of every fold, and how many positive test segments share a rupture with training."""
    positive = problem.classes == problem.n_classes - 1
    records = []
    for fold in folds:
        share = shared_rupture_share(fold, problem.ruptures, positive)
        records.append(
            {
                "scenario": fold.name,
                "train": len(fold.train),
                "test": len(fold.test),
                "test_positive": int(positive[fold.test].sum()),
                "test_ruptures": len(np.unique(problem.ruptures[fold.test])),
                "positive_test_share_with_rupture_in_training": None if np.isnan(share) else share,
            }
        )
    return records


def ruptures_of_highest_class(problem: Problem) -> int:
    """Return how many ruptures gave the highest class its segments: the size of the sample."""
    return len(np.unique(problem.ruptures[problem.classes == problem.n_classes - 1]))


def run_record(
    problem: Problem,
    folds: Sequence[Fold],
    config: RunConfig,
    seeds: Sequence[int],
    verdict: Verdict,
    magnitude_verdict: Verdict | None = None,
) -> dict[str, Any]:
    """Return the content of ``record.json``."""
    surrogates = config.nulls.surrogates
    verdicts = {"verdict": _verdict_record(verdict, surrogates)}
    if magnitude_verdict is not None:
        verdicts["magnitude_verdict"] = _verdict_record(magnitude_verdict, surrogates)
    return {
        "versions": versions(),
        "seed": config.seed,
        "member_seeds": list(seeds),
        "table_sha256": table_hash(problem.table),
        "fingerprint": fingerprint(problem.table, config),
        "segments": len(problem.table),
        "segments_by_class": np.bincount(problem.classes, minlength=problem.n_classes).tolist(),
        "ruptures": int(problem.ruptures.max()) + 1,
        "ruptures_of_highest_class": ruptures_of_highest_class(problem),
        "folds": fold_table(problem, folds),
        **verdicts,
    }


def _verdict_record(verdict: Verdict, surrogates: int) -> dict[str, Any]:
    return {
        "sentences": list(verdict.sentences),
        "difference": verdict.difference,
        "low": verdict.low,
        "high": verdict.high,
        "p_values": dict(verdict.p_values),
        "surrogates_per_null": surrogates,
    }
