"""The one reader of text tables: every field under its own name, or a sentence with file and line."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from megathrust import sources
from megathrust.core import WHITESPACE, SourceError, TableError, read_text_table
from megathrust.table import read_study_folder, read_table, write_table
from megathrust.testing import synthetic_table


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


HEADING = ["lon", "lat", "value"]
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: float(f"{number:.9g}"))
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=6)
quickly = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def as_text(rows, *, separator=",", end="\n", extra="", heading="lon{0}lat{0}value", above="", below=""):
    lines = [above] if above else []
    lines += [heading.format(separator)] if heading else []
    for number, row in enumerate(rows):
        lines += [below] if below and number else []
        lines.append(separator.join(map(repr, row)) + extra)
    return end.join(lines) + end


@quickly
@given(
    rows=ROWS,
    separator=st.sampled_from([",", "\t", " ", "   ", " \t"]),
    end=st.sampled_from(["\n", "\r", "\r\n"]),
    trailing=st.integers(0, 3),
    marked=st.booleans(),
    above=st.sampled_from(["", "# made by hand", "#", "# a, b"]),
    below=st.sampled_from(["", "# a remark", "  "]),
    mark=st.booleans(),
)
def test_dialects_of_one_table_read_the_same(
    tmp_path, rows, separator, end, trailing, marked, above, below, mark
):
    heading = ("# " if marked else "") + "lon{0}lat{0}value"
    text = as_text(
        rows,
        separator=separator,
        end=end,
        extra=separator * trailing,
        heading=heading,
        above=above,
        below=below,
    )
    path = write(tmp_path / "a.txt", text, "utf-8-sig" if mark else "utf-8")
    sep = separator if separator in (",", "\t") else WHITESPACE
    for needed in ((), HEADING):
        frame = read_text_table(path, sep=sep, needed=needed)
        assert list(frame.columns) == HEADING
        np.testing.assert_array_equal(frame.to_numpy(float), rows)


@quickly
@given(
    rows=ROWS,
    separator=st.sampled_from([",", "\t", " "]),
    which=st.integers(0, 5),
    more=st.booleans(),
)
def test_one_field_too_many_or_too_few_is_refused_with_its_line(tmp_path, rows, separator, which, more):
    which %= len(rows)
    lines = as_text(rows, separator=separator).splitlines()
    lines[which + 1] = (
        lines[which + 1] + separator + "55" if more else separator.join(map(repr, rows[which][:2]))
    )
    path = write(tmp_path / "a.csv", "\n".join(lines))
    with pytest.raises(SourceError, match=rf"a\.csv, line {which + 2} with {4 if more else 2}; allowed: 3"):
        read_text_table(path, sep=separator if separator != " " else WHITESPACE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("lon,lat,value\n", "the table has no rows"),
        ("# only a remark\n", "columns are missing|no heading"),
        ("10,20,5\n11,21,6\n", "the table has no heading"),
        ("lon,lat,lat\n1,2,3\n", "do not tell the columns apart"),
        ("lon,,value\n1,2,3\n", "do not tell the columns apart"),
        ("lon,lat,value\n1,2,3\n4,\0,5\n", "no readable table of text"),
        ('lon,lat,value\n1,"2,3\n4,5,6\n', "no readable table of text|another number of fields"),
        ("lon;lat;value\n1;2;3\n", "columns are missing"),
        ("lon,lat,value\n10,5,20,5,61\n", "another number of fields"),
    ],
)
def test_texts_that_are_refused(tmp_path, text, message):
    with pytest.raises(TableError, match=message) as caught:
        read_text_table(
            write(tmp_path / "a.csv", text), needed=() if "do not" in message else HEADING, error=TableError
        )
    assert "\n" not in str(caught.value)


@quickly
@given(st.one_of(st.binary(max_size=60), st.text('lonat,;#"\n\r\t 0123.e-', max_size=60).map(str.encode)))
def test_any_bytes_give_a_table_or_one_sentence(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    for sep in (",", "\t", WHITESPACE):
        # Anything else than a table or this error fails the test.
        with suppress(TableError):
            assert len(read_text_table(tmp_path / "a.csv", sep=sep, error=TableError)) > 0


def test_other_encodings_are_refused_unless_named(tmp_path):
    path = write(tmp_path / "a.csv", "lon,lat,name\n1,2,Tohoku-Öki\n", "latin-1")
    with pytest.raises(SourceError, match="allowed: text in UTF-8"):
        read_text_table(path)
    assert read_text_table(path, encoding="latin-1")["name"].tolist() == ["Tohoku-Öki"]


def test_quoted_names_units_and_row_numbers(tmp_path):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["", "lon", "place"], ["0", "1", "41 km WSW of Sola, Vanuatu"]])
    frame = read_text_table(write(tmp_path / "a.csv", buffer.getvalue()))
    assert frame.to_dict("list") == {"lon": [1], "place": ["41 km WSW of Sola, Vanuatu"]}
    units = write(tmp_path / "b.txt", "lon lat\ndeg deg\n1 2\n")
    assert read_text_table(units, sep=WHITESPACE, skip_after_heading=1)["lat"].tolist() == [2]


LAYER = "layers:\n- {name: HEAT, path: FILE, unit: mW/m2, long_name: heat flow, citation: me}\n"


def read_layer(folder, name, text):
    write(folder / name, text)
    (layer,) = sources.read_user_layers(write(folder / "layers.yaml", LAYER.replace("FILE", name)))
    return sources.read_layer(layer)


def test_layers_of_points(tmp_path):
    rows = "10.5,20.5,61,\n11.5,21.5,62,\n"
    assert read_layer(tmp_path, "a.csv", "lon,lat,value\n" + rows)["value"].tolist() == [61.0, 62.0]
    marked = read_layer(tmp_path, "b.txt", "# lon lat value\n10.5 20.5 61\n")
    assert marked.iloc[0].tolist() == [10.5, 20.5, 61.0]
    swapped = read_layer(tmp_path, "c.txt", "# value lat lon\n61 20.5 370.5\n")
    assert swapped.iloc[0].tolist() == [10.5, 20.5, 61.0]
    with pytest.raises(
        SourceError, match=r"^layer HEAT: point table: a line has another number .*line 2 with 4"
    ):
        read_layer(tmp_path, "d.csv", "lon,lat,value\n10.5,20.5,61,55\n")
    text = "# by hand\nlon,lat,value\n1,2,3\n,2,3\n# 4,5,6\n1,2,\n"
    record = sources.row_record(read_layer(tmp_path, "e.csv", text))
    assert (record.read, record.used) == (4, 2)
    assert str(record) == (
        "e.csv: 4 rows read, 2 used; left out: 1 without a place, 1 commented out; values withheld: 1 missing"
    )


@pytest.mark.parametrize("place", ["500000,4500000", "999,20", "-9999,20", "10,95"])
def test_points_that_are_no_degrees(tmp_path, place):
    with pytest.raises(SourceError, match=r"^layer HEAT: a l.*itude is out of range"):
        read_layer(tmp_path, "a.csv", f"lon,lat,value\n10,20,5\n{place},5\n")


def test_study_folder_with_trailing_commas(tmp_path):
    write(tmp_path / "alu.csv", "F0,MR_GCMT,F1,F2\n0.5,7.4,1.25,2.5,\n0.75,8.3,1.5,3.5,\n")
    table = read_study_folder(tmp_path)
    assert table.magnitudes().tolist() == [7.4, 8.3]
    assert table.feature_names == ["F0", "F1", "F2"]
    write(tmp_path / "alu.csv", "F0,MR_GCMT,F1\n0.5,7.4,1.25,9\n")
    with pytest.raises(TableError, match=r"alu\.csv, line 2 with 4"):
        read_study_folder(tmp_path)
    write(tmp_path / "alu.csv", "F0,MR_GCMT\n0.5,7.4\n")
    write(tmp_path / "positions.csv", "region,row,s_km,lon,lat\nalu,0,25,280,5\nalu,0,25,280,5\n")
    with pytest.raises(TableError, match="gives a segment twice"):
        read_study_folder(tmp_path)
    for place, name in (("9999,5", "lon"), ("5,95", "lat")):
        write(tmp_path / "positions.csv", f"region,row,s_km,lon,lat\nalu,0,25,{place}\n")
        with pytest.raises(TableError, match=rf"column {name} of positions\.csv is out of range"):
            read_study_folder(tmp_path)
    write(tmp_path / "positions.csv", "region,row,s_km,lon,lat\nalu,0,25,280,5,\n")
    assert read_study_folder(tmp_path).frame["lon"].tolist() == [-80.0]


@pytest.mark.parametrize("turns", [-1, 0, 1, 2])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_tables_with_longitudes_of_any_layout(tmp_path, turns, suffix):
    table = synthetic_table()
    path = tmp_path / f"t{suffix}"
    write_table(table, path)
    frame = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    frame["lon"] += 360.0 * turns
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    again = read_table(path).frame
    np.testing.assert_allclose(again["lon"], table.frame["lon"], atol=1e-9)
    frame.assign(lon=9999.0).to_csv(tmp_path / "off.csv", index=False)
    with pytest.raises(TableError, match=r"column lon is not as it must be \(given: 9999"):
        read_table(tmp_path / "off.csv", label="MW")


def test_tables_with_trailing_commas_and_whole_segments(tmp_path):
    text = "region,segment,s_km,lon,lat,F0,MW\nalu,0,25,280,5,0.5,7.4,\nalu,1,75,280.5,4,0.6,8.3,\n"
    table = read_table(write(tmp_path / "t.csv", text), label="MW")
    assert table.magnitudes().tolist() == [7.4, 8.3]
    assert table.frame["lon"].tolist() == [-80.0, -79.5]
    with pytest.raises(TableError, match=r"t\.csv, line 3 with 8; allowed: 7"):
        read_table(write(tmp_path / "t.csv", text.replace("8.3,", "8.3,1")), label="MW")
    with pytest.raises(TableError, match="column segment is not as it must be"):
        read_table(write(tmp_path / "t.csv", text.replace("alu,1,", "alu,0.7,")), label="MW")
