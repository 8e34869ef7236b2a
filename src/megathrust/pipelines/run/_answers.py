"""The stage that predicts held-out rows, fits the rivals, trains the nulls, and scores everything."""

from __future__ import annotations

import pandas as pd

from megathrust.core import replacing, write_json
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
        _write_csv(run, judgement.predictand.file_of_scores, run.scores_of(judgement))
        _write_csv(run, judgement.predictand.file_of_predictions, judgement.frame(keys))
    write_json(run.folder / "table.json", describe(run.experiment.table, rows_read=run.experiment.rows_read))


def _write_csv(run: Run, name: str, frame: pd.DataFrame) -> None:
    with replacing(run.folder / name) as part:
        frame.to_csv(part, index=False, float_format="%.10g")


ANSWERS: Stage = Stage(
    name="answers",
    after=("networks", "curve"),
    settings=("baselines", "nulls", "class_sets", "bootstrap_replicates"),
    writes=("artefacts/answers-*.safetensors", "*.csv", "table.json"),
    compute=_answer,
)
