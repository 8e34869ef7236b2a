"""Events and ruptures that the user gives: their trench, their event, and what they change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose
from test_features_events import events, plane_slab
from test_features_labels import KM_PER_DEGREE, LINE, near_trench

from megathrust.core import InputError
from megathrust.features import (
    OWN_CATALOGUE,
    RuptureSources,
    find_ruptures,
    home_regions,
    label_columns,
    merge_catalogues,
    seismicity_columns,
)
from megathrust.features._rupture_extents import extent_around
from megathrust.geometry import TrenchLine, load_trench_line, make_segments

DAY = pd.Timestamp("2001-06-23", tz="UTC")


@dataclass(frozen=True)
class Own:
    """A rupture as a reader gives it."""

    points: np.ndarray = field(default_factory=lambda: np.array([[-76.5, -24.0], [-76.5, -26.0]]))
    name: str = "mine"
    time: pd.Timestamp = DAY
    time_precision: str = "day"
    magnitude: float = 8.6
    quality: str = "B"
    source: str = "me 2025"
    region: str = "sam"


def ruptures_with(*own: Own, frame: pd.DataFrame | None = None) -> pd.DataFrame:
    sources = RuptureSources(published=(), not_interface=(), own=own)
    return find_ruptures(near_trench(magnitude=8.4) if frame is None else frame, LINE, sources)


class TestHome:
    lines = {region: load_trench_line(region) for region in ("kur", "izu", "ryu", "sam")}  # noqa: RUF012

    def test_nearest_trench_unless_one_is_named(self):
        tohoku = np.array([[142.5, 36.5], [143.8, 36.5], [143.8, 39.5], [142.5, 39.5]])
        assert home_regions([Own(tohoku, region="")], self.lines) == ["kur"]
        assert home_regions([Own(tohoku, region="izu")], self.lines) == [""]
        assert home_regions([Own(np.array([[10.0, 46.0], [11.0, 46.0]]), region="")], self.lines) == [""]

    def test_an_unknown_region_is_refused(self):
        with pytest.raises(InputError, match=r"no trench line.*xyz of mine.*izu, kur, ryu, sam"):
            home_regions([Own(region="xyz")], self.lines)


def test_a_part_around_a_point_is_cut_at_the_ends_of_the_line():
    assert_allclose(extent_around(LINE, 0.3, 1.0), [0.0, 0.8])
    assert_allclose(extent_around(LINE, 500.0, 300.0), [350.0, 650.0])
    last = LINE.length_km
    assert_allclose(extent_around(LINE, last - 0.3, 1.0), [last - 0.8, last])


class TestRuptures:
    def test_takes_the_place_of_what_is_known_and_keeps_the_event(self):
        (row,) = ruptures_with(Own()).to_dict("records")
        assert (row["event_id"], row["magnitude"], row["quality"]) == ("e0", 8.6, "B")
        assert (row["extent_source"], row["interface_basis"]) == ("me 2025", "own")
        assert row["time"] == pd.Timestamp("2001-06-23T20:33:15", tz="UTC")
        assert_allclose(
            [row["s_start_km"], row["s_end_km"]], [4 * KM_PER_DEGREE, 6 * KM_PER_DEGREE], atol=0.5
        )

    def test_counts_although_the_catalogue_has_it_off_the_interface(self):
        frame = near_trench(magnitude=8.4, interface_basis="")
        assert ruptures_with(frame=frame).empty
        assert ruptures_with(Own(), frame=frame)["event_id"].tolist() == ["e0"]

    @pytest.mark.parametrize(
        "other",
        [
            Own(time=pd.Timestamp("2001-06-26", tz="UTC")),
            Own(magnitude=7.2),
            Own(points=np.array([[-76.5, -27.0], [-76.5, -28.0]])),
        ],
    )
    def test_another_time_size_or_place_is_another_event(self, other):
        found = ruptures_with(other)
        assert sorted(found["event_id"]) == ["e0", f"own:mine {other.time.date()}"]

    @pytest.mark.parametrize("lat", [(-24.9, -29.0), (-21.0, -25.1), (-26.5, -29.5), (-20.5, -23.5)])
    def test_its_event_may_lie_near_either_end(self, lat):
        found = ruptures_with(Own(points=np.array([[-76.5, each] for each in lat])))
        assert found["event_id"].tolist() == ["e0"]

    def test_a_year_finds_the_event_of_that_year(self):
        year = Own(time=pd.Timestamp("2001-01-01", tz="UTC"), time_precision="year")
        assert ruptures_with(year)["event_id"].tolist() == ["e0"]

    def test_two_ruptures_of_one_event_are_refused(self):
        with pytest.raises(InputError, match=r"two ruptures are the same event.*MultiPolygon"):
            ruptures_with(Own(), Own(name="again", magnitude=8.5))

    def test_off_its_trench_is_refused(self):
        with pytest.raises(InputError, match="does not lie along the trench"):
            ruptures_with(Own(np.array([[10.0, 46.0], [11.0, 46.0]])))

    @given(st.lists(st.integers(-1, 1), min_size=4, max_size=4))
    def test_whole_turns_of_longitude_change_nothing(self, turns):
        line = TrenchLine("alu", [170.0, -170.0], [51.0, 51.0])
        points = np.array([[178.0, 52.0], [-178.0, 52.0], [-178.0, 51.5], [178.0, 51.5]])
        turned = points + np.column_stack([360.0 * np.array(turns), np.zeros(4)])
        frame = near_trench(lon=179.0, lat=52.0)
        first, second = (
            find_ruptures(frame, line, RuptureSources(own=(Own(each, region="alu"),)))
            for each in (points, turned)
        )
        assert_allclose(
            first[["s_start_km", "s_end_km"]].to_numpy(float),
            second[["s_start_km", "s_end_km"]].to_numpy(float),
        )


class TestCatalogue:
    def test_ones_own_events_come_first_and_keep_the_mechanism_of_others(self):
        own = events(event_id="own:a", lon=-76.5, lat=-25.0, magnitude=8.1)
        public = events(
            event_id="b", lon=-76.0, lat=-25.0, magnitude=8.4, strike1=350.0, dip1=20.0, rake1=90.0
        )
        merged, _ = merge_catalogues({"isc_gem": public, OWN_CATALOGUE: own})
        (event,) = merged.to_dict("records")
        assert (event["event_id"], event["magnitude"], event["dip1"]) == ("own:a", 8.1, 20.0)
        assert (event["catalogue"], event["held_by"]) == ("own", 2)

    def test_a_dense_catalogue_of_ones_own_gives_labels_and_no_seismicity(self):
        segments, slabs = {"sam": make_segments(LINE)}, {"sam": plane_slab()}
        public = events(
            event_id=[f"p{number}" for number in range(40)],
            time=[f"{1970 + number}-03-01" for number in range(40)],
            lon=-76.5,
            lat=[-20.5 - 0.2 * number for number in range(40)],
            magnitude=5.8,
        )
        own = events(
            event_id=["own:great", *(f"own:s{number}" for number in range(60))],
            time=["1999-02-01", *(f"2004-01-01T{number // 6:02d}:00:00" for number in range(60))],
            lon=-76.5,
            lat=[-25.0, *(-21.0 - 0.1 * number for number in range(60))],
            magnitude=[8.2, *[4.1] * 60],
        )
        sources = RuptureSources(published=(), not_interface=())
        great, dense = (
            label_columns({"isc_gem": public, OWN_CATALOGUE: frame}, segments, slabs, sources=sources)
            for frame in (own.iloc[:1], own)
        )
        assert dense.frame["MW_1976_rupture"].eq("own:great").sum() >= 3
        # 60 events of magnitude 4 that no other catalogue holds are of no seismicity that trenches share.
        assert seismicity_columns(dense).equals(seismicity_columns(great))
