"""Slab profile and plate motion against known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from megathrust.core import EARTH_RADIUS_KM, InputError
from megathrust.features import FEATURES, PlateOutlines, slab_reach, smooth_along_trench
from megathrust.features._plate_motion import convergence, hotspot_rotation, normal_velocity
from megathrust.features._slab_profile import first_derivative, second_derivative
from megathrust.geometry import TrenchLine, make_segments, unit_vectors

#: A trench down the 180th meridian: the downgoing plate in the west, the slab in the east.
SEGMENTS = make_segments(TrenchLine("ker", [180.0, 180.0], [10.0, -10.0]))


def outlines(**plates: tuple[float, float]) -> PlateOutlines:
    """Return plates that are bands of longitude between 60 south and 60 north."""
    frames = [
        pd.DataFrame(
            {
                "line": number,
                "name": name,
                "lon": np.array([west, (west + east) / 2, east, east, (west + east) / 2, west, west]),
                "lat": [-60.0, -60.0, -60.0, 60.0, 60.0, 60.0, -60.0],
            }
        )
        for number, (name, (west, east)) in enumerate(plates.items())
    ]
    return PlateOutlines(pd.concat(frames))


def poles(**plates: tuple[float, float, float]) -> pd.DataFrame:
    rows = [{"plate": name, "lon": p[0], "lat": p[1], "rate_deg_ma": p[2]} for name, p in plates.items()]
    return pd.DataFrame(rows)


class TestSlabReach:
    def slab(self, *, end: float = 186.0) -> xr.DataArray:
        lon, lat = np.arange(180.0, 190.0, 0.05), np.arange(-12.0, 12.0, 0.05)
        depth = np.where(lon <= end, 0.5 * np.radians(lon - 180.0) * EARTH_RADIUS_KM, np.nan)
        return xr.DataArray(
            np.tile(depth, (len(lat), 1)), coords={"lat": lat, "lon": lon}, dims=("lat", "lon")
        )

    def test_a_plane_reaches_as_deep_and_far_as_its_edge(self):
        reach = slab_reach(SEGMENTS, self.slab())
        equator = np.abs(SEGMENTS.centre_km - SEGMENTS.line.length_km / 2.0) < 100.0
        extent = np.radians(6.0) * EARTH_RADIUS_KM
        assert reach.extent_km[equator] == pytest.approx(extent, abs=12.0)
        assert reach.deepest_km[equator] == pytest.approx(extent / 2.0, abs=6.0)

    def test_a_grid_in_another_layout_of_longitude_gives_the_same(self):
        slab = self.slab()
        turned = slab.assign_coords(lon=slab["lon"] - 360.0)
        assert np.array_equal(slab_reach(SEGMENTS, slab), slab_reach(SEGMENTS, turned))

    def test_a_profile_without_slab_is_missing(self):
        gone = self.slab().where(self.slab()["lat"] > 0.0)
        reach = slab_reach(SEGMENTS, gone)
        south = SEGMENTS.centre_km > SEGMENTS.line.length_km / 2.0 + 50.0
        assert np.isnan(reach.deepest_km[south]).all()
        assert np.isfinite(reach.deepest_km[~south][:-2]).all()


class TestAlongTrench:
    s_km = np.arange(25.0, 6000.0, 50.0)

    @pytest.mark.parametrize("width_km", [200.0, 400.0, 600.0])
    def test_waves_of_twice_the_width_are_halved_and_longer_ones_pass(self, width_km):
        def passed(half_wavelength: float) -> float:
            wave = np.cos(np.pi * self.s_km / half_wavelength)
            return float(
                np.ptp(smooth_along_trench(wave, step_km=50.0, width_km=width_km)[30:-30])
                / np.ptp(wave[30:-30])
            )

        assert passed(width_km) == pytest.approx(0.5, abs=0.02)
        assert passed(3.0 * width_km) > 0.99
        assert passed(width_km / 2.0) < 0.02

    def test_a_straight_line_stays_and_has_its_slope(self):
        line = 100.0 + 0.2 * self.s_km
        smooth = smooth_along_trench(line, step_km=50.0, width_km=400.0)
        assert smooth == pytest.approx(line, abs=0.03)
        assert first_derivative(smooth, 50.0) == pytest.approx(0.2, abs=1e-3)
        assert second_derivative(smooth, 50.0) == pytest.approx(0.0, abs=1e-5)

    def test_a_parabola_has_its_second_derivative_whatever_its_sign(self):
        assert second_derivative(-2e-4 * self.s_km**2, 50.0) == pytest.approx(4e-4)
        assert second_derivative(np.array([0.0, 1.0, 4.0]), 1.0).tolist() == [2.0, 2.0, 2.0]

    def test_gaps_stay_gaps_and_do_not_spoil_their_neighbours(self):
        line = 0.2 * self.s_km
        line[[0, 30, 31]] = np.nan
        smooth = smooth_along_trench(line, step_km=50.0, width_km=200.0)
        assert np.array_equal(np.isnan(smooth), np.isnan(line))
        assert np.nanmax(np.abs(smooth - line)[20:60]) < 0.5

    @pytest.mark.parametrize("count", [1, 2, 3, 8])
    def test_short_trenches_and_empty_profiles_are_no_error(self, count):
        assert len(smooth_along_trench(np.arange(float(count)), step_km=50.0, width_km=600.0)) == count
        empty = np.full(count, np.nan)
        assert np.isnan(smooth_along_trench(empty, step_km=50.0, width_km=600.0)).all()
        assert len(first_derivative(empty, 50.0)) == len(second_derivative(empty, 50.0)) == count

    def test_a_segment_as_long_as_the_width_leaves_nothing_to_smooth(self):
        values = np.array([1.0, 5.0, 2.0])
        assert smooth_along_trench(values, step_km=200.0, width_km=200.0).tolist() == [1.0, 5.0, 2.0]


class TestPlateMotion:
    plates = outlines(PA=(150.0, 180.0), AU=(180.0, 210.0))
    resting = dict.fromkeys(("PA", "AU"), (0.0, 90.0, 0.0))

    def test_rotation_about_the_pole_moves_along_the_parallel(self):
        frame = {**self.resting, "PA": (0.0, 90.0, 1.0)}
        rate, obliquity = convergence(SEGMENTS, self.plates, poles(**frame))
        lat = SEGMENTS.to_frame()["lat"].to_numpy()
        # The downgoing plate lies in the west and moves east: towards the trench.
        expected = np.radians(1.0) * EARTH_RADIUS_KM * np.cos(np.radians(lat))
        assert rate == pytest.approx(expected, rel=1e-9)
        assert obliquity == pytest.approx(0.0, abs=1e-4)

    def test_motion_along_the_trench_is_all_obliquity(self):
        frame = {**self.resting, "PA": (90.0, 0.0, 1.0)}
        rate, obliquity = convergence(SEGMENTS, self.plates, poles(**frame))
        assert np.abs(rate).max() < 1e-9
        assert obliquity == pytest.approx(90.0)

    def test_parting_plates_have_negative_rates(self):
        frame = {**self.resting, "PA": (0.0, 90.0, -1.0)}
        rate, obliquity = convergence(SEGMENTS, self.plates, poles(**frame))
        assert rate.max() < 0.0
        assert obliquity == pytest.approx(180.0)

    def test_one_plate_on_both_sides_has_no_obliquity(self):
        rate, obliquity = convergence(SEGMENTS, outlines(PA=(150.0, 210.0)), poles(**self.resting))
        assert np.abs(rate).max() == 0.0
        assert np.isnan(obliquity).all()

    def test_velocity_of_the_upper_plate_is_positive_towards_the_downgoing_plate(self):
        # Westwards by 2 degrees per Ma, beside which the net rotation over the hotspots is small.
        frame = {**self.resting, "AU": (0.0, 90.0, -2.0)}
        velocity = normal_velocity(SEGMENTS, -200.0, self.plates, poles(**frame))
        net = hotspot_rotation()[2] * EARTH_RADIUS_KM
        at_equator = np.abs(SEGMENTS.to_frame()["lat"]) < 0.3
        assert velocity[at_equator] == pytest.approx(np.radians(2.0) * EARTH_RADIUS_KM - net, abs=0.3)

    def test_the_stable_plate_is_that_far_behind_the_trench(self):
        # A small plate at the trench, the stable one behind it, and other plates in front.
        plates = outlines(PA=(170.0, 180.0), NA=(150.0, 170.0), KE=(180.0, 182.0), AU=(182.0, 210.0))
        still = dict.fromkeys(("PA", "NA", "KE"), (0.0, 90.0, 9.0)) | {"AU": (0.0, 90.0, 0.0)}
        layers = {"plate_outlines": plates, "plate_poles": poles(**still)}
        velocity = FEATURES["V_UP"].function(SEGMENTS, layers)
        at_equator = np.abs(SEGMENTS.to_frame()["lat"]) < 0.3
        net = hotspot_rotation()[2] * EARTH_RADIUS_KM
        assert velocity[at_equator] == pytest.approx(-net, abs=0.3)

    def test_a_plate_without_a_pole_is_missing(self):
        velocity = normal_velocity(SEGMENTS, -200.0, self.plates, poles(PA=(0.0, 90.0, 1.0)))
        assert np.isnan(velocity).all()

    def test_hotspots_make_the_lithosphere_drift_west_at_the_equator_of_the_pacific(self):
        assert np.linalg.norm(hotspot_rotation()) == pytest.approx(np.radians(0.44))
        east = np.cross(hotspot_rotation(), unit_vectors(-160.0, 0.0)) @ unit_vectors(-70.0, 0.0)
        assert east < 0.0

    def test_rings_around_a_pole_and_rings_within_rings(self):
        south = pd.DataFrame(
            {"line": 0, "name": "AN", "lon": np.arange(0.0, 361.0, 30.0), "lat": np.full(13, -60.0)}
        )
        inner = pd.DataFrame(
            {"line": 1, "name": "SC", "lon": [-60, -30, -30, -60, -60], "lat": [-80, -80, -70, -70, -80]}
        )
        plates = PlateOutlines(pd.concat([south, inner]))
        asked = unit_vectors([0.0, 170.0, -170.0, -45.0, 10.0], [-89.0, -61.0, -75.0, -75.0, -59.0])
        assert plates.plates_at(asked) == ["AN", "AN", "AN", "SC", ""]

    def test_an_open_ring_is_refused(self):
        ring = pd.DataFrame({"line": 0, "name": "PA", "lon": [0, 1, 1, 0], "lat": [0, 0, 1, 1]})
        with pytest.raises(InputError, match="not closed"):
            PlateOutlines(ring)

    def test_each_velocity_feature_is_the_one_that_it_is_called(self):
        three = outlines(PA=(150.0, 180.0), KE=(180.0, 182.0), AU=(182.0, 210.0))
        turning = poles(PA=(40.0, 70.0, 0.8), KE=(100.0, 0.0, 3.0), AU=(120.0, -50.0, -0.5))
        rate, obliquity = convergence(SEGMENTS, three, turning)
        expected = {
            "V_CN": rate,
            "OBL": obliquity,
            "V_UP": normal_velocity(SEGMENTS, -500.0, three, turning),
            "V_TN": normal_velocity(SEGMENTS, -75.0, three, turning),
        }
        layers = {"plate_outlines": three, "plate_poles": turning}
        for name, values in expected.items():
            np.testing.assert_array_equal(FEATURES[name].function(SEGMENTS, layers), values)
        assert np.abs(expected["V_UP"] - expected["V_TN"]).min() > 1.0
