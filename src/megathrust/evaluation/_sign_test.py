"""Do features go with great ruptures along trenches: one test by signs of waves, also for families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from megathrust.core import FloatArray, InputError, IntArray, check_same_length, short_repr
from megathrust.evaluation._p_value import p_value

# Ranks and scores are shares of a trench: smaller waves are none.
_ROUNDING = 1e-10


@short_repr
@dataclass(frozen=True)
class SignTest:
    """What the signs say of every feature.

    Attributes
    ----------
    score : ndarray, shape (features,)
        Sum of the products of the waves of feature and label, in units of its spread under random signs.
    null : ndarray, shape (worlds, features)
        The same under random signs, the same for all features.
    effect, low, high : ndarray, shape (features,)
        Correlation of the two within trenches, -1 to 1, and the shifts that the signs do not refute at 5 %.
    """

    score: FloatArray
    null: FloatArray
    effect: FloatArray
    low: FloatArray
    high: FloatArray

    def p_value(self, feature: int, *, expected: str | None = None) -> float:
        """Return the p-value of one feature that was chosen beforehand.

        Parameters
        ----------
        feature : int
        expected : {"positive", "negative"}, optional
            Sign of the effect that was stated beforehand; two-sided without.
        """
        score, null = self.score[feature], self.null[:, feature]
        if expected is None:
            return p_value(abs(score), np.abs(null))
        sign = 1.0 if expected == "positive" else -1.0
        return p_value(sign * score, sign * null)


def trench_ranks(values: FloatArray, region: np.ndarray) -> FloatArray:
    """Return ranks within each region, mean 0, in units of its number of rows; ties share their mean rank.

    Parameters
    ----------
    values : ndarray, shape (rows, ...)
    region : ndarray of str, shape (rows,)

    Examples
    --------
    >>> trench_ranks(np.array([7.0, 9.0, 1.0, 1.0]), np.array(["a", "a", "b", "b"])).tolist()
    [-0.25, 0.25, 0.0, 0.0]
    """
    check_same_length(values=values, region=region)
    ranks = np.empty(np.shape(values))
    for name in np.unique(region):
        rows = np.flatnonzero(region == name)
        ranks[rows] = (rankdata(values[rows], axis=0) - (len(rows) + 1) / 2.0) / len(rows)
    return ranks


def rupture_scores(labels: FloatArray, ruptures: IntArray, region: np.ndarray) -> FloatArray:
    """Return what each row adds to the test: the rank of its label, shared by the rows of its rupture.

    A rupture counts once, however long it is: log-odds by rupture, not by segment. Segments of a trench's
    lowest label ("no event" is a tied lowest rank) add nothing, so that they need no ruptures.

    Parameters
    ----------
    labels : ndarray, shape (worlds, rows)
        Class, or magnitude in Mw.
    ruptures : ndarray of int, shape (worlds, rows)
        Rupture number; the same number in two regions means two ruptures.
    region : ndarray of str, shape (rows,)

    Returns
    -------
    ndarray, shape (worlds, rows)

    Examples
    --------
    >>> labels, ruptures = np.array([[8.5, 8.5, 1.0, 1.0]]), np.array([[0, 0, 1, 2]])
    >>> rupture_scores(labels, ruptures, np.array(["a"] * 4)).tolist()
    [[0.25, 0.25, 0.0, 0.0]]
    """
    scores = np.zeros(labels.shape)
    worlds = np.arange(len(labels))[:, None]
    for name in np.unique(region):
        rows = np.flatnonzero(region == name)
        ranks = rankdata(labels[:, rows], axis=1)
        own = ruptures[:, rows]
        key = worlds * (own.max() + 1) + own
        _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        size = counts[inverse].reshape(own.shape)
        scores[:, rows] = (ranks - ranks.min(1, keepdims=True)) / (len(rows) * size)
    return scores


def sign_test(waves: FloatArray, heights: FloatArray, signs: FloatArray) -> SignTest:
    """Return how each feature goes with the label along trenches, beside worlds of random signs.

    Features and label are taken apart into waves along each trench. Signs keep the spectra of all, the
    correlations between features and the size of every product, and break only whether crests of a feature
    meet crests of the label.

    Parameters
    ----------
    waves : ndarray, shape (modes, features)
        ``modes.T @ features``, with `megathrust.worlds.spectral_modes` and, for instance, `trench_ranks`.
    heights : ndarray, shape (modes,)
        ``modes.T @ scores``, with one world of `rupture_scores`.
    signs : ndarray, shape (worlds, modes)
        From `megathrust.worlds.random_signs`.

    Raises
    ------
    InputError
        If no trench holds two different labels.

    References
    ----------
    Wagner & Dray (2015), doi:10.1111/2041-210X.12407.

    Examples
    --------
    >>> from megathrust.worlds import random_signs, spectral_modes
    >>> region, s_km = np.array(["a"] * 20), np.arange(20.0)
    >>> label = (s_km % 7 > 3).astype(float)
    >>> modes, signs = spectral_modes(region, s_km), random_signs(99, 19, seed=0)
    >>> test = sign_test(modes.T @ label[:, None], modes.T @ label, signs)
    >>> test.effect.round(3).tolist(), test.p_value(0)
    ([1.0], 0.01)
    """
    # Heights of rounding are those of trenches whose segments all have one label.
    used = np.abs(heights) > _ROUNDING
    if not used.any():
        raise InputError(
            "no trench holds two different labels",
            given=f"{len(heights)} waves, all flat",
            action="choose a threshold that some segments of a trench reach and others do not",
        )
    waves, heights = waves[used], heights[used]
    products = waves * heights[:, None]
    spread = np.sqrt(np.sum(products**2, axis=0))
    # A feature that does not vary along any trench with both labels says nothing: its score is 0.
    varies = spread > _ROUNDING**2
    unit = np.where(varies, spread, 1.0)
    products = np.where(varies, products / unit, 0.0)
    score, null = products.sum(0), signs[:, used] @ products
    norm = np.sqrt(np.sum(waves**2, axis=0) * np.sum(heights**2))
    unit = np.where(varies, spread / np.where(varies, norm, 1.0), 0.0)
    reach = np.quantile(np.abs(null), 0.95, axis=0)
    return SignTest(score, null, score * unit, (score - reach) * unit, (score + reach) * unit)


@dataclass(frozen=True)
class FamilyPValues:
    """What the signs say of families of features.

    Attributes
    ----------
    families : list of str
        In alphabetical order.
    best : ndarray of int, shape (families,)
        The feature with the largest absolute score of each.
    p, corrected : ndarray, shape (families,)
        For the family alone, and corrected for looking at all of them.
    """

    families: list[str]
    best: IntArray
    p: FloatArray
    corrected: FloatArray


def family_p_values(test: SignTest, families: Sequence[str]) -> FamilyPValues:
    """Return p-values of families: the best of each one's features, stepped down over families.

    Every world is looked at as the real one is: its best feature per family, then its best family among
    those that have not yet been passed. What is claimed at level alpha is all wrong in alpha of worlds
    without signal at most, as far as the signs hold.

    Parameters
    ----------
    test : SignTest
    families : sequence of str, length features
        Family of each feature.

    References
    ----------
    Westfall & Young (1993), Resampling-Based Multiple Testing, ISBN 978-0-471-55761-6.

    Examples
    --------
    >>> null = np.array([[0.1, 0.2, 0.3], [1.0, 0.5, 0.2], [0.3, 0.2, 2.0]])
    >>> test = SignTest(np.array([3.0, 0.1, 0.1]), null, *np.zeros((3, 3)))
    >>> family_p_values(test, ["a", "a", "b"]).p.tolist()
    [0.25, 1.0]
    """
    members = np.asarray(families)
    names = sorted(set(families))
    sizes = np.abs(np.vstack([test.score, test.null]))
    best = np.stack([sizes[:, members == name].max(1) for name in names], axis=1)
    # Share of all worlds, the real one among them, that reach each world's best.
    p = rankdata(-best, method="max", axis=0) / len(best)
    order = np.argsort(p[0], kind="stable")
    lowest = np.minimum.accumulate(p[:, order[::-1]], axis=1)[:, ::-1]
    stepped = np.maximum.accumulate(np.mean(lowest <= p[0, order], axis=0))
    corrected = np.empty(len(names))
    corrected[order] = stepped
    strongest = [int(np.flatnonzero(members == name)[np.argmax(sizes[0, members == name])]) for name in names]
    return FamilyPValues(names, np.array(strongest), p[0], corrected)
