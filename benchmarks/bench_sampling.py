"""Locating and aggregating a 15 arc-second grid along South America, against rivals measured in the same run.

Usage: python benchmarks/bench_sampling.py [--arcseconds 15]

Every rival gets the same nodes or a stated part of them, and gives mean, std, min, max and count per cell;
ours gives these and skew, kurtosis, gradient and, where said, percentiles. One thread; each is the best
of three runs.
"""

from __future__ import annotations

import argparse
import resource
import time
import tracemalloc

import geopandas
import numpy as np
import pandas as pd
import shapely

from megathrust.geometry import Cells, cell_polygons, load_trench_line, make_segments, sample_grid
from megathrust.testing import cells_by_polygon

WEST, EAST, SOUTH, NORTH = 276.0, 292.0, -48.0, 9.0
ROWS = 512


def blocks(arcseconds, *, rows=ROWS):
    """Yield the grid in blocks of rows; values are synthetic and made on the way."""
    step = arcseconds / 3600.0
    lon = np.arange(WEST, EAST, step)
    lat = np.arange(SOUTH, NORTH, step)
    wave = np.sin(np.radians(lon * 37.0)).astype(np.float32)
    for begin in range(0, len(lat), rows):
        part = lat[begin : begin + rows]
        yield (
            lon,
            part,
            (2000.0 * np.cos(np.radians(part * 53.0)).astype(np.float32))[:, None] * wave - 3000.0,
        )


def ours(cells, arcseconds, **options):
    """Return nodes in cells and the least seconds of three, without the time that making the values takes."""
    best = np.inf
    for _ in range(3):
        begin = time.perf_counter()
        for _ in blocks(arcseconds):
            pass
        making = time.perf_counter() - begin
        begin = time.perf_counter()
        result = sample_grid(blocks(arcseconds), cells, **options)
        best = min(best, time.perf_counter() - begin - making)
    return result, best


def one_pass(arcseconds):
    """Return seconds per node of one numpy pass (a sum of squares) over the values."""
    seconds, nodes = 0.0, 0
    for _, _, values in blocks(arcseconds):
        begin = time.perf_counter()
        np.square(values).sum()
        seconds += time.perf_counter() - begin
        nodes += values.size
    return seconds / nodes


def part_of_nodes(cells, arcseconds, count):
    """Return about ``count`` nodes that lie in cells, whole rows spread over the region."""
    step = arcseconds / 3600.0
    lon = np.arange(WEST, EAST, step)
    random = np.random.default_rng(0)
    chosen = []
    while sum(len(part[0]) for part in chosen) < count:
        lat = np.array([random.uniform(-44.0, 6.0)])
        inside = cells.of_grid(lon, lat)[0] >= 0
        chosen.append((lon[inside], np.full(inside.sum(), lat[0])))
    lon, lat = (np.concatenate(arrays)[:count] for arrays in zip(*chosen, strict=True))
    return np.mod(lon + 180.0, 360.0) - 180.0, lat, np.sin(lon * 5.0) + lat


def by_polygon(outlines, nodes):
    """Ask each cell's polygon about each node, then take statistics by cell."""
    lon, lat, values = nodes
    cell = cells_by_polygon(outlines, lon, lat)
    for index in range(len(outlines)):
        taken = values[cell == index]
        if len(taken):
            taken.mean(), taken.std(), taken.min(), taken.max()


def by_geopandas(outlines, nodes):
    """Join nodes and polygons, then group by cell."""
    lon, lat, values = nodes
    polygons = geopandas.GeoDataFrame({"cell": range(len(outlines))}, geometry=outlines)
    points = geopandas.GeoDataFrame({"value": values}, geometry=shapely.points(lon, lat))
    joined = geopandas.sjoin(points, polygons, predicate="within")
    joined.groupby("cell")["value"].agg(["mean", "std", "min", "max", "count"])


def seconds_per_node(rival, outlines, nodes):
    """Return the least of three; the outlines are made before and cost the rivals nothing."""
    best = np.inf
    for _ in range(3):
        begin = time.perf_counter()
        rival(outlines, nodes)
        best = min(best, time.perf_counter() - begin)
    return best / len(nodes[0])


def peak_megabytes(cells, arcseconds, **options):
    """Return the peak of allocated memory with blocks of 250,000 nodes, whatever the grid."""
    rows = int(250_000 * arcseconds / 3600.0 / (EAST - WEST))
    tracemalloc.start()
    sample_grid(blocks(arcseconds, rows=rows), cells, **options)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arcseconds", type=float, default=15.0)
    arcseconds = parser.parse_args().arcseconds
    cells = Cells(make_segments(load_trench_line("sam")), up_km=(0.0, 310.0), dg_km=(0.0, 310.0))
    ours(cells, 300.0)

    result, seconds = ours(cells, arcseconds, percentiles=())
    nodes = int(result["count"].sum())
    print(f"{len(cells)} cells, {nodes / 1e6:.1f} million nodes in them, {arcseconds:g} arc-seconds")
    fast = seconds / nodes
    print(f"ours, moments:                 {fast * 1e9:8.1f} ns per node in a cell, {seconds:.2f} s")
    _, seconds = ours(cells, arcseconds)
    full = seconds / nodes
    print(f"ours, with 5 percentiles:      {full * 1e9:8.1f} ns per node in a cell, {seconds:.2f} s")
    print(f"one numpy pass (square, sum):  {one_pass(arcseconds) * 1e9:8.1f} ns per node")
    part = part_of_nodes(cells, arcseconds, 100_000)
    outlines = cell_polygons(cells)
    plain = seconds_per_node(by_polygon, outlines, part)
    print(
        f"polygon per cell:              {plain * 1e9:8.1f} ns per node (measured on {len(part[0])} nodes,"
        f" {plain * nodes:.0f} s extrapolated): ours is {plain / fast:.0f} times as fast"
        f" ({plain / full:.0f} with percentiles)"
    )
    part = part_of_nodes(cells, arcseconds, 500_000)
    joined = seconds_per_node(by_geopandas, outlines, part)
    print(
        f"geopandas sjoin and groupby:   {joined * 1e9:8.1f} ns per node (measured on {len(part[0])} nodes,"
        f" {joined * nodes:.0f} s extrapolated): ours is {joined / fast:.1f} times as fast"
        f" ({joined / full:.1f} with percentiles)"
    )
    for name, options in (
        ("moments", {"percentiles": ()}),
        ("5 percentiles from bins", {"max_exact_values": 0}),
    ):
        peaks = [
            peak_megabytes(cells, finer, **options) for finer in arcseconds * np.sqrt([100.0, 10.0, 1.0])
        ]
        print(
            f"peak memory, blocks of 250,000 nodes, {name}: "
            + ", ".join(f"{peak:.1f} MB" for peak in peaks)
            + f" with {nodes / 1e8:.1f}, {nodes / 1e7:.1f}, {nodes / 1e6:.1f} million nodes in cells"
        )
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest resident memory of the run: {resident:.0f} MB")
    print(f"numpy {np.__version__}, pandas {pd.__version__}, shapely {shapely.__version__}")


if __name__ == "__main__":
    main()
