"""Merged catalogues, mechanism classes, distance to the slab, b-values: synthetic cases of known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from megathrust.core import InputError
from megathrust.features import (
    CATALOGUE_ROLES,
    SlabGrids,
    b_value,
    completeness_magnitude,
    locate_events,
    merge_catalogues,
)
from megathrust.features._event_catalogue import (
    EVENT_FRAME_COLUMNS,
    MECHANISM_COLUMNS,
    PLANE_COLUMNS,
    PRECISION_SPAN_S,
    TENSOR_COLUMNS,
    CatalogueRole,
    match_events,
)
from megathrust.features._event_interface import InterfaceRule, slab_at
from megathrust.features._event_mechanism import (
    angle_to_slab,
    axes_seen_from_slab,
    mechanism_class,
    principal_axes,
)
from megathrust.geometry import TrenchLine
from megathrust.testing import plain_match_events


def events(**columns: object) -> pd.DataFrame:
    """Return an event frame with the given columns and plain values elsewhere."""
    size = max((len(value) for value in columns.values() if isinstance(value, list)), default=1)
    plain: dict[str, object] = dict.fromkeys(EVENT_FRAME_COLUMNS, np.nan)
    plain |= {"event_id": [f"e{number}" for number in range(size)], "time_precision": "second"}
    plain |= {
        "magnitude_type": "Mw",
        "source": "test",
        "lon": 0.0,
        "lat": 0.0,
        "depth_km": 20.0,
        "magnitude": 7.0,
    }
    frame = pd.DataFrame(plain | {"time": "2000-01-01"} | columns, index=range(size))
    return frame.assign(time=pd.to_datetime(frame["time"], utc=True, format="ISO8601"))


def test_a_time_may_lie_in_the_whole_of_the_longest_unit_that_is_known():
    spans = {name: pd.Timedelta(seconds=seconds) for name, seconds in PRECISION_SPAN_S.items()}
    units = {name: pd.Timedelta(1, name) for name in ("minute", "hour", "day")}
    days = {"month": pd.Timedelta(days=31), "year": pd.Timedelta(days=366)}
    assert spans == {"second": pd.Timedelta(0)} | units | days


class TestMerge:
    def test_duplicates_are_one_event_and_every_merge_is_counted(self):
        base = events(event_id=["a", "b"], time=["1960-05-22T18:56:02", "1960-05-22T19:11:20"],
                      lon=[-73.0, -73.4], lat=[-38.1, -38.2], magnitude=[8.6, 9.6])  # fmt: skip
        again = events(event_id=["x", "y"], time=["1960-05-22T19:11:25", "2018-09-16T22:54:33"],
                       lon=[-74.0, -71.6], lat=[-39.0, -31.6], magnitude=[9.5, 8.3])  # fmt: skip
        catalogue, merges = merge_catalogues({"comcat": again, "isc_gem": base})
        assert catalogue["event_id"].tolist() == ["a", "b", "y"]
        assert catalogue["magnitude"].tolist() == [8.6, 9.6, 8.3]
        counts = merges.set_index("catalogue")
        assert counts.loc["isc_gem", "added"] == 2
        assert counts.loc["comcat", ["matched", "added", "outside_years"]].tolist() == [1, 1, 0]

    def test_each_event_matches_once_and_the_closest_pair_goes_first(self):
        base = events(event_id=["a", "b"], time=["2000-01-01T00:00:00", "2000-01-01T00:00:30"])
        other = events(event_id=["x"], time=["2000-01-01T00:00:25"])
        rows = match_events(base, other, CatalogueRole())
        assert [part.tolist() for part in rows] == [[1], [0]]

    @pytest.mark.parametrize(
        "change", [{"time": "2000-01-01T00:01:01"}, {"lat": 1.81}, {"magnitude": 8.01}, {"lon": -1.81}]
    )
    def test_events_outside_one_window_stay_two(self, change):
        rows = match_events(events(), events(**change), CatalogueRole())
        assert len(rows[0]) == 0

    def test_windows_hold_across_the_dateline(self):
        rows = match_events(events(lon=179.5), events(lon=-179.5), CatalogueRole())
        assert len(rows[0]) == 1

    def test_incomplete_time_stands_for_its_span(self):
        whole_day = events(time="1868-08-13", time_precision="day")
        late = events(time="1868-08-13T23:59:59")
        next_day = events(time="1868-08-14T00:06:00")
        assert len(match_events(late, whole_day, CatalogueRole())[0]) == 1
        assert len(match_events(whole_day, late, CatalogueRole())[0]) == 1
        assert len(match_events(next_day, whole_day, CatalogueRole())[0]) == 0

    def test_a_time_of_unknown_precision_stands_for_itself(self):
        plain, later = events(time_precision=np.nan), events(time="2000-01-01T00:01:00.5")
        assert len(match_events(plain, later, CatalogueRole())[0]) == 0
        assert len(match_events(plain, later, CatalogueRole(time_s=61.0))[0]) == 1

    def test_a_catalogue_adds_events_from_its_first_year_to_before_its_last(self):
        times = ["1989-12-31", "1990-01-01", "1999-12-31", "2000-01-01"]
        roles = {"a": CatalogueRole(), "b": CatalogueRole(events_from=1990, events_to=2000)}
        base, more = events(event_id=["x"], lon=50.0), events(event_id=list("pqrs"), time=times)
        merged, merges = merge_catalogues({"a": base, "b": more}, roles=roles)
        assert sorted(merged["event_id"]) == ["q", "r", "x"]
        assert merged.index.tolist() == [0, 1, 2]
        assert merges.set_index("catalogue").loc["b", ["added", "outside_years"]].tolist() == [2, 2]

    def test_mechanism_comes_whole_from_the_first_source_that_has_one(self):
        base = events(magnitude=8.0, moment_n_m=1e21)
        tensor = dict.fromkeys(TENSOR_COLUMNS, 2e20)
        gcmt = events(magnitude=8.1, moment_n_m=2e21, **tensor)
        planes = events(strike1=10.0, dip1=20.0, rake1=90.0)
        merged, merges = merge_catalogues({"isc_gem": base, "gcmt": gcmt, "focal_join": planes})
        event = merged.iloc[0]
        assert event[list(TENSOR_COLUMNS)].tolist() == [2e20] * 6
        assert event[list(PLANE_COLUMNS)].isna().all()
        assert event["mechanism_source"] == "gcmt"
        assert (event["magnitude"], event["moment_n_m"]) == (8.0, 1e21)
        assert merges["mechanisms"].tolist() == [0, 1, 0]

    def test_only_a_magnitude_that_is_no_mw_is_replaced(self):
        roles = {"noaa": CatalogueRole(magnitude=1.5), "isc_gem": CatalogueRole(magnitude=1.5)}
        old = events(magnitude=8.4, magnitude_type="Ms")
        new = events(magnitude=7.9)
        merged, _ = merge_catalogues({"noaa": old, "isc_gem": new}, roles=roles)
        assert merged.loc[0, ["magnitude", "magnitude_type"]].tolist() == [7.9, "Mw"]
        merged, _ = merge_catalogues({"noaa": new, "isc_gem": old}, roles=roles)
        assert merged.loc[0, ["magnitude", "magnitude_type"]].tolist() == [7.9, "Mw"]

    def test_inputs_stay_untouched_and_rows_without_place_are_counted(self):
        base = events(event_id=["a", "b"], lon=[1.0, np.nan])
        given = base.copy()
        _, merges = merge_catalogues(
            {"isc_gem": base, "gcmt": events(lon=1.0, strike1=1.0, dip1=1.0, rake1=1.0)}
        )
        pd.testing.assert_frame_equal(base, given)
        assert merges.loc[0, "unusable"] == 1

    def test_unknown_or_broken_catalogues_are_refused(self):
        with pytest.raises(InputError, match="unknown catalogue"):
            merge_catalogues({"mine": events()})
        with pytest.raises(InputError, match="lacks columns"):
            merge_catalogues({"isc_gem": events().drop(columns="lon")})
        with pytest.raises(InputError, match="no catalogue"):
            merge_catalogues({})

    def test_fast_matching_is_the_plain_one(self):
        random = np.random.default_rng(5)
        for size in (1, 2, 7, 20, 40):
            frames = [
                events(
                    time=(pd.Timestamp("1950-01-01") + pd.to_timedelta(random.uniform(0, 600, size), "s"))
                    .astype(str).tolist(),
                    lon=random.uniform(178, 182, size).tolist(),
                    lat=random.uniform(-2, 2, size).tolist(),
                    magnitude=random.uniform(6, 8, size).round(1).tolist(),
                    time_precision=random.choice(["second", "minute"], size).tolist(),
                )
                for _ in range(2)
            ]  # fmt: skip
            rows = match_events(*frames, CatalogueRole())
            assert list(zip(*(part.tolist() for part in rows), strict=True)) == plain_match_events(
                *frames, CatalogueRole()
            )


def tensor_of_plane(strike: float, dip: float, rake: float) -> dict[str, float]:
    """Return the double couple of a plane, Aki & Richards (2002), box 4.4, in r, t, p."""
    s, d, r = np.radians([strike, dip, rake])
    xx = -(np.sin(d) * np.cos(r) * np.sin(2 * s) + np.sin(2 * d) * np.sin(r) * np.sin(s) ** 2)
    xy = np.sin(d) * np.cos(r) * np.cos(2 * s) + 0.5 * np.sin(2 * d) * np.sin(r) * np.sin(2 * s)
    xz = -(np.cos(d) * np.cos(r) * np.cos(s) + np.cos(2 * d) * np.sin(r) * np.sin(s))
    yy = np.sin(d) * np.cos(r) * np.sin(2 * s) - np.sin(2 * d) * np.sin(r) * np.cos(s) ** 2
    yz = -(np.cos(d) * np.cos(r) * np.sin(s) - np.cos(2 * d) * np.sin(r) * np.cos(s))
    zz = np.sin(2 * d) * np.sin(r)
    return {"mrr": zz, "mtt": xx, "mpp": yy, "mrt": xz, "mrp": -yz, "mtp": -xy}


MECHANISMS = [
    ((200.0, 15.0, 90.0), "thrust"),
    ((329.0, 8.0, 110.0), "thrust"),  # Sumatra 2004 in GCMT
    ((0.0, 45.0, -90.0), "normal"),
    ((81.0, 35.0, -114.0), "normal"),
    ((0.0, 50.0, 30.0), "odd"),  # T plunges 46, B 42 degrees
    ((20.0, 80.0, 0.0), "strike-slip"),
    ((90.0, 90.0, 180.0), "strike-slip"),
    ((0.0, 90.0, 90.0), "odd"),  # dip slip on a vertical plane: T and P plunge 45 degrees
    ((0.0, 4.9, 90.0), "odd"),  # T axis plunges 49.9 degrees
    ((0.0, 5.1, 90.0), "thrust"),
]


class TestMechanism:
    @pytest.mark.parametrize(("plane", "expected"), MECHANISMS)
    def test_known_mechanisms_from_plane_and_tensor(self, plane, expected):
        by_plane = events(**dict(zip(PLANE_COLUMNS, plane, strict=True)))
        by_tensor = events(**{name: 1e20 * value for name, value in tensor_of_plane(*plane).items()})
        axes = [principal_axes(frame) for frame in (by_plane, by_tensor)]
        assert mechanism_class(axes[0])[0] == mechanism_class(axes[1])[0] == expected
        for one, other in zip(*axes, strict=True):
            assert_allclose(abs(np.sum(one * other)), 1.0, atol=1e-9)

    def test_axes_are_unit_and_orthogonal(self):
        random = np.random.default_rng(2)
        columns = {name: random.normal(size=50).tolist() for name in TENSOR_COLUMNS}
        axes = np.stack(principal_axes(events(**columns)), axis=1)
        assert_allclose(axes @ axes.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (50, 3, 3)), atol=1e-12)

    @pytest.mark.parametrize("dip", [0.5, 10.0, 30.0, 60.0, 89.0])
    @pytest.mark.parametrize("strike", [0.0, 77.0, 310.0])
    def test_slip_up_the_slab_is_thrust_for_every_dip(self, strike, dip):
        frame = events(strike1=strike, dip1=dip, rake1=90.0)
        axes = principal_axes(frame)
        seen = axes_seen_from_slab(axes, [strike], [dip])
        assert_allclose(np.abs(seen.t), [[0.0, 0.0, 1.0]], atol=1e-9)
        assert_allclose(angle_to_slab(axes, [strike], [dip]), 0.0, atol=1e-6)

    def test_normal_slip_on_the_slab_is_normal_and_steep_planes_stand_off_it(self):
        down = principal_axes(events(strike1=40.0, dip1=70.0, rake1=-90.0))
        assert mechanism_class(axes_seen_from_slab(down, [40.0], [70.0]))[0] == "normal"
        steep = principal_axes(events(strike1=0.0, dip1=60.0, rake1=90.0))
        # The planes dip 60 one way and 30 the other; the slab dips 15 the first way.
        assert_allclose(angle_to_slab(steep, [0.0], [15.0]), 45.0, atol=1e-9)

    def test_unknown_mechanisms_are_empty(self):
        axes = principal_axes(events())
        assert mechanism_class(axes)[0] == ""
        assert np.isnan(angle_to_slab(axes, [0.0], [10.0])).all()


def plane_slab(dip: float = 20.0, west: float = -77.0) -> SlabGrids:
    """Return a slab that dips eastwards from a trench at the western edge of the grid."""
    lon, lat = west + 0.05 * np.arange(61), np.arange(-30.0, -19.99, 0.05)
    km = np.broadcast_to((lon - west) * 111.19 * np.cos(np.radians(25.0)), (len(lat), len(lon)))
    layers = {"depth_km": 5.0 + km * np.tan(np.radians(dip)), "dip": np.full_like(km, dip),
              "strike": np.zeros_like(km), "uncertainty_km": np.full_like(km, 10.0)}  # fmt: skip
    arrays = {
        name: xr.DataArray(values, coords={"lat": lat, "lon": lon}, dims=("lat", "lon"))
        for name, values in layers.items()
    }
    return SlabGrids(**arrays)


class TestInterface:
    line = TrenchLine("sam", [-77.0, -77.0], [-20.0, -30.0])

    def flagged(self, **columns):
        frame = events(**({"lon": -76.0, "lat": -25.0} | columns)).assign(mechanism_source="")
        return locate_events(frame, self.line, plane_slab())

    def test_depth_alone_decides_where_no_mechanism_is_known(self):
        depth = float(self.flagged()["slab_depth_km"].iloc[0])
        found = self.flagged(depth_km=[depth, depth + 20.0, depth + 30.0, depth - 30.0])
        assert found["interface_basis"].tolist() == ["depth only", "depth only", "", ""]
        assert_allclose(
            found["slab_distance_km"], np.array([0, 20, 30, -30]) * np.cos(np.radians(20)), atol=1e-9
        )

    def test_mechanism_must_fit_the_slab(self):
        depth = float(self.flagged()["slab_depth_km"].iloc[0])
        found = self.flagged(
            depth_km=[depth] * 4,
            strike1=[0.0] * 4,
            dip1=[20.0, 20.0, 70.0, 55.0],
            rake1=[90.0, -90.0, 90.0, 90.0],
        )
        # The third dips 70 degrees the way of the slab, the last 55: 50 and 35 degrees off it.
        assert found["interface_basis"].tolist() == ["depth and mechanism", "", "", ""]
        assert found["slab_mechanism"].tolist()[:2] == ["thrust", "normal"]
        other = self.flagged(depth_km=depth, strike1=180.0, dip1=70.0, rake1=90.0)
        assert other["interface"].tolist() == [True]

    def test_deep_slab_and_outer_rise_are_no_interface(self):
        assert not self.flagged(lon=-74.6, depth_km=100.0)["interface"].any()
        assert not self.flagged(lon=-77.5, depth_km=10.0)["interface"].any()

    def test_limits_of_the_interface_belong_to_it(self):
        frame = events(lon=-76.0, lat=-25.0).assign(mechanism_source="")
        depth = float(self.flagged()["slab_depth_km"].iloc[0])
        for deepest, inside in ((depth, True), (depth - 1e-6, False)):
            rule = InterfaceRule(deepest_km=deepest)
            found = locate_events(frame.assign(depth_km=depth), self.line, plane_slab(), rule=rule)
            assert found["interface"].tolist() == [inside]

    def test_slabs_are_compared_as_objects(self):
        slab = plane_slab()
        assert len({slab, slab, plane_slab()}) == 2

    def test_old_events_count_by_place_and_size(self):
        found = self.flagged(time=["1868-08-13"] * 2, depth_km=[np.nan] * 2, magnitude=[8.0, 7.0])
        assert found["interface_basis"].tolist() == ["location only", ""]

    def test_slab_at_its_edge_and_in_any_longitude_layout(self):
        slab = plane_slab()
        lon, lat = pd.Series([283.5, -76.5, -77.1, -77.3]), pd.Series([-25.0] * 4)
        depth, dip, strike, uncertainty = slab_at(slab, lon, lat, snap_km=25.0)
        assert depth[0] == depth[1]
        assert_allclose(depth[2], 5.0)
        assert np.isnan(depth[3])
        assert_allclose([dip[0], uncertainty[0]], [20.0, 10.0])
        assert_allclose(np.cos(np.radians(strike[0])), 1.0)

    def test_slab_across_the_dateline(self):
        slab = plane_slab(west=178.0)
        depth, *_ = slab_at(slab, pd.Series([-179.0, 181.0]), pd.Series([-25.0, -25.0]))
        assert np.isfinite(depth[0])
        assert depth[0] == depth[1]

    def test_grids_of_other_shape_or_without_slab_are_refused(self):
        slab = plane_slab()
        cut = SlabGrids(depth_km=slab.depth_km[1:], dip=slab.dip, strike=slab.strike,
                        uncertainty_km=slab.uncertainty_km)  # fmt: skip
        place = (pd.Series([-76.0]), pd.Series([-25.0]))
        with pytest.raises(InputError, match="differ in shape"):
            slab_at(cut, *place)
        nothing = SlabGrids(depth_km=slab.depth_km * np.nan, dip=slab.dip, strike=slab.strike,
                            uncertainty_km=slab.uncertainty_km)  # fmt: skip
        with pytest.raises(InputError, match="no slab"):
            slab_at(nothing, *place)


class TestBValue:
    @pytest.mark.parametrize("b", [0.7, 1.0, 1.4])
    def test_known_b_is_found_and_covered(self, b):
        random = np.random.default_rng(int(10 * b))
        covered, values = 0, []
        for trial in range(40):
            magnitudes = 5.45 + random.exponential(np.log10(np.e) / b, 300)
            found = b_value(magnitudes, 5.5, seed=trial)
            covered += found.low <= b <= found.high
            values.append(found.value)
        assert_allclose(np.mean(values), b, rtol=0.03)
        assert covered >= 30  # 36 of 40 expected at 90 per cent

    def test_ceiling_does_not_raise_b(self):
        random = np.random.default_rng(3)
        magnitudes = 5.45 + random.exponential(np.log10(np.e), 200_000)
        kept = magnitudes[magnitudes < 6.8]
        assert_allclose(b_value(kept, 5.5, ceiling=6.8, resamples=5).value, 1.0, rtol=0.02)
        assert b_value(kept, 5.5, resamples=5).value > 1.1
        assert_allclose(
            b_value(magnitudes, 5.5, ceiling=30.0, resamples=5).value,
            b_value(magnitudes, 5.5, resamples=5).value,
        )

    def test_binning_correction_matters(self):
        # All in the lowest bin, whose middle lies half a width above its edge: b = log10(e) / (width / 2).
        found = b_value(np.full(60, 6.0), 6.0, bin_width=0.2)
        assert_allclose(found.value, np.log10(np.e) / 0.1)

    def test_events_below_completeness_do_not_count(self):
        magnitudes = np.concatenate([np.full(500, 5.0), np.linspace(6.0, 7.0, 60)])
        assert b_value(magnitudes, 6.0).value == b_value(magnitudes[500:], 6.0).value

    def test_too_few_events_give_nothing(self):
        found = b_value(np.full(49, 6.0), 6.0)
        assert np.isnan([found.value, found.low, found.high]).all()
        assert found.count == 49
        assert np.isnan(b_value([], np.nan).value)

    def test_completeness_is_the_fullest_bin_and_a_bit(self):
        random = np.random.default_rng(0)
        magnitudes = 5.0 + random.exponential(0.43, 5000)
        kept = magnitudes[random.uniform(size=5000) < np.clip((magnitudes - 5.0) / 0.5, 0.0, 1.0)]
        assert 5.4 <= completeness_magnitude(kept) <= 5.8
        assert np.isnan(completeness_magnitude([]))
        assert_allclose(completeness_magnitude([6.0, 6.4]), 6.6)


def test_roles_name_every_column_group():
    assert list(CATALOGUE_ROLES)[:2] == ["own", "isc_gem_v7"]
    assert set(MECHANISM_COLUMNS) <= set(EVENT_FRAME_COLUMNS)
