"""Readers of points, kinematics, slip models, ruptures and the user's own layers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from megathrust import sources
from megathrust.core import InputError, SourceError
from megathrust.sources._kinematics import read_plate_lines, read_rotation_poles
from megathrust.sources._points import CRUST1_TOPS, read_crust1, read_strain_rates
from megathrust.sources._ruptures import read_rupture_outline
from megathrust.sources._srcmod import read_slip_model


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_strain_rates_with_any_line_end(tmp_path: Path) -> None:
    rows = ["longitude,latitude,exx,eyy,exy", "359.5,-65.75,-6.9E+01,5,1", "10,20,1,2,3"]
    frames = [
        read_strain_rates(write(tmp_path / "a.csv", end.join(rows) + end)) for end in ("\r", "\n", "\r\n")
    ]
    for frame in frames:
        pd.testing.assert_frame_equal(frame, frames[0])
    assert frames[0]["lon"].tolist() == [-0.5, 10.0]
    assert frames[0]["exx"].tolist() == pytest.approx([-6.9e-8, 1e-9])
    assert frames[0].attrs["units"]["exx"] == "1/yr"


def test_tables_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"columns are missing .*exy"):
        read_strain_rates(write(tmp_path / "a.csv", "longitude,latitude,exx,eyy\n1,2,3,4\n"))
    with pytest.raises(SourceError, match="has no rows"):
        read_strain_rates(write(tmp_path / "b.csv", "longitude,latitude,exx,eyy,exy\n"))
    with pytest.raises(SourceError, match="strain-rate table: the file is empty"):
        read_strain_rates(write(tmp_path / "c.csv", ""))
    with pytest.raises(SourceError, match="cannot be read"):
        read_strain_rates(write(tmp_path / "d.csv", "longitude,latitude,exx,eyy,exy\n1,2,x,4,5\n"))
    with pytest.raises(SourceError, match="a latitude is out of range"):
        read_strain_rates(write(tmp_path / "e.csv", "longitude,latitude,exx,eyy,exy\n1,95,3,4,5\n"))
    with pytest.raises(SourceError, match="64800 rows"):
        read_crust1(write(tmp_path / "f.bnds", "0 1 2 3 4 5 6 7 8\n"))
    with pytest.raises(SourceError, match="no rows"):
        read_rotation_poles(write(tmp_path / "g.txt", "\n"))
    with pytest.raises(SourceError, match="holds no line"):
        read_plate_lines(write(tmp_path / "h.txt", "AF-AN\n"))


def test_plate_lines_that_are_cut_or_of_three_numbers(tmp_path: Path) -> None:
    whole = "AF-AN\n 1.0,2.0\n 3.0,4.0\n***\n"
    assert len(read_plate_lines(write(tmp_path / "a.txt", whole))) == 2
    for text in (whole.replace("***\n", ""), whole.replace("2.0", "2.0,5.0").replace("4.0", "4.0,5.0")):
        with pytest.raises(SourceError, match="cannot be read as plate boundary lines"):
            read_plate_lines(write(tmp_path / "a.txt", text))


def test_every_registered_file_reads(data_dir: Path) -> None:
    slow = {"slip_model", "obspy_events", "slab_grid", "grid"}
    for source in sources.list_sources():
        if source.reader not in slow:
            data = sources.read_source(source.key, data_dir=data_dir)
            record = sources.row_record(data)
            assert record.file == Path(source.key).name
            assert record.read == record.used + sum(record.left_out.values())
            if isinstance(data, pd.DataFrame) and "lon" in data and source.topic != "seed_study":
                assert (
                    data["lon"]
                    .between(-180.0, 180.0, inclusive="left")
                    .where(data["lon"].notna(), True)
                    .all()
                )
                assert data.attrs["citation"]


def test_real_crust_and_moho(data_dir: Path) -> None:
    crust = sources.read_source("seafloor/crust1.bnds", data_dir=data_dir)
    tibet = crust[(crust["lon"] == 88.5) & (crust["lat"] == 32.5)].iloc[0]
    pacific = crust[(crust["lon"] == -150.5) & (crust["lat"] == -10.5)].iloc[0]
    assert tibet["mantle_km"] > 60.0 > 15.0 > pacific["mantle_km"]
    assert pacific["ice_km"] == pytest.approx(5.0, abs=1.0)
    tops = crust[[f"{name}_km" for name in CRUST1_TOPS]].to_numpy()
    assert np.all(np.diff(tops, axis=1) >= -1e-9)


def test_real_trench_velocity_signs(data_dir: Path) -> None:
    trenches = sources.read_source("kinematics/slabdip_subduction_data.csv", data_dir=data_dir)

    def median(column: str, west: float, east: float, south: float, north: float) -> float:
        inside = trenches["lon"].between(west, east) & trenches["lat"].between(south, north)
        return float(trenches.loc[inside, column].median())

    tonga, chile, marianas = (-176, -172, -22, -15), (-75, -70, -35, -20), (143, 150, 12, 22)
    assert median("trench_mm_yr", *tonga) < -30.0
    assert -10.0 < median("trench_mm_yr", *chile) < 0.0
    assert median("trench_mm_yr", *marianas) > 10.0
    assert 80.0 < median("normal_azimuth", *chile) < 120.0
    balance = trenches["subducting_mm_yr"] - trenches["convergence_mm_yr"] - trenches["trench_mm_yr"]
    assert balance.abs().median() < 1.0


def test_real_pb2002_steps(data_dir: Path) -> None:
    steps = sources.read_source("boundaries/PB2002_steps.csv", data_dir=data_dir)
    subduction = steps[steps["kind"] == "SUB"]
    assert len(steps) == 5819
    assert len(subduction) == 1127
    assert (subduction["divergence_mm_yr"] < 0).mean() > 0.95
    assert set(subduction.loc[subduction["boundary"] == "TO/PA", "subducting_plate"]) == {"PA"}
    assert set(subduction.loc[subduction["boundary"] == "NZ\\SA", "subducting_plate"]) == {"NZ"}
    assert set(steps.loc[steps["boundary"] == "NA-PA", "left_plate"]) == {"NA"}


def test_real_plate_lines_agree_between_layouts(data_dir: Path) -> None:
    dig, geojson = (
        sources.read_source(f"boundaries/PB2002_boundaries.{end}", data_dir=data_dir)
        for end in ("dig.txt", "json")
    )
    assert set(dig["name"]) == set(geojson["name"])
    assert dig["line"].nunique() == 229


def test_real_trench_points_and_seamounts(data_dir: Path) -> None:
    points = sources.read_source("boundaries/trenches_usgs_2017.csv", data_dir=data_dir)
    assert len(points) == 4677
    assert points["azimuth"].between(0, 360).all()
    assert {"alu", "sam", "jap"} <= set(points["region"])
    seamounts = sources.read_source("seafloor/gevorgian2023_seamounts_all.xyhrdnc", data_dir=data_dir)
    assert len(seamounts) == 43969
    assert seamounts["base_depth_m"].min() > 0.0


FSP = """\
% Event : Nowhere \t\t05/22/1960 \t[Somebody (1999)]
% EventTAG: s1960TEST
% Loc  : LAT  = -38.0 \tLON = 286.0 \tDEP = 25.0
% Size : LEN  = 40.0 km \tWID =  20.0 km \tMw = 9.50 \tMo = 2.0e+23 Nm
% Mech : STRK = 10.0 \tDIP = 15.0 \tRAKE = 999.0 \tHtop = 5.0 km
% Invs :  Nx  =  2 \tNz  = 1 \tFmin = 0 Hz
%   Coordinates are given for top-center of each subfault or segment: |'|
% SEGMENT #  1:  STRIKE =  10.0 deg       DIP =  15.0 deg
%                   LEN  =  20.00 km       WID =  20.00 km
%   Nsbfs =  2 subfaults
%    LAT     LON     X==EW     Y==NS     Z     SLIP    RAKE    TW1
-38.1 286.0 999.0 1.0 5.0 2.5 -999 1.0
-38.0 286.1 3.0 4.0 5.0 999 90.0 1.0
% SEGMENT #  2:  STRIKE =  20.0 deg       DIP =  25.0 deg
%                   LEN  =  10.00 km       WID =  12.00 km
%   Nsbfs =  1 subfaults
%    LAT     LON     X==EW     Y==NS     Z     SLIP    RAKE    TW1
-37.9 286.2 3.0 4.0 15.0 1.5 80.0 1.0
"""


def test_slip_model_of_two_planes(tmp_path: Path) -> None:
    model = read_slip_model(write(tmp_path / "a.fsp", FSP))
    assert (model.tag, model.lon, model.lat, model.depth_km) == ("s1960TEST", -74.0, -38.0, 25.0)
    assert (model.magnitude, model.moment_n_m, model.point) == (9.5, 2e23, "top-center")
    assert model.date == pd.Timestamp("1960-05-22", tz="UTC")
    assert np.isnan(model.rake)
    table = model.subfaults
    assert table["plane"].tolist() == [1, 1, 2]
    assert table["x_km"].iloc[0] == 999.0
    np.testing.assert_array_equal(table["slip_m"], [2.5, np.nan, 1.5])
    np.testing.assert_array_equal(table["rake"], [np.nan, 90.0, 80.0])
    assert table["strike"].tolist() == [10.0, 10.0, 20.0]
    assert table["length_km"].tolist() == [20.0, 20.0, 10.0]
    assert table["rise_time_s"].isna().all()


def test_slip_models_that_are_refused(tmp_path: Path) -> None:
    cut = FSP[: FSP.index("-38.0 286.1")]
    for text, message in (
        (cut, "plane 1 of the slip model is not whole"),
        (FSP.replace(" 90.0 1.0\n", " 90.0\n"), "plane 1 does not fit its heading"),
        (FSP[: FSP.index("% SEGMENT")], "holds no subfaults"),
        (FSP.replace("2.5", "two"), "cannot be read as a SRCMOD"),
    ):
        with pytest.raises(SourceError, match=message):
            read_slip_model(write(tmp_path / "a.fsp", text))


def test_every_real_slip_model_reads(data_dir: Path) -> None:
    every = sources.list_sources(layer="slip_models")
    assert len(every) == 455
    off = []
    for source in every:
        model = sources.read_source(source.key, data_dir=data_dir, verify=False)
        assert np.isfinite([model.lon, model.lat, model.depth_km, model.magnitude]).all()
        assert model.date is not pd.NaT
        assert (
            not model.subfaults[["lon", "lat", "depth_km", "slip_m", "strike", "dip"]].isna().any(axis=None)
        )
        if np.isnan(model.moment_n_m):
            off.append(model.tag)
    # One header contradicts itself: Mw 7.02 beside a moment ten times too small.
    assert off == ["s2016KUMAMO03KOBA"]


def test_real_rupture_outlines(data_dir: Path) -> None:
    outlines = {
        source.key.rpartition("/")[2]: sources.read_source(source.key, data_dir=data_dir)
        for source in sources.list_sources(layer="rupture_outlines")
    }
    assert len(outlines) == 18
    assert [name for name, outline in outlines.items() if not outline.polygons] == [
        "20171113_M6.5_Puntarenas__rupture_USGS.json"
    ]
    subfaults = outlines["20100227_M8.8_Maule__FFM.geojson"]
    assert len(subfaults.polygons) == 236
    assert subfaults.polygons[0][0, 2] == pytest.approx(16.99, abs=0.01)
    assert np.isfinite(subfaults.slip_m).all()
    for outline in outlines.values():
        assert outline.magnitude >= 6.5
        assert all(np.nanmax(ring[:, 2]) < 110.0 for ring in outline.polygons)


def test_outline_of_another_geometry(tmp_path: Path) -> None:
    metadata = {"lon": 190.0, "lat": 1.0, "depth": 5.0, "mag": 7.0, "time": "2001-01-01T00:00:00Z"}
    feature = {"properties": {}, "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}
    text = json.dumps({"metadata": metadata, "features": [feature]})
    with pytest.raises(SourceError, match="another geometry"):
        read_rupture_outline(write(tmp_path / "a.json", text))


def test_real_tsunami_sources(data_dir: Path) -> None:
    frames = {
        source.key.rpartition("/")[2][:9]: sources.read_source(source.key, data_dir=data_dir)
        for source in reversed(sources.list_sources(layer="tsunami_sources"))
    }
    sizes = {"chile1960": 108, "sumatra20": 22, "tohoku201": 55, "chile2010": 36}
    assert {name: len(frames[name]) for name in sizes} == sizes
    assert frames["tohoku201"]["slip_m"].max() == pytest.approx(69.14)
    assert frames["chile1960"]["uplift_m"].max() == pytest.approx(5.5)
    assert frames["chile2010"]["lat"].max() < -33.0
    assert frames["chile1960"]["lon"].between(-77, -72).all()


LAYERS = """\
layers:
  - name: HEAT
    path: heat.csv
    unit: mW/m2
    long_name: heat flow
    citation: me
    value: q
    missing: -1
    side: [DG]
    statistics: [mean, p90]
"""


def test_user_point_layer(tmp_path: Path) -> None:
    write(tmp_path / "heat.csv", "lon,lat,q\n200,10,50\n201,11,-1\n")
    (layer,) = sources.read_user_layers(write(tmp_path / "layers.yaml", LAYERS))
    assert (layer.side, layer.statistics, layer.is_grid) == (("DG",), ("mean", "p90"), False)
    frame = sources.read_layer(layer)
    assert frame["lon"].tolist() == [-160.0, -159.0]
    np.testing.assert_array_equal(frame["value"], [50.0, np.nan])
    assert frame.attrs["units"]["value"] == "mW/m2"


def test_user_geotiff_layer(tmp_path: Path) -> None:
    tags = ImageFileDirectory_v2()
    tags.tagtype.update({33550: 12, 33922: 12})
    tags[33550], tags[33922] = (10.0, 5.0, 0.0), (0.0, 0.0, 0.0, 170.0, 20.0, 0.0)
    Image.fromarray(np.array([[1, -1]], dtype=np.int32)).save(tmp_path / "heat.tif", tiffinfo=tags)
    text = LAYERS.replace("heat.csv", "heat.tif")
    (layer,) = sources.read_user_layers(write(tmp_path / "layers.yaml", text))
    np.testing.assert_array_equal(sources.read_layer(layer), [[np.nan, 1.0]])


def test_user_grid_layer(tmp_path: Path, data_dir: Path) -> None:
    text = LAYERS.replace("heat.csv", str(data_dir / "seafloor" / "age.3.20.nc"))
    (layer,) = sources.read_user_layers(write(tmp_path / "layers.yaml", text))
    grid = sources.read_layer(layer)
    assert (grid.name, grid.attrs["units"], grid.shape) == ("HEAT", "mW/m2", (541, 1080))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("unit: mW/m2", "units: mW/m2", r"layers\.0\.unit"),
        ("p90", "median", r"layers\.0\.statistics\.1.*unknown statistic 'median'"),
        ("[DG]", "[LEFT]", r"layers\.0\.side\.0"),
        ("HEAT", "heat flow", r"layers\.0\.name"),
        ("heat.csv", "heat.shp", "unknown kind of file 'heat.shp'"),
        ("layers:", "layers: [", "cannot be read as YAML"),
        ("layers:\n", "other:\n", "wrong at layers"),
    ],
)
def test_layer_files_that_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    write(tmp_path / "heat.csv", "lon,lat,q\n1,2,3\n")
    with pytest.raises(InputError, match=message):
        sources.read_user_layers(write(tmp_path / "layers.yaml", LAYERS.replace(old, new)))


def test_layer_names_and_files_must_exist_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"does not exist .*heat\.csv"):
        sources.read_user_layers(write(tmp_path / "layers.yaml", LAYERS))
    twice = LAYERS + LAYERS.partition("\n")[2]
    with pytest.raises(InputError, match="used twice: HEAT"):
        sources.read_user_layers(write(tmp_path / "layers.yaml", twice))
