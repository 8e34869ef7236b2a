"""``megathrust cite``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._options import JSON, QUIET, answer, examples

EXAMPLES = examples("megathrust cite out/first > references.bib")


def command(
    run: Path = typer.Argument(..., help="Folder of a finished run."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Print BibTeX of the software and of the data that a run used."""
    from megathrust.pipelines.run import citations, open_run

    text = citations(open_run(run))
    answer([text.rstrip("\n")], {"bibtex": text}, as_json=as_json)
