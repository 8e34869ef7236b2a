"""``megathrust predict``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._names import complete_model
from megathrust.cli._options import JSON, QUIET, answer, begin, examples, remark

EXAMPLES = examples(
    "megathrust predict --model out/seed/model --table new.csv --out predicted.csv",
    "megathrust predict --model great-regions --table new.parquet --out predicted.geojson",
)


def command(
    model: str = typer.Option(
        ...,
        help="Model folder, such as RUN/model, or the name of a released model.",
        autocompletion=complete_model,
    ),
    table: Path = typer.Option(..., help="Segment table to predict on; it needs no label."),
    out: Path = typer.Option(..., help="Result file: .csv, .parquet, .geojson or .nc (netCDF)."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Predict every segment of a table with a saved stack."""
    begin("predicting", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.predict import predict_file

    count = predict_file(model, table, out)
    predicted = count.segments - count.without
    line = f"{predicted} segments predicted, {count.without} without all features"
    if count.outside is not None:
        line += f", {count.outside} outside the model's domain of applicability"
    content = {
        "file": str(out),
        "segments": count.segments,
        "predicted": predicted,
        "without_features": count.without,
        "outside_domain": count.outside,
    }
    answer([] if quiet else [f"{line}; see {out}"], content, as_json=as_json)
    remark(f"Next: megathrust map {out} --out {out.with_suffix('.html')}", quiet=quiet, as_json=as_json)
