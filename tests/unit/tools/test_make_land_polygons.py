"""The tool that turns TopoJSON into shipped polygons: arcs, holes, the antimeridian, the pole."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path

import pytest
import shapely

TOOL = Path(__file__).resolve().parents[3] / "tools" / "make_land_polygons.py"


@pytest.fixture(scope="module")
def land_polygons():
    return runpy.run_path(str(TOOL))["land_polygons"]


def topology(arcs, polygons):
    return {
        "transform": {"scale": [0.5, 0.25], "translate": [-180.0, -90.0]},
        "arcs": arcs,
        "objects": {"land": {"geometries": [{"type": "MultiPolygon", "arcs": polygons}]}},
    }


def ring(*points):
    """Delta-encode a closed ring given in degrees."""
    steps = [(round((lon + 180.0) / 0.5), round((lat + 90.0) / 0.25)) for lon, lat in points]
    return [steps[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(steps))]


def test_arcs_are_summed_and_joined_backwards_too(land_polygons):
    there = ring((0, 0), (10, 0), (10, 10))
    other_way = ring((0, 0), (0, 10), (10, 10))
    land = land_polygons(topology([there, other_way], [[[0, ~1]]]))
    assert land.equals(shapely.box(0, 0, 10, 10))


def test_holes_stay_holes(land_polygons):
    outer = ring((0, 0), (10, 0), (10, 10), (0, 10), (0, 0))
    hole = ring((4, 4), (4, 6), (6, 6), (6, 4), (4, 4))
    assert land_polygons(topology([outer, hole], [[[0], [1]]])).area == pytest.approx(96.0)


def test_ring_across_the_antimeridian_is_cut_there(land_polygons):
    across = ring((170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0))
    land = land_polygons(topology([across], [[[0]]]))
    expected = shapely.MultiPolygon([shapely.box(170, 0, 180, 10), shapely.box(-180, 0, -170, 10)])
    assert land.equals(expected)


def test_ring_around_the_pole_reaches_it(land_polygons):
    around = ring((-180, -70), (-60, -70), (60, -70), (180, -70))
    land = land_polygons(topology([around], [[[0]]]))
    assert land.equals(shapely.box(-180, -90, 180, -70))


def test_simplified_land_stays_valid_and_close():
    tool = runpy.run_path(str(TOOL))
    land = shapely.MultiPolygon([shapely.Point(10, 10).buffer(3, quad_segs=500), shapely.box(20, 20, 21, 21)])
    simple = tool["simplified"](land, 0.005)
    assert simple.is_valid
    assert shapely.get_num_coordinates(simple) < shapely.get_num_coordinates(land) / 4
    assert simple.hausdorff_distance(land) < 0.01
    assert tool["simplified"](land, 0.0) is land
