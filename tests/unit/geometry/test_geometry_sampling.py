"""Statistics in cells against their definitions, in any order of blocks, exact and binned."""

import sys

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError
from megathrust.geometry import (
    SEED_STUDY_ALIGNMENT,
    CellAccumulator,
    Cells,
    TrenchLine,
    load_trench_line,
    make_segments,
    sample_grid,
    sample_grid_distributed,
)
from megathrust.geometry._quantiles import _code_of, _value_of
from megathrust.testing import plain_statistics

MOMENTS = ["count", "mean", "std", "min", "max", "skew", "kurtosis"]
PERCENT = (5.0, 50.0, 95.0)


@pytest.fixture(scope="module")
def cells():
    return Cells(make_segments(load_trench_line("ker"), 100.0))


@pytest.fixture(scope="module")
def grid():
    lon, lat = np.arange(174.0, 194.0, 0.11), np.arange(-44.0, -12.0, 0.1)
    random = np.random.default_rng(2)
    values = random.gamma(2.0, 800.0, (len(lat), len(lon))) - 4000.0 + 30.0 * lat[:, None]
    values[random.random(values.shape) < 0.05] = np.nan
    values[:60] = np.nan
    values[100:120] = 7.25
    return lon, lat, values


def blocks_of(grid, rows):
    lon, lat, values = grid
    return [(lon, lat[i : i + rows], values[i : i + rows]) for i in range(0, len(lat), rows)]


def expected_frame(cells, grid):
    lon, lat, values = grid
    cell = cells.of_points(*np.meshgrid(lon, lat)).ravel()
    weights = np.repeat(np.cos(np.radians(lat)), len(lon))
    rows = []
    for index in range(len(cells)):
        own = (cell == index) & np.isfinite(values.ravel())
        taken = values.ravel()[own]
        row = plain_statistics(taken, weights[own])
        for percent in PERCENT:
            row[f"p{percent:g}"] = (
                np.quantile(taken, percent / 100.0, weights=weights[own], method="inverted_cdf")
                if own.any()
                else np.nan
            )
        rows.append(row)
    return pd.DataFrame(rows)


def test_statistics_equal_their_definitions(cells, grid):
    expected = expected_frame(cells, grid)
    assert (expected["count"] == 0).any()
    got = sample_grid(blocks_of(grid, 37), cells, percentiles=PERCENT)
    columns = [*MOMENTS, "p5", "p50", "p95"]
    pd.testing.assert_frame_equal(got[columns], expected[columns], check_dtype=False, rtol=1e-9)


def test_constant_cells_have_no_spread(cells):
    lon, lat = np.arange(180.0, 186.0, 0.1), np.arange(-30.0, -25.0, 0.1)
    result = sample_grid([(lon, lat, np.full((len(lat), len(lon)), 0.1))], cells)
    some = result[result["count"] > 0]
    assert (some[["mean", "min", "max", "p50"]] == 0.1).all(axis=None)
    assert (some["std"] == 0.0).all()
    assert some["skew"].isna().all()


def test_binned_percentiles_stay_within_their_width(cells, grid):
    exact = sample_grid(blocks_of(grid, 50), cells, percentiles=PERCENT)
    binned = sample_grid(blocks_of(grid, 50), cells, percentiles=PERCENT, max_exact_values=1000)
    pd.testing.assert_frame_equal(exact[MOMENTS], binned[MOMENTS])
    for column in ("p5", "p50", "p95"):
        np.testing.assert_allclose(binned[column], exact[column], rtol=2.0**-10)
    back = sample_grid(blocks_of(grid, 50)[::-1], cells, percentiles=PERCENT, max_exact_values=1000)
    pd.testing.assert_frame_equal(binned, back, rtol=1e-9)


def test_a_bin_stands_for_the_nearest_values():
    values = np.random.default_rng(0).normal(size=20_000) * 10.0 ** np.linspace(-5.0, 5.0, 20_000)
    binned = _value_of(_code_of(values))
    # Of the 23 bits of a fraction 13 are dropped: half of the last one that is kept.
    assert np.abs(binned / values - 1.0).max() <= 2.0**-11
    assert (np.diff(binned[np.argsort(values)]) >= 0.0).all()


def test_bins_are_put_in_order_as_they_grow(cells, grid, monkeypatch):
    whole = sample_grid([grid], cells, max_exact_values=10)
    monkeypatch.setattr(sys.modules["megathrust.geometry._quantiles"], "PENDING", 500)
    parts = sample_grid(blocks_of(grid, 20), cells, max_exact_values=10)
    pd.testing.assert_frame_equal(whole, parts, rtol=1e-9)


def test_large_blocks_are_worked_on_in_strips(cells, grid, monkeypatch):
    whole = sample_grid([grid], cells)
    monkeypatch.setattr(sys.modules["megathrust.geometry._sampling"], "NODES_AT_ONCE", 3000)
    pd.testing.assert_frame_equal(whole, sample_grid([grid], cells), rtol=1e-9)


def test_layers_share_their_nodes(cells, grid):
    lon, lat, values = grid
    both = sample_grid([(lon, lat, np.stack([values, 2.0 * values]))], cells, layers=("a", "b"))
    one = sample_grid([grid], cells, layers=("a",))
    pd.testing.assert_frame_equal(both[both["layer"] == "a"].reset_index(drop=True), one)
    np.testing.assert_allclose(both.loc[both["layer"] == "b", "mean"], 2.0 * one["mean"])


def test_dask_gives_the_same_numbers(cells, grid):
    pytest.importorskip("dask")
    from dask.delayed import delayed

    blocks = blocks_of(grid, 60)
    got = sample_grid_distributed([delayed(blocks[0]), *blocks[1:]], cells, blocks_at_once=2)
    pd.testing.assert_frame_equal(got, sample_grid(blocks, cells), rtol=1e-12)


def test_points_and_merging(cells):
    random = np.random.default_rng(0)
    lon, lat, values = random.uniform(180, 190, 900), random.uniform(-35, -20, 900), random.normal(size=900)
    together, first, second = CellAccumulator(cells), CellAccumulator(cells), CellAccumulator(cells)
    together.add(lon, lat, values, weights=values**2)
    first.add(lon[:300], lat[:300], values[:300], weights=values[:300] ** 2)
    second.add(lon[300:] - 360.0, lat[300:], values[300:], weights=values[300:] ** 2)
    first.merge(second)
    pd.testing.assert_frame_equal(first.result(), together.result(), rtol=1e-9)
    binned = CellAccumulator(cells, max_exact_values=10)
    binned.merge(first)
    other = CellAccumulator(cells, max_exact_values=10)
    other.merge(binned)
    np.testing.assert_allclose(other.result()["p50"], together.result()["p50"], rtol=2.0**-10)
    with pytest.raises(InputError, match="belong together"):
        first.merge(CellAccumulator(cells, layers=("other",)))


def test_gradient_of_a_linear_field_along_a_straight_trench():
    cells = Cells(make_segments(TrenchLine("sam", [-71.0, -71.0], [5.0, -5.0])), up_km=(0, 50), dg_km=(0, 50))
    lon, lat = np.arange(-71.6, -70.4, 0.02), np.arange(6.0, -6.0, -0.02)
    field = np.broadcast_to(-lat[:, None] * 111.195, (len(lat), len(lon))).copy()
    result = sample_grid([(lon, lat, field)], cells)
    np.testing.assert_allclose(result["gradient_per_km"], 1.0, rtol=0.03)
    arc_length = (5.0 - lat) * 111.195
    field[(arc_length > 450.0) & (arc_length < 600.0)] = np.nan
    holed = sample_grid([(lon, lat, field)], cells)
    empty = holed["count"] == 0
    assert holed.loc[empty, "s_km"].tolist() == [475.0, 525.0, 575.0] * 2
    assert holed.loc[empty, "gradient_per_km"].isna().all()
    np.testing.assert_allclose(holed.loc[~empty, "gradient_per_km"], 1.0, rtol=0.03)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda cells: CellAccumulator(cells, layers=()), "layers"),
        (lambda cells: CellAccumulator(cells, layers=("a", "a")), "layers"),
        (lambda cells: CellAccumulator(cells, percentiles=[101]), "percentile"),
        (lambda cells: CellAccumulator(cells).add([1.0], [1.0], [1.0], weights=[0.0]), "weights"),
        (lambda cells: CellAccumulator(cells).add([1.0], [1.0], [1.0, 2.0]), "do not fit"),
        (lambda cells: CellAccumulator(cells).add([1.0], [1.0], ["x"]), "do not fit"),
        (lambda cells: sample_grid([([1.0], [1.0], [[1.0, 2.0]])], cells), "do not fit"),
        (lambda cells: sample_grid([([1.0], [91.0], [[1.0]])], cells), "latitude"),
    ],
)
def test_unusable_input_is_refused(cells, call, words):
    with pytest.raises(InputError, match=words):
        call(cells)


def test_missing_dask_is_said(cells, monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.delayed", None)
    with pytest.raises(InputError, match="Dask is not installed"):
        sample_grid_distributed([], cells)


@pytest.mark.data
def test_geoid_follows_the_seed_study_where_its_segments_lie(data_dir):
    xarray = pytest.importorskip("xarray")
    with xarray.open_dataset(data_dir / "potential_field" / "earth-geoid-10arcmin.nc") as data:
        lon, lat, geoid = (data[name].to_numpy() for name in ("longitude", "latitude", "geoid"))
    for region, offset in SEED_STUDY_ALIGNMENT.items():
        seed = pd.read_csv(data_dir / "seed_study" / f"{region}.csv")["EGO_UP_AVE"].to_numpy()
        start = 325.0 if region == "sum" else 25.0
        s_km = start + 50.0 * np.arange(len(seed)) + offset
        cells = Cells(make_segments(load_trench_line(region)))
        result = sample_grid([(lon[:-1], lat, geoid[:, :-1])], cells, percentiles=())
        ours = result[(result["side"] == "UP") & (result["count"] > 0)]
        there = np.isfinite(seed) & (s_km >= 25.0) & (s_km <= ours["s_km"].max())
        rank = pd.Series(np.interp(s_km[there], ours["s_km"], ours["mean"])).corr(
            pd.Series(seed[there]), method="spearman"
        )
        assert rank > 0.8, region
