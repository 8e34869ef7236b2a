"""What a run's rankings hold of a known truth on its own table."""

from __future__ import annotations

import pandas as pd
import pytest

from megathrust.pipelines.run import run
from megathrust.pipelines.settings import load_config
from megathrust.testing import synthetic_table

SMALL = {
    "network": {"members": 1, "hidden": [8], "epochs": 2},
    "nulls": {"surrogates": 0},
    "claims": {"worlds": 0},
    "curve": {"exclusion_km": []},
    "baselines": ["region prior"],
    "bootstrap_replicates": 20,
    "relevance": {"methods": ["relative-lrp"]},
    "explaining": {"members": 1, "encodings": ["none"], "randomised": 0},
    "figures": {"kinds": ["relevance"]},
}


@pytest.mark.slow
def test_the_line_stands_under_every_ranking(tmp_path):
    config = load_config(**SMALL, known_truth={"worlds": 1, "members": 1})
    finished = run(synthetic_table(), config, tmp_path / "r")
    said = finished.known_truth
    assert said[0].startswith("On this table a top-2 list of relative-lrp: epsilon (both) holds ")
    assert "sparse logistic on ranks" in said[1]
    assert len(pd.read_csv(tmp_path / "r" / "known_truth_worlds.csv")) == 2 * 4
    index = (tmp_path / "r" / "figures" / "index.json").read_text(encoding="utf-8")
    assert index.count("On this table a top-2 list") >= 5
    assert '"known_truth.png"' in index
