"""``megathrust search``."""

from __future__ import annotations

from pathlib import Path

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
    "megathrust search --preset quick --budget 20 --out out/found",
    "megathrust run --config out/found/best.yaml --out out/best",
)


def command(
    out: Path = typer.Option(..., help="Result folder to write."),
    table: Path | None = typer.Option(
        None,
        help="Segment table: .parquet, .csv, or a folder of <region>.csv files; default the built-in table.",
    ),
    preset: str = typer.Option("seed", help=PRESET_HELP, autocompletion=complete_preset),
    config: Path | None = typer.Option(
        None, help="YAML file whose entries, section search among them, replace the preset's."
    ),
    budget: int | None = typer.Option(None, help="How many trials."),
    task: str | None = typer.Option(None, help="What the networks are asked: classes, magnitude, or both."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    label: str | None = typer.Option(None, help="Label column; the table's first target by default."),
    seed: int | None = typer.Option(None, help="Seed of everything random."),
    device: str | None = typer.Option(None, help="cpu or cuda."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the result folder if it exists."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Search for networks on inner folds; say what the search is worth on outer ones, beside rivals."""
    told = begin(f"search with preset {preset}", quiet=quiet, as_json=as_json)
    from megathrust.core import refuse_same
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.search import load_search_config, search

    refuse_same(out, table, config)
    settings = load_search_config(
        preset,
        config,
        search={"budget": budget},
        label=label,
        seed=seed,
        device=device,
        tasks=None if task is None else [task],
    )
    result = search(
        open_table(table, label=settings.label, build=settings.build),
        settings,
        out,
        workers=workers,
        processes=processes,
        scheduler=scheduler,
        overwrite=overwrite,
        progress=told,
    )
    lines = list(result.summary())
    answer(
        [] if quiet else lines,
        {"folder": str(out), "best": str(out / "best.yaml"), "summary": lines},
        as_json=as_json,
    )
    remark(f"Configuration for megathrust run: {out / 'best.yaml'}", quiet=quiet, as_json=as_json)
    remark(f"Next: megathrust run --config {out / 'best.yaml'} --out out/best", quiet=quiet, as_json=as_json)
