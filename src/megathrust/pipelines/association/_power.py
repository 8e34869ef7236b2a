"""What the tests would have seen: the same tests on worlds planted on the same table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from megathrust.core import FloatArray, InputError, IntArray, ProgressCallback, check_range, short_repr
from megathrust.evaluation import family_p_values, rupture_scores, sign_test
from megathrust.pipelines.association._answers import LEVEL, check_expected
from megathrust.pipelines.association._question import Question, make_question
from megathrust.table import FeatureTable
from megathrust.worlds import driver_of, random_signs, world_labels

# Worlds of random signs per planted world: corrected p of 0.05 must be reached by a dozen families.
_SIGNS = 999
# So many come first; a world whose smallest p is above the second number then gets no more.
_FEW, _OPEN = 199, 0.4
# Signs are drawn anew for every so many planted worlds.
_BLOCK = 50
#: Slopes that every report holds: none, the calibration; and two strengths of a signal.
SLOPES = (0.0, 1.5, 4.0)
#: Slopes at which the one that is found in 80 % of worlds is looked for.
LADDER = (0.0, 1.0, 1.5, 2.5, 4.0, 6.0, 10.0, 16.0)
_WANTED = 0.8


@short_repr
@dataclass(frozen=True)
class Power:
    """What a test finds in planted worlds on one table.

    Attributes
    ----------
    table : DataFrame
        One row per slope: slope (log-odds of a great rupture per standard deviation of one feature within
        trenches), worlds, found (share of worlds in which the planted family is claimed), found_low,
        found_high (95 % Clopper-Pearson), claimed (share in which any family is), claimed_low, claimed_high.
    label, size : str
        What was asked, and what it rests on.
    level : float
        Level of the test.
    """

    table: pd.DataFrame
    label: str
    size: str
    level: float = LEVEL

    @property
    def slope_found(self) -> float:
        """Smallest slope found with 80 % probability, by interpolation; infinite beyond the largest tried."""
        slopes, found = self.table["slope"].to_numpy(), self.table["found"].to_numpy()
        # Chance must not make a weaker signal look easier to find.
        found = np.maximum.accumulate(found)
        reached = np.flatnonzero(found >= _WANTED)
        if not len(reached):
            return float("inf")
        after = int(reached[0])
        if after == 0:
            return float(slopes[0])
        share = (_WANTED - found[after - 1]) / (found[after] - found[after - 1])
        return float(slopes[after - 1] + share * (slopes[after] - slopes[after - 1]))

    @property
    def sentence(self) -> str:
        """What the table could have shown: to be said beside every answer, above all beside "nothing"."""
        slope = self.slope_found
        largest = float(self.table["slope"].max())
        at = self.table[self.table["slope"] == largest]["found"].item()
        odds = "log-odds of a great rupture per standard deviation of one feature within trenches"
        if np.isinf(slope):
            return (
                f"This table ({self.label}, {self.size}) would not have shown any slope up to {largest:g} "
                f"({odds}) with {_WANTED:.0%} probability; it shows {largest:g} with {at:.0%}."
            )
        return (
            f"This table ({self.label}, {self.size}) would have shown a slope of {slope:.1f} ({odds}) with "
            f"{_WANTED:.0%} probability."
        )


def association_power(
    table: FeatureTable,
    *,
    threshold: float | None = 8.0,
    label: str | None = None,
    family: str | None = None,
    column: str | None = None,
    expect: str | None = None,
    slopes: Sequence[float] = LADDER,
    worlds: int = 200,
    seed: int = 0,
    progress: ProgressCallback | None = None,
) -> Power:
    """Return how often the test of `associate` finds what was planted on this very table.

    In each world the trenches' own ruptures are laid out anew, more often where one feature of one family is
    high; the feature is drawn anew for every world. At slope 0 nothing is planted: "found" and "claimed" are
    false claims there.

    Parameters
    ----------
    table, threshold, label, family, column, expect
        As for `associate`.
    slopes : sequence of float
        Log-odds of a great rupture per standard deviation of the feature within trenches.
    worlds : int
        Worlds per slope.
    seed : int
    progress : callable, optional
        Called with the number of worlds done and of all.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> power = association_power(synthetic_table(), column="F0", slopes=[0.0, 8.0], worlds=10)
    >>> power.table["slope"].tolist()
    [0.0, 8.0]
    """
    check_range("the number of worlds", worlds, low=1, high=100_000)
    if not len(slopes):
        raise InputError("there is no slope to plant", action="give at least one")
    question = make_question(table, threshold=threshold, label=label, family=family, column=column)
    check_expected(question, expect)
    outcomes = {}
    for slope in sorted(slopes):
        outcomes[slope] = planted(question, slope, worlds=worlds, seed=seed, expect=expect)
        if progress is not None:
            progress(len(outcomes) * worlds, len(slopes) * worlds)
    return power_of(question, outcomes)


def power_of(question: Question, outcomes: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> Power:
    """Return the power of a test from what `planted` says of each slope."""
    rows = [
        {"slope": slope, "worlds": len(found), **share("found", found), **share("claimed", claimed)}
        for slope, (found, claimed) in outcomes.items()
    ]
    return Power(pd.DataFrame(rows), question.label, question.size)


def planted(
    question: Question,
    slope: float,
    *,
    worlds: int,
    seed: int,
    expect: str | None = None,
    kind: str = "independent",
) -> tuple[np.ndarray, np.ndarray]:
    """Return, per world of a kind, whether the planted family is claimed and whether any is."""
    trenches = question.trenches
    driver, own = chosen_drivers(question, worlds=worlds, seed=seed, expect=expect)
    drawn = world_labels(kind, trenches, worlds=worlds, seed=seed, driver=driver, slope=slope)
    scores = rupture_scores(drawn.labels, drawn.ruptures, trenches.region)
    corrected = corrected_p(question, scores, seed=seed, expect=expect)
    return corrected[np.arange(worlds), own] <= LEVEL, corrected.min(1) <= LEVEL


def chosen_drivers(
    question: Question, *, worlds: int, seed: int, expect: str | None = None
) -> tuple[FloatArray, IntArray]:
    """Draw one feature of one family for every world.

    Returns
    -------
    driver : ndarray, shape (worlds, rows)
        Of mean 0 and spread 1 within trenches, with the expected sign.
    family : ndarray of int, shape (worlds,)
        Place of the feature's family in alphabetical order.
    """
    random = np.random.default_rng([seed, 1])
    members = np.asarray(question.families)
    families = sorted(set(question.families))
    chosen = [random.choice(np.flatnonzero(members == random.choice(families))) for _ in range(worlds)]
    sign = -1.0 if expect == "negative" else 1.0
    trenches = question.trenches
    drivers = {i: sign * driver_of(trenches.features[:, [i]], trenches.region) for i in set(chosen)}
    own = np.array([families.index(question.families[i]) for i in chosen])
    return np.stack([drivers[i] for i in chosen]), own


def corrected_p(
    question: Question, scores: FloatArray, *, seed: int, expect: str | None = None
) -> FloatArray:
    """Return the corrected p of every family, in alphabetical order, in every world: (worlds, families).

    Where a few signs leave every p far above any level, no more are drawn.

    References
    ----------
    Besag & Clifford (1991), doi:10.1093/biomet/78.2.301.
    """
    result: list[FloatArray] = []
    for number, heights in enumerate(scores @ question.modes):
        if number % _BLOCK == 0:
            signs = random_signs(_SIGNS, question.modes.shape[1], seed=seed + number)
        if not np.any(scores[number]):
            # A world without two labels in any trench has nothing to claim.
            result.append(np.ones(len(set(question.families))))
            continue
        result.append(_p_values(question, heights, signs[:_FEW], expect))
        if result[-1].min() <= _OPEN:
            result[-1] = _p_values(question, heights, signs, expect)
    return np.stack(result)


def _p_values(question: Question, heights: FloatArray, signs: FloatArray, expect: str | None) -> FloatArray:
    test = sign_test(question.waves, heights, signs)
    if expect is not None:
        return np.array([test.p_value(0, expected=expect)])
    return family_p_values(test, question.families).corrected


def share(name: str, happened: np.ndarray) -> dict[str, float]:
    """Return a share of worlds with its 95 % interval of Clopper and Pearson, as columns."""
    low, high = binomtest(int(happened.sum()), len(happened)).proportion_ci(0.95)
    return {name: float(happened.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
