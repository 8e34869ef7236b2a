"""Applicability notices planted outliers, names the features, and lets held-out segments pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.evaluation import ApplicabilityDomain, fit_applicability
from megathrust.evaluation._outliers import _common
from megathrust.pipelines.build import open_table
from megathrust.pipelines.experiment import make_experiment
from megathrust.pipelines.settings import load_config

SEED = Path(__file__).parents[4] / "shared" / "data" / "seed_study"


def correlated(rows, seed):
    """Return eight features of two factors, the last one binary."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(rows, 2))
    features = factors @ random.normal(size=(2, 8)) + 0.3 * random.normal(size=(rows, 8))
    features[:, 7] = features[:, 7] > 0.0
    return features


def halves(count):
    even = np.arange(0, count, 2)
    odd = np.arange(1, count, 2)
    return [(even, odd), (odd, even)]


@pytest.fixture(scope="module")
def domain():
    return fit_applicability(correlated(400, 0), halves(400))


def test_tails_are_the_outer_tenths_of_the_training_rows_and_not_too_short():
    points = np.random.default_rng(0).exponential(size=(500, 2)) * [4.0, -4.0]
    tenths = np.sort(points, axis=0)[[50, 449]]
    *_, low, high, tails = _common(points)
    np.testing.assert_array_equal([low, high], [points.min(0), points.max(0)])
    np.testing.assert_allclose(tails, [high - tenths[1], tenths[0] - low], rtol=0.05)
    assert (_common(points / 100.0)[-1] == 0.25).all()


def test_rows_of_the_same_law_pass():
    random = np.random.default_rng(0)
    everything = correlated(1400, 0)
    order = random.permutation(1400)
    known = fit_applicability(everything[order[:400]], halves(400))
    assert 0.85 < known.applicable(everything[order[400:]]).mean() <= 1.0


def test_one_feature_far_off_is_noticed_and_named(domain):
    features = correlated(400, 0)[:50]
    features[:, 3] += 6.0 * correlated(400, 0)[:, 3].std()
    assert not domain.applicable(features).any()
    names = [f"F{i}" for i in range(8)]
    assert all("F3" in reason for reason in domain.reasons(features, names))


def test_columns_permuted_on_their_own_are_noticed(domain):
    random = np.random.default_rng(1)
    features = np.column_stack([random.permutation(column) for column in correlated(400, 0).T])
    assert domain.applicable(features).mean() < 0.2


def test_rows_inside_have_no_reason(domain):
    features = correlated(400, 0)
    inside = domain.applicable(features)
    reasons = domain.reasons(features, [f"F{i}" for i in range(8)])
    assert [bool(reason) for reason in reasons] == (~inside).tolist()


def test_held_out_rows_against_their_own_fold_are_flagged_as_seldom_as_promised():
    features, folds = correlated(400, 0), halves(400)
    domain = fit_applicability(features, folds)
    flags = np.concatenate([~domain.applicable(features[test], to=features[train]) for train, test in folds])
    assert 0.02 <= flags.mean() <= 0.05
    far = features[:50].copy()
    far[:, 3] += 6.0 * features[:, 3].std()
    assert not domain.applicable(far, to=features[::2]).any()


def test_domain_survives_its_file_and_an_older_one_is_as_it_was(domain):
    features = correlated(50, 3)
    arrays = domain.to_arrays()
    again = ApplicabilityDomain.from_arrays(arrays)
    np.testing.assert_array_equal(again.applicable(features), domain.applicable(features))
    old = ApplicabilityDomain.from_arrays({k: v for k, v in arrays.items() if not k.startswith("rule.")})
    assert old.rule is None
    np.testing.assert_array_equal(old.applicable(features), old.dissimilarity(features) <= old.threshold)
    tailless = {**arrays, "rule.usual_excess": arrays["rule.usual_excess"][0]}
    assert ApplicabilityDomain.from_arrays(tailless).rule.usual_excess.shape == (2, 8)
    with pytest.raises(InputError, match=r"limits of the domain .* wrong shape"):
        ApplicabilityDomain.from_arrays({**arrays, "rule.limits": np.ones(2)})


def planted(training, kind, random, count=300):
    """Return training rows of one kind of outlier."""
    spread = training.std(0)
    varied = np.flatnonzero([len(np.unique(column)) > 2 for column in training.T])
    rows = training[random.integers(len(training), size=count)].copy()
    if kind == "permuted":
        return np.column_stack([random.permutation(column) for column in training.T])
    number, size = {"one at 6 sd": (1, 6.0), "five at 3 sd": (5, 3.0)}[kind]
    for row in rows:
        chosen = random.choice(varied, number, replace=False)
        row[chosen] += size * spread[chosen] * random.choice([-1.0, 1.0], number)
    return rows


def rates_on_outer_folds(source, count):
    """Return shares flagged of outer test segments and of each kind of outlier, limits from inner folds."""
    experiment = make_experiment(open_table(source), load_config("quick"))
    features, region, s_km = (getattr(experiment.rows, name) for name in ("features", "region", "s_km"))
    random = np.random.default_rng(0)
    flags = {kind: [] for kind in ("held out", "one at 6 sd", "five at 3 sd", "permuted")}
    for fold in experiment.folds[:count]:
        known = fit_applicability(features, inner_folds(fold.train, region, s_km))
        flags["held out"].append(~known.applicable(features[fold.test]))
        training = features[fold.train]
        training = np.where(np.isnan(training), np.nanmedian(training, axis=0), training)
        for kind in list(flags)[1:]:
            flags[kind].append(~known.applicable(planted(training, kind, random)))
    return {kind: float(np.concatenate(parts).mean()) for kind, parts in flags.items()}


def test_outliers_planted_in_the_builtin_table_and_false_flags_on_outer_folds():
    rates = rates_on_outer_folds(None, 5)
    assert rates["held out"] <= 0.08
    assert rates["one at 6 sd"] >= 0.90
    assert rates["five at 3 sd"] >= 0.98
    assert rates["permuted"] >= 0.98


def test_outliers_planted_in_the_seed_table_and_false_flags_on_outer_folds():
    if not SEED.is_dir():
        pytest.skip("needs the seed study's data in ../shared/data")
    rates = rates_on_outer_folds(SEED, 5)
    assert rates["held out"] <= 0.11
    assert rates["one at 6 sd"] >= 0.87
    assert rates["five at 3 sd"] >= 0.97
    assert rates["permuted"] >= 0.96


def inner_folds(train, region, s_km):
    """Return five chunks of the training rows along every trench, 50 km apart from the rest."""
    number = np.zeros(len(train), dtype=int)
    for name in np.unique(region[train]):
        own = np.flatnonzero(region[train] == name)
        own = own[np.argsort(s_km[train][own])]
        number[own] = np.arange(len(own)) * 5 // len(own)
    folds = []
    for chunk in range(5):
        test, rest = train[number == chunk], train[number != chunk]
        apart = np.abs(s_km[rest][:, None] - s_km[test]) > 50.0
        folds.append((rest[(apart | (region[rest][:, None] != region[test])).all(1)], test))
    return folds
