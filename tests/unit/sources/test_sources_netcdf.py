"""netCDF by the CF conventions: values as xarray decodes them, valid range, and axes that are degrees."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.io import netcdf_file

from megathrust import sources
from megathrust.core import SourceError

LON, LAT = np.arange(140.0, 144.0), np.arange(37.0, 40.0)
VALUES = np.arange(12.0).reshape(3, 4)


def write(
    path: Path, values=VALUES, *, x=None, y=None, names=("lat", "lon"), engine="h5netcdf", **attrs
) -> Path:
    """Write a grid ``z``; ``x`` and ``y`` are (numbers, attributes) of the axes."""
    (x, about_x), (y, about_y) = x or (LON, {}), y or (LAT, {})
    coords = {names[0]: (names[0], y, about_y), names[1]: (names[1], x, about_x)}
    xr.Dataset({"z": (names, values, attrs)}, coords=coords).to_netcdf(path, engine=engine)
    return path


@pytest.mark.parametrize("seed", range(200))
def test_random_files_equal_what_xarray_decodes(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 9, 2))
    lat = np.sort(random.choice(np.arange(-90.0, 91.0), shape[0], replace=False))[:: random.choice([1, -1])]
    lon = random.choice([-180.0, 0.0, 175.0, 300.0]) + np.arange(shape[1]) * random.choice([0.5, 40.0])
    values = random.normal(size=shape) * 10.0 ** random.integers(-2, 3)
    values[random.random(shape) < 0.2] = np.nan
    stored = random.choice(["float32", "float64", "int16", "int32", "uint8"])
    encoding = {"dtype": stored}
    if not stored.startswith("float"):
        scale = float(np.nanmax(np.abs(values)) / 100.0) if np.isfinite(values).any() else 1.0
        encoding |= {"scale_factor": scale, "add_offset": random.choice([0.0, 7.0]), "_FillValue": 200}
        if stored == "uint8":
            values = np.abs(values)
            encoding["add_offset"] = 0.0
    elif random.random() < 0.5:
        encoding["_FillValue"] = -9999.0
    names = ("lat", "lon") if random.random() < 0.5 else ("y", "x")
    grid = xr.Dataset({"z": (names, values)}, coords=dict(zip(names, (lat, lon), strict=True)))
    engine = "scipy" if stored != "uint8" and random.random() < 0.4 else "h5netcdf"
    path = tmp_path / "a.nc"
    grid.to_netcdf(path, engine=engine, encoding={"z": encoding})
    with xr.open_dataset(path, engine=engine, **({"mmap": False} if engine == "scipy" else {})) as dataset:
        theirs = dataset["z"].load()
    theirs = theirs.assign_coords({names[1]: (lon + 180.0) % 360.0 - 180.0}).sortby(list(names))
    ours = sources.read_grid(path)
    np.testing.assert_array_equal(ours["lon"], theirs[names[1]])
    np.testing.assert_array_equal(ours["lat"], theirs[names[0]])
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize(
    "limits", [{"valid_min": 2.0, "valid_max": 9.0}, {"valid_range": [2.0, 9.0]}, {"valid_range": [2, 9]}]
)
def test_values_outside_the_valid_range_are_missing(tmp_path: Path, limits: dict) -> None:
    grid = sources.read_grid(write(tmp_path / "a.nc", **limits))
    np.testing.assert_array_equal(grid, np.where((VALUES < 2) | (VALUES > 9), np.nan, VALUES))
    assert dict(sources.row_record(grid).left_out) == {"outside the valid range 2 to 9": 4}
    (block,) = sources.iter_blocks(tmp_path / "a.nc")
    np.testing.assert_array_equal(block.values, grid)


def test_one_valid_limit_in_the_type_of_the_values(tmp_path: Path) -> None:
    values = (VALUES * 0.1).astype(np.float32)
    grid = sources.read_grid(write(tmp_path / "a.nc", values, valid_max=np.float64(0.9)))
    assert np.isnan(grid.values).sum() == 2


@pytest.mark.parametrize("scale", [0.1, -0.1])
@pytest.mark.parametrize("plain", [False, True])
def test_valid_range_of_packed_numbers(tmp_path: Path, scale: float, plain: bool) -> None:
    packed = np.array([[-30000, 0, 241, 30000]], np.int16)
    limits = sorted([-40 * scale + 5.0, 300 * scale + 5.0]) if plain else np.array([-40, 300], np.int16)
    about = {"scale_factor": scale, "add_offset": 5.0, "valid_range": limits}
    path = write(tmp_path / "a.nc", packed, y=(LAT[:1], {}), **about)
    np.testing.assert_allclose(sources.read_grid(path), [[np.nan, 5.0, 241 * scale + 5.0, np.nan]], rtol=1e-6)


def test_unwritten_values_are_missing(tmp_path: Path) -> None:
    values = VALUES.astype(np.float32)
    values[0, 0] = 9.969209968386869e36
    grid = sources.read_grid(write(tmp_path / "a.nc", values))
    assert np.isnan(grid[0, 0])
    assert dict(sources.row_record(grid).left_out) == {"beyond 1e36": 1}


def test_axes_are_known_by_unit_before_name(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.nc",
        names=("lon", "lat"),
        y=(LAT, {"units": "degrees_north"}),
        x=(LON, {"units": "degrees_east"}),
    )
    assert sources.read_grid(path)["lon"].values.tolist() == LON.tolist()
    odd = write(
        tmp_path / "b.nc",
        names=("rows", "columns"),
        y=(LAT, {"standard_name": "latitude"}),
        x=(LON, {"units": "degree_E"}),
    )
    np.testing.assert_array_equal(sources.read_grid(odd), VALUES)


def test_a_grid_as_read_can_be_written_and_read_again(tmp_path: Path) -> None:
    grid = sources.read_grid(write(tmp_path / "a.nc", valid_max=9.0), unit="m")
    grid.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    xr.testing.assert_equal(sources.read_grid(tmp_path / "b.nc"), grid)


KM = {"units": "km"}
LAMBERT = {"grid_mapping_name": "lambert_conformal_conic"}
ROTATED = {"grid_mapping_name": "rotated_latitude_longitude"}
PARIS = {"grid_mapping_name": "latitude_longitude", "longitude_of_prime_meridian": 2.337}
UTM = {"spatial_ref": "EPSG:32633"}


@pytest.mark.parametrize(
    ("changes", "mapping", "message"),
    [
        ({"names": ("y", "x"), "x": (LON, KM), "y": (LAT, KM)}, None, "axis y in km"),
        ({"names": ("lat", "lon"), "x": (LON, {"units": "m"})}, None, "axis lon in m"),
        ({"names": ("lat", "lon"), "x": (LON, {"units": "radians"})}, None, "axis lon in radians"),
        (
            {"names": ("n", "e"), "x": (LON, {"standard_name": "projection_x_coordinate"})},
            None,
            "axis e in no unit, projection_x_coordinate",
        ),
        ({"names": ("y", "x"), "grid_mapping": "crs"}, LAMBERT, "lambert_conformal_conic"),
        ({"names": ("lat", "lon")}, ROTATED, "rotated_latitude_longitude"),
        ({"names": ("lat", "lon")}, PARIS, "prime meridian 2.337"),
        ({"names": ("y", "x")}, UTM, "UTM zone 33N"),
        ({"names": ("y", "x")}, {"crs_wkt": "nonsense"}, "an unreadable reference system in crs"),
        ({"names": ("y", "x"), "x": (LON * 1e3, {})}, None, "a longitude is out of range"),
        ({"names": ("y", "x"), "y": (LAT + 60.0, {})}, None, "a latitude is out of range.*99"),
        ({"names": ("y", "x"), "y": (LAT * np.nan, {})}, None, "axis of latitude is empty or has missing"),
        ({"names": ("y", "x"), "x": (LON * 0.0, {})}, None, "gives a node twice"),
    ],
)
def test_coordinates_that_are_no_degrees(
    tmp_path: Path, changes: dict, mapping: dict | None, message: str
) -> None:
    path = write(tmp_path / "a.nc", **changes)
    if mapping is not None:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            whole = dataset.load()
        whole.assign(crs=((), 0, mapping)).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(SourceError, match=message) as caught:
        sources.read_grid(path, variable="z")
    assert "\n" not in str(caught.value)


def test_longitudes_over_two_axes_are_refused(tmp_path: Path) -> None:
    whole = xr.Dataset({"z": (("y", "x"), VALUES)}, coords={"y": LAT, "x": LON})
    whole = whole.assign_coords(lon=(("y", "x"), VALUES, {"units": "degrees_east"}))
    whole.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with pytest.raises(SourceError, match="longitudes lon over y and x"):
        sources.read_grid(tmp_path / "a.nc")


def test_a_reference_system_in_degrees_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", grid_mapping="crs")
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        whole = dataset.load()
    about = {"grid_mapping_name": "latitude_longitude", "spatial_ref": "EPSG:4326"}
    whole.assign(crs=((), 0, about)).to_netcdf(path, engine="h5netcdf")
    np.testing.assert_array_equal(sources.read_grid(path, variable="z"), VALUES)


def test_the_layer_of_a_projected_grid_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.nc", names=("y", "x"), x=(LON, KM), y=(LAT, KM))
    text = "layers:\n- {name: CRUST, path: a.nc, unit: km, long_name: Moho, citation: me}\n"
    (tmp_path / "layers.yaml").write_text(text)
    (layer,) = sources.read_user_layers(tmp_path / "layers.yaml")
    with pytest.raises(SourceError, match=r"^layer CRUST: the grid is in projected"):
        sources.read_layer(layer)


def test_no_netcdf3_file_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    with netcdf_file(path, "w", mmap=False) as file:
        for name, numbers in (("lat", LAT), ("lon", LON)):
            file.createDimension(name, len(numbers))
            file.createVariable(name, "d", (name,))[:] = numbers
        file.createVariable("z", "d", ("lat", "lon"))[:] = VALUES
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = [sources.read_grid(path), *sources.iter_blocks(path, rows_per_block=1)]
        block = next(sources.iter_blocks(path))
        gc.collect()
    np.testing.assert_array_equal(kept[0], VALUES)
    np.testing.assert_array_equal(block.values, VALUES)
    # Nothing of the file is mapped: it can be written over while arrays of it are alive.
    path.write_bytes(b"")
    np.testing.assert_array_equal(kept[0], VALUES)
