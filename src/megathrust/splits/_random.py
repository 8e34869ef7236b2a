"""Segments dealt out at random: what leakage looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import InputError, IntArray, check_range
from megathrust.splits._fold import Fold
from megathrust.splits._splitters import SPLITTERS, SplitOptions
from megathrust.table import FeatureTable


@dataclass(frozen=True)
class RandomSplitter:
    """Deal all segments out at random: neighbours, and one rupture, lie on both sides of every fold.

    No score of it says anything of unseen trenches: noise of the right autocorrelation reaches a macro-F1 of
    0.93. It is there to be seen beside the others.

    Parameters
    ----------
    folds : int
    seed : int

    References
    ----------
    Kapoor & Narayanan (2023), doi:10.1016/j.patter.2023.100804.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> [len(fold.test) for fold in RandomSplitter().split(synthetic_table())]
    [26, 26, 26, 26, 26]
    """

    folds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("the number of folds", self.folds, low=2)

    @property
    def protocol(self) -> str:
        """Name of the protocol in score files."""
        return "random"

    @property
    def exclusion_km(self) -> float:
        """None: neighbours of tested segments are in training."""
        return 0.0

    @property
    def whole_ruptures(self) -> bool:
        """False: a rupture lies on both sides."""
        return False

    def split(self, table: FeatureTable, ruptures: IntArray | None = None) -> list[Fold]:
        """Return the folds, of sizes that differ by one row at most.

        Raises
        ------
        InputError
            If the table has fewer rows than there are folds.
        """
        if len(table) < self.folds:
            raise InputError(
                "there are fewer segments than folds",
                given=f"{len(table)} segments, {self.folds} folds",
                action="use fewer folds",
            )
        order = np.random.default_rng(self.seed).permutation(len(table))
        fold = np.empty(len(table), dtype=np.int64)
        fold[order] = np.arange(len(table)) % self.folds
        return [Fold(str(k), np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(self.folds)]


@SPLITTERS.register("random")
def random_protocol(options: SplitOptions) -> RandomSplitter:
    """Deal segments out at random: the leaky reference."""
    return RandomSplitter(options.chunks)
