"""Which features a member sees, where it does not see all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, check_range, check_same_length, fill_missing
from megathrust.models import stream
from megathrust.training._network import Member
from megathrust.training._targets import Targets, of_world

# Bins of a feature, and of a magnitude where there are no classes.
_BINS, _MAGNITUDE_BINS = 8, 4


def feature_probabilities(features: FloatArray, classes: IntArray) -> FloatArray:
    """Return how probably each feature is drawn: in proportion to what it alone tells of the class.

    That is the mutual information of the class and the feature in eight bins of equal counts, from the
    rows given and hence never from a held-out row.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
    classes : ndarray of int, shape (rows,)
        From 0.

    Returns
    -------
    ndarray, shape (features,)
        Positive, of sum 1; all equal where no feature tells anything.

    References
    ----------
    Drawing features by what they tell alone: Amaratunga et al. (2008), doi:10.1093/bioinformatics/btn356.

    Examples
    --------
    >>> classes = np.arange(80) // 40
    >>> features = np.stack([np.arange(80.0), np.arange(80) % 4], axis=1)
    >>> feature_probabilities(features, classes).round(3)
    array([1., 0.])
    """
    rows = check_same_length(features=features, classes=classes)
    check_range("the number of rows", rows, low=1)
    bins = _bins(features, _BINS)
    n_classes = int(classes.max()) + 1
    width = features.shape[1]
    cells = (np.arange(width) * _BINS + bins) * n_classes + classes[:, None]
    counts = np.bincount(cells.ravel(), minlength=width * _BINS * n_classes)
    joint = counts.reshape(width, _BINS, n_classes) / rows
    expected = joint.sum(2, keepdims=True) * joint.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(joint > 0.0, joint * np.log(joint / expected), 0.0)
    # The floor keeps a feature drawable that tells nothing alone but may tell something with others.
    information = np.maximum(terms.sum((1, 2)), 1e-6)
    return np.asarray(information / information.sum())


def _bins(values: FloatArray, count: int) -> IntArray:
    """Return the bin, of as many of equal counts, of every value (rows, columns) in its column."""
    edges = np.quantile(values, np.linspace(0.0, 1.0, count + 1)[1:-1], axis=0)
    # Where nearly all values are the smallest one, the few others have the last bin to themselves.
    above = np.where(values > values.min(0), values, np.inf).min(0)
    edges[-1] = np.where(np.isfinite(above), np.maximum(edges[-1], above), edges[-1])
    return np.asarray((values[:, None, :] >= edges[None]).sum(1))


def draw_subsets(
    features: FloatArray, targets: Targets, members: Sequence[Member], count: int, how: str
) -> IntArray:
    """Return the features that every member sees, (members, count), ascending.

    A member's draw depends on its seed and its own training rows only.

    Parameters
    ----------
    features : ndarray, shape (worlds, rows, features)
    targets : Targets
        With an axis of worlds.
    members : sequence of Member
    count : int
        Features per member.
    how : str
        One of `FEATURE_DRAWS`.
    """
    known: dict[tuple[int, bytes], FloatArray | None] = {}
    chosen = np.empty((len(members), count), dtype=np.int64)
    for k, member in enumerate(members):
        # Members of one fold, as a rule most of a stack, share their probabilities.
        place = member.world, member.train.tobytes()
        if place not in known:
            known[place] = None if how == "uniform" else _probabilities(features, targets, member)
        generator = stream(member.seed, "features")
        chosen[k] = np.sort(generator.choice(features.shape[2], count, replace=False, p=known[place]))
    return chosen


def _probabilities(features: FloatArray, targets: Targets, member: Member) -> FloatArray:
    # A missing value lies in the middle: what its absence tells is told by features that say it is missing.
    own = of_world(features, member)[member.train]
    own = fill_missing(own, own)
    if targets.classes is not None:
        return feature_probabilities(own, of_world(targets.classes, member)[member.train])
    if targets.magnitudes is None:
        raise InputError("features cannot be drawn by what they tell of nothing", action="give targets")
    magnitudes = of_world(targets.magnitudes, member)[member.train]
    told = np.isfinite(magnitudes)
    return feature_probabilities(own[told], _bins(magnitudes[told, None], _MAGNITUDE_BINS)[:, 0])
