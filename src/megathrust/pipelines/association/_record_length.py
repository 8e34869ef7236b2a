"""How much longer a record would have to be to show a given effect: simulated, not extrapolated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import ProgressCallback, check_range
from megathrust.evaluation import rupture_scores
from megathrust.pipelines.association._answers import LEVEL, check_expected
from megathrust.pipelines.association._power import chosen_drivers, corrected_p, share
from megathrust.pipelines.association._question import make_question
from megathrust.table import FeatureTable
from megathrust.worlds import longer_record

#: Lengths of a record, in units of the one that gave the labels.
FACTORS = (1.0, 2.0, 4.0, 8.0)
_WANTED = 0.8


@dataclass(frozen=True)
class RecordLength:
    """What longer records of the same trenches would show.

    Attributes
    ----------
    table : DataFrame
        One row per length: factor, ruptures (mean number of great ones that still give a label), worlds,
        found, found_low, found_high (share of worlds in which the planted family is claimed, 95 %).
    slope : float
        Planted: log-odds of a great rupture per standard deviation of one feature within trenches.
    label : str
    """

    table: pd.DataFrame
    slope: float
    label: str

    @property
    def sentence(self) -> str:
        """The shortest record that shows the slope with 80 % probability."""
        reached = self.table[self.table["found"] >= _WANTED]
        last = self.table.iloc[-1]
        if reached.empty:
            return (
                f"To show a slope of {self.slope:g} for {self.label}, a record {last['factor']:g} times as "
                f"long as ours would not do: it finds it with {last['found']:.0%}."
            )
        first = reached.iloc[0]
        return (
            f"To show a slope of {self.slope:g} for {self.label} with {_WANTED:.0%} probability, a record "
            f"{first['factor']:g} times as long would do (about {first['ruptures']:.0f} ruptures)."
        )


def record_length(
    table: FeatureTable,
    *,
    slope: float = 1.5,
    threshold: float = 8.0,
    label: str | None = None,
    family: str | None = None,
    column: str | None = None,
    expect: str | None = None,
    factors: Sequence[float] = FACTORS,
    worlds: int = 100,
    seed: int = 0,
    progress: ProgressCallback | None = None,
) -> RecordLength:
    """Return how often longer records would show a planted slope; see `megathrust.worlds.longer_record`.

    Parameters
    ----------
    table : FeatureTable
    slope : float
        Log-odds of a great rupture per standard deviation of one feature within trenches.
    threshold, label, family, column, expect
        As for `associate`.
    factors : sequence of float
        Lengths of the record, in units of the real one.
    worlds : int
        Per length.
    seed : int
    progress : callable, optional

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> longer = record_length(synthetic_table(), slope=4.0, factors=(1.0, 3.0), worlds=10)
    >>> longer.table["factor"].tolist()
    [1.0, 3.0]
    """
    check_range("the number of worlds", worlds, low=1)
    question = make_question(table, threshold=threshold, label=label, family=family, column=column)
    check_expected(question, expect)
    driver, own = chosen_drivers(question, worlds=worlds, seed=seed, expect=expect)
    rows = []
    for done, factor in enumerate(sorted(factors)):
        drawn = longer_record(question.trenches, slope * driver, factor=factor, seed=seed)
        scores = rupture_scores(drawn.labels, drawn.ruptures, question.trenches.region)
        corrected = corrected_p(question, scores, seed=seed, expect=expect)
        found = corrected[np.arange(worlds), own] <= LEVEL
        great = [
            len(np.unique(drawn.ruptures[world, trench][drawn.labels[world, trench] > 0.0]))
            for world in range(worlds)
            for trench in question.trenches.along()
        ]
        counts = {"factor": factor, "ruptures": sum(great) / worlds, "worlds": worlds}
        rows.append({**counts, **share("found", found)})
        if progress is not None:
            progress((done + 1) * worlds, len(factors) * worlds)
    return RecordLength(pd.DataFrame(rows), slope, question.label)
