"""Figures of a run by name: what to draw, and what a reader who cannot see it should know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from megathrust.core import Registry
from megathrust.pipelines.experiment import Judgement
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.tasks import Predictand

P = TypeVar("P", bound=Predictand)


@dataclass(frozen=True)
class Drawing:
    """One figure.

    Attributes
    ----------
    kind : str
        Chapter of the report.
    name : str
        Of the file, without its ending.
    draw : callable
        Returns the figure.
    alt : str
        For a reader who cannot see it.
    caption : str
    numbers : object
        What is drawn, as `megathrust.plots.save_figure` writes it beside the figure.
    """

    kind: str
    name: str
    draw: Callable[[], Any]
    alt: str
    caption: str = ""
    numbers: Any = None


#: What draws figures of a whole run, in the order of drawing.
FIGURES: Registry[Callable[[Run], Iterator[Drawing]]] = Registry("figure")


def of_predictand(
    kind: type[P],
) -> Callable[[Callable[[Run, Judgement, P], Iterator[Drawing]]], Callable[[Run], Iterator[Drawing]]]:
    """Return a decorator for figures of one kind of predictand, drawn where a run has it."""

    def wrap(draw: Callable[[Run, Judgement, P], Iterator[Drawing]]) -> Callable[[Run], Iterator[Drawing]]:
        def of_run(run: Run) -> Iterator[Drawing]:
            for judgement in run.judgements:
                if isinstance(judgement.predictand, kind):
                    yield from draw(run, judgement, judgement.predictand)

        return of_run

    return wrap
