"""The benchmark of known truth, small."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError
from megathrust.pipelines.relevance import SMALL, Benchmark, benchmark_table, write_benchmark
from megathrust.table import write_table
from megathrust.testing import synthetic_table

TINY = SMALL.with_parameters(width=8, epochs=3)
FEW = (("relative-lrp", "epsilon"), ("shapley", ""))


@pytest.fixture(scope="module")
def found():
    return benchmark_table(
        synthetic_table(), worlds=2, members=1, network=TINY, candidates=FEW, kinds=["additive"]
    )


def test_every_method_is_asked_in_every_world(found):
    table = found.table
    assert len(table) == 2 * (2 * 3 + 2)
    assert set(table["encoding"]) == {"plain", "bins", "both", "none"}
    assert table["family_hits"].between(0, 2).all()
    assert table[table["method"] == "shapley"]["feature_hits"].isna().all()
    sparse = table[table["method"] == "sparse logistic on ranks"]
    assert sparse["correlation"].between(0.3, 1.0).all()
    assert found.chance == (4 / 6, 4 / 2)


def test_the_default_is_chosen_on_one_half_and_quoted_on_the_other():
    rows = [
        ("additive", world, method, "bins", hits, hits, 0.5)
        for world in range(4)
        for method, hits in (("a", 4.0 if world % 2 == 0 else 1.0), ("b", 3.0))
    ]
    names = ["kind", "world", "method", "encoding", "feature_hits", "family_hits", "correlation"]
    made = Benchmark(pd.DataFrame(rows, columns=names), 5, 49, 10)
    assert made.chosen == ("a", "bins")
    assert "holds 1.0 of 5 true features (0.5 by chance)" in made.sentences[1]
    with pytest.raises(InputError, match="no such method"):
        made.line("c", "bins")


def test_it_is_written_with_its_figure(found, tmp_path):
    write_benchmark(found, tmp_path / "b")
    assert {each.name for each in (tmp_path / "b").iterdir()} == {
        "answer.txt",
        "methods.csv",
        "methods.png",
        "worlds.csv",
    }
    assert np.isfinite(pd.read_csv(tmp_path / "b" / "methods.csv")["family_hits"]).all()


@pytest.mark.slow
def test_the_command(tmp_path):
    write_table(synthetic_table(), tmp_path / "t.parquet")
    asked = ["benchmark", "--table", str(tmp_path / "t.parquet"), "--worlds", "1", "--members", "1"]
    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "b")])
    assert done.exit_code == 0, done.output
    assert "sparse logistic on ranks" in done.output
    assert (tmp_path / "b" / "methods.png").is_file()
