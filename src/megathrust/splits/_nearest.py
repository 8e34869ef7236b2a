"""Folds whose tested segments are as far from training as those of a stated use will be: kNNDM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import KDTree
from scipy.stats import wasserstein_distance

from megathrust.core import EARTH_RADIUS_KM, FloatArray, InputError, IntArray, check_range, unknown_name
from megathrust.geometry import unit_vectors
from megathrust.splits._fold import Fold
from megathrust.splits._splitters import SPLITTERS, SplitOptions
from megathrust.table import FeatureTable

#: What a model may be meant for: the next rupture of a trench that it knows, or a trench that it does not.
USES = ("this trench", "new trench")

# How many numbers of clusters are tried at most.
_TRIED = 16
# A fold that holds more of the table leaves too little to train on.
_LARGEST_SHARE = 0.5
# Digits of places on the unit sphere (0.6 m) that decide about ties, so that they are the same anywhere.
_DIGITS = 7


@dataclass(frozen=True)
class NearestNeighbourSplitter:
    """Choose folds in which tested segments are as far from training ones as they will be when it counts.

    k-fold nearest neighbour distance matching: groups are clustered by place and clusters dealt to the folds;
    of several numbers of clusters that is taken for which the distances from tested segments to their nearest
    training segment are distributed most nearly as those of the stated use.

    - ``"this trench"``: the next rupture of a known trench. No segment of it has a label yet, so the distance
      that counts is that to the nearest segment of another rupture. Groups are ruptures, never split.
    - ``"new trench"``: a trench without any label; the distance is that to the nearest segment of another
      trench. Groups are regions, never split.

    Parameters
    ----------
    use : str
        One of `USES`.
    folds : int
        Fewer where there are fewer groups.
    target : str, optional
        The label whose ruptures are meant; the table's first target by default.

    References
    ----------
    Linnenbrink et al. (2024), doi:10.5194/gmd-17-5897-2024. There points are clustered; here groups, because
    a rupture on both sides of a fold gives its label away at any distance.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> [len(fold.test) for fold in NearestNeighbourSplitter("new trench").split(synthetic_table())]
    [60, 40, 30]
    """

    use: str = "this trench"
    folds: int = 5
    target: str | None = None

    def __post_init__(self) -> None:
        if self.use not in USES:
            raise unknown_name("use of a model", self.use, USES)
        check_range("the number of folds", self.folds, low=2)

    @property
    def protocol(self) -> str:
        """Name of the protocol in score files."""
        return f"kNNDM, {self.use}"

    @property
    def exclusion_km(self) -> float:
        """Infinite where whole regions are held out; else 0: no distance is kept but that of the use."""
        return 0.0 if self.use == "this trench" else float("inf")

    @property
    def whole_ruptures(self) -> bool:
        """Whether ruptures are the groups."""
        return self.use == "this trench"

    def split(self, table: FeatureTable, ruptures: IntArray | None = None) -> list[Fold]:
        """Return the folds, those with more rows first.

        Parameters
        ----------
        table : FeatureTable
        ruptures : ndarray of int, shape (rows,), optional
            Rupture number of every row in another world; those of the table's label by default.

        Raises
        ------
        InputError
            If there is one group only, one that holds half of the table, a segment without a place, or no way
            to deal groups into folds of at most half the table each.
        """
        places = _places(table)
        group = self._groups(table, ruptures)
        count = int(group.max()) + 1
        folds = min(self.folds, count)
        if count < 2 or np.bincount(group).max() > _LARGEST_SHARE * len(group):
            raise InputError(
                f"folds for {self.use} need groups, none of them half of the table",
                given=f"{count} {'ruptures' if self.whole_ruptures else 'regions'}",
                action="use another protocol",
            )
        wanted = to_other_group(places, group)
        found = []
        for clusters in _cluster_counts(folds, count):
            fold = _deal(places, group, clusters, folds)
            share = np.bincount(fold, minlength=folds) / len(fold)
            if share.min() > 0.0 and share.max() <= _LARGEST_SHARE:
                distance = to_training(places, _folds(fold, folds))
                # Rounded: what lies nearer together than a metre is the same on any processor.
                found.append((round(float(wasserstein_distance(distance, wanted)), 3), clusters, fold))
        if not found:
            raise InputError(
                f"no way to deal the segments into folds for {self.use} leaves half of them to training",
                given=f"{folds} folds",
                action="take more folds, or another protocol",
            )
        return _folds(min(found, key=lambda each: each[:2])[2], folds)

    def _groups(self, table: FeatureTable, ruptures: IntArray | None) -> IntArray:
        if not self.whole_ruptures:
            keys = table.frame["region"].to_numpy().astype(str)
        else:
            keys = table.ruptures(self.target) if ruptures is None else ruptures
        return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64)


def distance_mismatch(table: FeatureTable, folds: Sequence[Fold], use: str) -> float:
    """Return how far the distances of any folds are from those of a stated use, in km.

    Parameters
    ----------
    table : FeatureTable
    folds : sequence of Fold
        From any splitter; each row tested once at least.
    use : str
        One of `USES`; see `NearestNeighbourSplitter`.

    Returns
    -------
    float
        First Wasserstein distance between the distributions of the distance from tested segments to their
        nearest training segment, and of what it will be in use (great circle, km).

    Examples
    --------
    >>> from megathrust.splits import RegionSplitter
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table()
    >>> distance_mismatch(table, RegionSplitter().split(table), "new trench")
    0.0
    """
    group = NearestNeighbourSplitter(use)._groups(table, None)
    places = _places(table)
    return float(wasserstein_distance(to_training(places, folds), to_other_group(places, group)))


def to_other_group(places: FloatArray, group: IntArray) -> FloatArray:
    """Return the great-circle distance in km from every row to the nearest one of another group, (rows,).

    Parameters
    ----------
    places : ndarray, shape (rows, 3)
        On the unit sphere.
    group : ndarray of int, shape (rows,)
        Of two groups at least.
    """
    tree = KDTree(places)
    chord = np.full(len(places), np.inf)
    left, count = np.arange(len(places)), 8
    while len(left):
        count = min(count, len(places))
        distance, other = tree.query(places[left], k=count)
        distance = np.where(group[other] != group[left, None], distance, np.inf)
        chord[left] = distance.min(1)
        left = left[np.isinf(chord[left])] if count < len(places) else left[:0]
        count *= 4
    return _arc_km(chord)


def to_training(places: FloatArray, folds: Sequence[Fold]) -> FloatArray:
    """Return the great-circle distance in km from every tested row to its nearest training row."""
    parts = [KDTree(places[fold.train]).query(places[fold.test])[0] for fold in folds]
    return _arc_km(np.concatenate(parts))


def _arc_km(chord: FloatArray) -> FloatArray:
    return np.asarray(2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0)))


def _places(table: FeatureTable) -> FloatArray:
    places = np.round(unit_vectors(table.frame["lon"], table.frame["lat"]), _DIGITS)
    if not np.isfinite(places).all():
        raise InputError(
            "distances of folds need the place of every segment",
            given=f"{int((~np.isfinite(places).all(1)).sum())} segments without lon and lat",
            action="give a table with places, or use another protocol",
        )
    return np.asarray(places)


def _cluster_counts(folds: int, groups: int) -> list[int]:
    """Return the numbers of clusters that are tried, from one per fold to one per group."""
    return sorted({round(float(each)) for each in np.geomspace(folds, groups, _TRIED)})


def _deal(places: FloatArray, group: IntArray, clusters: int, folds: int) -> IntArray:
    """Return the fold of every row: groups are clustered by place, clusters dealt along the longest axis.

    Each cluster, in order of the first principal component of the clusters' middles, goes to the fold that
    has the fewest rows so far.
    """
    size = np.bincount(group)
    middle = np.stack([np.bincount(group, column) for column in places.T], axis=1) / size[:, None]
    of_group = fcluster(linkage(np.round(middle, _DIGITS), "ward"), clusters, "maxclust") - 1
    rows = np.bincount(of_group, size)
    centre = np.stack([np.bincount(of_group, size * column) for column in middle.T], axis=1) / rows[:, None]
    _, _, axes = np.linalg.svd(centre - centre.mean(0), full_matrices=False)
    along = centre @ (axes[0] * np.sign(axes[0][np.argmax(np.abs(axes[0]))]))
    fold = np.empty(len(rows), dtype=np.int64)
    filled = np.zeros(folds)
    for cluster in np.argsort(np.round(along, _DIGITS - 1), kind="stable"):
        fold[cluster] = np.argmin(filled)
        filled[fold[cluster]] += rows[cluster]
    return np.asarray(fold[of_group][group])


def _folds(fold: IntArray, count: int) -> list[Fold]:
    """Return folds by row counts, the largest first."""
    order = np.argsort(-np.bincount(fold, minlength=count), kind="stable")
    return [
        Fold(str(name), np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for name, k in enumerate(order)
    ]


@SPLITTERS.register("kNNDM, this trench")
def for_this_trench(options: SplitOptions) -> NearestNeighbourSplitter:
    """Hold out ruptures so that distances are those of the next rupture of a known trench."""
    return NearestNeighbourSplitter("this trench", options.chunks)


@SPLITTERS.register("kNNDM, new trench")
def for_a_new_trench(options: SplitOptions) -> NearestNeighbourSplitter:
    """Hold out regions so that distances are those of a trench without a label."""
    return NearestNeighbourSplitter("new trench", options.chunks)
