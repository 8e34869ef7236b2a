"""``megathrust build``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from megathrust.cli._options import PROCESSES, SCHEDULER, WORKERS


def command(
    out: Path = typer.Option(..., help="Table to write: .parquet or .csv."),
    data_dir: Path | None = typer.Option(
        None, help="Folder of public data files; default MEGATHRUST_DATA, else files are downloaded."
    ),
    regions: list[str] | None = typer.Option(
        None, help="Codes of regions, such as --regions sam --regions kur; default all with slab data."
    ),
    layers: Path | None = typer.Option(None, help="YAML file of layers of your own."),
    segment_km: float = typer.Option(50.0, help="Length of a segment in km."),
    trench_points: Path | None = typer.Option(
        None,
        help="Trench points of regions of your own (columns lon, lat, az, bound, slab); default the shipped "
        "lines, else the shallow edge of the slab.",
    ),
    labels: bool = typer.Option(True, help="Whether to read events, for targets and seismicity."),
    events: Path | None = typer.Option(
        None,
        help="Catalogue of your own: QuakeML, NDK, FDSN, ISC-GEM, or a table with time, lon, lat, depth, mw.",
    ),
    ruptures: Path | None = typer.Option(
        None, help="Ruptures of your own: GeoJSON polygons or lines with date, mw, quality (A to D), source."
    ),
    target: str | None = typer.Option(
        None, help="A feature that becomes the target, such as COUPLING_UP_AVE of a layer of your own."
    ),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
) -> None:
    """Build the segment table from public data."""
    from megathrust.core import refuse_same
    from megathrust.pipelines.build import build_lines, build_table, write_built_table
    from megathrust.pipelines.work import ProgressBars

    refuse_same(out, layers, trench_points, events, ruptures)
    with ProgressBars(visible=sys.stderr.isatty()) as bars:
        table = build_table(
            data_dir,
            regions=regions,
            segment_km=segment_km,
            user_layers=layers,
            trench_points=trench_points,
            labels=labels,
            events=events,
            ruptures=ruptures,
            target=target,
            progress=bars.stage("building the table"),
            workers=workers,
            processes=processes,
            scheduler=scheduler,
        )
    sources = write_built_table(table, out)
    typer.echo(
        f"{len(table)} segments of {table.frame['region'].nunique()} regions, "
        f"{len(table.feature_names)} features: {out}"
    )
    for line in build_lines(table):
        typer.echo(line, err=True)
    typer.echo(f"Whom to thank: {sources}")
