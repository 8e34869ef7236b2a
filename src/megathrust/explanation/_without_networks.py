"""What ranks features without a network: sparse logistic regression on ranks, and trees on held-out rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from megathrust.core import FloatArray, IntArray, check_range, check_same_length

# Weight of the data against the absolute sum of slopes; ranks run from -1/2 to 1/2.
_STRENGTH = 0.5
_TREES = 100


@dataclass(frozen=True)
class RankLogistic:
    """Log-odds as a sum of slopes times levels, the shares of training rows below a value.

    Attributes
    ----------
    sorted_rows : ndarray, shape (training rows, features)
        The training rows, sorted column by column.
    slopes : ndarray, shape (features,)
        Many of them 0.
    start : float
    """

    sorted_rows: FloatArray
    slopes: FloatArray
    start: float

    def levels(self, features: FloatArray) -> FloatArray:
        """Return the levels of rows, -1/2 to 1/2, ties in their middle."""
        columns = []
        for known, values in zip(self.sorted_rows.T, features.T, strict=True):
            below = np.searchsorted(known, values, side="left") + np.searchsorted(known, values, side="right")
            columns.append(below / (2.0 * len(known)) - 0.5)
        return np.stack(columns, axis=1)

    def log_odds(self, features: FloatArray) -> FloatArray:
        """Return the log-odds of the upper class, (rows,)."""
        return np.asarray(self.levels(features) @ self.slopes + self.start)

    def predict_proba(self, features: FloatArray) -> FloatArray:
        """Return the probabilities of both classes, (rows, 2)."""
        upper = expit(self.log_odds(features))
        return np.stack([1.0 - upper, upper], axis=1)


def fit_rank_logistic(features: FloatArray, labels: IntArray, *, strength: float = _STRENGTH) -> RankLogistic:
    """Fit a logistic regression on ranks that makes few features speak (Tibshirani 1996).

    Parameters
    ----------
    features : ndarray, shape (rows, features)
        Training rows.
    labels : ndarray of int, shape (rows,)
        0 or 1.
    strength : float
        Weight of the data against the absolute sum of the slopes, > 0.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> (fit_rank_logistic(x, (x[:, 1] > 0).astype(int)).slopes != 0).tolist()
    [False, True, False]
    """
    check_range("the weight of the data", strength, low=0.0, open_low=True)
    check_same_length(features=features, labels=labels)
    plain = RankLogistic(np.sort(features, axis=0), np.zeros(features.shape[1]), 0.0)
    model = LogisticRegression(l1_ratio=1.0, C=strength, solver="liblinear", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(plain.levels(features), labels)
    return RankLogistic(plain.sorted_rows, model.coef_[0], float(model.intercept_[0]))


def stability_selection(
    features: FloatArray,
    labels: IntArray,
    ruptures: IntArray,
    *,
    draws: int = 50,
    strength: float = _STRENGTH,
    seed: int = 0,
) -> FloatArray:
    """Return the share of half samples in which each feature is chosen by `fit_rank_logistic`, (features,).

    Whole ruptures are drawn, because they and not segments are the sample.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
    labels : ndarray of int, shape (rows,)
        0 or 1.
    ruptures : ndarray of int, shape (rows,)
        Rupture of each row.
    draws, strength, seed

    References
    ----------
    Meinshausen & Buehlmann (2010), doi:10.1111/j.1467-9868.2010.00740.x.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> stability_selection(x, (x[:, 1] > 0).astype(int), np.arange(200), draws=10).round(1)[1].item()
    1.0
    """
    random = np.random.default_rng(seed)
    names = np.unique(ruptures)
    chosen = []
    for _ in range(draws):
        rows = np.isin(ruptures, random.choice(names, len(names) // 2, replace=False))
        if len(np.unique(labels[rows])) == 2:
            fitted = fit_rank_logistic(features[rows], labels[rows], strength=strength)
            chosen.append(fitted.slopes != 0.0)
    return np.mean(chosen, axis=0) if chosen else np.zeros(features.shape[1])


def tree_permutation(
    train: FloatArray,
    labels: IntArray,
    test: FloatArray,
    observed: IntArray,
    groups: Sequence[Sequence[int]],
    *,
    repeats: int = 3,
    seed: int = 0,
) -> FloatArray:
    """Return what extra trees lose in held-out log score where a group of features is mixed up, (groups,).

    Parameters
    ----------
    train, test : ndarray, shape (rows, features)
    labels, observed : ndarray of int
        0 or 1, of training and of held-out rows.
    groups : sequence of sequence of int
        Columns that are mixed up together.
    repeats, seed : int

    References
    ----------
    Breiman (2001), doi:10.1023/A:1010933404324; Fisher et al. (2019), arXiv:1801.01489.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(300, 3))
    >>> y = (x[:, 1] > 0).astype(int)
    >>> int(np.argmax(tree_permutation(x[:200], y[:200], x[200:], y[200:], [[0], [1], [2]])))
    1
    """
    forest = ExtraTreesClassifier(_TREES, random_state=seed, min_samples_leaf=3).fit(train, labels)
    random = np.random.default_rng(seed)

    copies = [test]
    for columns in groups:
        for _ in range(repeats):
            mixed = test.copy()
            mixed[:, list(columns)] = test[random.permutation(len(test))][:, list(columns)]
            copies.append(mixed)
    # One call for all of them: a forest is slow to be asked, not to answer.
    upper = np.clip(forest.predict_proba(np.concatenate(copies))[:, -1], 0.01, 0.99).reshape(-1, len(test))
    losses = -np.log(np.where(observed == 1, upper, 1.0 - upper)).mean(1)
    return np.asarray(losses[1:].reshape(len(groups), repeats).mean(1) - losses[0])
