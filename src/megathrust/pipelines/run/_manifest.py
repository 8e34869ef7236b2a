"""What a run records of the files of its stages: whether they are still those that were written."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from megathrust.core import InputError, read_json, sha256_of

MANIFEST: str = "stages.json"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what is recorded of every stage; one whose record is damaged counts as never done."""
    path = folder / MANIFEST
    try:
        content = read_json(path, "a record of stages", error=InputError) if path.is_file() else {}
    except InputError:
        return {}
    stages = content.items() if isinstance(content, dict) else ()
    return {name: entry for name, entry in stages if _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    files = entry.get("files") if isinstance(entry, dict) else None
    return isinstance(files, dict) and all(
        isinstance(sha256, str) and _is_inside(name) for name, sha256 in files.items()
    )


def _is_inside(name: str) -> bool:
    """Whether a name stays in the folder of the run: such files are deleted when a stage is done again."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name


def proved(folder: Path, name: str) -> Path:
    """Return the path of a file of a stage that is still the one that was written.

    While a run grows, the files of the stage at work are not recorded yet.

    Raises
    ------
    InputError
        If it was changed, or is not there.
    """
    path = folder / name
    manifest = read_manifest(folder)
    recorded = [entry["files"][name] for entry in manifest.values() if name in entry["files"]]
    damaged = not manifest and (folder / MANIFEST).is_file()
    if damaged or not path.is_file() or (recorded and sha256_of(path) not in recorded):
        raise InputError(
            "a file of the run is not the one that was written",
            given=folder / MANIFEST if damaged else path,
            action="make the run again; settings of a finished run are changed by --config of evaluate, "
            "explain, figures or report, not in its folder",
        )
    return path
