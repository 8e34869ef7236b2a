"""The stage that draws every figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from megathrust.core import ProgressCallback, write_json
from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.settings import RunConfig
from megathrust.pipelines.work import Work
from megathrust.plots import save_figure

# The figures of the package, a chapter in each file; others may register more.
FIGURES.fill("megathrust.pipelines.run", "_*_figures")

#: List of the figures of a run, for whoever shows them.
INDEX = "figures/index.json"


def check_figures(config: RunConfig) -> None:
    """Refuse names that no figure has, before anything is computed.

    Raises
    ------
    InputError
        If there is one.
    """
    for name in config.figures.kinds or ():
        FIGURES[name]


def _draw(run: Run, work: Work) -> None:
    kinds = run.config.figures.kinds
    drawings = [each for name in (FIGURES if kinds is None else kinds) for each in FIGURES[name](run)]
    advance = work.bars.stage("figures")
    folder = run.folder / "figures"

    def moved(done: float) -> None:
        advance(round(1000 * done), 1000 * len(drawings))

    shared = folder, run.config.figures.formats
    for _ in work.python_engine(_draw_one, shared, drawings, moved):
        pass
    write_json(
        run.folder / INDEX,
        [
            {"kind": each.kind, "file": f"{each.name}.png", "alt": each.alt, "caption": each.caption}
            for each in drawings
        ],
    )


def _draw_one(shared: tuple[Path, Sequence[str]], drawing: Drawing, advance: ProgressCallback) -> None:
    folder, formats = shared
    save_figure(
        drawing.draw(),
        folder / drawing.name,
        formats=formats,
        numbers=drawing.numbers,
        caption=drawing.caption,
    )


DRAW: Stage = Stage(
    name="figures",
    after=("claims", "networks", "curve", "answers", "relevance", "explanation", "known truth"),
    settings=("figures",),
    writes=("figures/*",),
    compute=_draw,
)
