"""Temperatures come from inner rows of a fold alone, go into the networks, and are told by the card."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from megathrust.core import InputError
from megathrust.models import FCNArchitecture, FCNStack, Heads, load_model
from megathrust.pipelines.experiment import make_experiment, train_task
from megathrust.pipelines.experiment._temperature import find_temperatures, inner_folds
from megathrust.pipelines.run import run
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.pipelines.work import ProgressBars, StageStore, Work, open_engine
from megathrust.testing import synthetic_table

SMALL = {
    "network": {"members": 2, "hidden": [6], "epochs": 4},
    "temperature": {"fitted": True, "members": 2, "blocks": 2},
}


@pytest.fixture
def work(tmp_path):
    with ProgressBars(visible=False) as bars, open_engine(workers=1) as engine:
        yield Work(StageStore(tmp_path / "stages", "f"), bars, engine)


def asked(table, **changes):
    config = load_config("quick", **{**SMALL, **changes})
    experiment = make_experiment(table, config)
    return experiment, tasks_of(experiment.table, config)[0]


@pytest.mark.parametrize(
    "heads", [Heads(3), Heads(3, ordinal=True), Heads(2, magnitude="mse"), Heads(2, ordinal=True)]
)
def test_a_tempered_stack_is_as_sure_as_its_temperature_says(heads):
    random = np.random.default_rng(0)
    stack = FCNStack(
        FCNArchitecture(4, heads.n_outputs, (5,), heads=heads), random.normal(size=(3, 4)), np.ones((3, 4))
    )
    stack.draw([1, 2, 3])
    x, given = random.normal(size=(7, 4)), np.array([0.5, 1.0, 4.0])
    before, after = stack.outputs(x), stack.tempered(given).outputs(x)
    own = heads.class_outputs
    np.testing.assert_allclose(
        after[..., :own], before[..., :own] / given[:, None, None], rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(after[..., own:], before[..., own:])
    np.testing.assert_array_equal(stack.outputs(x), before)
    logs = stack.log_probabilities(x)
    np.testing.assert_allclose(np.exp(logs), stack.probabilities(x), rtol=1e-5)
    if not heads.ordinal:
        expected = softmax(logs / given[:, None, None], axis=-1)
        np.testing.assert_allclose(stack.tempered(given).probabilities(x), expected, rtol=1e-4)


@pytest.mark.parametrize("given", [[1.0], [1.0, 0.0, 1.0], [1.0, np.nan, 1.0]])
def test_temperatures_that_do_not_fit_are_refused(given):
    stack = FCNStack(FCNArchitecture(2, 2, (3,)), np.zeros((3, 2)), np.ones((3, 2)))
    with pytest.raises(InputError, match="temperatures do not fit"):
        stack.tempered(given)
    alone = FCNStack(
        FCNArchitecture(2, 1, (3,), heads=Heads(magnitude="mse")), np.zeros((1, 2)), np.ones((1, 2))
    )
    with pytest.raises(InputError, match="no classes"):
        alone.tempered([1.0])
    with pytest.raises(InputError, match="no classes"):
        alone.log_probabilities(np.zeros((1, 2)))


@pytest.mark.parametrize("kind", ["seed", "rupture-grouped"])
def test_inner_rows_are_no_test_rows(kind):
    experiment, _ = asked(synthetic_table(), protocol={"kind": kind})
    ruptures = experiment.ruptures
    for fold, inner in zip(experiment.folds, inner_folds(experiment), strict=True):
        for each in inner:
            assert not np.isin([*each.train, *each.test], fold.test).any()
            if kind == "rupture-grouped":
                assert not np.isin(ruptures[each.train], ruptures[each.test]).any()


def test_no_test_row_changes_the_temperature_of_its_fold(work):
    table = synthetic_table()
    experiment, task = asked(table)
    found = find_temperatures(experiment, task, work)
    assert found.shape == (5,)
    assert len(set(found.tolist())) > 1, "temperatures do not depend on their folds"
    fold = experiment.folds[2]
    frame = experiment.table.frame.copy()
    features = list(experiment.table.feature_names)
    frame.loc[frame.index[fold.test], features] += 100.0
    frame.loc[frame.index[fold.test], "MW"] = np.where(experiment.highest[fold.test], 6.0, 9.0)
    other = replace(experiment, table=replace(experiment.table, frame=frame))
    again = find_temperatures(other, tasks_of(other.table, other.config)[0], work.keyed("other"))
    assert again[2] == found[2]
    assert (again != found).sum() >= 3, "test rows are training rows of other folds"


def test_networks_of_a_fold_are_brought_to_its_temperature(work):
    experiment, task = asked(synthetic_table())
    fit = train_task(experiment, task, work)
    plain, _ = asked(synthetic_table(), temperature={"fitted": False})
    untouched = train_task(plain, task, work)
    assert untouched.temperatures is None
    features = experiment.rows.features
    expected = untouched.stack.tempered(np.repeat(find_temperatures(experiment, task, work), 2))
    np.testing.assert_array_equal(fit.stack.outputs(features), expected.outputs(features))


def test_a_run_tells_its_temperatures_on_the_card(tmp_path):
    quick = {"nulls": {"surrogates": 0, "planted": 0}, "claims": {"worlds": 0}, "figures": {"kinds": []}}
    run(
        synthetic_table(),
        load_config("quick", **SMALL, **quick, curve={"exclusion_km": []}, bootstrap_replicates=20),
        tmp_path / "run",
    )
    saved = load_model(tmp_path / "run" / "model")
    told = saved.notes["temperature"]
    assert list(told) == [str(k) for k in range(5)]
    card = (tmp_path / "run" / "model" / "README.md").read_text("utf-8")
    assert f"divided by temperatures fitted inside the folds: {told['0']:.2f} (0)" in card
    assert "| of class 0 | of class 1 |" in card
    assert "| class | segments | ruptures | coverage | by chance | cannot tell |" in card
    assert [each["number"] for each in saved.notes["class_sets"]["classes"]] == [0, 1]
