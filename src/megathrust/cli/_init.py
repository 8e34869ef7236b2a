"""``megathrust init``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._names import complete_preset
from megathrust.cli._options import JSON, PRESET_HELP, QUIET, answer, examples, remark

EXAMPLES = examples("megathrust init my.yaml", "megathrust init my.yaml --preset seed")


def command(
    out: Path = typer.Argument(Path("megathrust.yaml"), help="YAML file to write."),
    preset: str = typer.Option("quick", help=PRESET_HELP, autocompletion=complete_preset),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the file if it exists."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Write every setting of a run with what it means, to be changed and given to run --config."""
    from megathrust.pipelines.settings import write_commented

    write_commented(out, preset, overwrite=overwrite)
    answer([] if quiet else [str(out)], {"file": str(out)}, as_json=as_json)
    remark(f"Next: megathrust run --config {out} --out out/mine", quiet=quiet, as_json=as_json)
