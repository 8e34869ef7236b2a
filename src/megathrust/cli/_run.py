"""``megathrust run``, and one stage of a finished run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from megathrust.cli._names import complete_preset
from megathrust.cli._options import (
    JSON,
    PRESET_HELP,
    PROCESSES,
    QUIET,
    SCHEDULER,
    WORKERS,
    answer,
    begin,
    examples,
    remark,
)

EXAMPLES = examples(
    "megathrust run --out out/quick",
    "megathrust run --table table.parquet --preset seed --out out/seed",
    "megathrust run --config my.yaml --out out/mine --quiet",
    "megathrust run --magnitude quantile --out out/magnitudes --json > found.json",
)
AGAIN = examples("megathrust evaluate out/mine --config more.yaml", "megathrust explain out/mine")
EVALUATE = examples(
    "megathrust evaluate out/mine --config more.yaml",
    "megathrust evaluate great-regions --table table.parquet",
    "megathrust evaluate --table table.parquet --out out/protocols",
    "megathrust evaluate --protocol random --protocol 'seed 200 km' --out out/two",
)
DRAWN = examples("megathrust figures out/mine", "megathrust report out/mine")


def command(
    out: Path = typer.Option(..., help="Run folder to write."),
    table: Path | None = typer.Option(
        None,
        help="Segment table: .parquet, .csv, or a folder of <region>.csv files; default the built-in table.",
    ),
    preset: str = typer.Option("quick", help=PRESET_HELP, autocompletion=complete_preset),
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
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Train, score against rivals and nulls, explain, and draw: the whole method on one table."""
    told = begin(f"run of {table or 'the built-in table'}, preset {preset}", quiet=quiet, as_json=as_json)
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
        progress=told,
        workers=workers,
        processes=processes,
        scheduler=scheduler,
    )
    _tell(result, as_json=as_json, quiet=quiet)


def _tell(result: Any, *, as_json: bool, quiet: bool) -> None:
    """Say what was found, where it lies, and what to do next."""
    report = result.folder / "report.html"
    lines = [*result.summary(), f"Report: {report}"]
    answer([] if quiet else lines, {**result.findings(), "report": str(report)}, as_json=as_json)
    next_steps = (
        f"open {report}; megathrust compare {result.folder} OTHER_RUN; megathrust cite {result.folder}"
    )
    remark(f"Next: {next_steps}", quiet=quiet, as_json=as_json)


_RUN = typer.Argument(..., help="Folder of a finished run.")
_CHANGES = typer.Option(None, help="YAML file of settings of this stage that change.")


def _again(
    folder: Path, stage: str, *, as_json: bool, quiet: bool, config: Path | None = None, **where: Any
) -> None:
    told = begin(f"{stage} of {folder} again", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.run import again
    from megathrust.pipelines.settings import configuration_content

    changes = configuration_content(None, config, {})
    result = again(folder, stage, changes=changes, progress=told, **where)
    _tell(result, as_json=as_json, quiet=quiet)


def evaluate(
    run: Path | None = typer.Argument(
        None, help="Folder of a finished run; a model, its folder or name, with --table; nothing: protocols."
    ),
    table: Path | None = typer.Option(
        None, help="Labelled table: for a model, or for all protocols (default the built-in table)."
    ),
    label: str | None = typer.Option(None, help="Label column of that table; its first target by default."),
    out: Path | None = typer.Option(None, help="For protocols: folder to write."),
    protocol: list[str] | None = typer.Option(
        None, help="For protocols: one such as 'seed 200 km'; may be repeated; all of them by default."
    ),
    preset: str = typer.Option("quick", help=PRESET_HELP, autocompletion=complete_preset),
    config: Path | None = _CHANGES,
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the folder if it exists."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Score a run again, rivals and nulls fitted anew; a model on a table; or a table under all protocols."""
    where: dict[str, Any] = {"workers": workers, "processes": processes, "scheduler": scheduler}
    if run is None:
        _protocols(
            table, label, out, protocol, preset, config, overwrite, as_json=as_json, quiet=quiet, **where
        )
        return
    if out is not None or protocol or overwrite or preset != "quick":
        from megathrust.core import InputError

        raise InputError(
            "--out, --protocol, --preset, --overwrite belong to the evaluation of a table by protocols",
            given=run,
            action="leave out the run or model, and name the table by --table",
        )
    if table is not None:
        begin(f"evaluation of {run} on {table}", quiet=quiet, as_json=as_json)
        from megathrust.pipelines.build import open_table
        from megathrust.pipelines.predict import evaluate_model

        sentences = list(evaluate_model(run, open_table(table, label=label), label=label).sentences())
        answer(sentences, {"sentences": sentences}, as_json=as_json)
        return
    _again(run, "answers", as_json=as_json, quiet=quiet, config=config, **where)


def _protocols(
    table: Path | None,
    label: str | None,
    out: Path | None,
    protocol: list[str] | None,
    preset: str,
    config: Path | None,
    overwrite: bool,
    *,
    as_json: bool,
    quiet: bool,
    **where: Any,
) -> None:
    words = f"{table or 'the built-in table'} under many protocols, preset {preset}"
    told = begin(words, quiet=quiet, as_json=as_json)
    from megathrust.core import InputError, refuse_same
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.protocols import PROTOCOLS, evaluate_protocols
    from megathrust.pipelines.settings import load_config

    if out is None:
        raise InputError(
            "nothing says where the scores go",
            action="name a folder by --out; or a finished run, to score it again",
        )
    refuse_same(out, table, config)
    settings = load_config(preset, config, label=label)
    found = evaluate_protocols(
        open_table(table, label=label),
        settings,
        out,
        protocols=protocol or PROTOCOLS,
        overwrite=overwrite,
        progress=told,
        **where,
    )
    answer(found.sentences, {"folder": str(out), **found.content()}, as_json=as_json)
    remark(f"Scores and figure: {out}", quiet=quiet, as_json=as_json)


def explain(
    run: str = typer.Argument(..., help="Folder of a finished run, or a model: its folder or name."),
    config: Path | None = _CHANGES,
    table: Path | None = typer.Option(None, help="For a model: the table to explain it on."),
    out: Path | None = typer.Option(None, help="For a model: the netCDF file to write."),
    method: list[str] = typer.Option(["relative-lrp"], help="For a model: may be given several times."),
    rule: str = typer.Option("epsilon", help="For a model: rule or composite of LRP."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Explain the networks of a finished run again; or a model, on any table that has its features."""
    if table is None and out is None:
        where = {"workers": workers, "processes": processes, "scheduler": scheduler}
        _again(Path(run), "relevance", as_json=as_json, quiet=quiet, config=config, **where)
        return
    from megathrust.core import InputError
    from megathrust.pipelines.predict import explain_file

    if table is None or out is None:
        raise InputError(
            "a model is explained on a table, into a file",
            given="--table" if out is None else "--out",
            allowed="both --table and --out",
        )
    written = str(explain_file(run, table, out, methods=method, rule=rule))
    answer([f"Relevance: {written}"], {"relevance": written}, as_json=as_json)


def figures(
    run: Path = _RUN, config: Path | None = _CHANGES, as_json: bool = JSON, quiet: bool = QUIET
) -> None:
    """Draw the figures of a finished run again: some of them, or as SVG and PDF, if the file says so."""
    _again(run, "figures", as_json=as_json, quiet=quiet, config=config)


def report(run: Path = _RUN, as_json: bool = JSON, quiet: bool = QUIET) -> None:
    """Write the report of a finished run again."""
    _again(run, "report", as_json=as_json, quiet=quiet)
