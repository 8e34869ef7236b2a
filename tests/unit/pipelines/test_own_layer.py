"""A layer of one's own beside a table that stands, and the test of it."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from megathrust import add_layer, load_builtin_table, test as ask
from megathrust.cli._main import app
from megathrust.core import InputError

TABLE = load_builtin_table()
SOME = TABLE.select_rows(TABLE.frame["region"].isin(["sam", "ker"]), "not asked")


@pytest.fixture
def latitude_grid(tmp_path):
    """A grid whose value is the latitude."""
    lon, lat = np.arange(-180.0, 180.0, 0.5), np.arange(-60.0, 20.0, 0.5)
    values = np.repeat(lat[:, None], len(lon), axis=1)
    grid = xr.DataArray(values, {"lat": lat, "lon": lon}, ("lat", "lon"), name="z", attrs={"units": "1"})
    grid["lat"].attrs["units"], grid["lon"].attrs["units"] = "degrees_north", "degrees_east"
    grid.to_netcdf(tmp_path / "mine.nc", engine="h5netcdf")
    return tmp_path / "mine.nc"


def test_a_layer_is_sampled_where_each_segment_lies(latitude_grid):
    wider = add_layer(SOME, latitude_grid)
    assert wider.feature_names[-2:] == ["OWN_UP_AVE", "OWN_DG_AVE"]
    middle = wider.frame[["OWN_UP_AVE", "OWN_DG_AVE"]].mean(axis=1)
    # Cells reach 300 km to either side: their middle is near the segment, across the dateline, too.
    assert np.abs(middle - wider.frame["lat"]).max() < 2.0
    assert middle.notna().all()
    assert wider.columns["OWN_UP_AVE"].family == "own layer"


def test_a_table_without_known_trenches_is_refused(latitude_grid):
    region = SOME.frame["region"].map({"sam": "xsa", "ker": "xke"})
    strange = dataclasses.replace(SOME, frame=SOME.frame.assign(region=region))
    with pytest.raises(InputError, match="no trench of the table is known"):
        add_layer(strange, latitude_grid)
    with pytest.raises(InputError, match="unknown side"):
        add_layer(SOME, latitude_grid, side="LEFT")
    with pytest.raises(InputError, match="the layer cannot be used"):
        add_layer(SOME, latitude_grid.with_suffix(".docx"))


def test_one_layer_is_one_hypothesis(tmp_path, latitude_grid):
    # Points that know the answer: high where great ruptures were.
    great = (SOME.frame[SOME.target()] >= 8.0).astype(float)
    # Both trenches run north and south: a point to each side of every segment.
    points = SOME.frame[["lon", "lat"]].assign(value=great)
    beside = pd.concat([points.assign(lon=points["lon"] + shift) for shift in (-0.4, 0.4)])
    beside.to_csv(tmp_path / "answer.csv", index=False)
    found = ask(SOME, layer=tmp_path / "answer.csv", side="UP", expect="positive", worlds=0)
    assert found.power is None
    assert found.found.table["p"].item() < 0.01
    both = ask(SOME, layer=tmp_path / "answer.csv", worlds=0).found.table
    assert both[["family", "features"]].to_numpy().tolist() == [["own layer", 2]]
    with pytest.raises(InputError, match="a sign is expected of several features"):
        ask(SOME, layer=tmp_path / "answer.csv", expect="positive", worlds=0)
    with pytest.raises(InputError, match="a layer and a family or column"):
        ask(SOME, layer=latitude_grid, column="AGE")


def test_the_command_takes_a_layer(tmp_path, latitude_grid):
    words = [
        "test",
        "--layer",
        str(latitude_grid),
        "--side",
        "DG",
        "--expect",
        "negative",
        "--no-power",
        "--json",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)["families"]
    assert row["feature"] == "OWN_DG_AVE"
    assert 0.0 < row["p"] <= 1.0
    assert pd.notna(row["effect"])
