"""The temperature that is planted is found, and is the best of a fine grid."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from megathrust.core import InputError
from megathrust.evaluation import TEMPERATURES, fit_temperature


def worlds(temperature, networks=1, rows=4000, n_classes=3):
    """Return what networks say whose logits are ``temperature`` times too large, and what was observed."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(rows, n_classes)) * 1.5
    chances = softmax(logits, axis=1)
    classes = (random.uniform(size=(rows, 1)) > chances.cumsum(1)).sum(1)
    return log_softmax(np.tile(temperature * logits, (networks, 1, 1)), axis=-1), classes


@pytest.mark.parametrize("planted", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("networks", [1, 4])
def test_a_planted_temperature_is_found(planted, networks):
    assert fit_temperature(*worlds(planted, networks)) == pytest.approx(planted, rel=0.08)


def test_no_temperature_of_a_grid_does_better_for_the_mean_of_networks():
    random = np.random.default_rng(1)
    said, classes = log_softmax(random.normal(size=(5, 60, 2)) * 3.0, axis=-1), random.integers(0, 2, 60)

    def loss(temperature):
        mean = softmax(said / temperature, axis=-1).mean(0)
        return -np.log(mean[np.arange(60), classes]).mean()

    grid = np.geomspace(*TEMPERATURES, 400)
    assert loss(fit_temperature(said, classes)) <= min(map(loss, grid)) + 1e-6


def test_one_class_says_nothing_and_nonsense_is_refused():
    said = np.log(np.full((1, 3, 2), 0.5))
    assert fit_temperature(said, np.zeros(3, dtype=int)) == 1.0
    with pytest.raises(InputError, match="not a number"):
        fit_temperature(said * np.nan, np.array([0, 1, 0]))
    with pytest.raises(InputError, match="classes"):
        fit_temperature(said, np.array([0, 1]))
