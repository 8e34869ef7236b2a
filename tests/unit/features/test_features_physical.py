"""Gravity, filters, roughness and curvature against known truth and plain twins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from megathrust.core import EARTH_RADIUS_KM, InputError
from megathrust.features._curvature import surface_curvature
from megathrust.features._gravity import (
    bouguer_anomaly,
    free_air_anomaly,
    gravity_disturbance,
    normal_gravity,
)
from megathrust.features._layers import second_invariant
from megathrust.features._local_filter import grid_of_points, roughness, smooth_locally
from megathrust.features._sphere_filter import Band, clenshaw_curtis, filter_on_sphere, legendre_by_degree
from megathrust.testing import plain_low_pass, plain_normal_gravity, plain_smooth


def grid(values: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, coords={"lat": lat, "lon": lon}, dims=("lat", "lon"), name="test")


def globe(step: float) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(-90.0, 90.0, round(180 / step) + 1), np.arange(-180.0, 180.0, step)


class TestGravity:
    @pytest.mark.parametrize("height", [0.0, 1e4, 5e4])
    @pytest.mark.parametrize("lat", [0.0, -23.4, 45.0, 89.0])
    def test_normal_gravity_is_the_gradient_of_the_normal_potential(self, lat, height):
        assert float(normal_gravity(lat, height=height)) == pytest.approx(
            plain_normal_gravity(lat, height), abs=0.01
        )

    def test_published_values_at_equator_and_pole(self):
        # NGA.STND.0036, table 3.7: 9.7803253359 and 9.8321849378 m/s2.
        assert normal_gravity([0.0, 90.0]) == pytest.approx([978032.53359, 983218.49378], abs=1e-5)

    def test_height_below_the_ellipsoid_is_refused(self):
        with pytest.raises(InputError, match="the height is out of range"):
            normal_gravity(0.0, height=-1.0)

    def test_disturbance_of_the_normal_field_vanishes(self):
        lat, lon = np.array([-30.0, 0.0, 60.0]), np.array([10.0, 20.0])
        gravity = grid(np.tile(normal_gravity(lat, height=1e4)[:, None], (1, 2)), lat, lon)
        assert np.abs(gravity_disturbance(gravity)).max() < 1e-9

    def test_free_air_anomaly_lowers_the_disturbance_where_the_geoid_is_high(self):
        lat, lon = np.array([0.0, 1.0]), np.array([0.0, 1.0])
        zero, geoid = grid(np.zeros((2, 2)), lat, lon), grid(np.full((2, 2), 10.0), lat, lon)
        assert free_air_anomaly(zero, geoid).to_numpy() == pytest.approx(-3.0757, abs=1e-3)

    def test_bouguer_plate_on_land_and_at_sea(self):
        lat, lon = np.array([0.0, 1.0]), np.array([0.0, 1.0])
        zero = grid(np.zeros((2, 2)), lat, lon)
        height = grid(np.array([[1000.0, 0.0], [-1000.0, -5000.0]]), lat, lon)
        # The usual factors: 0.1119 mGal/m on land, 0.0687 at sea.
        assert bouguer_anomaly(zero, height).to_numpy() == pytest.approx(
            np.array([[-111.97, 0.0], [68.78, 343.9]]), abs=0.1
        )

    def test_grids_on_other_nodes_are_refused(self):
        one = grid(np.zeros((2, 2)), np.array([0.0, 1.0]), np.array([0.0, 1.0]))
        other = grid(np.zeros((2, 2)), np.array([0.0, 1.0]), np.array([0.5, 1.5]))
        with pytest.raises(InputError, match="do not lie on the same nodes"):
            bouguer_anomaly(one, other)


class TestFilterOnSphere:
    def test_agrees_with_the_plain_twin(self):
        lat, lon = globe(5.0)
        wave = 2.0 * np.pi * EARTH_RADIUS_KM
        smooth = 1.0 + np.sin(np.radians(lat))[:, None] * np.cos(np.radians(2 * lon)) * 3.0
        field = grid(smooth + np.cos(np.radians(lat))[:, None] ** 5 * np.sin(np.radians(5 * lon)), lat, lon)
        [ours] = filter_on_sphere(field, [Band(shortest_km=wave / 6.0)])
        # The twin's area weights are good to a percent at this step.
        assert ours.to_numpy() == pytest.approx(plain_low_pass(field, wave / 6.0, 16), abs=0.02)

    @pytest.mark.parametrize("parallels", [91, 90])
    @pytest.mark.parametrize("order", [0, 3, 12])
    def test_a_sectoral_harmonic_is_multiplied_by_its_gain(self, order, parallels):
        lat, lon = np.linspace(-90.0, 90.0, parallels), globe(2.0)[1]
        values = np.cos(np.radians(lat))[:, None] ** order * np.cos(np.radians(order * lon + 40.0))
        half_gain = 2.0 * np.pi * EARTH_RADIUS_KM / np.sqrt(12.0 * 13.0)
        expected = 0.5 ** (order * (order + 1.0) / (12.0 * 13.0))
        [low] = filter_on_sphere(grid(values, lat, lon), [Band(shortest_km=half_gain)])
        assert low.to_numpy() == pytest.approx(expected * values, abs=1e-9)

    def test_the_highest_degree_of_a_grid_is_kept(self):
        lat, lon = globe(10.0)
        values = np.cos(np.radians(lat))[:, None] ** 17 * np.cos(np.radians(17 * lon))
        [low] = filter_on_sphere(grid(values, lat, lon), [Band(shortest_km=100.0)])
        assert low.to_numpy() == pytest.approx(values, abs=0.03)

    def test_bands_that_share_their_edges_sum_to_the_grid(self):
        lat, lon = globe(3.0)
        noise = np.random.default_rng(1).normal(size=(len(lat), len(lon)))
        noise[[0, -1]] = noise[[0, -1], :1]
        field = grid(noise, lat, lon)
        bands = [
            Band(longest_km=2000.0),
            Band(shortest_km=2000.0, longest_km=5000.0),
            Band(shortest_km=5000.0),
        ]
        assert sum(filter_on_sphere(field, bands)).to_numpy() == pytest.approx(noise, abs=1e-12)

    @pytest.mark.parametrize(
        ("band", "words"),
        [
            (Band(), "all wavelengths"),
            (Band(shortest_km=300.0), "longer than 300 km"),
            (Band(longest_km=300.0), "shorter than 300 km"),
            (Band(shortest_km=300.0, longest_km=600.0), "300 to 600 km"),
        ],
    )
    def test_what_a_band_passes_goes_with_what_it_is_called(self, band, words):
        assert str(band) == words
        wave = 2.0 * np.pi * EARTH_RADIUS_KM / 300.0
        passed = band.gain(np.array([0.0, wave / 2.0, 1e4])).round(3)
        expected = {"all": [1, 1, 1], "longer": [1, 0.84, 0], "shorter": [0, 0.16, 1], "300": [0, 0.341, 0]}
        assert passed == pytest.approx(expected[words.split()[0]], abs=0.01)

    def test_turning_the_rows_round_or_the_meridians_along_changes_nothing(self):
        lat, lon = globe(3.0)
        field = grid(np.sin(np.radians(3 * lat))[:, None] * np.cos(np.radians(4 * lon)), lat, lon)
        band = [Band(shortest_km=3000.0, longest_km=9000.0)]
        [straight] = filter_on_sphere(field, band)
        [turned] = filter_on_sphere(field.isel(lat=slice(None, None, -1)), band)
        rolled = field.roll(lon=7, roll_coords=False)
        [moved] = filter_on_sphere(rolled, band)
        assert turned.isel(lat=slice(None, None, -1)).to_numpy() == pytest.approx(
            straight.to_numpy(), abs=1e-12
        )
        assert moved.roll(lon=-7).to_numpy() == pytest.approx(straight.to_numpy(), abs=1e-12)

    def test_legendre_functions_are_normalised_at_high_degree(self):
        colatitude = np.radians(np.linspace(0.0, 180.0, 1001))
        for degree, functions in enumerate(legendre_by_degree(colatitude, 480)):
            if degree == 480:
                squares = functions**2 @ clenshaw_curtis(len(colatitude)) / 2.0
        assert squares[0] == pytest.approx(1.0, abs=1e-9)
        assert squares[1:] == pytest.approx(2.0, abs=1e-9)

    def test_gaps_and_regional_grids_are_refused(self):
        lat, lon = globe(10.0)
        holes = np.zeros((len(lat), len(lon)))
        holes[3, 4] = np.nan
        with pytest.raises(InputError, match=r"misses values.*1 of 684 nodes"):
            filter_on_sphere(grid(holes, lat, lon), [Band(longest_km=500.0)])
        with pytest.raises(InputError, match="even steps from pole to pole"):
            filter_on_sphere(grid(holes[1:], lat[1:], lon), [Band(longest_km=500.0)])

    def test_band_out_of_order_is_refused(self):
        with pytest.raises(InputError, match="out of order"):
            Band(shortest_km=100.0, longest_km=80.0)


class TestLocalFilter:
    def test_agrees_with_the_plain_twin_around_gaps(self):
        generator = np.random.default_rng(3)
        lat, lon = 40.0 + 0.1 * np.arange(25), 179.0 + 0.1 * np.arange(30)
        values = generator.normal(size=(25, 30)).cumsum(axis=1)
        values[generator.random((25, 30)) < 0.3] = np.nan
        field = grid(values, lat, lon)
        ours, plain = smooth_locally(field, 15.0).to_numpy(), plain_smooth(field, 15.0)
        assert np.array_equal(np.isnan(ours), np.isnan(values))
        # Truncated after three sigma, and the parallel's own width for the whole kernel.
        assert ours == pytest.approx(plain, abs=0.05 * np.nanstd(values), nan_ok=True)

    def test_a_constant_stays_constant_beside_gaps(self):
        values = np.full((20, 20), 7.0)
        values[5:9, 3:12] = np.nan
        lat, lon = 0.1 * np.arange(20), 0.1 * np.arange(20)
        assert np.nanmax(np.abs(smooth_locally(grid(values, lat, lon), 30.0) - 7.0)) < 1e-12

    @pytest.mark.parametrize("wavelength_km", [20.0, 50.0, 90.0, 200.0])
    def test_roughness_of_a_sinusoid_is_its_amplitude_times_the_gain(self, wavelength_km):
        lat = np.arange(0.0, 8.0, 0.05)
        lon = np.arange(100.0, 108.0, 0.05)
        distance = np.radians(lat) * EARTH_RADIUS_KM
        height = grid(
            np.tile(100.0 * np.sin(2 * np.pi * distance / wavelength_km)[:, None], (1, 160)), lat, lon
        )
        band = Band(shortest_km=40.0, longest_km=120.0)
        gain = 0.5 ** ((40.0 / wavelength_km) ** 2) - 0.5 ** ((120.0 / wavelength_km) ** 2)
        middle = roughness(height, band, window_km=300.0).to_numpy()[70:90, 70:90]
        assert middle == pytest.approx(100.0 * gain / np.sqrt(2.0), rel=0.06, abs=0.5)

    def test_points_of_a_lattice_over_the_dateline_become_a_grid(self):
        lon, lat = np.meshgrid([179.75, -180.0, -179.75], [10.0, 10.25])
        points = pd.DataFrame({"lon": lon.ravel(), "lat": lat.ravel(), "v": np.arange(6.0)})
        made = grid_of_points(points.sample(frac=1.0, random_state=0), "v", step=0.25)
        assert made.to_numpy().tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
        assert np.diff(made["lon"]) == pytest.approx(0.25)

    def test_scattered_points_are_no_lattice(self):
        points = pd.DataFrame({"lon": [0.0, 0.13], "lat": [0.0, 0.0], "v": [1.0, 2.0]})
        with pytest.raises(InputError, match="regular lattice"):
            grid_of_points(points, "v", step=0.1)


class TestCurvature:
    lat = np.arange(-1.0, 1.0, 0.02)
    lon = np.arange(178.0, 182.0, 0.02)
    east = np.radians(lon - 178.0) * EARTH_RADIUS_KM

    def of(self, depth: np.ndarray, deepest: float = 1e4) -> dict[str, np.ndarray]:
        found = surface_curvature(grid(depth, self.lat, self.lon), sigma_km=0.0, deepest_km=deepest)
        return {name: part.to_numpy()[5:-5, 5:-5] for name, part in found.items()}

    def test_a_plane_has_none(self):
        found = self.of(np.tile(10.0 + 0.3 * self.east, (len(self.lat), 1)))
        assert all(np.abs(part).max() < 2e-6 for part in found.values())

    def test_a_cylinder_has_the_inverse_of_its_radius_along_dip(self):
        radius = 800.0
        depth = radius - np.sqrt(radius**2 - (self.east + 20.0) ** 2)
        found = self.of(np.tile(depth, (len(self.lat), 1)))
        assert found["dip"] == pytest.approx(1.0 / radius, rel=1e-3)
        assert np.abs(found["strike"]).max() < 2e-6
        assert found["mean"] == pytest.approx(0.5 / radius, rel=1e-2)

    def test_a_slab_that_flattens_has_negative_curvature_along_dip(self):
        found = self.of(np.tile(50.0 * np.sqrt(self.east + 50.0), (len(self.lat), 1)))
        assert found["dip"].max() < 0.0

    def test_a_cone_bends_along_strike_only(self):
        north = np.radians(self.lat)[:, None] * EARTH_RADIUS_KM
        distance = np.hypot(self.east[None, :] - 220.0, north)
        found = self.of(0.5 * distance)
        expected = 0.5 / distance[5:-5, 5:-5] / np.sqrt(1.25)
        away = distance[5:-5, 5:-5] > 60.0
        # Convex towards depth: positive. The sphere's own curvature makes the last percent.
        assert found["strike"][away] == pytest.approx(expected[away], rel=0.01)
        assert np.abs(found["dip"][away]).max() < 1e-4

    def test_nodes_below_the_interface_are_left_out(self):
        depth = np.tile(0.5 * self.east, (len(self.lat), 1))
        found = self.of(depth, deepest=60.0)["dip"]
        assert np.array_equal(np.isnan(found), depth[5:-5, 5:-5] > 60.0)


def test_second_invariant_does_not_depend_on_the_axes():
    tensor = pd.DataFrame({"exx": [3.0], "eyy": [-1.0], "exy": [2.0]})
    angle = 0.7
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = turn @ np.array([[3.0, 2.0], [2.0, -1.0]]) @ turn.T
    other = pd.DataFrame({"exx": [turned[0, 0]], "eyy": [turned[1, 1]], "exy": [turned[0, 1]]})
    assert second_invariant(tensor)[0] == pytest.approx(second_invariant(other)[0])
