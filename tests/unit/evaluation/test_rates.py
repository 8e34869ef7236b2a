"""Rates: planted ones are found again, with the spread that was promised."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, nbinom

from megathrust.core import InputError, magnitude_from_moment, moment_from_magnitude
from megathrust.evaluation import Catalogue, draw_rates, probability, region_tail
from megathrust.evaluation._rates import choose_places, draw_gamma
from megathrust.evaluation._tail import tail_posterior, tapered_survival

LEAST = 7.0
REGIONS = {name: 20 + 5 * number for number, name in enumerate("abcdefgh")}


def segments():
    region = np.repeat(list(REGIONS), list(REGIONS.values()))
    s_km = np.concatenate([25.0 + 50.0 * np.arange(count) for count in REGIONS.values()])
    return region, s_km, np.full(len(s_km), 50.0)


def sizes(count, beta, corner, random):
    """Draw magnitudes of a tapered law: the smaller of a Pareto and an exponential moment."""
    first, top = moment_from_magnitude(LEAST), moment_from_magnitude(corner)
    pareto = first * random.random(count) ** (-1.0 / beta)
    taper = first + top * random.standard_exponential(count)
    return np.maximum(magnitude_from_moment(np.minimum(pareto, taper)), LEAST)


def simulated(seed, years=100.0, beta=0.65, corner=9.3):
    """Return a catalogue and the planted rate of every region per year."""
    random = np.random.default_rng(seed)
    region, s_km, length = segments()
    per_km = random.gamma(2.0, 2.5e-5 / 2.0, size=len(REGIONS))
    rates = per_km * 50.0 * np.array(list(REGIONS.values()))
    counts = random.poisson(rates * years)
    homes = np.repeat(list(REGIONS), counts)
    along = random.random(counts.sum()) * np.repeat(50.0 * np.array(list(REGIONS.values())), counts)
    found = sizes(counts.sum(), beta, corner, random)
    return Catalogue(region, s_km, length, homes, along, found, years, LEAST), rates


def of_regions(annual, region):
    return np.stack([annual[:, region == name].sum(1) for name in REGIONS], axis=1)


def test_sizes_follow_the_tapered_law():
    found = sizes(4000, 0.65, 8.6, np.random.default_rng(0))
    assert kstest(found, lambda m: 1.0 - tapered_survival(m, LEAST, 0.65, 8.6)).pvalue > 0.01
    posterior = tail_posterior(found, LEAST)
    beta, corner = posterior.mean()
    assert beta == pytest.approx(0.65, abs=0.03)
    assert corner == pytest.approx(8.6, abs=0.15)


def test_planted_rates_are_recovered_without_bias_and_with_the_promised_coverage():
    inside, great_inside, ratios = [], [], []
    for seed in range(60):
        catalogue, rates = simulated(seed)
        drawn = draw_rates(catalogue, draws=200, seed=seed)
        annual = of_regions(drawn.annual, catalogue.region)
        low, high = np.quantile(annual, [0.05, 0.95], axis=0)
        inside.append((low <= rates) & (rates <= high))
        ratios.append(annual.mean(0).sum() / rates.sum())
        chance = probability(of_regions(drawn.above(8.5), catalogue.region), 50.0)
        truth = probability(rates * tapered_survival(8.5, LEAST, 0.65, 9.3), 50.0)
        low, high = np.quantile(chance, [0.05, 0.95], axis=0)
        great_inside.append((low <= truth) & (truth <= high))
    # 480 regions: 0.90 within three standard errors, and the sum of rates within 5 %.
    assert np.mean(inside) == pytest.approx(0.90, abs=0.045)
    assert 0.86 <= np.mean(great_inside) <= 1.0
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)


def test_rates_of_segments_add_up_and_bins_too():
    catalogue, _ = simulated(3)
    drawn = draw_rates(catalogue, draws=30, seed=1)
    edges = (7.0, 7.5, 8.0, 9.0)
    np.testing.assert_allclose(drawn.binned(edges).sum(2), drawn.annual)
    np.testing.assert_allclose(drawn.binned(edges)[..., 2:].sum(2), drawn.above(8.0))
    again = draw_rates(catalogue, draws=30, seed=1)
    np.testing.assert_array_equal(drawn.annual, again.annual)
    even = draw_rates(catalogue, draws=30, even=True)
    first = even.annual[:, catalogue.region == "a"]
    np.testing.assert_allclose(first, np.broadcast_to(first[:, :1], first.shape))


def test_events_that_gather_ask_for_narrow_kernels_and_scattered_ones_for_none():
    region, s_km, length = segments()
    home = np.repeat(list(REGIONS), 20)
    random = np.random.default_rng(0)
    gathered = np.abs(random.normal(300.0, 20.0, size=160))
    magnitude = np.full(160, 7.1)
    bandwidth, even = choose_places(Catalogue(region, s_km, length, home, gathered, magnitude, 100.0, 7.0))
    assert (bandwidth, even) == (50.0, 0.1)
    anywhere = random.random(160) * np.repeat(50.0 * np.array(list(REGIONS.values())), 20)
    _, even = choose_places(Catalogue(region, s_km, length, home, anywhere, magnitude, 100.0, 7.0))
    assert even >= 0.5


def test_a_region_without_events_takes_rate_and_sizes_from_all():
    catalogue, _ = simulated(5)
    keep = catalogue.event_region != "a"
    bare = Catalogue(
        catalogue.region,
        catalogue.s_km,
        catalogue.length_km,
        catalogue.event_region[keep],
        catalogue.event_s_km[keep],
        catalogue.magnitude[keep],
        catalogue.years,
        LEAST,
    )
    drawn = draw_rates(bare, draws=100)
    own = of_regions(drawn.annual, bare.region)[:, 0]
    assert 0.0 < own.mean() < of_regions(drawn.annual, bare.region)[:, 1:].mean()
    assert region_tail(bare, "a").weight.sum() == pytest.approx(1.0)


def test_the_gamma_law_of_rates_is_found():
    random = np.random.default_rng(1)
    rates = random.gamma(3.0, 1.0 / 3.0, size=400)
    exposure = np.full(400, 5.0)
    counts = random.poisson(rates * exposure)
    shape, rate = draw_gamma(counts, exposure, draws=400, random=random)
    assert np.mean(shape) == pytest.approx(3.0, rel=0.25)
    assert np.mean(shape / rate) == pytest.approx(1.0, rel=0.1)


def test_the_gamma_law_of_few_regions_is_its_posterior():
    counts, exposure = np.array([0, 3, 8, 1]), np.array([2.0, 4.0, 5.0, 1.0])
    shape, rate = draw_gamma(counts, exposure, draws=40_000, random=np.random.default_rng(0))
    # Plainly: regions are negative binomial, the spread half-Cauchy, the mean even in its logarithm.
    spread = np.linspace(0.1, 5.0, 2000)[:, None, None]
    mean = np.exp(np.linspace(-2.0, 2.0, 200))[:, None] * counts.sum() / exposure.sum()
    chance = nbinom.pmf(counts, spread**-2, 1.0 / (1.0 + mean * exposure * spread**2)).prod(-1)
    weight = chance / (1.0 + spread[..., 0] ** 2)
    weight /= weight.sum()
    for quantity, expected in ((shape**-0.5, spread[..., 0]), (shape / rate, mean[:, 0])):
        assert quantity.mean() == pytest.approx((weight * expected).sum(), rel=0.02)


def test_bad_input_is_refused():
    region, s_km, length = segments()
    none = np.array([])
    with pytest.raises(InputError, match="no event to learn"):
        draw_rates(Catalogue(region, s_km, length, none, none, none, 10.0, 7.0))
    with pytest.raises(InputError, match="smaller than the catalogue is complete"):
        Catalogue(region, s_km, length, np.array(["a"]), np.ones(1), np.array([6.0]), 10.0, 7.0)
    catalogue, _ = simulated(0)
    with pytest.raises(InputError, match="the magnitude is out of range"):
        draw_rates(catalogue, draws=20).above(6.0)
