"""Points of a trench in any order become one or more chains along strike."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from megathrust.core import EARTH_RADIUS_KM, FloatArray, IntArray
from megathrust.geometry._sphere import arc_km


def chains(vectors: FloatArray, *, max_gap_km: float, duplicate_km: float) -> list[IntArray]:
    """Order points along the line they lie on, and cut the line at its gaps.

    The points are joined by their minimum spanning tree, whose edges longer than ``max_gap_km`` are
    cut. The longest path through each part is its line; a point that hangs beside that path is put where
    it lengthens the line least. The result does not depend on the order of the points, apart from the
    direction of each chain.

    Parameters
    ----------
    vectors : ndarray, shape (n, 3)
        Unit vectors.
    max_gap_km : float
        Neighbours further apart than this belong to different chains.
    duplicate_km : float
        Of points closer together than this only one is kept.

    Returns
    -------
    list of ndarray
        Indices into ``vectors`` of each chain of two points or more, the longest chain first.
    """
    kept = _without_duplicates(vectors, duplicate_km)
    points = vectors[kept]
    # Chords order like arcs, and a tree over all pairs is cheap for the few hundred points of a trench.
    distance = squareform(pdist(points))
    tree = minimum_spanning_tree(distance)
    tree.data[tree.data > 2.0 * np.sin(max_gap_km / EARTH_RADIUS_KM / 2.0)] = 0.0
    tree.eliminate_zeros()
    lines = []
    left = np.ones(len(points), dtype=bool)
    while left.any():
        start = int(np.flatnonzero(left)[0])
        part = np.flatnonzero(np.isfinite(dijkstra(tree, directed=False, indices=start)))
        left[part] = False
        if len(part) > 1:
            lines.append(kept[_chain_of(tree, distance, part)])
    return sorted(lines, key=lambda line: -_length_km(vectors[line]))


def _without_duplicates(vectors: FloatArray, duplicate_km: float) -> IntArray:
    order = np.lexsort(vectors.T)
    kept: list[int] = []
    for index in order:
        if not kept or arc_km(vectors[kept], vectors[index]).min() >= duplicate_km:
            kept.append(int(index))
    return np.asarray(kept, dtype=np.intp)


def _chain_of(tree: object, distance: FloatArray, part: IntArray) -> list[int]:
    """Return the longest path through one connected part, with the points beside it put in."""
    end = int(part[np.argmax(dijkstra(tree, directed=False, indices=part[0])[part])])
    reach, before = dijkstra(tree, directed=False, indices=end, return_predecessors=True)
    path = [int(part[np.argmax(reach[part])])]
    while path[-1] != end:
        path.append(int(before[path[-1]]))
    for point in sorted(set(part.tolist()) - set(path)):
        here = np.asarray(path)
        detour = distance[here[:-1], point] + distance[point, here[1:]] - distance[here[:-1], here[1:]]
        path.insert(int(np.argmin(detour)) + 1, point)
    return path


def _length_km(vectors: FloatArray) -> float:
    return float(arc_km(vectors[:-1], vectors[1:]).sum())
