"""Rivals from outside: refused in one sentence without their packages, and as good as any other with them."""

import os
import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.evaluation import BASELINES, DEFAULT_RIVALS, OUTSIDE_RIVALS, Rows
from megathrust.pipelines.experiment import make_experiment
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.testing import check_baseline, synthetic_table


def needing(name):
    if find_spec(OUTSIDE_RIVALS[name]) is None:
        pytest.skip(f"{OUTSIDE_RIVALS[name]} is not installed")


def saddle(seed, rows=120):
    """Return rows whose class is that of a product: no linear model can tell it."""
    features = np.random.default_rng(seed).normal(size=(rows, 3))
    given = Rows(features, np.repeat("a", rows), np.arange(float(rows)))
    return given, (features[:, 0] * features[:, 1] > 0).astype(int)


def test_no_run_depends_on_what_happens_to_be_installed():
    assert set(DEFAULT_RIVALS).isdisjoint(OUTSIDE_RIVALS)
    assert set(DEFAULT_RIVALS) | set(OUTSIDE_RIVALS) <= set(BASELINES)
    assert load_config().baselines == DEFAULT_RIVALS


@pytest.mark.parametrize("name", OUTSIDE_RIVALS)
def test_a_rival_that_is_not_installed_is_refused_before_any_work(name, monkeypatch):
    monkeypatch.setattr("megathrust.evaluation._outside_rivals.find_spec", lambda package: None)
    config = load_config("quick", baselines=[name])
    table = make_experiment(synthetic_table(), config).table
    with pytest.raises(InputError, match=r"needs the package \w+, which is not installed: pip install"):
        tasks_of(table, config)
    rows, classes = saddle(0)
    with pytest.raises(InputError, match=r"megathrust\[rivals\]"):
        BASELINES[name](rows, classes, rows, 2, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTSIDE_RIVALS)
def test_a_rival_from_outside_keeps_the_promises_of_rivals(name):
    needing(name)
    check_baseline(BASELINES[name], n_classes=3)
    assert "PL_GLOBAL_SEED" not in os.environ


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTSIDE_RIVALS)
def test_a_rival_from_outside_learns_what_a_line_cannot_and_takes_missing_values(name, tmp_path, monkeypatch):
    needing(name)
    monkeypatch.chdir(tmp_path)
    train, classes = saddle(1, 250)
    test, observed = saddle(2, 250)
    train.features[::7, 2] = np.nan
    test.features[::5, 2] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chances = BASELINES[name](train, classes, test, 2, 0)
    lines = BASELINES["logistic regression"](train, classes, test, 2, 0)
    assert (chances.argmax(1) == observed).mean() > 0.8
    assert (lines.argmax(1) == observed).mean() < 0.65
    assert not list(tmp_path.iterdir()), "a rival leaves files behind"


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTSIDE_RIVALS)
def test_a_rival_from_outside_lives_with_a_class_that_training_lacks(name):
    needing(name)
    rows, _ = saddle(3, 40)
    for classes in (np.repeat([0, 2], 20), np.zeros(40, dtype=int)):
        chances = BASELINES[name](rows, classes, rows, 3, 0)
        assert chances.shape == (40, 3)
        assert np.all(chances[:, 1] == 0.0)
