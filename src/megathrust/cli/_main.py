"""The program ``megathrust``."""

from __future__ import annotations

import contextlib
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

import megathrust
from megathrust.cli import (
    _benchmark,
    _build,
    _cite,
    _compare,
    _data,
    _doctor,
    _families,
    _forecast,
    _import,
    _init,
    _map,
    _power,
    _predict,
    _run,
    _search,
    _test,
)

_EXIT_CODES = (
    "Exit codes: 0 done; 1 a check found a fault (data verify, doctor); 2 bad input, said in one sentence on "
    "standard error; 130 interrupted."
)
_FIRST_STEPS = "First steps: megathrust doctor; megathrust run --out out/first; megathrust init my.yaml"

app = typer.Typer(
    name="megathrust",
    help="Which trench segments host great subduction earthquakes, and how far that can be trusted.",
    epilog=f"{_EXIT_CODES}\n\n{_FIRST_STEPS}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", epilog=_run.EXAMPLES)(_run.command)
app.command("evaluate", epilog=_run.EVALUATE)(_run.evaluate)
app.command("import", epilog=_import.EXAMPLES)(_import.command)
app.command("explain", epilog=_run.AGAIN)(_run.explain)
app.command("figures", epilog=_run.DRAWN)(_run.figures)
app.command("report", epilog=_run.DRAWN)(_run.report)
app.command("compare", epilog=_compare.EXAMPLES)(_compare.command)
app.command("build", epilog=_build.EXAMPLES)(_build.command)
app.command("predict", epilog=_predict.EXAMPLES)(_predict.command)
app.command("map", epilog=_map.EXAMPLES)(_map.command)
app.add_typer(_data.app, name="data")
app.command("search", epilog=_search.EXAMPLES)(_search.command)
app.command("test", epilog=_test.EXAMPLES)(_test.command)
app.command("power", epilog=_power.EXAMPLES)(_power.command)
app.command("families", epilog=_families.EXAMPLES)(_families.command)
app.command("forecast", epilog=_forecast.EXAMPLES)(_forecast.command)
app.command("score", epilog=_forecast.SCORED)(_forecast.score)
app.command("hindcast", epilog=_forecast.HINDCAST)(_forecast.hindcast)
app.command("cite", epilog=_cite.EXAMPLES)(_cite.command)
app.command("init", epilog=_init.EXAMPLES)(_init.command)
app.command("doctor", epilog=_doctor.EXAMPLES)(_doctor.command)
app.command("benchmark", epilog=_benchmark.EXAMPLES)(_benchmark.command)


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
