"""Tables in blocks are the table, and a table and its schema move as one."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from megathrust.core import TableError, iter_text_table, read_text_table
from megathrust.table import is_as_written, iter_table, read_table, schema_path, write_table
from megathrust.testing import synthetic_table

TABLE = synthetic_table()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("with_schema", [True, False])
@pytest.mark.parametrize("rows", [50, 1000])
def test_blocks_are_the_table(tmp_path, suffix, with_schema, rows):
    path = tmp_path / f"t.{suffix}"
    write_table(TABLE, path)
    if not with_schema:
        schema_path(path).unlink()
    whole = read_table(path, label="MW")
    blocks = list(iter_table(path, rows_per_block=rows, label="MW"))
    assert max(map(len, blocks)) <= rows
    pd.testing.assert_frame_equal(pd.concat([block.frame for block in blocks]), whole.frame)
    assert all(block.columns == whole.columns for block in blocks)


def test_numbers_that_the_table_lacks_go_on_from_block_to_block(tmp_path):
    TABLE.frame.drop(columns="segment").to_csv(tmp_path / "t.csv", index=False)
    blocks = list(iter_table(tmp_path / "t.csv", rows_per_block=9, label="MW"))
    found = pd.concat([block.frame for block in blocks])["segment"]
    assert found.tolist() == TABLE.frame["segment"].tolist()


def test_a_segment_of_an_earlier_block_is_known(tmp_path):
    frame = pd.concat([TABLE.frame, TABLE.frame.iloc[[3]]])
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(TableError, match=r"twice in the table \(given: alu:3\)"):
        list(iter_table(tmp_path / "t.csv", rows_per_block=10, label="MW"))


def test_text_in_blocks_is_the_text(tmp_path):
    (tmp_path / "t.csv").write_text("# note\na,b\n" + "".join(f"{i},{i * 0.5}\n# c\n" for i in range(23)))
    whole = read_text_table(tmp_path / "t.csv")
    blocks = list(iter_text_table(tmp_path / "t.csv", rows_per_block=5))
    assert [len(block) for block in blocks] == [5, 5, 5, 5, 3]
    pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), whole)
    assert whole.attrs == {"commented out": 23}


def test_memory_depends_on_the_block(tmp_path):
    rows = "".join(f"alu,{i},{i % 4000},{i * 0.25},{i * 0.5}\n" for i in range(20_000))
    (tmp_path / "t.csv").write_text("region,segment,s_km,A,B\n" + rows)

    def peak(read):
        tracemalloc.start()
        read()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    def in_blocks():
        for _ in iter_table(tmp_path / "t.csv", rows_per_block=500, label_required=False):
            pass

    in_blocks()
    assert peak(in_blocks) < 0.4 * peak(lambda: read_table(tmp_path / "t.csv", label_required=False))


@pytest.mark.parametrize("value", ["9.96921e36", "1e30", "-1e35", "inf", "-inf"])
def test_numbers_that_stand_for_missing_are_refused(tmp_path, value):
    frame = TABLE.frame.astype({"F0": object})
    frame.loc[4, "F0"] = value
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(TableError, match=r"column F0 .* in data row 4"):
        read_table(tmp_path / "t.csv", label="MW")


def test_keys_may_be_whole_numbers_and_missing_in_the_schema(tmp_path):
    frame = TABLE.frame.assign(
        **{name: TABLE.frame[name].round().astype(int) for name in ("s_km", "lon", "lat")}
    )
    for suffix in ("csv", "parquet"):
        path = tmp_path / f"t.{suffix}"
        write_table(TABLE, path)
        getattr(frame, f"to_{suffix}")(path, index=False)
        schema = json.loads(schema_path(path).read_text())
        schema["columns"] = [each for each in schema["columns"] if each["role"] != "key"]
        schema_path(path).write_text(json.dumps(schema))
        read = read_table(path)
        assert read.frame["lon"].tolist() == frame["lon"].tolist()
        assert read.frame["segment"].dtype == np.int64


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"columns": "x"}, "no table schema .*columns"),
        ({"columns": [{"name": 3}]}, "no table schema .*columns.0"),
        ({"columns": []}, "no table schema"),
        ({"provenance": []}, "no table schema .*provenance"),
        ({"provenance": {"sha256": "x"}}, "no table schema .*sha256"),
        ({"provenance": {"coarser_features": {"alu": 3}}}, "no table schema .*coarser_features"),
        ({"exclusions": [3]}, "no table schema .*exclusions"),
    ],
)
def test_schemas_of_the_wrong_kind_are_refused(tmp_path, changes, sentence):
    path = tmp_path / "t.csv"
    write_table(TABLE, path)
    schema_path(path).write_text(json.dumps({**json.loads(schema_path(path).read_text()), **changes}))
    with pytest.raises(TableError, match=sentence):
        read_table(path)


@pytest.mark.parametrize("name", ["$\\frac", "a\nb", "x" * 400])
def test_names_that_no_figure_can_draw_are_refused_at_once(name):
    frame = TABLE.frame.rename(columns={"F0": name})
    columns = {name if key == "F0" else key: value for key, value in TABLE.columns.items()}
    with pytest.raises(TableError, match="cannot be drawn"):
        type(TABLE)(frame, columns)


def test_old_rows_keep_their_schema_while_new_ones_move(tmp_path):
    path = tmp_path / "t.csv"
    write_table(TABLE, path)
    rows = path.read_bytes()
    old = json.loads(schema_path(path).read_text())
    write_table(TABLE.drop_columns(["F5"], "not wanted"), path)
    new = json.loads(schema_path(path).read_text())
    assert is_as_written(path)
    schema_path(path).write_text(json.dumps({**new, "before": old}))
    assert "F5" not in read_table(path).feature_names
    path.write_bytes(rows)
    assert "F5" in read_table(path).feature_names
    path.write_bytes(rows.replace(b"alu", b"sam"))
    with pytest.raises(TableError, match="do not belong together"):
        read_table(path)
