"""Rates with features: planted ones are found again, with the spread that was promised, and no others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from megathrust.core import InputError
from megathrust.evaluation import Catalogue, draw_rates, places_posterior
from megathrust.evaluation._rate_features import SPREADS

REGIONS = {name: 20 + 5 * number for number, name in enumerate("abcdefgh")}
REGION = np.repeat(list(REGIONS), list(REGIONS.values()))
S_KM = np.concatenate([25.0 + 50.0 * np.arange(count) for count in REGIONS.values()])
LENGTH, YEARS = np.full(len(S_KM), 50.0), 100.0


def within(values):
    """Return columns centred in each trench, in pooled standard deviations, cut at 3."""
    centred = values.copy()
    for name in REGIONS:
        centred[name == REGION] -= centred[name == REGION].mean(0)
    return np.clip(centred / np.sqrt(np.mean(centred**2, axis=0)), -3.0, 3.0)


def world(seed, spread, width=8):
    """Return a catalogue of some 300 events, smooth features with trench means of their own, true rates."""
    random = np.random.default_rng(seed)
    features = np.empty((len(REGION), width))
    for name, count in REGIONS.items():
        noise = random.normal(size=(count + 4, width))
        smooth = np.stack([np.convolve(column, np.ones(5), "valid") for column in noise.T], axis=1)
        features[name == REGION] = smooth + 3.0 * random.normal(size=width)
    logs = within(features) @ random.normal(scale=spread / np.sqrt(width), size=width)
    rates = np.empty(len(REGION))
    for name in REGIONS:
        own = name == REGION
        per_km = random.gamma(2.0, 1e-4)
        rates[own] = per_km * LENGTH[own].sum() * np.exp(logs[own]) / np.exp(logs[own]).sum()
    home = np.repeat(np.arange(len(REGION)), random.poisson(rates * YEARS))
    magnitude = np.full(len(home), 7.2)
    return Catalogue(REGION, S_KM, LENGTH, REGION[home], S_KM[home], magnitude, YEARS, 7.0), features, rates


def gain(rates, found, reference):
    """Return the expected information gain per later event."""
    return float((rates * np.log(found / reference)).sum() - (found - reference).sum()) / rates.sum()


def test_planted_rates_are_recovered_without_bias_and_with_the_promised_coverage():
    inside, of_regions, ratios, gains = [], [], [], []
    for seed in range(24):
        catalogue, features, rates = world(seed, 1.0)
        drawn = draw_rates(catalogue, draws=200, seed=seed, features=features).annual
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        inside.append(np.mean((low <= rates) & (rates <= high)))
        totals = np.stack([drawn[:, name == REGION].sum(1) for name in REGIONS], axis=1)
        truth = np.array([rates[name == REGION].sum() for name in REGIONS])
        low, high = np.quantile(totals, [0.05, 0.95], axis=0)
        of_regions.append(np.mean((low <= truth) & (truth <= high)))
        ratios.append(drawn.mean(0).sum() / rates.sum())
        even = draw_rates(catalogue, draws=200, seed=seed, even=True).annual.mean(0)
        gains.append(gain(rates, drawn.mean(0), even))
    # Segments of a world share its coefficients: worlds differ by .07.
    assert np.mean(inside) == pytest.approx(0.90, abs=0.05)
    assert np.mean(of_regions) == pytest.approx(0.90, abs=0.065)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.04)
    assert np.mean(gains) > 0.2


def test_features_that_say_nothing_cost_next_to_nothing():
    costs = []
    for seed in range(12):
        catalogue, features, rates = world(seed, 0.0)
        found = draw_rates(catalogue, draws=200, seed=seed, features=features).annual.mean(0)
        costs.append(gain(rates, found, draw_rates(catalogue, draws=200, even=True).annual.mean(0)))
    assert np.mean(costs) > -0.02


def test_the_most_probable_coefficients_are_those_of_a_plain_likelihood():
    random = np.random.default_rng(0)
    features, length = random.normal(size=(len(REGION), 3)), random.uniform(20.0, 80.0, len(REGION))
    counts = random.poisson(0.6, len(REGION))
    counts[REGION == "c"] = 0
    found = places_posterior(features, REGION, length, counts)
    columns = within(features)
    np.testing.assert_allclose(found.columns, columns, atol=1e-12)

    def surprise(coefficients, spread):
        total = 0.5 * 3 / spread**2 * float(coefficients @ coefficients)
        for name in REGIONS:
            rows = np.flatnonzero(name == REGION)
            relative = [length[row] * np.exp(columns[row] @ coefficients) for row in rows]
            for row, own in zip(rows, relative, strict=True):
                total -= counts[row] * np.log(own / sum(relative))
        return total

    for number in (3, 12):
        best = minimize(surprise, np.zeros(3), args=(SPREADS[number],), method="BFGS")
        np.testing.assert_allclose(found.mean[number], best.x, atol=1e-4)
        step = 1e-3
        grid = np.eye(3) * step
        curvature = [
            [
                sum(
                    one * two * surprise(best.x + one * a + two * b, SPREADS[number])
                    for one in (1, -1)
                    for two in (1, -1)
                )
                / (4.0 * step**2)
                for b in grid
            ]
            for a in grid
        ]
        np.testing.assert_allclose(found.precision[number], curvature, rtol=1e-3, atol=1e-2)


def test_spreads_are_weighed_by_their_evidence():
    random = np.random.default_rng(5)
    features = random.normal(size=(len(REGION), 1))
    column = within(features)[:, 0]
    counts = random.poisson(0.5 * np.exp(0.4 * column))
    found = places_posterior(features, REGION, LENGTH, counts)
    grid = np.linspace(-6.0, 6.0, 4001)
    likelihood = np.zeros(len(grid))
    for name in REGIONS:
        rows = np.flatnonzero(name == REGION)
        logs = column[rows][:, None] * grid
        likelihood += counts[rows] @ logs - counts[rows].sum() * np.log(np.exp(logs).sum(0))
    likelihood = np.exp(likelihood - likelihood.max())
    # Plain integration over the coefficient; half-Cauchy prior of the spread, grid even in its logarithm.
    evidence = [
        np.sum(likelihood * np.exp(-0.5 * (grid / spread) ** 2)) / spread * spread / (1.0 + spread**2)
        for spread in SPREADS
    ]
    np.testing.assert_allclose(found.weight, evidence / np.sum(evidence), atol=0.005)


def test_draws_have_the_mean_and_covariance_that_are_promised():
    catalogue, features, _ = world(1, 1.0, width=3)
    features[:, 1] = features[:, 0] + 0.4 * features[:, 1]
    home = [int(np.flatnonzero((r == REGION) & (s == S_KM))[0]) for r, s in
            zip(catalogue.event_region, catalogue.event_s_km, strict=True)]  # fmt: skip
    found = places_posterior(features, REGION, LENGTH, np.bincount(home, minlength=len(REGION)))
    drawn = found.draw(20_000, np.random.default_rng(0))
    mean = found.weight @ found.mean
    covariance = sum(
        w * (np.linalg.inv(p) + np.outer(m - mean, m - mean))
        for w, p, m in zip(found.weight, found.precision, found.mean, strict=True)
    )
    np.testing.assert_allclose(drawn.mean(0), found.columns @ mean, atol=0.02)
    expected = np.einsum("ij,jk,ik->i", found.columns, covariance, found.columns)
    np.testing.assert_allclose(drawn.var(0), expected, rtol=0.1, atol=1e-3)


def test_units_and_means_of_trenches_do_not_matter():
    catalogue, features, _ = world(2, 1.0)
    shift = np.array([ord(name) * 10.0 for name in REGION])[:, None]
    one = draw_rates(catalogue, draws=50, features=features).annual
    two = draw_rates(catalogue, draws=50, features=features * 1000.0 + shift).annual
    np.testing.assert_allclose(one, two, rtol=1e-6)
    with_constant = np.column_stack([features, np.full(len(features), 3.0)])
    np.testing.assert_allclose(draw_rates(catalogue, draws=50, features=with_constant).annual, one)


def test_missing_values_count_as_the_mean_of_their_trench():
    catalogue, features, _ = world(3, 1.0)
    features[::7, 2] = np.nan
    features[REGION == "b", 4] = np.nan
    found = draw_rates(catalogue, draws=50, features=features).annual
    assert np.isfinite(found).all()
    assert (found > 0.0).all()
    filled = features.copy()
    for name in REGIONS:
        rows = np.ix_(name == REGION, [2])
        filled[rows] = np.where(np.isnan(filled[rows]), np.nanmean(filled[rows]), filled[rows])
    # The spread of a column is that of its known values: one number for all trenches.
    gappy, full = (
        places_posterior(each[:, [2]], REGION, LENGTH, np.ones(len(REGION))).columns[:, 0]
        for each in (features, filled)
    )
    inside = (np.abs(gappy) > 1e-12) & (np.abs(gappy) < 2.5)
    assert np.ptp(gappy[inside] / full[inside]) < 1e-9
    assert (gappy[::7] == 0.0).all()


def test_bad_input_is_refused():
    catalogue, features, _ = world(4, 1.0)
    with pytest.raises(InputError, match="even or by features"):
        draw_rates(catalogue, draws=50, even=True, features=features)
    with pytest.raises(InputError, match="no feature varies within a trench"):
        draw_rates(catalogue, draws=50, features=np.ones((len(REGION), 2)))
    with pytest.raises(InputError, match="infinite"):
        draw_rates(catalogue, draws=50, features=np.full((len(REGION), 2), np.inf))
    with pytest.raises(InputError):
        draw_rates(catalogue, draws=50, features=features[:-1])
