"""Catalogues of newer layouts, and events and ruptures of the user's own."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from megathrust.core import SourceError
from megathrust.sources import EVENT_COLUMNS, read_events, read_own_ruptures, row_record
from megathrust.sources._event_tables import (
    read_event_table,
    read_fdsn_csv,
    read_isc_gem_csv,
    read_isc_gem_kmz,
)

PLACEMARK = """<Placemark><name>Event {id}</name><description><![CDATA[Origin time : {time}<br>
    Lat = {lat} Lon = {lon}  quality B<br>
    Depth = 15.0  quality C<br>
<br>
    Mw = {mw} direct , quality C]]></description><Point/></Placemark>
"""
HEADING = (
    "# ISC-GEM Global Instrumental Earthquake Catalogue\n"
    "# date , lat , lon , smajax , sminax , strike, q , depth , unc , q , mw , unc , q , s , mo , fac , "
    "mo_auth , mpp , mpr , mrr , mrt , mtp , mtt , str1 , dip1 , rake1 , str2 , dip2 , rake2 , type , "
    "eventid\n"
)
FDSN = "time,latitude,longitude,depth,mag,magType,id,type\n"


def kmz(path, *marks):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat.kml", "<kml><Document>" + "".join(marks) + "</Document></kml>")
    return path


def geojson(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def rupture(geometry=None, **properties):
    told = {"date": "1960-05-22", "mw": 9.5, "quality": "A", "source": "me"} | properties
    ring = [[-74.0, -38.0], [-73.0, -38.0], [-73.0, -39.0], [-74.0, -38.0]]
    return {
        "type": "Feature",
        "properties": {name: value for name, value in told.items() if value is not None},
        "geometry": geometry or {"type": "Polygon", "coordinates": [ring]},
    }


class TestIscGem:
    def test_kmz_gives_every_event_and_counts_what_is_none(self, tmp_path):
        marks = [
            PLACEMARK.format(id=7, time="1904-04-04 10:02:34.56", lat=41.802, lon=23.108, mw=6.84),
            "<Placemark><name>Legend</name><description>none</description></Placemark>",
            PLACEMARK.format(id=8, time="2016-12-30 12:56:12.43", lat=-30.5, lon=-177.7, mw=5.48),
        ]
        frame = read_isc_gem_kmz(kmz(tmp_path / "a.kmz", *marks))
        assert list(frame) == list(EVENT_COLUMNS)
        assert list(frame["event_id"]) == ["iscgem7", "iscgem8"]
        assert frame["time"][0] == pd.Timestamp("1904-04-04T10:02:34.56", tz="UTC")
        numbers = [[23.108, 41.802, 15, 6.84], [-177.7, -30.5, 15, 5.48]]
        assert_allclose(frame[["lon", "lat", "depth_km", "magnitude"]], numbers)
        assert row_record(frame).left_out == {"placemarks without an origin or an Mw": 1}

    @pytest.mark.parametrize("content", [b"no archive", None])
    def test_refuses_what_is_no_kmz(self, tmp_path, content):
        path = tmp_path / "a.kmz"
        kmz(path, "<Placemark/>") if content is None else path.write_bytes(content)
        with pytest.raises(SourceError, match="KMZ of the ISC-GEM"):
            read_isc_gem_kmz(path)

    def test_csv_of_the_newer_layout_keeps_tensor_and_planes_together(self, tmp_path):
        path = tmp_path / "cat.csv"
        tensor = "0.1,-0.2,1.0,3.8,0.4,-1.1"
        path.write_text(
            HEADING
            + "2004-12-26 00:58:53.45, 3.3, 95.98, 9, 9, 9, A, 30.0, 9, A, 9.0, 0.1, A, d,"
            + f"4.0, 22, GCMT, {tensor}, 329, 8, 110, 129, 83, 87, BDC, 7453151\n"
            + "1904-01-20 14:51:36.41, 7.8, -81.98, 9, 9, 9, C, 10.0, 9, C, , , D"
            + ", " * 18
            + "5\n"
        )
        frame = read_isc_gem_csv(path)
        great, small = frame.iloc[0], frame.iloc[1]
        assert_allclose(great["moment_n_m"], 4.0e22)
        assert_allclose(great[["mpp", "mrp", "mrr", "mtt"]].astype(float), [1e21, -2e21, 1e22, -1.1e22])
        assert (great["strike1"], great["dip1"], great["rake2"]) == (329.0, 8.0, 87.0)
        assert np.isnan(small["magnitude"])
        assert small["magnitude_type"] == ""
        assert list(read_events(path)["event_id"]) == ["own:iscgem7453151", "own:iscgem5"]

    def test_csv_with_another_order_of_columns_is_refused(self, tmp_path):
        path = tmp_path / "cat.csv"
        path.write_text(HEADING.replace("lat , lon", "lon , lat") + "x\n")
        with pytest.raises(SourceError, match="the heading of the ISC-GEM catalogue is another one"):
            read_isc_gem_csv(path)

    def test_published_files_are_read_wholly(self, data_dir):
        folder = data_dir / "catalogues"
        counts = {
            "isc-gem-v7.kmz": (read_isc_gem_kmz, 39_160),
            "isc-gem-v7-suppl.csv": (read_isc_gem_csv, 7_152),
            "usgs_M6_1900-2023-09.csv": (read_fdsn_csv, 13_857),
        }
        for name, (reader, count) in counts.items():
            if not (folder / name).is_file():
                pytest.skip(f"no {name}")
            frame = reader(folder / name)
            assert len(frame) == count, name
        assert frame["time"].max() >= pd.Timestamp("2023-09-21", tz="UTC")


class TestEventTables:
    def test_fdsn_takes_earthquakes_and_every_kind_of_mw(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text(
            FDSN
            + "2023-09-21T21:11:49.950Z,-14.0,167.2,188.4,6.1,mww,us1,earthquake\n"
            + "1963-05-17T19:21:21.000Z,37.1,-116.0,0,6.0,mb,us2,nuclear explosion\n"
            + "1950-05-17T19:21:21.000Z,37.1,190.0,,6.3,ms,us3,earthquake\n"
        )
        frame = read_fdsn_csv(path)
        assert list(frame["magnitude_type"]) == ["Mw", "ms"]
        assert_allclose(frame["lon"], [167.2, -170.0])
        assert row_record(frame).left_out == {"of another type than earthquake": 1}
        assert set(read_events(path)["event_id"]) == {"own:us1", "own:us3"}

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.csv", "Id,Date,Longitude,Latitude,Depth,Mw\nx,1700-01-27,235,45,,9.0\n"),
            ("a.tsv", "time\tlon\tlat\tmag\tmagtype\n1700-01-27\t-125\t45\t9.0\tMw\n"),
            ("a.txt", "# time lon lat mw\n1700-01-27 -125 45 9.0\n"),
        ],
    )
    def test_a_table_of_ones_own_by_any_of_its_names(self, tmp_path, name, text):
        path = tmp_path / name
        path.write_text(text)
        (event,) = read_events(path).to_dict("records")
        assert (event["lon"], event["lat"], event["magnitude"]) == (-125.0, 45.0, 9.0)
        assert (event["magnitude_type"], event["time_precision"]) == ("Mw", "day")
        assert event["event_id"].startswith("own:")

    @pytest.mark.parametrize(
        ("text", "precision"), [("1700", "year"), ("1700-01", "month"), ("1700-01-27T05", "hour")]
    )
    def test_a_short_time_stands_for_its_span(self, tmp_path, text, precision):
        path = tmp_path / "a.csv"
        path.write_text(f"time,lon,lat,mw\n{text},-125,45,9.0\n")
        frame = read_event_table(path)
        assert frame["time_precision"].tolist() == [precision]
        assert frame["time"][0].year == 1700

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("time,lon,lat,mag\n1700,1,2,9\n", "does not say of which kind"),
            ("time,lon,mw\n1700,1,9\n", "lacks columns"),
            ("time,lon,lat,mw\nsoon,1,2,9\n", "cannot be read"),
            ("time,lon,lat,mw\n1700,500000,4000000,9\n", "no degrees"),
            ("id,time,lon,lat,mw\na,1700,1,2,9\na,1701,1,2,9\n", "identifier"),
        ],
    )
    def test_refuses_in_one_sentence(self, tmp_path, text, words):
        path = tmp_path / "a.csv"
        path.write_text(text)
        with pytest.raises(SourceError, match=words):
            read_events(path)

    def test_what_nobody_reads_is_refused_with_what_to_give(self, tmp_path):
        pytest.importorskip("obspy")
        path = tmp_path / "a.bin"
        path.write_bytes(b"\x00\x01 nothing")
        with pytest.raises(SourceError, match=r"no catalogue that can be read.*columns time, lon, lat"):
            read_events(path)


class TestOwnRuptures:
    @pytest.mark.parametrize(
        ("geometry", "count"),
        [
            ({"type": "LineString", "coordinates": [[286, -38], [287, -39, 10]]}, 2),
            ({"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]], [[-73, -40], [-73, -41]]]}, 4),
            ({"type": "MultiPolygon", "coordinates": [[[[1, 2], [2, 2], [2, 3], [1, 2]]]] * 2}, 8),
        ],
    )
    def test_every_part_of_a_geometry_counts(self, tmp_path, geometry, count):
        given = read_own_ruptures(geojson(tmp_path / "r.geojson", rupture(geometry)))
        assert given.ruptures[0].points.shape == (count, 2)
        assert np.abs(given.ruptures[0].points[:, 0]).max() <= 180.0
        assert row_record(given).used == 1

    def test_properties_by_any_of_their_names(self, tmp_path):
        feature = rupture(
            mw=None, Magnitude="8.7", quality="d", source=None, REFERENCE="Smith 1999", date="0869-07"
        )
        (one,) = read_own_ruptures(geojson(tmp_path / "r.geojson", feature)).ruptures
        assert (one.magnitude, one.quality, one.source, one.time_precision) == (
            8.7,
            "D",
            "Smith 1999",
            "month",
        )
        assert (one.time.year, one.time.month, one.name, one.region) == (869, 7, "rupture 1", "")

    @pytest.mark.parametrize(
        ("feature", "words"),
        [
            (rupture(date=None), "no date"),
            (rupture(mw=None), "no magnitude"),
            (rupture(source=None), "no source"),
            (rupture(quality="E"), "quality of a rupture is none"),
            (rupture(date="22/05/1960"), "date of a rupture is none"),
            (rupture(date="1960-02-30"), "date of a rupture is none"),
            (rupture(mw="9,5"), "magnitude of a rupture is none"),
            (rupture(mw=95), "magnitude of a rupture is none"),
            (rupture({"type": "Point", "coordinates": [1, 2]}), "another geometry"),
            (rupture({"type": "LineString", "coordinates": [[1, 2]]}), "fewer than two points"),
            (rupture({"type": "LineString", "coordinates": [[5e5, 4e6], [5e5, 4e6]]}), "no degrees"),
        ],
    )
    def test_refuses_in_one_sentence_that_names_the_feature(self, tmp_path, feature, words):
        with pytest.raises(SourceError, match=words) as error:
            read_own_ruptures(geojson(tmp_path / "r.geojson", rupture(), feature))
        assert "feature 2" in str(error.value)

    def test_refuses_a_file_without_features(self, tmp_path):
        with pytest.raises(SourceError, match="holds no ruptures"):
            read_own_ruptures(geojson(tmp_path / "r.geojson"))
