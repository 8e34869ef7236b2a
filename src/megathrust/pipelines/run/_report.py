"""The stage that writes the report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from megathrust.core import REGION_NAMES
from megathrust.evaluation import MEAN_SCENARIO
from megathrust.pipelines.experiment import versions
from megathrust.pipelines.run._figures import INDEX
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._score_figures import scenario_scores
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.tasks import class_names
from megathrust.pipelines.work import Work
from megathrust.report import ReportFigure, RunReport, write_report

_FILES = {
    "config.yaml": "every setting of the run",
    "relevance.nc": "relevance: member x class x segment x feature",
    "table.json": "rows and columns kept and left out, and why",
    "record.json": "seeds, versions, hashes, folds, verdicts",
}


def _write(run: Run, work: Work) -> None:
    write_report(run.folder / "report.html", report_of(run))


def report_of(run: Run) -> RunReport:
    """Return what the report of a run says."""
    experiment, config = run.experiment, run.config
    table = experiment.table
    regions = ", ".join(REGION_NAMES.get(name, name) for name in sorted(set(table.frame["region"])))
    count = run.answers[0].roster.per_fold
    scores = run.scores
    scored = scores[scores["scenario"] == MEAN_SCENARIO]["model"].nunique()
    return RunReport(
        title="Which trench segments host great earthquakes",
        summary=(
            f"{len(run.answers[0].roster.members)} networks ({count} per scenario) "
            f"{run.tasks[0].does} {len(table)} segments of "
            f"{regions} by {table.columns[table.target()].long_name}; classes: "
            f"{'; '.join(class_names(config.thresholds))}. {scored} models and nulls are scored on the same "
            "held-out segments."
        ),
        scores=tuple(scenario_scores(run, judgement) for judgement in run.judgements),
        segments=len(table),
        ruptures=experiment.ruptures_of_highest_class,
        dropped=_dropped(run),
        configuration=_flat(config.model_dump(mode="json")),
        record={"seed": config.seed, **versions()},
        figures=_figures(run),
        files=_FILES | {name: words for task in run.tasks for name, words in task.files.items()},
    )


def _figures(run: Run) -> tuple[ReportFigure, ...]:
    drawn = json.loads((run.folder / INDEX).read_text(encoding="utf-8"))
    folder = run.folder / "figures"
    # Pictures bear their captions; who cannot see them is told both.
    return tuple(
        ReportFigure(each["kind"], folder / each["file"], f"{each['alt']} {each['caption']}".strip())
        for each in drawn
    )


def _dropped(run: Run) -> pd.DataFrame:
    table = run.experiment.table
    records = [("rows read", run.experiment.rows_read, ""), ("rows kept", len(table), "")]
    for kind in ("row", "column"):
        reasons = Counter(e.reason for e in table.exclusions if e.kind == kind)
        records += [(f"{kind}s left out", count, reason) for reason, count in reasons.most_common()]
    return pd.DataFrame.from_records(records, columns=["what", "count", "reason"])


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    """Name nested settings by their path, as in ``network.epochs``."""
    result: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            result |= _flat(value, f"{prefix}{name}.")
        else:
            result[prefix + name] = value
    return result


REPORT: Stage = Stage(
    name="report",
    after=("answers", "figures"),
    settings=(),
    writes=("report.html",),
    compute=_write,
)
