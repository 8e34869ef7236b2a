"""Cells: each node of a grid or point belongs to the segment and side of its nearest trench point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import (
    EARTH_RADIUS_KM,
    BoolArray,
    FloatArray,
    InputError,
    IntArray,
    check_lonlat,
    short_repr,
)
from megathrust.geometry._arcs import (
    ROUNDING,
    Arcs,
    Patches,
    beyond_ends,
    distance_squared,
    nearest_arcs,
    on_right,
    patches_within,
    pruned,
)
from megathrust.geometry._locate import FURTHEST_KM, POINTS_AT_ONCE, box_caps, feet_of_points
from megathrust.geometry._segments import Segments
from megathrust.geometry._sphere import unit_vectors

#: Sides in the order of cell numbers: upper plate first.
SIDES = ("UP", "DG")

#: Nodes along the side of the patches in which a grid is divided, coarse to fine; each a part of the last.
PATCH_NODES = (64, 32, 16, 8, 4)

OUTSIDE = -1
UNDECIDED = -2


@short_repr
@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of segments: the windows on both sides, cut where the nearest segment changes.

    Cell ``k`` is the upper-plate window of segment ``k``; cell ``n + k``, with n segments, its
    downgoing-plate window. Points whose nearest trench point belongs to no segment, or that lie beyond an
    end of the line, are in no cell.

    Parameters
    ----------
    segments : Segments
        Segments of one trench line.
    up_km, dg_km : tuple of float
        Smallest and largest distance from the trench of the windows on the upper and downgoing plate,
        both positive, both included.

    Raises
    ------
    InputError
        If a window is not 0 <= smallest < largest <= 5000 km.

    Examples
    --------
    >>> from megathrust.geometry import TrenchLine, make_segments
    >>> cells = Cells(make_segments(TrenchLine("sam", [-71.0, -71.0], [-20.0, -22.0])))
    >>> cells.of_points([-70.0, -72.0, -60.0], [-20.1, -20.1, -20.1]).tolist()
    [0, 4, -1]
    """

    segments: Segments
    up_km: tuple[float, float] = (0.0, 300.0)
    dg_km: tuple[float, float] = (0.0, 300.0)

    def __post_init__(self) -> None:
        for name, (smallest, largest) in (("upper-plate", self.up_km), ("downgoing-plate", self.dg_km)):
            if not 0.0 <= smallest < largest <= FURTHEST_KM:
                raise InputError(
                    f"the {name} window is out of order or out of range",
                    given=f"{smallest} to {largest} km",
                    allowed=f"0 <= smallest < largest <= {FURTHEST_KM:g} km",
                )

    def __len__(self) -> int:
        return 2 * len(self.segments)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per cell: region, segment, side ("UP" or "DG") and s_km of the segment's centre."""
        frame = self.segments.to_frame()[["region", "segment", "s_km"]]
        both = pd.concat([frame.assign(side=side) for side in SIDES], ignore_index=True)
        return both[["region", "segment", "side", "s_km"]]

    def of_points(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Return the cell number of each point, -1 outside; NaN coordinates are outside.

        Raises
        ------
        InputError
            If shapes differ or a latitude is out of range.
        """
        lon_array, lat_array = check_lonlat(lon, lat)
        cells = np.full(lon_array.size, OUTSIDE, dtype=np.int32)
        feet = feet_of_points(self._arcs, lon_array.ravel(), lat_array.ravel(), self._furthest_km)
        cells[feet.point] = self._cell_of(
            feet.arc, feet.n_km >= 0.0, np.sin(feet.n_km / EARTH_RADIUS_KM) ** 2, feet.beyond
        )
        return cells.reshape(lon_array.shape)

    def of_grid(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Return the cell number of each node of a grid, -1 outside.

        Exactly what `of_points` gives, much faster: patches of nodes that provably lie in one cell, or in
        none, are filled at once; only patches on the border between cells are resolved node by node.

        Parameters
        ----------
        lon : array_like, shape (n_lon,)
            Degrees, in any longitude layout.
        lat : array_like, shape (n_lat,)
            Degrees.

        Returns
        -------
        ndarray, shape (n_lat, n_lon), int16 or int32
        """
        grid = _Grid.of(lon, lat)
        known = np.int16 if len(self) < np.iinfo(np.int16).max else np.int32
        size = grid.coarsest()
        table = np.full(grid.shape_in(size), UNDECIDED, dtype=known)
        flat: IntArray = np.arange(table.size)
        kept, patches = patches_within(
            self._arcs, *grid.caps(flat, size), self._furthest_km / EARTH_RADIUS_KM
        )
        table.fill(OUTSIDE)
        flat = flat[kept]
        while True:
            patches, nearest = pruned(self._arcs, patches)
            decided = self._decided(patches, nearest)
            table.ravel()[flat] = decided
            left = np.flatnonzero(decided == UNDECIDED)
            finer = next((nodes for nodes in PATCH_NODES if nodes < size), 1)
            if finer == 1:
                break
            flat, patches = grid.divided(flat, patches, left, size, finer)
            table = grid.spread(table, size, finer)
            size = finer
        cells = grid.spread(table, size, 1)
        for index, candidates in grid.border(flat, patches, left, size):
            cells.ravel()[index] = self._of_nodes(grid, index, candidates)
        return cells

    @cached_property
    def _arcs(self) -> Arcs:
        return Arcs.of(self.segments.line, self.segments.edges_km)

    @cached_property
    def _segment_of_arc(self) -> IntArray:
        edges = self.segments.edges_km
        middle = self._arcs.start_km + np.diff(self._arcs.start_km, append=self.segments.line.length_km) / 2.0
        segment = np.searchsorted(edges, middle, side="right") - 1
        return np.where((middle < edges[0]) | (middle > edges[-1]), OUTSIDE, segment).astype(np.int32)

    @cached_property
    def _furthest_km(self) -> float:
        return max(self.up_km[1], self.dg_km[1])

    @cached_property
    def _windows(self) -> FloatArray:
        """Smallest and largest squared sine of distance, per side: shape (2, 2)."""
        return np.asarray(np.sin(np.array([self.up_km, self.dg_km]) / EARTH_RADIUS_KM) ** 2)

    def _cell_of(self, arc: IntArray, right: BoolArray, squared: FloatArray, beyond: BoolArray) -> IntArray:
        segment = self._segment_of_arc[arc]
        (up_low, up_high), (dg_low, dg_high) = self._windows
        inside = np.where(
            right, (squared >= dg_low) & (squared <= dg_high), (squared >= up_low) & (squared <= up_high)
        )
        inside &= (segment != OUTSIDE) & ~beyond
        return np.where(inside, segment + right * len(self.segments), OUTSIDE)

    def _of_nodes(self, grid: _Grid, index: IntArray, candidates: IntArray) -> IntArray:
        """Return the cells of nodes, shape (patch, node), from the candidate arcs of their patches."""
        points = grid.vectors(index)
        arc, products = nearest_arcs(self._arcs, points, candidates)
        arc, products = arc.ravel(), products.reshape(-1, 3)
        right = on_right(self._arcs, points.reshape(-1, 3), arc, products)
        squared = distance_squared(*products.T)
        cells = self._cell_of(arc, right, squared, beyond_ends(self._arcs, arc, products))
        return cells.reshape(index.shape)

    def _decided(self, patches: Patches, nearest: FloatArray) -> IntArray:
        """Return the cell of each patch whose points provably all lie in it, else ``UNDECIDED``."""
        patch, arc = patches.pair_patch, patches.pair_arc
        radius = patches.radius + ROUNDING
        wide = radius[patch]
        segment, side = self._segment_and_side(patches.centre[patch], arc, wide)
        first = patches.first_pair
        cell = np.where(segment == OUTSIDE, OUTSIDE, segment + (side > 0) * len(self.segments))
        cell[(segment == UNDECIDED) | ((side == 0) & (segment != OUTSIDE))] = UNDECIDED
        lowest, highest = np.minimum.reduceat(cell, first), np.maximum.reduceat(cell, first)
        one = np.where(lowest == highest, lowest, UNDECIDED)
        window = np.array([self.up_km, self.dg_km]) / EARTH_RADIUS_KM
        smallest, largest = window[(one >= len(self.segments)).astype(int)].T
        low, high = nearest - radius, nearest + radius
        out = (one >= 0) & ((high < smallest) | (low > largest))
        out |= low > window.max()
        unsure = (one >= 0) & ((low < smallest) & (smallest > 0.0) | (high > largest))
        return np.where(out, OUTSIDE, np.where(unsure, UNDECIDED, one))

    def _segment_and_side(
        self, centre: FloatArray, arc: IntArray, radius: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Return, per pair of patch and arc, the segment and the side (+1 right, -1 left, 0 unsure)."""
        arcs = self._arcs
        ahead = np.einsum("ij,ij->i", centre, arcs.ahead[arc])
        back = np.einsum("ij,ij->i", centre, arcs.back[arc])
        right = np.einsum("ij,ij->i", centre, arcs.right[arc])
        corner = np.einsum("ij,ij->i", centre, arcs.corner[arc])
        side = np.where(np.abs(right) > radius, np.sign(right), 0.0)
        # Some point may be nearest to the vertex where the arc starts: then the corner's normal must agree.
        doubt = (ahead < radius) & ((np.abs(corner) <= radius) | (np.sign(corner) != side))
        side[doubt] = 0.0
        past_start = np.where(arc == 0, -ahead, -np.inf)
        past_end = np.where(arc == len(arcs) - 1, -back, -np.inf)
        past = np.maximum(past_start, past_end)
        segment = np.where(past > radius, OUTSIDE, self._segment_of_arc[arc])
        segment[np.abs(past) <= radius] = UNDECIDED
        return segment, side.astype(np.int32)


@dataclass(frozen=True, eq=False)
class _Grid:
    """Nodes of a grid, and patches of ``size`` by ``size`` of them, numbered row by row."""

    lon: FloatArray
    lat: FloatArray

    @classmethod
    def of(cls, lon: npt.ArrayLike, lat: npt.ArrayLike) -> _Grid:
        lon_array, lat_array = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
        check_lonlat(lat_array, lat_array)
        if not (lon_array.ndim == lat_array.ndim == 1 and lon_array.size and lat_array.size):
            raise InputError(
                "the axes of a grid are not one-dimensional",
                given=f"shapes {lon_array.shape} and {lat_array.shape}",
                allowed="one longitude per column and one latitude per row",
            )
        if not (np.isfinite(lon_array).all() and np.isfinite(lat_array).all()):
            raise InputError("the axes of a grid hold values that are no finite numbers")
        return cls(np.unwrap(lon_array, period=360.0), lat_array)

    def coarsest(self) -> int:
        """Return the largest patch that is small on the sphere; else single nodes' neighbourhoods of 8."""
        step = max(
            float(np.abs(np.diff(axis)).mean()) if len(axis) > 1 else 0.0 for axis in (self.lon, self.lat)
        )
        return next((size for size in PATCH_NODES if size * step <= 2.0), PATCH_NODES[-1])

    def shape_in(self, size: int) -> tuple[int, int]:
        return -(-len(self.lat) // size), -(-len(self.lon) // size)

    def caps(self, flat: IntArray, size: int) -> tuple[FloatArray, FloatArray]:
        rows, columns = np.divmod(flat, self.shape_in(size)[1])
        south, north = _extremes(self.lat, size)
        west, east = _extremes(self.lon, size)
        return box_caps(west[columns], east[columns], south[rows], north[rows])

    def divided(
        self, flat: IntArray, patches: Patches, left: IntArray, size: int, finer: int
    ) -> tuple[IntArray, Patches]:
        """Divide the patches ``left``; every part starts with the candidates of the whole."""
        ratio = size // finer
        rows, columns = np.divmod(flat[left], self.shape_in(size)[1])
        offset = np.arange(ratio)
        row = (rows[:, None, None] * ratio + offset[:, None]) + 0 * offset
        column = (columns[:, None, None] * ratio + offset) + 0 * offset[:, None]
        n_rows, n_columns = self.shape_in(finer)
        real = (row < n_rows) & (column < n_columns)
        parts = (row * n_columns + column)[real]
        parent = left[np.nonzero(real)[0]]
        first = patches.first_pair
        count = np.diff(first, append=len(patches.pair_arc))[parent]
        pair_patch = np.repeat(np.arange(len(parts)), count)
        begin = np.cumsum(count) - count
        pair = np.repeat(first[parent] - begin, count) + np.arange(len(pair_patch))
        return parts, Patches(*self.caps(parts, finer), pair_patch, patches.pair_arc[pair])

    def spread(self, table: IntArray, size: int, finer: int) -> IntArray:
        """Return the table of patches of ``size`` as one of finer patches."""
        ratio = size // finer
        n_rows, n_columns = self.shape_in(finer)
        rows = np.repeat(table, ratio, axis=1)[:, :n_columns]
        return np.repeat(rows, ratio, axis=0)[:n_rows]

    def border(
        self, flat: IntArray, patches: Patches, left: IntArray, size: int
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield flat node numbers (patch, node) and candidates (patch, candidate) of the patches ``left``."""
        first = patches.first_pair
        count = np.diff(first, append=len(patches.pair_arc))[left]
        rows, columns = np.divmod(flat, self.shape_in(size)[1])
        offset = np.arange(size)
        at_once = max(1, POINTS_AT_ONCE // size**2)
        for pairs in np.unique(count):
            group = left[count == pairs]
            for low in range(0, len(group), at_once):
                part = group[low : low + at_once]
                # Past the edge of the grid the last row or column stands in.
                row = np.minimum(rows[part][:, None] * size + offset, len(self.lat) - 1)
                column = np.minimum(columns[part][:, None] * size + offset, len(self.lon) - 1)
                index = row[:, :, None] * len(self.lon) + column[:, None, :]
                yield (
                    index.reshape(len(part), -1),
                    patches.pair_arc[first[part][:, None] + np.arange(pairs)],
                )

    def vectors(self, index: IntArray) -> FloatArray:
        row, column = np.divmod(index, len(self.lon))
        vectors = self._of_columns[column]
        vectors *= self._of_rows[row]
        return vectors

    # The vector of a node is the product of one that depends on its column and one that depends on its row.
    @cached_property
    def _of_columns(self) -> FloatArray:
        vectors = unit_vectors(self.lon, np.zeros_like(self.lon))
        vectors[:, 2] = 1.0
        return vectors

    @cached_property
    def _of_rows(self) -> FloatArray:
        return unit_vectors(np.zeros_like(self.lat), self.lat)[:, [0, 0, 2]]


def _extremes(axis: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    first = np.arange(0, len(axis), size)
    return np.minimum.reduceat(axis, first), np.maximum.reduceat(axis, first)
