"""Worlds whose labels come from a known function of a table's own features, and what each feature is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from megathrust.core import FloatArray, InputError, IntArray, Registry

# Pieces of the curve by which a feature acts alone.
_KNOTS = 6


@dataclass(frozen=True)
class Term:
    """What one or two features add to the log-odds, as a function of their levels.

    Attributes
    ----------
    features : tuple of int
        One or two columns.
    function : callable
        From levels (rows, one or two), each the share of segments below a value, to (rows,).
    """

    features: tuple[int, ...]
    function: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class KnownTruth:
    """A function of some features that decides the labels of a world.

    Attributes
    ----------
    terms : tuple of Term
    levels : ndarray, shape (rows, features)
        The table's features, sorted by column: from a value to its level.
    labels : ndarray of int, shape (rows,)
        0 or 1.
    """

    terms: tuple[Term, ...]
    levels: FloatArray
    labels: IntArray

    @property
    def features(self) -> IntArray:
        """The columns that act."""
        return np.unique([number for term in self.terms for number in term.features])

    def odds(self, features: FloatArray) -> FloatArray:
        """Return the log-odds of rows (rows, features)."""
        parts = [term.function(self._levels(features, term)) for term in self.terms]
        return np.asarray(np.sum(parts, axis=0))

    def relevance(self, features: FloatArray, background: FloatArray, weights: FloatArray) -> FloatArray:
        """Return what each feature is due: Shapley values of the true function from a background.

        Parameters
        ----------
        features : ndarray, shape (rows, features)
        background : ndarray, shape (medoids, features)
        weights : ndarray, shape (medoids,)
            Of sum 1.

        Returns
        -------
        ndarray, shape (rows, features)
            Zero for features that do not act; sums to the log-odds less their mean over the background.
        """
        due = np.zeros(features.shape)
        for term in self.terms:
            here, there = self._levels(features, term), self._levels(background, term)
            both = term.function(here)
            neither = float(weights @ term.function(there))
            if len(term.features) == 1:
                due[:, term.features[0]] += both - neither
                continue
            alone = [_mixed(term.function, here, there, place) @ weights for place in (0, 1)]
            for place in (0, 1):
                due[:, term.features[place]] += (alone[place] - neither + both - alone[1 - place]) / 2.0
        return due

    def _levels(self, features: FloatArray, term: Term) -> FloatArray:
        columns = [
            np.searchsorted(self.levels[:, number], features[:, number], side="right") / len(self.levels)
            for number in term.features
        ]
        return np.stack(columns, axis=1)


def _mixed(
    function: Callable[[FloatArray], FloatArray], here: FloatArray, there: FloatArray, own: int
) -> FloatArray:
    """Return the function with one level of every row and the other of every background row."""
    pairs = np.empty((len(here), len(there), 2))
    pairs[..., own] = here[:, None, own]
    pairs[..., 1 - own] = there[None, :, 1 - own]
    return function(pairs.reshape(-1, 2)).reshape(len(here), len(there))


#: Kinds of known truth: from the columns that act and random numbers to terms.
TRUTHS: Registry[Callable[[Sequence[int], np.random.Generator], list[Term]]] = Registry("known truth")


@TRUTHS.register("additive")
def additive(columns: Sequence[int], random: np.random.Generator) -> list[Term]:
    """Let each feature act alone, by a random rising or falling curve of straight pieces.

    References
    ----------
    Mamalakis et al. (2022), doi:10.1017/eds.2022.7.
    """
    return [Term((int(column),), _curve(random)) for column in columns]


@TRUTHS.register("interactions")
def interactions(columns: Sequence[int], random: np.random.Generator) -> list[Term]:
    """Let one feature jump, and the others act in pairs: by a product, or where both pass a threshold."""
    first, *others = (int(column) for column in columns)
    jump = random.uniform(0.3, 0.7)
    terms = [Term((first,), lambda levels: (levels[:, 0] > jump).astype(np.float64))]
    for number, pair in enumerate(zip(others[::2], others[1::2], strict=False)):
        signs = random.choice([-1.0, 1.0], size=2)
        bounds = random.uniform(0.3, 0.6, size=2)
        terms.append(Term(pair, _product(signs) if number % 2 == 0 else _both_pass(signs, bounds)))
    if len(others) % 2:
        terms.append(Term((others[-1],), _curve(random)))
    return terms


def _curve(random: np.random.Generator) -> Callable[[FloatArray], FloatArray]:
    knots = np.linspace(0.0, 1.0, _KNOTS)
    heights = random.choice([-1.0, 1.0]) * np.cumsum(np.abs(random.normal(size=_KNOTS)))
    return lambda levels: np.asarray(np.interp(levels[:, 0], knots, heights))


def _product(signs: FloatArray) -> Callable[[FloatArray], FloatArray]:
    # Each level alone says something as well, as products of measured quantities do.
    return lambda levels: np.asarray(
        (signs[0] * (levels[:, 0] - 0.5) + 0.5) * (signs[1] * (levels[:, 1] - 0.5) + 0.5)
    )


def _both_pass(signs: FloatArray, bounds: FloatArray) -> Callable[[FloatArray], FloatArray]:
    def passed(levels: FloatArray) -> FloatArray:
        turned = np.where(signs > 0.0, levels, 1.0 - levels)
        return np.asarray((turned > bounds).all(1), dtype=np.float64)

    return passed


def known_truth(
    features: FloatArray,
    families: Sequence[str],
    *,
    kind: str = "additive",
    active: int = 5,
    slope: float = 4.0,
    seed: int = 0,
) -> KnownTruth:
    """Return a world in which a few features of a table, each of another family, decide the labels.

    Every term counts alike: it is brought to the same spread over the table. Half of the segments are great
    in the mean.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
        Of a real table: what goes with what stays as it is.
    families : sequence of str
        Family of each feature.
    kind : str
        One of `TRUTHS`.
    active : int
        Features that act.
    slope : float
        Standard deviation of the log-odds over the table.
    seed : int

    Raises
    ------
    InputError
        If there are fewer families than features that act.

    Examples
    --------
    >>> world = known_truth(np.random.default_rng(0).normal(size=(90, 6)), list("aabbcc"), active=3)
    >>> len(world.features), float(world.labels.mean().round(1))
    (3, 0.5)
    """
    names = sorted(set(families))
    if len(names) < active:
        raise InputError(
            "there are fewer families than features that shall act", given=len(names), allowed=f">= {active}"
        )
    random = np.random.default_rng([seed, len(kind)])
    chosen = random.choice(names, size=active, replace=False)
    columns = [int(random.choice(np.flatnonzero(np.asarray(families) == name))) for name in chosen]
    levels = np.sort(features, axis=0)
    raw = KnownTruth(tuple(TRUTHS[kind](columns, random)), levels, np.zeros(len(features), dtype=np.int64))
    terms = [_scaled(term, raw, features) for term in raw.terms]
    total = KnownTruth(tuple(terms), levels, raw.labels).odds(features)
    spread = float(total.std()) or 1.0
    terms = [_times(term, slope / spread) for term in terms]
    odds = KnownTruth(tuple(terms), levels, raw.labels).odds(features)
    labels = random.random(len(features)) < expit(odds - np.median(odds))
    return KnownTruth(tuple(terms), levels, labels.astype(np.int64))


def _scaled(term: Term, raw: KnownTruth, features: FloatArray) -> Term:
    values = term.function(raw._levels(features, term))
    spread = float(values.std())
    # A pair counts as two features do.
    return _times(term, np.sqrt(len(term.features)) / spread if spread > 0.0 else 1.0)


def _times(term: Term, factor: float) -> Term:
    function = term.function
    return Term(term.features, lambda levels: factor * function(levels))
