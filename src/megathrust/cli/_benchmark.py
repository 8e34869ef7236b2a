"""``megathrust benchmark``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._options import (
    JSON,
    PROCESSES,
    QUIET,
    SCHEDULER,
    WORKERS,
    answer,
    begin,
    examples,
    remark,
)
from megathrust.cli._test import LABEL, SEED, TABLE

EXAMPLES = examples(
    "megathrust benchmark --worlds 10 --out out/known", "megathrust benchmark --protocol rupture-grouped"
)


def command(
    table: Path | None = TABLE,
    label: str | None = LABEL,
    worlds: int = typer.Option(10, min=1, help="Worlds of every kind of known truth."),
    members: int = typer.Option(3, min=1, help="Networks per fold and encoding."),
    encoding: list[str] = typer.Option(
        ["none", "piecewise_linear"],
        help="Encoding of the networks' inputs, again for more: none, piecewise_linear, periodic.",
    ),
    protocol: str = typer.Option(
        "seed", help="Who is held out: seed, rupture-grouped, leave-one-region-out, random, or a kNNDM one."
    ),
    exclusion_km: float = typer.Option(50.0, min=0.0, help="Exclusion distance."),
    max_missing_share: float = typer.Option(0.2, help="Columns that lack more are left out."),
    out: Path | None = typer.Option(None, help="Folder to write: every world, means, figure."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the folder if it exists."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
    seed: int = SEED,
) -> None:
    """Plant known functions into a table and say which explanations find them (half a minute a world)."""
    told = begin("planting known functions", quiet=quiet, as_json=as_json)
    from megathrust.core import check_choice
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.relevance import (
        ENCODING_NAMES,
        benchmark_content,
        run_benchmark,
    )

    found = run_benchmark(
        open_table(table, label=label),
        out,
        overwrite=overwrite,
        progress=told,
        workers=workers,
        processes=processes,
        scheduler=scheduler,
        protocol=protocol,
        exclusion_km=exclusion_km,
        max_missing_share=max_missing_share,
        worlds=worlds,
        members=members,
        encodings=[check_choice("encoding", each, ENCODING_NAMES) for each in encoding],
        seed=seed,
    )
    lines = [found.summary().to_string(index=False, float_format="%.2f"), *found.sentences]
    answer(lines, benchmark_content(found), as_json=as_json)
    if out is not None:
        remark(f"Numbers and figure: {out}", quiet=quiet, as_json=as_json)
