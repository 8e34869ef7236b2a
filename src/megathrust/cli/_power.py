"""``megathrust power``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from megathrust.cli._test import COLUMN, EXPECT, FAMILY, LABEL, MAGNITUDE, SEED, TABLE, THRESHOLD


def command(
    table: Path | None = TABLE,
    threshold: float = THRESHOLD,
    magnitude: bool = MAGNITUDE,
    label: str | None = LABEL,
    family: str | None = FAMILY,
    column: str | None = COLUMN,
    expect: str | None = EXPECT,
    worlds: int = typer.Option(200, min=1, help="Planted worlds per slope."),
    as_json: bool = typer.Option(False, "--json", help="Print the numbers as JSON."),
    seed: int = SEED,
) -> None:
    """Say how strong a signal must be for ``megathrust test`` to find it on a table."""
    from megathrust.pipelines.association import association_power
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.work import ProgressBars

    with ProgressBars(visible=sys.stderr.isatty()) as bars:
        power = association_power(
            open_table(table, label=label),
            threshold=None if magnitude else threshold,
            label=label,
            family=family,
            column=column,
            expect=expect,
            worlds=worlds,
            seed=seed,
            progress=bars.stage("planting worlds"),
        )
    if as_json:
        numbers = power.table.to_dict(orient="records")
        typer.echo(json.dumps({"sentence": power.sentence, "slopes": numbers}, indent=2))
    else:
        typer.echo(power.table.to_string(index=False, float_format="%.3g"))
        typer.echo(power.sentence)
