"""``megathrust forecast``, ``megathrust score`` and ``megathrust hindcast``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from megathrust.cli._options import PROCESSES, SCHEDULER, WORKERS

TABLE = typer.Option(None, help="Segment table; default the built-in one.")
RUPTURES = typer.Option(
    None, help="Ruptures as build_ruptures wrote them (.parquet); default those of the built-in table."
)
OVERWRITE = typer.Option(False, "--overwrite", help="Replace the folder if it exists.")


def command(
    out: Path = typer.Option(..., help="Folder to write."),
    until: str = typer.Option(..., help="Last day that the forecast knows, such as 2020-12-31."),
    years: float = typer.Option(..., help="Length of its period, which begins the day after."),
    table: Path | None = TABLE,
    ruptures: Path | None = RUPTURES,
    since: str = typer.Option("1918-01-01", help="First day of the catalogue."),
    least: float = typer.Option(7.0, help="Smallest Mw."),
    places: str = typer.Option("kernels", help="kernels around past events, or even within each region."),
    seed: int = typer.Option(0, help="Seed of the draws."),
    overwrite: bool = OVERWRITE,
) -> None:
    """Write a sealed forecast: how many events of which size begin in every segment in a period."""
    from megathrust.pipelines.build import open_ruptures, open_table
    from megathrust.pipelines.forecast import ForecastOptions, make_forecast, write_forecast

    options = ForecastOptions(until, years, since, least, places, seed=seed)
    forecast = make_forecast(open_table(table, label_required=False), open_ruptures(ruptures), options)
    seal = write_forecast(forecast, out, overwrite=overwrite)
    regions = forecast.region_probabilities
    typer.echo(f"Probability of an event in {years:g} years from {forecast.start.date()} (90 % interval):")
    shown = regions[regions["magnitude"].isin([8.0, 8.5])]
    typer.echo(shown.to_string(index=False, float_format="%.3f"))
    if forecast.about["retrospective"]:
        typer.echo("Its period began before it was made: a test of it is no test of a prediction.")
    typer.echo(f"Forecast: {out}; seal {seal}")


def score(
    forecast: Path = typer.Argument(..., help="Folder that megathrust forecast wrote."),
    catalog: Path = typer.Option(
        ..., help="Events: any catalogue that build --events reads, or ruptures of build_ruptures (.parquet)."
    ),
    least: float | None = typer.Option(None, help="Smallest Mw that counts; default the forecast's."),
    until: str | None = typer.Option(None, help="Last day of the catalogue; default its last event."),
    later_only: bool = typer.Option(
        False, "--later-only", help="Leave earlier events out instead of refusing them."
    ),
) -> None:
    """Test a sealed forecast with later events; nothing is trained."""
    from megathrust.pipelines.build import open_events
    from megathrust.pipelines.forecast import read_forecast, score_forecast

    sealed = read_forecast(forecast)
    found = score_forecast(sealed, open_events(catalog), least=least, later_only=later_only, until=until)
    for line in found.sentences():
        typer.echo(line)


def hindcast(
    out: Path = typer.Option(..., help="Folder to write."),
    until: str = typer.Option(..., help="Last day of the labels, such as 2003-12-31."),
    table: Path | None = TABLE,
    ruptures: Path | None = RUPTURES,
    preset: str = typer.Option("quick", help="quick, seed, or seed-fault."),
    config: Path | None = typer.Option(None, help="YAML file whose entries replace the preset's."),
    seed: int | None = typer.Option(None, help="Seed of everything random."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    overwrite: bool = OVERWRITE,
) -> None:
    """Train on labels to a day and score events since then: Molchan diagram, gains, gambling score."""
    from megathrust.pipelines.build import open_ruptures, open_table
    from megathrust.pipelines.forecast import run_hindcast
    from megathrust.pipelines.settings import load_config

    found = run_hindcast(
        open_table(table, label_required=False),
        open_ruptures(ruptures),
        load_config(preset, config, seed=seed),
        out,
        until=until,
        overwrite=overwrite,
        progress=sys.stderr.isatty(),
        workers=workers,
        processes=processes,
        scheduler=scheduler,
    )
    for line in found.sentences():
        typer.echo(line)
    typer.echo(f"Numbers and figure: {out}")
