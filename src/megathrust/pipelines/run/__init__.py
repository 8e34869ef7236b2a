"""A run: from a table to scores, relevance, models, figures and report, stage by stage on disk."""

from megathrust.pipelines.run._cite import citations
from megathrust.pipelines.run._compare import compare, write_comparison
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._graph import STAGES
from megathrust.pipelines.run._installation import check_installation
from megathrust.pipelines.run._run import again, open_run, run

__all__ = [
    "FIGURES",
    "STAGES",
    "Drawing",
    "Run",
    "again",
    "check_installation",
    "citations",
    "compare",
    "of_predictand",
    "open_run",
    "run",
    "write_comparison",
]
