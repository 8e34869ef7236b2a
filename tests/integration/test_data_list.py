"""``megathrust data list``: readable, light, and honest about names."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError
from megathrust.pipelines.build import fetch_data, list_data, list_lines
from megathrust.sources import list_sources, source_path

KEY = "potential_field/earth-geoid-10arcmin.nc"


@pytest.fixture
def folder(tmp_path, data_dir):
    (tmp_path / "potential_field").mkdir()
    (tmp_path / KEY).symlink_to(data_dir / KEY)
    return tmp_path


def listed(*arguments):
    done = CliRunner().invoke(app, ["data", "list", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_line_per_source_says_files_size_licence_and_what_is_here(folder):
    lines = listed("--data-dir", folder).splitlines()
    words = {line.split()[0]: line.split() for line in lines[1:] if line}
    assert words["geoid"][1:7] == ["potential_field", "EIGEN-6C4", "1", "1.3", "at", "hand"]
    assert "CC-BY-4.0" in words["geoid"]
    assert words["gravity"][5] == words["slip_models"][5] == "missing"
    assert words["slip_models"][3] == "455"
    depth = next(line for line in lines if line.startswith("slab_depth "))
    assert depth.split()[2:6] == ["02.23.18", "to", "02.26.18", "14"]
    assert f"{len(list_sources())} files, " in "\n".join(lines)
    (folder / KEY).unlink()
    (folder / KEY).write_bytes(b"half")
    assert "at hand" not in listed("--data-dir", folder)


def test_codes_are_explained(folder):
    text = "\n".join(list_lines(list_data(data_dir=folder)))
    assert "cas Cascadia; " in text
    assert "exp trench points of an example run around the Molucca Sea, not Explorer" in text
    assert "ker Tonga-Kermadec." in "\n".join(list_lines(list_data(region="ker", data_dir=folder)))


def test_json_holds_every_file(folder):
    files = json.loads(listed("--data-dir", folder, "--topic", "potential_field", "--json"))
    assert {file["key"]: file["at_hand"] for file in files} == {
        KEY: True,
        KEY.replace("geoid", "gravity"): False,
    }
    assert all(file["url"].startswith("https://") and file["reference"] for file in files)


def test_unknown_names_are_refused_with_the_nearest(folder):
    with pytest.raises(InputError, match=r"unknown topic .*did you mean slab2\."):
        list_data(topic="slab", data_dir=folder)
    with pytest.raises(InputError, match=r"unknown region .*did you mean sam\."):
        list_data(region="samm", data_dir=folder)
    with pytest.raises(InputError, match=r"given: exp, trench points .* not Explorer.*my-region"):
        list_data(region="exp", data_dir=folder)
    with pytest.raises(InputError, match=r"unknown region of the registry .*did you mean ker\."):
        fetch_data(regions=["kerr"], data_dir=folder)


def test_global_layers_alone_are_fetched_for_a_region_of_ones_own(data_dir):
    paths = fetch_data(regions=[], data_dir=data_dir)
    assert len(paths) == 13
    assert source_path(KEY, data_dir=data_dir) in paths
    assert not [path for path in paths if path.parent.name == "slab2"]


def test_ruptures_are_listed_by_the_region_that_they_touch(folder):
    ruptures = list_data(topic="ruptures", region="kur", data_dir=folder)
    keys = set(ruptures["key"])
    assert "ruptures/tsunami_sources/tohoku2011_satake2013.csv" in keys
    assert "ruptures/tsunami_sources/chile1960_ho2019.txt" not in keys
    assert not [key for key in keys if "MAULE" in key]
    every = list_data(topic="ruptures", data_dir=folder)
    assert 30 < len(ruptures) < 120 < len(every)


def test_whole_topics_are_fetched(data_dir):
    paths = fetch_data(topics=["potential_field"], data_dir=data_dir)
    assert sorted(path.name for path in paths) == ["earth-geoid-10arcmin.nc", "earth-gravity-10arcmin.nc"]
    with pytest.raises(InputError, match="unknown topic"):
        fetch_data(topics=["potential"], data_dir=data_dir)


def test_costs_no_torch_and_no_figures():
    program = (
        "import sys; from megathrust.cli._main import app; app(['data', 'list'], standalone_mode=False); "
        "sys.exit(sorted({'torch', 'matplotlib', 'cartopy', 'sklearn'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("name ")
