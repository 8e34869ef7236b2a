"""``megathrust map``."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    file: Path = typer.Argument(..., help="Table or prediction file: .parquet, .csv, .geojson or .nc."),
    out: Path = typer.Option(..., help="Figure to write: .png, .svg or .pdf; its numbers beside it as .csv."),
    region: str | None = typer.Option(None, help="Code of the one region to draw."),
    value: str | None = typer.Option(
        None, help="Column to draw; default probability, predicted magnitude or observed label."
    ),
    world: bool = typer.Option(False, "--world", help="All regions on one map of the world."),
) -> None:
    """Draw a table or predictions on maps of the trenches."""
    from megathrust.pipelines.predict import draw_map

    for path in draw_map(file, out, region=region, value=value, world=world):
        typer.echo(path)
