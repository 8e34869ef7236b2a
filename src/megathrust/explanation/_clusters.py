"""Groups of features that say nearly the same, from the data alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from megathrust.core import FloatArray, check_range


@dataclass(frozen=True)
class FeatureClusters:
    """Features by how they go together.

    Attributes
    ----------
    labels : tuple of str
        Cluster of every feature, named after its first feature.
    tree : ndarray, shape (features - 1, 4)
        The dendrogram, as ``scipy.cluster.hierarchy.dendrogram`` draws it; heights are 1 less the absolute
        rank correlation.
    """

    labels: tuple[str, ...]
    tree: FloatArray


def feature_clusters(features: FloatArray, names: list[str], *, correlation: float = 0.7) -> FeatureClusters:
    """Put features together of which every two have at least this absolute rank correlation.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
    names : list of str
    correlation : float
        In (0, 1].

    Returns
    -------
    FeatureClusters
        Its labels are groups for `AttributionOptions`.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> feature_clusters(np.column_stack([x, -x[:, 0]]), ["a", "b", "c"]).labels
    ('a', 'b', 'a')
    """
    check_range("the least correlation", correlation, low=0.0, high=1.0, open_low=True)
    if features.shape[1] < 2:
        return FeatureClusters(tuple(names), np.zeros((0, 4)))
    ranks = rankdata(features, axis=0)
    spread = ranks.std(0)
    scaled = (ranks - ranks.mean(0)) / np.where(spread > 0.0, spread, 1.0)
    together = np.abs(scaled.T @ scaled) / len(ranks)
    distance = np.clip(1.0 - together, 0.0, 1.0).round(12)
    np.fill_diagonal(distance, 0.0)
    # Complete linkage: the height of a branch is the least correlation in it.
    tree = linkage(squareform(distance, checks=False), method="complete")
    numbers = fcluster(tree, 1.0 - correlation + 1e-9, criterion="distance")
    first = dict(zip(numbers[::-1], names[::-1], strict=True))
    return FeatureClusters(tuple(first[number] for number in numbers), np.asarray(tree))
