"""The tests: all families of a table at once, or one hypothesis that was stated beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import InputError, check_choice, short_repr
from megathrust.evaluation import SignTest, family_p_values, rupture_scores, sign_test
from megathrust.pipelines.association._question import WITHOUT, Question, make_question
from megathrust.table import FeatureTable
from megathrust.worlds import random_signs

#: Largest corrected p that is a claim. In worlds without a signal 0.05 lets up to 6.6 % through, 0.04 up to
#: 5.4 % (docs/claims.md), so 0.04 stands for the usual 5 %.
LEVEL = 0.04
# Worlds of random signs behind every printed p-value.
WORLDS = 9999


@short_repr
@dataclass(frozen=True)
class Associations:
    """What the features of a table have to do with its label, beyond the region.

    Attributes
    ----------
    table : DataFrame
        One row per family, the strongest evidence first: family, features (how many), feature (the one with
        the strongest evidence), statistic (of that feature: sum of products of waves over its spread), effect
        (its correlation with the label within trenches), low, high (95 % interval), p (of the family alone),
        corrected_p (for looking at all families).
    label : str
        The label in words.
    size : str
        What the answer rests on.
    level : float
        Largest corrected p that is a claim.
    """

    table: pd.DataFrame
    label: str
    size: str
    level: float = LEVEL

    @property
    def claims(self) -> list[str]:
        """Families that go with the label beyond the region."""
        return [str(name) for name in self.table["family"][self.table["corrected_p"] <= self.level]]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answer in words; a family is claimed for itself or for what goes with it."""
        place = f"{self.label}, {self.size}"
        if not self.claims:
            best = self.table.iloc[0]
            return (
                f"No family of features is shown to go with {place}: the best is {best['family']}, "
                f"corrected p = {best['corrected_p']:.3g}.",
            )
        return tuple(
            f"{row.family} goes with {place}: {row.feature}, correlation {row.effect:+.2f} "
            f"[{row.low:+.2f}, {row.high:+.2f}], corrected p = {row.corrected_p:.3g}; "
            "it, or what goes with it along trenches."
            for row in self.table.itertuples()
            if row.corrected_p <= self.level
        )


def associate(
    table: FeatureTable,
    *,
    threshold: float | None = 8.0,
    label: str | None = None,
    family: str | None = None,
    column: str | None = None,
    expect: str | None = None,
    without: tuple[int, ...] = WITHOUT,
    seed: int = 0,
) -> Associations:
    """Test which features go with the label along trenches, beyond what the region says.

    Without ``family`` and ``column`` this is the primary test: all families, corrected for all. With one of
    them it is one hypothesis, uncorrected: honest only where it was stated before the table was looked at.

    Parameters
    ----------
    table : FeatureTable
    threshold, label, family, column, without
        See `make_question`.
    expect : {"positive", "negative"}, optional
        Sign of the effect of the one column that was stated beforehand: the test is one-sided then.
    seed : int
        Of the random signs.

    Raises
    ------
    InputError
        If no trench holds two labels, or a sign is expected of more than one feature.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> associate(synthetic_table(noise=0.1)).claims
    ['driver']
    """
    question = make_question(
        table, threshold=threshold, label=label, family=family, column=column, without=without
    )
    check_expected(question, expect)
    trenches = question.trenches
    scores = rupture_scores(trenches.labels[None], trenches.ruptures[None], trenches.region)[0]
    signs = random_signs(WORLDS, question.modes.shape[1], seed=seed)
    test = sign_test(question.waves, question.modes.T @ scores, signs)
    return Associations(family_table(question, test, expect), question.label, question.size)


def check_expected(question: Question, expect: str | None) -> None:
    """Refuse an expected sign that is none, or is expected of several features."""
    if expect is None:
        return
    check_choice("expected sign", expect, ("positive", "negative"))
    if len(question.names) > 1:
        raise InputError(
            "a sign is expected of several features",
            given=f"{expect} for {len(question.names)} features",
            allowed="one column",
            action="name it with column",
        )


def family_table(question: Question, test: SignTest, expect: str | None = None) -> pd.DataFrame:
    """Return the rows of `Associations.table`."""
    found = family_p_values(test, question.families)
    members = np.asarray(question.families)
    best = found.best
    table = pd.DataFrame(
        {
            "family": found.families,
            "features": [int(np.sum(members == name)) for name in found.families],
            "feature": [question.names[i] for i in best],
            "statistic": test.score[best],
            "effect": test.effect[best],
            "low": test.low[best],
            "high": test.high[best],
            "p": found.p,
            "corrected_p": found.corrected,
        }
    )
    if expect is not None:
        one_sided = test.p_value(0, expected=expect)
        table = table.assign(p=one_sided, corrected_p=one_sided)
    return table.sort_values(["corrected_p", "p"], kind="stable", ignore_index=True)
