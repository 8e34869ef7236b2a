from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pyproj import Geod

from megathrust.core import InputError
from megathrust.evaluation import Rows, classification_scores, nearest_segment, region_prior
from megathrust.splits import (
    SPLITTERS,
    USES,
    ChunkSplitter,
    Fold,
    InnerSplitter,
    NearestNeighbourSplitter,
    RandomSplitter,
    RegionSplitter,
    SplitOptions,
    distance_mismatch,
    leakage_audit,
    shared_rupture_share,
)
from megathrust.table import complete, load_builtin_table, read_table
from megathrust.testing import (
    check_inner_splitter,
    check_splitter,
    plain_distance_mismatch,
    synthetic_table,
)


@pytest.mark.parametrize(
    "splitter",
    [
        ChunkSplitter(),
        ChunkSplitter(exclusion_km=0.0, chunks=2),
        ChunkSplitter(exclusion_km=300.0, chunks=7),
        ChunkSplitter(whole_ruptures=True),
        RegionSplitter(),
        RandomSplitter(),
        RandomSplitter(folds=9, seed=3),
        NearestNeighbourSplitter(folds=3),
        NearestNeighbourSplitter("new trench"),
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


def test_random_folds_leak_and_have_equal_sizes():
    table = synthetic_table()
    folds = RandomSplitter().split(table)
    audit = leakage_audit(table, folds, table.magnitudes() >= 8.0)
    assert audit["test"].tolist() == [26] * 5
    assert audit["touching"].min() > 0.8
    with pytest.raises(InputError, match="fewer segments than folds"):
        RandomSplitter(folds=200).split(table)


def spread_table(seed, lengths=(24, 30, 40, 36)):
    """Return trenches that lie apart, with ruptures of one to six segments."""
    random = np.random.default_rng(seed)
    table = synthetic_table(regions=dict(zip(("alu", "cam", "kur", "sam"), lengths, strict=True)))
    number = np.cumsum(random.random(len(table)) < 0.3)
    region = table.frame["region"].astype("category").cat.codes.to_numpy()
    place = table.frame["segment"].to_numpy() * 0.45
    frame = table.frame.assign(
        MW=7.0 + 0.1 * (number % 20), lon=place + 40.0 * region, lat=5.0 * region + 0.1 * place
    )
    return dataclasses.replace(table, frame=frame)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("use", USES)
def test_distance_matching_is_that_of_a_plain_twin_and_the_best_of_all_it_tries(seed, use):
    table = spread_table(seed)
    frame = table.frame
    group = frame["region"] if use == "new trench" else table.ruptures()
    others = [ChunkSplitter(0.0), ChunkSplitter(100.0), RandomSplitter(), RegionSplitter()]
    folds = NearestNeighbourSplitter(use).split(table)
    for each in (*(other.split(table) for other in others), folds):
        plain = plain_distance_mismatch(frame["lon"], frame["lat"], list(group), each)
        assert distance_mismatch(table, each, use) == pytest.approx(plain, rel=1e-4, abs=0.01)
    chunks = ChunkSplitter(0.0, whole_ruptures=True).split(table)
    assert distance_mismatch(table, folds, use) < distance_mismatch(table, chunks, use)
    names = np.asarray(group)
    for fold in folds:
        assert not set(names[fold.train]) & set(names[fold.test])
        assert len(fold.test) <= len(table) / 2


def test_folds_for_this_trench_are_those_of_the_world():
    table = spread_table(0)
    splitter = NearestNeighbourSplitter()
    other = np.arange(len(table)) // 3
    for fold in splitter.split(table, other):
        assert not np.isin(other[fold.train], other[fold.test]).any()
    # Where the table lies on the Earth and in which order its rows come do not matter.
    frame = table.frame.assign(lon=(table.frame["lon"] + 360.0 + 180.0) % 360.0 - 180.0)
    turned = splitter.split(dataclasses.replace(table, frame=frame))
    for one, two in zip(splitter.split(table), turned, strict=True):
        np.testing.assert_array_equal(one.test, two.test)


def test_distance_matching_refuses_what_it_cannot_match():
    with pytest.raises(InputError, match="need groups"):
        NearestNeighbourSplitter("new trench").split(synthetic_table(regions={"alu": 30}))
    with pytest.raises(InputError, match="need groups"):
        NearestNeighbourSplitter("new trench").split(synthetic_table(regions={"alu": 30, "sam": 5}))
    with pytest.raises(InputError, match="use of a model"):
        NearestNeighbourSplitter("elsewhere")
    table = spread_table(0)
    nowhere = dataclasses.replace(table, frame=table.frame.assign(lon=np.nan))
    with pytest.raises(InputError, match="the place of every segment"):
        NearestNeighbourSplitter().split(nowhere)


def test_what_protocols_of_the_builtin_table_resemble():
    # docs/verdict.md quotes these.
    table = load_builtin_table()
    found = {}
    for kind in ("random", "seed", "rupture-grouped", "leave-one-region-out", *(f"kNNDM, {u}" for u in USES)):
        folds = SPLITTERS[kind](SplitOptions(exclusion_km=100.0)).split(table)
        found[kind] = [round(distance_mismatch(table, folds, use)) for use in USES]
    assert found == {
        "random": [39, 1589],
        "seed": [307, 1243],
        "rupture-grouped": [381, 1169],
        "leave-one-region-out": [1550, 0],
        "kNNDM, this trench": [4, 1546],
        "kNNDM, new trench": [1686, 136],
    }


def test_segments_without_a_place_are_left_out_of_the_audit_and_refused_where_places_decide():
    table = spread_table(0)
    lon = table.frame["lon"].where(table.frame.index >= 4)
    holed = dataclasses.replace(table, frame=table.frame.assign(lon=lon))
    folds = ChunkSplitter().split(holed)
    audit = leakage_audit(holed, folds, holed.magnitudes() >= 8.0)
    whole = leakage_audit(table, folds, table.magnitudes() >= 8.0)
    np.testing.assert_allclose(audit["nearest_km"], whole["nearest_km"])
    nowhere = dataclasses.replace(table, frame=table.frame.assign(lon=np.nan))
    assert leakage_audit(nowhere, folds, nowhere.magnitudes() >= 8.0)["nearest_km"].isna().all()
    with pytest.raises(InputError, match="4 without lon and lat"):
        ChunkSplitter(across_trenches=True).split(holed)
