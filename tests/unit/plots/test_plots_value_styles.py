"""How values are coloured: breaks, lightness, other colours."""

from __future__ import annotations

import numpy as np
import pytest

from megathrust.core import InputError
from megathrust.plots import magnitude_style, outcome_style, probability_style, relevance_style, value_style


def test_magnitude_colours_break_at_the_thresholds_and_darken():
    style = magnitude_style((8.0,))
    low, high = style.mappable.to_rgba(np.array([7.99, 8.0]))[:, :3]
    assert low[2] > low[0]  # blue below
    assert high[0] > high[2]  # red above
    steps = np.array([6.2, 6.7, 7.2, 7.7, 8.2, 8.7, 9.2])
    grey = style.mappable.to_rgba(steps)[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert np.all(np.diff(grey) < -0.03)


def test_outcome_colours_differ_in_grey_print():
    style = outcome_style()
    grey = np.sort(style.mappable.to_rgba(np.arange(4.0))[:, :3] @ [0.2126, 0.7152, 0.0722])
    assert np.diff(grey).min() > 0.1


def test_styles_take_other_colours_and_breaks():
    style = probability_style("Mw ≥ 8.0").changed(cmap="viridis", breaks=[0.0, 0.3, 1.0])
    assert style.cmap.name == "viridis"
    assert style.ticks == (0.0, 0.3, 1.0)
    one, other = style.mappable.to_rgba(np.array([0.01, 0.29]))
    np.testing.assert_array_equal(one, other)
    with pytest.raises(InputError, match="breaks of the colours do not increase"):
        style.changed(breaks=[1.0, 0.0])
    with pytest.raises(InputError, match="no segment on the map has a value"):
        value_style([np.nan], "Mw")


def test_only_a_signed_style_marks_what_is_negative():
    assert relevance_style(2.0).signed
    assert "negative" in relevance_style(2.0).label
    assert not value_style([0.0, 1.0], "depth").signed
