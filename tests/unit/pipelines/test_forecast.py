"""Sealed forecasts: what is written, what is refused, and what later events say."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError
from megathrust.pipelines.forecast import (
    ForecastOptions,
    events_near_trenches,
    independent_ruptures,
    labels_until,
    make_forecast,
    read_forecast,
    score_forecast,
    segments_of,
    write_forecast,
)
from megathrust.pipelines.forecast._events import places_of, rows_of, skill_p_value
from megathrust.table import load_builtin_ruptures, load_builtin_table

TABLE = load_builtin_table()
RUPTURES = load_builtin_ruptures()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """Return a forecast from 2003 on, and the folder that holds it."""
    forecast = make_forecast(TABLE, RUPTURES, ForecastOptions("2003-12-31", 17.0, draws=50))
    folder = tmp_path_factory.mktemp("forecast") / "sealed"
    write_forecast(forecast, folder)
    return forecast, folder


def test_what_is_read_is_what_was_written(sealed):
    forecast, folder = sealed
    again = read_forecast(folder)
    np.testing.assert_allclose(again.expected, forecast.expected)
    np.testing.assert_allclose(again.reference, forecast.reference)
    pd.testing.assert_frame_equal(
        again.segments.drop(columns="region"), forecast.segments.drop(columns="region"), check_dtype=False
    )
    assert (again.start, again.end) == (forecast.start, forecast.end)
    assert again.about["retrospective"] is True
    points = json.loads((folder / "forecast.geojson").read_text())["features"]
    assert len(points) == len(TABLE)
    assert all(-180.0 <= each["geometry"]["coordinates"][0] < 180.0 for each in points)


def test_events_after_its_last_day_change_nothing():
    options = ForecastOptions("1999-12-31", 5.0, draws=20)
    known = RUPTURES[RUPTURES["time"] < pd.Timestamp("2000-01-01", tz="UTC")]
    first, second = (make_forecast(TABLE, each, options) for each in (RUPTURES, known))
    np.testing.assert_array_equal(first.expected, second.expected)


@pytest.mark.parametrize(
    "name",
    [
        "forecast.json",
        "forecast.nc",
        "forecast.dat",
        "forecast.geojson",
        "segments.csv",
        "regions.csv",
        "branches.csv",
    ],
)
@pytest.mark.parametrize("place", [0.0, 0.37, 0.999])
def test_a_forecast_altered_by_one_byte_is_refused(sealed, tmp_path, name, place):
    _, folder = sealed
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    content = bytearray((tmp_path / name).read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"altered since it was sealed|no forecast"):
        read_forecast(tmp_path)


def test_events_before_it_begins_are_refused(sealed):
    forecast, _ = sealed
    with pytest.raises(InputError, match="events before the forecast begins"):
        score_forecast(forecast, RUPTURES)


def test_later_events_score_it(sealed):
    forecast, _ = sealed
    found = score_forecast(forecast, RUPTURES, least=8.0, later_only=True)
    later = RUPTURES[(RUPTURES["time"] >= forecast.start) & (RUPTURES["time"] < forecast.end)]
    assert len(found.rows) == len(independent_ruptures(later[later["magnitude"] >= 8.0]))
    regions = forecast.segments["region"].to_numpy()[found.rows]
    assert regions.tolist() == found.events["region"].tolist()
    assert 0.5 < found.curve.area_skill < 1.0
    assert "TOO FEW" not in " ".join(found.sentences())
    spread = score_forecast(forecast, RUPTURES, least=8.0, later_only=True, extent=True)
    assert spread.expected == found.expected
    assert spread.rows.tolist() == found.rows.tolist()
    assert 0.5 < spread.curve.area_skill < 1.0
    assert spread.curve.area_skill != found.curve.area_skill
    assert "over the extent of each event" in " ".join(spread.sentences())
    few = score_forecast(forecast, RUPTURES, least=8.8, later_only=True)
    assert np.isnan(few.p_value)
    assert "TOO FEW EVENTS" in " ".join(few.sentences())


def test_extents_spread_an_event_over_its_segments_by_length():
    segments = pd.DataFrame({"region": ["sam"] * 4 + ["sum"], "s_km": [25.0, 75.0, 125.0, 175.0, 75.0]})
    segments = segments.assign(length_km=50.0)
    events = pd.DataFrame(
        {
            "region": ["sam", "sum", "sam"],
            "row": [1, 4, 3],
            "s_start_km": [-30.0, 60.0, 240.0],
            "s_end_km": [125.0, 70.0, 260.0],
        }
    )
    places = places_of(segments, events, extent=True)
    # 50, 50 and 25 km of the first lie on segments; the last covers none and stays where it began.
    expected = [[0.4, 0.4, 0.2, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]]
    np.testing.assert_allclose(places, expected, atol=1e-12)
    began = places_of(segments, events.drop(columns="s_end_km"), extent=False)
    assert began.argmax(1).tolist() == [1, 4, 3]
    with pytest.raises(InputError, match=r"no extents along the trench .*s_end_km"):
        places_of(segments, events.drop(columns="s_end_km"), extent=True)


def test_the_order_of_segments_changes_no_p_value():
    random = np.random.default_rng(0)
    segments = pd.DataFrame(
        {"region": np.repeat(["sam", "sum"], 40), "s_km": np.tile(np.arange(40) * 50.0, 2)}
    )
    segments = segments.assign(length_km=50.0)
    begin = random.uniform(0.0, 1800.0, 12)
    events = pd.DataFrame(
        {"region": np.repeat(["sam", "sum"], 6), "s_start_km": begin, "s_end_km": begin + 300.0}
    )
    events["row"] = rows_of(segments, events["region"].to_numpy(), begin)
    scores, order = random.normal(size=80), random.permutation(80)
    places = places_of(segments, events, extent=True)
    shuffled = segments.iloc[order].reset_index(drop=True)
    assert skill_p_value(scores, segments, places) == skill_p_value(scores[order], shuffled, places[:, order])


def test_a_plain_catalogue_finds_its_trenches():
    great = RUPTURES[(RUPTURES["magnitude"] >= 8.0) & (RUPTURES["time"].dt.year >= 2004)]
    plain = great[["time", "lon", "lat", "magnitude"]].assign(depth_km=25.0)
    inland = plain.iloc[:1].assign(lon=-100.0, lat=45.0)
    deep = plain.iloc[:1].assign(depth_km=150.0)
    found = events_near_trenches(pd.concat([plain, inland, deep], ignore_index=True), segments_of(TABLE))
    assert len(found) == len(great)
    assert found["region"].tolist() == great["region"].tolist()
    np.testing.assert_allclose(found["s_km"], great["s_km"], atol=1.0)


def test_aftershocks_belong_to_their_main_event():
    kept = independent_ruptures(RUPTURES[RUPTURES["magnitude"] >= 7.0])
    tohoku = kept[(kept["region"] == "kur") & (kept["time"].dt.year == 2011)]
    assert tohoku["magnitude"].max() >= 9.0
    assert len(tohoku) < ((RUPTURES["region"] == "kur") & (RUPTURES["time"].dt.year == 2011)).sum()
    assert kept["magnitude"].max() == RUPTURES["magnitude"].max()


def test_labels_end_with_their_window():
    before = labels_until(TABLE, RUPTURES, until="2003-12-31")
    dates = before["MW_WINDOW_date"].dropna()
    assert dates.max() <= "2003-12-31"
    assert not [name for name in before.feature_names if name.startswith("SEIS_")]
    now = labels_until(TABLE, RUPTURES, until="2023-12-31")
    # With all events the labels are those of the table.
    np.testing.assert_allclose(now.magnitudes(), TABLE.magnitudes("MW_1904"))
    assert (before.magnitudes() <= now.magnitudes()).all()


def test_seismicity_stays_where_it_ends_with_the_labels():
    ended = replace(TABLE, provenance={**TABLE.provenance, "events_until": "2003-12-31"})
    seismicity = [name for name in TABLE.feature_names if name.startswith("SEIS_")]
    assert seismicity
    for until, stays in (("2003-12-31", True), ("2010-12-31", True), ("2003-12-30", False)):
        names = labels_until(ended, RUPTURES, until=until).feature_names
        assert [name for name in names if name.startswith("SEIS_")] == (seismicity if stays else [])


def test_places_by_features_leave_out_what_knows_later_events():
    options = ForecastOptions(until="2003-12-31", years=10.0, places="features", draws=40)
    found = make_forecast(TABLE, RUPTURES, options)
    names = found.about["features"]
    assert names
    assert not [name for name in names if name.startswith("SEIS_")]
    assert found.about["table_sha256"]
    # Regions keep their totals, and what is even within them is not.
    even = make_forecast(TABLE, RUPTURES, replace(options, places="even"))
    assert even.about["features"] == []
    totals = [
        pd.Series(each.expected.sum(1)).groupby(found.segments["region"]).sum() for each in (found, even)
    ]
    np.testing.assert_allclose(totals[0], totals[1], rtol=0.15)
    assert not np.allclose(found.expected, even.expected, rtol=0.05)
    altered = TABLE.frame.assign(SEIS_COUNT=TABLE["SEIS_COUNT"] * 2.0 + np.arange(len(TABLE)))
    again = make_forecast(replace(TABLE, frame=altered), RUPTURES, options)
    np.testing.assert_array_equal(again.expected, found.expected)


def test_segments_and_regions_agree(sealed):
    forecast, _ = sealed
    of_all = forecast.region_probabilities
    assert ((of_all["low"] <= of_all["probability"]) & (of_all["probability"] <= of_all["high"])).all()
    bins = np.asarray(forecast.edges) >= 8.0 - 1e-9
    own = forecast.expected[:, bins].sum(1)[(forecast.segments["region"] == "sam").to_numpy()].sum()
    row = of_all[(of_all["region"] == "sam") & (of_all["magnitude"] == 8.0)]
    assert own == pytest.approx(row["annual_rate"].item() * 17.0, rel=1e-6)
    weights = forecast.branches.groupby(["region", "segment"])["weight"].sum()
    np.testing.assert_allclose(weights, 1.0)


def test_pycsep_reads_the_gridded_form(sealed):
    csep = pytest.importorskip("csep", reason="pycsep is not installed")
    forecast, folder = sealed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = csep.load_gridded_forecast(str(folder / "forecast.dat"))
    np.testing.assert_allclose(loaded.magnitudes, forecast.edges)
    assert loaded.event_count == pytest.approx(forecast.expected.sum(), rel=1e-4)
