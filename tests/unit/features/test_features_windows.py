"""Limits of windows: what still counts, and what does no more."""

from __future__ import annotations

import pytest
from test_features_events import events, plane_slab
from test_features_labels import LINE, near_trench, ruptures

from megathrust.features import RuptureSources, find_ruptures, label_columns
from megathrust.features._event_statistics import region_seismicity
from megathrust.features._rupture_published import PublishedRupture
from megathrust.geometry import TrenchLine, make_segments


@pytest.mark.parametrize(
    ("column", "inside", "outside"),
    [
        ("n_km", -300.0, -300.5),
        ("n_km", 100.0, 100.5),
        ("depth_km", 70.0, 70.5),
        ("magnitude", 6.99, 7.0),
        ("time", "1964-01-01", "1963-12-31T23:59:59"),
    ],
)
def test_seismicity_counts_to_the_limits_of_its_window(column, inside, outside):
    world = near_trench(**({"magnitude": 6.0, "event_id": ["in", "out"]} | {column: [inside, outside]}))
    _, used = region_seismicity(world, make_segments(LINE), ruptures())
    assert used.tolist() == ["in"]


@pytest.mark.parametrize(("magnitude", "same"), [(7.5, True), (7.4, False), (9.5, True), (9.6, False)])
def test_a_published_rupture_is_an_event_of_its_day_within_a_unit_of_magnitude(magnitude, same):
    entry = PublishedRupture(
        name="a",
        date="2001-06-23",
        region="sam",
        magnitude=8.5,
        reference="r",
        ends=((-77.0, -24.0), (-77.0, -26.0)),
        epicentre=(-76.0, -25.0),
    )
    found = find_ruptures(
        near_trench(magnitude=magnitude, interface_basis=""),
        LINE,
        RuptureSources(published=(entry,), not_interface=()),
    )
    assert found["event_id"].tolist() == ["e0" if same else "published:2001-06-23"]


def test_segments_of_all_trenches_are_numbered_through():
    other = TrenchLine("ker", [183.0, 183.0], [-20.0, -30.0])
    segments = {"sam": make_segments(LINE), "ker": make_segments(other)}
    slabs = {"sam": plane_slab(), "ker": plane_slab(west=183.0)}
    great = events(event_id=["a"], lon=-76.5, lat=-25.0, magnitude=8.1)
    sources = RuptureSources(published=(), not_interface=())
    frame = label_columns({"isc_gem": great}, segments, slabs, sources=sources).frame
    assert frame.index.tolist() == list(range(len(segments["sam"]) + len(segments["ker"])))
