"""Properties of features: direction, layout of longitude and scale change what they should, nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings, strategies as st

from megathrust.features import slab_reach, smooth_along_trench
from megathrust.features._curvature import surface_curvature
from megathrust.features._slab_profile import first_derivative, second_derivative
from megathrust.geometry import TrenchLine, make_segments
from megathrust.pipelines.build._table import SIGNIFICANT_DIGITS, _rounded

profiles = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=60).map(np.array)


@given(profiles, st.sampled_from([200.0, 400.0, 600.0]))
def test_running_a_trench_the_other_way_turns_the_profile_round(values, width_km):
    smooth = smooth_along_trench(values, step_km=50.0, width_km=width_km)
    turned = smooth_along_trench(values[::-1], step_km=50.0, width_km=width_km)
    assert turned[::-1] == pytest.approx(smooth, abs=1e-9)
    for derivative in (first_derivative, second_derivative):
        assert derivative(values[::-1], 50.0)[::-1] == pytest.approx(derivative(values, 50.0), abs=1e-9)


@given(profiles, st.floats(0.1, 10.0), st.floats(-500.0, 500.0))
def test_smoothing_is_linear(values, scale, offset):
    smooth = smooth_along_trench(values, step_km=50.0, width_km=300.0)
    other = smooth_along_trench(scale * values + offset, step_km=50.0, width_km=300.0)
    tolerance = 1e-3 * (abs(offset) + scale * np.abs(values).max()) + 1e-6
    assert other - scale * smooth == pytest.approx(offset, abs=max(tolerance, 0.05 * abs(offset)))


@settings(max_examples=15, deadline=None)
@given(st.floats(-180.0, 179.0), st.sampled_from([-360.0, 360.0]))
def test_a_turn_of_longitude_changes_no_curvature_and_no_reach(west, turn):
    lon, lat = west + np.arange(0.0, 3.0, 0.05), np.arange(-1.0, 1.0, 0.05)
    depth = 10.0 + 30.0 * (lon - west)[None, :] ** 1.5 + 5.0 * lat[:, None] ** 2
    slab = xr.DataArray(depth, coords={"lat": lat, "lon": lon}, dims=("lat", "lon"))
    turned = slab.assign_coords(lon=lon + turn)
    here, there = (surface_curvature(grid, sigma_km=10.0, deepest_km=90.0) for grid in (slab, turned))
    for name in here:
        assert there[name].to_numpy() == pytest.approx(here[name].to_numpy(), abs=1e-9, nan_ok=True)
    segments = make_segments(TrenchLine("sam", [west, west], [1.0, -1.0]))
    assert slab_reach(segments, turned).deepest_km == pytest.approx(slab_reach(segments, slab).deepest_km)


@given(st.floats(1e-300, 1e300), st.sampled_from([-1.0, 1.0]))
def test_rounding_keeps_the_significant_digits_and_is_done_once(magnitude, sign):
    import pandas as pd

    once = _rounded(pd.Series([sign * magnitude, np.nan, 0.0]))
    assert once[0] == pytest.approx(sign * magnitude, rel=0.6 * 10.0 ** (1 - SIGNIFICANT_DIGITS))
    assert np.isnan(once[1])
    assert once[2] == 0.0
    pd.testing.assert_series_equal(_rounded(once), once, check_exact=True)
