"""The stage that writes the report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from megathrust.core import REGION_NAMES
from megathrust.pipelines.experiment import SINGLE, Judgement, versions
from megathrust.pipelines.run._cite import citations
from megathrust.pipelines.run._explorer import explorer_of
from megathrust.pipelines.run._figures import INDEX
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._score_figures import scenario_scores
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.tasks import class_names
from megathrust.pipelines.work import Work
from megathrust.report import (
    PageFile,
    ReportFigure,
    RunReport,
    Statement,
    segment_files,
    write_page_file,
    write_report,
)

_FILES = {
    "verdict.json": "every question of the run with its answer",
    "families.csv": "what each family of features has to do with the label",
    "config.yaml": "every setting of the run",
    "relevance.nc": "relevance in the networks that predict: member x class x segment x feature",
    "explanation.nc": "relevance in networks that are trained to be explained, by method",
    "explanation_families.csv": "families: spread, scatter by source, validation on segments never seen",
    "explanation_features.csv": "features: spread, scatter by source",
    "explanation_agreement.csv": "rank correlations of rankings",
    "explanation_effects.csv": "what moving the leading feature of every family does, beside expectations",
    "explanation_compared.csv": "features by class in the manner of another study, if asked for",
    "explanation.json": "sentences and checks",
    "known_truth.csv": "what the rankings hold of functions planted into the run's own features",
    "known_truth_worlds.csv": "the same, world by world",
    "table.json": "rows and columns kept and left out, and why",
    "record.json": "seeds, versions, hashes, folds, verdicts",
    "segments.csv": "all that the report tells of every segment; what of its relevance stands: "
    "explanation_families.csv",
    "segments.geojson": "the same as points",
    "citations.bib": "what to cite: the software and the data of the run",
}

#: Files that the report both carries and leaves beside itself.
_OWN_FILES = ("segments.csv", "segments.geojson", "citations.bib")

_NULL_COLUMNS = (
    "null",
    "what is compared",
    "reached by the null (median, 2.5–97.5 %)",
    "reached",
    "p",
    "surrogates",
)


def _write(run: Run, work: Work) -> None:
    content = report_of(run)
    for file in content.downloads:
        if file.name in _OWN_FILES:
            write_page_file(run.folder, file)
    write_report(run.folder / "report.html", content)


def report_of(run: Run) -> RunReport:
    """Return what the report of a run says."""
    experiment, config = run.experiment, run.config
    table = experiment.table
    regions = ", ".join(REGION_NAMES.get(name, name) for name in sorted(set(table.frame["region"])))
    count = run.answers[0].roster.per_fold
    scores = run.scores
    scored = scores[scores["scenario"] == experiment.overall]["model"].nunique()
    return RunReport(
        title="Which trench segments host great earthquakes",
        summary=(
            f"{len(run.answers[0].roster.members)} networks ({count} per scenario) "
            f"{run.tasks[0].does} {len(table)} segments of "
            f"{regions} by {table.columns[table.target()].long_name}; classes: "
            f"{'; '.join(class_names(config.thresholds))}. {scored} models and nulls are scored on the same "
            "held-out segments."
        ),
        statements=tuple(
            Statement(each["question"], tuple(each["answer"]), each["shown"]) for each in run.verdict
        ),
        scores=tuple(scenario_scores(run, judgement) for judgement in run.judgements),
        segments=len(table),
        ruptures=experiment.ruptures_of_highest_class,
        dropped=_dropped(run),
        configuration=_flat(config.model_dump(mode="json")),
        record={"seed": config.seed, **versions()},
        figures=_figures(run),
        files=_FILES | {name: words for task in run.tasks for name, words in task.files.items()},
        nulls=[row for judgement in run.judgements for row in _nulls(run, judgement)],
        null_columns=_NULL_COLUMNS,
        explorer=(explorer := explorer_of(run)),
        downloads=(*segment_files(explorer), *_whole_files(run)),
    )


def _whole_files(run: Run) -> tuple[PageFile, ...]:
    """Return the run's own tables, byte for byte, and what to cite."""
    names = [
        name
        for judgement in run.judgements
        for name in (judgement.predictand.file_of_scores, judgement.predictand.file_of_predictions)
    ]
    files = [PageFile(name, name, (run.folder / name).read_text(encoding="utf-8")) for name in names]
    return (*files, PageFile("citations.bib", "What to cite (BibTeX)", citations(run)))


def _nulls(run: Run, judgement: Judgement) -> list[tuple[object, ...]]:
    """Return a row for every null: what it reaches, what networks reach, and how often it does."""
    means = judgement.mean_scores().set_index("model")
    rows: list[tuple[object, ...]] = []
    for null in judgement.nulls:
        band, single, p = means.loc[null.name], means.loc[SINGLE], judgement.verdict.p_values.get(null.kind)
        rows.append(
            (
                null.kind,
                f"{judgement.predictand.metric_name} of a single network",
                f"{band['value']:.3f} [{band['low']:.3f}, {band['high']:.3f}]",
                f"{single['value']:.3f}",
                "–" if p is None else f"{p:.3g}",
                run.config.nulls.surrogates,
            )
        )
    for own in judgement.own_nulls:
        band, model = means.loc[own.name], means.loc[own.model]
        rows.append(
            (
                own.kind,
                f"{judgement.predictand.metric_name} of {own.model}",
                f"{band['value']:.3f} [{band['low']:.3f}, {band['high']:.3f}]",
                f"{model['value']:.3f}",
                f"{own.p:.3g}",
                len(own.scores),
            )
        )
    return rows


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
    after=("answers", "verdict", "relevance", "explanation", "models", "figures"),
    settings=(),
    writes=("report.html", *_OWN_FILES),
    compute=_write,
)
