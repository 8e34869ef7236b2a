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
from megathrust.pipelines.experiment._answer import Answer
from megathrust.pipelines.experiment._experiment import Experiment
from megathrust.pipelines.settings import RunConfig
from megathrust.splits import leakage_audit
from megathrust.table import FeatureTable

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "torch", "xarray")
# Of rivals from outside, where they are installed.
_OPTIONAL = ("interpret-core", "pytabkit")


def versions() -> dict[str, str]:
    """Return the versions of the package, of Python and of the libraries that make the numbers."""
    return {
        "megathrust": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _LIBRARIES},
        **{name: found for name in _OPTIONAL if (found := _version_of(name))},
    }


def _version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


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


def fold_table(experiment: Experiment) -> list[dict[str, Any]]:
    """Return sizes of every fold, and what leaks into it; see `megathrust.splits.leakage_audit`."""
    audit = leakage_audit(experiment.table, experiment.folds, experiment.highest)
    audit = audit.rename(columns={"shared_rupture": "positive_test_share_with_rupture_in_training"})
    # JSON has no NaN: a fold without a positive test row says nothing.
    records: list[dict[str, Any]] = audit.astype(object).where(audit.notna(), None).to_dict("records")
    return records


def run_record(experiment: Experiment, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the content of ``record.json``."""
    config, table = experiment.config, experiment.table
    judgements = [each for answer in answers for each in answer.judgements]
    return {
        "versions": versions(),
        "seed": config.seed,
        "member_seeds": {answer.task.name: answer.roster.seeds for answer in answers},
        "table_sha256": table_hash(table),
        "fingerprint": fingerprint(table, config),
        "segments": len(table),
        "segments_by_class": np.bincount(experiment.classes, minlength=len(config.thresholds) + 1).tolist(),
        "ruptures": int(experiment.ruptures.max()) + 1,
        "ruptures_of_highest_class": experiment.ruptures_of_highest_class,
        "folds": fold_table(experiment),
        "verdicts": {
            each.predictand.name: verdict_record(each.verdict, config.nulls.surrogates) for each in judgements
        },
    }


def verdict_record(verdict: Verdict, surrogates: int) -> dict[str, Any]:
    """Return a verdict in words and numbers."""
    return {
        "sentences": list(verdict.sentences),
        "difference": verdict.difference,
        "low": verdict.low,
        "high": verdict.high,
        "p_values": dict(verdict.p_values),
        "own_p_values": dict(verdict.own_p_values),
        "surrogates_per_null": surrogates,
    }
