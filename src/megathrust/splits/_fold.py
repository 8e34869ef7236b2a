"""A fold, and what every splitter promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.spatial import KDTree

from megathrust.core import EARTH_RADIUS_KM, BoolArray, FloatArray, InputError, IntArray, short_repr
from megathrust.geometry import unit_vectors
from megathrust.table import FeatureTable


@short_repr
@dataclass(frozen=True)
class Fold:
    """Rows to fit on and rows to score.

    Attributes
    ----------
    name : str
        Scenario number or region code.
    train, test : ndarray of int, shape (n,)
        Row positions in the table, increasing, without a row in both.

    Examples
    --------
    >>> import numpy as np
    >>> fold = Fold("0", np.array([0, 1, 2]), np.array([3, 4]))
    >>> fold.name, len(fold.train), len(fold.test)
    ('0', 3, 2)
    """

    name: str
    train: IntArray
    test: IntArray


class Splitter(Protocol):
    """What a splitter has: a name for the protocol, its exclusion distance, and ``split``.

    Every implementation passes `megathrust.testing.check_splitter`: folds are deterministic, no row is in
    both parts of a fold, no test row is scored twice, and only region, arc length and ruptures matter -
    never a feature.
    """

    @property
    def protocol(self) -> str:
        """Name of the protocol in score files."""

    @property
    def exclusion_km(self) -> float:
        """Exclusion distance in km; infinite where whole regions are held out."""

    @property
    def whole_ruptures(self) -> bool:
        """Whether no rupture lies on both sides of a fold."""

    def split(self, table: FeatureTable, ruptures: IntArray | None = None) -> list[Fold]:
        """Return the folds of a table, or of a world where other rows of it ruptured together."""


def shared_rupture_share(fold: Fold, ruptures: IntArray, positive: BoolArray) -> float:
    """Return the share of positive test rows whose own rupture is also in training: the leakage audit.

    Parameters
    ----------
    fold : Fold
        The fold to audit.
    ruptures : ndarray of int, shape (rows,)
        Rupture number of every row of the table.
    positive : ndarray of bool, shape (rows,)
        Rows of great events.

    Returns
    -------
    float
        Between 0 and 1; NaN where the fold tests no positive row.
    """
    rows = fold.test[np.asarray(positive, dtype=bool)[fold.test]]
    if not len(rows):
        return float("nan")
    return float(np.isin(ruptures[rows], ruptures[fold.train]).mean())


def without_shared_ruptures(fold: Fold, ruptures: IntArray) -> Fold:
    """Return the fold without the training rows whose rupture has a row in the test part."""
    shared = np.isin(ruptures[fold.train], ruptures[fold.test])
    return Fold(fold.name, fold.train[~shared], fold.test)


def without_near_rows(fold: Fold, lon: FloatArray, lat: FloatArray, exclusion_km: float) -> Fold:
    """Return the fold without the training rows nearer than a distance to any test row, on any trench.

    Parameters
    ----------
    fold : Fold
    lon, lat : ndarray, shape (rows,)
        Place of every row of the table in degrees.
    exclusion_km : float
        Great-circle distance on a sphere of the Earth's mean radius.

    Raises
    ------
    InputError
        If a row has no place.

    Examples
    --------
    >>> fold = Fold("0", np.array([0, 1]), np.array([2]))
    >>> without_near_rows(fold, np.array([0.0, 10.0, 1.0]), np.zeros(3), 200.0).train.tolist()
    [1]
    """
    if not np.isfinite(lon).all() or not np.isfinite(lat).all():
        raise InputError(
            "the exclusion distance across trenches needs the place of every segment",
            given=f"{int((~np.isfinite(np.asarray(lon) + np.asarray(lat))).sum())} without lon and lat",
            action="give a table with places, or across_trenches: false",
        )
    # Beyond half the Earth's circumference nothing is left to be further away.
    angle = min(exclusion_km / EARTH_RADIUS_KM, np.pi)
    return Fold(fold.name, fold.train[chord_to_test(fold, lon, lat) > 2.0 * np.sin(angle / 2.0)], fold.test)


def chord_to_test(fold: Fold, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return the straight distance on the unit sphere from each training row to its nearest test row.

    NaN for training rows without a place; test rows without one do not count.
    """
    places = unit_vectors(lon, lat)
    known = np.all(np.isfinite(places), axis=1)
    chord = np.full(len(fold.train), np.nan)
    there, here = known[fold.train], fold.test[known[fold.test]]
    if len(here) and there.any():
        chord[there], _ = KDTree(places[here]).query(places[fold.train[there]])
    return chord
