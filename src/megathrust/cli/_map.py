"""``megathrust map``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._names import complete_column, complete_region
from megathrust.cli._options import JSON, QUIET, answer, examples

EXAMPLES = examples(
    "megathrust map predicted.csv --out map.html",
    "megathrust map predicted.csv --out map.png",
    "megathrust map table.parquet --value SED_AVE --region sam --out sediment.pdf",
)


def command(
    file: Path | None = typer.Argument(
        None, help="Table or prediction file: .parquet, .csv, .geojson or .nc; default the built-in table."
    ),
    out: Path = typer.Option(
        ...,
        help="Page to explore (.html), or figure (.png, .svg, .pdf) with its numbers beside it as .csv.",
    ),
    region: str | None = typer.Option(
        None, help="Code of the one region to draw.", autocompletion=complete_region
    ),
    value: str | None = typer.Option(
        None,
        help="Column to draw; default probability, predicted magnitude or observed label.",
        autocompletion=complete_column,
    ),
    world: bool = typer.Option(False, "--world", help="All regions on one map of the world (figures only)."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Draw a table or predictions on maps of the trenches, or write a page to explore them."""
    from megathrust.pipelines.predict import draw_map, explore_map

    if out.suffix == ".html":
        paths = explore_map(file, out, region=region, value=value)
    else:
        paths = draw_map(file, out, region=region, value=value, world=world)
    answer([] if quiet else map(str, paths), {"files": [str(path) for path in paths]}, as_json=as_json)
