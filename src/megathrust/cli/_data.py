"""``megathrust data``: list, fetch, verify, path."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from megathrust.cli._names import complete_region
from megathrust.cli._options import JSON, QUIET, answer, begin, examples

app = typer.Typer(no_args_is_help=True, help="The public data sets that tables are built from.")

_DATA_DIR = typer.Option(None, help="Folder of files at hand; default MEGATHRUST_DATA, else the cache.")


@app.command("list", epilog=examples("megathrust data list", "megathrust data list --topic slab2 --json"))
def list_command(
    topic: str | None = typer.Option(None, help="Folder of the files, such as slab2."),
    region: str | None = typer.Option(
        None, help="Slab2 code: its own files and the global ones.", autocompletion=complete_region
    ),
    data_dir: Path | None = _DATA_DIR,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """List the public data: a line per source with files, size, licence, and what is at hand here."""
    from megathrust.pipelines.build import list_data, list_lines

    files = list_data(topic=topic, region=region, data_dir=data_dir)
    answer([] if as_json else list_lines(files), json.loads(files.to_json(orient="records")), as_json=as_json)


@app.command(
    "fetch",
    epilog=examples("megathrust data fetch --regions sam", "megathrust data fetch --topic catalogues"),
)
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
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Fetch files, each proved by its hash."""
    told = begin("fetching files", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.build import fetch_data, fetch_pinned_file
    from megathrust.pipelines.work import ProgressBars

    if url is not None:
        place = fetch_pinned_file(url, keys or (), sha256=sha256, git_blob=git_blob, data_dir=data_dir)
        answer(
            [] if quiet else [f"At hand and proved: {place}"],
            {"files": 1, "paths": [str(place)]},
            as_json=as_json,
        )
        return

    with ProgressBars(visible=told) as bars:
        progress = bars.stage("fetching files")
        chosen = [] if only_global else regions
        paths = fetch_data(
            keys or (), regions=chosen, topics=topic or (), data_dir=data_dir, progress=progress
        )
    content = {"files": len(paths), "paths": [str(path) for path in paths]}
    answer([] if quiet else [f"{len(paths)} files at hand and proved."], content, as_json=as_json)


@app.command("verify", epilog=examples("megathrust data verify --data-dir DATA"))
def verify_command(data_dir: Path | None = _DATA_DIR, as_json: bool = JSON, quiet: bool = QUIET) -> None:
    """Compare the files at hand with the registry, byte for byte; exit code 1 if one is altered."""
    from megathrust.pipelines.build import verify_data

    checks = verify_data(data_dir)
    found = [check.status for check in checks]
    counts = {status: found.count(status) for status in ("ok", "missing", "altered")}
    problems = [check for check in checks if check.status != "ok"]
    lines = [f"{check.status}\t{check.key}\t{check.detail}" for check in problems]
    answer(
        [*lines, ", ".join(f"{count} {status}" for status, count in counts.items())],
        {**counts, "problems": [{"key": c.key, "status": c.status, "detail": c.detail} for c in problems]},
        as_json=as_json,
    )
    if "altered" in found:
        raise typer.Exit(1)


@app.command("path", epilog=examples("megathrust data path seafloor/GlobSed.nc"))
def path_command(
    key: str = typer.Argument(..., help="Key of the registry."),
    data_dir: Path | None = _DATA_DIR,
    as_json: bool = JSON,
    quiet: bool = QUIET,
) -> None:
    """Print where a file is, or would be after a download."""
    from megathrust.pipelines.build import data_path

    path = str(data_path(key, data_dir=data_dir))
    answer([path], {"key": key, "path": path}, as_json=as_json)
