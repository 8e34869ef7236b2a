"""One question under many protocols."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError
from megathrust.evaluation import Rows, classification_scores, nearest_segment
from megathrust.pipelines.experiment import NETWORK
from megathrust.pipelines.protocols import PROTOCOLS, evaluate_protocols, named_protocol, protocol_name
from megathrust.pipelines.settings import load_config
from megathrust.plots import plot_protocol_scores
from megathrust.splits import SPLITTERS, SplitOptions
from megathrust.testing import synthetic_table

KIND = "ruptures laid out anew"
CONFIG = load_config(
    network={"members": 2, "epochs": 2},
    nulls={"surrogates": 2, "per_model": 6, "exceedances": 2, "kinds": [KIND]},
    baselines=["region prior"],
    bootstrap_replicates=30,
)
ASKED = ("random", "seed 100 km", "seed 9000 km", "leave-one-region-out")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    out = tmp_path_factory.mktemp("protocols") / "scores"
    return evaluate_protocols(synthetic_table(), CONFIG, out, protocols=ASKED), out


def test_every_model_has_score_interval_and_own_p_under_every_protocol(found):
    scores, out = found
    table = scores.table
    assert list(dict.fromkeys(table["protocol"])) == ["random", "seed 100 km", "leave-one-region-out"]
    assert "would train on no segment" in scores.refused["seed 9000 km"]
    for _, part in table.groupby("protocol"):
        assert {NETWORK, "region prior", "nearest segment"} <= set(part["model"])
        assert part["p"].notna().all()
        assert ((part["low"] <= part["value"]) & (part["value"] <= part["high"])).mean() > 0.8
        assert part["worlds"].between(1, 6).all()
    written = pd.read_csv(out / "protocols.csv")
    np.testing.assert_allclose(written["value"], table["value"], atol=1e-5)
    content = json.loads((out / "protocols.json").read_text())
    assert content["sentences"] == list(scores.sentences)
    assert "not possible: scenario 0" in scores.sentences[-1]
    assert (out / "protocols.png").stat().st_size > 10_000


def test_a_score_is_that_of_all_held_out_segments_together(found):
    scores, _ = found
    table = synthetic_table()
    frame, classes = table.frame, table.classes([8.0])
    rows = Rows(table.features(), frame["region"].to_numpy(), frame["s_km"].to_numpy())
    said = np.zeros((len(table), 2))
    for fold in SPLITTERS["seed"](SplitOptions(exclusion_km=100.0)).split(table):
        said[fold.test] = nearest_segment(
            rows.take(fold.train), classes[fold.train], rows.take(fold.test), 2, 0
        )
    expected = classification_scores(classes, said)["f1", "macro"][0]
    one = scores.table.query("protocol == 'seed 100 km' and model == 'nearest segment'")
    assert one["value"].iloc[0] == pytest.approx(expected)


def test_the_same_again_from_what_was_kept(found, tmp_path, monkeypatch):
    scores, _ = found
    with monkeypatch.context() as patched:

        def stop(*given, **options):
            raise KeyboardInterrupt

        patched.setattr("megathrust.pipelines.protocols._evaluate._write", stop)
        with pytest.raises(KeyboardInterrupt):
            evaluate_protocols(synthetic_table(), CONFIG, tmp_path / "out", protocols=ASKED)
    assert not (tmp_path / "out").exists()
    for place in ("_training.train", "_worlds.train", "_own_nulls.surrogate"):
        monkeypatch.setattr(f"megathrust.pipelines.experiment.{place}", stop)
    again = evaluate_protocols(synthetic_table(), CONFIG, tmp_path / "out", protocols=ASKED)
    pd.testing.assert_frame_equal(again.table, scores.table)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_names_of_protocols_are_read_back(name):
    assert protocol_name(named_protocol(name)) == name


@pytest.mark.parametrize("name", ["rendom", "seed far km", "100 km", "seed -5 km"])
def test_unknown_protocols_are_refused_before_anything_is_computed(name, tmp_path):
    with pytest.raises(InputError, match=r"no such protocol|exclusion_km"):
        evaluate_protocols(synthetic_table(), CONFIG, tmp_path / "out", protocols=[name])
    assert list(tmp_path.iterdir()) == []


def test_nothing_possible_and_nothing_to_draw(tmp_path, found):
    with pytest.raises(InputError, match="none of the protocols"):
        evaluate_protocols(synthetic_table(), CONFIG, tmp_path / "out", protocols=["seed 9000 km"])
    with pytest.raises(InputError, match="no score to draw"):
        plot_protocol_scores(found[0].table.iloc[:0], metric="macro-F1")


def test_the_figure_shows_the_hardest_null():
    table = pd.DataFrame(
        {
            "protocol": "random",
            "model": ["FCN", "FCN", "extra trees"],
            "value": [0.7, 0.7, 0.8],
            "low": [0.6, 0.6, 0.7],
            "high": [0.8, 0.8, 0.9],
            "null": ["a", "b", None],
            "null_value": [0.4, 0.65, np.nan],
            "p": [0.01, 0.3, np.nan],
        }
    )
    texts = [text.get_text() for text in plot_protocol_scores(table, metric="macro-F1").axes[0].texts]
    assert texts == ["0.80", "0.70 to 0.90", "0.70", "0.60 to 0.80", "null 0.65", "p 0.3"] or texts == [
        "0.70", "0.60 to 0.80", "null 0.65", "p 0.3", "0.80", "0.70 to 0.90",
    ]  # fmt: skip
