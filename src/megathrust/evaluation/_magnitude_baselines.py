"""The rivals of a predicted magnitude: lookups along the trench, and regressors of scikit-learn.

Each is a function from training rows with their magnitudes to magnitudes of the test rows.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from megathrust.core import FloatArray, InputError
from megathrust.evaluation._baselines import Rows, nearest_rows

#: (train, magnitudes of train, test, seed) -> magnitudes (test rows,)
MagnitudeBaseline = Callable[[Rows, FloatArray, Rows, int], FloatArray]


def training_mean(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
    """Give every row the mean magnitude of the training rows."""
    return np.full(len(test.region), magnitudes.mean())


def region_mean(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
    """Give every row the mean of its region's training rows; of all where the region has none."""
    predicted = training_mean(train, magnitudes, test, seed)
    for region in np.unique(test.region):
        inside = train.region == region
        if inside.any():
            predicted[test.region == region] = magnitudes[inside].mean()
    return predicted


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


#: Rivals by the name they carry in score files.
MAGNITUDE_BASELINES = MappingProxyType(
    {
        "training mean": training_mean,
        "region mean": region_mean,
        "nearest segment": nearest_magnitude,
        "ridge regression": _from_sklearn(
            lambda seed: make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-2.0, 4.0, 13)))
        ),
        "random forest": _from_sklearn(lambda seed: RandomForestRegressor(300, random_state=seed)),
        "extra trees": _from_sklearn(lambda seed: ExtraTreesRegressor(300, random_state=seed)),
        "gradient boosting": _from_sklearn(lambda seed: HistGradientBoostingRegressor(random_state=seed)),
    }
)


def magnitude_baseline(name: str) -> MagnitudeBaseline:
    """Return a rival by name; it leaves out training rows whose magnitude is NaN.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in MAGNITUDE_BASELINES:
        raise InputError("unknown baseline", given=name, allowed=", ".join(MAGNITUDE_BASELINES))
    rival = MAGNITUDE_BASELINES[name]

    def fit_and_predict(train: Rows, magnitudes: FloatArray, test: Rows, seed: int) -> FloatArray:
        known = np.flatnonzero(np.isfinite(magnitudes))
        if not len(known):
            raise InputError("no training row has a magnitude", action="train on segments with an event")
        return rival(train.take(known), magnitudes[known], test, seed)

    return fit_and_predict
