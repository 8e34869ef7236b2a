"""Straightened trenches: the numbers, and what is drawn where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from megathrust.core import InputError
from megathrust.plots import plot_trench_strips, rupture_extents, trench_strip_info
from megathrust.plots._rupture_layer import lanes_of
from megathrust.table import load_builtin_table

RUPTURES = pd.DataFrame(
    {"region": ["ker", "sam"], "start_km": [50.0, 0.0], "end_km": [150.0, 900.0], "year": [1917, 1960]}
).assign(magnitude=[8.5, 9.6], quality=["B", "A"])


def segments() -> pd.DataFrame:
    frame = pd.DataFrame({"region": "ker", "s_km": [125.0, 25.0, 75.0, 175.0], "lon": -178.0, "lat": -30.0})
    frame["probability"] = [0.9, 0.1, np.nan, 0.5]
    frame["spread"] = [0.3, 0.05, np.nan, 0.1]
    frame["magnitude"] = [8.5, 1.0, 8.5, 7.2]
    frame["left_out"] = [False, False, True, False]
    frame["outside"] = [True, False, False, False]
    return frame


def test_strip_is_ordered_and_knows_what_is_missing():
    families = pd.DataFrame({"sediment": [1.0, 2.0, np.nan, 4.0]})
    info = trench_strip_info(segments(), "ker", lowest=4.0, ruptures=RUPTURES, families=families)
    assert info.s_km.tolist() == [25.0, 75.0, 125.0, 175.0]
    assert info.start_km.tolist() == [0.0, 50.0, 100.0, 150.0]
    np.testing.assert_allclose(info.low, [0.05, np.nan, 0.6, 0.4])
    np.testing.assert_allclose(info.high, [0.15, np.nan, 1.0, 0.6])
    np.testing.assert_array_equal(info.magnitude, [np.nan, 8.5, 8.5, 7.2])
    assert info.left_out.tolist() == [False, True, False, False]
    assert info.outside.tolist() == [False, False, True, False]
    assert info.ruptures["year"].tolist() == [1917]
    assert info.title == "Tonga-Kermadec (ker): 4 segments, 1 left out"
    table = info.to_frame()
    np.testing.assert_array_equal(table["relevance sediment"], [2.0, np.nan, 1.0, 4.0])
    assert table.loc[2, ["region", "probability", "magnitude"]].tolist() == ["ker", 0.9, 8.5]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f.drop(columns="spread"), {}, "lacks spread"),
        (lambda f: f, {"ruptures": RUPTURES.drop(columns="year")}, "lacks year"),
        (lambda f: f, {"families": pd.DataFrame({"a": [1.0]})}, "does not fit the segments .*1 rows"),
        (lambda f: f.assign(region="sam"), {}, "region of the strip .*allowed: sam"),
    ],
)
def test_bad_strips_are_refused(change, options, message):
    with pytest.raises(InputError, match=message):
        trench_strip_info(change(segments()), "ker", **options)
    with pytest.raises(InputError, match="no trench to draw"):
        plot_trench_strips([])


def test_strip_without_band_and_ruptures_is_drawn():
    info = trench_strip_info(segments().iloc[:1], "ker", spread=None)
    assert np.isnan(info.low).all()
    chance, magnitude, *_ = plot_trench_strips(info).axes
    assert chance.get_ylim() == (0.0, 1.0)
    assert magnitude.get_xlim() == (100.0, 150.0)


def test_overlapping_extents_stand_in_lanes():
    start, end = np.array([0.0, 90.0, 5.0, 200.0]), np.array([100.0, 150.0, 10.0, 210.0])
    lanes = lanes_of(start, end, gap=1.0)
    assert lanes == [0, 1, 1, 0]


def test_labels_of_chile_are_all_there_and_apart():
    frame = load_builtin_table().frame.assign(probability=0.5, spread=0.1)
    ruptures = rupture_extents(frame, least=8.0)
    info = trench_strip_info(frame, "sam", magnitude="MW_1904", ruptures=ruptures)
    figure = plot_trench_strips(info)
    texts = figure.axes[0].texts
    assert len(texts) == len(info.ruptures) > 10
    assert "1960 Mw 9.6, A" in [text.get_text() for text in texts]
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in texts]
    inside = figure.bbox
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1


@pytest.mark.parametrize(
    ("standing", "keys"),
    [(["sediment", "age"], [False]), (["sediment"], [False, True]), ([], [True])],
)
def test_the_keys_say_what_grey_means(standing, keys):
    families = pd.DataFrame({"sediment": [-1.0, 0.5, np.nan, 1.0], "age": 0.5})
    info = trench_strip_info(segments(), "ker", families=families, standing=standing)
    labels = [each.get_xlabel() for each in plot_trench_strips(info).axes]
    told = ["not shown to stand" in label for label in labels if label.startswith("relevance")]
    assert sorted(told) == keys
