"""Rivals of other people's making: what tabular learning has best, each from its authors' own package."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.evaluation._baselines import BASELINES, Rows, from_sklearn

#: The package that each rival from outside comes from, as Python imports it; the extra ``rivals`` has them.
OUTSIDE_RIVALS = MappingProxyType(
    {"explainable boosting": "interpret", "RealMLP": "pytabkit", "TabM": "pytabkit"}
)


def require_rival(name: str) -> None:
    """Refuse a rival from outside whose package is not installed.

    Parameters
    ----------
    name : str
        One of `BASELINES`.

    Raises
    ------
    InputError
        If it cannot be fitted here.

    Examples
    --------
    >>> require_rival("extra trees")
    """
    package = OUTSIDE_RIVALS.get(name)
    if package is not None and find_spec(package) is None:
        raise InputError(
            f"the rival {name} needs the package {package}, which is not installed",
            action="pip install 'megathrust[rivals]'",
        )


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the news of other packages about themselves off the screen, and numpy's random state as it is."""
    log = logging.getLogger("pytorch_lightning")
    level, seed = log.level, os.environ.get("PL_GLOBAL_SEED")
    drawn = np.random.get_state()  # noqa: NPY002 (it is theirs that they seed)
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
        np.random.set_state(drawn)  # noqa: NPY002
        os.environ.pop("PL_GLOBAL_SEED", None)
        if seed is not None:
            os.environ["PL_GLOBAL_SEED"] = seed


def _explainable_boosting(seed: int) -> ClassifierMixin:
    from interpret.glassbox import ExplainableBoostingClassifier

    # It learns from a missing value by itself. Three pairs per feature, its default, take minutes.
    return ExplainableBoostingClassifier(interactions=10, random_state=seed, n_jobs=1)


def _real_mlp(seed: int) -> ClassifierMixin:
    from pytabkit import RealMLP_TD_Classifier

    return _filled(RealMLP_TD_Classifier(device="cpu", random_state=seed, n_threads=1))


def _tabm(seed: int) -> ClassifierMixin:
    from pytabkit import TabM_D_Classifier

    return _filled(TabM_D_Classifier(device="cpu", random_state=seed, n_threads=1))


def _filled(model: Any) -> ClassifierMixin:
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), model)


def _register(name: str, make: Callable[[int], ClassifierMixin]) -> None:
    fitted = from_sklearn(make)

    @BASELINES.register(name)
    def fit_and_predict(train: Rows, classes: IntArray, test: Rows, n_classes: int, seed: int) -> FloatArray:
        require_rival(name)
        with _silent():
            chances = fitted(train, classes, test, n_classes, seed % 2**31)
        # They compute in single precision.
        return np.asarray(chances / chances.sum(1, keepdims=True))


for _name, _make in {
    "explainable boosting": _explainable_boosting,
    "RealMLP": _real_mlp,
    "TabM": _tabm,
}.items():
    _register(_name, _make)
