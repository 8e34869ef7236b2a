"""Great ruptures on maps: brackets, extents, labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from megathrust.core import InputError
from megathrust.plots import (
    add_ruptures,
    region_axes,
    rupture_extents,
    trench_map_info,
)
from megathrust.plots._labels import place_label
from megathrust.plots._map_layers import trench_runs
from megathrust.table import load_builtin_table


def builtin() -> pd.DataFrame:
    return load_builtin_table().frame


def only_panel(frame: pd.DataFrame | None = None):
    return trench_map_info(kermadec() if frame is None else frame).panels[0]


def kermadec(count: int = 30) -> pd.DataFrame:
    """An arc across the antimeridian, from south to north: the upper plate in the west."""
    t = np.linspace(0.0, 1.0, count)
    return pd.DataFrame(
        {
            "region": "ker",
            "s_km": 25.0 + 50.0 * np.arange(count),
            "lon": (178.0 + 5.0 * t + 180.0) % 360.0 - 180.0,
            "lat": -38.0 + 12.0 * t,
            "value": t,
        }
    )


RUPTURES = pd.DataFrame(
    {
        "region": ["ker", "ker", "sam"],
        "start_km": [100.0, 300.0, 0.0],
        "end_km": [500.0, 600.0, 100.0],
        "year": [1917, 1976, 1960],
        "magnitude": [8.54, 8.0, 9.6],
        "quality": ["B", None, "A"],
    }
)


def test_brackets_follow_their_segments_on_the_downgoing_side():
    panel = only_panel()
    ax = region_axes(panel)
    trench = shapely.LineString(trench_runs(ax, panel)[0])
    assert add_ruptures(ax, panel, RUPTURES) == []
    assert [text.get_text() for text in ax.texts] == ["1917 Mw 8.5, B", "1976 Mw 8.0"]
    for line, (start, end) in zip(ax.lines, ((100.0, 500.0), (300.0, 600.0)), strict=True):
        points = np.column_stack(line.get_data())[1:-1]
        along = shapely.line_locate_point(trench, shapely.points(points)) / 1000.0
        assert along.min() == pytest.approx(start, abs=25.0)
        assert along.max() == pytest.approx(end, abs=25.0)
        assert np.all(points[:, 0] > np.interp(points[:, 1], *np.array(trench.coords).T[::-1]))
    first, second = (np.column_stack(line.get_data())[20] for line in ax.lines)
    # Ruptures that overlap stand in lanes.
    assert trench.distance(shapely.Point(second)) > 1.2 * trench.distance(shapely.Point(first))


def test_ruptures_of_other_regions_are_not_drawn_and_columns_are_needed():
    ax = region_axes(only_panel())
    add_ruptures(ax, only_panel(), RUPTURES[RUPTURES["region"] == "sam"])
    assert not ax.lines
    with pytest.raises(InputError, match="lacks year"):
        add_ruptures(ax, only_panel(), RUPTURES.drop(columns="year"))


def test_extents_of_the_built_in_table():
    table = rupture_extents(builtin(), magnitude="MW_1904", least=8.7)
    sam = table[(table["region"] == "sam") & (table["year"] == 1960)].iloc[0]
    assert sam["quality"] == "A"
    assert 700.0 < sam["end_km"] - sam["start_km"] < 1100.0
    assert set(table["year"]) >= {1952, 1960, 1964, 2004, 2010, 2011}


def test_labels_never_cover_each_other_and_say_when_there_is_no_room():
    figure = Figure(figsize=(2.0, 2.0))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, 1), ylim=(0, 1))
    anchor = [(np.array([0.5, 0.5]), np.array([1.0, 0.0]))]
    placed = [place_label(axes, f"label {i}", anchor, distances=(3.0, 20.0)) for i in range(30)]
    assert 3 < sum(placed) < 30
    assert len(axes.texts) == sum(placed)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
