"""Coordinates along strike, cells and their outlines against the plain twins."""

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from megathrust.core import InputError
from megathrust.geometry import (
    Cells,
    TrenchLine,
    cell_polygons,
    cells_geojson,
    load_trench_line,
    locate,
    make_segments,
)
from megathrust.testing import cells_by_polygon, locate_brute_force

REGIONS = ("alu", "cal", "him", "ker", "phi", "sam", "sco", "sum")


def points_around(line, count, seed, spread=3.0):
    random = np.random.default_rng(seed)
    vertex = random.integers(0, len(line.lon), count)
    lat = np.clip(line.lat[vertex] + random.normal(0.0, spread, count), -90.0, 90.0)
    lon = line.lon[vertex] + random.normal(0.0, spread, count) / np.cos(np.radians(line.lat[vertex]))
    return lon + 360.0 * random.integers(-1, 2, count), lat


def random_line(seed):
    """A winding line anywhere, near the poles and across the dateline too."""
    random = np.random.default_rng(seed)
    lat = random.uniform(-84.0, 84.0)
    steps = np.cumsum(random.normal([0.3, 0.0], 0.25, (25, 2)), axis=0)
    lon = random.uniform(-180.0, 180.0) + steps[:, 0] / np.cos(np.radians(lat))
    return TrenchLine("sam", lon, np.clip(lat + steps[:, 1], -89.0, 89.0))


@pytest.mark.parametrize("line", [*map(load_trench_line, REGIONS), *map(random_line, range(12))])
def test_locate_equals_brute_force(line):
    lon, lat = points_around(line, 150, seed=7)
    expected = np.array([locate_brute_force(line, *point) for point in zip(lon, lat, strict=True)])
    for keep in (True, False):
        s_km, n_km = locate(line, lon, lat, max_distance_km=400.0, keep_beyond_ends=keep)
        inside = np.abs(expected[:, 1]) <= 400.0
        inside &= keep | (expected[:, 2] == 0.0)
        np.testing.assert_array_equal(np.isfinite(s_km), inside)
        np.testing.assert_allclose(s_km[inside], expected[inside, 0], atol=1e-5)
        np.testing.assert_allclose(n_km[inside], expected[inside, 1], atol=1e-6)


def test_points_near_the_ends_of_long_arcs_are_found():
    line = TrenchLine("sam", [0.0, 20.0], [0.0, 0.0])
    along = np.array([0.1, 3.0, 10.0, 17.0, 19.9])
    s_km, n_km = locate(line, along, np.full(5, 0.1), max_distance_km=50.0)
    np.testing.assert_allclose(s_km / line.length_km, along / 20.0, atol=1e-6)
    np.testing.assert_allclose(np.abs(n_km), 0.1 * line.length_km / 20.0, rtol=1e-6)


def test_locate_of_points_on_the_line_and_of_nothing():
    line = load_trench_line("sam")
    s_km, n_km = locate(line, *line.at(np.linspace(1.0, 6000.0, 999)))
    np.testing.assert_allclose(s_km, np.linspace(1.0, 6000.0, 999), atol=1e-6)
    np.testing.assert_allclose(n_km, 0.0, atol=1e-6)
    s_km, n_km = locate(line, [[np.nan, 100.0]], [[0.0, 0.0]])
    assert s_km.shape == (1, 2)
    assert np.isnan(n_km).all()
    assert locate(line, [], [])[0].shape == (0,)
    with pytest.raises(InputError, match="largest distance"):
        locate(line, 0.0, 0.0, max_distance_km=0.0)


@pytest.mark.parametrize("region", REGIONS)
def test_cells_of_a_grid_equal_cells_of_points_and_of_coordinates(region):
    line = load_trench_line(region)
    segments = make_segments(line, 50.0, start_km=20.0)
    cells = Cells(segments, up_km=(0.0, 300.0), dg_km=(20.0, 250.0))
    lon = np.arange(0.0, 360.0, 0.25)
    lat = np.arange(line.lat.max() + 4.0, line.lat.min() - 4.0, -0.23)
    of_grid = cells.of_grid(lon, lat)
    everywhere = np.meshgrid(lon, lat)
    np.testing.assert_array_equal(of_grid, cells.of_points(*everywhere))
    s_km, n_km = locate(line, *everywhere)
    segment = np.searchsorted(segments.edges_km, s_km, side="right") - 1
    up = (n_km < 0.0) & (n_km >= -300.0)
    down = (n_km >= 20.0) & (n_km <= 250.0)
    inside = (up | down) & (segment >= 0) & (segment < len(segments))
    expected = np.where(inside, segment + len(segments) * down, -1)
    np.testing.assert_array_equal(of_grid, expected)


def test_fine_grid_equals_points():
    line = load_trench_line("sam")
    cells = Cells(make_segments(line))
    lon, lat = np.arange(-76.0, -69.0, 1 / 240.0), np.arange(-22.0, -20.5, 1 / 240.0)
    np.testing.assert_array_equal(cells.of_grid(lon, lat), cells.of_points(*np.meshgrid(lon, lat)))


def test_grid_of_any_shape():
    cells = Cells(make_segments(load_trench_line("ker")))
    lon, lat = np.array([-176.0]), np.array([-30.0, 10.0])
    assert cells.of_grid(lon, lat).tolist() == cells.of_points([-176.0, -176.0], lat)[:, None].tolist()
    assert (cells.of_grid([10.0, 11.0], [50.0]) == -1).all()
    with pytest.raises(InputError, match="one-dimensional"):
        cells.of_grid(np.zeros((2, 2)), [0.0])
    with pytest.raises(InputError, match="no finite numbers"):
        cells.of_grid([np.nan], [0.0])


@pytest.mark.parametrize("window", [(300.0, 0.0), (-1.0, 300.0), (0.0, 1e4)])
def test_windows_out_of_order_are_refused(window):
    with pytest.raises(InputError, match="window"):
        Cells(make_segments(load_trench_line("ker")), up_km=window)


@pytest.mark.parametrize("region", ["ker", "sco", "alu"])
def test_outlines_hold_the_nodes_of_their_cells(region):
    line = load_trench_line(region)
    cells = Cells(make_segments(line, 100.0), dg_km=(20.0, 250.0))
    lon, lat = points_around(line, 3000, seed=5, spread=2.0)
    differs = cells_by_polygon(cell_polygons(cells), lon, lat) != cells.of_points(lon, lat)
    assert differs.mean() < 0.002


def test_geojson_is_cut_at_the_dateline_with_right_hand_rings():
    cells = Cells(make_segments(load_trench_line("alu"), 200.0))
    collection = cells_geojson(cells, step_km=20.0)
    assert len(collection["features"]) == len(cells)
    kinds = set()
    for feature in collection["features"]:
        geometry = shape(feature["geometry"])
        assert geometry.is_valid
        west, _, east, _ = geometry.bounds
        assert west >= -180.0
        assert east <= 180.0
        for part in shapely.get_parts(geometry):
            assert part.exterior.is_ccw
            assert part.bounds[2] - part.bounds[0] < 30.0
        kinds.add(geometry.geom_type)
    assert kinds == {"Polygon", "MultiPolygon"}


def test_outline_around_a_pole_is_refused():
    line = TrenchLine("sam", [0.0, 30.0, 60.0, 90.0], [88.0, 88.0, 88.0, 88.0])
    with pytest.raises(InputError, match="pole"):
        cells_geojson(Cells(make_segments(line, 300.0)))
