"""The rivals of a predicted magnitude: lookups along the trench, and regressors of scikit-learn.

Each is a function from training rows with their magnitudes to magnitudes of the test rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import RidgeCV

from megathrust.core import FloatArray, InputError, Registry
from megathrust.evaluation._baselines import Rows, nearest_rows, scaled

#: (train, magnitudes of train, test, seed) -> magnitudes (test rows,)
MagnitudeBaseline = Callable[[Rows, FloatArray, Rows, int], FloatArray]

#: Rivals by the name that configurations and score files know.
MAGNITUDE_BASELINES: Registry[MagnitudeBaseline] = Registry("baseline")


@MAGNITUDE_BASELINES.register("training mean")
def training_mean(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
    """Give every row the mean magnitude of the training rows."""
    return np.full(len(test.region), magnitudes.mean())


@MAGNITUDE_BASELINES.register("region mean")
def region_mean(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
    """Give every row the mean of its region's training rows; of all where the region has none."""
    predicted = training_mean(train, magnitudes, test, seed)
    for region in np.unique(test.region):
        inside = train.region == region
        if inside.any():
            predicted[test.region == region] = magnitudes[inside].mean()
    return predicted


@MAGNITUDE_BASELINES.register("nearest segment")
def nearest_magnitude(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
    """Give every row the magnitude of the nearest training row along its trench: spatial persistence.

    Of two equally near rows the one with the smaller arc length counts. A region without training rows gets
    the mean of all.
    """
    nearest = nearest_rows(train, test)
    return np.where(nearest >= 0, magnitudes[nearest], magnitudes.mean())


def _from_sklearn(make: Callable[[int], RegressorMixin]) -> MagnitudeBaseline:
    """Turn a scikit-learn regressor into a rival; every step of it is fitted on the training rows."""

    def fit_and_predict(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
        return np.asarray(make(seed).fit(train.features, magnitudes).predict(test.features))

    return fit_and_predict


for _name, _make in {
    "ridge regression": lambda seed: scaled(RidgeCV(alphas=np.logspace(-2.0, 4.0, 13))),
    "random forest": lambda seed: RandomForestRegressor(300, random_state=seed),
    "extra trees": lambda seed: ExtraTreesRegressor(300, random_state=seed),
    "gradient boosting": lambda seed: HistGradientBoostingRegressor(random_state=seed),
}.items():
    MAGNITUDE_BASELINES.register(_name)(_from_sklearn(_make))


def with_known_magnitudes(rival: MagnitudeBaseline) -> MagnitudeBaseline:
    """Return a rival that leaves out training rows whose magnitude is NaN.

    Raises
    ------
    InputError
        When it is fitted, if no training row has a magnitude.
    """

    def fit_and_predict(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
        known = np.flatnonzero(np.isfinite(magnitudes))
        if not len(known):
            raise InputError("no training row has a magnitude", action="train on segments with an event")
        return rival(train.take(known), magnitudes[known], test, seed)

    return fit_and_predict
