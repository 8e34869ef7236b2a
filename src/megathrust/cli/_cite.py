"""``megathrust cite``."""

from __future__ import annotations

from pathlib import Path

import typer


def command(run: Path = typer.Argument(..., help="Folder of a finished run.")) -> None:
    """Print BibTeX of the software and of the data that a run used."""
    from megathrust.pipelines.run import citations, open_run

    typer.echo(citations(open_run(run)), nl=False)
