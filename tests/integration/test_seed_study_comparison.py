"""The built-in table beside the published one: what the project asked of itself is reached."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from megathrust.table import load_builtin_table

TOOL = Path(__file__).resolve().parents[2] / "tools" / "compare_seed_study.py"


@pytest.fixture(scope="module")
def compare():
    spec = importlib.util.spec_from_file_location("compare_seed_study", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_features_follow_the_published_ones_as_closely_as_asked(compare, data_dir):
    found = compare.correlations(load_builtin_table(), data_dir)
    asked = found[found["to reach"].notna()]
    assert len(asked) == 11
    short = asked[asked["median"] < asked["to reach"]]
    assert short.empty, short.to_string()


def test_the_documentation_shows_these_numbers(compare, data_dir):
    found = compare.correlations(load_builtin_table(), data_dir)
    page = (TOOL.parents[1] / "docs" / "built-in-table.md").read_text(encoding="utf-8")
    assert compare._markdown(found) in page


def test_nine_of_ten_labels_agree(compare, data_dir):
    agreement = compare.label_agreement(load_builtin_table(), data_dir, "MW_1904")
    assert agreement.loc["four with positions", "share"] >= 0.9
    assert agreement.loc["all", "share"] >= 0.9
