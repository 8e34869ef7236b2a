"""How well a map of scores ranks where later events began: alarms along trenches, and probabilities.

Events are given as the segment in which each began, or, with their extent, as the share of each event in
every segment; in both cases an event weighs one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from megathrust.core import FloatArray, InputError, check_same_length
from megathrust.evaluation._p_value import p_value

#: With fewer events no p-value is given: of an area skill of 0.75 eight events find 4 in 5 at the level 0.05.
LEAST_EVENTS = 8


@dataclass(frozen=True)
class MolchanCurve:
    """Share of events missed against share of trench under alarm.

    Attributes
    ----------
    alarm : ndarray, shape (steps,)
        From 0 to 1: share of the measure in the segments of the highest scores, ties together.
    missed : ndarray, shape (steps,)
        From 1 to 0: share of the events outside them.
    taken : ndarray, shape (events,)
        Share under alarm when each event is caught, in the middle of its tie; mean over its extent.
    """

    alarm: FloatArray
    missed: FloatArray
    taken: FloatArray

    @property
    def area_skill(self) -> float:
        """Area above the curve: 1 for perfect scores, 0.5 for those that know nothing; NaN without events."""
        return 1.0 - float(self.taken.mean()) if len(self.taken) else float("nan")


def molchan_curve(scores: FloatArray, measure: FloatArray, rows: npt.ArrayLike) -> MolchanCurve:
    """Return the Molchan curve of scores for events.

    Parameters
    ----------
    scores : ndarray, shape (segments,)
        Higher where an event is more likely.
    measure : ndarray, shape (segments,)
        What an alarm costs, > 0: the length of each segment, or a reference rate.
    rows : array_like, shape (events,) of int or (events, segments)
        Segment in which each event began, once for each event; or how its extent is shared out among the
        segments, >= 0, to the sum of 1.

    Raises
    ------
    InputError
        If a measure is not positive, an event lies in no segment, or its shares are none.

    References
    ----------
    Zechar & Jordan (2008), doi:10.1111/j.1365-246X.2007.03676.x.

    Examples
    --------
    >>> curve = molchan_curve(np.array([3.0, 1.0, 2.0, 0.0]), np.ones(4), [0, 2])
    >>> curve.alarm.tolist(), curve.missed.tolist(), curve.area_skill
    ([0.0, 0.25, 0.5, 0.75, 1.0], [1.0, 0.5, 0.0, 0.0, 0.0], 0.75)
    """
    check_same_length(scores=scores, measure=measure)
    if not (measure > 0.0).all():
        raise InputError("the measure of an alarm is not positive", given=float(measure.min()), allowed="> 0")
    shares = _shares(rows, len(scores))
    _, tie = np.unique(-scores, return_inverse=True)
    steps = np.bincount(tie, measure) / measure.sum()
    caught = np.bincount(tie, shares.sum(0), minlength=len(steps)) / max(len(shares), 1)
    alarm = np.concatenate([[0.0], np.cumsum(steps)])
    missed = 1.0 - np.concatenate([[0.0], np.cumsum(caught)])
    return MolchanCurve(alarm, missed, shares @ (alarm[1:] - 0.5 * steps)[tie])


def _shares(rows: npt.ArrayLike, count: int) -> FloatArray:
    """Return the share of each event in every segment, (events, segments)."""
    given = np.asarray(rows)
    if given.ndim == 2:
        shares = given.astype(np.float64)
        sums = shares.sum(1)
        if shares.shape[1] != count or not (shares >= 0.0).all() or not np.allclose(sums, 1.0):
            raise InputError(
                "the extents of events are no shares of the segments",
                given=f"shape {shares.shape}, sums of {sums.min(initial=1.0):g} to {sums.max(initial=1.0):g}",
                allowed=f"(events, {count}), each >= 0 and of sum 1",
            )
        return shares
    events = given.astype(np.int64)
    if len(events) and (events.min() < 0 or events.max() >= count):
        raise InputError("an event lies in no segment", given=int(events.max()), allowed=f"< {count}")
    shares = np.zeros((len(events), count))
    shares[np.arange(len(events)), events] = 1.0
    return shares


def area_skill_p_value(
    scores: FloatArray,
    measure: FloatArray,
    rows: npt.ArrayLike,
    *,
    trench: npt.ArrayLike | None = None,
    worlds: int = 9999,
    seed: int = 0,
) -> float:
    """Return how often events that fall on the measure at random give at least this area skill.

    Parameters
    ----------
    scores, measure, rows
        As of `molchan_curve`.
    trench : array_like, shape (segments,), optional
        Name of the trench of each segment, segments in order along each; needed of events with extents.
    worlds : int
        Catalogues of as many events, the segment in the middle of each event drawn in proportion to the
        measure. An event keeps its extent; what would reach beyond the end of a trench is cut off.
    seed : int

    Returns
    -------
    float
        NaN with fewer than `LEAST_EVENTS` events: too few for any statement.

    Raises
    ------
    InputError
        If events have extents and no trench is given.
    """
    observed = molchan_curve(scores, measure, rows).taken
    if len(observed) < LEAST_EVENTS:
        return float("nan")
    everywhere = molchan_curve(scores, measure, np.arange(len(scores))).taken
    moved = np.broadcast_to(everywhere, (len(observed), len(scores)))
    if np.ndim(rows) == 2:
        if trench is None:
            raise InputError("events with extents need trenches along which they can lie", given="none")
        moved = _moved(_shares(rows, len(scores)), np.asarray(trench), everywhere)
    random = np.random.default_rng(seed)
    drawn = random.choice(len(scores), size=(worlds, len(observed)), p=measure / measure.sum())
    return p_value(1.0 - float(observed.mean()), 1.0 - moved[np.arange(len(observed)), drawn].mean(1))


def _moved(shares: FloatArray, trench: np.ndarray, values: FloatArray) -> FloatArray:
    """Return the mean of values over each event's extent, its middle in every segment, (events, segments)."""
    check_same_length(trench=trench, values=values)
    places = np.arange(len(values))
    means = np.empty(shares.shape)
    for event, own in enumerate(shares):
        covered = np.flatnonzero(own)
        middle = covered[np.searchsorted(np.cumsum(own[covered]), 0.5)]
        there = places[:, None] + covered - middle
        inside = np.clip(there, 0, len(values) - 1)
        weight = own[covered] * ((there == inside) & (trench[inside] == trench[:, None]))
        means[event] = (weight * values[inside]).sum(1) / weight.sum(1)
    return means


@dataclass(frozen=True)
class Gain:
    """Information gain per event of one forecast over another.

    Attributes
    ----------
    value : float
        Nats per event; exp of it is the mean probability gain. NaN without events.
    low, high : float
        95 % interval of a bootstrap over events; NaN with fewer than `LEAST_EVENTS`.
    events : int
    """

    value: float
    low: float
    high: float
    events: int


def information_gain(
    rates: FloatArray, reference: FloatArray, rows: npt.ArrayLike, *, replicates: int = 2000, seed: int = 0
) -> Gain:
    """Return the information gain per event of expected numbers of events over those of a reference.

    It is the mean over events of the logarithm of the ratio of both at the event (its mean over the event's
    extent), less the difference of their sums per event: Poisson log-likelihoods, per event.

    Parameters
    ----------
    rates, reference : ndarray, shape (segments,)
        Expected numbers of events in the period, > 0.
    rows : array_like
        As of `molchan_curve`.
    replicates : int
        Resamplings of the events.
    seed : int

    Raises
    ------
    InputError
        If an expected number is not positive: one event there would refute the forecast for ever.

    References
    ----------
    Rhoades et al. (2011), doi:10.2478/s11600-011-0013-5.

    Examples
    --------
    >>> gain = information_gain(np.array([2.0, 1.0, 1.0]), np.array([1.0, 1.0, 2.0]), [0, 0])
    >>> round(gain.value, 3), gain.events
    (0.693, 2)
    """
    check_same_length(rates=rates, reference=reference)
    for name, values in (("forecast", rates), ("reference", reference)):
        if not (values > 0.0).all():
            raise InputError(
                f"the {name} expects no event somewhere", given=float(values.min()), allowed="rates > 0"
            )
    events = _shares(rows, len(rates))
    if not len(events):
        return Gain(float("nan"), float("nan"), float("nan"), 0)
    excess = float(rates.sum() - reference.sum())
    terms = events @ np.log(rates / reference)
    value = float(terms.mean()) - excess / len(events)
    if len(events) < LEAST_EVENTS:
        return Gain(value, float("nan"), float("nan"), len(events))
    random = np.random.default_rng(seed)
    drawn = random.integers(len(events), size=(replicates, len(events)))
    low, high = np.quantile(terms[drawn].mean(1) - excess / len(events), [0.025, 0.975])
    return Gain(value, float(low), float(high), len(events))


def gambling_score(probabilities: FloatArray, reference: FloatArray, rows: npt.ArrayLike) -> float:
    """Return what a forecaster wins who bets one unit per segment at the fair odds of a reference.

    On every segment he splits one unit between "an event" and "none" as his probability says; a bet that
    comes true is paid by the odds of the reference, so that the reference itself wins and loses nothing.

    Parameters
    ----------
    probabilities, reference : ndarray, shape (segments,)
        Probabilities that an event begins in each segment, inside (0, 1).
    rows : array_like
        As of `molchan_curve`. A segment in which events have shares is bet on as far as they sum up, to one
        at most.

    Returns
    -------
    float
        Units won, all segments together; negative for a loss.

    References
    ----------
    Zhuang (2010), doi:10.1111/j.1365-246X.2010.04496.x.

    Examples
    --------
    >>> round(gambling_score(np.array([0.5, 0.1]), np.array([0.25, 0.25]), [0]), 3)
    1.2
    """
    check_same_length(probabilities=probabilities, reference=reference)
    for name, values in (("forecast", probabilities), ("reference", reference)):
        if not ((values > 0.0) & (values < 1.0)).all():
            raise InputError(f"a probability of the {name} is 0 or 1", allowed="inside (0, 1)")
    happened = np.minimum(_shares(rows, len(probabilities)).sum(0), 1.0)
    odds = probabilities / reference, (1.0 - probabilities) / (1.0 - reference)
    paid = happened * odds[0] + (1.0 - happened) * odds[1]
    return float((paid - 1.0).sum())
