"""The registry, the files at hand, and the attribution."""

from __future__ import annotations

import runpy
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from megathrust import sources
from megathrust.core import InputError, SourceError
from megathrust.sources import _fetch
from megathrust.sources._fetch import cache_dir
from megathrust.sources._read import READERS
from megathrust.sources._registry import layer_source

REPOSITORY = Path(__file__).resolve().parents[3]
GEOID = "potential_field/earth-geoid-10arcmin.nc"


@pytest.fixture(autouse=True)
def _no_data_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEGATHRUST_DATA", raising=False)


def altered_copy(folder: Path, key: str, content: bytes = b"altered") -> Path:
    path = folder / key
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_every_source_is_complete() -> None:
    every = sources.list_sources()
    assert len(every) == 629
    for source in every:
        assert source.reader in READERS
        assert len(source.sha256) == 64
        assert source.bytes > 0
        assert source.citation
        assert source.licence
        assert source.url.startswith("https://raw.githubusercontent.com/") or not source.downloadable


def test_every_reader_is_used() -> None:
    assert {source.reader for source in sources.list_sources()} == set(READERS)


def test_seed_study_is_optional_and_never_shipped() -> None:
    seed = sources.list_sources(topic="seed_study")
    assert len(seed) == 9
    assert all(source.optional and not source.derived_may_ship for source in seed)
    assert {source.topic for source in sources.list_sources(optional=True)} == {"seed_study", "comparison"}
    assert not sources.find_source("seed_study/positions.csv").url


def test_unlicensed_files_are_not_redistributed() -> None:
    for source in sources.list_sources():
        if source.licence.startswith(("no licence", "not stated", "free with", "free for research")):
            assert not source.redistributable
        assert source.share_alike == ("-SA-" in source.licence)


def test_url_is_pinned_and_quoted() -> None:
    source = sources.find_source("catalogues/gcmt_7+_icons.geojson")
    assert source.commit in source.url
    assert source.url.endswith("gcmt_7%2B_icons.geojson")


def test_registry_equals_manifest(data_dir: Path, tmp_path: Path) -> None:
    tool = runpy.run_path(str(REPOSITORY / "tools" / "make_registry.py"))
    manifests = [data_dir / "manifest.csv", data_dir / "manifest_additions.csv"]
    tool["main"](manifests, tmp_path / "registry.json")
    shipped = files("megathrust.sources").joinpath("_registry.json").read_text(encoding="utf-8")
    assert (tmp_path / "registry.json").read_text(encoding="utf-8") == shipped


def test_selection_by_region_keeps_global_files() -> None:
    chosen = sources.list_sources(topic="seafloor", region="sam")
    assert {source.region for source in chosen} == {"sam", ""}


def test_unknown_key_names_similar_ones() -> None:
    with pytest.raises(InputError, match=r"alu_slab2_dep_02\.23\.18"):
        sources.find_source("slab2/alu_slab2_dep.grd")


def test_layer_without_region() -> None:
    with pytest.raises(SourceError, match=r"no file for this region \(given: 'mak'; allowed: alu"):
        sources.slab_grid_source("mak", "dep")
    with pytest.raises(InputError, match="unknown slab quantity"):
        sources.slab_grid_source("alu", "depth")
    with pytest.raises(InputError, match="holds 455 files"):
        layer_source("slip_models")


def test_file_at_hand_is_used_without_network(data_dir: Path) -> None:
    assert sources.fetch(GEOID, data_dir=data_dir) == data_dir / GEOID


def test_environment_names_the_folder(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGATHRUST_DATA", str(data_dir))
    assert sources.fetch(GEOID) == data_dir / GEOID
    assert sources.source_path(GEOID) == data_dir / GEOID


def test_altered_file_is_refused_unless_unverified(tmp_path: Path) -> None:
    path = altered_copy(tmp_path, GEOID)
    with pytest.raises(SourceError, match="SHA-256 differs"):
        sources.fetch(GEOID, data_dir=tmp_path)
    assert sources.fetch(GEOID, data_dir=tmp_path, verify=False) == path


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a file is missing in the data folder"):
        sources.fetch(GEOID, data_dir=tmp_path)
    with pytest.raises(SourceError, match="the data folder does not exist"):
        sources.fetch(GEOID, data_dir=tmp_path / "none")


def test_hash_is_taken_once_per_process(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    original = _fetch.sha256_of
    monkeypatch.setattr(_fetch, "sha256_of", lambda path: calls.append(str(path)) or original(path))
    _fetch._hash_once.cache_clear()
    for _ in range(3):
        sources.fetch("seafloor/sedmap.grd", data_dir=data_dir)
    assert len(calls) == 1


def test_verify_tells_ok_missing_altered(data_dir: Path, tmp_path: Path) -> None:
    assert {row.status for row in sources.verify(data_dir, keys=[GEOID])} == {"ok"}
    altered_copy(tmp_path, GEOID)
    same_size = sources.find_source("seafloor/sedmap.grd")
    altered_copy(tmp_path, same_size.key, bytes(same_size.bytes))
    rows = sources.verify(tmp_path, keys=[GEOID, same_size.key, "seafloor/crust1.bnds"])
    assert [(row.status, row.detail) for row in rows] == [
        ("altered", f"7 bytes instead of {sources.find_source(GEOID).bytes}"),
        ("altered", "the SHA-256 differs"),
        ("missing", f"no file {tmp_path / 'seafloor/crust1.bnds'}"),
    ]


def test_whole_data_folder_is_genuine(data_dir: Path) -> None:
    assert {row.status for row in sources.verify(data_dir)} == {"ok"}


def test_attribution_names_licence_terms_and_hash() -> None:
    keys = ["catalogues/isc-gem-v3.csv", "seed_study/alu.csv", GEOID]
    text = sources.attribution(keys)
    assert "under the same licence" in text
    assert "For comparison only" in text
    for key in keys:
        assert sources.find_source(key).sha256 in text
    assert "https://doi.org/10.5880/icgem.2015.1" in text


def test_cache_folder_follows_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGATHRUST_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("MEGATHRUST_CACHE")
    assert cache_dir().name == "megathrust"


def test_hand_made_file_cannot_be_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGATHRUST_CACHE", str(tmp_path))
    with pytest.raises(SourceError, match="cannot be downloaded"):
        sources.fetch("seed_study/positions.csv")


def test_import_is_light() -> None:
    heavy = {"pooch", "requests", "urllib3", "xarray", "h5py", "obspy", "torch", "PIL", "scipy"}
    code = f"import sys, megathrust.sources; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
