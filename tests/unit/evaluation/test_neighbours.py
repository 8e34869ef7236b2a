"""What the labels along the trench say of a row that is held out."""

import numpy as np
from hypothesis import given, strategies as st

from megathrust.evaluation import neighbour_log_odds
from megathrust.testing import plain_neighbour_log_odds


@st.composite
def trenches(draw):
    count = draw(st.integers(2, 14))
    numbers = st.lists(st.integers(0, 4), min_size=count, max_size=count)
    region, ruptures = np.array(draw(numbers)) % 2, np.array(draw(numbers))
    places = st.lists(st.floats(0.0, 900.0), min_size=count, max_size=count)
    great = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    train = np.flatnonzero(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    return great, ruptures, region.astype(str), np.array(draw(places)), train


@given(trenches(), st.sampled_from([0.0, 100.0, 300.0]))
def test_it_is_its_plain_twin(trench, exclusion_km):
    said = neighbour_log_odds(*trench, exclusion_km=exclusion_km)
    np.testing.assert_allclose(said, plain_neighbour_log_odds(*trench, exclusion_km=exclusion_km), atol=1e-12)


@given(trenches())
def test_labels_of_held_out_rows_and_of_the_own_rupture_say_nothing(trench):
    great, ruptures, region, s_km, train = trench
    said = neighbour_log_odds(great, ruptures, region, s_km, train, exclusion_km=100.0)
    held_out = np.setdiff1d(np.arange(len(great)), train)
    turned = great.copy()
    turned[held_out] = ~turned[held_out]
    np.testing.assert_array_equal(
        said, neighbour_log_odds(turned, ruptures, region, s_km, train, exclusion_km=100.0)
    )
    alone = neighbour_log_odds(great, np.zeros_like(ruptures), region, s_km, train, exclusion_km=0.0)
    rate = (great[train].sum() + 1) / (len(train) + 2)
    np.testing.assert_allclose(alone, np.log(rate / (1 - rate)), atol=1e-12)


def test_nearer_great_ruptures_say_more():
    great, far = np.array([True, False, False]), np.array([0.0, 150.0, 600.0])
    said = neighbour_log_odds(great, np.arange(3), np.repeat("a", 3), far, np.arange(3), exclusion_km=100.0)
    assert said[1] > said[2]
