from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError, TableError
from megathrust.features import SEED_STUDY_FEATURES
from megathrust.table import (
    FeatureTable,
    complete,
    describe,
    load_builtin_table,
    read_study_folder,
    read_table,
    schema_path,
    with_target,
    write_table,
)
from megathrust.testing import synthetic_table


@pytest.fixture
def folder(tmp_path):
    """A study folder of two regions, the first with one incomplete row."""
    root = tmp_path / "study"
    root.mkdir()
    alu = pd.DataFrame(
        {"SED_AVE": [700.0, np.nan, 720.0], "AGE": [45.0, 46.0, 47.0], "MR_GCMT": [1.0, 8.0, 8.6]}
    )
    kur = pd.DataFrame({"SED_AVE": [400.0, 410.0], "AGE": [120.0, 121.0], "MR_GCMT": [9.1, 9.1]})
    alu.to_csv(root / "alu.csv")
    kur.to_csv(root / "kur.csv", index=False)
    return root


def test_study_folder_without_positions(folder):
    table = read_study_folder(folder, position_of=lambda region, s: (s + 190.0, s * 0.1))
    assert table.feature_names == ["SED_AVE", "AGE"]
    assert table.frame["s_km"].tolist() == [25.0, 75.0, 125.0, 25.0, 75.0]
    np.testing.assert_allclose(table.frame["lon"][:2], [-145.0, -95.0])
    assert table.columns["AGE"] == SEED_STUDY_FEATURES["AGE"]


def test_positions_file_goes_first(folder):
    pd.DataFrame(
        {"region": "alu", "row": [0, 1], "s_km": [325.0, 375.0], "lon": [165.0, np.nan], "lat": [55.0, 54.0]}
    ).to_csv(folder / "positions.csv", index=False)
    frame = read_study_folder(folder).frame
    assert frame["s_km"].tolist() == [325.0, 375.0, 125.0, 25.0, 75.0]
    assert frame["lon"].notna().tolist() == [True, False, False, False, False]


def test_classes_count_thresholds_reached():
    table = synthetic_table()
    frame = table.frame.assign(MW=np.resize([1.0, 6.4, 7.9, 8.0, 7.99999999, 8.3], len(table)))
    changed = FeatureTable(frame, table.columns)
    assert changed.classes([8.0])[:6].tolist() == [0, 0, 0, 1, 1, 1]
    assert changed.classes([6.4, 8.3])[:6].tolist() == [0, 1, 1, 1, 1, 2]


def test_neighbours_with_one_label_are_one_rupture(folder):
    assert read_study_folder(folder).ruptures().tolist() == [0, 1, 2, 3, 3]


def test_named_ruptures_win_over_runs(folder):
    table = read_study_folder(folder)
    named = table.frame.assign(MR_GCMT_rupture=["e1", "e2", "e1", "e3", None])
    from megathrust.features import ColumnDefinition

    columns = {
        **table.columns,
        "MR_GCMT_rupture": ColumnDefinition("MR_GCMT_rupture", "event", "1", "rupture"),
    }
    assert FeatureTable(named, columns).ruptures().tolist() == [0, 1, 0, 2, 3]


def test_complete_counts_what_it_leaves_out(folder):
    table = complete(read_study_folder(folder))
    assert len(table) == 4
    (exclusion,) = table.exclusions
    assert (exclusion.kind, exclusion.name, exclusion.reason) == ("row", "alu:1", "missing SED_AVE")
    told = describe(table, rows_read=5)
    assert told["rows_kept"] == 4
    assert told["rows_left_out_by_missing_column"] == {"SED_AVE": 1}
    assert told["segments_without_event"] == 1


def test_sparse_columns_go_before_rows(folder):
    table = complete(read_study_folder(folder), max_missing_share=0.1)
    assert (len(table), table.feature_names) == (5, ["AGE"])
    assert [e.kind for e in table.exclusions] == ["column"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_round_trip(tmp_path, suffix):
    table = complete(synthetic_table())
    path = tmp_path / f"table{suffix}"
    write_table(table, path)
    again = read_table(path)
    pd.testing.assert_frame_equal(again.frame, table.frame)
    assert again.columns == table.columns
    assert again.exclusions == table.exclusions


def test_copies_for_other_processes():
    table = complete(load_builtin_table())
    for other in (pickle.loads(pickle.dumps(table)), copy.deepcopy(table)):
        pd.testing.assert_frame_equal(other.frame, table.frame)
        assert dict(other.columns) == dict(table.columns)
        assert other.provenance == table.provenance
        assert other.exclusions == table.exclusions


def test_csv_without_schema(tmp_path):
    frame = synthetic_table().frame.drop(columns=["segment", "lon", "lat"])
    frame.to_csv(tmp_path / "t.csv")
    table = read_table(tmp_path / "t.csv", label="MW")
    assert table.target_names == ["MW"]
    assert table.feature_names == [f"F{i}" for i in range(6)]


def damaged(folder, how):
    path = folder / "alu.csv"
    frame = pd.read_csv(path, index_col=0)
    if how == "missing column":
        frame.drop(columns="AGE").to_csv(path)
    elif how == "text":
        frame.astype(object).replace(46.0, "old").to_csv(path)
    elif how == "nan label":
        frame.assign(MR_GCMT=[1.0, np.nan, 8.0]).to_csv(path)
    elif how == "no label":
        frame.drop(columns="MR_GCMT").to_csv(path)
    elif how == "empty":
        path.write_text("")
    elif how == "no rows":
        frame.iloc[:0].to_csv(path)
    elif how == "infinite":
        frame.assign(AGE=np.inf).to_csv(path)
    elif how == "huge label":
        frame.assign(MR_GCMT=99.0).to_csv(path)
    elif how == "unknown region":
        path.rename(folder / "atlantis.csv")
    elif how == "binary":
        path.write_bytes(b"\xff\xfe\x00\x01" * 50)
    elif how == "no files":
        for file in folder.glob("*.csv"):
            file.unlink()


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("missing column", r"^alu\.csv lacks a column that other regions have \(given: AGE\)\.$"),
        ("text", r"^column AGE of alu\.csv holds text \(given: 'old' in data row 1; allowed: numbers"),
        ("nan label", r"^the label MR_GCMT of alu\.csv is missing \(given: data row 1"),
        ("no label", r"^alu\.csv lacks the label column \(given: no MR_GCMT\)\.$"),
        ("empty", r"^the file is empty \(given: .*alu\.csv"),
        ("no rows", r"^the table has no rows \(given: .*alu\.csv"),
        ("infinite", r"^column AGE of alu\.csv holds an infinite number \(given: inf in data row 0"),
        ("huge label", r"^column MR_GCMT is not as it must be \(given: 99\.0 in data row 0; allowed: a magn"),
        ("unknown region", r"^atlantis\.csv is named after no known region \(given: atlantis; allowed: alu"),
        ("binary", r"^the file is no readable table of text \(given: .*alu\.csv"),
        ("no files", r"^the folder holds no region's CSV file"),
    ],
)
def test_bad_folder_is_refused_in_one_sentence(folder, how, sentence):
    damaged(folder, how)
    with pytest.raises(TableError, match=sentence) as caught:
        read_study_folder(folder)
    assert "\n" not in str(caught.value)


def test_bad_files_are_refused(tmp_path):
    with pytest.raises(TableError, match="there is no such table"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "t.txt").write_text("")
    with pytest.raises(TableError, match="unknown kind of table file"):
        read_table(tmp_path / "t.txt")
    (tmp_path / "t.parquet").write_text("no parquet")
    with pytest.raises(TableError, match=r"cannot be read as a \.parquet table"):
        read_table(tmp_path / "t.parquet")
    write_table(synthetic_table(), tmp_path / "t.csv")
    schema_path(tmp_path / "t.csv").write_text("{}")
    with pytest.raises(TableError, match="is no table schema"):
        read_table(tmp_path / "t.csv")


def test_schema_is_kept():
    table = synthetic_table()
    with pytest.raises(TableError, match="lacks a column"):
        FeatureTable(table.frame.drop(columns="F3"), table.columns)
    with pytest.raises(TableError, match=r"twice.*alu:0"):
        FeatureTable(pd.concat([table.frame, table.frame.iloc[:1]]), table.columns)
    with pytest.raises(TableError, match="no rows"):
        FeatureTable(table.frame.iloc[:0], table.columns)
    with pytest.raises(TableError, match=r"column region.*Xx1 in data row 0; allowed: three lower"):
        FeatureTable(table.frame.assign(region="Xx1"), table.columns)
    own = table.frame.assign(region=table.frame["region"].replace("alu", "own"))
    assert "own" in set(FeatureTable(own, table.columns).frame["region"])
    with pytest.raises(TableError, match="no such target"):
        table.target("MW_1900")


def test_seed_study_counts(data_dir):
    table = read_table(data_dir / "seed_study")
    whole = complete(table)
    assert (len(table), len(whole), len(whole.feature_names)) == (591, 556, 49)
    assert int(whole.classes([8.0]).sum()) == 262
    assert list(SEED_STUDY_FEATURES) == table.feature_names
    told = json.loads(json.dumps(describe(whole, rows_read=len(table))))
    assert len(told["rows_left_out"]) == 35
    assert told["segments_without_event"] == 57


class TestOtherTargets:
    def table(self):
        return with_target(load_builtin_table(), "AGE")

    def test_a_feature_becomes_the_first_target_without_its_family(self):
        table = with_target(load_builtin_table(), "EGO_UP_AVE")
        assert table.target_names[0] == "EGO_UP_AVE"
        assert not [name for name in table.feature_names if table.columns[name].family == "geoid"]
        assert {e.reason for e in table.exclusions} == {"tells of the same as the target EGO_UP_AVE"}
        assert table.columns["EGO_UP_AVE"].unit == "m"

    def test_missing_values_stay_and_survive_the_file(self, tmp_path):
        table = self.table()
        write_table(table, tmp_path / "a.csv")
        again = read_table(tmp_path / "a.csv")
        assert again.target_names == table.target_names
        assert np.isnan(again.observed()).sum() == table.frame["AGE"].isna().sum() > 0
        assert not again.is_magnitude()
        assert again.is_magnitude("MW_1904")

    def test_a_magnitude_is_still_needed_in_every_row(self):
        table = load_builtin_table()
        frame = table.frame.assign(MW_1904=table.frame["MW_1904"].mask(table.frame.index == 3))
        with pytest.raises(TableError, match="MW_1904"):
            FeatureTable(frame, table.columns)

    def test_stretches_of_trench_stand_in_for_ruptures(self):
        table = self.table()
        groups = pd.Series(table.ruptures())
        spans = table.frame.groupby(groups)["s_km"].agg(lambda s_km: s_km.max() - s_km.min())
        assert spans.max() <= 300.0
        assert table.frame.groupby(groups)["region"].nunique().max() == 1
        assert table.ruptures("MW_1904").max() != groups.max()

    def test_an_unknown_feature_is_refused_with_the_nearest(self):
        with pytest.raises(InputError, match="did you mean AGE"):
            with_target(load_builtin_table(), "AGES")
