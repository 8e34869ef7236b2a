"""``megathrust data``: list, fetch, verify, path."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="The public data sets that tables are built from.")

_DATA_DIR = typer.Option(None, help="Folder of files at hand; default MEGATHRUST_DATA, else the cache.")


@app.command("list")
def list_command(
    topic: str | None = typer.Option(None, help="Folder of the files, such as slab2."),
    region: str | None = typer.Option(None, help="Slab2 code: its own files and the global ones."),
    data_dir: Path | None = _DATA_DIR,
    as_json: bool = typer.Option(False, "--json", help="Every file as JSON, with key and address."),
) -> None:
    """List the public data: a line per source with files, size, licence, and what is at hand here."""
    from megathrust.pipelines.build import list_data, list_lines

    files = list_data(topic=topic, region=region, data_dir=data_dir)
    if as_json:
        typer.echo(files.to_json(orient="records", indent=1))
    else:
        typer.echo("\n".join(list_lines(files)))


@app.command("fetch")
def fetch_command(
    keys: list[str] = typer.Argument(None, help="Keys of the registry; none fetches the layers of features."),
    regions: list[str] | None = typer.Option(None, help="Slab2 codes, where no keys are given."),
    only_global: bool = typer.Option(
        False, "--global", help="Only the global layers, which a region of your own needs."
    ),
    topic: list[str] | None = typer.Option(
        None, help="Whole folders, such as catalogues and ruptures, which labels are made from."
    ),
    url: str | None = typer.Option(
        None, help="Address of one file that the registry does not know; then the key says where it belongs."
    ),
    sha256: str = typer.Option("", help="With --url: SHA-256 of that file."),
    git_blob: str = typer.Option("", help="With --url: its blob id in a git repository instead."),
    data_dir: Path | None = _DATA_DIR,
) -> None:
    """Fetch files, each proved by its hash."""
    from megathrust.pipelines.build import fetch_data, fetch_pinned_file
    from megathrust.pipelines.work import ProgressBars

    if url is not None:
        place = fetch_pinned_file(url, keys or (), sha256=sha256, git_blob=git_blob, data_dir=data_dir)
        typer.echo(f"At hand and proved: {place}")
        return

    with ProgressBars(visible=sys.stderr.isatty()) as bars:
        progress = bars.stage("fetching files")
        chosen = [] if only_global else regions
        paths = fetch_data(
            keys or (), regions=chosen, topics=topic or (), data_dir=data_dir, progress=progress
        )
    typer.echo(f"{len(paths)} files at hand and proved.")


@app.command("verify")
def verify_command(data_dir: Path | None = _DATA_DIR) -> None:
    """Compare the files at hand with the registry, byte for byte; exit code 1 if one is altered."""
    from megathrust.pipelines.build import verify_data

    checks = verify_data(data_dir)
    for check in checks:
        if check.status != "ok":
            typer.echo(f"{check.status}\t{check.key}\t{check.detail}")
    found = [check.status for check in checks]
    typer.echo(", ".join(f"{found.count(status)} {status}" for status in ("ok", "missing", "altered")))
    if "altered" in found:
        raise typer.Exit(1)


@app.command("path")
def path_command(
    key: str = typer.Argument(..., help="Key of the registry."), data_dir: Path | None = _DATA_DIR
) -> None:
    """Print where a file is, or would be after a download."""
    from megathrust.pipelines.build import data_path

    typer.echo(data_path(key, data_dir=data_dir))
