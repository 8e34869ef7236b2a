"""``megathrust search``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer


def command(
    out: Path = typer.Option(..., help="Result folder to write."),
    table: Path | None = typer.Option(
        None, help="Segment table: .parquet, .csv, or a folder of <region>.csv files."
    ),
    preset: str = typer.Option("seed", help="quick, seed, or seed-fault."),
    config: Path | None = typer.Option(
        None, help="YAML file whose entries, section search among them, replace the preset's."
    ),
    budget: int | None = typer.Option(None, help="How many trials."),
    workers: int = typer.Option(1, min=1, help="Processes on this machine."),
    scheduler: str | None = typer.Option(
        None, help="Address of a Dask scheduler whose workers do the training."
    ),
    label: str | None = typer.Option(None, help="Label column; the table's first target by default."),
    seed: int | None = typer.Option(None, help="Seed of everything random."),
    device: str | None = typer.Option(None, help="cpu or cuda."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the result folder if it exists."),
) -> None:
    """Search for networks on inner folds; say what the search is worth on outer ones, beside rivals."""
    from megathrust.pipelines import load_search_config, open_table, search

    settings = load_search_config(
        preset, config, search={"budget": budget}, label=label, seed=seed, device=device
    )
    result = search(
        open_table(table, label=settings.label),
        settings,
        out,
        workers=workers,
        scheduler=scheduler,
        overwrite=overwrite,
        progress=sys.stderr.isatty(),
    )
    for line in result.summary():
        typer.echo(line)
    typer.echo(f"Configuration for megathrust run: {out / 'best.yaml'}")
