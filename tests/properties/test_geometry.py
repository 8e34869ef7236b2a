"""What must hold for the geometry of any trench, points and blocks."""

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st

from megathrust.geometry import Cells, TrenchLine, locate, make_segments, sample_grid

#: No deadline: the machine may be busy.
calmly = settings(max_examples=40, deadline=None)


@st.composite
def lines(draw):
    """A winding line of 200 km or more, anywhere but within 10 degrees of a pole."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lat = draw(st.floats(-75.0, 75.0))
    steps = np.cumsum(random.normal([0.4, 0.0], draw(st.floats(0.0, 0.2)), (12, 2)), axis=0)
    lon = draw(st.floats(-180.0, 180.0)) + steps[:, 0] / np.cos(np.radians(lat))
    return TrenchLine("sam", lon, lat + steps[:, 1])


def around(line, seed, count=200):
    random = np.random.default_rng(seed)
    vertex = random.integers(0, len(line.lon), count)
    lat = line.lat[vertex] + random.normal(0.0, 2.0, count)
    return line.lon[vertex] + random.normal(0.0, 2.0, count) / np.cos(np.radians(line.lat[vertex])), lat


@calmly
@given(lines(), st.integers(0, 1000))
def test_cells_partition_the_window(line, seed):
    lon, lat = around(line, seed)
    cells = Cells(make_segments(line, 50.0, remainder="keep"))
    s_km, n_km = locate(line, lon, lat, max_distance_km=300.0)
    cell = cells.of_points(lon, lat)
    np.testing.assert_array_equal(cell >= 0, np.isfinite(s_km))
    inside = cell >= 0
    segment, down = cell[inside] % len(cells.segments), cell[inside] >= len(cells.segments)
    edges = cells.segments.edges_km
    assert np.all(s_km[inside] >= edges[segment] - 1e-6)
    assert np.all(s_km[inside] <= edges[segment + 1] + 1e-6)
    np.testing.assert_array_equal(down, n_km[inside] >= 0.0)


@calmly
@given(lines(), st.floats(5.0, 90.0))
def test_arc_length_is_conserved(line, length_km):
    segments = make_segments(line, length_km, remainder="keep")
    np.testing.assert_allclose(np.diff(segments.edges_km).sum(), line.length_km)
    np.testing.assert_allclose(line.reversed().length_km, line.length_km)


@calmly
@given(lines(), st.integers(0, 1000), st.integers(-2, 2))
def test_full_turns_of_longitude_change_nothing(line, seed, turns):
    lon, lat = around(line, seed)
    cells = Cells(make_segments(line))
    moved = TrenchLine("sam", line.lon + 360.0 * turns, line.lat)
    np.testing.assert_array_equal(cells.of_points(lon + 360.0 * turns, lat), cells.of_points(lon, lat))
    first, second = locate(line, lon, lat), locate(moved, lon, lat)
    np.testing.assert_allclose(first, second, atol=1e-6)
    axis = np.linspace(lon.min(), lon.max(), 40)
    np.testing.assert_array_equal(
        cells.of_grid(axis, np.sort(lat)), cells.of_grid(axis + 360.0 * turns, np.sort(lat))
    )


def test_a_break_a_few_decimetres_from_a_vertex_loses_no_point():
    """The plane of so short a piece cannot be told from its own ends; it is that of the whole arc."""
    line = TrenchLine("sam", [0.0, 1.0, 2.0, 3.0], [10.0, 10.1, 9.9, 10.2])
    for offset_km in (1e-5, 1e-4, 1e-3):
        cells = Cells(make_segments(line, line.s_km[1] + offset_km))
        lon, lat = around(line, 3)
        located = locate(line, lon, lat)[0]
        cell = cells.of_points(lon, lat)
        inside = cell >= 0
        assert inside.sum() > 50
        np.testing.assert_array_equal(
            cell[inside] % len(cells.segments.centre_km), located[inside] // cells.segments.edges_km[1]
        )


@calmly
@given(lines(), st.integers(0, 1000))
def test_reversing_a_trench_flips_arc_length_and_side_only(line, seed):
    lon, lat = around(line, seed)
    s_km, n_km = locate(line, lon, lat)
    s_back, n_back = locate(line.reversed(), lon, lat)
    np.testing.assert_allclose(s_back, line.length_km - s_km, atol=1e-6)
    np.testing.assert_allclose(n_back, -n_km, atol=1e-6)


@calmly
@given(lines(), st.integers(0, 1000), st.integers(1, 9), st.sampled_from([0, 10**6]))
def test_statistics_do_not_depend_on_the_order_of_blocks(line, seed, parts, max_exact):
    random = np.random.default_rng(seed)
    lon, lat = around(line, seed)
    lon, lat = np.linspace(lon.min(), lon.max(), 60), np.linspace(lat.min(), lat.max(), 50)
    values = random.normal(size=(50, 60))
    blocks = [(lon, lat[part], values[part]) for part in np.array_split(random.permutation(50), parts)]
    cells = Cells(make_segments(line))
    together = sample_grid([(lon, lat, values)], cells, max_exact_values=max_exact)
    apart = sample_grid(blocks, cells, max_exact_values=max_exact)
    pd.testing.assert_frame_equal(together, apart, rtol=1e-7, atol=1e-9)
