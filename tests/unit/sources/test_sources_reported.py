"""The small inputs of public reports: each gives the right values, or one sentence that says why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from megathrust import sources
from megathrust.core import SourceError, TableError
from megathrust.sources._geotiff import read_geotiff
from megathrust.sources._srcmod import read_slip_model
from megathrust.table import read_study_folder, read_table


def test_rasters(cases_dir):
    read = {path.stem: path for path in cases_dir.glob("geotiff_*/*.tif")}
    assert read_geotiff(read["i8"]).values[::-1].tolist() == [[-5.0, 1.0], [2.0, 3.0]]
    assert read_geotiff(read["u32"]).values[::-1].tolist() == [[4e9, 1.0], [2.0, 3.0]]
    assert float(read_geotiff(read["scaled"]).max()) == pytest.approx(29.1)
    truncated = read_geotiff(read["f32_trunc"])
    np.testing.assert_array_equal(truncated[::-1], [[np.nan, 1.0], [2.0, 3.0]])
    north_up = read_geotiff(read["negsy"])
    assert north_up["lat"].values.tolist() == [37.5, 38.5, 39.5]
    assert float(north_up.sel(lon=143.5, lat=39.5)) == 241.0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MODIS_ARRAY_UTM.nc", "projected or unknown coordinates .*UTM Zone 15"),
        ("lcc_km.nc", "projected or unknown coordinates .*lambert_conformal_conic"),
        ("nocrs.tif", "a longitude is out of range"),
    ],
)
def test_projected_layers_are_refused_by_name(cases_dir, tmp_path, name, message):
    text = "layers:\n- {name: CRUST, path: FILE, unit: km, long_name: Moho, citation: me}\n"
    (tmp_path / "layers.yaml").write_text(text.replace("FILE", str(cases_dir / "projected_netcdf" / name)))
    (layer,) = sources.read_user_layers(tmp_path / "layers.yaml")
    with pytest.raises(SourceError, match=f"^layer CRUST: .*{message}"):
        sources.read_layer(layer)


def test_valid_range(cases_dir):
    grid = sources.read_grid(cases_dir / "netcdf_valid_range" / "valid_range.nc")
    assert (float(grid.min()), float(grid.max())) == (2.0, 9.0)


def test_text_tables(cases_dir, tmp_path):
    text = "layers:\n- {name: HEAT, path: FILE, unit: '1', long_name: heat, citation: me}\n"

    def layer(name):
        (tmp_path / "layers.yaml").write_text(text.replace("FILE", str(cases_dir / name)))
        return sources.read_layer(sources.read_user_layers(tmp_path / "layers.yaml")[0])

    assert layer("hash_header/gmt.txt").iloc[0].tolist() == [10.5, 20.5, 61.0]
    assert layer("trailing_comma/layer.csv").iloc[0].tolist() == [10.5, 20.5, 61.0]
    with pytest.raises(SourceError, match=r"layer_extra_field\.csv, line 2 with 4"):
        layer("trailing_comma/layer_extra_field.csv")
    table = read_table(cases_dir / "table_traceback" / "t_trail.csv", label="MW")
    assert table.magnitudes().tolist() == [7.4, 8.3, 7.3]
    assert read_table(cases_dir / "lon360_table" / "t_360.csv", label="MW").frame["lon"][0] == -80.0
    folder = read_study_folder(cases_dir / "study_folder_trailing_comma", label="MW")
    assert folder.magnitudes().tolist() == [7.4, 8.3, 7.3]
    with pytest.raises(TableError, match="columns are missing"):
        read_table(cases_dir / "trailing_comma" / "layer.csv")


def test_event_files(cases_dir):
    pytest.importorskip("obspy")
    two = sources.read_obspy_events(cases_dir / "quakeml_time_of_other_origin" / "two_hypocentres.xml").iloc[
        0
    ]
    assert two["time"] == pd.Timestamp("2012-04-11T08:38:37.30Z")
    assert (two["lon"], two["lat"], two["depth_km"], two["magnitude"]) == (93.063, 2.327, 26.3, 8.6)
    pde = sources.read_obspy_events(cases_dir / "pde_first_mechanism" / "pde2010031408.xml").iloc[0]
    assert (pde["magnitude"], pde["moment_n_m"], pde["mrr"], pde["strike1"]) == (6.5, 7.9e18, 5.48e18, 19.0)
    ndk = sources.read_obspy_events(cases_dir / "ndk_negative_depth" / "neg_first.ndk")
    assert ndk["depth_km"].tolist() == [-1.1, 34.6]


def test_slip_models(cases_dir):
    read = {path.stem: read_slip_model(path) for path in cases_dir.glob("fsp_number_dialects/*.fsp")}
    assert sorted(read) == ["decimal_comma", "fortran_d", "plain", "space_e"]
    for model in read.values():
        assert (model.magnitude, model.moment_n_m) == (7.88, 8.7168776e20)
