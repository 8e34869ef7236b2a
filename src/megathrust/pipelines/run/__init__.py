"""A run: from a table to scores, relevance, models, figures and report, stage by stage on disk."""

from megathrust.pipelines.run._cite import citations
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._graph import STAGES
from megathrust.pipelines.run._run import again, open_run, run

__all__ = ["FIGURES", "STAGES", "Drawing", "Run", "again", "citations", "of_predictand", "open_run", "run"]
