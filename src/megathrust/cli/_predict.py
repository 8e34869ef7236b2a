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
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.predict import has_numbers, predict

    frame = predict(model, open_table(table, label_required=False), out)
    without = int((~has_numbers(frame["note"])).sum())
    predicted = f"{len(frame) - without} segments predicted, {without} without all features"
    if frame["applicable"].notna().any():
        outside = int((~frame["applicable"].dropna().astype(bool)).sum())
        predicted += f", {outside} outside the model's domain of applicability"
    typer.echo(f"{predicted}; see {out}")
