"""Blocks inside the training rows of a fold: what a configuration may be chosen on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import BoolArray, InputError, IntArray, check_range
from megathrust.splits._fold import Fold, without_shared_ruptures
from megathrust.table import FeatureTable


@dataclass(frozen=True)
class InnerSplitter:
    """Split the training rows of an outer fold again, into along-strike blocks with an exclusion distance.

    The training rows of every region, in order of arc length, are cut into ``blocks`` runs of equal
    numbers of rows; inner fold j validates run j of every region. Inner training rows lie further than
    the exclusion distance, along the trench and on either side, from every validated row of their region.
    No inner row is a test row of the outer fold, and nothing here depends on one.

    Parameters
    ----------
    exclusion_km : float
        Exclusion distance in km, as a rule that of the outer fold. Infinite where the outer fold holds
        out whole regions: inner folds then validate whole regions, too, dealt out in alphabetical order.
    blocks : int
        How many blocks, and so inner folds.
    whole_ruptures : bool
        Take out of inner training whatever ruptured together with a validated segment.
    target : str, optional
        The label whose ruptures are meant; the table's first target by default.

    References
    ----------
    Varma & Simon (2006), doi:10.1186/1471-2105-7-91, on choosing inside each fold; Roberts et al. (2017),
    doi:10.1111/ecog.02881, on blocks.

    Examples
    --------
    >>> from megathrust.splits import ChunkSplitter
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table()
    >>> outer = ChunkSplitter().split(table)[0]
    >>> [len(inner.test) for inner in InnerSplitter().split(table, outer)], len(outer.train)
    ([35, 34, 32], 101)
    """

    exclusion_km: float = 50.0
    blocks: int = 3
    whole_ruptures: bool = False
    target: str | None = None

    def __post_init__(self) -> None:
        if not np.isposinf(self.exclusion_km):
            check_range("the exclusion distance", self.exclusion_km, low=0.0)
        check_range("the number of inner blocks", self.blocks, low=2)

    def split(self, table: FeatureTable, outer: Fold) -> list[Fold]:
        """Return one inner fold per block, named ``OUTER/BLOCK``.

        Parameters
        ----------
        table : FeatureTable
        outer : Fold
            Its training rows are split; its test rows are never looked at.

        Raises
        ------
        InputError
            If an inner fold would train or validate on nothing.
        """
        s_km = table.frame["s_km"].to_numpy()[outer.train]
        region = table.frame["region"].to_numpy()[outer.train]
        block = self._blocks(region, s_km)
        folds = []
        for number in range(self.blocks):
            validated = block == number
            kept = ~validated & ~self._too_near(region, s_km, validated)
            fold = Fold(f"{outer.name}/{number}", outer.train[kept], outer.train[validated])
            if self.whole_ruptures:
                fold = without_shared_ruptures(fold, table.ruptures(self.target))
            self._refuse_empty(fold)
            folds.append(fold)
        return folds

    def _blocks(self, region: np.ndarray, s_km: np.ndarray) -> IntArray:
        names, member = np.unique(region, return_inverse=True)
        if np.isinf(self.exclusion_km):
            return np.asarray(member % self.blocks)
        block = np.empty(len(region), dtype=np.int64)
        for number in range(len(names)):
            rows = np.flatnonzero(member == number)
            rows = rows[np.argsort(s_km[rows], kind="stable")]
            block[rows] = np.arange(len(rows)) * self.blocks // len(rows)
        return block

    def _too_near(self, region: np.ndarray, s_km: np.ndarray, validated: BoolArray) -> BoolArray:
        near = np.zeros(len(region), dtype=bool)
        for name in np.unique(region[validated]):
            inside = region == name
            distance = np.abs(s_km[inside, None] - s_km[inside & validated])
            near[inside] = distance.min(1) <= self.exclusion_km
        return near

    def _refuse_empty(self, fold: Fold) -> None:
        for part, rows in (("train", fold.train), ("validate", fold.test)):
            if not len(rows):
                raise InputError(
                    f"inner fold {fold.name} would {part} on no segment",
                    given=f"{self.blocks} inner blocks, exclusion distance {self.exclusion_km:g} km",
                    action="use a smaller exclusion distance, or blocks that suit the number of regions",
                )
