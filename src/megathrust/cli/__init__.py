"""The command line: one file per command, each calling one pipeline function."""

from megathrust.cli._main import main

__all__ = ["main"]
