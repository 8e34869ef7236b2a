"""Figures of explanations: what stands beside a ranking, and a heat map of another study beside ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from megathrust.core import InputError
from megathrust.plots import compared_info, plot_compared, plot_ranking, ranking_info
from megathrust.plots._style import BLACK, GREY

FAMILIES = pd.DataFrame({"family": ["age", "sediment"], "spread": [0.2, 0.9]}).assign(
    networks=0.1, folds=0.1, encodings=0.1, corrected_p=[0.2, 0.03], stands=[False, True]
)
HEAT_MAP = pd.DataFrame(
    {"feature": ["SED_AVE", "AGE", "SED_STD"], "family": ["sediment", "age", "sediment"]}
).assign(class_0=[0.5, np.nan, -2.0], segments_0=4, class_1=[3.5, 1.0, 0.0], segments_1=2)
RANKING = pd.DataFrame({"feature": ["AGE", "SED_STD", "SED_AVE"], "spread": [0.3, 0.2, 0.1]})
RANKING["family_stands"] = [False, True, True]


def words_of(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def test_a_family_bears_the_p_of_the_networks_and_of_its_own_test():
    table = FAMILIES.assign(claim_p=[np.nan, 0.5])
    words = words_of(plot_ranking(ranking_info(table, unit="log-odds")))
    assert {"p 0.030; 0.500", "p 0.200; –"} <= set(words)
    assert any("without a model" in each for each in words)
    alone = words_of(plot_ranking(ranking_info(FAMILIES, unit="log-odds")))
    assert {"p 0.030", "p 0.200"} <= set(alone)
    assert not any("without a model" in each for each in alone)


def test_a_heat_map_has_its_rows_by_family_each_beside_its_own_spread():
    info = compared_info(HEAT_MAP, RANKING, ["low", "high"], unit="log-odds")
    table = info.to_frame()
    assert table["feature"].tolist() == ["SED_AVE", "SED_STD", "AGE"]
    assert table["spread"].tolist() == [0.1, 0.2, 0.3]
    assert table["high"].tolist() == [3.5, 0.0, 1.0]
    assert table["stands"].tolist() == [True, True, False]
    assert set(table["segments, low"]) == {4}
    figure = plot_compared(info, manner="seed-study")
    heat, bars = figure.axes[:2]
    np.testing.assert_allclose(heat.images[0].get_array().filled(np.nan)[:, 0], [0.5, -2.0, np.nan])
    assert [each.get_width() for each in bars.patches] == [0.1, 0.2, 0.3]
    assert [label.get_color() for label in heat.get_yticklabels()] == [BLACK, BLACK, GREY]
    assert {"manner: seed-study", "low\n4 right", "high\n2 right"} <= set(words_of(figure))


def test_a_heat_map_without_a_class_is_refused():
    with pytest.raises(InputError, match="class_1"):
        compared_info(HEAT_MAP.drop(columns="class_1"), RANKING, ["low", "high"], unit="log-odds")
