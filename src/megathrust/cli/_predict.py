"""``megathrust predict``."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    model: str = typer.Option(..., help="Model folder, such as RUN/model, or the name of a released model."),
    table: Path = typer.Option(..., help="Segment table to predict on; it needs no label."),
    out: Path = typer.Option(..., help="Result file: .csv, .parquet, .geojson or .nc (netCDF)."),
) -> None:
    """Predict every segment of a table with a saved stack."""
    from megathrust.pipelines.predict import predict_file

    count = predict_file(model, table, out)
    predicted = f"{count.segments - count.without} segments predicted, {count.without} without all features"
    if count.outside is not None:
        predicted += f", {count.outside} outside the model's domain of applicability"
    typer.echo(f"{predicted}; see {out}")
