"""``megathrust families``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._options import JSON, PROCESSES, QUIET, SCHEDULER, WORKERS, answer, begin, examples
from megathrust.cli._test import LABEL, SEED, TABLE, THRESHOLD

EXAMPLES = examples(
    "megathrust families --out out/families",
    "megathrust families --table mine.csv --family sediment --out out/sediment",
)


def command(
    table: Path | None = TABLE,
    threshold: float = THRESHOLD,
    label: str | None = LABEL,
    family: list[str] | None = typer.Option(
        None, help="A family chosen before looking; again for more; all of them by default."
    ),
    beyond: str = typer.Option(
        "region", help="region, or neighbours: networks also know labels along the trench, 100 km away."
    ),
    worlds: int = typer.Option(499, min=1, help="Worlds per family at most."),
    exceedances: int = typer.Option(5, min=1, help="So many worlds as good as the real one settle p."),
    out: Path = typer.Option(..., help="Folder to write: numbers, figure, answer."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the folder if it exists."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    as_json: bool = JSON,
    quiet: bool = QUIET,
    seed: int = SEED,
) -> None:
    """Drop one family: do held-out networks lose where it says nothing that the others do not say."""
    told = begin("networks without one family", quiet=quiet, as_json=as_json)
    from megathrust.core import refuse_same
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.families import family_losses

    refuse_same(out, table)
    found = family_losses(
        open_table(table, label=label),
        families=family,
        beyond=beyond,
        threshold=threshold,
        label=label,
        worlds=worlds,
        exceedances=exceedances,
        seed=seed,
        out=out,
        overwrite=overwrite,
        progress=told,
        workers=workers,
        processes=processes,
        scheduler=scheduler,
    )
    rows = found.table.to_string(index=False, float_format="%.3g")
    lines = [*found.sentences, rows, f"Numbers and figure: {out}"]
    answer(lines, {**found.content(), "out": str(out)}, as_json=as_json)
