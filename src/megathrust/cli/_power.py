"""``megathrust power``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._options import JSON, QUIET, answer, begin, examples
from megathrust.cli._test import COLUMN, EXPECT, FAMILY, LABEL, MAGNITUDE, SEED, TABLE, THRESHOLD

EXAMPLES = examples("megathrust power", "megathrust power --family sediment --threshold 8.3 --worlds 500")


def command(
    table: Path | None = TABLE,
    threshold: float = THRESHOLD,
    magnitude: bool = MAGNITUDE,
    label: str | None = LABEL,
    family: str | None = FAMILY,
    column: str | None = COLUMN,
    expect: str | None = EXPECT,
    worlds: int = typer.Option(200, min=1, help="Planted worlds per slope."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
    seed: int = SEED,
) -> None:
    """Say how strong a signal must be for ``megathrust test`` to find it on a table."""
    told = begin("planting worlds", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.association import association_power
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.work import ProgressBars

    with ProgressBars(visible=told) as bars:
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
    lines = [power.table.to_string(index=False, float_format="%.3g"), power.sentence]
    content = {"sentence": power.sentence, "slopes": power.table.to_dict(orient="records")}
    answer(lines, content, as_json=as_json)
