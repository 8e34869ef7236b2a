"""What every implementation of a contract must pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from megathrust.splits import Splitter
from megathrust.table import FeatureTable


def check_splitter(splitter: Splitter, table: FeatureTable, *, each_row_once: bool = True) -> None:
    """Check that a splitter keeps its promises on a table.

    Folds are not empty, no row is in both parts of one, they are the same the second time, and neither
    features nor the order of the feature columns change them.

    Parameters
    ----------
    splitter : Splitter
    table : FeatureTable
    each_row_once : bool
        Whether the test parts must partition the table.

    Raises
    ------
    AssertionError
        Naming the broken promise.
    """
    folds = splitter.split(table)
    _require(bool(folds), "a splitter gives at least one fold")
    _require(len({fold.name for fold in folds}) == len(folds), "fold names differ")
    for fold in folds:
        for part in (fold.train, fold.test):
            _require(len(part) > 0, f"fold {fold.name} has no empty part")
            _require(bool(np.all(np.diff(part) > 0)), f"rows of fold {fold.name} increase")
            _require(part.min() >= 0 and part.max() < len(table), f"rows of fold {fold.name} exist")
        _require(not np.isin(fold.train, fold.test).any(), f"no row of fold {fold.name} is in both parts")
    if each_row_once:
        tested = np.sort(np.concatenate([fold.test for fold in folds]))
        _require(np.array_equal(tested, np.arange(len(table))), "every row is tested exactly once")
    noise = np.random.default_rng(0).normal(size=(len(table), len(table.feature_names)))
    other = replace(table, frame=table.frame.assign(**dict(zip(table.feature_names, noise.T, strict=True))))
    for same in (splitter.split(table), splitter.split(other)):
        for fold, again in zip(folds, same, strict=True):
            unchanged = np.array_equal(fold.train, again.train) and np.array_equal(fold.test, again.test)
            _require(unchanged, f"fold {fold.name} is the same again, whatever the features")


def _require(condition: bool, promise: str) -> None:
    if not condition:
        raise AssertionError(f"broken promise: {promise}")
