"""``megathrust import``."""

from __future__ import annotations

from pathlib import Path

import typer

from megathrust.cli._options import JSON, QUIET, answer, begin, examples, remark

EXAMPLES = examples(
    "megathrust import networks.yaml --out out/theirs",
    "megathrust import networks.yaml --out out/theirs --table segments.csv",
)


def command(
    description: Path = typer.Argument(
        ..., help="YAML file that names the networks' files, features, scaling, thresholds and head."
    ),
    out: Path = typer.Option(..., help="Folder to write: the model, and with a table scores and relevance."),
    table: Path | None = typer.Option(
        None, help="Labelled table on which the model is scored and explained."
    ),
    label: str | None = typer.Option(None, help="Label column of that table; its first target by default."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the folder if it exists."),
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Make a model of networks trained with PyTorch; with a table, score and explain it at once."""
    begin(f"import of {description}", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.predict import adopt

    found = adopt(description, out, table=table, label=label, overwrite=overwrite)
    sentences = found.sentences()
    answer([] if quiet else sentences, {"folder": str(out), "sentences": sentences}, as_json=as_json)
    remark(f"Next: megathrust predict --model {out}/model --table TABLE", quiet=quiet, as_json=as_json)
