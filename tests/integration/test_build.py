"""The built table on real data: the built-in table again, regions and layers of the user, faults."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError, SourceError
from megathrust.features import FEATURES, SEISMICITY_FEATURES
from megathrust.pipelines.build import (
    attribution_path,
    build_table,
    open_table,
    verify_data,
    write_built_table,
)
from megathrust.pipelines.build._keys import GLOBAL_KEYS
from megathrust.table import load_builtin_table, read_table, schema_path

REGIONS = (
    "alu", "cam", "cas", "izu", "ker", "kur", "man", "phi", "png", "ryu", "sam", "sol", "sum", "van",
)  # fmt: skip

#: Regions that are quickly built: a small one, and one at the dateline.
FEW = ("man", "ker")

#: A processor decides the last bit of a sine, and so, now and then, the last of the seven digits of a table.
LAST_DIGIT = {"rtol": 1.1e-6, "atol": 0.0}


@pytest.fixture(scope="module")
def few(data_dir):
    return build_table(data_dir, regions=FEW, labels=False)


@pytest.fixture
def own_folder(data_dir, tmp_path) -> Path:
    """A data folder with links to the global files and to the slab of Manila."""
    keys = [
        *GLOBAL_KEYS.values(),
        *(f"slab2/{path.name}" for path in (data_dir / "slab2").glob("man_*")),
    ]
    for key in keys:
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).symlink_to(data_dir / key)
    (tmp_path / "seafloor" / "man_BA_bath.csv").symlink_to(data_dir / "seafloor" / "man_BA_bath.csv")
    return tmp_path


class TestBuiltIn:
    def test_holds_every_region_with_its_provenance_in_under_two_megabytes(self):
        table = load_builtin_table()
        assert set(table.frame["region"]) == set(REGIONS)
        assert table.feature_names == [*FEATURES, *SEISMICITY_FEATURES]
        assert all(source["sha256"] and source["licence"] for source in table.provenance["sources"])
        assert "CC-BY-SA" in table.provenance["licence"]
        import megathrust.table

        folder = Path(megathrust.table.__file__).parent / "data"
        assert sum(path.stat().st_size for path in folder.iterdir()) < 2e6
        assert attribution_path(folder / "segments.parquet").is_file()

    def test_is_the_table_of_a_run_that_names_none(self):
        assert len(open_table(None)) == len(load_builtin_table())

    def test_declares_what_the_features_declare(self):
        columns = load_builtin_table().columns
        for name, definition in FEATURES.items():
            assert columns[name] == definition.column

    def test_features_of_some_regions_are_rebuilt(self, few):
        built_in = load_builtin_table().frame
        expected = built_in[built_in["region"].isin(FEW)].reset_index(drop=True)
        pd.testing.assert_frame_equal(few.frame, expected[few.frame.columns], **LAST_DIGIT)

    @pytest.mark.slow
    def test_is_rebuilt(self, data_dir, tmp_path):
        built = build_table(data_dir)
        shipped = load_builtin_table()
        # Text comes back from a file as another type of column, with another mark for missing.
        text = [name for name, column in shipped.columns.items() if column.role == "rupture"]
        again, frame = built.frame.drop(columns=text), shipped.frame.drop(columns=text)
        pd.testing.assert_frame_equal(again, frame, **LAST_DIGIT)
        again, frame = (table.frame[text].fillna("").to_numpy() for table in (built, shipped))
        assert again.tolist() == frame.tolist()
        assert built.columns == shipped.columns
        assert json.loads(json.dumps(dict(built.provenance))) == dict(shipped.provenance)


class TestOwnRegionsAndLayers:
    def test_same_bytes_again_whatever_else_is_built(self, few, data_dir, tmp_path):
        write_built_table(build_table(data_dir, regions=["man"], labels=False), tmp_path / "again.parquet")
        alone = few.select_rows(few.frame["region"] == "man", "")
        alone.frame.to_parquet(tmp_path / "part.parquet", index=False)
        assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "part.parquet").read_bytes()

    def test_a_region_outside_the_registry_with_a_shipped_trench(self, own_folder):
        # Cotabato has a trench line but no grids in the registry; the slab of Manila stands in for a file.
        for path in (own_folder / "slab2").glob("man_*"):
            shutil.copy(path.resolve(), path.with_name(path.name.replace("man", "cot")))
        table = build_table(own_folder, regions=["cot"], labels=False)
        assert table.frame["EGO_UP_AVE"].notna().all()
        # No table of the incoming plate either: global grids stand in where they are fine enough.
        assert table.frame["SRO_DG_AVE"].isna().all()
        assert table.frame["SED_STD"].notna().all()
        assert table.frame["SED_AVE"].notna().any()
        assert "10 arc-minutes, coarser" in table.provenance["coarser_features"]["cot"]["TRD"]
        reasons = table.provenance["empty_features"]["cot"]
        assert reasons["SRO_DG_AVE"].startswith("no table of the incoming plate for this region, and 10 arc")
        assert "near this trench" in reasons["CRD_UP_AVE"]
        assert {Path(entry["file"]).name[:3] for entry in table.provenance["own_files"]} == {"cot"}

    def test_trench_points_of_the_users_own(self, own_folder):
        points = own_folder / "points.csv"
        points.write_text(
            "lon,lat,az,bound,slab\n" + "".join(f"119.3,{lat},180.0,x,man\n" for lat in (15.0, 15.5, 16.0))
        )
        table = build_table(own_folder, regions=["man"], trench_points=points, labels=False)
        assert len(table) < len(load_builtin_table().frame.query("region == 'man'"))
        assert "points.csv" in [entry["file"] for entry in table.provenance["own_files"]]
        assert table.provenance["trench_lines"]["man"]["origin"] == "trench points of points.csv"
        assert table.provenance["rows"]["points.csv"]["used"] == 3
        with pytest.raises(InputError, match=r"of none of the regions \(given: points.csv with slab man"):
            build_table(own_folder, regions=["cot"], trench_points=points, labels=False)

    def test_a_table_of_the_incoming_plate_off_its_lattice_is_refused_by_region(self, own_folder):
        for path in (own_folder / "slab2").glob("man_*"):
            shutil.copy(path.resolve(), path.with_name(path.name.replace("man", "cot")))
        (own_folder / "seafloor" / "cot_BA_bath.csv").write_text(
            "lon,lat,depth,unc,elev,thickness\n121.0,6.0,5,1,-4000,300\n121.03,6.0,5,1,-4000,300\n"
        )
        with pytest.raises(InputError, match=r"files of cot: the points do not lie on a regular lattice"):
            build_table(own_folder, regions=["cot"], labels=False)

    def test_layers_of_yaml_become_features(self, data_dir, tmp_path):
        seamounts = pd.DataFrame({"x": [119.2, 119.3, 119.4], "y": [15.0, 15.1, 15.2], "z": [1.0, -9.0, 3.0]})
        seamounts.to_csv(tmp_path / "seamounts.csv", index=False)
        (tmp_path / "layers.yaml").write_text(f"""
layers:
  - name: TOPO
    path: {data_dir / "seafloor" / "gebco5x5.grd"}
    unit: m
    long_name: height
    citation: GEBCO
    side: [UP]
    statistics: [mean, p95, gradient]
  - {{name: MOUNT, path: seamounts.csv, unit: m, long_name: height of seamounts, citation: us,
      lon: x, lat: y, value: z, missing: -9, statistics: [count, max]}}
""")
        table = build_table(data_dir, regions=["man"], user_layers=tmp_path / "layers.yaml", labels=False)
        frame = table.frame
        assert (frame["TOPO_UP_P95"] >= frame["TOPO_UP_AVE"]).all()
        assert frame[["MOUNT_UP_CNT", "MOUNT_DG_CNT"]].to_numpy().sum() == 2
        assert np.nanmax(frame[["MOUNT_UP_MAX", "MOUNT_DG_MAX"]]) == 3.0
        assert table.columns["TOPO_UP_GRD"].unit == "m/km"

    def test_a_layer_with_a_taken_name_is_refused(self, data_dir, tmp_path):
        (tmp_path / "a.csv").write_text("lon,lat,value\n0,0,1\n")
        (tmp_path / "layers.yaml").write_text(
            "layers: [{name: EGO, path: a.csv, unit: m, long_name: x, citation: x, side: [UP]}]"
        )
        with pytest.raises(InputError, match=r"name is taken \(given: EGO_UP_AVE, EGO_UP_STD\)"):
            build_table(data_dir, regions=["man"], user_layers=tmp_path / "layers.yaml", labels=False)


class TestFaults:
    def test_region_without_slab(self, own_folder):
        with pytest.raises(SourceError, match=r"0 slab grids of this region .*hel_slab2_dep_<date>.grd"):
            build_table(own_folder, regions=["hel"], labels=False)

    def test_region_without_trench(self, own_folder):
        # The slab of Manila begins deeper here than any trench: nothing can stand for its trench line.
        for path in (own_folder / "slab2").glob("man_*"):
            with xr.open_dataset(path.resolve(), engine="h5netcdf") as grid:
                deeper = grid.assign(z=grid["z"] - 100.0) if "_dep_" in path.name else grid
                deeper.to_netcdf(path.with_name(path.name.replace("man", "own")), engine="h5netcdf")
        with pytest.raises(InputError, match=r"slab of own has no shallow edge .*--trench-points"):
            build_table(own_folder, regions=["own"], labels=False)

    def test_no_code_of_a_region(self, own_folder):
        with pytest.raises(
            InputError, match=r"no code of a region \(given: 'atlantis'; allowed: three lower"
        ):
            build_table(own_folder, regions=["atlantis"])

    def test_folder_without_slabs(self, tmp_path):
        with pytest.raises(SourceError, match="holds no slab depth grid"):
            build_table(tmp_path)

    def test_missing_layer(self, own_folder):
        (own_folder / GLOBAL_KEYS["geoid"]).unlink()
        with pytest.raises(SourceError, match=r"missing in the data folder .*earth-geoid-10arcmin.nc"):
            build_table(own_folder, regions=["man"], labels=False)

    def test_altered_layer(self, own_folder):
        path = own_folder / GLOBAL_KEYS["plate_poles"]
        text = path.read_text()
        path.unlink()
        path.write_text(text.replace("pa ", "pa  "))
        with pytest.raises(SourceError, match="SHA-256 differs"):
            build_table(own_folder, regions=["man"], labels=False)


class TestCommandLine:
    def test_build_writes_table_schema_and_attribution_and_says_what_is_empty(self, own_folder):
        out = own_folder / "out" / "table.csv"
        arguments = ["build", "--data-dir", str(own_folder), "--out", str(out), "--no-labels"]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        assert "22 segments of 1 regions" in result.output
        assert schema_path(out).is_file()
        text = attribution_path(out).read_text()
        assert "Hayes et al. (2018)" in text
        assert str(own_folder) not in text + schema_path(out).read_text()
        assert len(read_table(out, label_required=False)) == 22

    def test_data_path_fetch_and_verify(self, data_dir, own_folder):
        run = CliRunner().invoke
        key = GLOBAL_KEYS["geoid"]
        where = run(app, ["data", "path", key, "--data-dir", str(own_folder)])
        assert where.output.strip() == str(own_folder / key)
        got = run(app, ["data", "fetch", key, "--data-dir", str(own_folder)])
        assert got.stdout.strip() == "1 files at hand and proved."
        needed = run(app, ["data", "fetch", "--regions", "man", "--data-dir", str(own_folder)])
        assert needed.exit_code == 0, needed.output
        checked = run(app, ["data", "verify", "--data-dir", str(own_folder)])
        assert checked.exit_code == 0
        assert "19 ok" in checked.output.splitlines()[-1]
        (own_folder / key).unlink()
        (own_folder / key).write_bytes(b"half")
        broken = run(app, ["data", "verify", "--data-dir", str(own_folder)])
        assert broken.exit_code == 1
        assert f"altered\t{key}" in broken.output

    def test_verify_leaves_comparison_files_out(self, own_folder):
        assert not [check for check in verify_data(own_folder) if check.key.startswith("seed_study/")]
