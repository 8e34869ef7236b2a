"""``megathrust test``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._options import JSON, QUIET, answer, begin, examples, remark

EXAMPLES = examples(
    "megathrust test",
    "megathrust test --family sediment --threshold 8.3",
    "megathrust test --column DIP_AVE --expect negative --out out/dip",
)

# Planted worlds per slope behind what could have been seen.
_WORLDS = 200

TABLE = typer.Option(
    None, help="Segment table: .parquet, .csv, or a folder of <region>.csv files; default the built-in table."
)
THRESHOLD = typer.Option(8.0, help="Whether a segment's largest observed Mw reached this magnitude.")
MAGNITUDE = typer.Option(False, "--magnitude", help="The magnitude itself instead of a threshold.")
LABEL = typer.Option(None, help="Label column; the table's first target by default.")
FAMILY = typer.Option(None, help="One family of features, chosen before looking.")
COLUMN = typer.Option(None, help="One feature, chosen before looking.")
EXPECT = typer.Option(
    None, help="Sign of the one feature's effect, stated before looking: negative or positive."
)
LAYER = typer.Option(
    None, help="Grid or point table of your own (.nc, .tif, .csv with lon, lat, value): the one hypothesis."
)
SIDE = typer.Option(None, help="Side of the trench where the layer counts: UP or DG; both by default.")
STATISTIC = typer.Option("mean", help="Of the layer within 300 km: mean, std, min, max, p95, ...")
SEED = typer.Option(0, help="Seed of the random signs and worlds.")


def command(
    table: Path | None = TABLE,
    threshold: float = THRESHOLD,
    magnitude: bool = MAGNITUDE,
    label: str | None = LABEL,
    family: str | None = FAMILY,
    column: str | None = COLUMN,
    layer: Path | None = LAYER,
    side: str | None = SIDE,
    statistic: str = STATISTIC,
    expect: str | None = EXPECT,
    power: bool = typer.Option(True, help="Whether to say what the table could have shown (a minute)."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
    out: Path | None = typer.Option(None, help="Folder to write: numbers, figure, answer."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the folder if it exists."),
    seed: int = SEED,
) -> None:
    """Test what goes with the label beyond the region: all families, or one hypothesis stated beforehand."""
    told = begin("testing", quiet=quiet, as_json=as_json)
    from megathrust.core import refuse_same
    from megathrust.pipelines.association import content, test, write_associations
    from megathrust.pipelines.build import open_table
    from megathrust.pipelines.work import ProgressBars

    if out is not None:
        refuse_same(out, table, layer)
    with ProgressBars(visible=told) as bars:
        asked = test(
            open_table(table, label=label),
            layer=layer,
            side=side,
            statistic=statistic,
            family=family,
            column=column,
            expect=expect,
            threshold=None if magnitude else threshold,
            label=label,
            worlds=_WORLDS if power else 0,
            seed=seed,
            progress=bars.stage("planting worlds"),
        )
    found, could = asked.found, asked.power.sentence if asked.power else None
    lines = [found.table.to_string(index=False, float_format="%.3g"), *asked.sentences]
    answer(lines, content(found, could), as_json=as_json)
    if out is not None:
        write_associations(found, out, power=could, overwrite=overwrite)
        remark(f"Numbers and figure: {out}", quiet=quiet, as_json=as_json)
