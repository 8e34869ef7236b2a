"""GeoTIFF: the values and places that GDAL gives, whatever type, orientation, scale and missing value."""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

from megathrust import sources
from megathrust.core import SourceError
from megathrust.sources._geotiff import read_geotiff

NORTH_UP = Affine(1.0, 0.0, 140.0, 0.0, -1.0, 40.0)


def write(path: Path, values: np.ndarray, *, place: Affine = NORTH_UP, crs: str | None = "EPSG:4326", **more):
    """Write a GeoTIFF; what a profile does not hold is set on the open file."""
    later = {name: more.pop(name) for name in ("scales", "offsets", "mask") if name in more}
    bands = values[None] if values.ndim == 2 else values
    shape = {"count": bands.shape[0], "height": bands.shape[1], "width": bands.shape[2]}
    profile = {"driver": "GTiff", "dtype": values.dtype, "transform": place, "crs": crs, **shape, **more}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as raster:
            raster.write(bands)
            for name in set(later) & {"scales", "offsets"}:
                setattr(raster, name, (later[name],) * raster.count)
            if "mask" in later:
                raster.write_mask(later["mask"])
    return path


def write_tags(path: Path, values: np.ndarray, no_data: str, *, raster: int = 1, west: float = 0.0) -> Path:
    """Write a GeoTIFF tag by tag, with a missing value that GDAL would not let through."""
    tags = ImageFileDirectory_v2()
    tags.tagtype.update({33550: 12, 33922: 12, 34735: 3, 42113: 2})
    tags[33550], tags[33922] = (10.0, 5.0, 0.0), (0.0, 0.0, 0.0, west, 20.0, 0.0)
    tags[34735] = (1, 1, 0, 2, 1024, 0, 1, 2, 1025, 0, 1, raster)
    tags[42113] = no_data
    Image.fromarray(values).save(path, tiffinfo=tags)
    return path


def by_gdal(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values and pixel centres as rasterio gives them, straightforwardly."""
    with rasterio.open(path) as raster:
        band = raster.read(1, masked=True)
        values = np.ma.filled(band.astype(np.float64) * raster.scales[0] + raster.offsets[0], np.nan)
        rows, columns = np.mgrid[: raster.height, : raster.width]
        lon, lat = rasterio.transform.xy(raster.transform, rows.ravel(), columns.ravel())
    return np.array(lon), np.array(lat), values.ravel()


def assert_equals_gdal(path: Path) -> None:
    grid = read_geotiff(path)
    lon, lat, values = by_gdal(path)
    # Compared in 32 bits: longitudes are wrapped by an addition.
    nodes = {
        (np.float32(x), np.float32(y)): v
        for y, row in zip(grid["lat"].values, grid.values, strict=True)
        for x, v in zip(grid["lon"].values, row, strict=True)
    }
    assert len(nodes) == len(values)
    ours = [
        nodes[np.float32((x + 180.0) % 360.0 - 180.0), np.float32(y)] for x, y in zip(lon, lat, strict=True)
    ]
    np.testing.assert_allclose(ours, values, rtol=1e-6)


KINDS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")


@pytest.mark.parametrize("seed", range(200))
def test_random_rasters_equal_gdal(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    kind = np.dtype(KINDS[seed % len(KINDS)])
    shape = tuple(random.integers(1, 40, 2))
    if kind.kind == "f":
        values = (random.normal(size=shape) * 10.0 ** random.integers(-3, 9)).astype(kind)
    else:
        values = random.integers(np.iinfo(kind).min, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)
    more: dict[str, object] = {}
    if random.random() < 0.5:
        # Sometimes in the file, sometimes a mere possibility.
        more["nodata"] = values.flat[random.integers(values.size)] if random.random() < 0.7 else 0
        values.flat[random.integers(values.size, size=3)] = more["nodata"]
    elif random.random() < 0.5:
        more["mask"] = random.random(shape) < 0.7
    if random.random() < 0.5:
        more |= {
            "scales": float(random.choice([0.1, -2.0, 0.25])),
            "offsets": float(random.choice([0.0, 5.0])),
        }
    if random.random() < 0.4:
        more |= {"tiled": True, "blockxsize": 16, "blockysize": 16, "sparse_ok": True, "compress": "deflate"}
    if random.random() < 0.4:
        more["interleave"] = "band"
    step = float(random.choice([0.1, 0.5, 1.0]))
    west = float(random.choice([-180.0, -30.0, 170.0, 179.5, 300.0]))
    up = random.random() < 0.5
    place = Affine(step, 0.0, west, 0.0, step if up else -step, -20.0 if up else 20.0)
    assert_equals_gdal(write(tmp_path / "a.tif", values, place=place, **more))


def test_small_and_long_integers_keep_sign_and_range(tmp_path: Path) -> None:
    small = read_geotiff(write(tmp_path / "a.tif", np.array([[-5, 1], [2, 3]], np.int8)))
    np.testing.assert_array_equal(small, [[2.0, 3.0], [-5.0, 1.0]])
    long = read_geotiff(write(tmp_path / "b.tif", np.array([[4_000_000_000, 1]], np.uint32)))
    np.testing.assert_array_equal(long, [[4e9, 1.0]])


def test_scale_offset_and_mask(tmp_path: Path) -> None:
    mask = np.array([[True, False, True]])
    path = write(tmp_path / "a.tif", np.array([[241, 0, -40]], np.int16), scales=0.1, offsets=5.0, mask=mask)
    np.testing.assert_allclose(read_geotiff(path), [[29.1, np.nan, 1.0]])
    record = sources.row_record(read_geotiff(path))
    assert (record.read, record.used, dict(record.left_out)) == (3, 2, {"missing": 1})


def test_negative_pixel_height_is_where_gdal_puts_it(tmp_path: Path) -> None:
    south_up = Affine(1.0, 0.0, 140.0, 0.0, 1.0, 37.0)
    grid = read_geotiff(write(tmp_path / "a.tif", np.arange(12.0).reshape(3, 4), place=south_up))
    assert grid["lat"].values.tolist() == [37.5, 38.5, 39.5]
    assert float(grid.sel(lon=140.5, lat=37.5)) == 0.0


@pytest.mark.parametrize("no_data", ["-9999", "255.5", "300", "nan", "1e20", "-1", "65791", "0.5"])
def test_a_missing_value_that_does_not_fit_marks_no_pixel(tmp_path: Path, no_data: str) -> None:
    values = np.array([[0, 241, 255, 1]], np.uint8)
    np.testing.assert_array_equal(read_geotiff(write_tags(tmp_path / "a.tif", values, no_data)), values)
    # The same of integers of 32 bits, whose missing value may be no whole number.
    wide = np.array([[0, 1, -9999, 32767]], np.int32)
    if no_data not in ("-9999", "300"):
        grid = read_geotiff(write_tags(tmp_path / "b.tif", wide, no_data))
        np.testing.assert_array_equal(grid, wide)


@pytest.mark.parametrize(
    "no_data", ["-3.4e38", "-3.40282e+38", "-3.4028234663852886e+38", "-1.797693134862315e+308", "-9999"]
)
def test_large_missing_values_in_few_digits(tmp_path: Path, no_data: str) -> None:
    values = np.array([[-3.4028234663852886e38, 2.5, 3.4028234663852886e38]], np.float32)
    grid = read_geotiff(write_tags(tmp_path / "a.tif", values, no_data))
    np.testing.assert_array_equal(grid, [[np.nan, 2.5, np.nan]])


def test_centres_follow_the_registration(tmp_path: Path) -> None:
    values = np.array([[1.0, 2.0, 3.0], [4.0, -9999.0, 6.0]], np.float32)
    grid = read_geotiff(write_tags(tmp_path / "a.tif", values, "-9999", west=170.0), unit="m")
    assert grid["lon"].values.tolist() == [-175.0, -165.0, 175.0]
    assert grid["lat"].values.tolist() == [12.5, 17.5]
    np.testing.assert_array_equal(grid, [[np.nan, 6.0, 4.0], [2.0, 3.0, 1.0]])
    corner = read_geotiff(write_tags(tmp_path / "b.tif", values, "-9999", raster=2))
    assert corner["lat"].values.tolist() == [15.0, 20.0]


def test_the_closing_column_of_a_global_raster_is_dropped(tmp_path: Path) -> None:
    values = np.tile(np.arange(37.0), (2, 1))
    grid = read_geotiff(write(tmp_path / "a.tif", values, place=Affine(10, 0, -5, 0, -10, 20)))
    assert grid.shape == (2, 36)


HALF = np.ones((2, 3), np.float32)


@pytest.mark.parametrize(
    ("values", "changes", "message"),
    [
        (HALF, {"crs": "EPSG:32633", "place": Affine(1e3, 0, 5e5, 0, -1e3, 4.5e6)}, "projected .*32633"),
        (HALF, {"crs": None, "place": Affine(1e3, 0, 5e5, 0, -1e3, 4.5e6)}, "longitude is out of range"),
        (HALF, {"crs": None, "place": Affine.identity()}, "no pixel scale"),
        (HALF, {"crs": "EPSG:4807"}, "projected coordinates"),
        (HALF, {"place": Affine(1, 0.1, 140, 0.1, -1, 40)}, "rotated rows"),
        (HALF, {"place": Affine(1, 0, 140, 0, -1, 95)}, "latitude is out of range"),
        (HALF, {"place": Affine(200, 0, 140, 0, -1, 40)}, "gives a node twice"),
        (np.ones((3, 2, 3), np.uint8), {"photometric": "RGB"}, "3 bands"),
        (HALF.astype(np.complex64), {}, "complex numbers"),
    ],
)
def test_rasters_that_are_refused(tmp_path: Path, values: np.ndarray, changes: dict, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read_geotiff(write(tmp_path / "a.tif", values, **changes))
    assert "\n" not in str(caught.value)


def test_files_that_are_no_raster_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.tif").write_text("no image")
    with pytest.raises(SourceError, match="cannot be read as a geographic GeoTIFF"):
        read_geotiff(tmp_path / "text.tif")
    path = write(tmp_path / "a.tif", HALF)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SourceError, match="cannot be read as a geographic GeoTIFF"):
        read_geotiff(path)
    monkeypatch.setattr(sources._geotiff, "MOST_PIXELS", 5)
    with pytest.raises(SourceError, match="too many pixels"):
        read_geotiff(write(tmp_path / "b.tif", HALF))


def test_two_images_in_one_file(tmp_path: Path) -> None:
    images = [Image.fromarray(HALF), Image.fromarray(HALF + 1)]
    with Image.open(write_tags(tmp_path / "a.tif", HALF, "-1")) as image:
        tags = image.tag_v2
    images[0].save(tmp_path / "b.tif", save_all=True, append_images=images[1:], tiffinfo=tags)
    with pytest.raises(SourceError, match="2 images"):
        read_geotiff(tmp_path / "b.tif")


def test_a_layer_is_named_where_its_raster_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", HALF, crs="EPSG:32633")
    text = "layers:\n- {name: CRUST, path: a.tif, unit: km, long_name: Moho, citation: me}\n"
    (tmp_path / "layers.yaml").write_text(text)
    (layer,) = sources.read_user_layers(tmp_path / "layers.yaml")
    with pytest.raises(SourceError, match=r"^layer CRUST: .*projected coordinates, EPSG:32633"):
        sources.read_layer(layer)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_rasters_are_read_or_refused_in_one_sentence(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    content = bytearray(write(tmp_path / "a.tif", HALF, nodata=-9999.0).read_bytes())
    for place in random.integers(0, len(content), random.integers(1, 9)):
        content[place] = random.integers(256)
    (tmp_path / "b.tif").write_bytes(bytes(content[: random.integers(len(content) // 2, len(content) + 1)]))
    # Anything else than a grid or this error fails the test.
    with suppress(SourceError):
        assert read_geotiff(tmp_path / "b.tif").dims == ("lat", "lon")
