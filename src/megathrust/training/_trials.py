"""Trials of a search: drawn from distributions, each from a random stream of its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study

from megathrust.core import FloatArray, InputError, check_range, check_same_length
from megathrust.models import derived_seed
from megathrust.training._network import TRIAL_PARAMETERS, Network

#: A distribution for each of `TRIAL_PARAMETERS`.
SearchSpace = Mapping[str, BaseDistribution]

# Below this, a variance decomposition describes its own trees.
_FEWEST_FOR_IMPORTANCE = 8


@dataclass(frozen=True)
class Trial:
    """One configuration of a search.

    Attributes
    ----------
    number : int
        Place in the trial table.
    network : Network
        Its settings; whatever a search does not decide is as in those that it started from.
    """

    number: int
    network: Network

    @property
    def parameters(self) -> dict[str, Any]:
        """What the search decided, by name."""
        return self.network.parameters()


def draw_trials(space: SearchSpace, common: Network, *, seed: int, count: int) -> list[Trial]:
    """Draw the trial table of a random search.

    Trial k depends on the seed and on k only: a table of 10 trials is the beginning of one of 1000.

    Parameters
    ----------
    space : mapping of str to optuna distribution
        One for each of `TRIAL_PARAMETERS`.
    common : Network
        What a trial does not decide.
    seed : int
        Seed of the table, >= 0.
    count : int
        How many trials.

    Raises
    ------
    InputError
        If a parameter has no distribution or an unknown one has, or the count is below 1.

    Examples
    --------
    >>> from optuna.distributions import CategoricalDistribution as Choice, FloatDistribution as Range
    >>> space = {name: Choice([4]) for name in TRIAL_PARAMETERS} | {"encoding": Choice(["none"])}
    >>> space |= {name: Range(0.01, 0.5) for name in ("learning_rate", "weight_decay", "dropout")}
    >>> space |= {"label_smoothing": Range(0.0, 0.2)}
    >>> draw_trials(space, Network(), seed=1, count=9)[:3] == draw_trials(space, Network(), seed=1, count=3)
    True
    """
    check_range("the number of trials", count, low=1)
    ordered = _ordered(space)
    trials = []
    with _quiet():
        study = optuna.create_study()
        for number in range(count):
            study.sampler = RandomSampler(seed=derived_seed(seed, "drawn trial", str(number)))
            trials.append(Trial(number, common.with_parameters(**study.ask(ordered).params)))
    return trials


def propose_trials(
    space: SearchSpace,
    common: Network,
    history: Sequence[Trial],
    scores: Sequence[float],
    *,
    seed: int,
    count: int,
) -> list[Trial]:
    """Propose the next trials from the scores of earlier ones, by the tree-structured Parzen estimator.

    The result depends on the arguments only; proposals of one call keep away from each other
    ("constant liar"), so that they can be trained together. Numbers continue the history's.

    Parameters
    ----------
    space : mapping of str to optuna distribution
    common : Network
        What a trial does not decide.
    history : sequence of Trial
        Trials that were scored; without any, the proposals are those of `draw_trials`.
    scores : sequence of float
        Their scores, higher is better.
    seed : int
    count : int
        How many trials to propose.

    References
    ----------
    Bergstra et al. (2011), Algorithms for hyper-parameter optimization, NeurIPS 24; as in optuna.
    """
    check_range("the number of trials", count, low=1)
    first = check_same_length(history=history, scores=scores)
    if not first:
        return draw_trials(space, common, seed=seed, count=count)
    with _quiet():
        own_seed = derived_seed(seed, "proposed trials", str(first))
        sampler = TPESampler(seed=own_seed, n_startup_trials=1, constant_liar=True)
        study = _study(_ordered(space), history, scores, sampler)
        proposed = [study.ask(_ordered(space)).params for _ in range(count)]
        return [
            Trial(first + number, common.with_parameters(**chosen)) for number, chosen in enumerate(proposed)
        ]


def parameter_importance(
    space: SearchSpace, trials: Sequence[Trial], scores: Sequence[float], *, seed: int = 0
) -> FloatArray:
    """Return the share of the scores' variance that each of `TRIAL_PARAMETERS` explains (fANOVA).

    Parameters
    ----------
    space : mapping of str to optuna distribution
    trials : sequence of Trial
    scores : sequence of float
        Of the same training length for all, else the comparison is between lengths.
    seed : int
        Of the forest that is fitted to the scores.

    Returns
    -------
    ndarray, shape (parameters,)
        Main effects, scaled to sum to 1; NaN throughout where fewer than eight trials or equal scores allow
        no estimate, 0 for a parameter that does not vary.

    References
    ----------
    Hutter, Hoos & Leyton-Brown (2014), ICML, PMLR 32; as in optuna.
    """
    check_same_length(trials=trials, scores=scores)
    unknown: FloatArray = np.full(len(TRIAL_PARAMETERS), np.nan)
    if len(trials) < _FEWEST_FOR_IMPORTANCE or np.ptp(scores) == 0.0:
        return unknown
    with _quiet():
        study = _study(_ordered(space), trials, scores, RandomSampler(seed=seed))
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return np.array([float(shares.get(name, 0.0)) for name in TRIAL_PARAMETERS])


def _study(
    space: dict[str, BaseDistribution], trials: Sequence[Trial], scores: Sequence[float], sampler: BaseSampler
) -> Study:
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial, score in zip(trials, scores, strict=True):
        study.add_trial(
            optuna.trial.create_trial(
                params={name: trial.parameters[name] for name in space}, distributions=space, value=score
            )
        )
    return study


def _ordered(space: SearchSpace) -> dict[str, BaseDistribution]:
    if set(space) != set(TRIAL_PARAMETERS):
        raise InputError(
            "the search space does not cover the parameters of a trial",
            given=", ".join(sorted(space)),
            allowed=", ".join(TRIAL_PARAMETERS),
        )
    return {name: space[name] for name in TRIAL_PARAMETERS}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep optuna from telling of studies that exist for one call only, and of its experimental options."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)
