"""Where a run grows until it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from megathrust.core import (
    FolderKind,
    MegathrustError,
    OutputError,
    checked_target,
    locked,
    put_in_place,
    refuse_existing,
    remove,
    sweep,
    writing,
)
from megathrust.pipelines.work._stages import StageStore

_RUN, _COPY = "run", "copy"


@contextmanager
def workplace(
    out: str | os.PathLike[str], kind: FolderKind, *, overwrite: bool = False, start_from: Path | None = None
) -> Iterator[tuple[Path, StageStore]]:
    """Give a folder that becomes ``out`` once the block ends well, and a store of finished work.

    Both lie in ``<out>.stages``. A block that is interrupted leaves them, and the same call finds them again;
    one that is refused before anything was computed leaves nothing.

    Parameters
    ----------
    out : path_like
        The folder that the block's result shall become.
    kind : FolderKind
        What it becomes, and the only kind that is replaced.
    overwrite : bool
        Whether a folder that already stands there is replaced.
    start_from : Path, optional
        The folder ``out`` itself: the new one begins with all its files, and replaces it.

    Raises
    ------
    OutputError
        If ``out`` exists already and may not be replaced, is being written by another process, or cannot be
        written.
    """
    target = checked_target(out)
    stages = target.with_name(target.name + ".stages")
    folder = stages / _RUN
    with writing(out):
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            if start_from is None:
                refuse_existing(target, kind, overwrite=overwrite)
            _refuse_strange(stages)
            stages.mkdir(exist_ok=True)
            sweep(stages)
            if start_from is not None and not folder.exists():
                _copy(start_from, stages)
            folder.mkdir(exist_ok=True)
            try:
                yield folder, StageStore(stages, "")
            except KeyboardInterrupt as interruption:
                interruption.add_note(
                    f"What was finished is kept in {stages}: the same command goes on from there; "
                    "remove the folder to begin anew"
                )
                raise
            except (MegathrustError, OSError):
                if not any(stages.glob("*.stage")):
                    remove(stages)
                raise
            put_in_place(folder, target)
            remove(stages)


def _copy(source: Path, stages: Path) -> None:
    """Begin with the files of a folder, all of them or none."""
    part = stages / _COPY
    remove(part)
    shutil.copytree(source, part)
    part.rename(stages / _RUN)


def _refuse_strange(stages: Path) -> None:
    """Refuse a folder of the name of our unfinished work that holds something else."""
    if not os.path.lexists(stages):
        return
    ours = stages.is_dir() and not stages.is_symlink()
    foreign = [
        path.name
        for path in (sorted(stages.iterdir()) if ours else [])
        if path.name not in (_RUN, _COPY) and path.suffix != ".stage"
    ]
    if foreign or not ours:
        raise OutputError(
            "the folder for unfinished work holds something else",
            given=f"{stages} with {foreign[0]}" if foreign else stages,
            action="move it away, or name another output folder",
        )
