"""The expert rival: its numbers are those of its source, and it says where it knows nothing."""

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError
from megathrust.evaluation import (
    BASELINES,
    DEFAULT_RIVALS,
    EXPERT,
    MAXIMUM_MAGNITUDES,
    Rows,
    expert_magnitudes,
)

#: Zone of PTHA18 by region, and its segments by stretch; None where it has no zone.
ZONES = {
    "alu": ("alaskaaleutians", "komandorski", "western", "eastern"),
    "cam": ("mexico", ""),
    "cas": ("cascadia", ""),
    "izu": ("izumariana", "marianas", "izubonin"),
    "ker": ("kermadectonga2", "hikurangi", "kermadec", "tonga"),
    "kur": ("kurilsjapan", "japan", "kurils"),
    "man": ("", None),
    "phi": ("philippine", ""),
    "png": ("newguinea2", ""),
    "ryu": ("ryuku", "ryuku", "nankai", None),
    "sam": ("southamerica", "ecuador", "peru", "northern_chile", "central_chile"),
    "sol": ("solomon2", "newbritain", "northwest", "southeast"),
    "sum": ("sunda2", None, "arakan", "andaman", "sumatra", "java", None),
    "van": ("newhebrides2", "north", "central", "south", "matthewhunter"),
}


def rows_of(region, s_km):
    return Rows(np.zeros((len(region), 2)), np.array(region), np.array(s_km, dtype=float))


def test_medians_are_those_of_the_published_posteriors(data_dir):
    published = pd.read_csv(data_dir / "comparison" / "ptha18_Mw_max_percentiles.csv", index_col=0)
    columns = [name for name in published if name.startswith("p_")]
    shares = np.array([float(name[2:]) for name in columns])
    grid = np.arange(7.0, 9.7, 0.001)
    assert set(ZONES) == set(MAXIMUM_MAGNITUDES)
    for region, (zone, *segments) in ZONES.items():
        assert len(segments) == len(MAXIMUM_MAGNITUDES[region])
        for segment, (_, median) in zip(segments, MAXIMUM_MAGNITUDES[region], strict=True):
            if segment is None:
                assert np.isnan(median)
                continue
            names = [zone, f"{zone}_{segment}"] if segment else [zone]
            below = [
                np.interp(grid, published.loc[name, columns].to_numpy(float), shares, left=0.0)
                for name in names
            ]
            assert median == pytest.approx(grid[np.searchsorted(np.mean(below, axis=0), 0.5)], abs=0.006)


def test_a_stretch_begins_where_it_is_said():
    got = expert_magnitudes(rows_of(["van"] * 4 + ["sum", "man"], [0, 449, 450, 2000, 100, 0]))
    np.testing.assert_array_equal(got, [8.44, 8.44, 8.69, 8.54, np.nan, np.nan])


def test_experts_become_probabilities_by_the_training_rows():
    train = rows_of(["phi"] * 10 + ["sam"] * 10, [25.0] * 20)
    got = BASELINES[EXPERT](train, np.repeat([0, 1], 10), rows_of(["van", "kur"], [0, 900]), 2, 0)
    assert got[0, 1] < 0.5 < got[1, 1]
    turned = BASELINES[EXPERT](train, np.repeat([1, 0], 10), rows_of(["van", "kur"], [0, 900]), 2, 0)
    np.testing.assert_allclose(got, turned[:, ::-1], atol=1e-4)


@pytest.mark.parametrize(
    ("region", "s_km", "words"),
    [
        ("mine", 0.0, "does not know the trench mine"),
        ("van", -1.0, "-1 to 25"),
        ("van", 2100.0, "25 to 2100"),
    ],
)
def test_trenches_that_experts_do_not_know_are_refused_by_name(region, s_km, words):
    rows = rows_of([region, "van"], [s_km, 25.0])
    with pytest.raises(InputError, match=words):
        BASELINES[EXPERT](rows, np.array([0, 1]), rows, 2, 0)
    assert EXPERT not in DEFAULT_RIVALS
