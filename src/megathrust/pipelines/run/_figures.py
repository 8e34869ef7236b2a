"""The stage that draws every figure."""

from __future__ import annotations

from megathrust.core import write_json
from megathrust.pipelines.run import (
    _class_figures,
    _magnitude_figures,
    _relevance_figures,
    _score_figures,
)
from megathrust.pipelines.run._drawing import FIGURES
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Work
from megathrust.plots import save_figure

#: Where the package registers its own figures; others may register more.
CHAPTERS = (_score_figures, _class_figures, _magnitude_figures, _relevance_figures)

#: List of the figures of a run, for whoever shows them.
INDEX = "figures/index.json"


def _draw(run: Run, work: Work) -> None:
    drawings = [drawing for figures in FIGURES.values() for drawing in figures(run)]
    advance = work.bars.stage("figures")
    drawn = []
    for done, drawing in enumerate(drawings, start=1):
        (path,) = save_figure(drawing.draw(), run.folder / "figures" / f"{drawing.name}.png")
        drawn.append(
            {"kind": drawing.kind, "file": path.name, "alt": drawing.alt, "caption": drawing.caption}
        )
        advance(done, len(drawings))
    write_json(run.folder / INDEX, drawn)


DRAW: Stage = Stage(
    name="figures",
    after=("networks", "curve", "answers", "relevance"),
    settings=(),
    writes=("figures/*",),
    compute=_draw,
)
