"""The program ``megathrust``."""

from __future__ import annotations

import contextlib
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

import megathrust
from megathrust.cli import _build, _cite, _data, _forecast, _map, _power, _predict, _run, _search, _test

app = typer.Typer(
    name="megathrust",
    help="Which trench segments host great subduction earthquakes, and how far that can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(_run.command)
app.command("evaluate")(_run.evaluate)
app.command("explain")(_run.explain)
app.command("figures")(_run.figures)
app.command("report")(_run.report)
app.command("build")(_build.command)
app.command("predict")(_predict.command)
app.command("map")(_map.command)
app.add_typer(_data.app, name="data")
app.command("search")(_search.command)
app.command("test")(_test.command)
app.command("power")(_power.command)
app.command("forecast")(_forecast.command)
app.command("score")(_forecast.score)
app.command("hindcast")(_forecast.hindcast)
app.command("cite")(_cite.command)


@app.callback(invoke_without_command=True)
def _options(version: bool = typer.Option(False, "--version", help="Show the version and leave.")) -> None:
    if version:
        typer.echo(megathrust.__version__)
        raise typer.Exit


def main() -> None:
    """Run the program; bad input ends it with one sentence on standard error and exit code 2."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except SystemExit as end:
        # Typer turns an interruption into an exit without a word; anything else it has told already.
        # Our own errors are named last: their name loads numpy, which an answered ``--help`` does not need.
        _tell_interruption(end)
        raise
    except KeyboardInterrupt as interruption:
        _tell_interruption(interruption)
        sys.exit(_exit_code(interruption))
    except megathrust.MegathrustError as error:
        _end(str(error))
    except (OSError, MemoryError) as error:
        # Whatever the machine refuses beside what we wrote ourselves: temporary files, output that is full.
        reason = "memory is short" if isinstance(error, MemoryError) else error.strerror or str(error)
        place = getattr(error, "filename", None)
        _end(f"the machine refuses: {reason}" + (f" (given: {place})." if place else "."))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(sentence: str) -> NoReturn:
    # Standard error may be closed or full as well.
    with contextlib.suppress(OSError):
        typer.echo(f"megathrust: {sentence}", err=True)
    sys.exit(2)


class _Termination(KeyboardInterrupt):
    """SIGTERM, as sent by `kill`, `timeout` and batch systems."""


def _terminate(number: int, frame: FrameType | None) -> None:
    raise _Termination


def _tell_interruption(end: BaseException) -> None:
    """Say of an interruption what is kept; let any other end pass."""
    cause: BaseException | None = end
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return
    kept = getattr(cause, "__notes__", ["Nothing half-written is left: give the same command again"])
    with contextlib.suppress(OSError):
        typer.echo(f"megathrust: interrupted. {kept[0]}.", err=True)
    if isinstance(end, SystemExit):
        end.code = _exit_code(cause)


def _exit_code(interruption: KeyboardInterrupt) -> int:
    return 128 + (signal.SIGTERM if isinstance(interruption, _Termination) else signal.SIGINT)
