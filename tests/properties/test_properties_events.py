"""Properties of catalogues, labels and seismicity that hold whatever the events are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings, strategies as st

from megathrust.core import InputError
from megathrust.features import SeismicityOptions, check_labels_excluded, label_segments, merge_catalogues
from megathrust.features._event_catalogue import EVENT_FRAME_COLUMNS
from megathrust.features._event_mechanism import (
    PrincipalAxes,
    angle_to_slab,
    axes_seen_from_slab,
    mechanism_class,
)
from megathrust.features._event_statistics import region_seismicity
from megathrust.geometry import TrenchLine, make_segments
from megathrust.testing import plain_labels

SEGMENTS = make_segments(TrenchLine("sam", [-77.0, -77.0], [-20.0, -30.0]))
LENGTH = SEGMENTS.line.length_km
seeds = st.integers(0, 2**32 - 1)


def world(seed: int, size: int = 60) -> pd.DataFrame:
    """Return random events along the trench as `locate_events` gives them."""
    random = np.random.default_rng(seed)
    plain = {name: pd.Series(np.nan, index=range(size)) for name in EVENT_FRAME_COLUMNS}
    frame = pd.DataFrame(plain).drop(columns=["event_id", "time"])
    return frame.assign(
        event_id=[f"e{number}" for number in range(size)],
        time=pd.Timestamp("1970-01-01", tz="UTC") + pd.to_timedelta(random.uniform(0, 15000, size), "D"),
        time_precision="second",
        magnitude=random.uniform(5.5, 8.5, size).round(1),
        magnitude_type="Mw",
        source="test",
        lon=random.uniform(-77.0, -75.0, size),
        lat=random.uniform(-30.0, -20.0, size),
        depth_km=20.0,
        s_km=random.uniform(0.0, LENGTH, size),
        n_km=-50.0,
        mechanism=random.choice(["", "thrust", "normal", "odd"], size),
    )


def ruptures_of(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return a rupture of random length around each event."""
    half = np.random.default_rng([seed, 1]).uniform(1.0, 200.0, len(frame))
    return frame[["event_id", "time", "magnitude", "magnitude_type"]].assign(
        s_start_km=np.maximum(frame["s_km"] - half, 0.0),
        s_end_km=np.minimum(frame["s_km"] + half, LENGTH),
        extent_source="test",
        quality="C",
    )


def givers(labels: pd.DataFrame, ruptures: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in labels if name.endswith("_rupture")]
    return ruptures[ruptures["event_id"].isin(labels[names].to_numpy().ravel())]


@given(seed=seeds, size=st.integers(0, 30), since=st.sampled_from(["1904-01-01", "1976-01-01"]))
@settings(max_examples=60, deadline=None)
def test_labels_are_the_plain_ones(seed, size, since):
    ruptures = ruptures_of(world(seed, size), seed)
    segments = SEGMENTS.to_frame()
    found = label_segments(segments, ruptures)[f"MW_{since[:4]}"]
    assert found.tolist() == plain_labels(segments, ruptures, since)


@given(seed=seeds)
@settings(max_examples=40, deadline=None)
def test_order_of_ruptures_changes_no_label_and_every_rupture_is_someones(seed):
    ruptures = ruptures_of(world(seed), seed)
    segments = SEGMENTS.to_frame()
    one = label_segments(segments, ruptures)
    other = label_segments(segments, ruptures.sample(frac=1.0, random_state=seed % 1000))
    pd.testing.assert_series_equal(one["MW_1904"], other["MW_1904"])
    named = one["MW_1904_rupture"].dropna()
    largest = ruptures.set_index("event_id")["magnitude"]
    assert (largest[named].to_numpy() == one.loc[named.index, "MW_1904"]).all()
    assert ((one["MW_1904"] == 1.0) == one["MW_1904_rupture"].isna()).all()


@given(seed=seeds)
@settings(max_examples=40, deadline=None)
def test_a_longer_window_never_lowers_a_label(seed):
    found = label_segments(SEGMENTS.to_frame(), ruptures_of(world(seed), seed))
    assert (found["MW_1904"] >= found["MW_1976"]).all()
    assert (found["MW_HISTORICAL"] >= found["MW_1904"]).all()


@given(seed=seeds, change=st.sampled_from(["delete", "magnitude", "depth", "mechanism", "moment"]))
@settings(max_examples=40, deadline=None)
def test_the_label_event_changes_no_seismicity_feature(seed, change):
    events = world(seed)
    ruptures = ruptures_of(events, seed)
    labels = label_segments(SEGMENTS.to_frame(), ruptures)
    label_ruptures = givers(labels, ruptures)
    assume(len(label_ruptures))
    event = label_ruptures["event_id"].iloc[seed % len(label_ruptures)]
    row = events["event_id"] == event
    changed = {
        "delete": lambda: events[~row],
        "magnitude": lambda: events.assign(magnitude=events["magnitude"].mask(row, 5.6)),
        "depth": lambda: events.assign(depth_km=events["depth_km"].mask(row, 1.0)),
        "mechanism": lambda: events.assign(mechanism=events["mechanism"].mask(row, "strike-slip")),
        "moment": lambda: events.assign(moment_n_m=events["moment_n_m"].mask(row, 1e25)),
    }[change]()
    # Without a ceiling, so that nothing but the exclusion keeps the event out.
    options = SeismicityOptions(ceiling=9.9)
    before, used = region_seismicity(events, SEGMENTS, label_ruptures, options=options)
    after, _ = region_seismicity(changed, SEGMENTS, label_ruptures, options=options)
    pd.testing.assert_frame_equal(before, after, check_exact=True)
    check_labels_excluded(used, labels[[name for name in labels if name.endswith("_rupture")]])


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_an_unlabelled_event_does_change_features_and_the_check_sees_a_leak(seed):
    events = world(seed).assign(magnitude=6.0)
    nothing = ruptures_of(events.iloc[:0], seed)
    before, used = region_seismicity(events, SEGMENTS, nothing)
    after, _ = region_seismicity(events.iloc[1:], SEGMENTS, nothing)
    assert not before.equals(after)
    with pytest.raises(InputError, match="gives a label"):
        check_labels_excluded(used, pd.DataFrame({"MW_1976_rupture": [used[0]]}))


@given(seed=seeds, shift=st.sampled_from([-360.0, 360.0]))
@settings(max_examples=25, deadline=None)
def test_merging_again_and_in_another_longitude_layout_changes_nothing(seed, shift):
    events = world(seed)[list(EVENT_FRAME_COLUMNS)]
    once, _ = merge_catalogues({"isc_gem": events})
    twice, merges = merge_catalogues({"isc_gem": events, "comcat": events.assign(lon=events["lon"] + shift)})
    # Only how many catalogues hold an event is another.
    assert set(twice.pop("held_by")) == {2}
    pd.testing.assert_frame_equal(once.drop(columns="held_by"), twice)
    assert merges["added"].tolist() == [len(events), 0]


@given(seed=seeds, strike=st.floats(0, 360), dip=st.floats(1, 89), turn=st.floats(-180, 180))
@settings(max_examples=60, deadline=None)
def test_mechanism_seen_from_the_slab_depends_on_their_relation_only(seed, strike, dip, turn):
    frame, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    angle = np.radians(turn)
    about_down = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]]
    )
    axes = PrincipalAxes(*(row[None, :] for row in frame))
    turned = PrincipalAxes(*(row[None, :] @ about_down.T for row in frame))
    seen = axes_seen_from_slab(axes, [strike], [dip])
    seen_turned = axes_seen_from_slab(turned, [strike + turn], [dip])
    plunges = [np.abs(np.array([axis[0, 2] for axis in three])) for three in (seen, seen_turned)]
    np.testing.assert_allclose(plunges[0], plunges[1], atol=1e-9)
    angles = [angle_to_slab(axes, [strike], [dip]), angle_to_slab(turned, [strike + turn], [dip])]
    np.testing.assert_allclose(*angles, atol=1e-5)
    assert mechanism_class(seen)[0] in ("thrust", "normal", "strike-slip", "odd")
