"""Statistics of grids and points in the cells along a trench, in one pass and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.geometry._cells import SIDES, Cells
from megathrust.geometry._moments import Moments
from megathrust.geometry._quantiles import ValueStore

#: One block of a grid: longitudes (n_lon,), latitudes (n_lat,), values ([layers,] n_lat, n_lon).
GridBlock = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]

PERCENTILES = (5.0, 25.0, 50.0, 75.0, 95.0)

#: Nodes of a grid that are worked on at once: a bound on memory, whatever block is given.
NODES_AT_ONCE = 1_000_000

#: Values per layer that are kept for exact percentiles (24 bytes each).
MAX_EXACT_VALUES = 4_000_000


class CellAccumulator:
    """Collects values into cells; the result does not depend on the order in which they come.

    Moments are merged exactly (Pebay 2008). Percentiles are exact as long as a layer has at most
    ``max_exact_values`` values in the cells; beyond that they come from bins of relative width
    2**-10, so that a percentile is off by at most 0.05 % of itself and memory stops growing.

    Parameters
    ----------
    cells : Cells
        Where values are collected.
    layers : sequence of str
        Names of the layers that share their nodes, and so one location pass.
    percentiles : sequence of float
        In percent; empty for none, which is fastest and keeps no values.
    max_exact_values : int
        See above.

    Raises
    ------
    InputError
        If there is no layer, a name occurs twice, or a percentile lies outside 0 to 100.

    Examples
    --------
    >>> from megathrust.geometry import Cells, TrenchLine, make_segments
    >>> cells = Cells(make_segments(TrenchLine("sam", [-71.0, -71.0], [-20.0, -22.0])))
    >>> collected = CellAccumulator(cells, percentiles=[50])
    >>> collected.add([-70.0, -70.1, -70.2], [-20.1, -20.1, -20.1], [1.0, 2.0, 6.0])
    >>> print(collected.result().loc[:0, ["segment", "side", "count", "mean", "p50"]])
       segment side  count  mean  p50
    0        0   UP      3   3.0  2.0
    """

    def __init__(
        self,
        cells: Cells,
        *,
        layers: Sequence[str] = ("value",),
        percentiles: Sequence[float] = PERCENTILES,
        max_exact_values: int = MAX_EXACT_VALUES,
    ) -> None:
        if not layers or len(set(layers)) != len(layers):
            raise InputError("the layers need names of their own", given=list(layers))
        percent = np.asarray(percentiles, dtype=np.float64)
        if not np.all((percent >= 0.0) & (percent <= 100.0)):
            raise InputError("a percentile is out of range", given=list(percentiles), allowed="0 to 100")
        self.cells = cells
        self.layers = tuple(layers)
        self._percent = percent
        self._moments = [Moments.empty(len(cells)) for _ in self.layers]
        self._stores = [ValueStore(max_exact_values) for _ in self.layers]

    def add(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        weights: npt.ArrayLike | None = None,
    ) -> None:
        """Add points.

        Parameters
        ----------
        lon, lat : array_like, shape (n,)
            Degrees, in any longitude layout.
        values : array_like, shape (n,) or (layers, n)
            Values that are no finite numbers are skipped.
        weights : array_like, shape (n,), optional
            Positive; 1 by default.

        Raises
        ------
        InputError
            If shapes do not fit, a latitude is out of range, or a weight is not positive.
        """
        cell = self.cells.of_points(lon, lat)
        weight = np.ones(cell.shape) if weights is None else np.asarray(weights, dtype=np.float64)
        if cell.ndim != 1 or weight.shape != cell.shape or not np.all(weight > 0.0):
            raise InputError(
                "points or weights cannot be used",
                given=f"coordinates of shape {cell.shape}, weights of shape {weight.shape}",
                allowed="one-dimensional arrays of equal length, weights > 0",
            )
        self._add_located(cell, self._layered(values, cell.shape), weight)

    def add_grid(self, lon: npt.ArrayLike, lat: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Add nodes of a grid, or of a block of one, weighted by the cosine of latitude.

        Parameters
        ----------
        lon : array_like, shape (n_lon,)
            Degrees, in any longitude layout.
        lat : array_like, shape (n_lat,)
            Degrees.
        values : array_like, shape (n_lat, n_lon) or (layers, n_lat, n_lon)
            Values that are no finite numbers are skipped. The nodes of a global grid shall come once:
            where its first and last column are the same meridian, leave one out.

        Raises
        ------
        InputError
            If shapes do not fit or an axis is unusable.
        """
        lon_array, lat_array = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        layered = self._layered(values, (lat_array.size, lon_array.size))
        rows = max(1, NODES_AT_ONCE // max(1, lon_array.size))
        for begin in range(0, lat_array.size, rows):
            strip = slice(begin, begin + rows)
            cell = self.cells.of_grid(lon_array, lat_array[strip]).ravel()
            area = np.repeat(np.cos(np.radians(lat_array[strip])), lon_array.size)
            self._add_located(cell, layered[:, strip].reshape(len(self.layers), -1), area)

    def merge(self, other: CellAccumulator) -> None:
        """Add all that another accumulator of the same cells, layers and percentiles has collected.

        Raises
        ------
        InputError
            If the other one was made for other layers or for another number of cells.
        """
        if other.layers != self.layers or len(other.cells) != len(self.cells):
            raise InputError(
                "these accumulators do not belong together",
                given=f"{other.layers} in {len(other.cells)} cells",
                allowed=f"{self.layers} in {len(self.cells)} cells",
            )
        self._moments = [a.merged(b) for a, b in zip(self._moments, other._moments, strict=True)]
        for mine, its in zip(self._stores, other._stores, strict=True):
            mine.merge(its)

    def result(self) -> pd.DataFrame:
        """Return the statistics.

        Returns
        -------
        DataFrame
            One row per layer and cell: layer, region, segment, side, s_km, then count, mean, std, min, max,
            skew, kurtosis (excess), gradient_per_km (of the mean along increasing s: central
            difference between neighbouring segments, one-sided where one of them is empty) and the
            percentiles as p5, p25, ... An empty cell has count 0 and NaN.
        """
        frames = []
        for name, moments, store in zip(self.layers, self._moments, self._stores, strict=True):
            frame = self.cells.to_frame()
            frame.insert(0, "layer", name)
            frame = frame.assign(**moments.statistics())
            frame["gradient_per_km"] = self._gradient(frame["mean"].to_numpy())
            for percent, column in zip(
                self._percent, store.percentiles(len(frame), self._percent).T, strict=True
            ):
                frame[f"p{percent:g}"] = np.clip(column, frame["min"], frame["max"])
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def _gradient(self, mean: FloatArray) -> FloatArray:
        s_km = self.cells.segments.centre_km
        sides = mean.reshape(len(SIDES), -1)
        gradient = np.full_like(sides, np.nan)
        if len(s_km) > 1:
            steps = np.diff(sides, axis=1) / np.diff(s_km)
            gradient[:, 1:-1] = (sides[:, 2:] - sides[:, :-2]) / (s_km[2:] - s_km[:-2])
            forward = np.pad(steps, ((0, 0), (0, 1)), constant_values=np.nan)
            backward = np.pad(steps, ((0, 0), (1, 0)), constant_values=np.nan)
            gradient = np.where(np.isnan(gradient), forward, gradient)
            gradient = np.where(np.isnan(gradient), backward, gradient)
            gradient[np.isnan(sides)] = np.nan
        return gradient.ravel()

    def _layered(self, values: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        array = np.asarray(values)
        layered = array if array.ndim == len(shape) + 1 else array[None]
        if layered.shape != (len(self.layers), *shape) or layered.dtype.kind not in "fiub":
            raise InputError(
                "the values do not fit their coordinates",
                given=f"{array.dtype} of shape {array.shape}",
                allowed=f"numbers of shape {(len(self.layers), *shape)}",
            )
        return layered

    def _add_located(self, cell: IntArray, layered: npt.NDArray[Any], weight: FloatArray) -> None:
        """Add nodes whose cells are known; the order by cell and the weights serve all layers."""
        inside = np.flatnonzero(cell >= 0)
        index = inside[np.argsort(cell[inside], kind="stable")]
        ordered, weights = cell[index], weight[index]
        for layer, values in enumerate(layered):
            taken = values[index].astype(np.float64)
            finite = np.isfinite(taken)
            parts = (ordered, taken, weights)
            if not finite.all():
                parts = (ordered[finite], taken[finite], weights[finite])
            moments = Moments.of(*parts, cells=len(self.cells))
            self._moments[layer] = self._moments[layer].merged(moments)
            if len(self._percent):
                self._stores[layer].add(*parts)


def sample_grid(
    blocks: Iterable[GridBlock],
    cells: Cells,
    *,
    layers: Sequence[str] = ("value",),
    percentiles: Sequence[float] = PERCENTILES,
    max_exact_values: int = MAX_EXACT_VALUES,
) -> pd.DataFrame:
    """Return the statistics of a grid in cells; the grid comes in blocks, each looked at once.

    Parameters
    ----------
    blocks : iterable of (lon, lat, values)
        Blocks of one grid in any order, as `CellAccumulator.add_grid` takes them.
    cells, layers, percentiles, max_exact_values
        As for `CellAccumulator`.

    Returns
    -------
    DataFrame
        As from `CellAccumulator.result`.

    Raises
    ------
    InputError
        If a block's shapes do not fit or an axis is unusable.

    Examples
    --------
    >>> from megathrust.geometry import Cells, TrenchLine, make_segments
    >>> cells = Cells(make_segments(TrenchLine("sam", [-71.0, -71.0], [-20.0, -22.0])))
    >>> lon, lat = np.arange(-75.0, -67.0, 0.1), np.arange(-23.0, -19.0, 0.1)
    >>> statistics = sample_grid([(lon, lat, np.broadcast_to(lon, (40, 80)))], cells)
    >>> statistics.groupby("side")["mean"].mean().round(1).to_dict()
    {'DG': -72.4, 'UP': -69.5}
    """
    accumulator = CellAccumulator(
        cells, layers=layers, percentiles=percentiles, max_exact_values=max_exact_values
    )
    for lon, lat, values in blocks:
        accumulator.add_grid(lon, lat, values)
    return accumulator.result()


def sample_grid_distributed(
    blocks: Iterable[Any],
    cells: Cells,
    *,
    layers: Sequence[str] = ("value",),
    percentiles: Sequence[float] = PERCENTILES,
    max_exact_values: int = MAX_EXACT_VALUES,
    blocks_at_once: int = 64,
) -> pd.DataFrame:
    """Return what `sample_grid` returns, with the blocks worked on by Dask.

    Parameters
    ----------
    blocks : iterable
        Blocks (lon, lat, values), or ``dask.delayed`` objects that give them, so that the workers read
        the data themselves.
    cells, layers, percentiles, max_exact_values
        As for `CellAccumulator`.
    blocks_at_once : int
        Blocks that are handed to Dask together: a bound on memory.

    Raises
    ------
    InputError
        If Dask is not installed, or a block is unusable.
    """
    try:
        from dask.delayed import delayed
    except ImportError as error:
        raise InputError(
            "Dask is not installed", action="install megathrust[distributed] or use sample_grid"
        ) from error

    def new() -> CellAccumulator:
        return CellAccumulator(
            cells, layers=layers, percentiles=percentiles, max_exact_values=max_exact_values
        )

    def of_block(block: GridBlock) -> CellAccumulator:
        accumulator = new()
        accumulator.add_grid(*block)
        return accumulator

    total = new()
    for batch in _batches(blocks, blocks_at_once):
        for part in delayed([delayed(of_block)(block) for block in batch]).compute():
            total.merge(part)
    return total.result()


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
