"""Inner validation sets: whole along-strike blocks of the training rows, with an exclusion distance."""

from __future__ import annotations

import numpy as np

from megathrust.core import InputError, IntArray, check_range
from megathrust.splits._fold import Fold, without_shared_ruptures
from megathrust.table import FeatureTable


def inner_folds(
    table: FeatureTable,
    train: IntArray,
    *,
    blocks: int = 4,
    exclusion_km: float = 50.0,
    whole_ruptures: bool = False,
    target: str | None = None,
) -> list[Fold]:
    """Cut the training rows of a fold into along-strike blocks, each of them validating the rest once.

    In every region the training rows are put in order along the trench and cut into blocks of equal
    count. Fold k validates on block k of every region and trains on the training rows that are further
    than the exclusion distance, along the trench, from that block. No row outside ``train`` is used.

    Parameters
    ----------
    table : FeatureTable
        Whose rows are meant.
    train : ndarray of int, shape (n,)
        Training rows of the outer fold.
    blocks : int
        Blocks in every region, and so inner folds.
    exclusion_km : float
        Exclusion distance in km.
    whole_ruptures : bool
        Take out of training whatever ruptured together with a validation row.
    target : str, optional
        The label whose ruptures are meant; the table's first target by default.

    Returns
    -------
    list of Fold
        ``train`` to fit on and ``test`` to validate on, as rows of the table.

    Raises
    ------
    InputError
        If an inner fold would train or validate on nothing.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table(regions={"alu": 20})
    >>> first = inner_folds(table, np.arange(12), blocks=3)[0]
    >>> first.test, first.train
    (array([0, 1, 2, 3]), array([ 5,  6,  7,  8,  9, 10, 11]))
    """
    check_range("the number of inner blocks", blocks, low=2)
    check_range("the exclusion distance", exclusion_km, low=0.0)
    train = np.unique(train)
    s_km = table.frame["s_km"].to_numpy()[train]
    region = table.frame["region"].to_numpy()[train]
    folds = []
    for k in range(blocks):
        test = np.zeros(len(train), dtype=bool)
        near = np.zeros(len(train), dtype=bool)
        for name in np.unique(region):
            inside = np.flatnonzero(region == name)
            order = inside[np.argsort(s_km[inside], kind="stable")]
            block = order[k * len(order) // blocks : (k + 1) * len(order) // blocks]
            if not len(block):
                continue
            test[block] = True
            low, high = s_km[block].min() - exclusion_km, s_km[block].max() + exclusion_km
            near[inside] = (s_km[inside] >= low) & (s_km[inside] <= high)
        fold = Fold(str(k), train[~near], train[test])
        if whole_ruptures:
            fold = without_shared_ruptures(fold, table.ruptures(target))
        if not len(fold.train) or not len(fold.test):
            raise InputError(
                f"inner fold {k} would {'validate' if len(fold.train) else 'train'} on no segment",
                given=f"{len(train)} training rows, {blocks} blocks, exclusion distance {exclusion_km:g} km",
                action="use a smaller exclusion distance or fewer blocks",
            )
        folds.append(fold)
    return folds
