"""Options that several commands share."""

from __future__ import annotations

import typer

WORKERS = typer.Option(None, min=1, help="Tasks at a time on this machine; default one per core.")
PROCESSES = typer.Option(False, "--processes", help="Work in processes instead of threads.")
SCHEDULER = typer.Option(None, help="Address of a Dask scheduler whose workers do the work.")
