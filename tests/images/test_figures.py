"""Figures against baselines that were looked at, and a referee's check of every text.

The baselines are drawn without text, so that another release of matplotlib or of its fonts changes nothing;
words are tested by the unit tests and by the overlap check below. To renew a baseline after a wanted change:
``python tests/images/test_figures.py``, then look at each picture.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from claim_figures import (
    associations,
    dissimilarity,
    family_cuts,
    family_losses,
    molchan,
    protocols,
    region_scores,
)
from explanation_figures import (
    agreement,
    benchmark,
    clusters,
    compared,
    contrasts,
    effects,
    ranking,
    region_heat,
)
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from search_figures import inner_outer, parallel_coordinates, parameter_importance, search_history

from megathrust import plots
from megathrust.plots import (
    NULL_MODEL,
    SCORE_COLUMNS,
    MapLayers,
    confusion_info,
    exclusion_scores_info,
    magnitude_info,
    magnitude_style,
    outcome_map_info,
    plot_confusion,
    plot_exclusion_scores,
    plot_magnitudes,
    plot_outcome_map,
    plot_relevance,
    plot_reliability,
    plot_scenario_scores,
    plot_training_curves,
    plot_trench_map,
    plot_trench_strips,
    plot_world_map,
    region_map,
    relevance_info,
    reliability_info,
    save_figure,
    scenario_scores_info,
    training_curve_info,
    trench_map_info,
    trench_strip_info,
)

BASELINES = Path(__file__).with_name("baseline")
TOLERANCE = 1.0  # root mean square of 0..255
CLASSES = ("Mw < 8.0", "Mw ≥ 8.0")


def segments() -> pd.DataFrame:
    """Two invented arcs, one across the antimeridian, with errors of both kinds and gaps."""
    t = np.linspace(-1.0, 1.0, 48)
    alu = pd.DataFrame({"region": "alu", "lon": 188.0 + 20.0 * t, "lat": 51.0 + 6.0 * t**2})
    ker = pd.DataFrame({"region": "ker", "lon": 184.0 + 5.0 * t, "lat": -28.0 + 11.0 * t})
    frame = pd.concat([alu, ker], ignore_index=True)
    frame["s_km"] = np.tile(25.0 + 50.0 * np.arange(48), 2)
    frame["probability"] = np.clip(0.5 + 0.6 * np.sin(np.arange(96) / 6.0), 0.0, 1.0)
    frame["observed"] = (np.sin(np.arange(96) / 6.0 + 0.5) > 0).astype(int)
    frame.loc[[3, 4, 60], "probability"] = np.nan
    frame.loc[[20, 95], "lon"] = np.nan
    return frame


def scores() -> pd.DataFrame:
    models = {"fcn": 0.77, "nearest": 0.87, "region prior": 0.73, "logistic": 0.69, "extra trees": 0.86}
    rows = []
    for distance in (0.0, 50.0, 100.0, 300.0, 600.0):
        drop = distance / 2500.0
        for i, (model, value) in enumerate(models.items()):
            for scenario in (0, 1, 2, 3, 4, "mean"):
                shift = 0.0 if scenario == "mean" else 0.06 * np.sin(i + 2.0 * scenario)
                here = value - drop + shift
                rows.append(
                    (model, "seed", distance, scenario, "f1", "macro", here, here - 0.06, here + 0.05)
                )
        for scenario in (0, 1, 2, 3, 4, "mean"):
            rows.append((NULL_MODEL, "seed", distance, scenario, "f1", "macro", 0.55, 0.45, 0.66))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def outcome_map() -> Figure:
    return plot_outcome_map(outcome_map_info(segments()), title="FCN stack, seed protocol, 50 km")


def single_region() -> Figure:
    frame = segments()
    return plot_outcome_map(outcome_map_info(frame[frame["region"] == "ker"]), title="FCN stack")


def trench_map() -> Figure:
    return plot_trench_map(
        trench_map_info(segments(), value="probability"), label="probability", low=0, high=1
    )


def world_map() -> Figure:
    return plot_world_map(trench_map_info(segments(), value="probability"), label="probability")


def ruptures() -> pd.DataFrame:
    columns = {"region": "ker", "start_km": [300.0, 900.0, 1100.0], "end_km": [1000.0, 1300.0, 2000.0]}
    return pd.DataFrame(columns).assign(year=[1865, 1917, 2009], magnitude=[8.3, 8.0, 8.6], quality="B")


def observed_magnitudes() -> pd.DataFrame:
    """Magnitudes with segments without event, segments left out and segments outside the applicability."""
    frame = segments()
    frame["magnitude"] = 7.7 + 1.6 * np.sin(np.arange(96) / 5.0)
    frame.loc[10:16, "magnitude"] = frame.loc[70:74, "magnitude"] = 1.0
    frame["left_out"] = frame["s_km"] > 2200.0
    frame["outside"] = frame["s_km"] < 300.0
    return frame


def region_map_with_layers() -> Figure:
    lon, lat = np.linspace(172.0, 190.0, 60), np.linspace(-42.0, -16.0, 80)
    depth = (184.0 - lon[None, :] + 0.45 * (lat[:, None] + 28.0)) * 90.0
    slab = xr.DataArray(np.where(depth > 0.0, depth, np.nan), {"lat": lat, "lon": lon}, ("lat", "lon"))
    volcanoes = pd.DataFrame({"lon": [181.0, 178.5, -176.8], "lat": [-30.0, -35.0, -20.0]})
    ridge = xr.DataArray(3e3 * np.sin(lon + 0.3 * lat[:, None]), {"lat": lat, "lon": lon}, ("lat", "lon"))
    layers = MapLayers(
        ruptures=ruptures(), slab={"ker": slab}, volcanoes=volcanoes, relief=ridge, credit="Invented."
    )
    info = trench_map_info(observed_magnitudes(), value="magnitude", lowest=4.0, missing="no event observed")
    return region_map(info, "ker", style=magnitude_style((8.0,)), layers=layers).figure


def trench_strip() -> Figure:
    frame = observed_magnitudes().assign(spread=0.1)
    families = pd.DataFrame(
        {
            name: np.sin(np.arange(96) / 7.0 + i)
            for i, name in enumerate(("sediment", "roughness", "slab dip"))
        }
    )
    info = trench_strip_info(
        frame, "ker", lowest=4.0, ruptures=ruptures(), families=families, standing=["roughness"]
    )
    return plot_trench_strips(info, title="FCN stack")


def scenario_scores() -> Figure:
    table = scores()
    other = table[table["model"] == NULL_MODEL].assign(model="turned labels", value=0.7, low=0.6, high=0.82)
    counts = pd.DataFrame({"segments": 110, "ruptures": 30}, index=["0", "1", "2", "3", "4"])
    info = scenario_scores_info(
        pd.concat([table, other]),
        networks=["fcn"],
        protocol="seed",
        exclusion_km=50.0,
        null={NULL_MODEL: "fcn", "turned labels": "extra trees"},
        counts=counts,
    )
    return plot_scenario_scores(info)


def exclusion_scores() -> Figure:
    return plot_exclusion_scores(exclusion_scores_info(scores(), networks=["fcn"], protocol="seed"))


def confusion() -> Figure:
    frame = segments().dropna(subset=["probability"])
    infos = [
        confusion_info(frame["observed"], frame["probability"] >= cut, model=name, class_names=CLASSES)
        for name, cut in (("fcn", 0.5), ("nearest", 0.2), ("region prior", 0.8))
    ]
    return plot_confusion(infos)


def relevance() -> Figure:
    rng = np.random.default_rng(4)
    values = (
        rng.normal(size=(1, 2, 1, 7))
        + 0.4 * rng.normal(size=(20, 2, 30, 7))
        + rng.normal(size=(20, 2, 1, 7)) / 3
    )
    names = [
        "dynamics",
        "sediment",
        "kinematics",
        "gravity and geoid",
        "roughness",
        "curvature",
        "strain rate",
    ]
    info = relevance_info(values, features=names, class_names=CLASSES)
    warning = "FCN is not shown to beat its rivals"
    return plot_relevance(info, title="LRP (epsilon), feature groups", watermark=warning)


def reliability() -> Figure:
    frame = segments().dropna(subset=["probability"])
    return plot_reliability(reliability_info(frame["probability"], frame["observed"]), model="fcn")


def magnitudes() -> Figure:
    rng = np.random.default_rng(5)
    observed = np.append(rng.uniform(6.0, 9.3, 60), np.nan)
    predicted = 4.0 + 0.5 * observed + rng.normal(0.0, 0.4, 61)
    predicted[-1] = 8.0
    quantiles = predicted[:, None] + np.array([-0.6, 0.0, 0.5])
    return plot_magnitudes(
        [
            magnitude_info(
                observed,
                predicted,
                model="FCN",
                quantiles=quantiles,
                levels=(0.1, 0.5, 0.9),
                ranges=quantiles[:, [0, 2]] + [-0.4, 0.4],
                coverage=0.8,
            ),
            magnitude_info(observed, np.full(61, 7.6), model="region mean"),
        ]
    )


def training_curves() -> Figure:
    step = np.arange(0, 1000, 20)
    loss = np.exp(-step / 300.0) * np.linspace(0.6, 0.9, 9)[:, None]
    curves = {
        "training": training_curve_info(step, loss),
        "validation": training_curve_info(step, loss + 0.2),
    }
    return plot_training_curves(curves, label="cross-entropy (nats)")


FIGURES: tuple[Callable[[], Figure], ...] = (
    agreement,
    associations,
    benchmark,
    clusters,
    compared,
    confusion,
    contrasts,
    dissimilarity,
    effects,
    exclusion_scores,
    family_cuts,
    inner_outer,
    magnitudes,
    molchan,
    outcome_map,
    parallel_coordinates,
    parameter_importance,
    protocols,
    region_scores,
    family_losses,
    ranking,
    region_heat,
    region_map_with_layers,
    relevance,
    reliability,
    scenario_scores,
    search_history,
    single_region,
    training_curves,
    trench_map,
    trench_strip,
    world_map,
)


def save_without_text(figure: Figure, path: Path) -> Path:
    for text in figure.findobj(Text):
        text.set_visible(False)
    # Labels of meridians and parallels are made while the figure is drawn.
    with patch.object(Text, "draw"):
        return save_figure(figure, path, dpi=50)[0]


def test_every_kind_of_figure_is_among_them():
    drawn = {name for draw in FIGURES for name in draw.__code__.co_names}
    assert {name for name in plots.__all__ if name.startswith("plot_")} | {"region_map"} <= drawn


@pytest.mark.parametrize("draw", FIGURES, ids=lambda draw: draw.__name__)
def test_figure_is_the_one_that_was_looked_at(draw, tmp_path):
    drawn = save_without_text(draw(), tmp_path / f"{draw.__name__}.png")
    baseline = BASELINES / drawn.name
    assert compare_images(str(baseline), str(drawn), TOLERANCE) is None


def test_a_changed_figure_fails(tmp_path):
    frame = segments()
    frame.loc[10:25, "observed"] = 1 - frame.loc[10:25, "observed"]
    changed = plot_outcome_map(outcome_map_info(frame), title="FCN stack, seed protocol, 50 km")
    drawn = save_without_text(changed, tmp_path / "outcome_map.png")
    assert compare_images(str(BASELINES / drawn.name), str(drawn), TOLERANCE) is not None


@pytest.mark.parametrize("draw", FIGURES, ids=lambda draw: draw.__name__)
def test_no_text_is_cut_off_or_overlaps_another(draw, monkeypatch, tmp_path):
    boxes = {}
    draw_text, draw_figure = Text.draw, Figure.draw

    def beginning(figure, renderer):
        # A figure is drawn for its layout first; what counts is the last time.
        boxes.clear()
        draw_figure(figure, renderer)

    def recording(text, renderer):
        draw_text(text, renderer)
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            boxes[f"{text.get_text()} at {box.x0:.0f}, {box.y0:.0f}"] = box

    monkeypatch.setattr(Text, "draw", recording)
    monkeypatch.setattr(Figure, "draw", beginning)
    figure = draw()
    # As runs save them: the canvas grows below by the caption.
    (path,) = save_figure(figure, tmp_path / "figure", dpi=100, caption="Words below the figure. " * 12)
    height, width = imread(path).shape[:2]
    assert width <= 720  # a page of a journal
    assert len(boxes) > 5
    for name, box in boxes.items():
        assert box.x0 >= -1, name
        assert box.x1 <= width + 1, name
        assert box.y0 >= -1, name
        assert box.y1 <= height + 1, name
    # Line spacing leaves a little air in each box: two pixels of it may be shared.
    clashes = [
        (a, b)
        for (a, first), (b, second) in combinations(boxes.items(), 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 2
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 2
    ]
    assert not clashes


if __name__ == "__main__":
    for figure in FIGURES:
        save_without_text(figure(), BASELINES / f"{figure.__name__}.png")
