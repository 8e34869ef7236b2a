"""What a run tells its user to cite."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

import megathrust as mt
from megathrust.pipelines.run import citations
from megathrust.sources import find_source
from megathrust.testing import synthetic_table


def cited(table):
    return citations(SimpleNamespace(table=table))


def entries(text):
    return re.findall(r"^@(\w+)\{([^,]+),$", text, flags=re.MULTILINE)


def test_software_and_method_come_first_and_alone_where_a_table_names_no_source():
    text = cited(synthetic_table())
    assert entries(text) == [("software", "megathrust"), ("article", "megathrust-method")]
    assert f"version = {{{mt.__version__}}}" in text
    assert "doi = {10.1029/2024JB028774}" in text


def test_every_source_of_the_built_in_table_is_cited_once():
    table = mt.load_builtin_table()
    references = {source["citation"] for source in table.provenance["sources"]}
    text = cited(table)
    data = [key for kind, key in entries(text) if kind == "misc"]
    assert len(data) == len(set(data)) == len(references)
    for reference in references:
        assert f"note = {{{reference.replace('&', chr(92) + '&')}}}" in text
    assert "doi = {10.1126/science.aat4723}" in text
    assert "license = {CC-BY-SA-3.0}" in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("reference", "fields"),
    [
        ("A (2001), J. 1, doi:10.1000/a.b).", ["@misc{a2001,", "  year = {2001},", "  doi = {10.1000/a.b},"]),
        ("A (2001), J. 1; B (2002), doi:10.1000/b", ["@misc{a2001,"]),
        ("50 % of {this} & that_one", ["@misc{ofthis,"]),
        ("(2001)", ["@misc{2001,", "  year = {2001},"]),
        ("()", ["@misc{-2,"]),
    ],
)
def test_year_and_doi_are_those_of_the_one_work(reference, fields):
    source = {"key": "k", "sha256": "0", "citation": reference, "licence": "free"}
    table = replace(synthetic_table(), provenance={"sources": [source]})
    lines = cited(table).split("\n\n")[-1].splitlines()
    assert [line for line in lines[:-1] if "note" not in line and "license" not in line] == fields


def test_equal_authors_and_years_have_keys_of_their_own_and_licences_are_joined():
    sources = [
        {"key": "k", "sha256": "0", "citation": text, "licence": licence}
        for text, licence in (
            ("A (2001), J. 1", "free"),
            ("A (2001), J. 2", "free"),
            ("A (2001), J. 1", "ours"),
        )
    ]
    text = cited(replace(synthetic_table(), provenance={"sources": sources}))
    assert [key for _, key in entries(text)][2:] == ["a2001", "a2001-2"]
    assert "license = {free; ours}" in text


def test_files_that_the_registry_knows_by_hash_are_cited():
    known = find_source("seafloor/crust1.bnds")
    table = replace(synthetic_table(), provenance={"sha256": {"x.csv": known.sha256, "y.csv": "0"}})
    assert [key for _, key in entries(cited(table))][2:] == ["laske2013"]


def test_the_command_prints_and_refuses(tmp_path, capsys, monkeypatch):
    from megathrust.cli import main

    monkeypatch.setattr("sys.argv", ["megathrust", "cite", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "the folder is no run" in capsys.readouterr().err
