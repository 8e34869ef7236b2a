"""Great ruptures on maps: outlines, extents, labels."""

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
    interface_rupture_width,
    region_axes,
    rupture_extents,
    rupture_outline,
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


def outlines_of(ax):
    return [path.vertices for lines in ax.collections for path in lines.get_paths() if len(path) > 3]


def test_outlines_reach_from_their_segments_over_the_upper_plate():
    panel = only_panel()
    ax = region_axes(panel)
    before = len(outlines_of(ax))
    trench = shapely.LineString(trench_runs(ax, panel)[0])
    assert add_ruptures(ax, panel, RUPTURES) == []
    assert [text.get_text() for text in ax.texts] == ["1917 Mw 8.5, B", "1976 Mw 8.0"]
    expected = ((100.0, 500.0, 8.54), (300.0, 600.0, 8.0))
    for ring, (start, end, magnitude) in zip(outlines_of(ax)[before:], expected, strict=True):
        away = shapely.distance(trench, shapely.points(ring)) / 1000.0
        width = float(interface_rupture_width(magnitude))
        assert away.max() == pytest.approx(width, rel=0.02)
        along = shapely.line_locate_point(trench, shapely.points(ring)) / 1000.0
        assert along.min() == pytest.approx(start, abs=25.0)
        assert along.max() == pytest.approx(end, abs=25.0)
        area = shapely.Polygon(ring).area / 1e6
        assert area == pytest.approx(width * (end - start), rel=0.05)
        # The arc runs from south to north: its upper plate lies in the west.
        landward = ring[away > 1.0]
        assert np.all(landward[:, 0] < np.interp(landward[:, 1], *np.array(trench.coords).T[::-1]))


def test_an_outline_is_as_wide_as_said_and_dashed_where_its_length_is_a_guess():
    panel = only_panel()
    ax = region_axes(panel)
    add_ruptures(ax, panel, RUPTURES.assign(width_km=50.0, quality="C"), colors="red")
    ring = rupture_outline(panel, 100.0, 500.0, 50.0)
    assert ring[:, 0].max() > 179.0
    assert ring[:, 0].min() > 175.0
    assert rupture_outline(panel, 9000.0, 9500.0, 50.0) is None
    drawn = [lines for lines in ax.collections if np.allclose(lines.get_edgecolor()[:, :3], [1.0, 0.0, 0.0])]
    assert len(drawn) == 2
    assert all(lines.get_linestyles()[0][1] is not None for lines in drawn)


def test_ruptures_of_other_regions_are_not_drawn_and_columns_are_needed():
    ax = region_axes(only_panel())
    add_ruptures(ax, only_panel(), RUPTURES[RUPTURES["region"] == "sam"])
    assert not ax.texts
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
