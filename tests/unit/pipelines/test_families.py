"""Networks without one family: which losses grow, and that p-values are fair."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from megathrust.core import InputError
from megathrust.pipelines.families import family_losses
from megathrust.pipelines.families._losses import _holm, _with_neighbours, family_experiment
from megathrust.testing import synthetic_table
from megathrust.worlds import World

QUICK = {"members": 1, "hidden": [8], "epochs": 15, "learning_rate": 1e-2}
LONG = synthetic_table(regions={"alu": 40, "kur": 40, "sam": 60}, noise=0.1)


def test_networks_lose_what_the_driver_said_and_nothing_without_noise(tmp_path):
    longer = QUICK | {"epochs": 80, "batch_size": 32}
    found = family_losses(LONG, worlds=24, exceedances=3, network=longer, out=tmp_path / "out")
    rows = found.table.set_index("family")
    assert rows.loc["driver", "p"] == 1 / 25
    assert rows.loc["driver", "without"] > rows.loc["driver", "loss"] + 0.1
    assert rows.loc["noise", "p"] > 0.1
    assert rows.loc["noise", "worlds"] < 24
    assert found.table["family"].tolist() == ["driver", "noise"]
    assert "never seen" in found.sentences[0]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "family_losses.csv",
        "family_losses.json",
        "family_losses.png",
    }
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out" / "family_losses.csv"), found.table)
    assert json.loads((tmp_path / "out" / "family_losses.json").read_text())["rests_on"] == found.size


def test_beyond_the_neighbours_networks_know_the_labels_along_the_trench(tmp_path):
    longer = QUICK | {"epochs": 80, "batch_size": 32}
    given = {"worlds": 9, "exceedances": 3, "network": longer, "families": ["driver"]}
    (plain,) = family_losses(LONG, **given).table.itertuples()
    found = family_losses(LONG, **given, beyond="neighbours", out=tmp_path / "out")
    (beyond,) = found.table.itertuples()
    assert beyond.p == 0.1
    assert beyond.loss != plain.loss
    assert "beyond the region, the neighbours' labels and" in found.sentences[0]
    assert json.loads((tmp_path / "out" / "family_losses.json").read_text())["beyond"] == "neighbours"
    with pytest.raises(InputError, match="beyond"):
        family_losses(LONG, beyond="everything")


def test_labels_of_held_out_segments_do_not_reach_what_neighbours_say():
    experiment = family_experiment(LONG, network=QUICK)
    world = World(experiment.rows.features, np.arange(len(experiment.table)), experiment.ruptures)
    for fold in experiment.folds:
        target = LONG.target()
        frame = LONG.frame.copy()
        frame.loc[fold.test, target] = np.where(frame.loc[fold.test, target] >= 8.0, 6.0, 8.5)
        turned = replace(experiment, table=replace(experiment.table, frame=frame))
        assert (turned.classes[fold.test] != experiment.classes[fold.test]).all()
        plain, other = (_with_neighbours(world, each, fold).features for each in (experiment, turned))
        assert plain.shape[1] == world.features.shape[1] + 1
        assert np.ptp(plain[fold.test, -1]) > 0.0
        np.testing.assert_array_equal(plain, other)


def test_the_same_in_threads_and_for_one_family_alone():
    given = {"worlds": 4, "exceedances": 2, "network": QUICK, "seed": 3}
    both = family_losses(LONG, **given, workers=2).table.set_index("family")
    (alone,) = family_losses(LONG, **given, families=["noise"], workers=1).table.itertuples()
    assert alone.p == both.loc["noise", "p"] == alone.corrected_p
    assert alone.without == both.loc["noise", "without"]


def test_a_family_that_only_goes_with_the_driver_is_not_named():
    """Where rows alone are permuted, the follower would be named: it holds most of the driver."""
    random = np.random.default_rng(5)
    p = []
    for world in range(6):
        table = synthetic_table(seed=world, regions={"alu": 40, "kur": 40, "sam": 60}, noise=0.1)
        smooth = lfilter([0.6], [1.0, -0.8], random.normal(size=(140, 4)), axis=0)
        for place, name in enumerate(("F2", "F3", "F4", "F5")):
            table.frame[name] = table.frame["F0"] + table.frame["F1"] + 0.5 * smooth[:, place]
        longer = QUICK | {"epochs": 60, "batch_size": 32}
        found = family_losses(table, families=["noise"], worlds=9, exceedances=9, network=longer, seed=world)
        p += found.table["p"].tolist()
    assert np.mean(np.array(p) <= 0.2) <= 0.5
    assert np.mean(p) >= 0.3


def test_corrected_p_grows_and_never_exceeds_one():
    np.testing.assert_allclose(_holm(np.array([0.01, 0.02, 0.03, 0.5])), [0.04, 0.06, 0.06, 0.5])
    assert _holm(np.array([0.6, 0.7])).max() == 1.0


def test_an_unknown_family_and_a_single_one_are_refused():
    with pytest.raises(InputError, match="driver"):
        family_losses(LONG, families=["drivers"], worlds=1)
    with pytest.raises(InputError, match="nothing is left without it"):
        family_losses(LONG.drop_columns(["F0", "F1"], "test"), worlds=1)
    with pytest.raises(InputError, match=r"nothing is left without it \(given: no feature\)"):
        family_losses(LONG.drop_columns([f"F{i}" for i in range(6)], "test"), worlds=1)
