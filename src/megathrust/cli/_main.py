"""The program ``megathrust``."""

from __future__ import annotations

import sys

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
    try:
        app()
    except SystemExit:
        # Caught first: the name of our own errors loads numpy, which an answered ``--help`` does not need.
        raise
    except megathrust.MegathrustError as error:
        typer.echo(f"megathrust: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo(
            "megathrust: interrupted; the same command goes on from the last finished stage.", err=True
        )
        sys.exit(130)
