"""What must hold for every table, split, network and score."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from megathrust.core import magnitude_from_moment, moment_from_magnitude, wrap_longitude
from megathrust.evaluation import Rows, classification_scores, nearest_segment, rupture_weights
from megathrust.evaluation._baselines import majority_class
from megathrust.explanation import relevance
from megathrust.models import FCNArchitecture, FCNStack
from megathrust.splits import ChunkSplitter
from megathrust.testing import check_splitter, synthetic_table
from megathrust.training import BatchStreams, Member
from megathrust.training._schedule import one_cycle
from megathrust.worlds._surrogates import shifted_rows

TABLES = {
    lengths: synthetic_table(regions=dict(zip(("alu", "kur"), lengths, strict=True)), features=2)
    for lengths in ((7, 20), (30, 11), (25, 25))
}


@given(st.floats(-2.0, 10.0))
def test_moment_and_magnitude_invert_each_other(magnitude):
    np.testing.assert_allclose(magnitude_from_moment(moment_from_magnitude(magnitude)), magnitude, atol=1e-12)


@given(st.floats(-720.0, 720.0), st.integers(-3, 3))
def test_wrapped_longitudes_repeat_every_turn(lon, turns):
    wrapped = float(wrap_longitude(lon))
    assert -180.0 <= wrapped < 180.0
    again = float(wrap_longitude(lon + 360.0 * turns))
    assert min(abs(again - wrapped), 360.0 - abs(again - wrapped)) < 1e-9


@given(st.sampled_from(sorted(TABLES)), st.floats(0.0, 150.0), st.integers(2, 6), st.booleans())
@settings(deadline=None)
def test_chunks_partition_every_table(lengths, exclusion_km, chunks, whole_ruptures):
    splitter = ChunkSplitter(exclusion_km=exclusion_km, chunks=chunks)
    table = TABLES[lengths]
    check_splitter(splitter, table)
    if whole_ruptures:
        ruptures = table.ruptures()
        kept = ChunkSplitter(exclusion_km=exclusion_km, chunks=chunks, whole_ruptures=True).split(table)
        for fold, strict in zip(splitter.split(table), kept, strict=True):
            assert np.isin(strict.train, fold.train).all()
            assert not np.isin(ruptures[strict.train], ruptures[strict.test]).any()


@given(st.integers(0, 2**31), st.integers(2, 4), st.integers(5, 40))
@settings(deadline=None)
def test_scores_stay_in_range_and_ignore_the_order_of_rows(seed, n_classes, rows):
    random = np.random.default_rng(seed)
    classes = random.integers(0, n_classes, rows)
    probabilities = random.dirichlet(np.ones(n_classes), rows)
    scores = classification_scores(classes, probabilities)
    order = random.permutation(rows)
    shuffled = classification_scores(classes[order], probabilities[order])
    for (metric, name), value in scores.items():
        np.testing.assert_allclose(value, shuffled[metric, name], atol=1e-12)
        if metric not in ("confusion", "log_score", "brier_resolution"):
            assert np.isnan(value[0]) or -1e-12 <= value[0] <= 1.0 + 1e-12
    cells = [value[0] for (metric, _), value in scores.items() if metric == "confusion"]
    assert sum(cells) == rows


@given(
    st.integers(0, 2**31),
    st.sampled_from(["none", "before", "after"]),
    st.floats(1e-9, 0.1),
    st.sampled_from([1, 2]),
)
@settings(deadline=None, max_examples=40)
def test_relevance_and_bias_share_sum_to_the_logit(seed, batch_norm, epsilon, shared_by):
    random = np.random.default_rng(seed)
    architecture = FCNArchitecture(4, 3, (6, 5), batch_norm=batch_norm, shared_by=shared_by)
    stack = FCNStack(architecture, random.normal(size=(2, 4)), random.uniform(0.1, 3.0, (2, 4)))
    stack.draw([seed % 1000, 1])
    explained = relevance(stack.eval(), random.normal(size=(5, 4)), epsilon=epsilon)
    total = explained.features.sum(-1) + explained.bias
    # Opposite relevances far larger than the logit may cancel; rounding grows with them.
    scale = 1.0 + np.abs(explained.features).sum(-1) + np.abs(explained.bias)
    assert np.max(np.abs(total - explained.delta) / scale) < 1e-12


@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(2, 30))
@settings(deadline=None)
def test_circular_shifts_keep_every_label_of_every_trench(seed, regions, rows):
    random = np.random.default_rng(seed)
    region = random.integers(0, regions, rows).astype(str)
    order = shifted_rows(region, random.random(rows), surrogates=3, seed=seed)
    for one in order:
        assert np.array_equal(np.sort(one), np.arange(rows))
        assert np.array_equal(region[one], region)


@given(st.integers(0, 2**31), st.integers(1, 20))
def test_bootstrap_draws_as_many_ruptures_as_there_are(seed, count):
    ruptures = np.arange(count)
    np.testing.assert_array_equal(rupture_weights(ruptures, replicates=4, seed=seed).sum(1), count)


@given(st.lists(st.integers(2, 60), min_size=1, max_size=4), st.integers(2, 20), st.integers(0, 100))
@settings(deadline=None)
def test_batches_show_each_row_once_an_epoch_whatever_shares_the_stack(sizes, batch_size, seed):
    members = [Member(np.arange(size), seed + k) for k, size in enumerate(sizes)]
    streams = BatchStreams(members, batch_size=batch_size, epochs=1, widths=(2,))
    seen = [streams.step(number) for number in range(int(streams.steps.max()))]
    for k, size in enumerate(sizes):
        rows = np.concatenate([rows[k][present[k]] for rows, present, _ in seen])
        assert np.array_equal(np.sort(rows), np.arange(size))
        alone = BatchStreams(members[k : k + 1], batch_size=batch_size, epochs=1, widths=(2,))
        first, present, _ = alone.step(0)
        assert np.array_equal(first[0][present[0]], seen[0][0][k][seen[0][1][k]])


@given(st.integers(1, 500), st.floats(1e-5, 1.0))
def test_one_cycle_never_leaves_its_range(steps, peak):
    rates = np.array([one_cycle(step, [steps], [peak])[0] for step in range(steps)])
    assert np.all(rates > 0.0)
    assert np.all(rates <= peak * (1.0 + 1e-12))


@given(st.integers(0, 2**31))
def test_nearest_segment_needs_no_feature(seed):
    random = np.random.default_rng(seed)
    region, s_km = random.integers(0, 2, 20).astype(str), random.random(20) * 1000.0
    classes = random.integers(0, 2, 10)
    got = []
    for _ in range(2):
        rows = Rows(random.normal(size=(20, 3)), region, s_km)
        got.append(nearest_segment(rows.take(np.arange(10)), classes, rows.take(np.arange(10, 20)), 2, 0))
    np.testing.assert_array_equal(got[0], got[1])
    share = majority_class(rows.take(np.arange(10)), classes, rows.take(np.arange(10, 20)), 2, 0)
    np.testing.assert_allclose(share[:, 1], classes.mean())
