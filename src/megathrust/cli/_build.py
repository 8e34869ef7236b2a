"""``megathrust build``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from megathrust.cli._names import complete_region
from megathrust.cli._options import (
    JSON,
    PROCESSES,
    QUIET,
    SCHEDULER,
    WORKERS,
    answer,
    begin,
    examples,
    remark,
)

if TYPE_CHECKING:
    from megathrust.table import FeatureTable

EXAMPLES = examples(
    "megathrust build --out table.parquet",
    "megathrust build --data-dir DATA --regions sam --regions kur --out two.parquet",
    "megathrust build --layers layers.yaml --events my.csv --out mine.parquet",
)


def command(
    out: Path = typer.Option(..., help="Table to write: .parquet or .csv."),
    data_dir: Path | None = typer.Option(
        None, help="Folder of public data files; default MEGATHRUST_DATA, else files are downloaded."
    ),
    regions: list[str] | None = typer.Option(
        None,
        help="Codes of regions, such as --regions sam --regions kur; default all with slab data.",
        autocompletion=complete_region,
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
    until: str | None = typer.Option(None, help="Last day of events, for a hindcast; default all there are."),
    workers: int | None = WORKERS,
    processes: bool = PROCESSES,
    scheduler: str | None = SCHEDULER,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Build the segment table from public data."""
    told = begin("building the table", quiet=quiet, as_json=as_json)
    from megathrust.core import refuse_same
    from megathrust.pipelines.build import build_table, write_built_table
    from megathrust.pipelines.work import ProgressBars

    refuse_same(out, layers, trench_points, events, ruptures)
    with ProgressBars(visible=told) as bars:
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
            until=until,
            progress=bars.stage("building the table"),
            workers=workers,
            processes=processes,
            scheduler=scheduler,
        )
    _tell(table, out, write_built_table(table, out), quiet=quiet, as_json=as_json)


def _tell(table: FeatureTable, out: Path, sources: Path, *, quiet: bool, as_json: bool) -> None:
    """Say what was built, what happened to the rows of every file, and whom to thank."""
    from megathrust.pipelines.build import build_lines

    notes = list(build_lines(table))
    regions_built = table.frame["region"].nunique()
    content = {
        "table": str(out),
        "segments": len(table),
        "regions": regions_built,
        "features": len(table.feature_names),
        "notes": notes,
        "sources": str(sources),
    }
    size = f"{len(table)} segments of {regions_built} regions, {len(table.feature_names)} features: {out}"
    answer([] if quiet else [size], content, as_json=as_json)
    for line in (*notes, f"Whom to thank: {sources}", f"Next: megathrust run --table {out} --out out/mine"):
        remark(line, quiet=quiet, as_json=as_json)
