"""What must hold for any grid and any time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from hypothesis import HealthCheck, given, settings, strategies as st

from megathrust import sources
from megathrust.sources._events import utc_times


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    west=st.integers(-179, 0),
    columns=st.integers(2, 40),
    rows=st.integers(1, 9),
    turns=st.integers(-1, 1),
    per_block=st.integers(1, 10),
)
def test_whole_turns_and_blocks_change_nothing(
    tmp_path: Path, west: int, columns: int, rows: int, turns: int, per_block: int
) -> None:
    lon, lat = west + 9.0 * np.arange(columns), 10.0 * np.arange(rows)
    values = np.add.outer(lat, np.cos(np.radians(lon)))
    files = []
    for shift in (0.0, 360.0 * turns):
        files.append(tmp_path / f"{shift}.nc")
        grid = xr.Dataset({"z": (("lat", "lon"), values)}, coords={"lat": lat, "lon": lon + shift})
        grid.to_netcdf(files[-1], engine="scipy")
    first, second = (sources.read_grid(file) for file in files)
    xr.testing.assert_equal(first, second)
    xr.testing.assert_equal(*(sources.read_grid(file, layout="continuous") for file in files))
    blocks = list(sources.iter_blocks(files[1], rows_per_block=per_block))
    stacked = np.vstack([block.values for block in blocks])
    order = np.argsort(blocks[0].lon)
    np.testing.assert_array_equal(blocks[0].lon[order], first["lon"])
    np.testing.assert_array_equal(stacked[:, order], first)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))
def test_times_from_parts_equal_the_calendar(moment: datetime) -> None:
    second = moment.second + 1e-6 * moment.microsecond
    time = utc_times(moment.year, moment.month, moment.day, moment.hour, moment.minute, second)
    assert time[0] == pd.Timestamp(moment.replace(tzinfo=UTC))
