"""Ruptures along a trench, labels of segments, seismicity without the label's events: synthetic and real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from test_features_events import events, plane_slab

from megathrust.core import REGION_NAMES, InputError, moment_from_magnitude
from megathrust.features import (
    NOT_INTERFACE,
    PUBLISHED_RUPTURES,
    SEISMICITY_FEATURES,
    RuptureSources,
    SeismicityOptions,
    check_labels_excluded,
    find_ruptures,
    interface_rupture_length,
    label_columns,
    label_segments,
    seismicity_columns,
    target_definitions,
)
from megathrust.features._event_statistics import is_aftershock, region_seismicity
from megathrust.features._rupture_extents import extent_of_points, extent_of_slip, median_extent
from megathrust.features._rupture_published import NotInterface, PublishedRupture
from megathrust.geometry import TrenchLine, load_trench_line, make_segments
from megathrust.table import NO_EVENT_MAGNITUDE

KM_PER_DEGREE = 111.195
LINE = TrenchLine("sam", [-77.0, -77.0], [-20.0, -30.0])
NONE = RuptureSources(published=(), not_interface=())


@dataclass(frozen=True)
class Model:
    """A slip model with as much as ruptures need."""

    tag: str
    date: pd.Timestamp
    lon: float
    lat: float
    magnitude: float
    subfaults: pd.DataFrame


@dataclass(frozen=True)
class Outline:
    """An outline with as much as ruptures need."""

    event_id: str
    time: pd.Timestamp
    lon: float
    lat: float
    magnitude: float
    polygons: tuple[np.ndarray, ...]
    slip_m: np.ndarray


def model(tag: str, south: float, north: float, *, day: str = "2001-06-23", magnitude: float = 8.4) -> Model:
    lat = np.arange(south, north + 0.01, 0.25)
    subfaults = pd.DataFrame({"lon": -76.5, "lat": lat, "slip_m": 2.0})
    return Model(tag, pd.Timestamp(day, tz="UTC"), -76.5, (south + north) / 2, magnitude, subfaults)


def near_trench(**columns: object) -> pd.DataFrame:
    """Return events as `locate_events` gives them: on the interface, at the latitudes given."""
    plain = {"lat": -25.0, "lon": -76.5, "time": "2001-06-23T20:33:15"} | columns
    frame = events(**plain)
    s_km = (-20.0 - frame["lat"]) * KM_PER_DEGREE
    extra = {"s_km": s_km, "n_km": -50.0, "interface_basis": "depth only", "mechanism": ""}
    return frame.assign(**{name: value for name, value in extra.items() if name not in columns})


class TestExtents:
    def test_scaling_relation_has_its_published_coefficients(self):
        # Strasser et al. (2010): log10 L = -2.477 + 0.585 Mw.
        assert_allclose(np.log10(interface_rupture_length([7.0, 9.0])), [1.618, 2.788])

    def test_weak_subfaults_do_not_lengthen_a_rupture(self):
        lat = np.arange(-24.0, -21.9, 0.25)
        slip = np.where((lat <= -22.5) & (lat >= -23.5), 5.0, 0.9)
        extent = extent_of_slip(LINE, np.full(len(lat), -76.5), lat, slip)
        half = 0.125 * KM_PER_DEGREE
        assert_allclose(extent, [2.5 * KM_PER_DEGREE - half, 3.5 * KM_PER_DEGREE + half], atol=0.3)
        assert extent_of_slip(LINE, np.full(len(lat), -76.5), lat, slip, share=0.1).length_km > 200.0

    def test_nothing_off_the_line(self):
        assert np.isnan(extent_of_slip(LINE, [10.0], [40.0], [1.0])).all()
        assert np.isnan(extent_of_slip(LINE, [-76.5], [-25.0], [np.nan])).all()
        assert np.isnan(extent_of_points(LINE, [-77.0, -77.0], [-50.0, -40.0])).all()

    def test_ends_beyond_the_line_are_its_end(self):
        assert_allclose(extent_of_points(LINE, [-77.0, -77.0], [-28.0, -35.0])[1], LINE.length_km)

    def test_rupture_across_the_dateline(self):
        line = TrenchLine("alu", [176.0, -176.0], [51.0, 51.0])
        extent = extent_of_points(line, [179.0, -179.0], [51.5, 51.5])
        assert_allclose(sum(extent) / 2.0, line.length_km / 2.0, atol=1.0)
        assert_allclose(extent.length_km, 2.0 * KM_PER_DEGREE * np.cos(np.radians(51.2)), rtol=0.02)

    def test_median_model(self):
        assert median_extent([]) is None
        nothing = extent_of_slip(LINE, [10.0], [40.0], [1.0])
        assert median_extent([("far", nothing)]) is None


class TestRuptures:
    def test_without_models_the_scaling_relation_is_laid_around_the_epicentre(self):
        found = find_ruptures(near_trench(magnitude=8.0), LINE, NONE).iloc[0]
        length = float(interface_rupture_length(8.0))
        middle = 5.0 * KM_PER_DEGREE
        assert_allclose(
            [found["s_start_km"], found["s_end_km"]], [middle - length / 2, middle + length / 2], atol=0.1
        )
        assert found[["quality", "extent_source"]].tolist() == ["C", "scaling Strasser et al. 2010"]

    def test_old_and_unsure_magnitudes_have_the_lowest_quality(self):
        frame = near_trench(time=["1877-05-10", "1908-12-12"], magnitude_type=["Mw", "Ms"])
        assert find_ruptures(frame, LINE, NONE)["quality"].tolist() == ["D", "D"]

    def test_slip_model_of_median_length_goes_before_everything(self):
        models = [model("short", -25.2, -25.0), model("middle", -25.5, -24.5), model("long", -28.0, -22.0)]
        published = PublishedRupture(
            name="x", date="2001-06-23", region="sam", magnitude=8.4, reference="r", length_km=10.0
        )
        sources = RuptureSources(slip_models=models, published=(published,), not_interface=())
        found = find_ruptures(near_trench(magnitude=8.4), LINE, sources).iloc[0]
        assert found[["extent_source", "quality"]].tolist() == ["SRCMOD middle", "A"]
        assert found["interface_basis"] == "published"

    def test_model_belongs_to_the_event_of_its_size(self):
        frame = near_trench(
            time=["2007-09-12T11:10", "2007-09-12T23:49"], magnitude=[8.49, 7.91], lat=[-25.0, -24.0]
        )
        models = [
            model("big", -26.0, -24.0, day="2007-09-12", magnitude=8.4),
            model("small", -24.3, -23.7, day="2007-09-12", magnitude=7.95),
        ]
        sources = RuptureSources(slip_models=models, published=(), not_interface=())
        assert find_ruptures(frame, LINE, sources)["extent_source"].tolist() == ["SRCMOD big", "SRCMOD small"]

    def test_models_of_another_day_or_place_are_not_taken(self):
        models = [model("late", -26.0, -24.0, day="2001-06-26"), model("far", -29.9, -29.5)]
        sources = RuptureSources(slip_models=models, published=(), not_interface=())
        assert find_ruptures(near_trench(magnitude=8.4), LINE, sources)["quality"].tolist() == ["C"]

    def test_tsunami_source_belongs_to_the_largest_event_of_the_day(self):
        part = pd.DataFrame(
            {"lon": -76.5, "lat": [-26.0, -25.0, -24.0], "slip_m": np.nan, "uplift_m": [1.0, 2.0, 0.1]}
        )
        frame = near_trench(
            time=["1960-05-22T18:56:02", "1960-05-22T19:11:20"], magnitude=[8.6, 9.5], lat=[-24.9, -25.0]
        )
        sources = RuptureSources(tsunami_sources={"1960-05-22": part}, published=(), not_interface=())
        found = find_ruptures(frame, LINE, sources)
        assert found["quality"].tolist() == ["C", "A"]
        assert_allclose(found["s_start_km"].iloc[1], 4.5 * KM_PER_DEGREE, atol=0.5)

    def test_outline_is_taken_where_nothing_better_is_known(self):
        ring = np.array([[-77, -24, 5], [-76, -24, 30], [-76, -26, 30], [-77, -26, 5], [-77, -24, 5]], float)
        day = pd.Timestamp("2001-06-23", tz="UTC")
        outline = Outline("us1", day, -76.5, -25.0, 8.4, (ring,), np.array([np.nan]))
        sources = RuptureSources(outlines=[outline], published=(), not_interface=())
        found = find_ruptures(near_trench(magnitude=8.4), LINE, sources).iloc[0]
        assert found[["extent_source", "quality"]].tolist() == ["outline us1", "B"]
        assert_allclose(
            [found["s_start_km"], found["s_end_km"]], [4 * KM_PER_DEGREE, 6 * KM_PER_DEGREE], atol=0.5
        )

    def test_published_events_override_the_flag_and_may_be_missing_in_the_catalogue(self):
        ends = ((-76.5, -24.0), (-76.5, -26.0))
        known = PublishedRupture(
            name="a", date="2001-06-23", region="sam", magnitude=8.5, reference="r", ends=ends
        )
        missing = PublishedRupture(
            name="b",
            date="1700-01-27",
            region="sam",
            magnitude=9.0,
            reference="s",
            ends=ends,
            epicentre=(-76, -25),
        )
        other = PublishedRupture(
            name="c", date="2001-06-23", region="kur", magnitude=8.5, reference="t", ends=ends
        )
        sources = RuptureSources(published=(known, missing, other), not_interface=())
        frame = near_trench(magnitude=8.4, magnitude_type="Ms", interface_basis="")
        found = find_ruptures(frame, LINE, sources)
        assert found["event_id"].tolist() == ["e0", "published:1700-01-27"]
        assert found["magnitude"].tolist() == [8.5, 9.0]
        assert found["extent_source"].tolist() == ["r", "s"]
        assert find_ruptures(frame.assign(magnitude_type="Mw"), LINE, sources)["magnitude"].iloc[0] == 8.4

    def test_events_known_to_break_no_interface_are_left_out(self):
        entry = NotInterface(name="x", date="2001-06-23", region="sam", reason="in the slab", reference="r")
        sources = RuptureSources(published=(), not_interface=(entry,))
        frame = near_trench(time=["2001-06-23T20:33:15", "2001-06-23T22:00:00"], magnitude=[8.4, 6.0])
        assert find_ruptures(frame, LINE, sources)["magnitude"].tolist() == [6.0]

    def test_published_tables_are_whole(self):
        keys = [(entry.date, entry.region) for entry in (*PUBLISHED_RUPTURES, *NOT_INTERFACE)]
        assert len(set(keys)) == len(keys)
        for entry in (*PUBLISHED_RUPTURES, *NOT_INTERFACE):
            assert entry.region in REGION_NAMES
            assert entry.reference
        for entry in PUBLISHED_RUPTURES:
            if entry.ends:
                lon, lat = zip(*entry.ends, strict=True)
                extent = extent_of_points(load_trench_line(entry.region), lon, lat)
                expected = float(interface_rupture_length(entry.magnitude))
                # Andreanof 1957 is 3.3 times as long as others of its magnitude.
                assert 0.3 * expected < extent.length_km < 3.5 * expected, entry.name


def ruptures(*rows: tuple[str, str, float, float, float, str]) -> pd.DataFrame:
    """Return ruptures from (id, day, magnitude, start, end, quality)."""
    names = ["event_id", "time", "magnitude", "s_start_km", "s_end_km", "quality"]
    frame = pd.DataFrame(list(rows), columns=names)
    return frame.assign(
        time=pd.to_datetime(frame["time"], utc=True), magnitude_type="Mw", extent_source="test"
    )


class TestLabels:
    segments = make_segments(LINE).to_frame().iloc[:6]

    def test_segment_ruptured_twice_keeps_the_larger_per_window(self):
        found = label_segments(
            self.segments,
            ruptures(("old", "1906-01-31", 8.8, 0, 150, "B"), ("new", "1979-12-12", 8.1, 100, 200, "A")),
        )
        assert found["MW_1904"].tolist() == [8.8, 8.8, 8.8, 8.1, 1.0, 1.0]
        assert found["MW_1976"].tolist() == [1.0, 1.0, 8.1, 8.1, 1.0, 1.0]
        assert found["MW_1904_rupture"].tolist()[:4] == ["old", "old", "old", "new"]
        assert found.loc[2, ["MW_1976_rupture", "MW_1976_date", "MW_1976_quality"]].tolist() == [
            "new", "1979-12-12", "A",
        ]  # fmt: skip
        assert found["MW_1904_rupture"].isna().tolist() == [False] * 4 + [True] * 2

    def test_half_a_segment_is_enough_and_less_is_not(self):
        found = label_segments(self.segments, ruptures(("a", "1990-01-01", 8.0, 25, 124, "A")))
        assert found["MW_1976"].tolist() == [8.0, 8.0, 1.0, 1.0, 1.0, 1.0]

    def test_short_rupture_labels_the_segment_of_its_middle(self):
        found = label_segments(self.segments, ruptures(("a", "1990-01-01", 6.0, 95, 107, "C")))
        assert found["MW_1976"].tolist() == [1.0, 1.0, 6.0, 1.0, 1.0, 1.0]

    def test_early_surface_wave_magnitudes_count_only_historically(self):
        early = ruptures(("a", "1908-12-12", 8.2, 0, 300, "D")).assign(magnitude_type="Ms")
        found = label_segments(self.segments, early)
        assert found["MW_1904"].unique().tolist() == [1.0]
        assert found["MW_HISTORICAL"].unique().tolist() == [8.2]

    def test_of_equal_magnitudes_the_better_quality_counts_and_then_the_later_one(self):
        rows = ("a", "1990-01-01", "C"), ("b", "1980-01-01", "A"), ("c", "1979-01-01", "A")
        equal = ruptures(*((name, day, 8.0, 0, 300, quality) for name, day, quality in rows))
        assert label_segments(self.segments, equal)["MW_1976_rupture"].unique().tolist() == ["b"]

    def test_no_ruptures_at_all(self):
        found = label_segments(self.segments, ruptures())
        assert found["MW_1904"].unique().tolist() == [NO_EVENT_MAGNITUDE]
        assert found["MW_1904_rupture"].isna().all()
        assert list(found.columns[2:]) == list(target_definitions())

    def test_bad_share_is_refused(self):
        with pytest.raises(InputError, match="share of a segment"):
            label_segments(self.segments, ruptures(), least_share=0.0)


def seismic_world(seed: int = 0, size: int = 900) -> pd.DataFrame:
    """Return background events along the line, with one great event and aftershocks of it."""
    random = np.random.default_rng(seed)
    # Exponential with b = 1 below 7: the inverse of its distribution function cut there.
    top = 1.0 - 10.0 ** -(7.0 - 5.45)
    magnitude = np.minimum(5.45 - np.log10(1.0 - top * random.uniform(size=size)), 6.99).round(2)
    day = pd.Timestamp("1970-01-01", tz="UTC") + pd.to_timedelta(random.uniform(0, 15000, size), "D")
    frame = near_trench(
        event_id=[f"b{number}" for number in range(size)],
        time=day.strftime("%Y-%m-%dT%H:%M:%S").tolist(),
        lat=random.uniform(-30.0, -20.0, size).tolist(),
        magnitude=magnitude.tolist(),
    )
    great = near_trench(event_id=["great"], magnitude=[8.4])
    after = near_trench(
        event_id=[f"a{number}" for number in range(40)], time=["2001-08-01"] * 40, magnitude=[6.0] * 40
    )
    return pd.concat([frame, great, after], ignore_index=True)


class TestSeismicity:
    segments = make_segments(LINE)
    rupture = ruptures(("great", "2001-06-23T20:33:15", 8.4, 400.0, 700.0, "A"))

    def test_sums_are_those_of_the_background_in_the_window(self):
        world = seismic_world()
        features, used = region_seismicity(world, self.segments, self.rupture)
        background = world[world["event_id"].isin(used)]
        segment = 5
        near = background[(background["s_km"] - self.segments.centre_km[segment]).abs() <= 150.0]
        row = features.iloc[segment]
        assert row["SEIS_COUNT"] == len(near) > 100
        assert_allclose(row["SEIS_MOMENT"], moment_from_magnitude(near["magnitude"]).sum())
        assert row["SEIS_MAX"] == near["magnitude"].max()
        assert row["SEIS_B_LOW"] < 1.0 < row["SEIS_B_HIGH"]
        assert list(features.columns[2:]) == list(SEISMICITY_FEATURES)

    def test_label_event_and_its_aftershocks_do_not_count(self):
        _, used = region_seismicity(seismic_world(), self.segments, self.rupture)
        assert not [name for name in used if name == "great" or name.startswith("a")]
        _, all_used = region_seismicity(seismic_world(), self.segments, self.rupture.iloc[:0])
        assert sum(name.startswith("a") for name in all_used) == 40

    def test_no_event_above_the_ceiling_counts(self):
        features, _ = region_seismicity(
            seismic_world(), self.segments, self.rupture, options=SeismicityOptions(ceiling=6.0)
        )
        assert features["SEIS_MAX"].max() < 6.0

    def test_features_end_with_a_day_as_if_the_catalogue_did(self):
        world = seismic_world().sort_values("time", ignore_index=True)
        last = world["time"].iloc[len(world) // 2].normalize()
        until = SeismicityOptions(until=str(last.date()))
        # An event on the last day counts, one on the next does not.
        edges = world.iloc[:2].assign(
            event_id=["last", "next"], s_km=self.segments.centre_km[5], magnitude=5.0
        )
        edges["time"] = [last + pd.Timedelta(hours=23), last + pd.Timedelta(hours=25)]
        world = pd.concat([world, edges], ignore_index=True)
        features, used = region_seismicity(world, self.segments, self.rupture, options=until)
        assert "last" in used
        assert "next" not in used
        before = world[world["time"] < last + pd.Timedelta(days=1)]
        expected, _ = region_seismicity(before, self.segments, self.rupture)
        pd.testing.assert_frame_equal(features, expected)
        whole, _ = region_seismicity(world, self.segments, self.rupture)
        assert whole["SEIS_COUNT"].sum() > 1.5 * features["SEIS_COUNT"].sum()
        with pytest.raises(InputError, match="no day"):
            region_seismicity(world, self.segments, self.rupture, options=SeismicityOptions(until="2003"))

    def test_aftershock_zone_in_space_and_time(self):
        frame = near_trench(
            time=["2001-06-22", "2001-06-24", "2004-12-01", "2001-06-24"], lat=[-25, -25, -25, -29.0]
        )
        assert is_aftershock(frame, self.rupture).tolist() == [False, True, False, False]
        # Gardner & Knopoff (1974): 10^(0.032 x 8.4 + 2.7389) = 1018 days.
        edge = near_trench(time=["2004-04-05", "2004-04-09"])
        assert is_aftershock(edge, self.rupture).tolist() == [True, False]

    def test_quiet_segments_have_zero_sums_and_missing_statistics(self):
        features, _ = region_seismicity(near_trench(lat=-29.0, magnitude=6.0), self.segments, self.rupture)
        first = features.iloc[0]
        assert first[["SEIS_COUNT", "SEIS_MOMENT", "SEIS_ENERGY"]].tolist() == [0.0, 0.0, 0.0]
        assert first[["SEIS_MAX", "SEIS_B", "SEIS_THRUST"]].isna().all()

    def test_mechanism_shares(self):
        frame = near_trench(
            event_id=list("abcd"), magnitude=[6.0] * 4, mechanism=["thrust", "thrust", "normal", ""],
        )  # fmt: skip
        features, _ = region_seismicity(frame, self.segments, self.rupture.iloc[:0])
        row = features.iloc[11]
        assert_allclose(
            row[["SEIS_THRUST", "SEIS_NORMAL", "SEIS_STRIKE_SLIP", "SEIS_ODD"]].tolist(), [2 / 3, 1 / 3, 0, 0]
        )

    def test_violation_is_refused(self):
        ids = pd.DataFrame({"MW_1976_rupture": ["a", None, "b"]})
        with pytest.raises(InputError, match=r"gives a label.*given: b"):
            check_labels_excluded(["x", "b"], ids)


class TestWhole:
    def make(self, frame):
        segments = {"sam": make_segments(LINE)}
        return label_columns({"isc_gem": frame}, segments, {"sam": plane_slab()}, sources=NONE)

    def test_labels_and_features_of_a_region(self):
        frame = seismic_world()[list(events().columns)].assign(depth_km=20.0)
        labels = self.make(frame)
        assert labels.frame["MW_1976"].max() == 8.4
        features = seismicity_columns(labels)
        assert features[["region", "segment"]].equals(labels.frame[["region", "segment"]])
        assert features["SEIS_MAX"].max() < 7.0

    def test_aftershocks_of_what_labels_a_region_do_not_count_there(self):
        frame = seismic_world()[list(events().columns)].assign(depth_km=20.0)
        counts = [
            seismicity_columns(self.make(part))["SEIS_COUNT"].tolist()
            for part in (frame, frame[~frame["event_id"].str.startswith("a")])
        ]
        assert counts[0] == counts[1]

    def test_region_without_slab_is_refused(self):
        with pytest.raises(InputError, match="no slab"):
            label_columns({"isc_gem": events()}, {"sam": make_segments(LINE)}, {})
