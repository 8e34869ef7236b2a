"""Molchan curves, gains and bets: plain twins, extremes, and what too few events allow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from megathrust.core import InputError
from megathrust.evaluation import (
    LEAST_EVENTS,
    area_skill_p_value,
    gambling_score,
    information_gain,
    molchan_curve,
)
from megathrust.evaluation._alarms import _moved


def plain_area(scores, measure, rows):
    """Return the area above the curve by asking, event by event, how much of the measure scores more."""
    total = sum(measure)
    taken = []
    for row in rows:
        above = sum(m for s, m in zip(scores, measure, strict=True) if s > scores[row])
        tied = sum(m for s, m in zip(scores, measure, strict=True) if s == scores[row])
        taken.append((above + tied / 2) / total)
    return 1 - sum(taken) / len(taken)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_area_is_that_of_the_plain_twin_and_of_the_drawn_curve(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 30))
    scores = random.integers(0, 6, size=count).astype(float)
    measure = random.uniform(0.1, 2.0, size=count)
    rows = random.integers(count, size=int(random.integers(1, 9)))
    curve = molchan_curve(scores, measure, rows)
    assert curve.area_skill == pytest.approx(plain_area(scores, measure, rows))
    drawn = 1.0 - np.trapezoid(curve.missed, curve.alarm)
    assert drawn == pytest.approx(curve.area_skill)
    assert molchan_curve(-scores, measure, rows).area_skill == pytest.approx(1.0 - curve.area_skill)


def test_scores_that_know_nothing_have_half_and_one_that_knows_all_nearly_one():
    measure = np.full(200, 50.0)
    rows = np.arange(10)
    assert molchan_curve(np.zeros(200), measure, rows).area_skill == pytest.approx(0.5)
    known = np.where(np.arange(200) < 10, 1.0, 0.0)
    assert molchan_curve(known, measure, rows).area_skill == pytest.approx(0.975)
    assert area_skill_p_value(known, measure, rows) == pytest.approx(1e-4)


def test_p_values_are_even_where_nothing_is_known():
    random = np.random.default_rng(0)
    measure = random.uniform(0.5, 1.5, size=300)
    p = [
        area_skill_p_value(
            random.normal(size=300),
            measure,
            random.choice(300, size=12, p=measure / measure.sum()),
            worlds=199,
            seed=number,
        )
        for number in range(300)
    ]
    assert 0.02 < np.mean(np.array(p) <= 0.05) < 0.09
    assert np.mean(p) == pytest.approx(0.5, abs=0.05)


def spread(random, count, events, longest=8):
    """Return shares of events that cover up to so many neighbouring segments unevenly."""
    shares = np.zeros((events, count))
    for own in shares:
        length = int(random.integers(1, min(longest, count) + 1))
        begin = int(random.integers(count - length + 1))
        own[begin : begin + length] = random.dirichlet(np.ones(length))
    return shares


@given(seed=st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_events_with_extents_weigh_one_each(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(3, 30))
    scores, measure = random.integers(0, 6, size=count).astype(float), random.uniform(0.1, 2.0, size=count)
    shares = spread(random, count, int(random.integers(1, 9)))
    curve = molchan_curve(scores, measure, shares)
    # The plain twin: every segment of an event is an event of the weight of its share.
    everywhere = [plain_area(scores, measure, [row]) for row in range(count)]
    expected = np.mean([sum(w * a for w, a in zip(own, everywhere, strict=True)) for own in shares])
    assert curve.area_skill == pytest.approx(expected)
    assert curve.missed[-1] == pytest.approx(0.0, abs=1e-12)
    assert 1.0 - np.trapezoid(curve.missed, curve.alarm) == pytest.approx(curve.area_skill)
    rates, reference = random.uniform(0.1, 0.9, count), random.uniform(0.1, 0.9, count)
    terms = [sum(w * np.log(p / q) for w, p, q in zip(own, rates, reference, strict=True)) for own in shares]
    excess = (rates.sum() - reference.sum()) / len(shares)
    assert information_gain(rates, reference, shares).value == pytest.approx(np.mean(terms) - excess)
    assert gambling_score(reference, reference, shares) == pytest.approx(0.0)


def test_an_extent_of_one_segment_is_an_epicentre():
    random = np.random.default_rng(3)
    scores, measure, rows = random.normal(size=40), random.uniform(0.5, 1.5, 40), random.integers(40, size=12)
    shares, bets = np.eye(40)[rows], random.uniform(0.1, 0.9, (2, 40))
    trench = np.repeat(["alu", "sam"], 20)
    one, two = (molchan_curve(scores, measure, each) for each in (rows, shares))
    np.testing.assert_allclose(one.taken, two.taken)
    np.testing.assert_allclose(one.missed, two.missed, atol=1e-12)
    assert area_skill_p_value(scores, measure, rows) == area_skill_p_value(
        scores, measure, shares, trench=trench
    )
    assert information_gain(*bets, rows).low == pytest.approx(information_gain(*bets, shares).low)
    assert gambling_score(*bets, rows) == pytest.approx(gambling_score(*bets, shares))


def test_an_event_that_is_moved_keeps_its_extent_on_its_trench():
    values, trench = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), np.repeat(["a", "b"], 3)
    shares = np.array([[0.0, 0.25, 0.5, 0.0, 0.25, 0.0]])
    # Middle, one before and two after it; the gap between them stays, what leaves the trench is cut off.
    expected = [(0.5 * 1 + 0.25 * 4) / 0.75, (0.25 * 1 + 0.5 * 2) / 0.75, (0.25 * 2 + 0.5 * 4) / 0.75]
    np.testing.assert_allclose(_moved(shares, trench, values)[0, :3], expected)
    np.testing.assert_allclose(_moved(shares, trench, values)[0, 3:], np.array(expected) * 8.0)


def test_p_values_of_extents_are_even_where_nothing_is_known():
    # Scores are smooth along trenches, events long: single segments in their place would not be as even.
    random, trench = np.random.default_rng(4), np.repeat(["a", "b", "c"], 100)
    p = []
    for number in range(300):
        scores = np.convolve(random.normal(size=330), np.ones(31), "valid")
        shares = np.zeros((10, 300))
        for own in shares:
            middle = int(random.integers(300))
            covered = middle + np.arange(-3, 4)
            covered = covered[(covered >= 0) & (covered < 300)]
            covered = covered[trench[covered] == trench[middle]]
            own[covered] = 1.0 / len(covered)
        p.append(area_skill_p_value(scores, np.ones(300), shares, trench=trench, worlds=199, seed=number))
    assert 0.02 < np.mean(np.array(p) <= 0.05) < 0.09
    assert np.mean(p) == pytest.approx(0.5, abs=0.06)


def test_too_few_events_have_no_p_value_and_no_interval():
    few = np.zeros(LEAST_EVENTS - 1, dtype=int)
    scores, even = np.arange(5.0), np.ones(5)
    assert np.isnan(area_skill_p_value(scores, even, few))
    assert np.isnan(information_gain(scores + 1.0, even, few).low)
    assert np.isnan(molchan_curve(scores, even, []).area_skill)


def test_gain_is_the_likelihood_ratio_of_poisson_counts():
    random = np.random.default_rng(1)
    rates, reference = random.uniform(0.1, 1.0, 20), random.uniform(0.1, 1.0, 20)
    rows = random.integers(20, size=15)
    counts = np.bincount(rows, minlength=20)

    def likelihood(expected):
        return float((counts * np.log(expected) - expected).sum())

    wanted = (likelihood(rates) - likelihood(reference)) / 15
    assert information_gain(rates, reference, rows).value == pytest.approx(wanted)
    assert information_gain(rates, rates, rows).value == pytest.approx(0.0)


def test_the_reference_wins_nothing_in_the_mean_and_nothing_against_itself():
    random = np.random.default_rng(2)
    odds = random.uniform(0.05, 0.5, 50)
    assert gambling_score(odds, odds, [0, 3]) == pytest.approx(0.0)
    bet = random.uniform(0.05, 0.5, 50)
    won = [gambling_score(bet, odds, np.flatnonzero(random.random(50) < odds)) for _ in range(4000)]
    assert np.mean(won) == pytest.approx(0.0, abs=4 * np.std(won) / np.sqrt(4000))


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="measure of an alarm"):
        molchan_curve(np.zeros(2), np.zeros(2), [0])
    with pytest.raises(InputError, match="lies in no segment"):
        molchan_curve(np.zeros(2), np.ones(2), [2])
    with pytest.raises(InputError, match=r"no shares of the segments .*sums of 0\.5 to 1"):
        molchan_curve(np.zeros(2), np.ones(2), [[0.5, 0.0], [0.5, 0.5]])
    with pytest.raises(InputError, match="no shares of the segments"):
        gambling_score(np.full(2, 0.5), np.full(2, 0.5), [[1.5, -0.5]])
    with pytest.raises(InputError, match="need trenches"):
        area_skill_p_value(np.zeros(2), np.ones(2), np.full((LEAST_EVENTS, 2), 0.5))
    with pytest.raises(InputError, match="expects no event somewhere"):
        information_gain(np.zeros(2), np.ones(2), [0])
    with pytest.raises(InputError, match="probability of the forecast is 0 or 1"):
        gambling_score(np.array([1.0]), np.array([0.5]), [0])
