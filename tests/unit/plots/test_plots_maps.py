"""Trench maps: the numbers, the antimeridian, and what is not drawn."""

from __future__ import annotations

import gzip
import hashlib
import json
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from megathrust.core import EARTH_RADIUS_KM, InputError
from megathrust.geometry import arc_km, unit_vectors
from megathrust.plots import (
    load_land,
    outcome_map_info,
    plot_outcome_map,
    plot_trench_map,
    region_axes,
    trench_map_info,
)
from megathrust.plots._land import land_around
from megathrust.plots._map_axes import project
from megathrust.plots._map_layers import runs_of
from megathrust.plots._map_numbers import line_pieces


def aleutians(count: int = 40) -> pd.DataFrame:
    """An arc of equally spaced segments across the antimeridian, longitudes in -180..180."""
    lon = np.linspace(170.0, 196.0, count)
    return pd.DataFrame(
        {
            "region": "alu",
            "s_km": 25.0 + 50.0 * np.arange(count),
            "lon": (lon + 180.0) % 360.0 - 180.0,
            "lat": 51.0 + 0.01 * (lon - 183.0) ** 2,
            "value": np.linspace(0.0, 1.0, count),
        }
    )


def test_pieces_meet_halfway_and_leave_gaps_open():
    points = np.array([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0], [250.0, 0.0]])
    pieces = line_pieces(points, np.array([25.0, 75.0, 125.0, 275.0]))
    assert pieces[:, 1].tolist() == points.tolist()
    assert pieces[:, 0, 0].tolist() == [-25.0, 25.0, 75.0, 225.0]
    assert pieces[:, 2, 0].tolist() == [25.0, 75.0, 125.0, 275.0]


def test_region_across_the_antimeridian_is_one_piece():
    (panel,) = trench_map_info(aleutians()).panels
    ax = region_axes(panel)
    along = project(ax, panel.pieces).reshape(-1, 2) / 1000.0
    steps = np.hypot(*np.diff(along, axis=0).T)
    assert steps.max() < 50.0
    assert np.ptp(along[:, 0]) < 2000.0
    assert np.all(np.abs(along).max(axis=0) < panel.half_km)
    assert len(list(runs_of(panel))) == 1


def test_pieces_keep_true_distances_near_the_centre():
    frame = pd.DataFrame(
        {"region": "ker", "s_km": [0.0, 111.2], "lon": [179.5, -179.5], "lat": [0.0, 0.0], "value": 1.0}
    )
    (panel,) = trench_map_info(frame).panels
    one_degree = EARTH_RADIUS_KM * np.pi / 180.0
    apart = arc_km(unit_vectors(*panel.pieces[0, 1]), unit_vectors(*panel.pieces[1, 1]))
    assert apart == pytest.approx(one_degree, rel=1e-9)
    assert panel.lon % 360.0 == pytest.approx(180.0)


def test_rows_point_into_the_frame_whatever_its_order_and_index():
    frame = aleutians().sample(frac=1.0, random_state=3)
    (panel,) = trench_map_info(frame).panels
    np.testing.assert_array_equal(frame["value"].to_numpy()[panel.rows], panel.values)
    assert np.all(np.diff(panel.values) > 0)


def test_missing_positions_and_values_are_counted_never_silently_dropped():
    frame = pd.concat([aleutians(10), aleutians(4).assign(region="kur", lon=np.nan)])
    frame.iloc[0, frame.columns.get_loc("lat")] = np.nan
    frame.iloc[5, frame.columns.get_loc("value")] = np.nan
    info = trench_map_info(frame)
    assert [panel.region for panel in info.panels] == ["alu"]
    assert (info.segments, dict(info.without_position), info.without_value) == (14, {"alu": 1, "kur": 4}, 1)
    assert info.footnote == (
        "9 of 14 segments drawn; without position, not drawn: alu 1, kur 4; "
        "without value, in striped grey: 1."
    )
    texts = [
        text.get_text()
        for text in plot_trench_map(info, label="Mw").findobj(lambda a: hasattr(a, "get_text"))
    ]
    assert any("alu 1, kur 4" in text for text in texts)


def test_a_region_of_one_segment_is_drawn():
    (panel,) = trench_map_info(aleutians(1)).panels
    first, _, last = unit_vectors(*panel.pieces[0].T)
    assert arc_km(first, last) == pytest.approx(50.0, rel=1e-6)


def test_no_event_left_out_and_outside_are_told_apart():
    frame = aleutians(6).assign(value=[1.0, 7.0, 8.1, 1.0, 9.2, 7.4])
    frame["left_out"] = [False, False, False, True, False, False]
    frame["outside"] = [False, True, False, False, False, False]
    info = trench_map_info(frame, lowest=4.0, missing="no event observed")
    assert (info.without_value, info.left_out) == (1, 1)
    assert info.footnote == (
        "6 of 6 segments drawn; no event observed, in striped grey: 1; left out of the run, in thin grey: 1."
    )
    (panel,) = info.panels
    np.testing.assert_array_equal(panel.values, [np.nan, 7.0, 8.1, np.nan, 9.2, 7.4])
    table = info.to_frame()
    assert table["outside"].tolist() == frame["outside"].tolist()
    assert table["row"].tolist() == list(range(6))
    np.testing.assert_allclose(table["lon"], frame["lon"])
    assert info.only("alu").footnote == info.footnote
    with pytest.raises(InputError, match=r"region of the map .*allowed: alu"):
        info.only("sam")


def test_input_is_left_untouched():
    frame = aleutians()
    before = frame.copy()
    trench_map_info(frame)
    assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="lon"), "lacks lon"),
        (lambda f: f.assign(lon=np.nan), "no segment has a position"),
        (lambda f: f.assign(s_km=25.0), "9 repeated"),
        (lambda f: f.assign(s_km=np.nan), "10 missing"),
        (lambda f: f.assign(lat=95.0), "latitude is out of range"),
    ],
)
def test_bad_frames_are_refused_in_a_sentence(change, message):
    with pytest.raises(InputError, match=message):
        trench_map_info(change(aleutians(10)))


def outcomes() -> pd.DataFrame:
    frame = aleutians(4)
    return frame.assign(probability=[0.9, 0.5, 0.1, np.nan], observed=[0, 1, 1, 1])


def test_outcomes_count_errors_exactly():
    info = outcome_map_info(outcomes())
    assert info.false_positive.tolist() == [True, False, False, False]
    assert info.false_negative.tolist() == [False, False, True, False]
    assert info.footnote.endswith(
        "False positives 1, false negatives 1 of 3 segments with prediction and label."
    )
    assert outcome_map_info(outcomes(), threshold=0.6).false_negative.tolist() == [False, True, True, False]


def test_three_classes_compare_class_numbers():
    frame = outcomes().assign(observed=[0, 1, 2, 2], predicted=[1, 1, 0, 2])
    info = outcome_map_info(frame, class_names=("< 6.4", "6.4 to 8.3", ">= 8.3"))
    assert info.false_positive.tolist() == [True, False, False, False]
    assert info.false_negative.tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (outcomes().assign(probability=1.2), {}, "probability is out of range"),
        (outcomes().assign(observed=2), {}, "class has no name"),
        (outcomes(), {"class_names": ("a", "b", "c")}, "need the column predicted"),
        (outcomes(), {"threshold": 0.0}, "decision threshold"),
    ],
)
def test_bad_outcomes_are_refused(frame, options, message):
    with pytest.raises(InputError, match=message):
        outcome_map_info(frame, **options)


def test_outcome_map_has_a_pair_of_panels_per_region():
    frame = pd.concat([outcomes(), outcomes().assign(region="kur")])
    info = outcome_map_info(frame)
    titles = [axes.get_title(loc="left") for axes in plot_outcome_map(info).axes]
    assert titles[:4] == [
        "Alaska-Aleutians\nprobability",
        "\noutcome",
        "Japan-Kuriles-Kamchatka\nprobability",
        "\noutcome",
    ]
    alone = plot_outcome_map(info, pairs=False).axes
    assert [axes.get_title(loc="left") for axes in alone] == ["Alaska-Aleutians", "Japan-Kuriles-Kamchatka"]


def test_outcomes_are_four_and_counted():
    info = outcome_map_info(outcomes())
    np.testing.assert_array_equal(info.outcome.values, [1.0, 2.0, 3.0, np.nan])
    assert info.outcome_names == (
        "true negative (0)",
        "false positive (1)",
        "true positive (1)",
        "false negative (1)",
    )
    table = info.to_frame()
    assert table["outcome"].tolist()[:3] == ["false positive", "true positive", "false negative"]
    np.testing.assert_array_equal(table["probability"], [0.9, 0.5, 0.1, np.nan])


def test_map_without_any_value_is_refused():
    with pytest.raises(InputError, match="no segment on the map has a value"):
        plot_trench_map(trench_map_info(aleutians().assign(value=np.nan)), label="Mw")


@pytest.mark.parametrize("scale", ["110m", "50m", "10m"])
def test_land_is_valid_and_lies_where_land_is(scale):
    land = load_land(scale)
    assert land.is_valid
    assert load_land(scale) is land
    on_land = [(-175.0, 67.0), (175.0, 67.0), (-70.0, -30.0), (0.0, -89.0), (138.0, 36.5), (24.0, 0.5)]
    at_sea = [(-150.0, 0.0), (180.0, 0.0), (80.0, -20.0), (51.0, 42.0), (-50.0, 80.0 - 50.0)]
    assert all(land.contains(shapely.Point(point)) for point in on_land)
    assert not any(land.contains(shapely.Point(point)) for point in at_sea)


def test_shipped_land_is_what_its_provenance_says():
    folder = files("megathrust.plots").joinpath("data")
    provenance = json.loads(folder.joinpath("land_provenance.json").read_text(encoding="utf-8"))
    assert set(provenance["files"]) == {"land_10m.wkb.gz", "land_50m.wkb.gz", "land_110m.wkb.gz"}
    for name, about in provenance["files"].items():
        wkb = gzip.decompress(folder.joinpath(name).read_bytes())
        assert hashlib.sha256(wkb).hexdigest() == about["wkb_sha256"]
        assert len(shapely.from_wkb(wkb).geoms) == about["polygons"]
    assert sum(len(folder.joinpath(name).read_bytes()) for name in provenance["files"]) < 2_000_000


def test_land_of_unknown_scale_is_refused():
    with pytest.raises(InputError, match="allowed: 10m, 110m, 50m"):
        load_land("1m")


def test_land_around_the_antimeridian_has_no_seam():
    land = land_around(180.0, (-20.0, 20.0, 60.0, 75.0))
    chukotka = [part for part in shapely.get_parts(land) if part.intersects(shapely.Point(-5.0, 67.0))]
    assert len(chukotka) == 1
    west, _, east, _ = chukotka[0].bounds
    assert west == -20.0
    assert east > 5.0


def test_land_does_not_depend_on_the_layout_of_longitude():
    assert land_around(170.0, (-5.0, 5.0, -45.0, -35.0)).area == pytest.approx(
        land_around(-190.0, (-5.0, 5.0, -45.0, -35.0)).area
    )
