"""Global grids in place of a table of the incoming plate."""

import numpy as np
import pytest
import xarray as xr

from megathrust.features import (
    COARSER_FEATURES,
    FEATURES,
    LAYERS,
    TOO_COARSE_FEATURES,
    compute_layers,
    stand_in_plate,
)
from megathrust.geometry import TrenchLine

LAT = np.arange(-90.0, 90.01, 0.5)
LON = np.arange(-180.0, 180.0, 0.5)


def world(function, lat=LAT, lon=LON):
    east, north = np.meshgrid(lon, lat)
    return xr.DataArray(function(east, north), {"lat": lat, "lon": lon}, ("lat", "lon"))


def test_takes_the_sea_on_the_downgoing_side_over_the_dateline():
    line = TrenchLine("own", [179.9, 179.9, 179.9], [5.0, 0.0, -5.0])  # downgoing plate in the west
    relief = world(lambda lon, lat: np.where(np.abs(lat) < 2.0, 100.0, -4000.0))
    sediment = world(
        lambda lon, lat: 0.1 * np.abs(lon) + 0.0 * lat, np.arange(-90.0, 91.0), np.arange(-180.0, 180.0)
    )
    plate = stand_in_plate(line, relief, sediment)
    assert plate["lon"].between(177.4, 179.9).all()
    assert (plate["lat"].abs() >= 2.0).all()
    # Between the nodes at 179 and -180 the sediment goes on from 17.9 to 18.
    assert plate["sediment_m"].to_numpy() == pytest.approx(0.1 * plate["lon"].to_numpy())
    # What is not abreast of the trench is on neither side of it: the last row of nodes is left out.
    regional = [layer for layer in LAYERS if layer.inputs == ("incoming_plate",)]
    layers = compute_layers(regional, {"incoming_plate": plate})
    assert layers["roughness_long"][1].sizes["lat"] == round(2 * 4.5 / 0.5) + 1


def test_no_sea_floor_gives_an_empty_table():
    line = TrenchLine("own", [80.0, 90.0], [28.0, 28.0])
    land = world(lambda lon, lat: np.full_like(lon, 500.0))
    assert stand_in_plate(line, land, land).empty


def test_says_of_every_feature_of_the_incoming_plate_what_becomes_of_it():
    layers = {name for layer in LAYERS if layer.inputs == ("incoming_plate",) for name in layer.names}
    made_of_it = {name for name, feature in FEATURES.items() if set(feature.inputs) & layers}
    # The sediment of the tables is that of GlobSed, which stands in at its own spacing.
    made_of_it -= {"SED_AVE", "SED_STD", "SED_GRD"}
    assert set(COARSER_FEATURES) | set(TOO_COARSE_FEATURES) == made_of_it
    assert not set(COARSER_FEATURES) & set(TOO_COARSE_FEATURES)
