"""Draw the pairs of figures in docs/seed-study.md: as the seed study draws its own, and as this package does.

Usage: python tools/draw_seed_study.py RUN

RUN is the folder of ``megathrust run --table seed_study --preset seed``, with ``relevance: {normalisation:
seed-study}`` among its settings. Both figures show it. No number of a segment is written; what is kept are
pictures.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import megathrust as mt
from megathrust.pipelines.run import FIGURES, Drawing
from megathrust.pipelines.run._map_frames import classified
from megathrust.plots import MapLayers, class_style, plot_trench_map, save_figure, trench_map_info

OUT = Path(__file__).resolve().parents[1] / "docs" / "figures"
DPI = 110.0
KINDS = (
    "class maps",
    "scores by exclusion distance",
    "relevance",
    "relevance as other studies sum it up",
)
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


def drawings(run: Any) -> Iterator[Drawing]:
    for name in KINDS:
        yield from FIGURES[name](run)


def main(folder: str) -> None:
    run = mt.open_run(folder)
    ours = {drawing.name: drawing for drawing in drawings(run)}
    pairs = {
        "map": (published_map(run), "map_outcome"),
        "distance": (published_distances(run), "scores_by_exclusion_distance"),
        "relevance": (ours["relevance_compared"].draw(), "relevance_families"),
    }
    for name, (published, own) in pairs.items():
        save_figure(published, OUT / f"seed-{name}-published", dpi=DPI)
        save_figure(ours[own].draw(), OUT / f"seed-{name}-ours", dpi=DPI, caption=ours[own].caption)


if __name__ == "__main__":
    main(sys.argv[1])
