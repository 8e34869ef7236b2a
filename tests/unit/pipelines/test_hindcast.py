"""Labels that end with a day, judged by the ruptures since then."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError
from megathrust.pipelines.forecast import run_hindcast
from megathrust.pipelines.settings import load_config
from megathrust.table import load_builtin_ruptures, load_builtin_table

RUPTURES = load_builtin_ruptures()
WHOLE = load_builtin_table()
TABLE = WHOLE.select_rows(WHOLE["region"].isin(["sam", "sum"]).to_numpy(), "other regions")
SMALL = {"network": {"members": 1, "epochs": 2, "hidden": [8]}, "bootstrap_replicates": 20}


def test_maps_from_labels_to_2003_are_scored_by_what_ruptured_since(tmp_path):
    found = run_hindcast(
        TABLE, RUPTURES, load_config("quick", **SMALL), tmp_path / "out", until="2003-12-31", workers=1
    )
    great = RUPTURES[(RUPTURES["time"] >= "2004-01-01") & (RUPTURES["magnitude"] >= 8.0)]
    assert len(found.events) == great["region"].isin(["sam", "sum"]).sum() == 6
    assert (found.events["time"] >= pd.Timestamp("2004-01-01", tz="UTC")).all()
    scores = found.scores.set_index("map")
    names = {"FCN, held out", "extra trees, held out", "rates of regions", "rates with features"}
    assert names | {"trench length"} < set(scores.index)
    assert scores.loc["trench length", "area_skill"] == pytest.approx(0.5)
    assert scores.loc["rates of regions", "information_gain"] == pytest.approx(0.0)
    assert scores["p_value"].isna().all()
    assert "TOO FEW EVENTS" in " ".join(found.sentences())
    for name in scores.index:
        assert found.relative[name].sum() == pytest.approx(1.0)
        assert (found.relative[name] > 0.0).all()
    # What is known of the past and what is not are each other's mirror.
    both = scores.loc[["has ruptured before", "has not ruptured before"], "area_skill"]
    assert both.sum() == pytest.approx(1.0)
    spread = run_hindcast(
        TABLE,
        RUPTURES,
        load_config("quick", **SMALL),
        tmp_path / "spread",
        until="2003-12-31",
        extent=True,
        workers=1,
    )
    pd.testing.assert_frame_equal(spread.relative, found.relative)
    areas = spread.scores.set_index("map")["area_skill"]
    assert areas["has ruptured before"] != pytest.approx(scores.loc["has ruptured before", "area_skill"])
    assert areas["trench length"] == pytest.approx(0.5)
    assert "spread over its extent" in spread.sentences()[0]
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"about.json", "events.csv", "maps.csv", "molchan.csv", "molchan.png", "scores.csv"}
    curves = pd.read_csv(tmp_path / "out" / "molchan.csv")
    assert curves["alarm"].between(0.0, 1.0 + 1e-9).all()
    assert np.isfinite(curves["missed"]).all()


def test_a_day_after_all_events_is_refused(tmp_path):
    with pytest.raises(InputError, match="no event followed"):
        run_hindcast(
            TABLE, RUPTURES, load_config("quick", **SMALL), tmp_path / "out", until="2021-12-31", workers=1
        )
    assert not (tmp_path / "out").exists()
