"""Worlds of labels: how great events would lie along the trenches, with a signal planted or without."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.stats import zscore

from megathrust.core import FloatArray, IntArray, Registry, check_same_length, short_repr
from megathrust.worlds._layouts import lay_out, pieces


@short_repr
@dataclass(frozen=True)
class Trenches:
    """What a world of labels is made from; none of it is changed.

    Attributes
    ----------
    region : ndarray of str, shape (rows,)
    s_km : ndarray, shape (rows,)
        Arc length along the region's trench in km.
    labels : ndarray, shape (rows,)
        Class, or magnitude in Mw; the lowest label of a trench says "nothing greater observed".
    ruptures : ndarray of int, shape (rows,)
        Rupture number of each row.
    features : ndarray, shape (rows, features)
    """

    region: np.ndarray
    s_km: FloatArray
    labels: FloatArray
    ruptures: IntArray
    features: FloatArray

    def __post_init__(self) -> None:
        check_same_length(
            region=self.region,
            s_km=self.s_km,
            labels=self.labels,
            ruptures=self.ruptures,
            features=self.features,
        )

    def along(self) -> list[IntArray]:
        """Return the rows of every region, in order along its trench."""
        order = np.lexsort((self.s_km, self.region))
        _, starts = np.unique(self.region[order], return_index=True)
        return np.split(order, starts[1:])


@short_repr
@dataclass(frozen=True)
class LabelWorlds:
    """What might have ruptured.

    Attributes
    ----------
    labels : ndarray, shape (worlds, rows)
    ruptures : ndarray of int, shape (worlds, rows)
        Rupture number of each row, told apart within trenches only.
    """

    labels: FloatArray
    ruptures: IntArray


#: (trenches, log-odds of a great rupture by segment (worlds, rows), random) -> worlds
MakeLabels = Callable[[Trenches, FloatArray, np.random.Generator], LabelWorlds]

#: Kinds of worlds of labels by name. Without log-odds, labels of each kind know nothing of any feature.
WORLDS: Registry[MakeLabels] = Registry("world")

# How strongly the worlds below depend on what is no signal: log-odds per standard deviation.
_BACKGROUND = 1.5
_STRONG_BACKGROUND = 3.0
# Standard deviation of the Gaussian that smooths labels beyond ruptures, in segments (50 km each).
_LONG_SEGMENTS = 6.0


def world_labels(
    kind: str,
    trenches: Trenches,
    *,
    worlds: int,
    seed: int,
    driver: FloatArray | None = None,
    slope: float = 0.0,
) -> LabelWorlds:
    """Return worlds of one kind.

    Parameters
    ----------
    kind : str
        A name in `WORLDS`.
    trenches : Trenches
    worlds : int
    seed : int
        The same seed and kind give the same worlds.
    driver : ndarray, shape (rows,) or (worlds, rows), optional
        What decides where great ruptures lie, such as from `driver_of`.
    slope : float
        Log-odds of a great rupture per unit of the driver's mean over the rupture; 0 plants nothing.

    Examples
    --------
    >>> trenches = Trenches(np.array(["a"] * 4), np.arange(4.0), np.array([1.0, 1, 0, 0]), np.arange(4),
    ...     np.zeros((4, 1)))
    >>> drawn = world_labels("independent", trenches, worlds=50, seed=0, driver=np.arange(4.0), slope=9.0)
    >>> drawn.labels.mean(0).round(1).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    make = WORLDS[kind]
    random = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    odds = np.zeros(len(trenches.region)) if driver is None else slope * driver
    return make(trenches, np.broadcast_to(odds, (worlds, len(trenches.region))), random)


def driver_of(features: FloatArray, region: np.ndarray) -> FloatArray:
    """Return the sum of features as a driver of mean 0 in every trench and spread 1 within trenches.

    Parameters
    ----------
    features : ndarray, shape (rows, features)
        Each counts alike: it is first brought to spread 1 within trenches.
    region : ndarray of str, shape (rows,)

    Examples
    --------
    >>> driver_of(np.array([[1.0], [3.0], [5.0], [9.0]]), np.array(["a", "a", "b", "b"])).round(2).tolist()
    [-0.63, 0.63, -1.26, 1.26]
    """
    _, inverse = np.unique(region, return_inverse=True)
    counts = np.bincount(inverse)

    def within(values: FloatArray) -> FloatArray:
        centred = values - (np.bincount(inverse, values) / counts)[inverse]
        spread = np.sqrt(np.mean(centred**2))
        return np.asarray(centred / spread) if spread > 0.0 else centred

    return within(np.sum([within(column) for column in features.T], axis=0))


@WORLDS.register("independent")
def independent_labels(trenches: Trenches, odds: FloatArray, random: np.random.Generator) -> LabelWorlds:
    """Lay each trench's own ruptures out anew: lengths and base rates stay, places know only the odds."""
    made = LabelWorlds(np.empty(odds.shape), np.empty(odds.shape, dtype=np.int64))
    for rows in trenches.along():
        made.labels[:, rows], made.ruptures[:, rows] = lay_out(
            trenches.labels[rows], trenches.ruptures[rows], odds[:, rows], random=random
        )
    return made


@WORLDS.register("cut score")
def cut_labels(trenches: Trenches, odds: FloatArray, random: np.random.Generator) -> LabelWorlds:
    """Cut a score, so that every trench keeps its labels: odds plus logistic noise, mean over a rupture.

    Ruptures have lengths drawn from those of all trenches; the trench's largest labels go to the ruptures of
    the highest scores.
    """
    lowest = float(trenches.labels.min())
    along = trenches.along()
    pool = np.concatenate([_event_lengths(trenches, rows, lowest) for rows in along])
    made = LabelWorlds(np.empty(odds.shape), np.empty(odds.shape, dtype=np.int64))
    for rows in along:
        falling = -np.sort(-trenches.labels[rows])
        sums = np.cumsum(np.pad(odds[:, rows], ((0, 0), (1, 0))), axis=1)
        for world, drawn in enumerate(random.choice(pool, size=(len(odds), len(rows)))):
            ends = np.minimum(np.cumsum(drawn), len(rows))
            ends = ends[: int(np.argmax(ends == len(rows))) + 1]
            starts = np.concatenate([[0], ends[:-1]])
            score = (sums[world, ends] - sums[world, starts]) / (ends - starts)
            number = np.repeat(np.arange(len(ends)), ends - starts)
            order = np.argsort(-(score + random.logistic(size=len(ends)))[number], kind="stable")
            made.labels[world, rows[order]] = falling
            made.ruptures[world, rows] = number
    return made


def _event_lengths(trenches: Trenches, rows: IntArray, lowest: float) -> IntArray:
    lengths, values = pieces(trenches.labels[rows], trenches.ruptures[rows], lowest)
    return lengths[values > lowest]


@WORLDS.register("fading ends")
def fading_labels(trenches: Trenches, odds: FloatArray, random: np.random.Generator) -> LabelWorlds:
    """Let great ruptures thin out towards both ends of every trench."""
    return independent_labels(trenches, odds + _BACKGROUND * _middle(trenches), random)


@WORLDS.register("empty ends")
def empty_labels(trenches: Trenches, odds: FloatArray, random: np.random.Generator) -> LabelWorlds:
    """Let great ruptures hardly reach the ends of any trench: "fading ends", twice as strong."""
    return independent_labels(trenches, odds + _STRONG_BACKGROUND * _middle(trenches), random)


def _middle(trenches: Trenches) -> FloatArray:
    """Return a parabola along every trench, highest in its middle, mean 0 and spread 1."""
    shape = np.zeros(len(trenches.region))
    for rows in trenches.along():
        shape[rows] = _scaled(-(np.linspace(-1.0, 1.0, len(rows)) ** 2))
    return shape


@WORLDS.register("long waves")
def wavy_labels(trenches: Trenches, odds: FloatArray, random: np.random.Generator) -> LabelWorlds:
    """Let great ruptures come together over far more than a rupture's length."""
    odds = odds.copy()
    for rows in trenches.along():
        noise = random.standard_normal((len(odds), len(rows)))
        odds[:, rows] += _BACKGROUND * _scaled(gaussian_filter1d(noise, _LONG_SEGMENTS, axis=1))
    return independent_labels(trenches, odds, random)


@WORLDS.register("regional rates")
def regional_labels(trenches: Trenches, odds: FloatArray, random: np.random.Generator) -> LabelWorlds:
    """Give every trench a base rate that goes with the regional mean of one feature, and foreign ruptures.

    A world's feature is drawn; its regional means decide how much of a trench ruptures, by ruptures drawn
    from those of all trenches.
    """
    along = trenches.along()
    lowest = float(trenches.labels.min())
    parts = [pieces(trenches.labels[rows], trenches.ruptures[rows], lowest) for rows in along]
    lengths = np.concatenate([part[0] for part in parts])
    values = np.concatenate([part[1] for part in parts])
    lengths, values = lengths[values > lowest], values[values > lowest]
    means = _scaled(np.stack([trenches.features[rows].mean(0) for rows in along], axis=1))
    made = LabelWorlds(np.empty(odds.shape), np.empty(odds.shape, dtype=np.int64))
    for world, feature in enumerate(random.integers(len(means), size=len(odds))):
        for rows, mean in zip(along, means[feature], strict=True):
            wanted = int(np.round(len(rows) / (1.0 + np.exp(-2.0 * mean))))
            drawn = random.integers(len(lengths), size=wanted)
            labels = np.full(len(rows), lowest)
            labels[:wanted] = np.repeat(values[drawn], lengths[drawn])[:wanted]
            number = np.repeat(np.arange(wanted), lengths[drawn])[:wanted]
            ruptures = np.concatenate([number, wanted + np.arange(len(rows) - wanted)])
            laid = lay_out(labels, ruptures, odds[world : world + 1, rows], random=random)
            made.labels[world, rows], made.ruptures[world, rows] = laid[0][0], laid[1][0]
    return made


def _scaled(values: FloatArray) -> FloatArray:
    """Bring the last axis to mean 0 and spread 1; what does not vary becomes 0."""
    if values.shape[-1] < 2:
        return np.zeros(values.shape)
    return np.nan_to_num(zscore(values, axis=-1)) if np.ptp(values) > 0.0 else np.zeros(values.shape)
