from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pyproj import Geod

from megathrust.core import InputError
from megathrust.evaluation import Rows, classification_scores, nearest_segment, region_prior
from megathrust.splits import (
    ChunkSplitter,
    Fold,
    InnerSplitter,
    RegionSplitter,
    leakage_audit,
    shared_rupture_share,
)
from megathrust.table import complete, read_table
from megathrust.testing import check_inner_splitter, check_splitter, synthetic_table


@pytest.mark.parametrize(
    "splitter",
    [
        ChunkSplitter(),
        ChunkSplitter(exclusion_km=0.0, chunks=2),
        ChunkSplitter(exclusion_km=300.0, chunks=7),
        ChunkSplitter(whole_ruptures=True),
        RegionSplitter(),
    ],
    ids=repr,
)
def test_contract(splitter):
    check_splitter(splitter, synthetic_table())


def test_contract_catches_a_splitter_that_leaks():
    class Leaky(RegionSplitter):
        def split(self, table, ruptures=None):
            return [Fold(f.name, np.arange(len(table)), f.test) for f in super().split(table)]

    with pytest.raises(AssertionError, match="in both parts"):
        check_splitter(Leaky(), synthetic_table())


@pytest.mark.parametrize("inner", [InnerSplitter(), InnerSplitter(0.0, 2), InnerSplitter(175.0, 4)], ids=repr)
@pytest.mark.parametrize("outer", [ChunkSplitter(), ChunkSplitter(150.0, chunks=3)], ids=repr)
def test_inner_contract(inner, outer):
    table = synthetic_table()
    for fold in outer.split(table):
        check_inner_splitter(inner, table, fold)


def test_inner_folds_of_whole_regions():
    table = synthetic_table(regions={"alu": 12, "cam": 9, "kur": 14, "sam": 20})
    region = table.frame["region"].to_numpy()
    inner = InnerSplitter(np.inf)
    for outer in RegionSplitter().split(table):
        check_inner_splitter(inner, table, outer)
        for fold in inner.split(table, outer):
            assert not set(region[fold.train]) & set(region[fold.test])


def test_inner_folds_keep_ruptures_whole():
    table = synthetic_table(noise=0.0)
    ruptures = table.ruptures()
    outer = ChunkSplitter(whole_ruptures=True).split(table)[1]
    for fold in InnerSplitter(0.0, whole_ruptures=True).split(table, outer):
        assert not np.isin(ruptures[fold.train], ruptures[fold.test]).any()


def test_inner_contract_catches_a_splitter_that_sees_test_rows():
    class Leaky(InnerSplitter):
        def split(self, table, outer):
            return [
                Fold(f.name, np.union1d(f.train, outer.test), f.test) for f in super().split(table, outer)
            ]

    table = synthetic_table()
    with pytest.raises(AssertionError, match="inside the outer fold"):
        check_inner_splitter(Leaky(0.0), table, ChunkSplitter().split(table)[0])


def test_impossible_inner_settings_are_refused():
    table = synthetic_table(regions={"alu": 10})
    outer = ChunkSplitter(exclusion_km=0.0).split(table)[0]
    with pytest.raises(InputError, match="inner fold 0/0 would train on no segment"):
        InnerSplitter(5000.0).split(table, outer)
    with pytest.raises(InputError, match="inner blocks"):
        InnerSplitter(blocks=1)
    with pytest.raises(InputError, match="exclusion distance"):
        InnerSplitter(-1.0)


@pytest.mark.parametrize("exclusion_km", [0.0, 50.0, 175.0])
def test_nothing_trains_within_the_exclusion_distance(exclusion_km):
    table = synthetic_table()
    frame = table.frame
    for fold in ChunkSplitter(exclusion_km=exclusion_km).split(table):
        for region in frame["region"].unique():
            inside = (frame["region"] == region).to_numpy()
            test = frame["s_km"].to_numpy()[fold.test[inside[fold.test]]]
            train = frame["s_km"].to_numpy()[fold.train[inside[fold.train]]]
            assert np.abs(test[:, None] - train[None, :]).min() > exclusion_km


def test_half_open_end_drops_the_end_segments():
    table = synthetic_table()
    tested = [np.concatenate([f.test for f in ChunkSplitter(half_open_end=h).split(table)]) for h in (0, 1)]
    missing = np.setdiff1d(tested[0], tested[1])
    assert table.frame.iloc[missing]["segment"].tolist() == [39, 29, 59]


def test_whole_ruptures_leave_no_rupture_on_both_sides():
    table = synthetic_table(noise=0.0)
    ruptures = table.ruptures()
    positive = table.classes([8.0]) == 1
    for fold in ChunkSplitter(exclusion_km=0.0, whole_ruptures=True).split(table):
        assert not np.isin(ruptures[fold.train], ruptures[fold.test]).any()
        assert shared_rupture_share(fold, ruptures, positive) == 0.0


def test_impossible_settings_are_refused():
    table = synthetic_table(regions={"alu": 10})
    with pytest.raises(InputError, match="would train on no segment"):
        ChunkSplitter(exclusion_km=5000.0).split(table)
    with pytest.raises(InputError, match="needs two regions"):
        RegionSplitter().split(table)
    with pytest.raises(InputError, match="exclusion distance"):
        ChunkSplitter(exclusion_km=-1.0)


SEED = ChunkSplitter(closed_regions=("sum",))
FAULT = ChunkSplitter(closed_regions=("sum",), half_open_end=True)


@pytest.fixture(scope="module")
def seed_table(data_dir):
    return complete(read_table(data_dir / "seed_study"))


def test_published_test_counts(seed_table):
    assert [len(fold.test) for fold in FAULT.split(seed_table)] == [113, 112, 111, 110, 107]
    assert [len(fold.test) for fold in SEED.split(seed_table)] == [113, 112, 111, 110, 114]
    check_splitter(ChunkSplitter(), seed_table)
    check_splitter(SEED, seed_table, each_row_once=False)


@pytest.mark.parametrize(
    ("rival", "published"),
    [
        (region_prior, [0.708, 0.685, 0.792, 0.762, 0.715]),
        (nearest_segment, [0.858, 0.892, 0.735, 0.908, 0.963]),
    ],
)
def test_published_scores_of_the_rivals(seed_table, rival, published):
    frame, classes = seed_table.frame, seed_table.classes([8.0])
    rows = Rows(seed_table.features(), frame["region"].to_numpy(), frame["s_km"].to_numpy())
    measured = []
    for fold in FAULT.split(seed_table):
        probabilities = rival(rows.take(fold.train), classes[fold.train], rows.take(fold.test), 2, 0)
        measured.append(classification_scores(classes[fold.test], probabilities)["f1", "macro"][0])
    np.testing.assert_allclose(measured, published, atol=0.001)


def crowded_table():
    """Return two trenches that meet: the end of one lies 100 km from the start of the other."""
    table = synthetic_table(regions={"alu": 20, "kur": 20})
    lon = np.concatenate([0.45 * np.arange(20), 0.45 * np.arange(20) + 0.45 * 19 + 0.9])
    return dataclasses.replace(table, frame=table.frame.assign(lon=lon, lat=0.0))


def test_exclusion_across_trenches_leaves_no_training_segment_nearer():
    table = crowded_table()
    lon, lat = table.frame["lon"].to_numpy(), table.frame["lat"].to_numpy()
    near = ChunkSplitter(exclusion_km=300.0).split(table)
    far = ChunkSplitter(exclusion_km=300.0, across_trenches=True).split(table)
    assert leakage_audit(table, near, table.magnitudes() >= 8.0)["nearest_km"].min() < 300.0
    assert leakage_audit(table, far, table.magnitudes() >= 8.0)["nearest_km"].min() > 300.0
    for whole, part in zip(near, far, strict=True):
        gone = np.setdiff1d(whole.train, part.train)
        distance = Geod(ellps="sphere").inv(
            *(np.repeat(values[gone], len(part.test)) for values in (lon, lat)),
            *(np.tile(values[part.test], len(gone)) for values in (lon, lat)),
        )[2]
        if len(gone):
            assert np.all(distance.reshape(len(gone), -1).min(1) <= 300.5e3)
    regions = RegionSplitter(near_km=300.0).split(table)
    assert [len(fold.train) for fold in regions] == [16, 16]
    check_splitter(ChunkSplitter(exclusion_km=300.0, across_trenches=True), table)
    check_splitter(RegionSplitter(near_km=300.0), table)


def test_a_split_knows_the_ruptures_of_another_world():
    table = synthetic_table()
    one_rupture = np.zeros(len(table), dtype=int)
    splitter = ChunkSplitter(exclusion_km=0.0, whole_ruptures=True)
    with pytest.raises(InputError, match="would train on no segment"):
        splitter.split(table, one_rupture)
    lone = splitter.split(table, np.arange(len(table)))
    plain = ChunkSplitter(exclusion_km=0.0).split(table)
    assert [len(fold.train) for fold in lone] == [len(fold.train) for fold in plain]


def test_the_audit_names_what_leaks():
    table = synthetic_table()
    positive = table.magnitudes() >= 8.0
    random = np.random.default_rng(0).permutation(len(table))
    mixed = [Fold("0", np.sort(random[30:]), np.sort(random[:30]))]
    audit = leakage_audit(table, mixed, positive).iloc[0]
    assert audit["touching"] > 0.8
    assert audit["same_region"] == 1.0
    assert audit["nearest_km"] < 60.0
    held_out = leakage_audit(table, RegionSplitter().split(table), positive)
    assert held_out["same_region"].tolist() == [0.0, 0.0, 0.0]
    assert held_out["shared_rupture"].tolist() == [0.0, 0.0, 0.0]
