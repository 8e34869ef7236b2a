"""``megathrust predict``."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    model: Path = typer.Option(..., help="Model folder, such as RUN/model."),
    table: Path = typer.Option(..., help="Segment table to predict on; it needs no label."),
    out: Path = typer.Option(..., help="Result file: .csv or .parquet."),
) -> None:
    """Predict every segment of a table with a saved stack."""
    from megathrust.pipelines import open_table, predict

    frame = predict(model, open_table(table, label_required=False), out)
    without = int((frame["note"] != "").sum())
    typer.echo(f"{len(frame) - without} segments predicted, {without} without all features; see {out}")
