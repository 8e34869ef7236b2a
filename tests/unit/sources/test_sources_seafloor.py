"""Lines, polygons and depths of the sea floor, and tsunami sources in their newer layouts."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import shapefile
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose

from megathrust.core import SourceError
from megathrust.sources import row_record
from megathrust.sources._ruptures import read_tsunami_source
from megathrust.sources._seafloor import read_gmt_lines, read_polygons, read_trench_depths

degrees = st.floats(-179.0, 179.0).map(lambda value: round(value, 4))


class TestLines:
    @given(lines=st.lists(st.lists(st.tuples(degrees, degrees.map(lambda x: x / 2)), min_size=2), min_size=1))
    def test_every_vertex_of_every_line_in_order(self, lines, tmp_path_factory):
        path = tmp_path_factory.mktemp("lines") / "a.gmt"
        blocks = ['>\n# @D"Untitled"|1\n' + "".join(f"{x!r} {y!r} 0\n" for x, y in line) for line in lines]
        path.write_text("# @VGMT1.0\n# FEATURE_DATA\n" + "".join(blocks))
        frame = read_gmt_lines(path)
        assert_allclose(frame[["lon", "lat"]], [point for line in lines for point in line])
        assert frame.groupby("line").size().tolist() == [len(line) for line in lines]

    def test_a_point_alone_is_no_line_and_is_counted(self, tmp_path):
        path = tmp_path / "a.gmt"
        path.write_text(">\n1 2\n>\n3 4\n5 6\n")
        frame = read_gmt_lines(path)
        assert frame["line"].tolist() == [1, 1]
        assert row_record(frame).left_out == {"lines of a single point": 1}

    @pytest.mark.parametrize("text", ["# nothing\n", "1 2\n>\n", ">\na b\n", ">\n1\n"])
    def test_refuses_what_is_no_line(self, tmp_path, text):
        path = tmp_path / "a.gmt"
        path.write_text(text)
        with pytest.raises(SourceError, match="lines of GMT"):
            read_gmt_lines(path)


class TestPolygons:
    ring = ((10.0, 0.0), (10.0, 5.0), (15.0, 5.0), (15.0, 0.0), (10.0, 0.0))
    hole = ((11.0, 1.0), (12.0, 1.0), (12.0, 2.0), (11.0, 2.0), (11.0, 1.0))

    def write(self, path, kind=shapefile.POLYGON):
        with shapefile.Writer(str(path), shapeType=kind) as writer:
            writer.field("NAME", "C")
            if kind == shapefile.POLYGON:
                writer.poly([self.ring, self.hole])
                writer.poly([self.ring])
            else:
                writer.line([self.ring])
                writer.record("a")
                return path.with_suffix(".shp")
            writer.record("a")
            writer.record("b")
        return path.with_suffix(".shp")

    def test_rings_and_holes_are_told_apart(self, tmp_path):
        frame = read_polygons(self.write(tmp_path / "a"))
        assert frame.groupby(["polygon", "ring"]).size().to_dict() == {(0, 0): 5, (0, 1): 5, (1, 0): 5}
        assert_allclose(frame[frame["ring"] == 1][["lon", "lat"]], self.hole)

    def test_lines_and_damaged_files_are_refused(self, tmp_path):
        with pytest.raises(SourceError, match="something else than polygons"):
            read_polygons(self.write(tmp_path / "b", shapefile.POLYLINE))
        (tmp_path / "c.shp").write_bytes(b"nothing")
        with pytest.raises(SourceError, match="shapefile of polygons"):
            read_polygons(tmp_path / "c.shp")


def test_trench_depths_are_positive_down(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("lon,lat,az,bound,slab,depth\n184.0,55.2,296.6,PA/NA,alu,6.3\n")
    (row,) = read_trench_depths(path).to_dict("records")
    assert row == {"lon": -176.0, "lat": 55.2, "region": "alu", "depth_km": 6.3}


class TestTsunamiSources:
    def test_subfaults_by_their_centres_in_any_longitudes(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text(
            '"lonc","latc","depthc","length","width","strike","rake","slip"\n287.5,-38.9,63,25,25,16,110,2\n'
        )
        (row,) = read_tsunami_source(path, citation="me").to_dict("records")
        assert (row["lon"], row["depth_km"], row["slip_m"], row["rake"]) == (-72.5, 63.0, 2.0, 110.0)
        assert np.isnan(row["dip"])
        assert np.isnan(row["uplift_m"])

    def test_uplift_of_a_raster_without_what_hardly_rises(self, tmp_path):
        path = tmp_path / "a.tif"
        values = np.array([[0.0, 0.005], [0.02, 1.0]], dtype=np.float32)
        profile = {
            "driver": "GTiff",
            "width": 2,
            "height": 2,
            "count": 1,
            "dtype": "float32",
            "crs": "EPSG:4326",
        }
        with rasterio.open(
            path, "w", transform=rasterio.Affine(1, 0, 180.0, 0, -1, -20.0), **profile
        ) as raster:
            raster.write(values, 1)
        frame = read_tsunami_source(path)
        assert_allclose(
            frame.sort_values("uplift_m")[["lon", "lat", "uplift_m"]],
            [[-179.5, -21.5, 0.02], [-178.5, -21.5, 1.0]],
        )
        assert row_record(frame).left_out == {"that hardly rise": 2}
