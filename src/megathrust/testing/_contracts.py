"""What every implementation of a contract must pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from megathrust.splits import Fold, InnerSplitter, Splitter
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
    require(bool(folds), "a splitter gives at least one fold")
    require(len({fold.name for fold in folds}) == len(folds), "fold names differ")
    for fold in folds:
        for part in (fold.train, fold.test):
            require(len(part) > 0, f"fold {fold.name} has no empty part")
            require(bool(np.all(np.diff(part) > 0)), f"rows of fold {fold.name} increase")
            require(part.min() >= 0 and part.max() < len(table), f"rows of fold {fold.name} exist")
        require(not np.isin(fold.train, fold.test).any(), f"no row of fold {fold.name} is in both parts")
    if each_row_once:
        tested = np.sort(np.concatenate([fold.test for fold in folds]))
        require(np.array_equal(tested, np.arange(len(table))), "every row is tested exactly once")
    noise = np.random.default_rng(0).normal(size=(len(table), len(table.feature_names)))
    other = replace(table, frame=table.frame.assign(**dict(zip(table.feature_names, noise.T, strict=True))))
    for same in (splitter.split(table), splitter.split(other)):
        for fold, again in zip(folds, same, strict=True):
            unchanged = np.array_equal(fold.train, again.train) and np.array_equal(fold.test, again.test)
            require(unchanged, f"fold {fold.name} is the same again, whatever the features")


def check_inner_splitter(splitter: InnerSplitter, table: FeatureTable, outer: Fold) -> None:
    """Check that an inner splitter keeps its promises on a fold of a table.

    Every outer training row is validated exactly once, no outer test row appears anywhere, inner training
    keeps the exclusion distance to every validated row of its region, and neither features nor any value
    of the outer test rows (position, label) change the inner folds.

    Parameters
    ----------
    splitter : InnerSplitter
    table : FeatureTable
    outer : Fold

    Raises
    ------
    AssertionError
        Naming the broken promise.
    """
    folds = splitter.split(table, outer)
    validated = np.sort(np.concatenate([fold.test for fold in folds]))
    require(np.array_equal(validated, outer.train), "every outer training row is validated exactly once")
    s_km, region = table.frame["s_km"].to_numpy(), table.frame["region"].to_numpy()
    for fold in folds:
        require(len(fold.train) > 0 and len(fold.test) > 0, f"fold {fold.name} has no empty part")
        require(
            bool(np.isin(fold.train, outer.train).all()), f"fold {fold.name} trains inside the outer fold"
        )
        distance = np.abs(s_km[fold.train, None] - s_km[fold.test])
        distance[region[fold.train, None] != region[fold.test]] = np.inf
        apart = (distance > splitter.exclusion_km) | np.isinf(distance)
        require(bool(apart.all()), f"fold {fold.name} keeps the exclusion distance")
    random = np.random.default_rng(0)
    frame = table.frame.copy()
    frame[table.feature_names] = random.normal(size=(len(table), len(table.feature_names)))
    # Shuffled values stay valid ones.
    for column in ("s_km", *table.target_names):
        frame.loc[outer.test, column] = random.permutation(frame.loc[outer.test, column])
    again = splitter.split(replace(table, frame=frame), outer)
    for fold, other in zip(folds, again, strict=True):
        unchanged = np.array_equal(fold.train, other.train) and np.array_equal(fold.test, other.test)
        require(unchanged, f"fold {fold.name} depends on outer training rows only")


def require(condition: object, promise: str) -> None:
    """Raise an AssertionError that names a broken promise."""
    if not condition:
        raise AssertionError(f"broken promise: {promise}")
