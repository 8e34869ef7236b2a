"""What a prediction file does not say of itself: which model made it, and whether that is to be believed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from megathrust.core import InputError, read_json, sha256_of, write_json

if TYPE_CHECKING:
    from megathrust.models import PredictionColumn, SavedModel


class _About(BaseModel):
    """What stands beside predictions."""

    model: str | None = None
    target: str | None = None
    thresholds: list[float] = []
    verdict: list[str] = []
    verdict_passed: bool | None = None
    columns: list[dict[str, Any]] = []
    sha256: str | None = None


def about_path(out: str | os.PathLike[str]) -> Path:
    """Return where it stands what model made a prediction file: ``<file>.about.json``."""
    return Path(out).with_name(Path(out).name + ".about.json")


def write_about(
    saved: SavedModel, name: str | None, columns: Sequence[PredictionColumn], out: Path, whole: Path
) -> None:
    """Write beside a prediction file the name, target, thresholds and verdict of its model, and columns.

    ``whole`` is the file that is about to stand at ``out``.
    """
    write_json(
        about_path(out),
        {
            "model": name,
            "target": saved.notes.get("target_long_name"),
            "thresholds": list(saved.thresholds),
            "verdict": list(saved.notes.get("verdict", ())),
            "verdict_passed": saved.notes.get("verdict_passed"),
            "columns": [asdict(column) for column in columns],
            "sha256": sha256_of(whole),
        },
    )


def read_about(out: Path) -> Mapping[str, Any] | None:
    """Return what `write_about` wrote, none where there is no such file or it is about others.

    Raises
    ------
    InputError
        If the file is no such JSON.
    """
    path = about_path(out)
    if not path.is_file():
        return None
    content = read_json(path, "a file about predictions", error=InputError)
    try:
        about = _About.model_validate(content).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            "the file about these predictions cannot be read",
            given=f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}",
            action="predict again",
        ) from error
    # Killed between the two, a process leaves old predictions beside what is said of the new ones.
    return about if about["sha256"] in (None, sha256_of(out)) else None


def warning_of(about: Mapping[str, Any] | None) -> str | None:
    """Return what a figure of predictions must say in red, none for a model that beats rivals and nulls."""
    if about is None:
        return "Whether the model beats its rivals is not known: no .about.json beside the predictions."
    if about.get("verdict_passed") is True:
        return None
    name = f"The model {about['model']}" if about.get("model") else "The model of these predictions"
    if not about.get("verdict"):
        return f"{name} was never compared with rivals and nulls: not a finding."
    return f"{name} does not beat its rivals and nulls: do not read this map as a finding."
