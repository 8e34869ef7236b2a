"""What must not change a trench map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings, strategies as st

from megathrust.plots import region_axes, trench_map_info
from megathrust.plots._map_axes import project
from megathrust.plots._map_layers import tooth_places

ARCS = st.tuples(
    st.floats(-180.0, 180.0),
    st.floats(-55.0, 55.0),
    st.floats(-0.5, 0.5),
    st.integers(2, 40),
    st.integers(0, 99),
)


def arc(lon: float, lat: float, bend: float, count: int) -> pd.DataFrame:
    t = np.arange(count) * 0.4
    return pd.DataFrame(
        {
            "region": "sum",
            "s_km": 50.0 * np.arange(count),
            "lon": (lon + t + 180.0) % 360.0 - 180.0,
            "lat": lat + bend * t * 0.3,
            "value": t,
        }
    )


@given(ARCS, st.sampled_from([-360.0, 360.0]))
@settings(max_examples=40, deadline=None)
def test_turns_and_row_order_change_nothing(shape, turn):
    *geometry, seed = shape
    frame = arc(*geometry)
    (plain,) = trench_map_info(frame).panels
    other = frame.assign(lon=frame["lon"] + turn).sample(frac=1.0, random_state=seed)
    (turned,) = trench_map_info(other).panels
    np.testing.assert_allclose(turned.pieces, plain.pieces, atol=1e-6)
    np.testing.assert_allclose(turned.half_km, plain.half_km, rtol=1e-9)
    np.testing.assert_array_equal(turned.values, plain.values)


@given(ARCS)
@settings(max_examples=40, deadline=None)
def test_line_has_no_jump_and_stays_in_its_panel(shape):
    frame = arc(*shape[:4])
    (panel,) = trench_map_info(frame).panels
    flat = project(region_axes(panel), panel.pieces) / 1000.0
    steps = np.hypot(*np.diff(flat.reshape(-1, 2), axis=0).T)
    assert steps.max() < 60.0
    assert np.all(np.abs(flat).max(axis=(0, 1)) < panel.half_km)


@given(ARCS, st.floats(20.0, 400.0))
@settings(max_examples=40, deadline=None)
def test_teeth_stand_on_the_line_and_point_to_its_left(shape, spacing):
    frame = arc(*shape[:4])
    (panel,) = trench_map_info(frame).panels
    line = project(region_axes(panel), panel.pieces).reshape(-1, 2)
    places, directions = tooth_places(line, 1000.0 * spacing)
    path = shapely.LineString(line)
    assert path.distance(shapely.points(places)).max() < 1.0
    np.testing.assert_allclose(np.hypot(*directions.T), 1.0)
    along = shapely.line_locate_point(path, shapely.points(places))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(path, along + 100.0)) - places
    assert np.all(ahead[:, 0] * directions[:, 1] - ahead[:, 1] * directions[:, 0] > 0.0)
