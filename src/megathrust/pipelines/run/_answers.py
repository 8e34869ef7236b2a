"""The stage that predicts held-out rows, fits the rivals, trains the nulls, and scores everything."""

from __future__ import annotations

from megathrust.core import write_csv, write_json
from megathrust.pipelines.experiment import collect
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._networks import write_arrays
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Work
from megathrust.table import describe


def _answer(run: Run, work: Work) -> None:
    for task, fit in zip(run.tasks, run.fits, strict=True):
        write_arrays(run, "answers", task, collect(run.experiment, task, fit, work))
    keys = run.experiment.table.frame[["region", "segment", "s_km", "lon", "lat"]]
    for judgement in run.judgements:
        predictand = judgement.predictand
        write_csv(run.folder / predictand.file_of_scores, run.scores_of(judgement))
        write_csv(run.folder / predictand.file_of_predictions, judgement.frame(keys))
    write_json(run.folder / "table.json", describe(run.experiment.table, rows_read=run.experiment.rows_read))


ANSWERS: Stage = Stage(
    name="answers",
    after=("networks", "curve"),
    settings=("baselines", "nulls", "class_sets", "bootstrap_replicates"),
    writes=("artefacts/answers-*.safetensors", "*.csv", "table.json"),
    compute=_answer,
    # Random sums of held-out signs spread wider than they did at first.
    method=2,
)
