"""One question asked in many ways: what depends on the cut of the magnitude, with a null of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError, IntArray, ProgressCallback
from megathrust.evaluation import family_p_values, rupture_scores, sign_test
from megathrust.pipelines.association._answers import LEVEL
from megathrust.pipelines.association._question import Question, labels_of, make_question
from megathrust.table import FeatureTable
from megathrust.worlds import random_signs, world_labels

#: Cuts of the magnitude: 28 built-in segments lie between 7.9 and 8.0. None is the magnitude itself.
CUTS: tuple[float | None, ...] = (7.5, 7.7, 7.9, 8.0, 8.1, 8.3, 8.5, None)
# Signs behind every p of one specification; the worlds below decide, not these.
_SIGNS = 199


@dataclass(frozen=True)
class SpecificationCurve:
    """What families have to do with the label, for every cut of the magnitude.

    Attributes
    ----------
    table : DataFrame
        One row per family and cut: family, threshold (NaN for the magnitude itself), feature, effect, low,
        high, p (of the family alone).
    joint : DataFrame
        One row per family, the strongest evidence first: family, statistic (mean of log10 p over the cuts),
        p, corrected_p (for looking at all families), both against worlds in which the same cuts are made.
    label : str
    worlds : int
    """

    table: pd.DataFrame
    joint: pd.DataFrame
    label: str
    worlds: int

    @property
    def sentence(self) -> str:
        """Whether any family goes with the label whatever the cut."""
        best = self.joint.iloc[0]
        verb = "goes" if best["corrected_p"] <= LEVEL else "is not shown to go"
        cuts = self.table["threshold"].nunique(dropna=False)
        return (
            f"Over {cuts} cuts of {self.label} at once, "
            f"{best['family']} {verb} with it: corrected p = {best['corrected_p']:.3g} "
            f"({self.worlds} worlds)."
        )


def specification_curve(
    table: FeatureTable,
    *,
    cuts: Sequence[float | None] = CUTS,
    label: str | None = None,
    worlds: int = 199,
    seed: int = 0,
    progress: ProgressCallback | None = None,
) -> SpecificationCurve:
    """Ask of every family at many cuts of the magnitude, and judge all cuts at once.

    The null lays each trench's own ruptures out anew, with their magnitudes, and makes the same cuts: cuts
    of one world share their ruptures as those of the real world do. Cuts that no trench tells apart are
    left out.

    Parameters
    ----------
    table : FeatureTable
    cuts : sequence of float or None
        Thresholds in Mw; None for the magnitude itself.
    label : str, optional
        Label column; the table's first target by default.
    worlds : int
    seed : int
    progress : callable, optional
        Called with the number of worlds done and of all.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nat. Hum. Behav. 4, doi:10.1038/s41562-020-0912-z.

    Raises
    ------
    InputError
        If no cut tells two segments of any trench apart.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> curve = specification_curve(synthetic_table(noise=0.1), cuts=(7.9, 8.0, 8.1), worlds=19)
    >>> curve.joint["family"].iloc[0]
    'driver'
    """
    question = make_question(table, threshold=None, label=label)
    magnitudes, ruptures = question.trenches.labels, question.trenches.ruptures
    signs = random_signs(_SIGNS, question.modes.shape[1], seed=seed)
    kept = [cut for cut in cuts if np.any(_heights(question, magnitudes, ruptures, cut))]
    if not kept:
        raise InputError(
            "no cut of the magnitude tells two segments of a trench apart",
            given=", ".join("the magnitude" if cut is None else f"{cut:g}" for cut in cuts),
            action="choose cuts between the smallest and the largest magnitude",
        )
    real = pd.concat([_specification(question, magnitudes, ruptures, cut, signs) for cut in kept])
    families = sorted(set(question.families))
    drawn = world_labels("independent", question.trenches, worlds=worlds, seed=seed)
    statistics = [_mean_log_p(real, families)]
    for world in range(worlds):
        each = [
            _specification(question, drawn.labels[world], drawn.ruptures[world], cut, signs) for cut in kept
        ]
        statistics.append(_mean_log_p(pd.concat(each), families))
        if progress is not None:
            progress(world + 1, worlds)
    joint = _joint(np.stack(statistics), families)
    return SpecificationCurve(real.reset_index(drop=True), joint, question.target, worlds)


def _heights(question: Question, magnitudes: FloatArray, ruptures: IntArray, cut: float | None) -> FloatArray:
    labels = labels_of(magnitudes, cut)
    scores = rupture_scores(labels[None], ruptures[None], question.trenches.region)[0]
    return np.asarray(scores @ question.modes)


def _specification(
    question: Question, magnitudes: FloatArray, ruptures: IntArray, cut: float | None, signs: FloatArray
) -> pd.DataFrame:
    heights = _heights(question, magnitudes, ruptures, cut)
    if not np.any(heights):
        # In this world the cut tells nothing apart: it is no evidence of anything.
        families = sorted(set(question.families))
        return pd.DataFrame({"family": families, "threshold": np.nan if cut is None else cut, "p": 1.0})
    test = sign_test(question.waves, heights, signs)
    found = family_p_values(test, question.families)
    return pd.DataFrame(
        {
            "family": found.families,
            "threshold": np.nan if cut is None else cut,
            "feature": [question.names[i] for i in found.best],
            "effect": test.effect[found.best],
            "low": test.low[found.best],
            "high": test.high[found.best],
            "p": found.p,
        }
    )


def _mean_log_p(rows: pd.DataFrame, families: Sequence[str]) -> FloatArray:
    mean = np.log10(rows["p"]).groupby(rows["family"]).mean()
    return np.asarray(mean.reindex(families).to_numpy())


def _joint(statistics: FloatArray, families: Sequence[str]) -> pd.DataFrame:
    """Return p of every family among worlds (the real one first), alone and for the best of all."""
    # In units of its own spread the best of many families has as fine a p as one: ranks would stop at
    # the number of families over that of worlds.
    spread = statistics.std(0)
    scaled = (statistics - statistics.mean(0)) / np.where(spread > 0.0, spread, 1.0)
    best = scaled.min(1)
    joint = pd.DataFrame(
        {
            "family": families,
            "statistic": statistics[0],
            "p": np.mean(statistics <= statistics[0], axis=0),
            "corrected_p": [float(np.mean(best <= own)) for own in scaled[0]],
        }
    )
    return joint.sort_values(["corrected_p", "p", "statistic"], kind="stable", ignore_index=True)
