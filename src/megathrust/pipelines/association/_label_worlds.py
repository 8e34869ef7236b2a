"""How far the labels themselves are known: the same test on ruptures redrawn within their errors."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from megathrust.core import FloatArray
from megathrust.evaluation import rupture_scores
from megathrust.pipelines.association._answers import LEVEL, check_expected
from megathrust.pipelines.association._power import corrected_p
from megathrust.pipelines.association._question import Question, labels_of, make_question
from megathrust.table import FeatureTable
from megathrust.worlds import redrawn_labels

#: Errors of a rupture's extent by its quality: log10 of the length, and shift as a share of the length. One
#: standard deviation of the scaling relation is a factor of 1.5, and an epicentre lies anywhere along its
#: rupture (docs/labels.md); extents that were seen are known to some tenths of their length.
EXTENT_ERRORS = MappingProxyType({"A": (0.08, 0.10), "B": (0.12, 0.15), "C": (0.18, 0.29), "D": (0.25, 0.40)})
#: Errors of Mw by the first year for which they hold: moment tensors, instruments, accounts.
MAGNITUDE_ERRORS = ((1976, 0.1), (1904, 0.2), (-10000, 0.4))
# A table that does not say where its extents are from has those of the literature.
_UNSAID_QUALITY, _UNSAID_YEAR = "B", 1904


@dataclass(frozen=True)
class LabelUncertainty:
    """What the test says where ruptures are redrawn within their errors.

    Attributes
    ----------
    table : DataFrame
        One row per family, the most often claimed first: family, claimed (share of worlds in which it is),
        corrected_p (median over worlds).
    worlds : int
    label : str
    any_claim : float
        Share of worlds in which any family is claimed.
    """

    table: pd.DataFrame
    worlds: int
    label: str
    any_claim: float

    @property
    def sentence(self) -> str:
        """How often the answer would have been another with labels that are as likely."""
        best = self.table.iloc[0]
        drawn = (
            f"With magnitudes and extents of the ruptures redrawn within their errors {self.worlds} times, "
        )
        if not self.any_claim:
            return f"{drawn}no family is claimed to go with {self.label} in any world."
        return (
            f"{drawn}some family is claimed to go with {self.label} in {self.any_claim:.0%} of worlds, "
            f"most often {best['family']} ({best['claimed']:.0%})."
        )


def label_uncertainty(
    table: FeatureTable,
    *,
    threshold: float | None = 8.0,
    label: str | None = None,
    family: str | None = None,
    column: str | None = None,
    expect: str | None = None,
    worlds: int = 200,
    seed: int = 0,
) -> LabelUncertainty:
    """Ask the question of `associate` of labels that are as likely as those of the table.

    Each rupture's Mw, length and place are drawn from errors that follow from the date and the quality of
    its label, where the table has them (`EXTENT_ERRORS`, `MAGNITUDE_ERRORS`).

    Parameters
    ----------
    table, threshold, label, family, column, expect
        As for `associate`.
    worlds : int
    seed : int

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> label_uncertainty(synthetic_table(noise=0.1), worlds=10).table["family"].iloc[0]
    'driver'
    """
    question = make_question(table, threshold=threshold, label=label, family=family, column=column)
    check_expected(question, expect)
    magnitude, length, shift = label_errors(question)
    drawn = redrawn_labels(
        question.magnitudes,
        magnitude_error=magnitude,
        length_error=length,
        shift_error=shift,
        worlds=worlds,
        seed=seed,
    )
    labels = labels_of(drawn.labels, threshold)
    scores = rupture_scores(labels, drawn.ruptures, question.trenches.region)
    corrected = corrected_p(question, scores, seed=seed, expect=expect)
    rows = pd.DataFrame(
        {
            "family": sorted(set(question.families)),
            "claimed": np.mean(corrected <= LEVEL, axis=0),
            "corrected_p": np.median(corrected, axis=0),
        }
    ).sort_values(["claimed", "corrected_p"], ascending=[False, True], kind="stable", ignore_index=True)
    return LabelUncertainty(rows, worlds, question.label, float(np.mean(corrected.min(1) <= LEVEL)))


def label_errors(question: Question) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the errors of Mw, of log10 of the length, and of the shift of every row's rupture."""
    frame, target = question.table.frame, question.target
    quality = pd.Series(_UNSAID_QUALITY, index=frame.index)
    if f"{target}_quality" in frame:
        quality = frame[f"{target}_quality"].where(lambda named: named.isin(list(EXTENT_ERRORS)), "C")
    extent = np.array([EXTENT_ERRORS[each] for each in quality])
    year = np.full(len(frame), _UNSAID_YEAR)
    if f"{target}_date" in frame:
        first = frame[f"{target}_date"].astype("string").str.extract(r"^(-?\d+)", expand=False)
        year = pd.to_numeric(first).fillna(_UNSAID_YEAR).to_numpy(dtype=np.int64)
    starts, errors = zip(*MAGNITUDE_ERRORS, strict=True)
    magnitude = np.select([year >= start for start in starts], errors)
    return magnitude, extent[:, 0], extent[:, 1]
