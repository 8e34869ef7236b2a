"""What the incoming plate carries, the shape of the trench, the width of the interface, and filled gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose
from test_features_events import plane_slab

from megathrust.core import EARTH_RADIUS_KM
from megathrust.features import FEATURES, FeatureDefinition, compute_features
from megathrust.features._definition import Fallback
from megathrust.features._incoming_load import (
    _points_on_lines,
    fracture_zone_density,
    fracture_zone_distance,
    plateau_share,
    seamount_density,
    seamount_volume,
)
from megathrust.features._residual_height import depth_of_age, residual_height
from megathrust.features._trench_shape import (
    interface_dip_mean,
    interface_dip_spread,
    interface_width,
    trench_depth,
    trench_relief,
    trench_roughness,
)
from megathrust.geometry import TrenchLine, make_segments

# A trench along a meridian; the plate comes in from the west.
SEGMENTS = make_segments(TrenchLine("sam", [-77.0, -77.0], [-20.0, -30.0]))
MIDDLE = slice(5, -5)
KM_PER_DEGREE = np.pi / 180.0 * EARTH_RADIUS_KM


def zone(*points, line=0):
    return pd.DataFrame(points, columns=["lon", "lat"]).assign(line=line)


def strip_area():
    """Return the area of the window of every segment: on a sphere a strip narrows away from its middle."""
    return np.full(len(SEGMENTS), 300.0 * EARTH_RADIUS_KM * np.sin(300.0 / EARTH_RADIUS_KM))


class TestFractureZones:
    def test_length_per_area_of_a_line_along_the_trench(self):
        layers = {"fracture_zones": zone((-78.0, -15.0), (-78.0, -35.0))}
        # 300 km of trench have 300 km of line beside them, on the first 300 km of the plate.
        density = fracture_zone_density(SEGMENTS, layers)[MIDDLE]
        assert_allclose(density, 300.0 / strip_area()[MIDDLE], rtol=0.04)

    def test_lines_of_the_upper_plate_and_far_off_do_not_count(self):
        east = {"fracture_zones": zone((-76.0, -15.0), (-76.0, -35.0))}
        far = {"fracture_zones": zone((-82.0, -15.0), (-82.0, -35.0))}
        assert fracture_zone_density(SEGMENTS, east).max() == 0.0
        assert fracture_zone_density(SEGMENTS, far).max() == 0.0
        assert_allclose(fracture_zone_distance(SEGMENTS, east), 1000.0)

    @given(st.lists(st.floats(0.05, 0.95), min_size=1, max_size=4), st.integers(-1, 1))
    def test_further_vertices_and_whole_turns_change_nothing(self, shares, turns):
        plain = zone((-78.5, -22.0), (-78.0, -27.0))
        between = [(-78.5 + 0.5 * share, -22.0 - 5.0 * share) for share in sorted(shares)]
        more = zone((-78.5, -22.0), *between, (-78.0, -27.0)).assign(lon=lambda f: f["lon"] + 360.0 * turns)
        for function in (fracture_zone_density, fracture_zone_distance):
            one, two = (function(SEGMENTS, {"fracture_zones": lines}) for lines in (plain, more))
            # A straight line in degrees is no great circle: some km on one of 550.
            assert_allclose(one, two, rtol=0.02, atol=1e-4 if function is fracture_zone_density else 5.0)

    def test_points_stand_in_the_middle_of_what_they_stand_for(self):
        lon, lat, length = _points_on_lines(zone((-78.0, -20.0), (-78.0, -20.1)))
        assert_allclose(length, 0.1 * KM_PER_DEGREE / 6.0)
        assert_allclose(lat, -20.0 - (np.arange(6) + 0.5) / 60.0)
        assert_allclose(lon, -78.0)

    def test_two_lines_are_not_joined(self):
        lines = pd.concat([zone((-78, -21), (-78, -22)), zone((-78, -28), (-78, -29), line=1)])
        density = fracture_zone_density(SEGMENTS, {"fracture_zones": lines.reset_index(drop=True)})
        total = (density * strip_area()).sum() / 6.0
        assert_allclose(total, 2.0 * KM_PER_DEGREE, rtol=0.1)

    def test_distance_is_that_of_a_great_circle(self):
        layers = {"fracture_zones": zone((-78.0, -15.0), (-78.0, -35.0))}
        expected = KM_PER_DEGREE * np.cos(np.radians(-20.0 - SEGMENTS.centre_km / KM_PER_DEGREE))
        assert_allclose(fracture_zone_distance(SEGMENTS, layers), expected, rtol=0.01)


class TestSeamounts:
    seamounts = pd.DataFrame(
        {"lon": [-78.0, -78.5, 283.0 - 1.0, -76.0], "lat": -25.0, "radius_km": 10.0, "height_m": [1500.0] * 4}
    )

    def test_number_and_volume_per_area(self):
        layers = {"seamounts": self.seamounts}
        near = np.abs(SEGMENTS.centre_km - 5.0 * KM_PER_DEGREE) < 140.0
        assert_allclose(seamount_density(SEGMENTS, layers)[near], 3.0 / strip_area()[near], rtol=0.03)
        cone = np.pi * 10.0**2 * 1500.0 / 3.0
        assert_allclose(seamount_volume(SEGMENTS, layers)[near], 3.0 * cone / strip_area()[near], rtol=0.03)
        assert seamount_density(SEGMENTS, layers)[~near][[0, -1]].tolist() == [0.0, 0.0]


class TestPlateaus:
    def ring(self, west, east, south, north, polygon=0, ring=0):
        corners = [(west, south), (west, north), (east, north), (east, south), (west, south)]
        return pd.DataFrame(corners, columns=["lon", "lat"]).assign(polygon=polygon, ring=ring)

    def test_share_of_the_area_holes_left_out(self):
        whole = self.ring(-85.0, -70.0, -40.0, -10.0)
        assert_allclose(plateau_share(SEGMENTS, {"plateaus": whole}), 1.0)
        holed = pd.concat([whole, self.ring(-85.0, -70.0, -40.0, -25.0, ring=1)])
        share = plateau_share(SEGMENTS, {"plateaus": holed})
        assert_allclose([share[0], share[-1]], [1.0, 0.0])
        assert 0.4 < share[11] < 0.6

    def test_two_polygons_over_each_other_count_once(self):
        both = pd.concat([self.ring(-85, -70, -40, -10), self.ring(-85, -70, -40, -10, polygon=1)])
        assert_allclose(plateau_share(SEGMENTS, {"plateaus": both}), 1.0)

    def test_none_near(self):
        assert plateau_share(SEGMENTS, {"plateaus": self.ring(10, 20, 0, 10)}).max() == 0.0


def globe(value, step=2.0):
    lat, lon = np.arange(-90.0, 90.1, step), np.arange(-180.0, 180.0, step)
    return xr.DataArray(
        np.full((len(lat), len(lon)), float(value)), coords={"lat": lat, "lon": lon}, dims=("lat", "lon")
    )


class TestResidualHeight:
    def layers(self, **values):
        plain = {"topography": -5000.0, "age_2020": 100.0, "age_2024": np.nan, "sediment": 0.0} | values
        names = ("topography", "seafloor_age_seton2020", "seafloor_age_cao2024", "sediment_thickness_globsed")
        return {name: globe(value) for name, value in zip(names, plain.values(), strict=True)}

    def test_is_the_height_above_that_of_its_age(self):
        found = residual_height(self.layers())["residual_height"]
        assert_allclose(found, depth_of_age(np.array(100.0)) - 5000.0)

    def test_sediment_hides_half_of_its_thickness_and_a_second_age_fills_in(self):
        bare, covered = (
            residual_height(self.layers(sediment=s))["residual_height"].mean() for s in (0, 1000)
        )
        assert_allclose(float(bare - covered), 1000.0 * (3300 - 1950) / (3300 - 1030))
        filled = residual_height(self.layers(age_2020=np.nan, age_2024=100.0))["residual_height"]
        assert_allclose(filled, residual_height(self.layers())["residual_height"])

    def test_depths_by_age_are_the_published_ones_up_to_their_joint_and_from_there_on(self):
        ages = np.array([-1.0, 0.0, 4.0, 20.0, 50.0, 1e4])
        plate = [5651.0 - 2473.0 * np.exp(-0.0278 * age) for age in (20.0, 50.0)]
        assert_allclose(depth_of_age(ages), [2600.0, 2600.0, 3330.0, *plate, 5651.0], atol=1e-9)

    def test_no_land(self):
        assert np.isnan(residual_height(self.layers(topography=100.0))["residual_height"]).all()


class TestTrench:
    def heights(self, values):
        index = pd.MultiIndex.from_product([["UP", "DG"], range(len(SEGMENTS))])
        return pd.DataFrame({"min": np.concatenate([np.full(len(values), np.nan), values])}, index=index)

    def test_depth_and_relief(self):
        layers = {"plate_height": self.heights(np.full(len(SEGMENTS), -7500.0)), "topography": globe(-4500.0)}
        assert_allclose(trench_depth(SEGMENTS, layers), 7.5)
        assert_allclose(trench_relief(SEGMENTS, layers), 3.0)
        land = layers | {"topography": globe(200.0)}
        assert np.isnan(trench_relief(SEGMENTS, land)).all()

    def test_roughness_is_what_a_straight_line_leaves(self):
        steady = -7000.0 - 0.5 * SEGMENTS.centre_km
        assert_allclose(trench_roughness(SEGMENTS, {"plate_height": self.heights(steady)}), 0.0, atol=1e-6)
        rough = steady + 100.0 * (-1.0) ** np.arange(len(SEGMENTS))
        found = trench_roughness(SEGMENTS, {"plate_height": self.heights(rough)})
        assert_allclose(found[MIDDLE], 100.0, rtol=0.05)


class TestInterfaceWidth:
    @pytest.mark.parametrize("dip", [12.0, 20.0, 45.0])
    def test_of_a_plane_slab(self, dip):
        depth = plane_slab(dip).depth_km
        if float(depth.max()) > 51.0:
            width = interface_width(SEGMENTS, {"slab_depth": depth})[MIDDLE]
            assert_allclose(width, 40.0 / np.sin(np.radians(dip)), rtol=0.06)

    def test_a_slab_that_ends_early_is_measured_to_its_end(self):
        depth = plane_slab(20.0).depth_km
        short = depth.where(depth < 31.0)
        width = interface_width(SEGMENTS, {"slab_depth": short})[MIDDLE]
        assert_allclose(width, 20.0 / np.sin(np.radians(20.0)), rtol=0.1)
        assert np.isnan(interface_width(SEGMENTS, {"slab_depth": depth.where(depth < 0.0)})).all()


class TestInterfaceDip:
    def layers(self, dip=20.0):
        depth = plane_slab(dip).depth_km
        return {"slab_depth": depth, "slab_dip": 0.0 * depth + dip}

    def test_of_a_plane_slab(self):
        assert_allclose(interface_dip_mean(SEGMENTS, self.layers()), 20.0)
        assert_allclose(interface_dip_spread(SEGMENTS, self.layers()), 0.0, atol=1e-9)

    def test_what_lies_deeper_than_the_interface_does_not_count(self):
        layers = self.layers()
        deep = layers["slab_depth"] > 60.0
        flat = layers | {"slab_dip": layers["slab_dip"].where(~deep, 2.0)}
        assert_allclose(interface_dip_mean(SEGMENTS, flat), 20.0)
        # Nor does a slab that comes up again behind it.
        again = layers["slab_depth"].where(layers["slab_depth"] < 80.0, 40.0)
        assert_allclose(interface_dip_mean(SEGMENTS, flat | {"slab_depth": again}), 20.0)

    def test_no_slab(self):
        none = {name: layer.where(layer < 0.0) for name, layer in self.layers().items()}
        assert np.isnan(interface_dip_mean(SEGMENTS, none)).all()
        assert np.isnan(interface_dip_spread(SEGMENTS, none)).all()


class TestFallbacks:
    def definition(self):
        def function(name):
            return lambda segments, layers: layers[name]

        return FeatureDefinition(
            name="A", long_name="a", unit="1", inputs=("first",), function=function("first"),
            fallbacks=(
                Fallback(source="second", inputs=("second",), function=function("second")),
                Fallback(source="third", inputs=("third",), function=function("third")),
            ),
        )  # fmt: skip

    def test_fill_gaps_in_order_and_say_which(self):
        size = len(SEGMENTS)
        first, second, third = (np.full(size, np.nan) for _ in range(3))
        first[2:], second[1:], third[:] = 1.0, 2.0, 3.0
        sources = {"first": first, "second": second, "third": third}
        computed = compute_features([self.definition()], SEGMENTS, {}, sources)
        assert computed.frame["A"].tolist() == [3.0, 2.0] + [1.0] * (size - 2)
        assert computed.filled == {"A": {"second": [1], "third": [0]}}
        assert not computed.reasons

    def test_a_source_that_is_absent_is_passed_over(self):
        sources = {"third": np.full(len(SEGMENTS), 3.0)}
        computed = compute_features([self.definition()], SEGMENTS, {}, sources, absent={"first": "none here"})
        assert computed.frame["A"].eq(3.0).all()
        assert computed.filled == {"A": {"third": list(range(len(SEGMENTS)))}}
        nothing = compute_features([self.definition()], SEGMENTS, {}, {}, absent={"first": "none here"})
        assert nothing.reasons == {"A": "none here"}

    def test_age_and_sediment_have_them(self):
        assert [fallback.inputs for fallback in FEATURES["AGE"].fallbacks] == [
            ("age_2020",),
            ("age_2024",),
            ("age_2020_wide",),
        ]
        assert {len(FEATURES[name].fallbacks) for name in ("SED_AVE", "SED_STD", "SED_GRD")} == {1}
