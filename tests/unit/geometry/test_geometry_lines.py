"""Trench lines, their order and direction, segments, the shipped lines."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megathrust.core import REGION_NAMES, InputError
from megathrust.geometry import (
    TrenchLine,
    arc_km,
    load_trench_line,
    lonlat,
    make_segments,
    trench_lines_from_points,
    trench_regions,
    unit_vectors,
)

ROOT = Path(__file__).resolve().parents[3]


def arc_points(count=60, azimuth=0.0):
    """A curved trench running north to south, its slab to the east: azimuth about north."""
    lat = np.linspace(5.0, -3.0, count)
    return -75.0 + 2.0 * np.sin(lat / 3.0), lat, np.full(count, azimuth)


def test_points_in_any_order_with_duplicates_give_one_line():
    lon, lat, azimuth = arc_points()
    expected = trench_lines_from_points("sam", lon, lat, azimuth)[0]
    order = np.random.default_rng(3).permutation(np.r_[np.arange(60), 5, 5, 17])
    line = trench_lines_from_points("sam", lon[order] + 360.0, lat[order], azimuth[order])
    assert len(line) == 1
    np.testing.assert_allclose(line[0].lon, expected.lon)
    np.testing.assert_allclose(line[0].lat, lat)


def test_azimuth_decides_direction():
    lon, lat, azimuth = arc_points(azimuth=180.0)
    (line,) = trench_lines_from_points("sam", lon, lat, azimuth)
    np.testing.assert_allclose(line.lat, lat[::-1])


def test_a_gap_cuts_the_line_and_a_lone_point_is_left_out():
    lon, lat, azimuth = arc_points()
    keep = (lat > 2.0) | (lat < 0.0)
    lines = trench_lines_from_points(
        "sam", np.r_[lon[keep], -60.0], np.r_[lat[keep], 5.0], np.r_[azimuth[keep], 0.0]
    )
    assert [line.lat.min() > 1.9 or line.lat.max() < 0.1 for line in lines] == [True, True]
    assert lines[0].length_km >= lines[1].length_km
    assert sum(len(line.lat) for line in lines) == keep.sum()


def test_lines_come_longest_first_and_their_points_along_them():
    lon, lat, azimuth = arc_points(90)
    keep = ((lat > 4.0) | (lat < 2.5)) & ((lat > 0.0) | (lat < -1.5))
    lines = trench_lines_from_points("sam", lon[keep], lat[keep], azimuth[keep])
    lengths = [line.length_km for line in lines]
    assert len(lines) == 3
    assert lengths == sorted(lengths, reverse=True)
    for line in lines:
        assert (np.diff(line.lat) < 0.0).all()


def test_a_point_beside_the_line_is_put_in_where_it_belongs():
    lon, lat, azimuth = arc_points(20)
    lon[10] += 0.5
    (line,) = trench_lines_from_points("sam", lon[::-1], lat[::-1], azimuth)
    np.testing.assert_allclose(line.lat, lat)


@pytest.mark.parametrize(
    ("lon", "lat", "azimuth", "words"),
    [
        ([1.0], [2.0], [3.0], "give no line"),
        ([1.0, 50.0], [2.0, 2.0], [3.0, 3.0], "give no line"),
        ([1.0, np.nan], [2.0, 2.0], [3.0, 3.0], "no finite numbers"),
        ([1.0, 1.1], [2.0, 2.0], [3.0], "differ in length"),
        ([1.0, 1.1], [2.0, 95.0], [3.0, 3.0], "latitude is out of range"),
    ],
)
def test_unusable_points_are_refused(lon, lat, azimuth, words):
    with pytest.raises(InputError, match=words):
        trench_lines_from_points("sam", lon, lat, azimuth)


def test_line_refuses_what_is_no_line():
    with pytest.raises(InputError, match="cannot be built"):
        TrenchLine("sam", [1.0], [1.0])
    with pytest.raises(InputError, match="coincide"):
        TrenchLine("sam", [1.0, 1.0], [1.0, 1.0])
    with pytest.raises(InputError, match="outside the trench line"):
        load_trench_line("sam").at(1e5)


def test_points_of_a_line_lie_on_its_arcs_at_their_arc_length():
    line = load_trench_line("alu")
    s_km = np.linspace(0.0, line.length_km, 5001)
    points = line.vectors_at(s_km)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, rtol=1e-12)
    assert arc_km(points[:-1], points[1:]).sum() == pytest.approx(line.length_km, rel=1e-4)
    np.testing.assert_allclose(line.vectors_at(line.s_km), line.vectors, atol=1e-12)
    lon, lat = line.at(s_km)
    np.testing.assert_allclose(unit_vectors(lon, lat), points, atol=1e-12)


def test_frame_of_a_line_is_right_handed():
    line = load_trench_line("ker")
    s_km = np.linspace(0.0, line.length_km, 301)
    for span in (0.0, 50.0):
        tangent, normal = line.tangent(s_km, span_km=span), line.normal(s_km, span_km=span)
        point = line.vectors_at(s_km)
        np.testing.assert_allclose(np.einsum("ij,ij->i", tangent, point), 0.0, atol=1e-12)
        np.testing.assert_allclose(np.cross(point, normal), tangent, atol=1e-12)
    # Tonga-Kermadec runs north; the Pacific plate goes down from the east.
    east = lonlat(point + 0.01 * normal)[0] - lonlat(point)[0]
    assert np.all((east + 180.0) % 360.0 - 180.0 > 0.0)


def test_a_span_reaches_as_far_back_as_ahead_and_ends_with_the_line():
    line = TrenchLine("sam", [-1.0, 0.0, 1.0], [0.0, 1.0, 0.0])
    bend, east = line.s_km[1], [0.0, 1.0, 0.0]
    np.testing.assert_allclose(line.tangent(bend, span_km=60.0), east, atol=1e-12)
    np.testing.assert_allclose(line.tangent(bend, span_km=1e4), east, atol=1e-12)
    at_ends = line.tangent([0.0, line.length_km], span_km=60.0)
    np.testing.assert_allclose(at_ends, line.tangent([0.0, line.length_km]), atol=1e-12)


def test_azimuth_points_against_increasing_s():
    line = TrenchLine("sam", [-71.0, -71.0], [-20.0, -22.0])
    np.testing.assert_allclose(np.cos(np.radians(line.azimuth([10.0, 100.0]))), 1.0)
    np.testing.assert_allclose(line.reversed().azimuth([10.0, 100.0]), 180.0)


def test_segments_cover_the_line_by_their_policy():
    line = load_trench_line("kur")
    dropped, kept = make_segments(line), make_segments(line, remainder="keep")
    assert len(dropped) == int(line.length_km // 50.0)
    np.testing.assert_allclose(dropped.centre_km[:3], [25.0, 75.0, 125.0])
    assert kept.edges_km[-1] == line.length_km
    assert np.diff(kept.edges_km).sum() == pytest.approx(line.length_km)
    frame = dropped.to_frame()
    np.testing.assert_allclose(frame[["lon", "lat"]].to_numpy().T, line.at(frame["s_km"]))
    turn = np.radians(frame["azimuth_deg"] - line.azimuth(frame["s_km"]))
    assert np.all(np.cos(turn) > 0.8)
    shifted = make_segments(line, 100.0, start_km=30.0)
    np.testing.assert_allclose(shifted.edges_km[:2], [30.0, 130.0])


@pytest.mark.parametrize("remainder", ["drop", "keep"])
def test_a_line_of_whole_segments_has_no_remainder(remainder):
    line = TrenchLine("sam", [-71.0, -71.0], [-20.0, -25.0])
    segments = make_segments(line, line.length_km / 4.0, remainder=remainder)
    np.testing.assert_allclose(segments.edges_km, line.length_km * np.arange(5) / 4.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"length_km": 0.0}, "segment length"),
        ({"length_km": 1e5}, "no segment fits"),
        ({"start_km": -1.0}, "start of the first segment"),
        ({"remainder": "some"}, "remainder"),
    ],
)
def test_unusable_segments_are_refused(options, words):
    with pytest.raises(InputError, match=words):
        make_segments(load_trench_line("cas"), **options)


def test_shipped_lines_cover_all_regions():
    # These three slabs have no trench.
    assert set(trench_regions()) == set(REGION_NAMES) - {"hal", "hin", "pam"}
    for region in trench_regions():
        steps = np.diff(load_trench_line(region).s_km)
        assert steps.min() > 0.0
        assert steps.max() < 60.0
    with pytest.raises(InputError, match=r"jap.*alu, cal"):
        load_trench_line("jap")


@pytest.mark.data
def test_shipped_file_is_what_the_tool_computes(data_dir, tmp_path):
    output = tmp_path / "lines.json"
    tool = ROOT / "tools" / "make_trench_lines.py"
    subprocess.run([sys.executable, str(tool), str(data_dir), str(output)], check=True)
    shipped = ROOT / "src" / "megathrust" / "geometry" / "data" / "trench_lines.json"
    assert output.read_bytes() == shipped.read_bytes()
    assert output.stat().st_size < 200_000


@pytest.mark.data
def test_slab2_lines_follow_their_azimuths_in_any_order(data_dir):
    points = pd.read_csv(data_dir / "boundaries" / "trenches_usgs_2017.csv")
    for region, own in points.groupby("slab"):
        mixed = own.sample(frac=1.0, random_state=1)
        lines = trench_lines_from_points(region, own["lon"], own["lat"], own["az"])
        again = trench_lines_from_points(region, mixed["lon"], mixed["lat"], mixed["az"])
        assert len(lines) == len(again) == 1
        np.testing.assert_array_equal(lines[0].lon, again[0].lon)
        assert arc_km(lines[0].vectors[:-1], lines[0].vectors[1:]).max() < 100.0


@pytest.mark.data
def test_seed_study_positions_lie_on_the_lines(data_dir):
    positions = pd.read_csv(data_dir / "seed_study" / "positions.csv").dropna()
    for region, own in positions.groupby("region"):
        line = load_trench_line(region)
        s_km = np.arange(0.0, line.length_km, 0.5)
        distance = arc_km(unit_vectors(own["lon"], own["lat"])[:, None], line.vectors_at(s_km)[None])
        assert np.median(distance.min(axis=1)) < 20.0
        slope = np.polyfit(own["s_km"], s_km[distance.argmin(axis=1)], 1)[0]
        assert slope == pytest.approx(1.0, abs=0.01)
