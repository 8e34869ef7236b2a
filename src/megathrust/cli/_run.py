"""``megathrust run``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer


def command(
    out: Path = typer.Option(..., help="Run folder to write."),
    table: Path | None = typer.Option(
        None,
        help="Segment table: .parquet, .csv, or a folder of <region>.csv files; default the built-in table.",
    ),
    preset: str = typer.Option("quick", help="quick, seed, or seed-fault."),
    config: Path | None = typer.Option(None, help="YAML file whose entries replace the preset's."),
    label: str | None = typer.Option(None, help="Label column; the table's first target by default."),
    magnitude: str | None = typer.Option(
        None, help="Also predict the magnitude itself, with this loss: mse, huber, or quantile."
    ),
    seed: int | None = typer.Option(None, help="Seed of everything random."),
    device: str | None = typer.Option(None, help="cpu or cuda."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the run folder if it exists."),
) -> None:
    """Train, score against rivals and nulls, explain, and draw: the whole method on one table."""
    from megathrust.pipelines import load_config, open_table, run

    asked = None if magnitude is None else {"loss": magnitude}
    settings = load_config(preset, config, label=label, seed=seed, device=device, magnitude=asked)
    result = run(
        open_table(table, label=settings.label),
        settings,
        out,
        overwrite=overwrite,
        progress=sys.stderr.isatty(),
    )
    for line in result.summary():
        typer.echo(line)
    typer.echo(f"Report: {out / 'report.html'}")
