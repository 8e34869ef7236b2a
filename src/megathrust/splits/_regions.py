"""Leave one region out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import InputError, IntArray
from megathrust.splits._fold import Fold, without_near_rows
from megathrust.splits._splitters import SPLITTERS, SplitOptions
from megathrust.table import FeatureTable


@dataclass(frozen=True)
class RegionSplitter:
    """Test each region on networks that never saw it.

    Parameters
    ----------
    near_km : float
        Training segments of other regions within this distance of a tested one, by great circle, are left
        out, too.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> [(fold.name, len(fold.test)) for fold in RegionSplitter().split(synthetic_table())]
    [('alu', 40), ('kur', 30), ('sam', 60)]
    """

    near_km: float = 0.0

    @property
    def protocol(self) -> str:
        """Name of the protocol in score files."""
        return "leave-one-region-out"

    @property
    def exclusion_km(self) -> float:
        """Infinite: no row of the tested region is in training, however far."""
        return float("inf")

    @property
    def whole_ruptures(self) -> bool:
        """False: a rupture that crosses the border of two regions is not looked for."""
        return False

    def split(self, table: FeatureTable, ruptures: IntArray | None = None) -> list[Fold]:
        """Return one fold per region, in alphabetical order; who ruptured together does not matter.

        Raises
        ------
        InputError
            If the table has one region only.
        """
        region = table.frame["region"].to_numpy()
        names = sorted(set(region))
        if len(names) < 2:
            raise InputError(
                "leaving a region out needs two regions at least",
                given=", ".join(names),
                action="give a table of more regions or use another protocol",
            )
        folds = [Fold(str(n), np.flatnonzero(region != n), np.flatnonzero(region == n)) for n in names]
        if not self.near_km:
            return folds
        places = table.frame["lon"].to_numpy(), table.frame["lat"].to_numpy()
        return [without_near_rows(fold, *places, self.near_km) for fold in folds]


@SPLITTERS.register("leave-one-region-out")
def leave_one_region_out(options: SplitOptions) -> RegionSplitter:
    """Hold out one region at a time."""
    return RegionSplitter(options.exclusion_km if options.across_trenches else 0.0)
