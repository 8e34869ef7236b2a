"""What a reader of the log is told of a built table."""

from __future__ import annotations

from dataclasses import replace

from megathrust.pipelines.build import build_lines
from megathrust.pipelines.build._trenches import SHIPPED, SLAB_EDGE
from megathrust.sources import list_sources
from megathrust.testing import synthetic_table


def record(read, used, **reasons):
    return {"unit": "subfaults", "read": read, "used": used, "left_out": {}, "withheld": {}} | reasons


def test_every_source_trench_and_lack_is_told_once():
    models = [source.key for source in list_sources(layer="slip_models")]
    rows = {key: record(10, 9, left_out={"no place": 1}) for key in models}
    rows |= {"own.csv": record(3, 3, unit="rows"), "seafloor/sedmap.grd": record(7, 7, unit="nodes")}
    provenance = {
        "rows": rows,
        "trench_lines": {
            "sam": {"origin": SHIPPED, "length_km": 6478.5, "parts_left_out_km": []},
            "xyz": {"origin": SLAB_EDGE, "length_km": 900.0, "parts_left_out_km": [250.0, 120.5]},
        },
        "labels_without_published_ruptures": ["xyz"],
        "coarser_features": {"xyz": {"SED_AVE": "a coarse grid"}},
        "empty_features": {"xyz": {"SRO": "too coarse", "AGE": "no age", "SRS": "too coarse"}},
    }
    assert build_lines(replace(synthetic_table(), provenance=provenance)) == [
        "# 455 files of slip_models: 4550 subfaults read, 4095 used; left out: 455 no place",
        "# own.csv: 3 rows read, 3 used",
        "# seafloor/sedmap.grd: 7 nodes read, 7 used",
        "xyz: trench line of 900 km from the shallow edge of the slab depth grid",
        "xyz: parts of the trench beyond a gap are left out, of 250, 120.5 km",
        "xyz: labels know no published rupture extents and no list of events off the interface, which go by "
        "the codes of Slab2",
        "xyz takes from coarser files SED_AVE: a coarse grid",
        "xyz has no AGE: no age",
        "xyz has no SRO, SRS: too coarse",
    ]
