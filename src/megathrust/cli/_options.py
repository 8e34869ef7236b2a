"""Options that several commands share, and how answers are given."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import typer

WORKERS = typer.Option(None, min=1, help="Tasks at a time on this machine; default one per core.")
PROCESSES = typer.Option(False, "--processes", help="Work in processes instead of threads.")
SCHEDULER = typer.Option(None, help="Address of a Dask scheduler whose workers do the work.")
JSON = typer.Option(False, "--json", help="The answer as JSON on standard output, and nothing else.")
QUIET = typer.Option(False, "--quiet", "-q", help="No progress and no remarks: errors and answers only.")
PRESET_HELP = "quick, seed, or seed-fault: what `megathrust init` writes out."


def begin(words: str, *, quiet: bool, as_json: bool) -> bool:
    """Say at once what is begun, before anything heavy is loaded; return whether progress shall be told."""
    told = not (quiet or as_json)
    if told:
        typer.echo(f"[ 0:00] {words}", err=True)
    return told


def answer(lines: Iterable[str], content: Any, *, as_json: bool) -> None:
    """Print an answer as lines, or as JSON that ``answers.schema.json`` describes."""
    if as_json:
        typer.echo(json.dumps(content, indent=1, allow_nan=False))
    else:
        for line in lines:
            typer.echo(line)


def remark(line: str, *, quiet: bool, as_json: bool = False) -> None:
    """Print on standard error what nobody asked for."""
    if not (quiet or as_json):
        typer.echo(line, err=True)


def examples(*lines: str) -> str:
    """Return the end of a command's help."""
    return "Examples:\n\n" + "\n\n".join(lines)
