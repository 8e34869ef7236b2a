"""Great-circle arcs of a trench, and exact rules for which of them can be nearest to a patch of points.

An arc reaches from its start up to, but not including, its end; the last arc includes its end. With the
start a, the end b, the unit normal r of the arc's plane to the right, and the tangents t (at a towards b)
and u (at b towards a), the point x has its foot on the arc where x.t >= 0 and x.u > 0, and the sine of its
distance to the arc is the length of (x.r, min(x.t, 0), min(x.u, 0)), because (a, t, r) and (b, u, r) are
orthonormal. No arc cosine and no difference of close numbers enters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from megathrust.core import EARTH_RADIUS_KM, BoolArray, FloatArray, IntArray
from megathrust.geometry._sphere import normalised
from megathrust.geometry._trench import TrenchLine

#: Added to the radius of a patch, in radians (6 mm), so that rounding never discards the nearest arc: the
#: plane of an arc of 100 m is known to 1e-11 only.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Arcs:
    """The arcs of a line as arrays of shape (m, 3) and (m,)."""

    start: FloatArray
    middle: FloatArray
    right: FloatArray
    ahead: FloatArray
    back: FloatArray
    corner: FloatArray
    start_km: FloatArray
    half_angle: float

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, line: TrenchLine, breaks_km: FloatArray | None = None) -> Arcs:
        """Build the arcs between the vertices of a line and further points at ``breaks_km`` on it."""
        s_km = line.s_km
        if breaks_km is not None:
            # A break within a millimetre of a vertex is that vertex: no arc may have a vanishing plane.
            distance = np.abs(breaks_km[:, None] - s_km[None, :]).min(axis=1)
            s_km = np.sort(np.concatenate([s_km, breaks_km[distance > 1e-6]]))
        vertices = line.vectors_at(s_km)
        start, end = vertices[:-1], vertices[1:]
        # A piece takes its plane from the whole arc: its own two ends may lie too close to tell it.
        whole = np.searchsorted(line.s_km, (s_km[:-1] + s_km[1:]) / 2.0) - 1
        right = normalised(np.cross(line.vectors[1:], line.vectors[:-1]))[whole]
        # A point nearest to a vertex lies on the side that the mean normal of both arcs tells
        # (Baerentzen & Aanaes 2005, doi:10.1109/TVCG.2005.49).
        corner = normalised(right + np.vstack([right[:1], right[:-1]]))
        return cls(
            start=start,
            middle=normalised(start + end),
            right=right,
            ahead=np.cross(start, right),
            back=np.cross(right, end),
            corner=corner,
            start_km=s_km[:-1],
            half_angle=float(np.diff(s_km).max() / EARTH_RADIUS_KM / 2.0),
        )


@dataclass(frozen=True, eq=False)
class Patches:
    """Caps on the sphere and, for each, the arcs that can be nearest to a point within it.

    ``pair_patch`` is sorted; it and ``pair_arc`` list the candidates, at least one per patch.
    """

    centre: FloatArray
    radius: FloatArray
    pair_patch: IntArray
    pair_arc: IntArray

    @property
    def first_pair(self) -> IntArray:
        """Where the candidates of each patch begin."""
        return np.searchsorted(self.pair_patch, np.arange(len(self.centre)))


def patches_within(
    arcs: Arcs, centre: FloatArray, radius: FloatArray, max_angle: float
) -> tuple[IntArray, Patches]:
    """Return the patches that may hold points within ``max_angle`` (radians) of the arcs.

    Returns
    -------
    kept : ndarray
        Indices of these patches; all points of the others lie further away.
    patches : Patches
        The kept ones, with their candidates.
    """
    chord, _ = cKDTree(arcs.middle).query(centre)
    nearest = 2.0 * np.arcsin(np.minimum(chord / 2.0, 1.0))
    kept = np.flatnonzero(nearest <= max_angle + radius + arcs.half_angle + ROUNDING)
    reach = np.minimum(nearest[kept] + 2.0 * (radius[kept] + arcs.half_angle + ROUNDING), np.pi)
    limit = np.cos(reach)
    pairs = []
    rows = max(1, 4_000_000 // len(arcs))
    for begin in range(0, len(kept), rows):
        part = slice(begin, begin + rows)
        near = centre[kept[part]] @ arcs.middle.T >= limit[part, None] - ROUNDING
        patch, arc = np.nonzero(near)
        pairs.append((patch + begin, arc))
    if not pairs:
        pairs = [(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))]
    patches = Patches(
        centre[kept],
        radius[kept],
        np.concatenate([p for p, _ in pairs]),
        np.concatenate([a for _, a in pairs]),
    )
    return kept, patches


def pruned(arcs: Arcs, patches: Patches) -> tuple[Patches, FloatArray]:
    """Drop the candidates that are nearest to no point of their patch.

    From the centre c of a patch with radius r to a point x of it, products with unit vectors and distances
    change by at most r. So an arc goes if it is further than d + 2 r, where d is the distance of the
    nearest one; if all points lie beyond its end (the next arc owns that vertex); or if all lie before
    its start and all feet on the arc before come before that vertex.

    Returns
    -------
    patches : Patches
    distance : ndarray
        From each centre to the nearest arc, radians.
    """
    patch, arc = patches.pair_patch, patches.pair_arc
    centre, radius = patches.centre[patch], patches.radius[patch] + ROUNDING
    ahead, back = _dot(centre, arcs.ahead[arc]), _dot(centre, arcs.back[arc])
    sine = np.sqrt(distance_squared(_dot(centre, arcs.right[arc]), ahead, back))
    angle = np.arcsin(np.minimum(sine, 1.0))
    nearest = np.minimum.reduceat(angle, patches.first_pair)
    before = _dot(centre, arcs.back[np.maximum(arc - 1, 0)])
    keep = angle <= nearest[patch] + 2.0 * radius
    keep &= (back >= -radius) | (arc == len(arcs) - 1)
    keep &= (ahead >= -radius) | (before <= radius) | (arc == 0)
    return Patches(patches.centre, patches.radius, patch[keep], arc[keep]), nearest


def distance_squared(right: FloatArray, ahead: FloatArray, back: FloatArray) -> FloatArray:
    """Return the squared sine of the distance to an arc from the three products."""
    return np.asarray(right**2 + np.minimum(ahead, 0.0) ** 2 + np.minimum(back, 0.0) ** 2)


def nearest_arcs(arcs: Arcs, points: FloatArray, candidates: IntArray) -> tuple[IntArray, FloatArray]:
    """Return for each point the nearest of its patch's candidate arcs.

    Parameters
    ----------
    arcs : Arcs
    points : ndarray, shape (patch, point, 3)
        Unit vectors.
    candidates : ndarray, shape (patch, candidate)
        Indices of arcs, among them the nearest one of every point, ascending.

    Returns
    -------
    arc : ndarray, shape (patch, point)
    products : ndarray, shape (patch, point, 3)
        Of each point with right, ahead and back of its arc.
    """
    best = np.empty(points.shape[:2], dtype=np.intp)
    products = np.empty(points.shape)
    smallest = np.full(points.shape[:2], np.inf)
    for column in candidates.T:
        basis = np.stack([arcs.right[column], arcs.ahead[column], arcs.back[column]], axis=-1)
        product = points @ basis
        squared = distance_squared(product[..., 0], product[..., 1], product[..., 2])
        # Beyond its end an arc gives way to the next one, which owns the vertex between them.
        squared[(product[..., 2] < 0.0) & (column != len(arcs) - 1)[:, None]] = np.inf
        closer = squared < smallest
        np.copyto(smallest, squared, where=closer)
        np.copyto(best, column[:, None], where=closer)
        np.copyto(products, product, where=closer[..., None])
    return best, products


def on_right(arcs: Arcs, points: FloatArray, arc: IntArray, products: FloatArray) -> BoolArray:
    """Return whether each point, shape (n, 3), lies to the right of the line, on the downgoing side."""
    right = np.asarray(products[:, 0] >= 0.0)
    corner = np.flatnonzero(products[:, 1] < 0.0)
    right[corner] = _dot(points[corner], arcs.corner[arc[corner]]) >= 0.0
    return right


def beyond_ends(arcs: Arcs, arc: IntArray, products: FloatArray) -> BoolArray:
    """Return whether the foot of each point is an end of the line that it lies beyond."""
    before, after = (arc == 0) & (products[:, 1] < 0.0), (arc == len(arcs) - 1) & (products[:, 2] < 0.0)
    return np.asarray(before | after)


def _dot(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ij,ij->i", first, second))
