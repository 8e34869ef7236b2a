"""Draw the pairs of figures in docs/seed-study.md: as the seed study draws its own, and as this package does.

Usage: python tools/draw_seed_study.py RUN

RUN is the folder of ``megathrust run --table seed_study --preset seed``. Both figures show it. No number
of a segment is written; what is kept are pictures.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.figure import Figure

import megathrust as mt
from megathrust.pipelines.run import FIGURES, Drawing
from megathrust.pipelines.run._map_frames import classified
from megathrust.plots import MapLayers, class_style, plot_trench_map, save_figure, trench_map_info

OUT = Path(__file__).resolve().parents[1] / "docs" / "figures"
DPI = 110.0
CLASSES = ("Mw < 8.0", "Mw ≥ 8.0")


def published_map(run: Any) -> Figure:
    """Predicted class, without probability, error or rival."""
    frame = classified(run, run.judgements[0])
    info = trench_map_info(frame[~frame["left_out"].astype(bool)], value="predicted")
    plain = MapLayers(boundaries=False)
    return plot_trench_map(info, style=class_style(CLASSES, "predicted class"), layers=plain)


def published_distances(run: Any) -> Figure:
    """F1 of each class of the networks alone."""
    scores = run.scores
    here = scores[(scores["model"] == "FCN") & (scores["metric"] == "f1") & (scores["scenario"] == "mean")]
    figure = Figure(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.add_subplot(xlabel="exclusion distance (km)", ylabel="F1", ylim=(0.4, 1.0))
    for number, name in enumerate(CLASSES):
        part = here[here["class"].astype(str) == str(number)].sort_values("exclusion_km")
        axes.plot(part["exclusion_km"], part["value"], "o-", label=name)
    axes.legend(frameon=False)
    return figure


def published_heat_map(run: Any) -> Figure:
    """Relevance of one network for its true positives, standardised within each segment."""
    data = run.relevance
    hits = ((data["observed_class"] == 1) & (data["predicted_class"] == 1)).to_numpy()
    values = data["relevance"].to_numpy()[0, 1][hits]
    values = (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)
    order = np.argsort(data["feature_group"].to_numpy(), kind="stable")
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    axes = figure.add_subplot(ylabel=f"{hits.sum()} segments rightly called Mw ≥ 8.0")
    drawn = axes.imshow(values[:, order], aspect="auto", cmap=cm.vik, vmin=-3.0, vmax=3.0)
    names = data["feature"].to_numpy()[order]
    axes.set_xticks(np.arange(len(names)), names, rotation=90, fontsize=4.6)
    figure.colorbar(drawn, ax=axes, label="relevance, standardised within each segment")
    return figure


def drawings(run: Any) -> Iterator[Drawing]:
    for name in ("class maps", "scores by exclusion distance", "relevance"):
        yield from FIGURES[name](run)


def main(folder: str) -> None:
    run = mt.open_run(folder)
    ours = {drawing.name: drawing for drawing in drawings(run)}
    pairs = {
        "map": (published_map, "map_outcome"),
        "distance": (published_distances, "scores_by_exclusion_distance"),
        "relevance": (published_heat_map, "relevance_families"),
    }
    for name, (published, own) in pairs.items():
        save_figure(published(run), OUT / f"seed-{name}-published", dpi=DPI)
        save_figure(ours[own].draw(), OUT / f"seed-{name}-ours", dpi=DPI, caption=ours[own].caption)


if __name__ == "__main__":
    main(sys.argv[1])
