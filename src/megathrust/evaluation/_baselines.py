"""The rivals: what a network must beat before anyone believes it.

Each is a function from training rows, test rows and the number of classes to probabilities of the test rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from megathrust.core import FloatArray, IntArray, Registry, short_repr


@short_repr
@dataclass(frozen=True)
class Rows:
    """What a rival may know about some rows.

    Attributes
    ----------
    features : ndarray, shape (rows, features)
        NaN where a value is missing.
    region : ndarray of str, shape (rows,)
    s_km : ndarray, shape (rows,)
        Arc length along the region's trench in km.
    """

    features: FloatArray
    region: np.ndarray
    s_km: FloatArray

    def take(self, rows: IntArray) -> Rows:
        """Return some of the rows."""
        return Rows(self.features[rows], self.region[rows], self.s_km[rows])


#: (train, classes of train, test, number of classes, seed) -> probabilities (test rows, classes)
Baseline = Callable[[Rows, IntArray, Rows, int, int], FloatArray]

#: Rivals by the name that configurations and score files know.
BASELINES: Registry[Baseline] = Registry("baseline")


@BASELINES.register("majority class")
def majority_class(train: Rows, classes: IntArray, test: Rows, n_classes: int, seed: int) -> FloatArray:
    """Give every row the class shares of the training rows."""
    return np.tile(_shares(classes, n_classes), (len(test.region), 1))


#: What a score must exceed to say anything at all: 1 / number of classes of macro-F1, for any shares.
GUESS = "guess by class shares"


@BASELINES.register(GUESS)
def guess(train: Rows, classes: IntArray, test: Rows, n_classes: int, seed: int) -> FloatArray:
    """Draw the class of every row with the class shares of the training rows.

    Always saying the larger class has a macro-F1 below that of a guess: beside it alone, networks that know
    nothing look as if they knew something. A row's draw is that of its place and the seed.
    """
    places = [f"{seed} {region} {s_km:.3f}" for region, s_km in zip(test.region, test.s_km, strict=True)]
    bits = [int.from_bytes(blake2b(place.encode(), digest_size=8).digest(), "big") for place in places]
    drawn = np.array(bits, dtype=np.float64) / 2.0**64
    steps = np.cumsum(_shares(classes, n_classes))[:-1]
    return np.asarray(np.eye(n_classes)[np.searchsorted(steps, drawn, side="right")])


@BASELINES.register("region prior")
def region_prior(train: Rows, classes: IntArray, test: Rows, n_classes: int, seed: int) -> FloatArray:
    """Give every row the class shares of its region's training rows; of all where the region has none."""
    probabilities = majority_class(train, classes, test, n_classes, seed)
    for region in np.unique(test.region):
        inside = train.region == region
        if inside.any():
            probabilities[test.region == region] = _shares(classes[inside], n_classes)
    return probabilities


@BASELINES.register("nearest segment")
def nearest_segment(train: Rows, classes: IntArray, test: Rows, n_classes: int, seed: int) -> FloatArray:
    """Give every row the class of the nearest training row along its trench: spatial persistence.

    Of two equally near rows the one with the smaller arc length counts. A region without training rows gets
    the class shares of all.
    """
    nearest = nearest_rows(train, test)[:, None]
    shares = majority_class(train, classes, test, n_classes, seed)
    return np.where(nearest >= 0, np.eye(n_classes)[classes[nearest[:, 0]]], shares)


def nearest_rows(train: Rows, test: Rows) -> IntArray:
    """Return the position of the nearest training row along the trench of every test row, (test rows,).

    Of two equally near rows the one with the smaller arc length counts; -1 in a region without training rows.
    """
    nearest: IntArray = np.full(len(test.region), -1)
    for region in np.unique(test.region):
        inside = np.flatnonzero(train.region == region)
        if not len(inside):
            continue
        inside = inside[np.argsort(train.s_km[inside], kind="stable")]
        wanted = np.flatnonzero(test.region == region)
        distance = np.abs(test.s_km[wanted, None] - train.s_km[None, inside])
        nearest[wanted] = inside[np.argmin(distance, axis=1)]
    return nearest


def _shares(classes: IntArray, n_classes: int) -> FloatArray:
    return np.bincount(classes, minlength=n_classes) / len(classes)


def from_sklearn(make: Callable[[int], ClassifierMixin]) -> Baseline:
    """Turn a scikit-learn classifier into a rival; every step of it is fitted on the training rows."""

    def fit_and_predict(train: Rows, classes: IntArray, test: Rows, n_classes: int, seed: int) -> FloatArray:
        present = np.unique(classes)
        if len(present) == 1:
            return np.tile(np.eye(n_classes)[present[0]], (len(test.region), 1))
        model = make(seed).fit(train.features, classes)
        probabilities = np.zeros((len(test.region), n_classes))
        # A class that training lacks gets no probability.
        probabilities[:, model.classes_] = model.predict_proba(test.features)
        return probabilities

    return fit_and_predict


def scaled(*steps: BaseEstimator) -> Pipeline:
    """Return steps behind a scaler, missing values replaced by the median of the training rows.

    Trees of scikit-learn need neither: they learn on which side of a split a missing value goes.
    """
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(fill, StandardScaler(), *steps)


def _logistic_on(k: int) -> Callable[[int], ClassifierMixin]:
    return lambda seed: scaled(
        VarianceThreshold(), SelectKBest(f_classif, k=k), LogisticRegression(max_iter=2000)
    )


for _name, _make in {
    "logistic, 1 feature": _logistic_on(1),
    "logistic, 2 features": _logistic_on(2),
    "logistic regression": lambda seed: scaled(LogisticRegression(max_iter=2000)),
    "random forest": lambda seed: RandomForestClassifier(300, random_state=seed),
    "extra trees": lambda seed: ExtraTreesClassifier(300, random_state=seed),
    "gradient boosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
}.items():
    BASELINES.register(_name)(from_sklearn(_make))

#: Rivals that a run asks for if nothing is said: they need no other package and know nothing from outside.
DEFAULT_RIVALS = tuple(BASELINES)

#: The rival of rivals: what a lookup along the trench already knows.
PERSISTENCE = "nearest segment"

#: Name of the rival that knows what experts hold possible.
EXPERT = "PTHA18 experts"

#: Rivals of classes and of magnitudes that look at places and labels only, at no feature.
LOOKUPS = frozenset(
    {"majority class", GUESS, "region prior", PERSISTENCE, EXPERT, "training mean", "region mean"},
)
