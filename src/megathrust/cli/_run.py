"""``megathrust run``, and one stage of a finished run again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from megathrust.cli._options import PROCESSES, SCHEDULER, WORKERS


def command(
    out: Path = typer.Option(..., help="Run folder to write."),
    table: Path | None = typer.Option(
        None,
        help="Segment table: .parquet, .csv, or a folder of <region>.csv files; default the built-in table.",
    ),
    preset: str = typer.Option("quick", help="quick, seed, or seed-fault."),
    config: Path | None = typer.Option(None, help="YAML file whose entries replace the preset's."),
    label: str | None = typer.Option(None, help="Label column; the table's first target by default."),
    task: list[str] | None = typer.Option(
        None,
        help="What to ask: classes, magnitude, both (one trunk), or value (another target); may be repeated.",
    ),
    magnitude: str | None = typer.Option(
        None, help="Predict the magnitude itself, too, with this loss: mse, huber, or quantile."
    ),
    seed: int | None = typer.Option(None, help="Seed of everything random."),
    device: str | None = typer.Option(None, help="cpu or cuda."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the run folder if it exists."),
) -> None:
    """Train, score against rivals and nulls, explain, and draw: the whole method on one table."""
    from megathrust.core import refuse_same
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.run import run
    from megathrust.pipelines.settings import load_config

    refuse_same(out, table, config)
    asked = task or (None if magnitude is None else ["classes", "magnitude"])
    settings = load_config(
        preset,
        config,
        label=label,
        seed=seed,
        device=device,
        tasks=asked,
        magnitude=None if magnitude is None else {"loss": magnitude},
    )
    result = run(
        open_table(table, label=settings.label, build=settings.build),
        settings,
        out,
        overwrite=overwrite,
        progress=sys.stderr.isatty(),
        workers=workers,
        processes=processes,
        scheduler=scheduler,
    )
    _tell(result)


def _tell(result: Any) -> None:
    for line in result.summary():
        typer.echo(line)
    typer.echo(f"Report: {result.folder / 'report.html'}")


_RUN = typer.Argument(..., help="Folder of a finished run.")
_CHANGES = typer.Option(None, help="YAML file of settings of this stage that change.")


def _again(
    folder: Path,
    stage: str,
    config: Path | None,
    workers: int | None,
    processes: bool,
    scheduler: str | None,
) -> None:
    from megathrust.pipelines.run import again
    from megathrust.pipelines.settings import configuration_content

    result = again(
        folder,
        stage,
        changes=configuration_content(None, config, {}),
        progress=sys.stderr.isatty(),
        workers=workers,
        processes=processes,
        scheduler=scheduler,
    )
    _tell(result)


def evaluate(
    run: Path = typer.Argument(
        ..., help="Folder of a finished run; or a model, its folder or name, with --table."
    ),
    table: Path | None = typer.Option(
        None, help="Labelled table on which a model is scored, each segment by networks that did not see it."
    ),
    label: str | None = typer.Option(None, help="Label column of that table; its first target by default."),
    config: Path | None = _CHANGES,
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
) -> None:
    """Score a finished run again, rivals and nulls fitted anew; or a model on a labelled table (--table)."""
    if table is not None:
        from megathrust.pipelines.build import open_table
        from megathrust.pipelines.predict import evaluate_model

        for line in evaluate_model(run, open_table(table, label=label), label=label).sentences():
            typer.echo(line)
        return
    _again(run, "answers", config, workers, processes, scheduler)


def explain(
    run: Path = _RUN,
    config: Path | None = _CHANGES,
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
) -> None:
    """Explain the networks of a finished run again; nothing is trained."""
    _again(run, "relevance", config, workers, processes, scheduler)


def figures(run: Path = _RUN, config: Path | None = _CHANGES) -> None:
    """Draw the figures of a finished run again: some of them, or as SVG and PDF, if the file says so."""
    _again(run, "figures", config, None, False, None)


def report(run: Path = _RUN) -> None:
    """Write the report of a finished run again."""
    _again(run, "report", None, None, False, None)
