"""The tool that turns the GeoJSON of PB2002 into shipped lines."""

from __future__ import annotations

import gzip
import json
import runpy
from pathlib import Path

import pytest
import shapely

TOOL = Path(__file__).resolve().parents[3] / "tools" / "make_plate_boundaries.py"


def collection(*lines):
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}
            for line in lines
        ],
    }


def test_lines_that_meet_become_one_and_lose_needless_points():
    lines = runpy.run_path(str(TOOL))["boundary_lines"](
        collection([[0, 0], [1, 0.001], [2, 0]], [[2, 0], [2, 3.00049]], [[10, 10], [11, 10]])
    )
    assert sorted(shapely.get_coordinates(line).tolist() for line in lines.geoms) == [
        [[0.0, 0.0], [2.0, 0.0], [2.0, 3.0]],
        [[10.0, 10.0], [11.0, 10.0]],
    ]


def test_the_same_source_gives_the_same_bytes_with_licence_and_provenance(tmp_path):
    source = tmp_path / "PB2002_boundaries.json"
    source.write_text(json.dumps(collection([[0, 0], [1, 1]])))
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        runpy.run_path(str(TOOL))["main"](str(source), str(tmp_path / name))
        written.append((tmp_path / name / "plate_boundaries.wkb.gz").read_bytes())
    assert written[0] == written[1]
    assert shapely.from_wkb(gzip.decompress(written[0])).length == pytest.approx(2**0.5)
    about = json.loads((tmp_path / "one" / "plate_boundaries_provenance.json").read_text())
    assert "Attribution License" in about["licence"]
    assert about["vertices"] == 2
