"""The numbers behind a relevance heat map: means, their spread over members, ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from megathrust.core import BoolArray, FloatArray, InputError, IntArray, short_repr


@short_repr
@dataclass(frozen=True)
class RelevanceInfo:
    """Mean relevance by feature (or group of features) and class.

    Attributes
    ----------
    names : tuple of str
        Features or groups: the rows.
    class_names : tuple of str
        Classes: the columns.
    mean : ndarray, shape (names, classes)
        Mean over members of each member's mean over segments, in units of the explained logit.
    spread : ndarray, shape (names, classes)
        Standard deviation of the same over members (n - 1); NaN with a single member.
    rank : ndarray of int, shape (names, classes)
        1 for the largest absolute mean in the class; ties share the better rank.
    members : int
        Members with any relevance.
    """

    names: tuple[str, ...]
    class_names: tuple[str, ...]
    mean: FloatArray
    spread: FloatArray
    rank: IntArray
    members: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row per feature (or group) and class: mean, spread, rank."""
        pairs = pd.MultiIndex.from_product([self.names, self.class_names], names=["name", "class"])
        columns = {
            column: getattr(self, column).ravel() for column in ("mean", "spread", "rank", "uncertain")
        }
        return pd.DataFrame(columns, index=pairs).reset_index().assign(members=self.members)

    @property
    def uncertain(self) -> BoolArray:
        """Where the absolute mean is below two standard deviations over members, or these are unknown."""
        return ~(np.abs(self.mean) >= 2.0 * self.spread)


def relevance_info(
    relevance: npt.ArrayLike,
    *,
    features: Sequence[str],
    class_names: Sequence[str],
    groups: Mapping[str, str] | None = None,
) -> RelevanceInfo:
    """Average relevance over segments, then over members; optionally sum features to groups first.

    Parameters
    ----------
    relevance : array_like, shape (member, class, segment, feature)
        Relevance in units of the explained logit; NaN where a member does not explain a segment.
    features, class_names : sequence of str
        Names along the last and the second axis.
    groups : mapping of str to str, optional
        Group of each feature; the relevance of a group is the sum over its features.

    Returns
    -------
    RelevanceInfo
        Features in the given order, or groups in order of first appearance.

    Raises
    ------
    InputError
        If the shape does not fit the names, a feature has no group, or all relevance is missing.

    Examples
    --------
    >>> info = relevance_info(np.ones((3, 2, 5, 2)), features=["SED_AVE", "SED_STD"],
    ...     class_names=["< 8", ">= 8"], groups={"SED_AVE": "sediment", "SED_STD": "sediment"})
    >>> info.mean
    array([[2., 2.]])
    """
    array = np.asarray(relevance, dtype=np.float64)
    if array.ndim != 4 or array.shape[1::2] != (len(class_names), len(features)):
        raise InputError(
            "relevance does not fit the names",
            given=array.shape,
            allowed=f"(member, {len(class_names)}, segment, {len(features)})",
        )
    per_member = _segment_means(array)
    explained = np.isfinite(per_member).all(axis=(1, 2))
    if not explained.any():
        raise InputError("no member has relevance for all features", given=f"{len(array)} members")
    per_member = per_member[explained]
    names = tuple(features)
    if groups is not None:
        _require_groups(features, groups)
        names = tuple(dict.fromkeys(groups[feature] for feature in features))
        belongs = np.array([[groups[feature] == name for name in names] for feature in features])
        per_member = per_member @ belongs.astype(np.float64)
    members = len(per_member)
    mean = per_member.mean(axis=0).T
    spread = per_member.std(axis=0, ddof=1).T if members > 1 else np.full(mean.shape, np.nan)
    # Rounding to 12 digits keeps equal sums equal whatever the order of addition.
    rank = rankdata(-np.abs(mean).round(12), method="min", axis=0).astype(np.int64)
    return RelevanceInfo(names, tuple(class_names), mean, spread, rank, members)


def strongest_relevance(info: RelevanceInfo, count: int) -> RelevanceInfo:
    """Keep the ``count`` rows with the largest absolute mean in any class, strongest first.

    Ranks stay those among all rows.
    """
    keep = np.argsort(-np.abs(info.mean).max(axis=1), kind="stable")[:count]
    names = tuple(info.names[i] for i in keep)
    return RelevanceInfo(
        names, info.class_names, info.mean[keep], info.spread[keep], info.rank[keep], info.members
    )


def relevance_by_segment(
    relevance: npt.ArrayLike, *, features: Sequence[str], groups: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the mean relevance of each segment for the highest class against the others.

    Parameters
    ----------
    relevance : array_like, shape (member, class, segment, feature)
        Relevance in units of the explained logit; NaN where a member does not explain a segment.
    features : sequence of str
        Names along the last axis.
    groups : mapping of str to str, optional
        Group of each feature; the relevance of a group is the sum over its features.

    Returns
    -------
    DataFrame, shape (segments, features or groups)
        Relevance for the highest class less the mean of the others, averaged over members: with two classes
        the contribution to the log-odds. For maps and strips along the trench.

    Raises
    ------
    InputError
        If the shape does not fit the names or a feature has no group.

    Examples
    --------
    >>> values = np.zeros((3, 2, 1, 2))
    >>> values[:, 1] = [[0.5, 0.25]]
    >>> relevance_by_segment(values, features=["a", "b"], groups={"a": "one", "b": "one"})
        one
    0  0.75
    """
    array = np.asarray(relevance, dtype=np.float64)
    if array.ndim != 4 or array.shape[1] < 2 or array.shape[3] != len(features):
        raise InputError(
            "relevance does not fit the names",
            given=array.shape,
            allowed=f"(member, two or more classes, segment, {len(features)})",
        )
    contrast = array[:, -1] - array[:, :-1].mean(axis=1)
    known = np.isfinite(contrast)
    total = np.where(known, contrast, 0.0).sum(axis=0)
    mean = np.full(total.shape, np.nan)
    np.divide(total, known.sum(axis=0), out=mean, where=known.any(axis=0))
    table = pd.DataFrame(mean, columns=list(features))
    if groups is None:
        return table
    _require_groups(features, groups)
    return table.T.groupby([groups[feature] for feature in features], sort=False).sum(min_count=1).T


def _require_groups(features: Sequence[str], groups: Mapping[str, str]) -> None:
    if missing := [feature for feature in features if feature not in groups]:
        raise InputError("a feature has no group", given=", ".join(missing))


def _segment_means(relevance: FloatArray) -> FloatArray:
    known = np.isfinite(relevance)
    count = known.sum(axis=2)
    total = np.where(known, relevance, 0.0).sum(axis=2)
    mean = np.full(total.shape, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
