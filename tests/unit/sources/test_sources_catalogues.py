"""Catalogue readers: every layout ends in the same tidy event frame."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megathrust import sources
from megathrust.core import SourceError, magnitude_from_moment
from megathrust.sources._catalogues import NOAA_MAGNITUDES, read_comcat, read_isc_gem, read_noaa
from megathrust.sources._events import utc_times
from megathrust.sources._registry import layer_source

TENSOR = ["mrr", "mtt", "mpp", "mrt", "mrp", "mtp"]


def scalar_moment(frame: pd.DataFrame) -> np.ndarray:
    """Euclidean scalar moment of tensors (Silver & Jordan 1982)."""
    diagonal, off = frame[TENSOR[:3]].to_numpy(), frame[TENSOR[3:]].to_numpy()
    return np.sqrt((diagonal**2).sum(axis=1) / 2 + (off**2).sum(axis=1))


def assert_tidy(frame: pd.DataFrame) -> None:
    assert list(frame.columns) == list(sources.EVENT_COLUMNS)
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    assert frame["event_id"].is_unique
    assert frame["time"].notna().all()
    assert frame["depth_km"].dropna().between(-5, 750).all()
    assert frame.attrs["units"]["depth_km"] == "km"


@pytest.mark.parametrize(
    ("layer", "count", "tensors"),
    [
        ("events_isc_gem", 24375, 12519),
        ("events_isc_gem_usgs", 9210, 0),
        ("events_comcat", 9802, 0),
        ("events_focal_join", 9210, 0),
        ("events_gcmt_list", 28465, 0),
        ("events_noaa", 5829, 0),
        ("events_gcmt", 467, 467),
    ],
)
def test_real_catalogues_are_tidy(data_dir: Path, layer: str, count: int, tensors: int) -> None:
    frame = sources.read_source(layer_source(layer).key, data_dir=data_dir)
    assert_tidy(frame)
    assert len(frame) == count
    known = frame[frame["mrr"].notna()]
    assert len(known) == tensors
    if tensors:
        np.testing.assert_allclose(scalar_moment(known), known["moment_n_m"], rtol=0.21)
        off = np.abs(magnitude_from_moment(known["moment_n_m"]) - known["magnitude"])
        assert off.median() < 0.02


def test_same_giant_in_three_catalogues(data_dir: Path) -> None:
    rows = []
    for layer in ("events_isc_gem", "events_gcmt", "events_comcat"):
        frame = sources.read_source(layer_source(layer).key, data_dir=data_dir)
        day = frame[frame["time"].dt.strftime("%Y-%m-%d") == "2011-03-11"]
        rows.append(day.loc[day["magnitude"].idxmax()])
    for row in rows:
        assert row["magnitude"] == pytest.approx(9.1, abs=0.06)
        assert row["lon"] == pytest.approx(142.7, abs=0.7)
        assert abs((row["time"] - rows[0]["time"]).total_seconds()) < 5.0
    np.testing.assert_allclose(
        rows[0][TENSOR].astype(float), rows[1][TENSOR].astype(float), atol=0.02 * rows[1]["moment_n_m"]
    )


def test_gcmt_positions(data_dir: Path) -> None:
    path = sources.source_path("catalogues/gcmt_7+_icons.geojson", data_dir=data_dir)
    centroid, hypocentre = (sources.read_gcmt_geojson(path, position=p) for p in ("centroid", "hypocentre"))
    assert centroid.loc[0, "depth_km"] == pytest.approx(47.8)
    assert hypocentre.loc[0, "depth_km"] == pytest.approx(59.0)
    assert hypocentre.loc[0, "time"] == pd.Timestamp("1976-01-01T01:29:39.6", tz="UTC")
    assert centroid.loc[0, "time"] == pd.Timestamp("1976-01-01T01:29:53.4", tz="UTC")


def test_focal_join_moment_is_newton_metres(data_dir: Path) -> None:
    frame = sources.read_source("catalogues/iscgem_gcmt_focal_join_1950_2021_M6.csv", data_dir=data_dir)
    known = frame[frame["moment_n_m"].notna()]
    assert len(known) == 4874
    assert np.abs(magnitude_from_moment(known["moment_n_m"]) - known["magnitude"]).max() < 0.3


NOAA_HEAD = [
    *["I_D", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "FOCAL_DEPTH", "LATITUDE", "LONGITUDE"],
    *NOAA_MAGNITUDES,
]


def test_noaa_magnitude_order_and_precision(tmp_path: Path) -> None:
    rows = [
        ["1", "-479", "", "", "", "", "", "", " 39.7", " 23.3", "", " 7.0", "", "", "", "6.0"],
        ["2", "1700", "1", "27", "5", "0", "", "20", "45.0", "235.0", "9.0", "8.5", "", "", "", ""],
        ["3", "1800", "", "5", "", "", "", "", "", "", "", "", "", "", "", ""],
    ]
    text = "\n".join("\t".join(row) for row in [NOAA_HEAD, *rows])
    path = tmp_path / "noaa.tsv"
    path.write_text(text)
    frame = read_noaa(path)
    assert_tidy(frame)
    assert frame["magnitude_type"].tolist() == ["Ms", "Mw", ""]
    np.testing.assert_array_equal(frame["magnitude"], [7.0, 9.0, np.nan])
    assert frame["time_precision"].tolist() == ["year", "minute", "year"]
    assert frame["time"].dt.year.tolist() == [-479, 1700, 1800]
    assert frame["lon"].iloc[1] == -125.0


def test_seconds_of_sixty_carry_over() -> None:
    assert utc_times(1999, 12, 31, 23, 59, 60.0)[0] == pd.Timestamp("2000-01-01", tz="UTC")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((2000, 13, 1), "no month 13"),
        ((2000, 0, 1), "no month 0"),
        ((2001, 2, 29), "no day 29"),
        ((2000, [1, 4], [31, 31]), r"no day 31 \(row 1\)"),
        ((2000, 1, 1, 25), "no hour 25"),
        ((2000, 1, 1, 1, -1), "no minute -1"),
        ((2000, 1, 1, 1, 1, 75.0), "no second 75"),
    ],
)
def test_dates_that_the_calendar_does_not_have_are_refused(parts: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        utc_times(*parts)


def test_isc_gem_scaling_and_zero_tensor(tmp_path: Path) -> None:
    head = (
        "eventID,year,month,day,hour,minute,second,longitude,latitude,depth,magnitude,moment,scaling,"
        "mpp,mpr,mrr,mrt,mtp,mtt"
    )
    path = tmp_path / "a.csv"
    path.write_text(
        f"{head}\n1,2000,1,1,0,0,1.5,200,1,10,6.3,1.5,18,1,2,3,4,5,-4\n"
        "2,2000,1,2,0,0,0,1,1,10,6.0, , ,0,0,0,0,0,0\n"
    )
    frame = read_isc_gem(path)
    np.testing.assert_allclose(frame.loc[0, TENSOR].astype(float), np.array([3, -4, 1, 4, 2, 5]) * 1e18)
    assert frame.loc[1, TENSOR].isna().all()
    assert frame.loc[0, "moment_n_m"] == pytest.approx(1.5e18)


def test_unreadable_catalogues(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("usgs_id,usgs_mag\n1,2\n")
    with pytest.raises(SourceError, match="columns are missing"):
        read_comcat(path)
    path.write_text("usgs_id,usgs_mag,event_at,latitude,longitude,depth\na,6,yesterday,1,2,3\n")
    with pytest.raises(SourceError, match="cannot be read as event table"):
        read_comcat(path)
    path.write_text('{"type": "FeatureCollection"}')
    with pytest.raises(SourceError, match="cannot be read as GCMT GeoJSON"):
        sources.read_gcmt_geojson(path)


def test_without_obspy_the_message_says_how_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obspy", None)
    with pytest.raises(SourceError, match=r"pip install 'megathrust\[catalogs\]'"):
        sources.read_obspy_events(tmp_path / "a.ndk")


def test_ndk_quakeml_and_event_text(data_dir: Path, tmp_path: Path) -> None:
    obspy = pytest.importorskip("obspy")
    lines = (data_dir / "catalogues" / "JAPAN_NDK_bundle_2019.ndk").read_text().splitlines(keepends=True)
    ndk = tmp_path / "few.ndk"
    ndk.write_text("".join(lines[:15]))
    frame = sources.read_obspy_events(ndk, citation="GCMT")
    assert_tidy(frame)
    assert len(frame) == 3
    first = frame.iloc[0]
    assert (first["event_id"], first["lon"], first["depth_km"]) == ("B081367X", 135.3, 357.0)
    assert first["time"] == pd.Timestamp("1967-08-13T20:06:50.6", tz="UTC")
    centroid = sources.read_obspy_events(ndk, position="centroid").iloc[0]
    assert (centroid["lon"], centroid["depth_km"]) == (134.86, 357.7)
    assert centroid["time"] == pd.Timestamp("1967-08-13T20:06:55.8", tz="UTC")
    assert first["mrr"] == pytest.approx(-1.65e18)
    assert first["moment_n_m"] == pytest.approx(3.06e18)
    assert (first["strike1"], first["dip1"], first["rake1"], first["t_plunge"]) == (100, 28, -46, 23)
    obspy.read_events(str(ndk)).write(str(tmp_path / "few.xml"), format="QUAKEML")
    again = sources.read_obspy_events(tmp_path / "few.xml")
    pd.testing.assert_frame_equal(again[TENSOR], frame[TENSOR])
    text = tmp_path / "few.txt"
    text.write_text(
        "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude|"
        "MagAuthor|EventLocationName|EventType\n"
        "us1|2011-03-11T05:46:24.12|38.297|142.373|29.0|us|us|us|us1|mww|9.1|us|Tohoku|earthquake\n"
    )
    event = sources.read_obspy_events(text).iloc[0]
    assert (event["magnitude"], event["magnitude_type"], event["depth_km"]) == (9.1, "mww", 29.0)
    assert event["event_id"] == "us1"


@pytest.mark.slow
def test_whole_ndk_file(data_dir: Path) -> None:
    frame = sources.read_source("catalogues/JAPAN_NDK_bundle_2019.ndk", data_dir=data_dir)
    assert len(frame) == 2501
    assert frame[TENSOR].notna().all(axis=None)
