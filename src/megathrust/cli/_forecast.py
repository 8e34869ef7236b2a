"""``megathrust forecast``, ``megathrust score`` and ``megathrust hindcast``."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from megathrust.cli._names import complete_preset
from megathrust.cli._options import (
    JSON,
    PRESET_HELP,
    PROCESSES,
    QUIET,
    SCHEDULER,
    WORKERS,
    answer,
    begin,
    examples,
    remark,
)

EXAMPLES = examples("megathrust forecast --until 2020-12-31 --years 10 --out out/forecast")
SCORED = examples("megathrust score out/forecast --catalog later.csv")
HINDCAST = examples("megathrust hindcast --until 2003-12-31 --out out/hindcast")

TABLE = typer.Option(None, help="Segment table; default the built-in one.")
RUPTURES = typer.Option(
    None, help="Ruptures as build_ruptures wrote them (.parquet); default those of the built-in table."
)
EXTENT = typer.Option(
    False, "--extent", help="Spread each event over the segments that it ruptured; it still weighs one."
)
OVERWRITE = typer.Option(False, "--overwrite", help="Replace the folder if it exists.")


def command(
    out: Path = typer.Option(..., help="Folder to write."),
    until: str = typer.Option(..., help="Last day that the forecast knows, such as 2020-12-31."),
    years: float = typer.Option(..., help="Length of its period in years; it begins the day after."),
    table: Path | None = TABLE,
    ruptures: Path | None = RUPTURES,
    since: str = typer.Option("1918-01-01", help="First day of the catalogue."),
    least: float = typer.Option(7.0, help="Smallest Mw."),
    places: str = typer.Option(
        "kernels", help="kernels around past events, even within each region, or features of the table."
    ),
    seed: int = typer.Option(0, help="Seed of the draws."),
    overwrite: bool = OVERWRITE,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Write a sealed forecast: how many events of which size begin in every segment in a period."""
    begin(f"forecast of {years:g} years after {until}", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.build import open_ruptures, open_table
    from megathrust.pipelines.forecast import ForecastOptions, make_forecast, write_forecast

    options = ForecastOptions(until, years, since, least, places, seed=seed)
    forecast = make_forecast(open_table(table, label_required=False), open_ruptures(ruptures), options)
    seal = write_forecast(forecast, out, overwrite=overwrite)
    regions = forecast.region_probabilities
    shown = regions[regions["magnitude"].isin([8.0, 8.5])]
    lines = [
        f"Probability of an event in {years:g} years from {forecast.start.date()} (90 % interval):",
        shown.to_string(index=False, float_format="%.3f"),
    ]
    if forecast.about["retrospective"]:
        lines.append("Its period began before it was made: a test of it is no test of a prediction.")
    content = {
        "folder": str(out),
        "seal": str(seal),
        "retrospective": bool(forecast.about["retrospective"]),
        "regions": json.loads(regions.to_json(orient="records")),
    }
    answer([] if quiet else [*lines, f"Forecast: {out}; seal {seal}"], content, as_json=as_json)
    remark(f"Next: megathrust score {out} --catalog LATER_EVENTS", quiet=quiet, as_json=as_json)


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
    extent: bool = EXTENT,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Test a sealed forecast with later events; nothing is trained."""
    begin(f"score of {forecast}", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.build import open_events
    from megathrust.pipelines.forecast import read_forecast, score_forecast

    sealed = read_forecast(forecast)
    events = open_events(catalog)
    found = score_forecast(sealed, events, least=least, later_only=later_only, until=until, extent=extent)
    sentences = list(found.sentences())
    answer(sentences, {"sentences": sentences}, as_json=as_json)


def hindcast(
    out: Path = typer.Option(..., help="Folder to write."),
    until: str = typer.Option(..., help="Last day of the labels, such as 2003-12-31."),
    table: Path | None = TABLE,
    ruptures: Path | None = RUPTURES,
    preset: str = typer.Option("quick", help=PRESET_HELP, autocompletion=complete_preset),
    config: Path | None = typer.Option(None, help="YAML file whose entries replace the preset's."),
    seed: int | None = typer.Option(None, help="Seed of everything random."),
    extent: bool = EXTENT,
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    overwrite: bool = OVERWRITE,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Train on labels to a day and score events since then: Molchan diagram, gains, gambling score."""
    told = begin(f"hindcast from labels until {until}", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.build import open_ruptures, open_table
    from megathrust.pipelines.forecast import run_hindcast
    from megathrust.pipelines.settings import load_config

    found = run_hindcast(
        open_table(table, label_required=False),
        open_ruptures(ruptures),
        load_config(preset, config, seed=seed),
        out,
        until=until,
        extent=extent,
        overwrite=overwrite,
        progress=told,
        workers=workers,
        processes=processes,
        scheduler=scheduler,
    )
    sentences = list(found.sentences())
    answer([] if quiet else sentences, {"folder": str(out), "sentences": sentences}, as_json=as_json)
    remark(f"Numbers and figure: {out}", quiet=quiet, as_json=as_json)
