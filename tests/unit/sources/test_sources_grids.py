"""Grid readers on small files of each format, and on the real ones."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.io import netcdf_file

from megathrust import sources
from megathrust.core import InputError, SourceError

LON = np.arange(0.0, 361.0, 30.0)
LAT = np.arange(-90.0, 91.0, 30.0)


def true_value(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A smooth function of position that is the same one turn further."""
    return np.cos(np.radians(lon)) * 10.0 + lat


def write_cf(path: Path, lon: np.ndarray = LON, lat: np.ndarray = LAT, engine: str = "h5netcdf") -> Path:
    values = true_value(lon[None, :], lat[:, None])
    grid = xr.Dataset({"z": (("lat", "lon"), values)}, coords={"lat": lat, "lon": lon})
    grid.to_netcdf(path, engine=engine)
    return path


def write_old_gmt(path: Path, *, pixel: bool = False) -> Path:
    """A GMT v3 grid, rows from the north."""
    lon = np.arange(15.0, 360.0, 30.0) if pixel else LON
    lat = np.arange(75.0, -90.0, -30.0) if pixel else LAT[::-1]
    with netcdf_file(path, "w", mmap=False) as file:
        file.createDimension("side", 2)
        file.createDimension("xysize", len(lon) * len(lat))
        for name, pair, kind in (
            ("x_range", (0.0, 360.0), "d"),
            ("y_range", (-90.0, 90.0), "d"),
            ("spacing", (30.0, 30.0), "d"),
            ("dimension", (len(lon), len(lat)), "i"),
        ):
            file.createVariable(name, kind, ("side",))[:] = pair
        z = file.createVariable("z", "f", ("xysize",))
        z[:] = true_value(lon[None, :], lat[:, None]).ravel()
        z.node_offset = int(pixel)
    return path


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
@pytest.mark.parametrize("lat", [LAT, LAT[::-1]])
def test_cf_grid(tmp_path: Path, engine: str, lat: np.ndarray) -> None:
    grid = sources.read_grid(write_cf(tmp_path / "a.nc", lat=lat, engine=engine), unit="m", citation="me")
    assert grid.dims == ("lat", "lon")
    assert grid.shape == (7, 12)
    assert np.all(np.diff(grid["lon"]) > 0)
    assert np.all(np.diff(grid["lat"]) > 0)
    assert grid["lon"].min() == -180.0
    assert grid["lon"].max() == 150.0
    expected = true_value(grid["lon"].values[None, :], grid["lat"].values[:, None])
    np.testing.assert_allclose(grid, expected, atol=1e-12)
    assert (grid.attrs["units"], grid.attrs["citation"]) == ("m", "me")


@pytest.mark.parametrize("pixel", [False, True])
def test_old_gmt_grid(tmp_path: Path, pixel: bool) -> None:
    grid = sources.read_grid(write_old_gmt(tmp_path / "a.grd", pixel=pixel))
    assert grid.shape == ((6, 12) if pixel else (7, 12))
    expected = true_value(grid["lon"].values[None, :], grid["lat"].values[:, None])
    np.testing.assert_allclose(grid, expected, atol=1e-5)


@pytest.mark.parametrize("shift", [-360.0, 0.0, 360.0])
def test_layouts_over_the_dateline(tmp_path: Path, shift: float) -> None:
    path = write_cf(tmp_path / "a.nc", lon=np.arange(170.0, 191.0, 5.0) + shift)
    continuous = sources.read_grid(path, layout="continuous")
    assert continuous["lon"].values.tolist() == [170.0, 175.0, 180.0, 185.0, 190.0]
    wrapped = sources.read_grid(path)
    assert wrapped["lon"].values.tolist() == [-180.0, -175.0, -170.0, 170.0, 175.0]
    np.testing.assert_allclose(wrapped.sel(lon=-170.0), continuous.sel(lon=190.0))


@pytest.mark.parametrize("rows", [1, 3, 100])
@pytest.mark.parametrize("old", [False, True])
def test_blocks_give_every_node_once(tmp_path: Path, rows: int, old: bool) -> None:
    path = write_old_gmt(tmp_path / "a.grd") if old else write_cf(tmp_path / "a.nc")
    blocks = list(sources.iter_blocks(path, rows_per_block=rows))
    assert all(len(block.lat) <= rows for block in blocks)
    nodes = {
        (lon, lat): value
        for block in blocks
        for lat, row in zip(block.lat, block.values, strict=True)
        for lon, value in zip(block.lon, row, strict=True)
    }
    whole = sources.read_grid(path)
    assert len(nodes) == whole.size == sum(block.values.size for block in blocks)
    for (lon, lat), value in nodes.items():
        assert value == whole.sel(lon=lon, lat=lat)


def test_memory_of_blocks_depends_on_the_block(tmp_path: Path) -> None:
    path = write_cf(tmp_path / "a.nc", np.linspace(0.0, 90.0, 1500), np.linspace(-45.0, 45.0, 2000))
    assert path.stat().st_size > 24e6
    tracemalloc.start()
    count = sum(block.values.size for block in sources.iter_blocks(path, rows_per_block=50))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 3_000_000
    assert peak < 6e6


def test_packed_integers_and_fill_value(tmp_path: Path) -> None:
    packed = {"z": {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -1}}
    values = np.array([[1.0, np.nan], [2.5, 3.0]])
    grid = xr.Dataset({"z": (("y", "x"), values)}, coords={"y": [0.0, 1.0], "x": [10.0, 11.0]})
    grid.to_netcdf(tmp_path / "a.nc", engine="h5netcdf", encoding=packed)
    np.testing.assert_array_equal(sources.read_grid(tmp_path / "a.nc"), values)
    plain = xr.Dataset({"z": (("y", "x"), np.array([[1, 2]], "int16"))}, coords={"y": [0.0], "x": [1.0, 2.0]})
    plain.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    assert sources.read_grid(tmp_path / "b.nc").dtype == np.float32


def test_grids_that_are_refused(tmp_path: Path) -> None:
    write_cf(tmp_path / "whole.nc")
    content = (tmp_path / "whole.nc").read_bytes()
    (tmp_path / "cut.nc").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.nc").write_text("no grid")
    two = xr.open_dataset(tmp_path / "whole.nc", engine="h5netcdf").load()
    two.assign(other=two["z"]).to_netcdf(tmp_path / "two.nc", engine="h5netcdf")
    two.rename(lon="easting").to_netcdf(tmp_path / "axis.nc", engine="h5netcdf")
    for name, message in (
        ("cut.nc", "cannot be read as a geographic grid"),
        ("text.nc", "no netCDF grid"),
        ("two.nc", "holds 2 grids"),
        ("axis.nc", "no axis of longitude"),
        ("none.nc", "does not exist"),
    ):
        with pytest.raises(SourceError, match=message):
            sources.read_grid(tmp_path / name)
    with pytest.raises(SourceError, match="no such grid"):
        sources.read_grid(tmp_path / "two.nc", variable="third")
    assert sources.read_grid(tmp_path / "two.nc", variable="other").name == "other"
    with pytest.raises(InputError, match="longitude layout"):
        sources.read_grid(tmp_path / "whole.nc", layout="odd")  # type: ignore[arg-type]


def test_slab_grid_of_an_own_region(tmp_path: Path) -> None:
    (tmp_path / "slab2").mkdir()
    path = tmp_path / "slab2" / "mak_slab2_dep_02.24.18.grd"
    grid = xr.Dataset({"z": (("y", "x"), [[-10.0, np.nan]])}, coords={"y": [25.0], "x": [57.0, 58.0]})
    grid.to_netcdf(path, engine="h5netcdf")
    assert sources.find_slab_grid(tmp_path, "mak", "dep") == path
    depth = sources.read_slab_grid(path)
    assert (depth.name, depth.attrs["units"], depth.attrs["region"]) == ("depth_km", "km", "mak")
    np.testing.assert_array_equal(depth, [[10.0, np.nan]])
    with pytest.raises(SourceError, match="holds 0 slab grids"):
        sources.find_slab_grid(tmp_path, "mak", "dip")
    path.rename(path.with_name("depth.grd"))
    with pytest.raises(SourceError, match="name does not tell"):
        sources.read_slab_grid(path.with_name("depth.grd"))


@pytest.mark.parametrize("depths", [[[10.0, 20.0]], [[-10_000.0, -20_000.0]]])
def test_slab_depths_of_another_sign_or_unit_are_refused(tmp_path: Path, depths: list) -> None:
    path = tmp_path / "mak_slab2_dep_02.24.18.grd"
    grid = xr.Dataset({"z": (("y", "x"), depths)}, coords={"y": [25.0], "x": [57.0, 58.0]})
    grid.to_netcdf(path, engine="h5netcdf")
    with pytest.raises(SourceError, match="depths of this slab grid are not those of Slab2"):
        sources.read_slab_grid(path)


def test_a_layer_in_another_unit_than_its_file_is_refused(tmp_path: Path) -> None:
    grid = xr.Dataset({"z": (("lat", "lon"), [[1.0]], {"units": "m"})}, coords={"lat": [0.0], "lon": [1.0]})
    grid.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    text = "layers:\n- {name: MOHO, path: a.nc, unit: UNIT, long_name: Moho, citation: me}\n"
    for unit in ("m", "metres", "1"):
        (tmp_path / "l.yaml").write_text(text.replace("UNIT", f"'{unit}'"))
        assert sources.read_layer(sources.read_user_layers(tmp_path / "l.yaml")[0]).attrs["units"] == unit
    (tmp_path / "l.yaml").write_text(text.replace("UNIT", "km"))
    with pytest.raises(
        SourceError, match=r"^layer MOHO: the file gives another unit .*a\.nc: m; allowed: km"
    ):
        sources.read_layer(sources.read_user_layers(tmp_path / "l.yaml")[0])


def test_hash_is_asked_of_registered_slab_grids_only(tmp_path: Path) -> None:
    (tmp_path / "slab2").mkdir()
    path = tmp_path / "slab2" / "alu_slab2_dep_02.23.18.grd"
    path.write_text("altered")
    with pytest.raises(SourceError, match="SHA-256 differs"):
        sources.find_slab_grid(tmp_path, "alu", "dep")
    assert sources.find_slab_grid(tmp_path, "alu", "dep", verify=False) == path


def test_quantity_named_by_the_caller(tmp_path: Path) -> None:
    path = write_cf(tmp_path / "own.nc")
    dip = sources.read_slab_grid(path, quantity="dip", layout="wrapped")
    assert (dip.name, "region" in dip.attrs) == ("dip", False)
    np.testing.assert_array_equal(dip, sources.read_grid(path))


def test_single_time_is_no_axis(tmp_path: Path) -> None:
    grid = xr.Dataset({"z": (("time", "y", "x"), [[[1.0, 2.0]]])}, coords={"y": [0.0], "x": [1.0, 2.0]})
    grid.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    np.testing.assert_array_equal(sources.read_grid(tmp_path / "a.nc"), [[1.0, 2.0]])


def test_old_gmt_grid_cut_short(tmp_path: Path) -> None:
    path = write_old_gmt(tmp_path / "a.grd")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match="cannot be read as a geographic grid"):
        sources.read_grid(path)


def test_two_slab_grids_are_ambiguous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slab2").mkdir()
    for date in ("02.24.18", "03.01.20"):
        (tmp_path / "slab2" / f"mak_slab2_dep_{date}.grd").touch()
    with pytest.raises(SourceError, match="holds 2 slab grids"):
        sources.find_slab_grid(tmp_path, "mak", "dep")
    monkeypatch.delenv("MEGATHRUST_DATA", raising=False)
    with pytest.raises(SourceError, match="no file for this region"):
        sources.find_slab_grid(None, "mak", "dep")


def test_real_sediment_grid_is_north_up(data_dir: Path) -> None:
    grid = sources.read_source("seafloor/sedmap.grd", data_dir=data_dir)
    assert grid.shape == (181, 360)
    bengal_fan, open_pacific = grid.sel(lon=88, lat=15), grid.sel(lon=-150, lat=-20)
    assert bengal_fan > 5.0 > 0.5 > open_pacific


def test_real_relief_grids_agree(data_dir: Path) -> None:
    first = sources.read_source("seafloor/earth-topography-10arcmin.nc", data_dir=data_dir)
    second = sources.read_source("seafloor/gebco5x5.grd", data_dir=data_dir)
    assert np.corrcoef(first.values.ravel(), second.values.ravel())[0, 1] > 0.99


def test_real_slab_depths(data_dir: Path) -> None:
    for source in sources.list_sources(layer="slab_depth"):
        depth = sources.read_source(source.key, data_dir=data_dir)
        assert 0.0 < float(depth.min()) < 20.0
        assert 60.0 < float(depth.max()) < 750.0
        assert np.allclose(np.diff(depth["lon"]), np.diff(depth["lon"])[0])
    alaska = sources.read_source("slab2/alu_slab2_dep_02.23.18.grd", data_dir=data_dir)
    assert alaska["lon"].values[[0, -1]].tolist() == [161.0, 226.0]
    assert sources.find_slab_grid(data_dir, "alu", "dep").name == "alu_slab2_dep_02.23.18.grd"
