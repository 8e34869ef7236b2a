"""docs/my-region.md, command by command, on two regions that the registry does not know."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from megathrust.pipelines.build import fetch_data
from megathrust.pipelines.build._trenches import SLAB_EDGE
from megathrust.table import read_table

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "my-region.md"

#: What the two regions are in truth: one across the dateline without any file but its slab, one with all.
XYZ, ABC = "ker", "cas"


def commands() -> list[str]:
    return [
        line
        for block in re.findall(r"```bash\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
    ]


@pytest.fixture
def place(data_dir, tmp_path):
    """A working folder: the user's files under other codes, and a cache that holds the global ones."""
    mine, cache = tmp_path / "my_files", tmp_path / "data"
    mine.mkdir()
    for code, known in (("xyz", XYZ), ("abc", ABC)):
        for path in (data_dir / "slab2").glob(f"{known}_slab2_*"):
            shutil.copy(path, mine / path.name.replace(known, code))
    shutil.copy(data_dir / "seafloor" / f"{ABC}_BA_bath.csv", mine / "abc_BA_bath.csv")
    points = pd.read_csv(data_dir / "boundaries" / "trenches_usgs_2017.csv")
    points[points["slab"] == ABC].assign(slab="abc").to_csv(mine / "trench_points.csv", index=False)
    for path in fetch_data(regions=[], data_dir=data_dir):
        there = cache / path.relative_to(data_dir)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there)
    return tmp_path


def walk(place: Path) -> dict[str, str]:
    """Run every command of the guide as a user would, and return what each wrote on standard error."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MEGATHRUST_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    told = {}
    for command in commands():
        if command.startswith("export "):
            name, value = command.removeprefix("export ").split("=")
            environment[name] = value
            continue
        started = time.monotonic()
        done = subprocess.run(
            command, shell=True, cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        print(f"{time.monotonic() - started:6.1f} s  {command}")
        assert done.returncode == 0, f"{command}: {done.stderr}"
        told[command] = done.stderr
    return told


def predicted_share(frame: pd.DataFrame) -> pd.Series:
    return frame["probability_1"].notna().groupby(frame["region"]).mean()


@pytest.mark.slow
def test_the_guide_leads_from_raw_files_to_maps(place):
    told = walk(place)
    first, both = (read_table(place / name, label_required=False) for name in ("xyz.parquet", "both.parquet"))
    assert first.provenance["trench_lines"]["xyz"]["origin"] == SLAB_EDGE
    assert both.provenance["trench_lines"]["abc"]["origin"] == "trench points of trench_points.csv"
    assert list(both.provenance["coarser_features"]) == ["xyz"]
    pd.testing.assert_frame_equal(
        both.frame.query("region == 'xyz'").reset_index(drop=True), first.frame, check_exact=True
    )
    log = next(text for command, text in told.items() if command.endswith("both.parquet"))
    for line in (
        "# abc_BA_bath.csv: 4928 rows read, 4928 used",
        "# xyz_slab2_dep_02.24.18.grd: 228981 nodes read, 69457 used; left out: 159524 missing",
        "from the shallow edge of the slab depth grid",
        "xyz takes from coarser files IRO_DG_AVE, IRO_DG_STD, LRO_DG_AVE, LRO_DG_STD, TRD, TRD_REL",
        "xyz has no SRO_DG_AVE, SRO_DG_STD: no table of the incoming plate",
    ):
        assert line in log
    alone = pd.read_csv(place / "xyz_predicted.csv")
    properties = json.loads((place / "both_predicted.geojson").read_text())["features"]
    together = pd.DataFrame([feature["properties"] for feature in properties])
    for share in (predicted_share(alone), predicted_share(together)):
        print("share of segments predicted: ", share.round(3).to_dict())
        assert (share >= 0.8).all()
    for name in ("xyz_map.png", "xyz_convergence.png", "both_map.svg", "abc_map.pdf"):
        assert (place / name).stat().st_size > 10_000
    drawn = pd.read_csv(place / "xyz_map.csv")
    assert len(drawn) == len(alone)
    assert drawn["lon"].max() > 170.0
    assert drawn["lon"].min() < -170.0
    assert set(pd.read_csv(place / "abc_map.csv")["region"]) == {"abc"}


@pytest.mark.slow
def test_predictions_are_those_of_the_region_under_its_known_name(place, data_dir):
    """A region with all its files gives the numbers of the built-in table, whatever it is called."""
    shutil.copytree(place / "my_files", place / "data" / "slab2", ignore=shutil.ignore_patterns("*.csv"))
    shutil.copy(place / "my_files" / "abc_BA_bath.csv", place / "data" / "seafloor")
    from megathrust.pipelines.build import build_table
    from megathrust.table import load_builtin_table

    built = build_table(
        place / "data",
        regions=["abc"],
        trench_points=place / "my_files" / "trench_points.csv",
        labels=False,
    )
    known = load_builtin_table().frame.query(f"region == '{ABC}'").reset_index(drop=True)
    names = built.feature_names
    assert len(built) == len(known)
    # The shipped trench line is rounded to five decimals of a degree.
    pd.testing.assert_frame_equal(built.frame[names], known[names], rtol=2e-3, atol=1e-3)
