"""Every reader of the package with a small file that it reads: what the fuzzer starts from."""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml
from fuzz_texts import (
    BOUNDARIES,
    CONFIG,
    FDSN,
    FILES_OF_A_RUN,
    LAYERS,
    LINES_OF_RUPTURES,
    QUAKEML,
)

from megathrust.core import MegathrustError

Read = Callable[[Path], Any]

#: Of a long text file the first lines are as good as all.
LINES = 25


@dataclass(frozen=True)
class Reader:
    """A reader, the name of the file that is mutated, and how a whole one is made in a folder."""

    name: str
    file: str
    make: Callable[[Path], None]
    read: Read


def _own_table(folder: Path, name: str, **changes: Any) -> None:
    from megathrust.table import write_table
    from megathrust.testing import synthetic_table

    table = synthetic_table()
    write_table(table.select_rows(np.arange(len(table)) % 6 == 0, "spared"), folder / name)


def _bare(folder: Path, name: str) -> None:
    _own_table(folder, name)
    (folder / f"{name}.schema.json").unlink()


@cache
def _model() -> Any:
    from megathrust.models import FCNArchitecture, FCNStack, SavedModel
    from megathrust.testing import synthetic_table

    names = tuple(synthetic_table().feature_names)
    stack = FCNStack(FCNArchitecture(6, 2, (3,)), np.zeros((2, 6)), np.ones((2, 6)))
    stack.draw([1, 2])
    members = ({"fold": "0", "seed": 1}, {"fold": "0", "seed": 2})
    arrays = {"class_sets.threshold": np.array(0.5)}
    return SavedModel(stack.eval(), names, ("1",) * 6, (8.0,), members, {"0": ("alu:1",)}, {}, arrays)


def _saved_model(folder: Path) -> None:
    from megathrust.models import save_model

    save_model(_model(), folder / "model")


def _resealed(folder: Path) -> Any:
    """Read a model whose hashes were made to fit, as a careful forger would."""
    from megathrust.core import sha256_of
    from megathrust.models import load_model
    from megathrust.models._card import model_card

    path = folder / "model.json"
    content = json.loads(path.read_text())
    for what in ("weights", "arrays"):
        content[f"{what}_sha256"] = sha256_of(folder / f"{what}.safetensors")
    path.write_text(json.dumps(content))
    return model_card(load_model(folder))


def _described(path: Path) -> Any:
    from megathrust.models import load_model
    from megathrust.models._card import model_card

    return model_card(load_model(path.parent))


def _predictions(folder: Path, name: str) -> None:
    from megathrust.pipelines.predict import predict
    from megathrust.testing import synthetic_table

    table = synthetic_table()
    predict(_model(), table.select_rows(np.arange(len(table)) % 6 == 0, "spared"), folder / name)


def _grid(folder: Path, name: str, *, format: str, engine: str, compressed: bool = False) -> None:
    lon, lat = np.arange(-10.0, 10.0), np.arange(5.0, 17.0)
    values = np.random.default_rng(0).normal(size=(12, 20)).astype(np.float32)
    grid = xr.DataArray(
        values,
        {"lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})},
        name="z",
        attrs={"units": "m"},
    )
    encoding = {"z": {"zlib": True, "chunksizes": (4, 5)}} if compressed else {}
    grid.to_dataset().to_netcdf(folder / name, format=format, engine=engine, encoding=encoding)


def _gmt_grid(folder: Path, name: str) -> None:
    z = xr.DataArray(np.arange(20.0, dtype=np.float32), dims="xysize", attrs={"node_offset": 0})
    data = xr.Dataset(
        {
            "x_range": ("side", [0.0, 4.0]),
            "y_range": ("side", [0.0, 3.0]),
            "dimension": ("side", np.array([5, 4], dtype=np.int32)),
            "z": z,
        }
    )
    data.to_netcdf(folder / name, format="NETCDF3_CLASSIC", engine="scipy")


def _geotiff(folder: Path, name: str, **options: Any) -> None:
    import rasterio
    from rasterio.transform import Affine

    values = np.random.default_rng(0).normal(size=(16, 32)).astype(np.float32)
    profile = {"driver": "GTiff", "width": 32, "height": 16, "count": 1, "dtype": "float32", "nodata": -9.0}
    place = {"crs": "EPSG:4326", "transform": Affine(0.5, 0.0, -10.0, 0.0, -0.5, 20.0)}
    with rasterio.open(folder / name, "w", **profile, **place, **options) as raster:
        raster.write(values, 1)


def _text(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")


def _study_folder(folder: Path) -> None:
    rows = "A,B,MR_GCMT\n" + "".join(f"{i},{i * 0.5},{7 + i % 2}\n" for i in range(8))
    _text(folder, "alu.csv", rows)
    _text(folder, "sam.csv", rows)
    places = "".join(f"{r},{i},{25 + 50 * i},{10 + i},{20 - i}\n" for r in ("alu", "sam") for i in range(8))
    _text(folder, "positions.csv", "region,row,s_km,lon,lat\n" + places)


def _run_folder(folder: Path) -> None:
    """Copy a tiny finished run."""
    shutil.copytree(finished_run(), folder / "run")


@cache
def finished_run() -> Path:
    """Return the folder of a tiny run, made once for all that read it."""
    import tempfile

    from megathrust.pipelines.run import run
    from megathrust.pipelines.settings import load_config
    from megathrust.testing import synthetic_table

    small = {
        "network": {"members": 1, "epochs": 1, "hidden": [3]},
        "nulls": {"surrogates": 0, "planted": 0},
        "claims": {"worlds": 0},
        "explaining": {"encodings": ["none"], "members": 1},
        "figures": {"kinds": []},
        "baselines": [],
    }
    config = load_config(**small, curve={"exclusion_km": []}, bootstrap_replicates=20)
    out = Path(tempfile.mkdtemp()) / "run"
    run(synthetic_table(), config, out, workers=1)
    return out


def _look_at_run(path: Path) -> Any:
    from megathrust.pipelines.run import open_run

    run = open_run(next(each for each in path.parents if (each / "config.yaml").exists()))
    return run.config, run.table, run.curve, run.relevance, run.judgements


def _torch_file(folder: Path, name: str) -> None:
    import torch

    network = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    torch.save(network.state_dict(), folder / name)


def _import(path: Path) -> Any:
    from megathrust.models import import_networks

    return import_networks(
        path, feature_names=["A", "B"], mean=0.0, std=1.0, thresholds=[8.0], activation="relu"
    )


def _checkpoint(folder: Path, name: str) -> None:
    import torch

    from megathrust.training._checkpoint import write_checkpoint

    write_checkpoint(folder / name, {"a": torch.ones(3)}, {"training": "x", "epoch": 2})


def _read_checkpoint(path: Path) -> Any:
    from megathrust.training._checkpoint import read_checkpoint

    return read_checkpoint(path, of="x")


def _stage(folder: Path, name: str) -> None:
    from megathrust.pipelines.work import StageStore

    StageStore(folder, "f").keep("n", [1], {"a": np.arange(4.0)})
    next(folder.glob("*.stage")).rename(folder / name)


def _recall(path: Path) -> Any:
    from megathrust.pipelines.work import StageStore

    store = StageStore(path.parent, "f")
    path.rename(store._path("n", [1]))
    found = store.recall("n", [1])
    assert found is None or np.array_equal(found["a"], np.arange(4.0)), "a damaged stage was used"


def _layer_file(folder: Path) -> None:
    _text(folder, "layers.yaml", yaml.safe_dump(LAYERS))
    _text(folder, "heat.csv", "lon,lat,value\n1,2,3\n2,3,4\n3,4,5\n")


def _read_layers(path: Path) -> Any:
    from megathrust.sources import read_layer, read_user_layers

    return [read_layer(layer) for layer in read_user_layers(path.parent / "layers.yaml")]


def _from_registry(data_dir: Path) -> Iterator[Reader]:
    """Give a reader for every one of the registry and every ending of its files, the smallest first."""
    from megathrust.sources import list_sources
    from megathrust.sources._read import READERS

    seen = set()
    for source in sorted(list_sources(), key=lambda each: each.bytes):
        path, ending = data_dir / source.key, source.key.rpartition(".")[2]
        if (source.reader, ending) in seen or not path.is_file():
            continue
        seen.add((source.reader, ending))
        read = partial(_as_source, READERS[source.reader], source)
        yield Reader(f"source {source.reader}.{ending}", path.name, partial(_shortened, path, read), read)


def _as_source(read: Callable[[Path, Any], Any], source: Any, path: Path) -> Any:
    return read(path, source)


def _shortened(path: Path, read: Read, folder: Path) -> None:
    """Put the first lines, or polygons, that can be read into a folder, or the whole file."""
    if path.suffix == ".shp":
        _first_polygons(path, folder / path.name)
        return
    raw, copy = path.read_bytes(), folder / path.name
    lines = [] if b"\0" in raw[:65_536] else raw.splitlines(keepends=True)
    for count in (LINES, 8 * LINES):
        copy.write_bytes(b"".join(lines[:count]))
        try:
            read(copy)
        except MegathrustError:
            continue
        return
    copy.write_bytes(raw)


def _first_polygons(path: Path, copy: Path) -> None:
    import shapefile

    # Both by their streams: only the outlines are read, no table and no index beside them.
    with path.open("rb") as whole, shapefile.Reader(shp=whole) as reader:
        shapes = [reader.shape(number) for number in range(5)]
    with copy.open("w+b") as file, shapefile.Writer(shp=file, shapeType=shapes[0].shapeType) as writer:
        for shape in shapes:
            writer.shape(shape)


def own_readers() -> list[Reader]:
    """Return readers with files of our own making."""
    from megathrust.pipelines.predict._about import read_about
    from megathrust.pipelines.predict._read import read_predictions
    from megathrust.pipelines.search import load_search_config
    from megathrust.pipelines.settings import load_config
    from megathrust.plots._map_layers import _read_geojson
    from megathrust.sources._geotiff import read_geotiff
    from megathrust.sources._grids import iter_blocks, read_grid
    from megathrust.sources._obspy_events import read_obspy_events
    from megathrust.sources._own_events import read_events
    from megathrust.sources._own_ruptures import read_own_ruptures
    from megathrust.table import iter_table, read_table

    def predictions(name: str) -> Reader:
        return Reader(
            f"predictions{name}", f"p{name}", partial(_predictions, name=f"p{name}"), read_predictions
        )

    def of_run(name: str) -> Reader:
        return Reader(f"run/{name}", f"run/{name}", _run_folder, _look_at_run)

    def lax(path: Path) -> Any:
        return read_table(path, label_required=False)

    def drained(path: Path) -> Any:
        return deque(iter_table(path, rows_per_block=7, label_required=False), maxlen=0)

    def text(name: str, file: str, content: str, read: Read) -> Reader:
        return Reader(name, file, partial(_text, name=file, content=content), read)

    events = "time,lon,lat,depth,mw\n2010-02-27T06:34:11,-72.9,-36.1,22.9,8.8\n"
    searched = yaml.safe_dump({**CONFIG, "search": {"budget": 3}})
    tiles = {"compress": "deflate", "tiled": True, "blockxsize": 16, "blockysize": 16}
    netcdf4 = {"format": "NETCDF4", "engine": "h5netcdf"}
    netcdf3 = {"format": "NETCDF3_64BIT", "engine": "scipy"}
    return [
        Reader("table.csv", "t.csv", partial(_own_table, name="t.csv"), lax),
        Reader("table.parquet", "t.parquet", partial(_own_table, name="t.parquet"), lax),
        Reader("table without schema.csv", "t.csv", partial(_bare, name="t.csv"), lax),
        Reader("table without schema.parquet", "t.parquet", partial(_bare, name="t.parquet"), lax),
        Reader("table in blocks.csv", "t.csv", partial(_own_table, name="t.csv"), drained),
        Reader("table in blocks.parquet", "t.parquet", partial(_own_table, name="t.parquet"), drained),
        Reader(
            "schema.csv",
            "t.csv.schema.json",
            partial(_own_table, name="t.csv"),
            lambda p: lax(p.parent / "t.csv"),
        ),
        Reader("study folder", "alu.csv", _study_folder, lambda p: read_table(p.parent)),
        Reader("positions", "positions.csv", _study_folder, lambda p: read_table(p.parent)),
        *(predictions(name) for name in (".csv", ".parquet", ".geojson", ".nc")),
        Reader(
            "about",
            "p.csv.about.json",
            partial(_predictions, name="p.csv"),
            lambda p: read_about(p.parent / "p.csv"),
        ),
        Reader("model.json", "model/model.json", _saved_model, _described),
        Reader("weights", "model/weights.safetensors", _saved_model, lambda p: _resealed(p.parent)),
        Reader("arrays", "model/arrays.safetensors", _saved_model, lambda p: _resealed(p.parent)),
        Reader("network.pt", "n.pt", partial(_torch_file, name="n.pt"), _import),
        Reader("checkpoint", "c.ckpt", partial(_checkpoint, name="c.ckpt"), _read_checkpoint),
        Reader("stage", "s.bytes", partial(_stage, name="s.bytes"), _recall),
        text("configuration", "c.yaml", yaml.safe_dump(CONFIG), lambda p: load_config(path=p)),
        text("configuration of a search", "c.yaml", searched, lambda p: load_search_config(path=p)),
        *map(of_run, FILES_OF_A_RUN),
        Reader("layers.yaml", "layers.yaml", _layer_file, _read_layers),
        Reader("points of a layer", "heat.csv", _layer_file, _read_layers),
        Reader("netCDF-4", "g.nc", partial(_grid, name="g.nc", **netcdf4), read_grid),
        Reader(
            "netCDF-4 compressed", "g.nc", partial(_grid, name="g.nc", compressed=True, **netcdf4), read_grid
        ),
        Reader(
            "netCDF-4 in blocks",
            "g.nc",
            partial(_grid, name="g.nc", **netcdf4),
            lambda p: deque(iter_blocks(p, rows_per_block=5), maxlen=0),
        ),
        Reader("netCDF-3", "g.nc", partial(_grid, name="g.nc", **netcdf3), read_grid),
        Reader("GMT grid", "g.grd", partial(_gmt_grid, name="g.grd"), read_grid),
        Reader("GeoTIFF", "g.tif", partial(_geotiff, name="g.tif"), read_geotiff),
        Reader("GeoTIFF compressed", "g.tif", partial(_geotiff, name="g.tif", **tiles), read_geotiff),
        text("QuakeML", "q.xml", QUAKEML, read_obspy_events),
        text("FDSN text", "f.txt", FDSN, read_obspy_events),
        text("own events", "e.csv", events, read_events),
        text("own events, QuakeML", "q.xml", QUAKEML, read_events),
        text("own ruptures", "r.geojson", json.dumps(LINES_OF_RUPTURES), read_own_ruptures),
        text("plate boundaries", "b.geojson", json.dumps(BOUNDARIES), _read_geojson),
    ]


def all_readers(data_dir: Path | None) -> list[Reader]:
    """Return every reader; those of published files only where these are at hand."""
    return [*own_readers(), *(_from_registry(data_dir) if data_dir is not None else ())]
