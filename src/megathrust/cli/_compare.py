"""``megathrust compare``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._options import JSON, QUIET, answer, examples, remark

EXAMPLES = examples(
    "megathrust compare out/quick out/seed",
    "megathrust compare out/a out/b out/c --out compared.html",
)


def command(
    runs: list[Path] = typer.Argument(..., help="Folders of two or more finished runs that classify."),
    out: Path | None = typer.Option(None, help="Page to write, .html: tables, and a map of shared segments."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Set runs side by side: what was asked differently, and how far their networks differ.

    Differences are taken on the segments that two runs share and label alike, with 95 % intervals from one
    bootstrap over ruptures.
    """
    from megathrust.pipelines.run import compare, write_comparison

    compared = compare(runs)
    page = None if out is None else write_comparison(compared, out)
    answer(
        compared.lines(),
        {**compared.content(), "page": None if page is None else str(page)},
        as_json=as_json,
    )
    if page is not None:
        remark(f"Page: {page}", quiet=quiet, as_json=as_json)
